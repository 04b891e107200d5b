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

/** What is asked of an engine that was chosen. */
interface Engine<C extends EngineChoice> {
  /** @throws EngineRefusal where there is no such engine, or it does not open */
  open(choice: C, options: OpenOptions): Promise<WatchableProvider>
  /** Looks at everything it needs; what is wrong with it is a finding, not an error. */
  examine(choice: C, options: OpenOptions & { readonly probe: boolean }): Promise<Examination>
}

const ENGINES: { readonly [name in EngineChoice['engine']]: Engine<Extract<EngineChoice, { engine: name }>> } = {
  wfp: overLibrary(async () => {
    const { loadNative } = await import('./wfp/binding/system/native.ts')
    return loadNative()
  }),
  sandbox: overLibrary(async ({ directory }) => {
    const { openSandbox } = await import('./wfp/sandbox/library.ts')
    return openSandbox(directory === 'memory' ? 'memory' : { directory })
  }),
}

export function openProvider(choice: EngineChoice, options: OpenOptions): Promise<WatchableProvider> {
  return engineOf(choice).open(choice, options)
}

export function examineEngine(
  choice: EngineChoice,
  options: OpenOptions & { readonly probe: boolean },
): Promise<Examination> {
  return engineOf(choice).examine(choice, options)
}

/** The row that a choice names takes that choice. */
function engineOf({ engine }: EngineChoice): Engine<EngineChoice> {
  return ENGINES[engine] as Engine<EngineChoice>
}

/** An engine that speaks the calls of fwpuclnt.dll. */
function overLibrary<C extends EngineChoice>(load: (choice: C) => Promise<RawLibrary>): Engine<C> {
  return {
    open: async (choice, options) => {
      const [{ WfpProvider }, { bind }, { refusing }] = await Promise.all([
        import('./wfp/provider.ts'),
        import('./wfp/binding/call/bind.ts'),
        import('./wfp/engine/index.ts'),
      ])
      const raw = await refusing(() => load(choice))
      const closeLibrary = async (): Promise<void> => raw.close?.()
      try {
        const answers = answersOf(choice, options)
        return await WfpProvider.open(bind(raw), { name: choice.engine, ...options, closeLibrary, answers })
      } catch (error) {
        raw.close?.()
        throw error
      }
    },
    examine: async (choice, options) => {
      const { examine } = await import('./wfp/doctor/index.ts')
      return examine(() => load(choice), { engine: choice.engine, ...options })
    },
  }
}

/** The sandbox does what its rules say: nothing of it is unsettled. */
function answersOf({ engine }: EngineChoice, { answers }: OpenOptions): ReadonlyMap<string, string> | undefined {
  return engine === 'wfp' ? (answers ?? new Map()) : undefined
}
