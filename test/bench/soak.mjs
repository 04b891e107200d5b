// A long run of `watch`: files and engine are changed at random by this process, thousands of times, with deletes, broken files and
// lost notifications among it. It must end converged, with flat memory and handles.
// usage: npm run soak [-- PASSES [TUNNELS]]   exits 1 when something is wrong
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { remove, setSwitch, tamper, tunnelKeyOf } from './administrator.mjs'

const passesWanted = Number(process.argv[2] ?? 10_000)
const tunnels = Number(process.argv[3] ?? 20)
const root = mkdtempSync(join(tmpdir(), 'wfpctl-soak-'))
const [directory, manifests] = [join(root, 'sandbox'), join(root, 'repo')]
const main = new URL('../../dist/cli/main.js', import.meta.url).pathname
const engine = ['--engine', `sandbox:${directory}`]
/** Of what memory grows by: caches and the allocator fill up in the beginning. */
const WARM_UP = 0.25
const ALLOWED_GROWTH = 1.35
/** A session of somebody else may be open at the moment. */
const ALLOWED_HANDLES = 8
/** A short run says nothing about memory. */
const ENOUGH_PASSES = 1_000

mkdirSync(manifests)
writeFileSync(
  join(manifests, 'set.yaml'),
  'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: vpn }\nspec: { prune: true, drift: { resync: 1s } }\n',
)
for (let i = 0; i < tunnels; i++) save(i)

const child = spawn(process.execPath, [main, 'watch', manifests, '-o', 'ndjson', ...engine], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const seen = { passes: 0, corrections: 0, conflicts: 0, failures: 0, bugs: 0, invalid: 0 }
const memory = []
const openHandles = []
let synced = false
let rest = ''
child.stdout.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) count(JSON.parse(line))
})

while (seen.passes < passesWanted && child.exitCode === null) {
  await disturb()
  await sleep(Math.random() * 60)
}
await setSwitch({ directory }, 'notifications', 'on')
for (let i = 0; i < tunnels; i++) save(i)
rmSync(join(manifests, 'broken.yaml'), { force: true })
const converged = await converges()
const ended = new Promise((resolve) => child.once('exit', resolve))
const stopAt = performance.now()
child.kill('SIGTERM')
await ended
const stopSeconds = (performance.now() - stopAt) / 1000
const plan = spawnSync(process.execPath, [main, 'plan', manifests, '--detailed-exitcode', ...engine])
rmSync(root, { recursive: true, force: true })

const [megabytes, handles] = [memory, openHandles].map(trendOf)
console.log(
  JSON.stringify({
    ...seen,
    converged,
    planExit: plan.status,
    stopSeconds: Number(stopSeconds.toFixed(2)),
    megabytes,
    handles,
  }),
)
const isLong = passesWanted >= ENOUGH_PASSES
if (
  !converged ||
  plan.status !== 0 ||
  seen.bugs > 0 ||
  (isLong && megabytes.late > megabytes.early * ALLOWED_GROWTH) ||
  (isLong && handles.late > handles.early + ALLOWED_HANDLES) ||
  stopSeconds > 2
)
  process.exitCode = 1

/** The middle of the first quarter and of the last, once warm. */
function trendOf(samples) {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP))
  const quarter = Math.ceil(warm.length / 4)
  return { early: median(warm.slice(0, quarter)), late: median(warm.slice(-quarter)) }
}

function count(event) {
  if (event.event === 'pass') {
    seen.passes += 1
    synced = event.tree === 'good' && event.sets.every((set) => set.state === 'synced')
    if (seen.passes % 20 === 0) {
      memory.push(residentMegabytes(child.pid))
      openHandles.push(handlesOf(child.pid))
    }
  }
  if (event.event === 'correction') seen.corrections += 1
  if (event.event === 'conflict') seen.conflicts += 1
  if (event.event === 'invalid') seen.invalid += 1
  if (event.event === 'failure') seen[event.result === 'bug' ? 'bugs' : 'failures'] += 1
}

/** One of the things that happen to a host. */
async function disturb() {
  const i = Math.floor(Math.random() * tunnels)
  const path = join(manifests, `t${i}.yaml`)
  const deeds = [
    () => save(i),
    () => save(i),
    () => rmSync(path, { force: true }),
    () => writeFileSync(join(manifests, 'broken.yaml'), 'kind: ['),
    () => rmSync(join(manifests, 'broken.yaml'), { force: true }),
    () => remove({ directory }, tunnelKeyOf('vpn', `t${i}`)),
    () => tamper({ directory }, tunnelKeyOf('vpn', `t${i}`)),
    () => setSwitch({ directory }, 'notifications', Math.random() < 0.3 ? 'off' : 'on'),
  ]
  try {
    await deeds[Math.floor(Math.random() * deeds.length)]()
  } catch {
    // the tunnel is not there at the moment
  }
}

async function converges() {
  for (let i = 0; i < 900; i++) {
    synced = false
    await sleep(1_100)
    if (synced) return true
  }
  return false
}

function save(i) {
  const minutes = 10 + Math.floor(Math.random() * 50)
  writeFileSync(
    join(manifests, '.new'),
    `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: t${i}, set: vpn }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.${i + 1} }
  traffic: { local: [10.1.0.0/16], remote: [10.10.${i}.0/24] }
  quickMode:
    pfs: dh20
    proposals: [{ esp: { aead: aes256gcm }, lifetime: { time: ${minutes}m } }]
`,
  )
  renameSync(join(manifests, '.new'), join(manifests, `t${i}.yaml`))
}

function residentMegabytes(pid) {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0 // no /proc here: memory is not looked at
  }
}

function handlesOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
