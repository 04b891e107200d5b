/**
 * FwpmFilter*: filters, ours and foreign.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_filter0
 */
import * as C from '../../binding/tables/constants/index.ts'
import { answerFilter, encodeFilter } from '../images.ts'
import { refuse, require } from '../refusal.ts'
import type { Connection, StoredObject } from '../store/store.ts'
import type { Filter } from '../values.ts'
import { contextLifetime } from './contexts.ts'
import { checkDeletable, checkDisplay, checkLink, find, keyOrNew, lifetimeFor, requireNew } from './objects.ts'
import { checkProvider } from './providers.ts'
import type { EngineSession, ObjectLifetime } from './session.ts'

/** Weights the engine gives out itself lie in the upper half, below those a caller may claim. */
const AUTOMATIC_WEIGHT = { type: C.FWP_UINT64, uint64: 0x8000_0000_0000_0000n } as const

export function addFilter(session: EngineSession, given: Filter, sd: Uint8Array | null): bigint {
  checkDisplay(given.displayData)
  require(given.layerKey !== C.GUID_NULL, 'FWP_E_LAYER_NOT_FOUND', 'a filter stands at a layer')
  require(given.reserved === null, 'FWP_E_RESERVED', 'reserved must be NULL')
  const filter = { ...given, filterKey: keyOrNew(given.filterKey) }
  const lifetime = lifetimeFor(session, (filter.flags & C.FWPM_FILTER_FLAG_PERSISTENT) !== 0, filter.providerKey)
  checkProvider(session, lifetime)
  const link = contextKeyOf(filter)
  if (link !== null) checkLink(lifetime, contextLifetime(session.connection, link), true)
  requireNew(session.connection, 'filter', filter.filterKey)
  return insertFilter(session, filter, lifetime, sd)
}

export function insertFilter(
  session: EngineSession,
  filter: Filter,
  lifetime: ObjectLifetime,
  sd: Uint8Array | null,
): bigint {
  const effectiveWeight = filter.weight.type === C.FWP_EMPTY ? AUTOMATIC_WEIGHT : filter.weight
  const id = session.insert({
    kind: 'filter',
    key: filter.filterKey,
    provider: filter.providerKey,
    type: filter.layerKey,
    link: contextKeyOf(filter),
    session: lifetime.session,
    sd,
    image: encodeFilter({ ...filter, effectiveWeight }),
  })
  return BigInt(id)
}

export function deleteFilterByKey(session: EngineSession, key: string): void {
  deleteFilter(session, find(session.connection, 'filter', key))
}

export function deleteFilterById(session: EngineSession, id: bigint): void {
  const [object] = session.connection.select('filter', { id: Number(id) })
  deleteFilter(session, object ?? refuse('FWP_E_FILTER_NOT_FOUND', `no filter ${id}`))
}

function deleteFilter(session: EngineSession, object: StoredObject): void {
  checkDeletable(session, object)
  session.remove(object)
}

export function getFilter(connection: Connection, key: string): Filter {
  return answerFilter(find(connection, 'filter', key))
}

export function contextKeyOf(filter: Filter): string | null {
  return filter.providerContextKey ?? null
}
