/** Opens the provider of an engine choice. What a choice does not need is not loaded. */

import type { WatchableProvider } from '../reconcile/provider.ts'
import type { Examination } from './wfp/doctor/index.ts'

export interface OpenOptions {
  /** how long a transaction waits for the engine's lock */
  readonly lockTimeoutMilliseconds: number
}

export type EngineChoice =
  | { readonly engine: 'wfp' }
  | { readonly engine: 'sandbox'; readonly directory: string | 'memory' }

export async function openProvider(choice: EngineChoice, options: OpenOptions): Promise<WatchableProvider> {
  const { WfpProvider } = await import('./wfp/provider.ts')
  const { bind } = await import('./wfp/binding/call/bind.ts')
  const { refusing } = await import('./wfp/engine/refusals.ts')
  const raw = await refusing(() => OPENERS[choice.engine](choice))
  return WfpProvider.open(choice.engine, bind(raw), options, async () => raw.close?.())
}

/** Looks at an engine and everything it needs; what is wrong with it is a finding, not an error. */
export async function examineEngine(
  choice: EngineChoice,
  options: OpenOptions & { readonly probe: boolean },
): Promise<Examination> {
  const { examine } = await import('./wfp/doctor/index.ts')
  return examine(() => OPENERS[choice.engine](choice), { engine: choice.engine, ...options })
}

const OPENERS = {
  wfp: async () => {
    const { loadNative } = await import('./wfp/binding/system/native.ts')
    return loadNative()
  },
  sandbox: async (choice: EngineChoice) => {
    const { openSandbox } = await import('./wfp/sandbox/library.ts')
    const directory = choice.engine === 'sandbox' ? choice.directory : 'memory'
    return openSandbox(directory === 'memory' ? 'memory' : { directory })
  },
}
