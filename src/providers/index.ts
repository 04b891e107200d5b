/** The engines that wfpctl can talk to. What a choice does not need is not loaded. To add one: a folder beside this file, and a row. */

import type { WatchableProvider } from '../reconcile/provider.ts'
import type { RawLibrary } from './wfp/binding/call/bind.ts'
import type { Examination } from './wfp/doctor/finding.ts'

export type { Examination, Finding, ProbeAnswer } from './wfp/doctor/finding.ts'

export interface OpenOptions {
  /** how long a transaction waits for the engine's lock */
  readonly lockTimeoutMilliseconds: number
  /** what `doctor --probe` has found out on this machine, by question; of the real engine alone */
  readonly answers?: ReadonlyMap<string, string>
}

export type EngineChoice =
  | { readonly engine: 'wfp' }
  | { readonly engine: 'sandbox'; readonly directory: string | 'memory' }

type Name = EngineChoice['engine']

/** How each engine's library is loaded; both are the same calls. */
const LIBRARIES: { readonly [name in Name]: (choice: Extract<EngineChoice, { engine: name }>) => Promise<RawLibrary> } =
  {
    wfp: async () => {
      const { loadNative } = await import('./wfp/binding/system/native.ts')
      return loadNative()
    },
    sandbox: async ({ directory }) => {
      const { openSandbox } = await import('./wfp/sandbox/library.ts')
      return openSandbox(directory === 'memory' ? 'memory' : { directory })
    },
  }

function libraryOf(choice: EngineChoice): Promise<RawLibrary> {
  return choice.engine === 'wfp' ? LIBRARIES.wfp(choice) : LIBRARIES.sandbox(choice)
}

/** @throws EngineRefusal where there is no such engine, or it does not open */
export async function openProvider(choice: EngineChoice, options: OpenOptions): Promise<WatchableProvider> {
  const [{ WfpProvider }, { bind }, { refusing }] = await Promise.all([
    import('./wfp/provider.ts'),
    import('./wfp/binding/call/bind.ts'),
    import('./wfp/engine/refusals.ts'),
  ])
  const raw = await refusing(() => libraryOf(choice))
  const closeLibrary = async (): Promise<void> => raw.close?.()
  try {
    return await WfpProvider.open(bind(raw), {
      name: choice.engine,
      ...options,
      closeLibrary,
      answers: answersOf(choice, options),
    })
  } catch (error) {
    raw.close?.()
    throw error
  }
}

/** The sandbox does what its rules say: nothing of it is unsettled. */
function answersOf({ engine }: EngineChoice, { answers }: OpenOptions): ReadonlyMap<string, string> | undefined {
  return engine === 'wfp' ? (answers ?? new Map()) : undefined
}

/** Looks at an engine and everything it needs; what is wrong with it is a finding, not an error. */
export async function examineEngine(
  choice: EngineChoice,
  options: OpenOptions & { readonly probe: boolean },
): Promise<Examination> {
  const { examine } = await import('./wfp/doctor/index.ts')
  return examine(() => libraryOf(choice), { engine: choice.engine, ...options })
}
