/** Which resources meet on one machine, and which of two stands later in the files. */

import { compareText, placeText } from '../base/index.ts'
import { isSameHost, type Resource, type TunnelSet } from '../manifest/index.ts'

const ANY_HOST = ''

/**
 * @returns whether two resources can be on one machine: they are of one set, or their sets name the same host, or one names none.
 *   What cannot be read is not judged: a set without a readable document or host meets no other set.
 */
export function hostsOf(sets: readonly TunnelSet[]): (a: Resource, b: Resource) => boolean {
  const hosts = new Map(sets.map((set) => [set.name, hostOf(set)]))
  return (a, b) => {
    if (!hasReadableSet(a) || !hasReadableSet(b)) return false
    const [one, other] = [hosts.get(a.set), hosts.get(b.set)]
    if (a.set === b.set) return true
    if (one === undefined || other === undefined) return false
    return one === ANY_HOST || other === ANY_HOST || isSameHost(one, other)
  }
}

/** @returns undefined where a mistake in the document may hide the host */
function hostOf({ host, manifest }: TunnelSet): string | undefined {
  if (host !== undefined) return host
  return manifest && manifest.broken.size > 0 ? undefined : ANY_HOST
}

/** A set that cannot be read counts as `default`, which it may not be. */
function hasReadableSet({ manifest: { broken } }: Resource): boolean {
  const inMetadata = [...broken].filter((pointer) => !pointer.startsWith('/spec'))
  return inMetadata.every((pointer) => /^\/(metadata\/(name|labels)(\/|$)|kind$|apiVersion$)/.test(pointer))
}

/** Resources in the order of their files and of their places in them, whatever order they come in. */
export function inFileOrder(resources: readonly Resource[]): Resource[] {
  return [...resources].sort(
    (a, b) =>
      compareText(a.manifest.file.path, b.manifest.file.path) ||
      a.manifest.start - b.manifest.start ||
      compareText(a.name, b.name),
  )
}

/** `IPsecTunnel/hq-dallas at gw/hq.yaml:3:3` */
export function placeOf({ kind, name, manifest }: Resource): string {
  return `${name === '' ? kind.name : `${kind.name}/${name}`} at ${placeText(manifest.at('/metadata/name'))}`
}
