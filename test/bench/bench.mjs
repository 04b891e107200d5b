/**
 * `npm run bench`: what the built command line costs, as ratios to a bare `node -e 0` of the same run.
 *
 * Every sample is a process of its own, with a bare node right before it. A figure is the least of several samples over the least of the bare
 * ones: on a machine that others use, too, everything but the least tells of the others. Processor time is told beside elapsed time for the
 * same reason, and it is what `--compare` looks at; where a second core collects garbage it is the larger of the two.
 *
 * | option | does |
 * | --- | --- |
 * | `--quick` | leaves out 10 000 tunnels, and most rounds of watch |
 * | `--full` | 100 000 tunnels, too: half an hour |
 * | `--json` | prints the rows as JSON |
 * | `--save` | keeps the rows in test/bench/baseline.json |
 * | `--beside MAIN` | measures another build in turns with this one, without watch: `../old/dist/cli/main.js` |
 * | `--compare` | exits 1 where a row has become slower, or larger, than its baseline by more than a quarter |
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tamper, tunnelKeyOf } from './administrator.mjs'
import { compared } from './compare.mjs'
import { manifestFiles, manifests } from './manifests.mjs'
import { isSynced, startWatch } from './watching.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const main = here('../../dist/cli/main.js')
const baselineFile = here('./baseline.json')
const has = (option) => process.argv.includes(option)
const sizes = [1_000, ...(has('--quick') ? [] : [10_000]), ...(has('--full') ? [100_000] : [])]
const samplesOf = (size) => (size >= 10_000 ? 3 : 5)
const START_UP_SAMPLES = 15

const root = mkdtempSync(join(tmpdir(), 'wfpctl-bench-'))
const peakFile = join(root, 'peak')
const beside = process.argv[process.argv.indexOf('--beside') + 1]
/** Those that are measured. Each has its own engines, and remembers for itself. */
const builds = [
  { main, home: join(root, 'this') },
  ...(has('--beside') ? [{ main: beside, home: join(root, 'other') }] : []),
]
let build = builds[0]
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env
const env = {
  ...inherited,
  NO_COLOR: '1',
  BENCH_PSK: 'a preshared key for measuring',
  BENCH_PEAK: peakFile,
}
const REMEMBERING = {}
const FORGETTING = { WFPCTL_NO_CACHE: '1' }

/** name → { elapsed, cpu (both in bare nodes), milliseconds, peak (MB) } */
const rows = {}
if (has('--compare') && !existsSync(baselineFile))
  throw new Error('no baseline: make one with --save, on an idle machine')
