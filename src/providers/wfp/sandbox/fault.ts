/**
 * Faults for tests: certain engine calls of this process fail, do nothing, do their work and say otherwise, lose their session, or end
 * the process. One text names them all: the switch `fault`, or the variable below.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal, statusValue } from './refusal.ts'

/** Overrides the switch `fault`, so that a test can aim at one process. */
export const FAULT_VARIABLE = 'WFPCTL_SANDBOX_FAULT'

export const FAULT_SYNTAX = 'CALL#N[+]=EFFECT[,…]'
export const FAULT_EFFECTS = 'STATUS, nothing, lost:STATUS, done:STATUS, wait:MILLISECONDS, kill, done:kill'

type Ending = { readonly kind: 'refuse'; readonly status: number } | { readonly kind: 'kill' }

export type Effect =
  /** before anything is done */
  | Ending
  /** success is answered, and nothing is done: of calls that add or delete */
  | { readonly kind: 'nothing' }
  /** the session is over, and everything of it rolled back */
  | { readonly kind: 'lost'; readonly status: number }
  /** after everything is done */
  | { readonly kind: 'done'; readonly ending: Ending }
  | { readonly kind: 'wait'; readonly milliseconds: number }

export interface Fault {
  /** A call's name; `*` stands for any letters. */
  readonly call: string
  /** Counts the calls of that name, from 1. */
  readonly first: number
  readonly last: number
  readonly effect: Effect
}

/** `FwpmIPsecTunnelAdd*#3=FWP_E_ALREADY_EXISTS,FwpmEngineClose0#1+=done:1726`; undefined when it is not written so */
export function parseFaults(text: string): readonly Fault[] | undefined {
  const faults = text.split(',').map(parseFault)
  return faults.includes(undefined) ? undefined : (faults as Fault[])
}

function parseFault(text: string): Fault | undefined {
  const match = /^([A-Za-z0-9*]+)#([1-9]\d*)(\+?)=([\w:]+)$/.exec(text)
  const [, call = '', first, open, written = ''] = match ?? []
  const effect = parseEffect(written)
  if (match === null || effect === undefined) return undefined
  return { call, first: Number(first), last: open === '+' ? Number.POSITIVE_INFINITY : Number(first), effect }
}

/** What stands before the colon, or alone → what the rest means. */
const FORMS: Readonly<Record<string, (rest: string) => Effect | undefined>> = {
  nothing: (rest) => (rest === '' ? { kind: 'nothing' } : undefined),
  lost: (rest) => withStatus(rest, (status) => ({ kind: 'lost', status })),
  done: (rest) => {
    const ending = parseEnding(rest)
    return ending && { kind: 'done', ending }
  },
  wait: (rest) => (/^\d{1,7}$/.test(rest) ? { kind: 'wait', milliseconds: Number(rest) } : undefined),
}

function parseEffect(text: string): Effect | undefined {
  const [form = '', rest = ''] = text.split(':')
  return Object.hasOwn(FORMS, form) ? FORMS[form]?.(rest) : parseEnding(text)
}

function parseEnding(text: string): Ending | undefined {
  return text === 'kill' ? { kind: 'kill' } : withStatus(text, (status) => ({ kind: 'refuse', status }))
}

/** A name, a decimal or a hexadecimal number. */
function withStatus<T>(text: string, make: (status: number) => T): T | undefined {
  if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return Number(text) >>> 0 ? make(Number(text) >>> 0) : undefined
  try {
    return make(statusValue(text))
  } catch {
    return undefined
  }
}

/** Counts the calls of one process. */
export class FaultLine {
  readonly #read: () => string
  #armed: readonly Armed[] | undefined

  /** @param read what is switched on; asked at the first call */
  constructor(read: () => string) {
    this.#read = read
  }

  /** Reads anew and counts from here on. */
  restart(): void {
    this.#armed = undefined
  }

  /** At the entry of a call. */
  strike(call: string): Effect | undefined {
    this.#armed ??= (parseFaults(this.#read()) ?? []).map((fault) => new Armed(fault))
    return this.#armed.map((armed) => armed.strike(call)).find((effect) => effect !== undefined)
  }
}

/** The calls that can succeed without effect: nobody needs an answer of theirs. */
const CHANGING = /^Fwpm\w+(Add\d|Delete)/

class Armed {
  readonly #fault: Fault
  readonly #pattern: RegExp
  #seen = 0

  constructor(fault: Fault) {
    this.#fault = fault
    this.#pattern = new RegExp(`^${fault.call.replaceAll('*', '.*')}$`)
  }

  strike(call: string): Effect | undefined {
    const suits = this.#fault.effect.kind !== 'nothing' || CHANGING.test(call)
    if (!suits || !this.#pattern.test(call)) return undefined
    this.#seen += 1
    return this.#seen >= this.#fault.first && this.#seen <= this.#fault.last ? this.#fault.effect : undefined
  }
}

/** A call that is struck. */
export interface StruckCall {
  readonly name: string
  make(): unknown
  /** Ends the session that the call is made on. */
  lose(): Promise<void>
}

/** Runs a call as the effect has it. */
export async function runStruck(effect: Effect, call: StruckCall): Promise<unknown> {
  switch (effect.kind) {
    case 'nothing':
      return { id: 0n } // of the calls that change something, the one answer that any of them has
    case 'wait':
      await sleep(effect.milliseconds)
      return call.make()
    case 'lost':
      await call.lose()
      return end({ kind: 'refuse', status: effect.status }, call)
    case 'done':
      await call.make()
      return end(effect.ending, call)
    default:
      return end(effect, call)
  }
}

function end(ending: Ending, { name }: StruckCall): never {
  if (ending.kind === 'refuse') throw new Refusal(ending.status, `a fault struck ${name}`)
  process.kill(process.pid, 'SIGKILL')
  throw new Error('the process outlived SIGKILL')
}
