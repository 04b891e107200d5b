/** What the engine holds of some resources, where everything else is known to stand as it did. */

import type { Guid } from '../../../base/index.ts'
import type { SetState } from '../../../reconcile/plan/index.ts'
import type { PartQuery } from '../../../reconcile/provider.ts'
import { contextByKey, digestKeyKeyOf, providerKeyOf, recordKeyOf, type Session } from '../engine/index.ts'
import type { WfpKinds } from './kind.ts'
import { setsOf } from './list.ts'
import { Mirror } from './mirror.ts'
import { observeSets } from './observe.ts'
import { noteKeysOf } from './owner.ts'

/** Keys of the contexts that a resource may have, and of its record. */
export function partsOf(key: Guid, { objects }: WfpKinds): Guid[] {
  return [key, ...objects.flatMap((kind) => kind.companionsOf(key)), recordKeyOf(key)]
}

interface SeenPart {
  readonly states: readonly SetState[]
  readonly mirror: Mirror
}

/**
 * Inside the caller's transaction.
 *
 * @returns undefined where other contexts of ours stand in what has changed, or are referred to
 */
export async function observePart(
  session: Session,
  { queries, keys, places }: PartQuery,
  kinds: WfpKinds,
): Promise<SeenPart | undefined> {
  const asked = new Set([
    ...queries.flatMap(({ set }) => [digestKeyKeyOf(set), ...noteKeysOf(providerKeyOf(set)).keys()]),
    ...keys.flatMap((key) => partsOf(key, kinds)),
  ])
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
  const mirror = new Mirror(kinds.objects, { contexts: asked, filters })
  const states = await observeSets(session, queries, mirror, kinds)
  return { mirror, states: states.map(({ abandoned: _, ...state }) => state) }
}
