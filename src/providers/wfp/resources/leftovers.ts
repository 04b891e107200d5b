/** What an engine keeps of objects that are gone. */

import type { Guid } from '../../../base/index.ts'
import type { Observed } from '../../../reconcile/plan/index.ts'
import type { SetQuery } from '../../../reconcile/provider.ts'
import { contextByKey, type Session } from '../engine/index.ts'
import { holderInAnotherSet } from './holders.ts'
import type { ObjectKind, WfpKinds } from './kind.ts'
import type { OwnedContext } from './mirror.ts'
import { isName } from './owner.ts'

/** What stands under a set's owner. */
export interface UnderOwner {
  readonly owned: ReadonlyMap<Guid, OwnedContext>
  /** contexts that a record speaks of */
  readonly known: ReadonlySet<Guid>
  readonly kinds: WfpKinds
}

/**
 * What an engine kept of objects that somebody deleted together with their records: contexts of our owner beside a root that stands no more.
 * Each counts as missing: under the key of the resource of this set that is called so, or that is wanted, where its own key follows from
 * that; else under its own.
 */
export async function leftovers(
  session: Session,
  { set, wanted }: SetQuery,
  { owned, known, kinds }: UnderOwner,
): Promise<Observed[]> {
  const others = [...owned.values()].filter((context) => !known.has(context.providerContextKey))
  const found: Observed[] = []
  for (const kind of kinds.objects) {
    const roots = others.filter(({ type }) => kind.purposes.root.includes(type))
    const standing = new Set(roots.flatMap((root) => kind.companionsOf(root.providerContextKey)))
    const { root: _, ...companions } = kind.purposes
    const types = Object.values(companions).flat()
    const left = others.filter(
      ({ type, providerContextKey }) => types.includes(type) && !standing.has(providerContextKey),
    )
    const homes = new Map(left.length === 0 ? [] : wanted.flatMap((root) => homesOf(kind, root)))
    for (const { providerContextKey } of left) {
      const name = (await contextByKey(session, providerContextKey))?.displayData.name ?? ''
      const own = new Map(homesOf(kind, kind.kind.keyOf({ set, name, spec: {} })))
      const key = own.get(providerContextKey) ?? homes.get(providerContextKey)
      if (key !== undefined && (await holderInAnotherSet(session, key, set))) continue // it had moved there: that one's affair
      const identity = { name: isName(name) ? name : providerContextKey, key: providerContextKey }
      found.push(remains(kind, { set, ...(key === undefined ? identity : { name, key }) }))
    }
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
