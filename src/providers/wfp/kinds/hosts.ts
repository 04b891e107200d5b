/** Which resources meet on one machine, and which of two stands later in the files. */

import type { Resource, TunnelSet } from '../../../reconcile/model.ts'
import { positionOf } from '../../../reconcile/source.ts'

/** @returns whether two resources can be on one machine: their sets name the same host, or one names none */
export function hostsOf(sets: readonly TunnelSet[]): (a: Resource, b: Resource) => boolean {
  const hosts = new Map(sets.map(({ name, host }) => [name, host?.toLowerCase()]))
  return (a, b) => {
    const [one, other] = [hosts.get(a.set), hosts.get(b.set)]
    return one === undefined || other === undefined || one === other
  }
}

/** Resources in the order of their files and of their places in them, whatever order they come in. */
export function inFileOrder(resources: readonly Resource[]): Resource[] {
  const start = ({ manifest }: Resource): number => manifest.at('/metadata/name').start
  return [...resources].sort(
    (a, b) =>
      compareText(a.manifest.file.path, b.manifest.file.path) || start(a) - start(b) || compareText(a.name, b.name),
  )
}

/** `IPsecTunnel/hq-dallas at gw/hq.yaml:3:3` */
export function placeOf({ kind, name, manifest }: Resource): string {
  const { file, start } = manifest.at('/metadata/name')
  const { line, column } = positionOf(file, start)
  return `${kind}/${name} at ${file.path}:${line}:${column}`
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
