/** FwpmFilter*. */
import type { Engine } from '../engine/engine.ts'
import { checkTemplate, selectFilters } from '../engine/enumerations.ts'
import { addFilter, deleteFilterById, deleteFilterByKey, getFilter } from '../engine/filters.ts'
import { answerFilter } from '../images.ts'
import { require } from '../refusal.ts'
import type { StoredChange } from '../store/store.ts'
import { CHANGE_TYPE } from './changes.ts'
import type { Calls, Gates } from './gates.ts'

export function filterCalls(engine: Engine, gates: Gates): Calls<'FwpmFilter'> {
  const { free, read, write } = gates
  return {
    FwpmFilterAdd0: write((session, { filter, sd }) => ({ id: addFilter(session, filter, sd) })),
    FwpmFilterDeleteByKey0: write((session, { key }) => deleteFilterByKey(session, key) as undefined),
    FwpmFilterDeleteById0: write((session, { id }) => deleteFilterById(session, id) as undefined),
    FwpmFilterGetByKey0: read(({ connection }, { key }) => ({ filter: getFilter(connection, key) })),
    FwpmFilterCreateEnumHandle0: read((session, { enumTemplate }, { enumerations }) => {
      checkTemplate(session, enumTemplate)
      const enumHandle = engine.newHandle()
      enumerations.open(enumHandle, 'filter', selectFilters(session.connection, enumTemplate))
      return { enumHandle }
    }),
    FwpmFilterEnum0: free((_session, { enumHandle, numEntriesRequested }, { enumerations }) => ({
      entries: enumerations.next(enumHandle, 'filter', numEntriesRequested, answerFilter),
    })),
    FwpmFilterDestroyEnumHandle0: free(
      (_session, { enumHandle }, { enumerations }) => enumerations.close(enumHandle, 'filter') as undefined,
    ),
    ...changes(engine, gates),
  }
}

function changes(engine: Engine, { outside }: Gates): Calls<`FwpmFilter${'Subscribe' | 'Unsubscribe'}`> {
  return {
    FwpmFilterSubscribeChanges0: outside(({ owner }, { subscription, callback, context }) => {
      require(callback !== null, 'FWP_E_NULL_POINTER', 'a subscription needs a callback')
      const { flags, enumTemplate } = subscription
      const notify = ({ key, id, added }: StoredChange) => {
        callback({ context, change: { changeType: CHANGE_TYPE[`${added}`], filterKey: key, filterId: BigInt(id) } })
      }
      const changeHandle = engine.newHandle()
      const { layerKey, providerKey } = enumTemplate ?? { layerKey: null, providerKey: null }
      const where = {
        ...(layerKey !== null && { type: layerKey }),
        ...(providerKey !== null && { provider: providerKey }),
      }
      engine.notifications.subscribe(changeHandle, { owner, kind: 'filter', flags, where, notify })
      return { changeHandle }
    }),
    FwpmFilterUnsubscribeChanges0: outside(
      ({ owner }, { changeHandle }) => engine.notifications.unsubscribe(changeHandle, owner) as undefined,
    ),
  }
}