try {
  startUp()
  for (const size of sizes) converge(size)
  tree()
  if (!has('--beside')) await watching(1_000, { files: 1_000, rounds: has('--quick') ? 10 : 50 })
  if (!has('--quick') && !has('--beside')) await watching(10_000, { files: 100, rounds: 20 })
  growth()
} finally {
  rmSync(root, { recursive: true, force: true })
}
const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version }
if (has('--json')) console.log(JSON.stringify({ machine, rows }, null, 2))
if (has('--save')) writeFileSync(baselineFile, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
if (has('--compare')) {
  const worse = compared(JSON.parse(readFileSync(baselineFile, 'utf8')).rows, rows)
  for (const line of worse) console.error(line)
  process.exitCode = worse.length > 0 ? 1 : 0
}

function startUp() {
  const empty = folder('empty')
  writeFileSync(
    join(empty, 'set.yaml'),
    'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: bench }\nspec: { prune: false }\n',
  )
  const plan = () => ['plan', empty, '--engine', `sandbox:${join(build.home, 'nothing')}`, '--allow-empty']
  row('--version', START_UP_SAMPLES, () => ['--version'])
  row('explain IPsecTunnel.endpoints', START_UP_SAMPLES, () => ['explain', 'IPsecTunnel.endpoints'])
  row('plan of nothing', START_UP_SAMPLES, plan)
  row('plan of nothing, nothing remembered', START_UP_SAMPLES, plan, { extra: FORGETTING })
}

/** From YAML to a converged engine, and looking again. */
function converge(size) {
  const source = folder(`tunnels-${size}`)
  const texts = manifestFiles(size)
  const fileOf = (i) => join(source, `tunnels-${i}.yaml`)
  for (const [i, text] of texts.entries()) writeFileSync(fileOf(i), text)
  const sandbox = (name) => ['--engine', `sandbox:${join(build.home, `${name}-${size}`)}`]
  const n = samplesOf(size)
  const measured = (name, command, extra) => row(`${name}, ${size}`, n, command, { extra, size })
  const apply = (engine) => ['apply', source, '--auto-approve', ...engine]
  const plan = () => ['plan', source, ...sandbox('apply-0')]
  measured('cold apply', (run) => apply(sandbox(`apply-${run}`)), FORGETTING)
  measured('no-op plan', plan)
  measured('no-op plan, nothing remembered', plan, FORGETTING)
  measured('validate', () => ['validate', source])
  measured('validate, nothing remembered', () => ['validate', source], FORGETTING)
  stages(size)
  forEachBuild(() => timed(['sandbox', 'tamper', 'IPsecTunnel/branch-7', ...sandbox('apply-0')]))
  measured('find 1 drifted', plan)
  forEachBuild(() => timed(apply(sandbox('apply-0'))))
  let change = 0
  measured('change 1, apply', () => {
    writeFileSync(fileOf(0), texts[0].replace('retransmitFor: 2m', `retransmitFor: ${3 + (change++ % 5)}m`))
    return apply(sandbox('apply-0'))
  })
}

/** Where the time of a no-op goes, as far as other commands do a part of it alone. */
function stages(size) {
  const of = (name) => rows[name].milliseconds
  const noop = rows[`no-op plan, ${size}`]
  const startUp = of('plan of nothing')
  const manifests = Math.max(0, of(`validate, ${size}`) - of('--version'))
  noop.stages = { startUp, manifests, engineAndComparing: Math.max(0, noop.milliseconds - startUp - manifests) }
  if (has('--json')) return
  const parts = Object.entries(noop.stages).map(([name, milliseconds]) => `${name} ${milliseconds} ms`)
  console.log(`  ${parts.join(', ')}`)
}

/** From a start to having looked, and from a saved file, or from tampering, to a healed engine: medians, since each round is another one. */
async function watching(size, { files, rounds }) {
  const source = folder(`watched-${size}`)
  const [set, ...documents] = manifests(size).split('---\n')
  const each = size / files
  const pathOf = (i) => join(source, `${Math.floor(i / each)}.yaml`)
  const save = (i, text) => {
    const first = i - (i % each)
    writeFileSync(
      pathOf(i),
      documents
        .slice(first, first + each)
        .with(i - first, text)
        .join('---\n'),
    )
  }
  writeFileSync(join(source, 'set.yaml'), set)
  for (let i = 0; i < size; i += each) save(i, documents[i])
  // what was written long ago need not come to rest
  for (const path of ['set.yaml', ...Array.from({ length: files }, (_, i) => `${i}.yaml`)])
    utimesSync(join(source, path), 0, 0)
  const directory = join(root, `watch-${size}`)
  timed(['apply', source, '--auto-approve', '--engine', `sandbox:${directory}`])

  const bare = sample(['-e', '0'])
  const began = performance.now()
  const watch = startWatch(source, directory, { nodeArgs: ['-r', here('./peak.cjs')], env: environment() })
  await watch.saw(isSynced)
  const ready = { milliseconds: performance.now() - began, cpu: watch.cpuSeconds() * 1000 }
  const heal = async (act) => {
    const times = []
    const before = watch.cpuSeconds()
    for (let round = 0; round < rounds; round++) {
      progress(`watch, ${size}: round ${round + 1} of ${rounds}`)
      const i = (round * 7 * each + round) % size
      await watch.idle()
      const healed = watch.saw(({ event, address }) => event === 'correction' && address === `IPsecTunnel/branch-${i}`)
      const acted = performance.now()
      await act(i, round)
      await healed
      times.push(performance.now() - acted)
    }
    await watch.idle()
    const cpu = ((watch.cpuSeconds() - before) * 1000) / rounds
    return { milliseconds: times.sort((a, b) => a - b)[Math.floor(times.length / 2)], cpu }
  }
  await watch.idle()
  const saved = await heal((i, round) =>
    save(i, documents[i].replace('retransmitFor: 2m', `retransmitFor: ${3 + (round % 50)}m`)),
  )
  const tampered = await heal((i) => tamper({ directory }, tunnelKeyOf('bench', `branch-${i}`)))
  await watch.stop()
  const { peak } = JSON.parse(readFileSync(peakFile, 'utf8'))
  for (const [name, { milliseconds, cpu }] of Object.entries({
    ready,
    'saved file to healed': saved,
    'tampering to healed': tampered,
  }))
    note(
      `watch, ${size} in ${files} files, ${name}`,
      { milliseconds, cpu, peak },
      { bare, size: name === 'ready' ? size : undefined },
    )
}

/** What ten times as much costs. */
function growth() {
  for (const [name, { elapsed }] of Object.entries(rows).filter(([name]) => name.endsWith(', 100000'))) {
    const smaller = rows[name.replace(', 100000', ', 10000')]
    if (smaller && !has('--json')) console.log(`${name}: ${(elapsed / smaller.elapsed).toFixed(1)} times 10 000`)
  }
}

/** Many small files: 20 documents in each of a thousand folders; with `--quick` in fifty. */
function tree() {
  const folders = has('--quick') ? 50 : 1_000
  const source = folder('tree')
  const [set, ...documents] = manifests(20 * folders).split('---\n')
  writeFileSync(join(source, 'set.yaml'), set)
  for (let i = 0; i < folders; i++) {
    mkdirSync(join(source, `site-${i}`))
    writeFileSync(join(source, `site-${i}`, 'tunnels.yaml'), documents.slice(20 * i, 20 * i + 20).join('---\n'))
  }
  const size = 20 * folders
  const name = `validate ${size} in ${folders} folders`
  row(name, 3, () => ['validate', source], { size })
  row(`${name}, nothing remembered`, 3, () => ['validate', source], { extra: FORGETTING, size })
}

/** The least of `count` runs, each with a bare node before it. @param command makes the arguments of each run anew */
function row(name, count, command, { extra = REMEMBERING, size } = {}) {
  const bare = []
  const own = new Map(builds.map((one) => [one, []]))
  // so that there is something to remember
  if (extra === REMEMBERING && !name.startsWith('change')) forEachBuild(() => timed(command()))
  for (let run = 0; run < count; run++) {
    progress(`${name}: run ${run + 1} of ${count}`)
    bare.push(sample(['-e', '0']))
    forEachBuild(() => own.get(build).push(timed(command(run), extra)))
  }
  const least = (samples, of) => Math.min(...samples.map((one) => one[of]))
  const best = (samples) => ({ milliseconds: least(samples, 'milliseconds'), cpu: least(samples, 'cpu') })
  for (const [i, samples] of [...own.values()].entries()) {
    const peak = Math.max(...samples.map((one) => one.peak))
    note(i === 0 ? name : `${name}, the other build`, { ...best(samples), peak }, { bare: best(bare), size })
  }
}

function forEachBuild(act) {
  for (build of builds) act()
  build = builds[0]
}

function note(name, { milliseconds, cpu, peak }, { bare, size }) {
  const ratios = { elapsed: rounded(milliseconds / bare.milliseconds), cpu: rounded(cpu / bare.cpu) }
  progress()
  rows[name] = { ...ratios, milliseconds: Math.round(milliseconds), peak }
  if (!has('--json')) print(name, rows[name], size)
}

/** On a terminal: what is measured now. Gone before a row is printed. */
function progress(text = '') {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

function print(name, { elapsed, cpu, milliseconds, peak }, size) {
  const numbers = [
    `${elapsed.toFixed(1)} ×`.padStart(10),
    `cpu ${cpu.toFixed(1)} ×`.padStart(14),
    `${milliseconds} ms`.padStart(12),
    `${peak} MB`.padStart(9),
    size === undefined ? '' : `${((milliseconds / size) * 1000).toFixed(0)} µs each`.padStart(15),
  ]
  console.log(`${name.padEnd(52)}${numbers.join('')}`)
}

function timed(args, extra = {}) {
  return sample([build.main, ...args], extra)
}

function sample(args, extra = {}) {
  const options = { env: { ...environment(), ...extra }, stdio: ['ignore', 'ignore', 'pipe'] }
  const before = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, ['-r', here('./peak.cjs'), ...args], options)
  const milliseconds = Number(process.hrtime.bigint() - before) / 1e6
  if (status !== 0) throw new Error(`${args.join(' ')} exited ${status}: ${stderr}`)
  return { milliseconds, ...JSON.parse(readFileSync(peakFile, 'utf8')) }
}

function environment() {
  return { ...env, XDG_CACHE_HOME: join(build.home, 'cache') }
}

function rounded(value) {
  return Number(value.toFixed(2))
}

function folder(name) {
  const path = join(root, name)
  mkdirSync(path)
  return path
}
