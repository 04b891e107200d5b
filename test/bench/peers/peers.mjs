/**
 * `npm run bench:peers`: what people would use instead, measured beside wfpctl in one run: the time that looking again takes when nothing
 * has changed, and the time of the first apply.
 *
 * | peer | what it does for N tunnels | from Debian's package |
 * | --- | --- | --- |
 * | strongSwan | `swanctl --load-conns` of N connections into a charon of its own | strongswan-swanctl, strongswan-charon |
 * | CFEngine | `cf-agent` with a promise of N files and what stands in each | cfengine3 |
 * | nftables | `nft -f` with N rules for ESP, all replaced in one transaction | nftables |
 *
 * A peer that is not installed is named and left out. Everything runs in a network namespace of its own, which asks for root; without it
 * only wfpctl is measured. Each figure is the least of several runs over the least of a bare `node -e 0`, as in `npm run bench`.
 *
 * usage: node test/bench/peers/peers.mjs [--json] [COUNT...]   (default: 1000 10000)
 */

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifests } from '../manifests.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const words = process.argv.slice(2)
if (process.getuid?.() === 0 && !process.env.BENCH_NAMESPACE) {
  const inside = { ...process.env, BENCH_NAMESPACE: '1' }
  process.exit(
    spawnSync('unshare', ['-n', process.execPath, here('./peers.mjs'), ...words], { env: inside, stdio: 'inherit' })
      .status ?? 1,
  )
}

const SAMPLES = 3
const LISTED = { encoding: 'utf8', maxBuffer: 1_000_000_000 }
const CHARON_PLUGINS =
  'aes sha1 sha2 hmac kdf random nonce drbg gmp pem pkcs1 pubkey x509 vici kernel-netlink socket-default'
const root = mkdtempSync(join(tmpdir(), 'wfpctl-peers-'))
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
const counts = words.filter((word) => /^\d+$/.test(word)).map(Number)
const isIn = (path) =>
  [`/usr/sbin/${path}`, `/usr/bin/${path}`, `/usr/lib/ipsec/${path}`].find((place) => existsSync(place))
const rows = []

/** Each makes what a run needs, and says how the first run is made, and how those after it. */
const PEERS = {
  wfpctl: { needs: [], prepare: ofWfpctl },
  strongSwan: { needs: ['swanctl', 'charon'], prepare: ofStrongswan },
  CFEngine: { needs: ['cf-agent', 'cf-key', 'cf-promises'], prepare: ofCfengine },
  nftables: { needs: ['nft'], prepare: ofNftables },
}

