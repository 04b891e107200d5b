/** A watch of three sets, with a page: one is corrected, one only reported, one may be suspended. */

import { onTestFinished } from 'vitest'
import { type Workbench, workbench } from '../cli/harness.ts'
import { many, tunnel, tunnelSet } from '../cli/manifests.ts'
import { type Watching, watching } from '../cli/watching.ts'

const SETS = {
  branches: {
    spec: 'prune: true',
    names: ['amsterdam', 'berlin', 'cork', 'dallas', 'essen', 'fargo', 'genoa'],
    net: 1,
  },
  lab: { spec: 'prune: true', names: ['lab-a', 'lab-b'], net: 31 },
  partners: { spec: 'prune: true, drift: { mode: report }', names: ['acme', 'globex', 'initech'], net: 21 },
}

export const TUNNELS = Object.values(SETS).flatMap(({ names }) => names)

export interface Host {
  readonly bench: Workbench
  readonly watch: Watching
  readonly url: string
}

/** With everything applied, and seen as declared. */
export async function host(...options: readonly string[]): Promise<Host> {
  const bench = workbench()
  for (const [set, { spec, names, net }] of Object.entries(SETS)) {
    const tunnels = names.map((name, i) => tunnel(name, { set, net: net + i }))
    await bench.write(`m/${set}.yaml`, many(tunnelSet(set, spec), ...tunnels))
  }
  await bench.run('apply', 'm', '--auto-approve')
  return { bench, ...(await watched(bench, ...(options.length > 0 ? options : ['--listen', '0']))) }
}

export async function watched(bench: Workbench, ...options: readonly string[]) {
  const watch = watching(bench, 'm', ...options)
  onTestFinished(async () => void (await watch.end('SIGKILL')))
  const hasLooked = () => watch.of('pass').some(({ tree }) => tree === 'good') // the first reading may have been of half of the files
  await watch.until(() => hasLooked() && watch.stderr().includes('Listening on'))
  const [, url = ''] = /Listening on (http:\S+)/.exec(watch.stderr()) ?? []
  return { watch, url: url.replace('0.0.0.0', '127.0.0.1') }
}
