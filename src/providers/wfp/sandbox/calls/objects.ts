/** The sandbox's calls on providers, provider contexts, filters and tunnels. */
import { addContext, answeredWith, removeContext, type Showing, shownWith } from '../engine/contexts.ts'
import type { Engine, OpenHandle } from '../engine/engine.ts'
import { checkTemplate, contextWhere, selectContexts, selectFilters } from '../engine/enumerations.ts'
import { addFilter, deleteFilterById, deleteFilterByKey, getFilter } from '../engine/filters.ts'
import { find } from '../engine/objects.ts'
import { addProvider, decodeProvider, deleteProvider, getProvider } from '../engine/providers.ts'
import { securityOf, setSecurity } from '../engine/security.ts'
import type { EngineSession } from '../engine/session.ts'
import { deleteTunnel, storeTunnel } from '../engine/tunnels.ts'
import { answerFilter } from '../images.ts'
import { require } from '../refusal.ts'
import type { StoredChange } from '../store/store.ts'
import type { SwitchValues } from '../switches.ts'
import type { Condition, Context } from '../values.ts'
import { lower, raise, type VersionedContext } from '../versions.ts'
import { type Calls, CHANGE_TYPE, type Gates, type OnEngine } from './sessions.ts'

/** FwpmProvider*0: owner tags. */

type ProviderCalls = Omit<Calls<'FwpmProvider'>, keyof Calls<'FwpmProviderContext'>>

export function providerCalls(engine: Engine, { free, read, write }: Gates): ProviderCalls {
  return {
    FwpmProviderAdd0: write((session, { provider, sd }) => addProvider(session, provider, sd) as undefined),
    FwpmProviderDeleteByKey0: write((session, { key }) => deleteProvider(session, key) as undefined),
    FwpmProviderGetByKey0: read(({ connection }, { key }) => ({ provider: getProvider(connection, key) })),
    FwpmProviderCreateEnumHandle0: read(({ connection }, _args, { enumerations }) => {
      const enumHandle = engine.newHandle()
      enumerations.open(enumHandle, 'provider', connection.images('provider'))
      return { enumHandle }
    }),
    FwpmProviderEnum0: free((_session, { enumHandle, numEntriesRequested }, { enumerations }) => ({
      entries: enumerations.next(enumHandle, 'provider', numEntriesRequested, decodeProvider),
    })),
    FwpmProviderDestroyEnumHandle0: free(
      (_session, { enumHandle }, { enumerations }) => enumerations.close(enumHandle, 'provider') as undefined,
    ),
  }
}

interface Addition extends OnEngine {
  readonly providerContext: VersionedContext
  readonly sd: Uint8Array | null
}

interface Page {
  readonly enumHandle: number
  readonly numEntriesRequested: number
}

export function contextCalls(engine: Engine, gates: Gates): Calls<'FwpmProviderContext'> {
  return {
    ...additions(gates),
    ...readings(gates),
    ...enumerations(engine, gates),
    ...security(gates),
    ...contextChanges(engine, gates),
  }
}

function additions({ write }: Gates): Calls<'FwpmProviderContextAdd' | 'FwpmProviderContextDelete'> {
  const add = (session: EngineSession, { providerContext, sd }: Addition) => ({
    id: addContext(session, raise(providerContext), sd),
  })
  return {
    FwpmProviderContextAdd0: write(add),
    FwpmProviderContextAdd1: write(add),
    FwpmProviderContextAdd2: write(add),
    FwpmProviderContextAdd3: write((session, { providerContext, sd }) => ({
      id: addContext(session, providerContext, sd),
    })),
    FwpmProviderContextDeleteByKey0: write((session, { key }) => removeContext(session, key) as undefined),
  }
}

type Show = (switches: SwitchValues) => Showing

function readings({ read }: Gates): Calls<'FwpmProviderContextGetByKey'> {
  const get = (show: Show, { connection }: EngineSession, key: string): Context =>
    show(connection.switches())(find(connection, 'context', key))
  return {
    FwpmProviderContextGetByKey0: read((session, { key }) => ({
      providerContext: lower(get(shownWith, session, key)),
    })),
    FwpmProviderContextGetByKey1: read((session, { key }) => ({
      providerContext: lower(get(shownWith, session, key)),
    })),
    FwpmProviderContextGetByKey2: read((session, { key }) => ({ providerContext: get(shownWith, session, key) })),
    FwpmProviderContextGetByKey3: read((session, { key }) => ({ providerContext: get(answeredWith, session, key) })),
  }
}

