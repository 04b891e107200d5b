/** The user's ES module as a handler: what it exports is checked before anything is registered, what it answers before it is believed. */

import { pathToFileURL } from 'node:url'
import type { DictatedKeys, DictationCheck, KeyExchange, SaPair, TransformKeys, UnkeyedSa } from './contract.ts'
import { BadAnswer, type Complain, type Dictation, type Handler, WILL_NOT_DICTATE, whereabouts } from './handler.ts'
import { wipeDeep } from './sa.ts'

export interface ModuleOptions {
  readonly role: 'notify' | 'dictate'
  readonly complain: Complain
  /** how long the keys of a notification are left to a handler that does not settle */
  readonly keysHeldMilliseconds?: number
}

/** Exports by role; each must be a function. */
const EXPORTS = { notify: ['keyNotify'], dictate: ['keyNotify', 'keyDictationCheck', 'keyDictation'] } as const
const KEYS_HELD_MILLISECONDS = 30_000
const EXPIRED = Symbol('expired')

type Functions = { readonly [name in (typeof EXPORTS)['dictate'][number]]: (argument: unknown) => unknown }

/** A module that cannot be a handler: not loadable, or an export is missing. */
export class UnusableModule extends Error {}

/** @param written  the path as the manifest has it, for messages @throws UnusableModule */
export async function loadModule(path: string, written: string, options: ModuleOptions): Promise<Handler> {
  const functions = checkExports(await importModule(path, written), written, options.role)
  const running = new Set<Promise<void>>()
  return {
    keyNotify: (pair) => {
      const run = notify(functions, pair, options).finally(() => running.delete(run))
      running.add(run)
    },
    ...(options.role === 'dictate' && { dictation: dictationOf(functions, options.complain) }),
    close: async () => {
      await Promise.all(running)
    },
  }
}

async function importModule(path: string, written: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (error) {
    // loading runs before any key is seen: its words are safe to repeat
    throw new UnusableModule(`${written} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function checkExports(module: Record<string, unknown>, written: string, role: ModuleOptions['role']): Functions {
  const missing = EXPORTS[role].filter((name) => typeof module[name] !== 'function')
  if (missing.length > 0) throw new UnusableModule(`${written} exports no function ${quoted(missing)}`)
  // a notified key manager cannot be given them: the module means to dictate, and would never be asked
  const idle = EXPORTS.dictate.filter((name) => name in module && !EXPORTS[role].some((used) => used === name))
  if (idle.length > 0) throw new UnusableModule(`${written} exports ${quoted(idle)}, but its role is ${role}`)
  return module as Functions
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

/** Runs after the engine's callback has returned. */
async function notify({ keyNotify }: Functions, pair: SaPair, options: ModuleOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<typeof EXPIRED>((resolve) => {
    timer = setTimeout(() => resolve(EXPIRED), options.keysHeldMilliseconds ?? KEYS_HELD_MILLISECONDS)
    timer.unref()
  })
  try {
    const end = await Promise.race([nextTurn().then(() => keyNotify(pair)), expired])
    if (end === EXPIRED) options.complain('keyNotify has not settled; the keys given to it were wiped')
  } catch (error) {
    options.complain(`keyNotify failed: ${whereabouts(error)}`)
  } finally {
    clearTimeout(timer)
    wipeDeep([pair.inbound.keys, pair.outbound.keys])
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function dictationOf({ keyDictationCheck, keyDictation }: Functions, complain: Complain): Dictation {
  const answered = <T>(name: string, ask: () => unknown, accept: (answer: unknown) => T, otherwise: T): T => {
    try {
      return accept(ask())
    } catch (error) {
      complain(`${name} failed: ${whereabouts(error)}`)
      return otherwise
    }
  }
  return {
    check: (traffic) => answered('keyDictationCheck', () => keyDictationCheck(traffic), acceptCheck, WILL_NOT_DICTATE),
    keys: (exchange) =>
      answered(
        'keyDictation',
        () => keyDictation(exchange),
        (answer) => acceptKeys(answer, exchange),
        null,
      ),
  }
}

const MAX_WEIGHT = 0xffff_ffff

/** `true`, `false` or `{ willDictate, weight }`. */
function acceptCheck(answer: unknown): DictationCheck {
  refusePromise(answer)
  if (typeof answer === 'boolean') return { willDictate: answer, weight: 0 }
  const { willDictate, weight = 0 } = fieldsOf(answer, 'answer with true, false or { willDictate, weight }')
  if (typeof willDictate !== 'boolean') throw new BadAnswer('willDictate is not true or false')
  if (typeof weight !== 'number' || !Number.isInteger(weight) || weight < 0 || weight > MAX_WEIGHT) {
    throw new BadAnswer(`weight is not a whole number from 0 to ${MAX_WEIGHT}`)
  }
  return { willDictate, weight }
}

/** null (or nothing) for random keys, or `{ inbound: [{ authKey, cipherKey }], outbound: […] }` with the sizes that were asked for. */
function acceptKeys(answer: unknown, { inbound, outbound }: KeyExchange): DictatedKeys | null {
  refusePromise(answer)
  if (answer === null || answer === undefined) return null
  try {
    const given = fieldsOf(answer, 'answer with null or { inbound, outbound }')
    return {
      inbound: acceptSa(given.inbound, inbound, 'inbound'),
      outbound: acceptSa(given.outbound, outbound, 'outbound'),
    }
  } catch (error) {
    wipeDeep(answer)
    throw error
  }
}

function acceptSa(answer: unknown, sa: UnkeyedSa, direction: string): TransformKeys[] {
  if (!Array.isArray(answer) || answer.length !== sa.keySizes.length) {
    throw new BadAnswer(`${direction} is not a list of ${sa.keySizes.length}, one item a transform`)
  }
  return sa.keySizes.map((sizes, i) => {
    const place = `${direction}[${i}]`
    const { authKey, cipherKey } = fieldsOf(answer[i], `${place} is not { authKey, cipherKey }`)
    return {
      authKey: acceptKey(authKey, sizes.authKey, `${place}.authKey`),
      cipherKey: acceptKey(cipherKey, sizes.cipherKey, `${place}.cipherKey`),
    }
  })
}

function acceptKey(key: unknown, size: number, place: string): Uint8Array | null {
  if (size === 0 && (key === undefined || key === null)) return null
  if (!(key instanceof Uint8Array)) throw new BadAnswer(`${place} is not a Uint8Array`)
  if (key.length !== size) throw new BadAnswer(`${place} has ${key.length} bytes, not ${size}`)
  if (size > 0 && key.every((byte) => byte === 0)) throw new BadAnswer(`${place} is all zeros`)
  return key
}

/** The engine's thread waits for the answer itself; what a promise brings comes too late, and is wiped should it be keys. */
function refusePromise(answer: unknown): void {
  if (typeof (answer as { then?: unknown } | null | undefined)?.then !== 'function') return
  Promise.resolve(answer).then(wipeDeep, () => {})
  throw new BadAnswer('the answer is a promise; it must be given at once')
}

function fieldsOf(value: unknown, otherwise: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw new BadAnswer(otherwise)
}
