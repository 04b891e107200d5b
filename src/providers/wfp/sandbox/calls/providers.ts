/** FwpmProvider*0: owner tags. */
import type { Engine } from '../engine/engine.ts'
import { addProvider, decodeProvider, deleteProvider, getProvider } from '../engine/providers.ts'
import type { Calls, Gates } from './gates.ts'

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
