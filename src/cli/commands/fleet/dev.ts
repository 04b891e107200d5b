/**
 * `fleet dev`: a whole fleet on this machine, to be tried: a server, a repository, three hosts on sandboxes, a page. Each part is a process of its
 * own, started by the command line that a real one is started by. It lives in a folder that goes with it.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { packagedText } from '../../../base/index.ts'
import { CommandFailure, EXIT, type ExitCode } from '../../exit.ts'
import { withPlane } from '../../fleet-plane.ts'
import { gitText } from '../../git/git.ts'
import { interrupted } from '../../process.ts'
import type { Terminal } from '../../terminal.ts'
import type { Invocation } from '../command.ts'

const HOSTS = ['gw-1', 'gw-2', 'gw-3'] as const
/** Debian puts it where ordinary accounts do not look. */
const NATS_SERVERS = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server']

export async function run({ options, terminal }: Invocation): Promise<ExitCode> {
  const natsServer = natsServerFrom(options.natsServer)
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-fleet-'))
  const signal = interrupted()
  const parts = new Parts(folder)
  try {
    const living = begin({ folder, parts, natsServer, terminal, listen: options.listen }).then((fleet) =>
      terminal.answer(howTo(fleet)),
    )
    await Promise.race([parts.failed, aborted(signal), living])
    await Promise.race([parts.failed, aborted(signal)])
    return EXIT.done
  } finally {
    await parts.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface Setting {
  readonly folder: string
  readonly parts: Parts
  readonly natsServer: string
  readonly terminal: Terminal
  /** where the page is to be; absent: wherever there is room */
  readonly listen: unknown
}

interface Fleet {
  readonly folder: string
  /** the options that name it to a controller */
  readonly named: readonly string[]
  readonly page: string
  readonly first: string
  readonly second: string
}

async function begin({ folder, parts, natsServer, terminal, listen }: Setting): Promise<Fleet> {
  const port = await freePort()
  const keys = join(folder, 'fleet')
  await parts.done('init', ['fleet', 'init', ...HOSTS, '--out', keys, '--server', `127.0.0.1:${port}`])
  parts.start('nats-server', { command: natsServer, args: ['-c', 'server-1.conf'], cwd: keys })
  await listening('nats-server', port, parts)
  const repository = await repositoryIn(join(folder, 'repository'))
  const credsOf = (file: string) => ['--fleet', `nats://127.0.0.1:${port}`, '--fleet-creds', join(keys, file)]
  const named = credsOf('controller.creds')
  terminal.talk(`Three hosts begin with commit ${repository.first.slice(0, 12)}\n`)
  for (const host of HOSTS)
    parts.wfpctl(host, [
      ...['watch', '--engine', `sandbox:${join(folder, host, 'engine')}`, '--host', host],
      ...['--git', repository.url, '--git-cache', join(folder, host, 'clone')],
      ...['--fleet-name', host, ...credsOf(`hosts/${host}.creds`)],
    ])
  const page = await served(named, listen, parts)
  await reported(named, parts)
  await parts.done('first', ['fleet', 'rollout', 'start', repository.first, '--wait', ...named])
  return { folder, named, page, ...repository }
}

function howTo({ folder, named, page, first, second }: Fleet): string {
  const us = 'npx wfpctl'
  const more = named.join(' ')
  return `Three hosts run commit ${first.slice(0, 12)}: ${HOSTS.join(', ')}. Their logs are in ${folder}.
The page: ${page}

In a second terminal, roll out the next commit, host by host:
  ${us} fleet rollout start ${second} --waves canary:1,100% --wait ${more}
What runs where:
  ${us} fleet status ${more}

Ctrl+C takes everything away.
`
}

/** @param given by --nats-server; absent: the one that is installed */
function natsServerFrom(given: unknown): string {
  const found = (given === undefined ? NATS_SERVERS : [String(given)]).find(answers)
  if (found !== undefined) return found
  if (given !== undefined) throw new CommandFailure(EXIT.unavailable, `${given} is no nats-server that runs here`)
  throw new CommandFailure(
    EXIT.unavailable,
    'nats-server is not installed: `apt install nats-server` on Debian and Ubuntu, `brew install nats-server`, `winget install NATSAuthors.NATSServer`, or https://nats.io/download; --nats-server PATH names one',
  )
}

function answers(command: string): boolean {
  try {
    return execFileSync(command, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).startsWith('nats-server')
  } catch {
    return false
  }
}

/** Two commits: the second has one tunnel more. */
async function repositoryIn(url: string) {
  mkdirSync(url)
  const git = (...args: readonly string[]) =>
    gitText(['-C', url, '-c', 'user.name=wfpctl', '-c', 'user.email=wfpctl@localhost', ...args])
  const tunnel = packagedText('examples/quickstart/tunnel.yaml')
  const commit = async (file: string, text: string) => {
    writeFileSync(join(url, file), text)
    await git('add', '-A')
    await git('-c', 'commit.gpgsign=false', 'commit', '--quiet', '-m', `${file} is declared`)
    return git('rev-parse', 'HEAD')
  }
  await git('init', '--quiet', '-b', 'main')
  const first = await commit('hq-branch.yaml', tunnel)
  const next = tunnel.replace('hq-branch', 'hq-lab').replace('198.51.100.7', '198.51.100.8').replace('10.2.', '10.3.')
  return { url, first, second: await commit('hq-lab.yaml', next) }
}

interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
}

/** Processes that live and end together. What they write goes into files of their names. */
class Parts {
  readonly #folder: string
  readonly #running = new Set<ChildProcess>()
  #fail: (error: CommandFailure) => void = () => {}
  /** Rejects when one that is to stay has ended. */
  readonly failed: Promise<never>
  #isOver = false

  constructor(folder: string) {
    this.#folder = folder
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failed.catch(() => {}) // whoever waits for something else is told by that
  }

  /** One that stays. */
  start(name: string, command: Command): void {
    void this.#run(name, command).then((why) => this.#fail(failureOf(name, why)))
  }

  wfpctl(name: string, args: readonly string[]): void {
    this.start(name, wfpctl(args))
  }

  /** One of wfpctl that is to end well. */
  async done(name: string, args: readonly string[]): Promise<void> {
    const why = await Promise.race([this.#run(name, wfpctl(args)), this.failed])
    if (why !== '') throw failureOf(name, why)
  }

  /** None is started any more. */
  async end(): Promise<void> {
    this.#isOver = true
    const ending = [...this.#running].map(async (child) => {
      const isGone = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), END_MILLISECONDS)
      await isGone
      clearTimeout(late)
    })
    await Promise.all(ending)
  }

  /**
   * Through pipes: a watch whose events nobody reads any more ends, should this process be killed.
   *
   * @returns why it has ended: empty where it has ended well
   */
  #run(name: string, { command, args, cwd = this.#folder }: Command): Promise<string> {
    if (this.#isOver) return new Promise(() => {})
    const child = spawn(command, args, {
      cwd,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl+C reaches this process alone, and it ends the others
      windowsHide: true,
    })
    this.#running.add(child)
    let last = ''
    const keep = (chunk: Buffer) => {
      last = (last + chunk.toString('utf8')).slice(-LAST_CHARACTERS)
      appendFileSync(join(this.#folder, `${name}.log`), chunk)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    return new Promise((resolve) => {
      child.once('error', ({ message }) => resolve(message))
      child.once('close', (code, signal) => {
        this.#running.delete(child)
        if (!this.#isOver) resolve(code === 0 ? '' : `exit ${code ?? signal}: ${last.trim()}`)
      })
    })
  }
}

function wfpctl(args: readonly string[]): Command {
  return { command: process.execPath, args: [String(process.argv[1]), ...args] }
}

function failureOf(name: string, why: string): CommandFailure {
  return new CommandFailure(EXIT.unavailable, `${name} has ended. ${why}`)
}

const LAST_CHARACTERS = 2_000
const END_MILLISECONDS = 3_000
const START_MILLISECONDS = 10_000

/** Nothing of this machine's own settings leads elsewhere than into this fleet. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WFPCTL_')))
}

/** @returns the address of the page */
async function served(named: readonly string[], listen: unknown, parts: Parts): Promise<string> {
  const address = listen === undefined ? `127.0.0.1:${await freePort()}` : String(listen)
  parts.wfpctl('page', ['fleet', 'serve', '--listen', address, ...named])
  const [, host = '127.0.0.1', port] = /^(?:(.*):)?(\d+)$/.exec(address) ?? []
  await listening('the page', Number(port), parts)
  return `http://${host}:${port}`
}

/** A rollout is for those that are known. */
async function reported([, fleet, , fleetCreds]: readonly string[], parts: Parts): Promise<void> {
  await withPlane({ fleet, fleetCreds }, async (plane) => {
    const known = async () => [...(await plane.hosts()).values()].filter(({ status }) => status)
    while ((await known()).length < HOSTS.length) await Promise.race([parts.failed, pause(100)])
  })
}

async function listening(what: string, port: number, parts: Parts): Promise<void> {
  for (let left = START_MILLISECONDS; left > 0; left -= 50) {
    if (await accepts(port)) return
    await Promise.race([parts.failed, pause(50)])
  }
  throw new CommandFailure(EXIT.unavailable, `${what} does not listen on port ${port}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
