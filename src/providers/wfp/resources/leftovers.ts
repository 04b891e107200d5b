/** What an engine kept of objects of ours that somebody deleted, and whose a key is that another set of ours holds. */

import type { Guid } from '../../../base/index.ts'
import type { Address } from '../../../manifest/index.ts'
import type { Observed } from '../../../reconcile/plan/index.ts'
import type { SetQuery } from '../../../reconcile/provider.ts'
import { type AnyContext, contextByKey, providerKeyOf, recordKeyOf, type Session } from '../engine/index.ts'
import type { ObjectKind, WfpKinds } from './kind.ts'
import { type KeyedRecord, recordIn } from './owner.ts'

interface Holdings {
  readonly owned: ReadonlyMap<Guid, AnyContext>
  /** contexts that a record speaks of */
  readonly known: ReadonlySet<Guid>
  readonly kinds: WfpKinds
}

/**
 * What an engine kept of objects that somebody deleted together with their records: contexts of our owner beside a root that stands no more.
 * One is ours where its key follows from a resource of this set that is called so, or that is wanted. It counts as missing.
 */
export function leftovers({ set, wanted }: SetQuery, { owned, known, kinds }: Holdings): Observed[] {
  const others = [...owned.values()].filter((context) => !known.has(context.providerContextKey))
  return kinds.objects.flatMap((kind) => {
    const roots = others.filter(({ type }) => kind.purposes.root.includes(type))
    const standing = new Set(roots.flatMap((root) => kind.companionsOf(root.providerContextKey)))
    const { root: _, ...companions } = kind.purposes
    const types = Object.values(companions).flat()
    return others
      .filter(({ type, providerContextKey }) => types.includes(type) && !standing.has(providerContextKey))
      .flatMap(({ providerContextKey, displayData }): Observed[] => {
        const name = displayData.name ?? ''
        const key = [kind.kind.keyOf({ set, name, spec: {} }), ...wanted].find((root) =>
          kind.companionsOf(root).includes(providerContextKey),
        )
        return key === undefined ? [] : [remains(kind, { set, name, key })]
      })
  })
}

/** What an engine kept of an object that had moved to another set is that one's affair. */
export async function withoutMoved(
  session: Session,
  resources: ReadonlyMap<Address, Observed>,
): Promise<ReadonlyMap<Address, Observed>> {
  const own = new Map(resources)
  for (const [address, { key, set, record }] of resources) {
    if (record.form !== REMAINS) continue
    const holder = await holderInAnotherSet(session, key, set)
    if (holder) own.delete(address)
  }
  return own.size === resources.size ? resources : own
}

/** The record of another set of ours that names this key. */
export async function holderInAnotherSet(session: Session, key: Guid, set: string): Promise<KeyedRecord | undefined> {
  const context = await contextByKey(session, recordKeyOf(key))
  const keyed = context && recordIn(context)
  if (keyed?.key !== key || keyed.record.set === set) return undefined
  return context?.providerKey === providerKeyOf(keyed.record.set) ? keyed : undefined
}

/** The form of a record that was never written. */
const REMAINS = 0

function remains(
  { kind }: ObjectKind,
  identity: { readonly set: string; readonly name: string; readonly key: Guid },
): Observed {
  const { set, name } = identity
  const nothing = {
    labels: {},
    protect: 'none',
    form: REMAINS,
    digest: '',
    secrets: {},
    shadows: {},
    filters: '',
  } as const
  const record = { kind: kind.name, name, set, ...nothing, source: { file: '' } }
  return { kind, ...identity, record, unverified: [], anomalies: [] }
}
