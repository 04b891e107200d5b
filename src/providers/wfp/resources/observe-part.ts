/** What the engine holds of some resources, where everything else is known to stand as it did. */

import type { Guid } from '../../../base/index.ts'
import type { SetState } from '../../../reconcile/plan/index.ts'
import type { PlaceInEngine, SetQuery } from '../../../reconcile/provider.ts'
import { contextByKey, digestKeyKeyOf, providerKeyOf, recordKeyOf, type Session } from '../engine/index.ts'
import type { WfpKinds } from './kind.ts'
import { setsOf } from './list.ts'
import { Mirror } from './mirror.ts'
import { observeSets } from './observe.ts'

/** Keys of the contexts that a resource may have, and of its record. */
export function partsOf(key: Guid, { objects }: WfpKinds): Guid[] {
  return [key, ...objects.flatMap((kind) => kind.companionsOf(key)), recordKeyOf(key)]
}

/**
 * Inside the caller's transaction.
 *
 * @returns undefined where other contexts of ours stand in what has changed, or are referred to
 */
export async function observePart(
  session: Session,
  queries: readonly SetQuery[],
  places: readonly PlaceInEngine[],
  kinds: WfpKinds,
): Promise<SetState[] | undefined> {
  const asked = new Set(
    queries.flatMap(({ set, wanted }) => [digestKeyKeyOf(set), ...wanted.flatMap((key) => partsOf(key, kinds))]),
  )
  const others = places.flatMap(({ isChanged, parts, referrers }) =>
    isChanged ? [...parts, ...referrers.map(([, part]) => part)] : [],
  )
  const owners = new Set((await setsOf(session)).map(providerKeyOf))
  for (const part of new Set(others)) {
    const owner = asked.has(part) ? null : (await contextByKey(session, part))?.providerKey
    if (typeof owner === 'string' && owners.has(owner)) return undefined
  }
  const filters = places.flatMap(({ referrers }) =>
    referrers.flatMap(([filter, part]) => (asked.has(part) ? [filter] : [])),
  )
  const states = await observeSets(session, queries, new Mirror(kinds.objects, { contexts: asked, filters }), kinds)
  return states.map(({ abandoned: _, ...state }) => state)
}
