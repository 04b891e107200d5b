/** Who holds a key in the engine: another set of ours, or somebody else. */

import { type Guid, remembering } from '../../../base/index.ts'
import type { Address } from '../../../manifest/index.ts'
import { type Observed, type SetState, stands } from '../../../reconcile/plan/index.ts'
import type { SetQuery } from '../../../reconcile/provider.ts'
import {
  type AnyContext,
  contextByKey,
  dataOf,
  type Filter,
  filterByKey,
  providerKeyOf,
  recordKeyOf,
  type Session,
} from '../engine/index.ts'
import type { WfpKinds } from './kind.ts'
import { decodeRecord, type KeyedRecord } from './owner.ts'

/** Keys that something else holds, of those that are wanted and not of this set: anybody's, and among them those of our other sets. */
export async function holdersOf(
  session: Session,
  { wanted, set }: SetQuery,
  resources: ReadonlyMap<Address, Observed>,
  kinds: WfpKinds,
): Promise<Required<Pick<SetState, 'foreign' | 'taken'>>> {
  const ours = keysStanding(resources)
  const foreign = new Map<Guid, string>()
  const taken = new Set<Guid>()
  for (const key of wanted) {
    if (ours.has(key)) continue
    const holder = await rootByKey(session, key, kinds)
    if (!holder) continue
    foreign.set(key, holderText(holder, set))
    if (await holderInAnotherSet(session, key, set)) taken.add(key)
  }
  return { foreign, taken }
}

const keysStanding = remembering(
  (resources: ReadonlyMap<Address, Observed>): ReadonlySet<Guid> =>
    new Set(Array.from(resources.values()).flatMap((one) => (stands(one) ? [one.key] : []))),
)

function holderText({ displayData, providerKey }: AnyContext | Filter, set: string): string {
  const unread = providerKey === providerKeyOf(set) ? ': this set, whose record of it cannot be read' : ''
  return `"${displayData.name}" of provider ${providerKey ?? 'none'}${unread}`
}

/** What stands under a key that a root would take: a context, or a filter where there are kinds without contexts. */
export async function rootByKey(
  session: Session,
  key: Guid,
  { objects }: WfpKinds,
): Promise<AnyContext | Filter | undefined> {
  const context = await contextByKey(session, key)
  if (context || objects.every(({ purposes }) => purposes.root.length > 0)) return context
  return filterByKey(session, key)
}

/** The record of another set of ours that names this key. */
export async function holderInAnotherSet(session: Session, key: Guid, set: string): Promise<KeyedRecord | undefined> {
  const context = await contextByKey(session, recordKeyOf(key))
  const keyed = decodeRecord(dataOf(context))
  if (keyed?.key !== key || keyed.record.set === set) return undefined
  return context?.providerKey === providerKeyOf(keyed.record.set) ? keyed : undefined
}
