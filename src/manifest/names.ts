/** One name for each document, and a document for each set that is named. */

import { type Diagnostic, diagnostic, didYouMean, placeText } from '../base/index.ts'
import type { Manifest } from './document.ts'
import { DEFAULT_SET } from './envelope.ts'
import type { Declared } from './memory.ts'
import { TUNNEL_SET } from './tunnel-set.ts'

export function isSet({ manifest }: Declared): boolean {
  return manifest.kind === TUNNEL_SET
}

/** The second of two with one name has a finding; what it says counts for nothing else. A nameless one stands for itself. */
export function tellApart(declared: readonly Declared[]) {
  const taken = new Map<string, Map<string, Manifest>>()
  const first: Declared[] = []
  const repeated: [second: Manifest, first: Manifest][] = []
  for (const one of declared) {
    const { manifest } = one
    const { kind, name } = manifest
    const ofKind = taken.get(kind) ?? new Map<string, Manifest>()
    const other = isNameless(manifest) ? undefined : ofKind.get(name)
    if (other) repeated.push([manifest, other])
    else first.push(one)
    if (!other && !isNameless(manifest)) taken.set(kind, ofKind.set(name, manifest))
  }
  return { first, repeated }
}

function isNameless({ name, broken }: Manifest): boolean {
  return name === '' || (broken.size > 0 && (broken.has('/metadata') || broken.has('/metadata/name')))
}

export function duplicate(manifest: Manifest, first: Manifest): Diagnostic {
  const notes = [`first declared at ${placeText(first.at('/metadata/name'))}`]
  const isSet = manifest.kind === TUNNEL_SET
  const message = isSet ? `a second TunnelSet \`${manifest.name}\`` : `a second ${manifest.kind}/${manifest.name}`
  const help = isSet ? 'keep one document per set' : 'names are unique per kind, across all sets'
  return diagnostic(isSet ? 'E125' : 'E124', manifest.at('/metadata/name'), message, { notes, help })
}

/** One finding per set that is missing, at the first resource that names it. A set whose name cannot be read may be any of them. */
export function setsWithoutDocument(declared: readonly Declared[]): Diagnostic[] {
  const sets = declared.filter(isSet).map(({ manifest }) => manifest)
  if (sets.some(isNameless)) return []
  const known = new Set([DEFAULT_SET, ...sets.map((set) => set.name)])
  const missing = new Map<string, Manifest[]>()
  for (const { manifest } of declared) {
    if (manifest.kind === TUNNEL_SET || known.has(manifest.set) || manifest.broken.has('/metadata/set')) continue
    const naming = missing.get(manifest.set)
    if (naming) naming.push(manifest)
    else missing.set(manifest.set, [manifest])
  }
  return [...missing].map(([set, [first, ...rest]]) => {
    const notes = rest.length === 0 ? {} : { notes: [`${rest.length} more of the resources given name this set`] }
    const help = didYouMean(set, known) ?? `add a document of kind TunnelSet with the name \`${set}\``
    return diagnostic('E126', first!.at('/metadata/set'), `set \`${set}\` has no TunnelSet document`, {
      ...notes,
      help,
    })
  })
}
