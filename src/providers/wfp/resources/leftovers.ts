/** What an engine keeps of objects that are gone. */

import type { Guid } from '../../../base/index.ts'
import type { Observed } from '../../../reconcile/plan/index.ts'
import type { SetQuery } from '../../../reconcile/provider.ts'
import { contextByKey, type Session } from '../engine/index.ts'
import { holderInAnotherSet } from './holders.ts'
import type { ObjectKind, WfpKinds } from './kind.ts'

import { isName, type OwnedContext } from './owner.ts'

/** What stands under a set's owner. */
export interface UnderOwner {
  readonly owned: ReadonlyMap<Guid, OwnedContext>
  /** contexts that a record speaks of */
  readonly known: ReadonlySet<Guid>
  readonly kinds: WfpKinds
}

/** A context of our owner that no record speaks of, beside a root that stands no more. */
export interface Left {
  readonly kind: ObjectKind
  readonly key: Guid
}

export function leftBehind({ owned, known, kinds }: UnderOwner): Left[] {
  const others = [...owned.values()].filter((context) => !known.has(context.providerContextKey))
  return kinds.objects.flatMap((kind) => {
    const roots = others.filter(({ type }) => kind.purposes.root.includes(type))
    const standing = new Set(roots.flatMap((root) => kind.companionsOf(root.providerContextKey)))
    const { root: _, ...companions } = kind.purposes
    const types = Object.values(companions).flat()
    const left = others.filter(
      ({ type, providerContextKey }) => types.includes(type) && !standing.has(providerContextKey),
    )
    return left.map(({ providerContextKey: key }) => ({ kind, key }))
  })
}

/**
 * What an engine kept of objects that somebody deleted together with their records. Each counts as missing: under the key of the resource
 * of this set that is called so, or that is wanted, where its own key follows from that; else under its own.
 */
export async function leftovers(
  session: Session,
  { set, wanted }: SetQuery,
  left: readonly Left[],
): Promise<Observed[]> {
  const found: Observed[] = []
  const kinds = new Set(left.map(({ kind }) => kind))
  const homes = new Map([...kinds].flatMap((kind) => wanted.flatMap((root) => homesOf(kind, root))))
  for (const { kind, key: own } of left) {
    const name = (await contextByKey(session, own))?.displayData.name ?? ''
    const named = kind.kind.keyOf({ set, name, spec: {} })
    const key = kind.companionsOf(named).includes(own) ? named : homes.get(own)
    if (key !== undefined && (await holderInAnotherSet(session, key, set))) continue // it had moved there: that one's affair
    const identity = { name: isName(name) ? name : own, key: own }
    found.push(remains(kind, { set, ...(key === undefined ? identity : { name, key }) }))
  }
  return found
}

/** @returns of each of its companions the key, and the root that it stands beside */
function homesOf(kind: ObjectKind, root: Guid): [companion: Guid, root: Guid][] {
  return kind.companionsOf(root).map((companion) => [companion, root])
}

function remains(
  { kind }: ObjectKind,
  identity: { readonly set: string; readonly name: string; readonly key: Guid },
): Observed {
  const { set, name } = identity
  const nothing = { labels: {}, protect: 'none', form: 0, digest: '', secrets: {}, shadows: {}, filters: '' } as const
  const record = { kind: kind.name, name, set, ...nothing, source: { file: '' } }
  return { kind, ...identity, record, unverified: [], anomalies: [], leftover: true }
}
