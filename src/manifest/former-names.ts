/** `metadata.formerly`: names that a resource had before, and what contradicts them. */

import { type Diagnostic, diagnostic, placeText, visible } from '../base/index.ts'
import type { Manifest } from './document.ts'
import { isName } from './envelope.ts'

/** A former name, where it is written. */
interface FormerName {
  readonly manifest: Manifest
  readonly name: string
  readonly pointer: string
}

/** A name is of one resource at a time: what has it now did not give it up, and two cannot have had it. */
export function checkFormerNames(manifests: readonly Manifest[]): Diagnostic[] {
  const written = manifests.flatMap(formerNamesOf)
  if (written.length === 0) return []
  const declared = new Map(manifests.map((manifest) => [addressOf(manifest), manifest]))
  const claimed = new Map<string, FormerName>()
  return written.flatMap((one) => {
    const address = addressOf({ kind: one.manifest.kind, name: one.name })
    const first = claimed.get(address)
    if (!first) claimed.set(address, one)
    return malformed(one) ?? stillDeclared(one, declared.get(address)) ?? claimedTwice(one, first) ?? []
  })
}

function formerNamesOf(manifest: Manifest): FormerName[] {
  const { formerly = [], broken } = manifest
  if ([...broken].some((pointer) => pointer.startsWith('/metadata/formerly'))) return []
  return formerly.map((name, i) => ({ manifest, name, pointer: `/metadata/formerly/${i}` }))
}

const addressOf = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind}/${name}`

function malformed({ manifest, name, pointer }: FormerName): Diagnostic | undefined {
  if (isName(name)) return undefined
  const [kind, rest] = name.includes('/') ? name.split('/', 2) : []
  const isOther = kind !== undefined && kind !== manifest.kind
  const message = isOther
    ? `\`${visible(name)}\` is of another kind than ${manifest.kind}`
    : `\`${visible(name)}\` is not a name`
  const help = isOther
    ? `a resource keeps its kind: leave it out, or write the name that it had as ${manifest.kind}`
    : `write the former name alone, of a-z, 0-9, \`-\` and \`.\`${rest ? `: ${visible(rest)}` : ''}`
  return diagnostic('E134', manifest.at(pointer), message, { help })
}

function stillDeclared({ manifest, name, pointer }: FormerName, other: Manifest | undefined): Diagnostic | undefined {
  if (!other) return undefined
  if (other === manifest) {
    const help = 'leave it out: a former name is one that it has no more'
    return diagnostic('E132', manifest.at(pointer), `\`${name}\` is its name now`, { help })
  }
  const isSwap = other.formerly?.includes(manifest.name) === true
  const help = isSwap
    ? 'names change places in two steps: apply with a third name for one of them first'
    : `leave it out, or remove the manifest of ${addressOf(other)}: one that was renamed twice lists both former names`
  const message = `${addressOf(other)} is declared still, so nothing was renamed from it`
  return diagnostic('E132', manifest.at(pointer), message, {
    notes: [`declared at ${placeOf(other, '/metadata/name')}`],
    help,
  })
}

function claimedTwice({ manifest, name, pointer }: FormerName, first: FormerName | undefined): Diagnostic | undefined {
  if (!first) return undefined
  const notes = [`claimed at ${placeOf(first.manifest, first.pointer)}`]
  const help = 'one resource alone can have been called so: leave it out of the other'
  return diagnostic('E133', manifest.at(pointer), `two manifests claim the former name \`${name}\``, { notes, help })
}

function placeOf({ at }: Manifest, pointer: string): string {
  return placeText(at(pointer))
}
