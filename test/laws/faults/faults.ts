/** What can go wrong with a call of the engine, and the library in which one call goes wrong. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Library, RawLibrary } from '../../../src/providers/wfp/binding/call/bind.ts'
import { type Registered, registered } from '../../../src/providers/wfp/binding/call/callback.ts'
import {
  FWPM_FILTER_CHANGE_CALLBACK0,
  FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0,
} from '../../../src/providers/wfp/binding/tables/functions.ts'
import { EngineError } from '../../../src/providers/wfp/binding/tables/status/index.ts'
import { setSwitch } from '../../../src/providers/wfp/sandbox/admin.ts'
import { engineOf } from '../../../src/providers/wfp/sandbox/location.ts'
import { statusValue } from '../../../src/providers/wfp/sandbox/refusal.ts'
import { type DiskStage, inMemory, onDisk, type Stage } from './stage.ts'

/** One call of the engine, on its way. */
interface Call {
  readonly name: string
  make(change?: object): Promise<unknown>
  /** Ends the session that it is made on. */
  lose(): Promise<void>
}

type Strike<S extends Stage> = (call: Call, stage: S) => Promise<unknown>

export interface Fault {
  /** the engine for one cell, and what the call does there */
  stage(): Promise<{ readonly stage: Stage; strike(call: Call): Promise<unknown> }>
  /** calls that it can strike; absent: all */
  readonly calls?: RegExp
  /** of the process: nobody is left to tell anything */
  readonly kills?: boolean
  /** what was to wake somebody wakes nobody */
  readonly silences?: boolean
}

const MEMORY = (strike: Strike<Stage>, more: Partial<Fault> = {}): Fault => ({ ...faultOn(inMemory, strike), ...more })
const DISK = (strike: Strike<DiskStage>, more: Partial<Fault> = {}): Fault => ({ ...faultOn(onDisk, strike), ...more })

function faultOn<S extends Stage>(make: () => Promise<S>, strike: Strike<S>): Fault {
  return {
    stage: async () => {
      const stage = await make()
      return { stage, strike: (call) => strike(call, stage) }
    },
  }
}

const refuse =
  (status: string) =>
  async ({ name }: Call): Promise<never> => {
    throw new EngineError(name, statusValue(status))
  }

const SILENCING: Partial<Fault> = { calls: /SubscribeChanges0/, silences: true }

/** In the order of the table. */
export const FAULTS: { readonly [name: string]: Fault } = {
  'refused (FWP_E_OUT_OF_BOUNDS)': MEMORY(refuse('FWP_E_OUT_OF_BOUNDS')),
  'no rights (ERROR_ACCESS_DENIED)': MEMORY(refuse('ERROR_ACCESS_DENIED')),
  'lock not obtained (FWP_E_TIMEOUT)': MEMORY(refuse('FWP_E_TIMEOUT')),
  'session lost (RPC_S_CALL_FAILED)': MEMORY(async (call) => {
    await call.lose()
    return refuse('RPC_S_CALL_FAILED')(call)
  }),
  'done, and answered by an error': MEMORY(async (call) => {
    await call.make()
    return refuse('FWP_E_OUT_OF_BOUNDS')(call)
  }),
  'success without effect': MEMORY(async () => ({ id: 0n }), { calls: /^Fwpm\w+(Add\d|Delete)/ }),
  'late by 20 ms': MEMORY(async (call) => {
    await sleep(20)
    return call.make()
  }),
  'process killed before it': DISK(
    async (call, stage) => {
      stage.dieHere()
      return call.make()
    },
    { kills: true },
  ),
  'process killed after it': DISK(
    async (call, stage) => {
      const answer = await call.make()
      stage.dieHere()
      return answer
    },
    { kills: true },
  ),
  'disk full from here on': DISK(async (call, stage) => {
    await stage.fill()
    return call.make()
  }),
  'store damaged before it': DISK(async (call, stage) => {
    stage.damage()
    return call.make()
  }),
  'its notifications lost': MEMORY(async (call) => call.make({ callback: SILENT[call.name]?.() }), SILENCING),
  'all notifications lost from here on': MEMORY(async (call, stage) => {
    await setSwitch(stage.open(), 'notifications', 'off')
    return call.make()
  }, SILENCING),
}

