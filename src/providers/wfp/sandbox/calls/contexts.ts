/** FwpmProviderContext*: the four versions differ in what they carry, not in what they do. */

import { addContext, answeredWith, deleteContext, type Showing, shownWith } from '../engine/contexts.ts'
import type { Engine, OpenEngine } from '../engine/engine.ts'
import { checkTemplate, contextWhere, selectContexts } from '../engine/enumerations.ts'
import { find } from '../engine/objects.ts'
import { securityOf, setSecurity } from '../engine/security.ts'
import type { EngineSession } from '../engine/session.ts'
import { require } from '../refusal.ts'
import type { StoredChange } from '../store/store.ts'
import type { SwitchValues } from '../switches.ts'
import type { Context } from '../values.ts'
import { lower, raise, type VersionedContext } from '../versions.ts'
import { CHANGE_TYPE } from './changes.ts'
import type { Calls, Gates, OnEngine } from './gates.ts'

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
    ...changes(engine, gates),
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
    FwpmProviderContextDeleteByKey0: write((session, { key }) => deleteContext(session, key) as undefined),
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
    open: OpenEngine,
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

function changes(engine: Engine, { outside }: Gates): Calls<`FwpmProviderContext${'Subscribe' | 'Unsubscribe'}`> {
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
