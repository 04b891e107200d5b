// Time to heal of `watch` on an idle sandbox: from a saved file, and from tampering, to the engine being right again.
// usage: npm run bench:watch [-- TUNNELS [ROUNDS]]   prints medians and worsts; asserts nothing
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { remove, setSwitch, tamper, tunnelKeyOf } from './administrator.mjs'
import { isSynced, startWatch } from './watching.mjs'

const tunnels = Number(process.argv[2] ?? 1_000)
const rounds = Number(process.argv[3] ?? 200)
const LOST_ROUNDS = Math.min(rounds, 20)
const LOST_RESYNC_SECONDS = 2
const root = mkdtempSync(join(tmpdir(), 'wfpctl-bench-'))
const directory = join(root, 'sandbox')
const key = (i) => tunnelKeyOf('vpn', `t${i}`)

for (const layout of ['one file a tunnel', 'all in one file'])
  await watching(layout, 60, async (watch, save) => {
    await measure(watch, `${layout}, saved file`, rounds, (i, round) => save(i, 100 + (round % 1000)))
    await measure(watch, `${layout}, removed`, rounds, (i) => remove({ directory }, key(i)))
    await measure(watch, `${layout}, tampered`, rounds, (i) => tamper({ directory }, key(i)))
  })
await setSwitch({ directory }, 'notifications', 'off')
await watching('one file a tunnel', LOST_RESYNC_SECONDS, async (watch) => {
  const what = `removed, notifications lost, resync after ${LOST_RESYNC_SECONDS} s`
  await measure(watch, what, LOST_ROUNDS, (i) => remove({ directory }, key(i)))
  console.log(`  the longest pass took ${watch.longestPass().toFixed(0)} ms`)
})
rmSync(root, { recursive: true, force: true })

/** Runs something beside a watch that has come to rest. `save` writes a tunnel with another lifetime. */
async function watching(layout, resyncSeconds, work) {
  const manifests = join(root, layout.replaceAll(' ', '-'))
  const lifetimes = new Map() // in minutes; 60 where nothing was saved yet
  mkdirSync(manifests, { recursive: true })
  writeFileSync(
    join(manifests, 'set.yaml'),
    `apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: vpn }\nspec: { prune: true, drift: { resync: ${resyncSeconds}s } }\n`,
  )
  const save = (i, minutes) => {
    if (minutes !== undefined) lifetimes.set(i, minutes)
    if (layout === 'one file a tunnel') writeFileSync(join(manifests, `t${i}.yaml`), yaml(i, lifetimes.get(i) ?? 60))
    else
      writeFileSync(
        join(manifests, 'all.yaml'),
        Array.from({ length: tunnels }, (_, n) => yaml(n, lifetimes.get(n) ?? 60)).join('---\n'),
      )
  }
  for (let i = 0; i < (layout === 'one file a tunnel' ? tunnels : 1); i++) save(i)
  const watch = startWatch(manifests, directory)
  await watch.saw(isSynced)
  await work(watch, save)
  await watch.stop()
}

async function measure(watch, name, rounds, act) {
  const times = []
  await watch.idle()
  const cpuBefore = watch.cpuSeconds()
  for (let round = 0; round < rounds; round++) {
    const i = (round * 7) % tunnels
    await watch.idle()
    const corrected = watch.saw((e) => e.event === 'correction' && e.address === `IPsecTunnel/t${i}`)
    const began = performance.now()
    await act(i, round)
    await corrected
    times.push(performance.now() - began)
  }
  const cpu = ((watch.cpuSeconds() - cpuBefore) / rounds) * 1000
  times.sort((a, b) => a - b)
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(0)
  console.log(
    `${tunnels} tunnels, ${name}: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, worst of ${times.length} ${at(1)} ms; processor ${cpu.toFixed(0)} ms a round`,
  )
}

function yaml(i, minutes) {
  const [a, b] = [Math.floor(i / 200), i % 200]
  return `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: t${i}, set: vpn }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.${100 + a}.${b + 1} }
  traffic: { local: [10.1.0.0/16], remote: [10.${10 + a}.${b}.0/24] }
  quickMode:
    pfs: dh20
    proposals: [{ esp: { aead: aes256gcm }, lifetime: { time: ${minutes}m } }]
`
}