const silent: { release(): void }[] = []
const SILENT: { readonly [call: string]: () => Registered<never> } = {
  FwpmProviderContextSubscribeChanges0: () => kept(registered(FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0, () => ({}))),
  FwpmFilterSubscribeChanges0: () => kept(registered(FWPM_FILTER_CHANGE_CALLBACK0, () => ({}))),
}

function kept(callback: { release(): void }): Registered<never> {
  silent.push(callback)
  return callback as Registered<never>
}

/** A call by its name and by where it is made: `FwpmTransactionBegin0, under the lock`, `FwpmEngineOpen0 of "wfpctl"`. */
export type Row = string

type Made = (args: Args, ...more: unknown[]) => Promise<{ readonly engineHandle?: number }>
interface Args {
  readonly engineHandle?: number
  readonly flags?: number
  readonly session?: { readonly displayData: { readonly name: string } }
}

/** No calls on the engine: they never fail. */
const PLAIN: ReadonlySet<string> = new Set(['FwpmFreeMemory0', 'ConvertStringSecurityDescriptorToSecurityDescriptorW'])

/** The calls of one process: each is told by its row, and the first of one row is struck. */
export class Line {
  readonly #row: Row | undefined
  readonly #strike: (call: Call) => Promise<unknown>
  readonly #names = new Map<number, string>()
  readonly #open = new Map<number, RawLibrary>()
  #isLocked = false
  #isStruck = false
  /** in the order of their first call */
  readonly rows = new Set<Row>()

  constructor(row?: Row, strike: (call: Call) => Promise<unknown> = (call) => call.make()) {
    this.#row = row
    this.#strike = strike
  }

  over(fwp: Library, raw: RawLibrary): Library {
    const calls = Object.entries(fwp).map(([name, make]) => [
      name,
      typeof make !== 'function' || PLAIN.has(name) || name === 'unload'
        ? make
        : (args: Args, ...more: unknown[]) =>
            this.#call(name, args, (changed) => (make as Made)(changed, ...more), raw),
    ])
    return Object.fromEntries(calls) as Library
  }

  /** The process is gone, and with it its sessions. */
  async end(): Promise<void> {
    for (const [handle, raw] of this.#open) await engineOf(raw)?.lose(handle)
    for (const callback of silent.splice(0)) callback.release()
  }

  async #call(name: string, args: Args, make: (args: Args) => ReturnType<Made>, raw: RawLibrary): Promise<unknown> {
    const row = this.#rowOf(name, args)
    this.rows.add(row)
    const call: Call = {
      name,
      make: async (change = {}) => {
        const answer = await make({ ...args, ...change })
        this.#note(name, args, answer.engineHandle, raw)
        return answer
      },
      lose: async () => engineOf(raw)?.lose(args.engineHandle ?? 0),
    }
    if (row !== this.#row || this.#isStruck) return call.make()
    this.#isStruck = true
    return this.#strike(call)
  }

  #note(name: string, { engineHandle, session }: Args, opened: number | undefined, raw: RawLibrary): void {
    if (opened !== undefined && session) {
      this.#names.set(opened, session.displayData.name)
      this.#open.set(opened, raw)
    }
    if (name === 'FwpmEngineClose0' && engineHandle !== undefined) this.#open.delete(engineHandle)
  }

  /** The lock is had from the begin of a write transaction to its end. */
  #rowOf(name: string, { engineHandle, flags, session }: Args): Row {
    if (name === 'FwpmEngineOpen0') return `${name} of "${session?.displayData.name}"`
    if (name === 'FwpmEngineClose0') return `${name} of "${this.#names.get(engineHandle ?? 0)}"`
    if (name === 'FwpmTransactionBegin0') this.#isLocked = flags === 0
    const row = this.#isLocked ? `${name}, under the lock` : name
    if (name === 'FwpmTransactionCommit0' || name === 'FwpmTransactionAbort0') this.#isLocked = false
    return row
  }
}