type EnumerationCalls = Calls<`FwpmProviderContext${'Create' | 'Destroy'}Enum` | 'FwpmProviderContextEnum'>

function enumerations(engine: Engine, { free, read }: Gates): EnumerationCalls {
  const next = (
    show: Show,
    { connection }: EngineSession,
    { enumHandle, numEntriesRequested }: Page,
    open: OpenHandle,
  ) => open.enumerations.next(enumHandle, 'context', numEntriesRequested, show(connection.switches()))
  return {
    FwpmProviderContextCreateEnumHandle0: read((session, { enumTemplate }, open) => {
      checkTemplate(session, enumTemplate)
      const enumHandle = engine.newHandle()
      open.enumerations.open(enumHandle, 'context', selectContexts(session.connection, enumTemplate))
      return { enumHandle }
    }),
    FwpmProviderContextEnum0: free((session, args, open) => ({
      entries: next(shownWith, session, args, open).map(lower),
    })),
    FwpmProviderContextEnum1: free((session, args, open) => ({
      entries: next(shownWith, session, args, open).map(lower),
    })),
    FwpmProviderContextEnum2: free((session, args, open) => ({ entries: next(shownWith, session, args, open) })),
    FwpmProviderContextEnum3: free((session, args, open) => ({ entries: next(answeredWith, session, args, open) })),
    FwpmProviderContextDestroyEnumHandle0: free(
      (_session, { enumHandle }, open) => open.enumerations.close(enumHandle, 'context') as undefined,
    ),
  }
}

function security({ read, writeOutside }: Gates): Calls<`FwpmProviderContext${'Get' | 'Set'}SecurityInfo`> {
  return {
    FwpmProviderContextGetSecurityInfoByKey0: read(({ connection }, { key, securityInfo }) => ({
      securityDescriptor: securityOf(connection, key, securityInfo),
    })),
    FwpmProviderContextSetSecurityInfoByKey0: writeOutside(
      (session, { key, ...parts }) => setSecurity(session, key, parts) as undefined,
    ),
  }
}

function contextChanges(
  engine: Engine,
  { outside }: Gates,
): Calls<`FwpmProviderContext${'Subscribe' | 'Unsubscribe'}`> {
  return {
    FwpmProviderContextSubscribeChanges0: outside(({ owner }, { subscription, callback, context }) => {
      require(callback !== null, 'FWP_E_NULL_POINTER', 'a subscription needs a callback')
      const { flags, enumTemplate } = subscription
      const notify = ({ key, id, added }: StoredChange) => {
        const change = { changeType: CHANGE_TYPE[`${added}`], providerContextKey: key, providerContextId: BigInt(id) }
        callback({ context, change })
      }
      const changeHandle = engine.newHandle()
      const where = enumTemplate === null ? {} : contextWhere(enumTemplate)
      engine.notifications.subscribe(changeHandle, { owner, kind: 'context', flags, where, notify })
      return { changeHandle }
    }),
    FwpmProviderContextUnsubscribeChanges0: outside(
      ({ owner }, { changeHandle }) => engine.notifications.unsubscribe(changeHandle, owner) as undefined,
    ),
  }
}

/** FwpmFilter*. */

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
    ...filterChanges(engine, gates),
  }
}

function filterChanges(engine: Engine, { outside }: Gates): Calls<`FwpmFilter${'Subscribe' | 'Unsubscribe'}`> {
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

/** FwpmIPsecTunnel*. */

interface Given extends OnEngine {
  readonly flags: number
  readonly mainModePolicy: VersionedContext | null
  readonly tunnelPolicy: VersionedContext
  readonly filterConditions: readonly Condition[]
  /** Version 0 has none. */
  readonly keyModKey?: string | null
  readonly sd: Uint8Array | null
}

export function tunnelCalls({ write }: Gates): Calls<'FwpmIPsecTunnel'> {
  const add = (session: EngineSession, given: Given): undefined => {
    const { mainModePolicy, tunnelPolicy, keyModKey } = given
    storeTunnel(session, {
      ...given,
      mainModePolicy: mainModePolicy === null ? null : raise(mainModePolicy),
      tunnelPolicy: raise(tunnelPolicy),
      keyModKey: keyModKey ?? null,
    })
  }
  return {
    FwpmIPsecTunnelAdd0: write(add),
    FwpmIPsecTunnelAdd1: write(add),
    FwpmIPsecTunnelAdd2: write(add),
    FwpmIPsecTunnelAdd3: write((session, given) => storeTunnel(session, given) as undefined),
    FwpmIPsecTunnelDeleteByKey0: write((session, { key }) => deleteTunnel(session, key) as undefined),
  }
}
