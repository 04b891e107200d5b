/**
 * Both sides of the function table. `bind` makes a typed library of raw calls (the DLL's, or another's); `implement` makes raw calls of a
 * TypeScript engine. Between them pass words alone, as between any C caller and callee: scalars, addresses, 0 for NULL.
 */

import { readAddress } from '../ctype/index.ts'
import { copyOut, copyTo, free } from '../memory.ts'
import { type CFunction, type Functions, functions } from '../tables/functions.ts'
import { EngineError, type StatusWords } from '../tables/status/index.ts'
import { type Args, type FreeFunction, type Outs, type Parameters, type Signature, signature } from './signature.ts'
import { receive, reply, type Sent, send, type Visitor, type Word } from './transfer.ts'

export type RawCall = (...words: Word[]) => number | Promise<number>
/** The exports of a library, by name; FwpmFreeMemory0 and LocalFree among them. */
export interface RawLibrary {
  readonly name: string
  readonly calls: Readonly<Record<string, RawCall | undefined>>
  /** What a status that a call returned means, where the library knows better than the table. */
  explain?(status: number): StatusWords | undefined
  close?(): void
}

type Name = keyof Functions
/** What a function takes, by its name. */
export type ArgsOf<N extends Name> = Functions[N] extends CFunction<infer P> ? Args<P> : never
/** What a function gives back, by its name. */
export type OutsOf<N extends Name> = Functions[N] extends CFunction<infer P> ? Outs<P> : never
type Optional = { [N in Name]: Functions[N]['options'] extends { readonly optional: true } ? N : never }[Name]
type Method<N extends Name> = N extends ManyObjects ? ShowingMethod<N> : (args: ArgsOf<N>) => Promise<OutsOf<N>>
/** What gives back contexts and filters: there may be a hundred thousand of them. */
type ManyObjects = Extract<Name, `Fwpm${'ProviderContext' | 'Filter'}${'Enum' | 'GetByKey'}${number}`>
interface ShowingMethod<N extends Name> {
  (args: ArgsOf<N>): Promise<OutsOf<N>>
  /** Shows the structures that come back, and reads nothing. @returns how many they were */
  (args: ArgsOf<N>, look: Visitor): Promise<number>
}

/** One method per function: named arguments in, out parameters back. Methods of newer Windows are absent where the export is. */
export type Library = { readonly [N in Exclude<Name, Optional>]: Method<N> } & {
  readonly [N in Optional]?: Method<N>
} & {
  /** Who answers: `fwpuclnt.dll`, or the name of another implementation. */
  readonly libraryName: string
  /** Lets go of the library; no call may follow. */
  unload(): void
}

type Given<O> = keyof O extends never ? O | undefined : O
/** An engine in TypeScript: the same arguments, the same out parameters. A refusal is thrown: an error with a `status`. */
export type EngineMethods = {
  [N in Name]: (args: ArgsOf<N>) => Given<OutsOf<N>> | Promise<Given<OutsOf<N>>>
}
export interface ImplementedLibrary extends RawLibrary {
  /** What went wrong inside the engine, other than refusals: for tests. */
  readonly failures: readonly unknown[]
}

type Values = Record<string, unknown>

const ERROR_PROC_NOT_FOUND = 127
const ERROR_INTERNAL_ERROR = 1359
const signatures = new Map<string, Signature>()

/** A process calls a third of all functions: each is laid out when it is first called. */
function signatureOf(name: Name): Signature {
  const made = signatures.get(name) ?? signature(name, functions[name].parameters as Parameters)
  signatures.set(name, made)
  return made
}

/** The typed library over raw calls. Any status but 0 becomes an EngineError, here and nowhere else. */
export function bind(raw: RawLibrary): Library {
  const methods: Record<string, (args: Values, look?: Visitor) => Promise<Values | number>> = {}
  for (const [name, f] of Object.entries(functions) as [Name, CFunction<Parameters>][]) {
    const call = raw.calls[name]
    if (call) methods[name] = (args, look) => invoke({ raw, call, calls: signatureOf(name), look }, args)
    else if (!f.options.optional) methods[name] = () => Promise.reject(new EngineError(name, ERROR_PROC_NOT_FOUND))
  }
  return Object.freeze({ ...methods, libraryName: raw.name, unload: () => raw.close?.() }) as unknown as Library
}

