/** FwpmEngine*, FwpmTransaction*, FwpmSession*. */
import { FWPM_TXN_READ_ONLY, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHN_WINNT } from '../../binding/tables/constants/index.ts'
import type { Engine } from '../engine/engine.ts'
import { checkFlags } from '../engine/objects.ts'
import { sessionImage } from '../images.ts'
import { require } from '../refusal.ts'
import type { Calls, Gates } from './gates.ts'

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
