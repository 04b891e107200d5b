/** The sandbox's calls on engines, transactions, sessions and key managers, and the gates that every call passes. */
import type { EngineMethods } from '../../binding/call/bind.ts'
import {
  FWPM_CHANGE_ADD,
  FWPM_CHANGE_DELETE,
  FWPM_TXN_READ_ONLY,
  RPC_C_AUTHN_DEFAULT,
  RPC_C_AUTHN_WINNT,
} from '../../binding/tables/constants/index.ts'
import type { Engine, OpenHandle } from '../engine/engine.ts'
import { checkListing, liveKeyManagers } from '../engine/key-managers.ts'
import { checkFlags } from '../engine/objects.ts'
import type { EngineSession } from '../engine/session.ts'
import { sessionImage } from '../images.ts'
import { require } from '../refusal.ts'

/** FwpmEngine*, FwpmTransaction*, FwpmSession*. */

const AUTHENTICATION_SERVICES: ReadonlySet<number> = new Set([RPC_C_AUTHN_WINNT, RPC_C_AUTHN_DEFAULT])

export function engineCalls(engine: Engine, { free }: Gates): Calls<'FwpmEngine' | 'FwpmTransaction'> {
  return {
    FwpmEngineOpen0: ({ serverName, authnService, session }) => {
      require(serverName === null, 'ERROR_INVALID_PARAMETER', 'serverName must be NULL')
      require(AUTHENTICATION_SERVICES.has(authnService), 'RPC_S_UNKNOWN_AUTHN_SERVICE', `service ${authnService}`)
      return { engineHandle: engine.open(session) }
    },
    FwpmEngineClose0: ({ engineHandle }) => engine.close(engineHandle) as Promise<undefined>,
    FwpmTransactionBegin0: async ({ engineHandle, flags }) => {
      checkFlags(flags, FWPM_TXN_READ_ONLY)
      const { session } = engine.find(engineHandle)
      await session.serially(() => session.begin((flags & FWPM_TXN_READ_ONLY) !== 0))
    },
    FwpmTransactionCommit0: free((session) => session.commit() as undefined),
    FwpmTransactionAbort0: free((session) => session.abort() as undefined),
  }
}

export function sessionCalls(engine: Engine, { free, read }: Gates): Calls<'FwpmSession'> {
  return {
    FwpmSessionCreateEnumHandle0: read((_session, _args, { enumerations }) => {
      const enumHandle = engine.newHandle()
      const entries = engine.store.sessions.live().map(({ image }) => ({ id: 0, image }))
      enumerations.open(enumHandle, 'session', entries)
      return { enumHandle }
    }),
    FwpmSessionEnum0: free((_session, { enumHandle, numEntriesRequested }, { enumerations }) => ({
      entries: enumerations.next(enumHandle, 'session', numEntriesRequested, ({ image }) => sessionImage.decode(image)),
    })),
    FwpmSessionDestroyEnumHandle0: free(
      (_session, { enumHandle }, { enumerations }) => enumerations.close(enumHandle, 'session') as undefined,
    ),
  }
}

/** FWPM_CHANGE_TYPE by what happened. */

export const CHANGE_TYPE = { true: FWPM_CHANGE_ADD, false: FWPM_CHANGE_DELETE } as const

/** Where a call is allowed. Every call of the engine but open and close goes through one of these. */

/** The calls whose names begin so. */
export type Calls<Prefix extends string> = {
  [N in keyof EngineMethods as N extends `${Prefix}${string}` ? N : never]: EngineMethods[N]
}

export interface OnEngine {
  readonly engineHandle: number
}
type Step<A, R> = (session: EngineSession, args: A, open: OpenHandle) => R
export type Gate = <A extends OnEngine, R>(step: Step<A, R>) => (args: A) => Promise<R>

export interface Gates {
  /** In any transaction, and in none; no data is touched. */
  readonly free: Gate
  /** In any transaction, and in none. */
  readonly read: Gate
  /** In a write transaction; outside, the call is a transaction of its own. */
  readonly write: Gate
  /** Outside transactions only. */
  readonly outside: Gate
  /** Outside transactions only, and a transaction of its own. */
  readonly writeOutside: Gate
}

export function gatesOf(engine: Engine): Gates {
  const gate =
    (enter: <R>(session: EngineSession, step: () => R) => Promise<R>): Gate =>
    (step) =>
    async (args) => {
      const open = engine.find(args.engineHandle)
      return open.session.serially(() => enter(open.session, () => step(open.session, args, open)))
    }
  return {
    free: gate(async (_, step) => step()),
    read: gate((session, step) => session.read(step)),
    write: gate((session, step) => session.write(step)),
    outside: gate(async (session, step) => {
      session.requireNoTransaction()
      return step()
    }),
    writeOutside: gate((session, step) => {
      session.requireNoTransaction()
      return session.write(step)
    }),
  }
}

/** IPsecKeyManager*. That unregistering belongs outside transactions is not documented; it is what registering needs. */

export function keyManagerCalls(engine: Engine, { read, writeOutside }: Gates): Calls<'IPsecKeyManager'> {
  return {
    IPsecKeyManagerAddAndRegister0: writeOutside((session, { keyManager, keyManagerCallbacks }) => {
      const keyMgmtHandle = engine.newHandle()
      engine.keyManagers.add(session, keyMgmtHandle, keyManager, keyManagerCallbacks)
      return { keyMgmtHandle }
    }),
    IPsecKeyManagerUnregisterAndDelete0: writeOutside(
      (session, { keyMgmtHandle }) => engine.keyManagers.remove(session, keyMgmtHandle) as undefined,
    ),
    IPsecKeyManagersGet0: read((session) => {
      checkListing(session)
      const owners = new Set(engine.store.sessions.live().map(({ owner }) => owner))
      return { entries: liveKeyManagers(session.connection, owners) }
    }),
  }
}