try {
  for (const [name, { needs, prepare }] of Object.entries(PEERS)) {
    const missing = needs.filter((program) => !isIn(program))
    if (missing.length > 0) say(`${name}: ${missing.join(' and ')} not installed, left out`)
    else if (needs.length > 0 && !process.env.BENCH_NAMESPACE) say(`${name}: needs root, left out`)
    else for (const count of counts.length > 0 ? counts : [1_000, 10_000]) await measure(name, count, prepare)
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
if (words.includes('--json')) {
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version }
  console.log(JSON.stringify({ machine, rows }, null, 2))
}

async function measure(name, count, prepare) {
  const folder = join(root, `${name}-${count}`)
  mkdirSync(folder)
  const { first, again, standing, end } = await prepare(folder, count)
  try {
    const cold = { milliseconds: timed(first), bare: bare() }
    timed(again)
    if (standing() !== count) throw new Error(`${name}: ${standing()} of ${count} stand: it did something else`)
    const samples = Array.from({ length: SAMPLES }, () => [bare(), timed(again)])
    const least = (of) => Math.min(...samples.map((sample) => sample[of]))
    const row = {
      peer: name,
      count,
      first: ratio(cold.milliseconds, cold.bare),
      again: ratio(least(1), least(0)),
      milliseconds: Math.round(least(1)),
    }
    rows.push(row)
    say(
      `${`${name}, ${count}`.padEnd(24)}first ${`${row.first} ×`.padStart(9)}   nothing changed ${`${row.again} ×`.padStart(9)} ${`${row.milliseconds} ms`.padStart(10)}`,
    )
  } finally {
    await end?.()
  }
}

function ratio(milliseconds, bareMilliseconds) {
  return Number((milliseconds / bareMilliseconds).toFixed(1))
}

function say(line) {
  if (!words.includes('--json')) console.log(line)
  else console.error(line)
}

function countOf(text, pattern) {
  return text.match(pattern)?.length ?? 0
}

function bare() {
  return timed({ command: process.execPath, args: ['-e', '0'] })
}

function timed({ command, args, environment = {} }) {
  const before = process.hrtime.bigint()
  const { status, stderr } = spawnSync(command, args, {
    env: { ...env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const milliseconds = Number(process.hrtime.bigint() - before) / 1e6
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} exited ${status}: ${stderr}`)
  return milliseconds
}

function ofWfpctl(folder, count) {
  writeFileSync(join(folder, 'tunnels.yaml'), manifests(count))
  const environment = {
    BENCH_PSK: 'a preshared key for measuring',
    XDG_CACHE_HOME: join(folder, '.cache'),
    NO_COLOR: '1',
  }
  const engine = ['--engine', `sandbox:${join(folder, '.sandbox')}`]
  const run = (...args) => ({
    command: process.execPath,
    args: [here('../../../dist/cli/main.js'), ...args, ...engine],
    environment,
  })
  const listed = () =>
    spawnSync(process.execPath, [...run('get', '-o', 'json').args], { env: { ...env, ...environment }, ...LISTED })
      .stdout
  return {
    first: run('apply', folder, '--auto-approve'),
    again: run('plan', folder),
    standing: () => countOf(listed(), /"address": ?"IPsecTunnel\//g),
  }
}

async function ofStrongswan(folder, count) {
  const socket = join(folder, 'vici')
  const settings = join(folder, 'strongswan.conf')
  const ports = 'port = 0\n  port_nat_t = 0\n  install_routes = no'
  writeFileSync(
    settings,
    `charon {\n  load = ${CHARON_PLUGINS}\n  ${ports}\n  plugins { vici { socket = unix://${socket} } }\n}\nswanctl { socket = unix://${socket}\n  load = random nonce pem pkcs1 pubkey x509 sha1 sha2 }\n`,
  )
  const connections = Array.from({ length: count }, (_, i) => connection(i)).join('')
  writeFileSync(join(folder, 'swanctl.conf'), `connections {\n${connections}}\n`)
  const environment = { STRONGSWAN_CONF: settings, SWANCTL_DIR: folder }
  const charon = spawn(isIn('charon'), [], { env: { ...env, ...environment }, stdio: 'ignore' })
  const run = (...args) => ({ command: isIn('swanctl'), args: [...args, '--uri', `unix://${socket}`], environment })
  for (
    let tries = 0;
    spawnSync(isIn('swanctl'), run('--stats').args, { env: { ...env, ...environment } }).status !== 0;
    tries++
  ) {
    if (tries > 100) throw new Error('charon does not answer')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const load = run('--load-conns', '--file', join(folder, 'swanctl.conf'))
  const end = () => new Promise((resolve) => charon.once('exit', resolve).kill('SIGTERM'))
  const listed = () =>
    spawnSync(isIn('swanctl'), run('--list-conns', '--raw').args, { env: { ...env, ...environment }, ...LISTED }).stdout
  return { first: load, again: load, end, standing: () => countOf(listed(), /\bbranch-\d+ \{/g) }
}

function connection(i) {
  const [high, low] = [i >> 8, i & 255]
  return `  branch-${i} {
    version = 2
    local_addrs = 203.0.113.10
    remote_addrs = 198.18.${high}.${low}
    proposals = aes256-sha384-ecp384,aes256-sha256-modp2048
    rekey_time = 8h
    local { auth = psk }
    remote { auth = psk }
    children { net { local_ts = 10.${high}.${low}.0/24
        remote_ts = 10.${high + 64}.${low}.0/25
        esp_proposals = aes256gcm16-ecp384,aes256-sha256-ecp384
        rekey_time = 1h } }
  }
`
}

function ofCfengine(folder, count) {
  const state = join(folder, 'files')
  const work = join(folder, 'work')
  for (const path of [state, work, ...['inputs', 'ppkeys', 'outputs', 'state', 'bin'].map((name) => join(work, name))])
    mkdirSync(path, { mode: 0o700 })
  const environment = { CFENGINE_TEST_OVERRIDE_WORKDIR: work }
  symlinkSync(isIn('cf-promises'), join(work, 'bin', 'cf-promises'))
  timed({ command: isIn('cf-key'), args: [], environment })
  const policy = join(work, 'inputs', 'promises.cf')
  const promises = Array.from(
    { length: count },
    (_, i) =>
      `    "${state}/branch-${i}.conf" create => "true", content => "remote 198.18.${i >> 8}.${i & 255} aes256gcm ecp384";\n`,
  )
  writeFileSync(
    policy,
    `body common control { bundlesequence => { "main" }; }\nbundle agent main {\n  files:\n${promises.join('')}}\n`,
  )
  chmodSync(policy, 0o600)
  const run = { command: isIn('cf-agent'), args: ['-KIf', policy], environment }
  return { first: run, again: run, standing: () => readdirSync(state).length }
}

function ofNftables(folder, count) {
  const rules = Array.from(
    { length: count },
    (_, i) =>
      `    ip saddr 198.18.${i >> 8}.${i & 255} ip daddr 203.0.113.10 ip protocol esp accept comment "branch-${i}"\n`,
  )
  const file = join(folder, 'rules.nft')
  const table = 'inet wfpctl_bench'
  writeFileSync(
    file,
    `add table ${table}\ndelete table ${table}\ntable ${table} {\n  chain in {\n${rules.join('')}  }\n}\n`,
  )
  const run = { command: isIn('nft'), args: ['-f', file] }
  const listed = () => spawnSync(isIn('nft'), ['list', 'table', 'inet', 'wfpctl_bench'], LISTED).stdout
  return { first: run, again: run, standing: () => countOf(listed(), /branch-/g) }
}
