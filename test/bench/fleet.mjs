// How far one nats-server and two cores carry a fleet: thousands of agents, each with a connection and credentials of its own, in a process
// of their own; one server; one controller. Agent, plane and controller are the real ones. What a host enforces is played: it needs 50 ms.
// usage: npm run bench:fleet [-- HOSTS...] (default: 1000 10000)   prints rows of a table; asserts only that nothing is lost
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const SOURCES = {
  agent: 'src/fleet/agent.ts',
  host: 'src/fleet/nats/host.ts',
  accounts: 'src/fleet/nats/accounts.ts',
  servers: 'src/fleet/nats/server-config.ts',
  plane: 'src/fleet/nats/controller-plane.ts',
  controller: 'src/fleet/controller.ts',
  waves: 'src/fleet/waves.ts',
  backoff: 'src/reconcile/watch/backoff.ts',
  clock: 'src/reconcile/watch/clock.ts',
}
const ENFORCING_MILLISECONDS = 50
/** So many begin to connect at once. */
const AT_ONCE = 200
const PATIENCE_MILLISECONDS = 600_000

if (process.argv[2] === 'agents') await playAgents(process.argv[3], process.argv[4])
else await measureAll(process.argv.slice(2).map(Number))

async function measureAll(given) {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-bench-'))
  try {
    const bundle = await rolldown({ input: SOURCES, platform: 'node' })
    await bundle.write({ dir: join(folder, 'dist'), format: 'esm' })
    await bundle.close()
    const code = await load(join(folder, 'dist'))
    for (const hosts of given.length > 0 ? given : [1_000, 10_000])
      await measure(hosts, join(folder, String(hosts)), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function load(dist) {
  const modules = await Promise.all(
    Object.keys(SOURCES).map((name) => import(pathToFileURL(join(dist, `${name}.js`)).href)),
  )
  return { ...Object.assign({}, ...modules), dist }
}

async function measure(count, folder, code) {
  const row = (what, value) =>
    console.log(`| ${String(count).padStart(6)} | ${what.padEnd(62)} | ${String(value).padStart(22)} |`)
  const port = await freePort()
  const url = `nats://127.0.0.1:${port}`
  mkdirSync(folder)
  const creds = await credentials({ count, folder, port, code, row })
  const server = await served(folder)
  const agents = fork(process.argv[1], ['agents', code.dist, folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const told = (what) =>
    new Promise((resolve) => agents.on('message', (message) => message.what === what && resolve(message)))
  try {
    const first = await code.openControllerPlane({ url, creds })
    let since = performance.now()
    const joined = told('joined')
    agents.send({ url })
    const { milliseconds } = await joined
    row('all have joined and reported', seconds(milliseconds))

    const before = [server.pid, agents.pid, process.pid].map(processorSeconds)
    const { heard, done, rate } = await rollOut(first, '1'.repeat(40), code, agents)
    const spent = [server.pid, agents.pid, process.pid].map((pid, i) => processorSeconds(pid) - before[i])
    row('a rollout to all at once: the last host has heard of it', seconds(heard))
    row('a rollout to all at once: every host has reported, it is done', seconds(done))
    row('statuses that were written meanwhile, a second', Math.round(rate))
    row('processor time of it: server, all agents, controller', spent.map((one) => seconds(one * 1000)).join(', '))
    await first.close()

    since = performance.now()
    const second = await code.openControllerPlane({ url, creds })
    const seen = await patiently(() => code.look(second, code.systemClock))
    row('a new controller knows all of them', seconds(performance.now() - since))
    const synced = [...seen.hosts.values()].filter(({ status }) => status?.state === 'synced').length
    if (synced !== count) throw new Error(`${synced} of ${count} are known to be synced`)
    row('memory of the server', megabytes(server.pid))
    row('memory of all agents together', megabytes(agents.pid))

    const back = told('back')
    agents.send({ expectLoss: true })
    await server.restart()
    since = performance.now()
    row('the server was killed and is back: every host is, too', seconds((await back).milliseconds))
    await second.close()
  } finally {
    agents.kill('SIGKILL')
    await server.kill()
  }
}

/** In waves of 100 %: everything at once is the most that a fleet can ask of its server. */
async function rollOut(plane, commit, code, agents) {
  const { systemClock: clock, parseWaves } = code
  const order = {
    waves: parseWaves('100%'),
    maxFailures: 0,
    timeoutSeconds: 600,
    bakeSeconds: 0,
    by: 'bench',
    aim: { commit },
  }
  const heard = new Promise((resolve) =>
    agents.on('message', (message) => message.what === 'heard' && resolve(performance.now())),
  )
  agents.send({ expect: commit })
  const since = performance.now()
  const { id } = await code.start(plane, order, clock)
  let state
  await code.control(plane, {
    clock,
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    trouble: ({ message }) => console.error(message),
    seen: ({ rollouts }) => {
      state = rollouts.find(({ value }) => value.id === id)?.value.state
      return ['done', 'halted'].includes(state)
    },
  })
  const done = performance.now() - since
  if (state !== 'done') throw new Error(`the rollout is ${state}`)
  const reports = new Promise((resolve) =>
    agents.on('message', ({ what, reports: n }) => what === 'reports' && resolve(n)),
  )
  agents.send({ count: true })
  return { heard: (await heard) - since, done, rate: (await reports) / (done / 1000) }
}

async function credentials({ count, folder, port, code, row }) {
  const since = performance.now()
  const now = Math.floor(Date.now() / 1000)
  const { operator, system, fleet, controllerCreds } = code.newIdentity(now)
  const names = Array.from({ length: count }, (_, i) => `gw-${i}`)
  const hosts = names.map((name) => [name, code.hostCreds(name, fleet.seed, now)])
  row('credentials for each', seconds(performance.now() - since))
  writeFileSync(join(folder, 'hosts.json'), JSON.stringify(hosts), { mode: 0o600 })
  const config = code.serverConfig(
    { addresses: [`127.0.0.1:${port}`], tls: 'off', operatorJwt: operator.jwt, system, fleet },
    1,
  )
  writeFileSync(join(folder, 'server-1.conf'), config)
  return controllerCreds
}

async function served(folder) {
  const command = ['nats-server', '/usr/sbin/nats-server'].find((name) => {
    try {
      return execFileSync(name, ['--version'])
    } catch {
      return false
    }
  })
  if (command === undefined) throw new Error('nats-server is not installed: apt install nats-server')
  let child
  const start = async () => {
    child = spawn(command, ['-c', 'server-1.conf'], { cwd: folder, stdio: 'ignore' })
    await pause(1_000)
  }
  const kill = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    get pid() {
      return child.pid
    },
    kill,
    restart: async () => {
      await kill()
      await start()
    },
  }
}

/** In the process of its own: each with a connection and credentials of its own. */
async function playAgents(dist, folder) {
  const code = await load(dist)
  const hosts = JSON.parse(readFileSync(join(folder, 'hosts.json'), 'utf8'))
  const world = { joined: 0, lost: 0, reports: 0, expected: undefined, heard: 0, since: 0 }
  const tell = (what, more = {}) => process.send({ what, milliseconds: performance.now() - world.since, ...more })
  process.on('message', async (message) => {
    if (message.expect) Object.assign(world, { expected: message.expect, heard: 0, reports: 0 })
    if (message.count) tell('reports', { reports: world.reports })
    if (message.expectLoss) Object.assign(world, { joined: 0, isBack: true, since: performance.now() })
    if (!message.url) return
    world.since = performance.now()
    const waiting = hosts.map(([host, creds]) =>
      agentOf({ host, creds, url: message.url, world, tell, code, all: hosts.length }),
    )
    for (let at = 0; at < waiting.length; at += AT_ONCE) {
      const before = world.joined
      const some = waiting.slice(at, at + AT_ONCE)
      for (const agent of some) agent.start()
      while (world.joined < before + some.length) await pause(10)
    }
  })
}

function agentOf({ host, creds, url, world, tell, code, all }) {
  const { systemClock: clock, Backoff } = code
  const events = {
    'fleet-joined': () => {
      world.joined += 1
      if (world.joined === all) tell(world.isBack ? 'back' : 'joined')
    },
    'fleet-wanted': ({ commit }) => {
      if (commit === world.expected) world.heard += 1
      if (world.heard === all) tell('heard')
      setTimeout(() => enforced(commit), ENFORCING_MILLISECONDS)
    },
  }
  const agent = new code.Agent({
    ...{ host, version: '0.1.0', clock, random: Math.random },
    open: async () => counting(await code.openHostPlane({ url, creds }, host), world),
    backoff: new Backoff(clock, Math.random, { firstMilliseconds: 2_000, longestMilliseconds: 60_000 }),
    tell: (event, content) => events[event]?.(content),
  })
  const enforced = (commit) => {
    agent.tried(commit)
    const sets = ['core', 'branches'].map((set) => ({
      set,
      state: 'synced',
      resources: 40,
      unsynced: 0,
      consecutiveErrors: 0,
    }))
    agent.passed({ commit, tree: 'good', engineOpen: true, sets }, 0)
  }
  return agent
}

function counting(plane, world) {
  const report = plane.report.bind(plane)
  plane.report = async (status) => {
    await report(status)
    world.reports += 1
  }
  return plane
}

/** On a busy machine an answer may take longer than a controller waits; it asks again, as here. */
async function patiently(ask) {
  for (let left = 20; ; left--) {
    try {
      return await ask()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/** Whatever else the machine does meanwhile. */
function processorSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

function megabytes(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return `${Math.round(Number(kilobytes) / 1000)} MB`
}