/** Of every so many milliseconds that calls follow each other without a wait, the event loop gets a turn. */
const TURN_MILLISECONDS = 10
let lastTurn = 0

/** Without loading what Node loads for `performance`. */
function milliseconds(): number {
  return 1_000 * process.uptime()
}

/** A callback from another thread waits for the event loop: a thousand quick calls in a row must not keep it from its turn. */
function letOthersRun(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      lastTurn = milliseconds()
      resolve()
    })
  })
}

/** One function of a library. */
interface Callee {
  readonly raw: RawLibrary
  readonly call: RawCall
  readonly calls: Signature
  readonly look: Visitor | undefined
}

async function invoke({ raw, call, calls, look }: Callee, args: Values): Promise<Values | number> {
  if (milliseconds() - lastTurn > TURN_MILLISECONDS) await letOthersRun()
  const sent = send(calls, args)
  try {
    const answer = call(...sent.words)
    const status = (typeof answer === 'number' ? answer : await answer) >>> 0
    if (status !== 0) throw new EngineError(calls.name, status, raw.explain?.(status))
    return await collect(raw, calls, () => (look ? sent.show(look) : sent.outs()), sent)
  } finally {
    sent.done()
  }
}

async function collect<R>(raw: RawLibrary, calls: Signature, take: () => R, sent: Sent): Promise<R> {
  try {
    return take()
  } finally {
    if (calls.freed) await giveBack(raw, calls.freed.by, sent.cell(calls.freed.name))
  }
}

async function giveBack(raw: RawLibrary, by: FreeFunction, cell: number): Promise<void> {
  const address = pointerIn(cell)
  if (address === 0) return
  const release = raw.calls[by]
  if (!release) throw new EngineError(by, ERROR_PROC_NOT_FOUND)
  await release(by === 'LocalFree' ? address : cell)
}

/**
 * The other side: raw calls that decode words and memory, ask the engine and encode its answer. An EngineError that the engine throws
 * is a refusal whose words it can be asked for.
 */
export function implement(engine: Partial<EngineMethods>, name = 'engine'): ImplementedLibrary {
  const failures: unknown[] = []
  const explained = new Map<number, StatusWords>()
  const failed = (error: unknown): number => {
    if (error instanceof EngineError) explained.set(error.status, { meaning: error.meaning, help: error.help })
    return statusFrom(error, failures)
  }
  const calls: Record<string, RawCall> = { FwpmFreeMemory0: freeCell, LocalFree: freeAddress }
  for (const [key, method] of Object.entries(engine) as [Name, (args: Values) => unknown][]) {
    if (!Object.hasOwn(functions, key)) throw new Error(`${key} is not in the function table`)
    calls[key] = (...words) => answer(signatureOf(key), words, method.bind(engine), failed)
  }
  return { name, calls, failures, explain: (status) => explained.get(status) }
}

function answer(
  calls: Signature,
  words: readonly Word[],
  method: (args: Values) => unknown,
  failed: (error: unknown) => number,
): number | Promise<number> {
  const finish = (outs: unknown): number => {
    reply(calls, words, (outs ?? {}) as Values)
    return 0
  }
  try {
    const outs = method(receive(calls, words))
    return outs instanceof Promise ? outs.then(finish).catch(failed) : finish(outs)
  } catch (error) {
    return failed(error)
  }
}

/** C reads a status, never an exception; and 0 would mean success. */
function statusFrom(error: unknown, failures: unknown[]): number {
  const status = (error as { status?: unknown } | null | undefined)?.status
  if (typeof status === 'number' && status >>> 0 !== 0) return status >>> 0
  failures.push(error)
  return ERROR_INTERNAL_ERROR
}

function freeCell(cell: Word): number {
  freeAddress(pointerIn(Number(cell)))
  copyTo(Number(cell), Buffer.alloc(8))
  return 0
}

function freeAddress(address: Word): number {
  if (Number(address) !== 0) free(Number(address))
  return 0
}

function pointerIn(cell: number): number {
  const bytes = copyOut(cell, 8)
  return readAddress(new DataView(bytes.buffer, bytes.byteOffset, 8), 0)
}
