/**
 * `npm run bench`: what the built command line costs, as ratios to a bare `node -e 0` of the same run.
 *
 * Every sample is a process of its own, with a bare node right before it: on a shared machine only such pairs can be compared.
 * `--quick` leaves out 10 000 tunnels.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifests } from './manifests.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const main = here('../../dist/cli/main.js')
const sizes = process.argv.includes('--quick') ? [100, 1_000] : [100, 1_000, 10_000]
const samplesOf = (size) => (size >= 10_000 ? 3 : 5)

const root = mkdtempSync(join(tmpdir(), 'wfpctl-bench-'))
const peakFile = join(root, 'peak')
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env
const env = { ...inherited, NO_COLOR: '1', BENCH_PSK: 'a preshared key for measuring', BENCH_PEAK: peakFile }

try {
  startUp()
  for (const size of sizes) converge(size)
} finally {
  rmSync(root, { recursive: true, force: true })
}

function startUp() {
  const empty = folder('empty')
  writeFileSync(
    join(empty, 'set.yaml'),
    'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: bench }\nspec: { prune: false }\n',
  )
  const sandbox = `sandbox:${join(root, 'nothing')}`
  heading('start-up')
  print(
    '--version',
    measure(9, () => [main, '--version']),
  )
  print(
    'explain IPsecTunnel.endpoints',
    measure(9, () => [main, 'explain', 'IPsecTunnel.endpoints']),
  )
  print(
    'plan of nothing',
    measure(9, () => [main, 'plan', empty, '--engine', sandbox, '--allow-empty']),
  )
}

/** From YAML to a converged engine, and looking again. */
function converge(size) {
  const source = folder(`tunnels-${size}`)
  const text = manifests(size)
  writeFileSync(join(source, 'tunnels.yaml'), text)
  const sandbox = (name) => `sandbox:${join(root, `${name}-${size}`)}`
  let fresh = 0
  const applying = () => [main, 'apply', source, '--auto-approve', '--engine', sandbox(`apply-${fresh++}`)]
  const n = samplesOf(size)
  heading(`${size} tunnels, ${Math.round(text.length / size)} bytes of YAML each`)
  const parse = print(
    'parsing the YAML alone',
    measure(n, () => [here('./parse.mjs'), join(source, 'tunnels.yaml')]),
  )
  const read = print(
    'read, validate, normalise',
    measure(n, () => [main, 'validate', source]),
  )
  print(
    'cold plan',
    measure(n, () => [main, 'plan', source, '--engine', sandbox('empty')]),
  )
  const apply = print('cold apply', measure(n, applying))
  const noop = print(
    'no-op plan',
    measure(n, () => [main, 'plan', source, '--detailed-exitcode', '--engine', sandbox('apply-0')]),
  )
  console.log(
    `  no-op plan ÷ parsing alone ${ratio(noop, parse)}, ÷ (read, validate, normalise) ${ratio(noop, read)};` +
      ` cold apply ÷ (read, validate, normalise) ${ratio(apply, read)}`,
  )
}

/** Medians of `count` runs, each with a bare node before it. @param command makes the arguments of each run anew */
function measure(count, command) {
  const bare = []
  const own = []
  let peak = 0
  for (let i = 0; i < count; i++) {
    bare.push(timed(['-e', '0']))
    own.push(timed(['-r', here('./peak.cjs'), ...command()]))
    peak = Math.max(peak, Number(readFileSync(peakFile, 'utf8')))
  }
  return { milliseconds: median(own), bare: median(bare), peak }
}

function timed(args) {
  const before = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const milliseconds = Number(process.hrtime.bigint() - before) / 1e6
  if (status !== 0) throw new Error(`${args.join(' ')} exited ${status}: ${stderr}`)
  return milliseconds
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}

function ratio(a, b) {
  return (a.milliseconds / b.milliseconds).toFixed(2)
}

function folder(name) {
  const path = join(root, name)
  mkdirSync(path)
  return path
}

function heading(title) {
  console.log(`\n${title.padEnd(44)}${'÷ bare node'.padStart(12)}${'ms'.padStart(9)}${'peak MB'.padStart(9)}`)
}

function print(name, measured) {
  const { milliseconds, bare, peak } = measured
  const numbers = [
    (milliseconds / bare).toFixed(1).padStart(12),
    milliseconds.toFixed(0).padStart(9),
    String(peak).padStart(9),
  ]
  console.log(`  ${name.padEnd(42)}${numbers.join('')}`)
  return measured
}
