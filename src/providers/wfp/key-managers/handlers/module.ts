/**
 * The user's ES module as a handler, in a thread of its own: what it exports is checked before anything is registered, what it answers before
 * it is believed, and how long it takes is limited.
 */

import { pathToFileURL } from 'node:url'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { Trust, UnusableFile, withRegularFile } from '../../../../manifest/index.ts'
import type { DictatedKeys, DictationCheck, KeyExchange, SaPair, TransformKeys, UnkeyedSa } from './contract.ts'
import { type Complain, type Dictation, type Handler, WILL_NOT_DICTATE } from './handler.ts'
import { BadAnswer, movable, whereabouts, wipeDeep } from './shared.js'

export interface ModuleOptions {
  readonly role: 'notify' | 'dictate'
  readonly complain: Complain
  /** within which an answer must be there */
  readonly answerMilliseconds: number
  /** how long the keys of a notification are left to a handler that does not settle */
  readonly keysHeldMilliseconds?: number
  /** for how long it may load, and may be at work without giving its thread back */
  readonly stuckMilliseconds?: number
}

/** Exports by role; each must be a function. */
const EXPORTS = { notify: ['keyNotify'], dictate: ['keyNotify', 'keyDictationCheck', 'keyDictation'] } as const
const KEYS_HELD_MILLISECONDS = 30_000
const STUCK_MILLISECONDS = 10_000
/** What was taken over may still be finished when all is to end. */
const CLOSE_MILLISECONDS = 1_000

/** A module that cannot be a handler: not loadable, or an export is missing. */
export class UnusableModule extends Error {}

/** @param written  the path as the manifest has it, for messages @throws UnusableModule, UnusableFile */
export async function loadModule(path: string, written: string, options: ModuleOptions): Promise<Handler> {
  requireFile(path, written)
  const thread = new Thread(pathToFileURL(path).href, options)
  try {
    checkExports(await thread.loaded(written), written, options.role)
  } catch (error) {
    await thread.end()
    throw error
  }
  return {
    keyNotify: (pair) => thread.notify(pair),
    ...(options.role === 'dictate' && { dictation: dictationOf(thread, options.complain) }),
    failed: thread.failed,
    close: () => thread.close(),
  }
}

/** A pipe under its name would keep the thread waiting where nothing can end it. */
function requireFile(path: string, written: string): void {
  try {
    withRegularFile(path, () => undefined)
    const flaw = new Trust().flawOf(path)
    if (flaw) throw new UnusableFile(`${flaw.path} can be changed by ${flaw.who}; ${flaw.help}`)
  } catch (error) {
    throw new UnusableModule(`${written} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What the module exports. */
interface Exports {
  readonly functions: readonly string[]
  readonly names: readonly string[]
}

/** What the thread says. */
type Said =
  | { readonly loaded: Exports }
  | { readonly unusable: string }
  | { readonly complain: string }
  | { readonly returned: true }
  | { readonly closed: true }

const isText = (value: unknown): boolean => typeof value === 'string'
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

const FORMS: { readonly [word: string]: (value: unknown) => boolean } = {
  loaded: (value) => areTexts((value as Exports | null)?.functions) && areTexts((value as Exports | null)?.names),
  unusable: isText,
  complain: isText,
  returned: (value) => value === true,
  closed: (value) => value === true,
}

/** The module has the same door to us as our own code in its thread. */
function isSaid(message: unknown): message is Said {
  if (typeof message !== 'object' || message === null) return false
  const words = Object.entries(message)
  return words.length === 1 && words.every(([word, value]) => Object.hasOwn(FORMS, word) && FORMS[word]!(value))
}

class Thread {
  /** why it is of no use any more; pending while it is */
  readonly failed: Promise<string>
  readonly #options: ModuleOptions
  readonly #worker: Worker
  readonly #answers = new MessageChannel()
  readonly #answered = new Int32Array(new SharedArrayBuffer(4))
  readonly #waiting = new Map<keyof Said | string, (said: Said) => void>()
  #fail: (why: string) => void = () => {}
  #busy = 0
  #watchdog: NodeJS.Timeout | undefined
  #ended = false

  constructor(url: string, options: ModuleOptions) {
    this.#options = options
    this.failed = new Promise((resolve) => {
      this.#fail = resolve
    })
    const { port2: answers } = this.#answers
    const { keysHeldMilliseconds = KEYS_HELD_MILLISECONDS } = options
    this.#worker = new Worker(new URL('./thread.mjs', import.meta.url), {
      workerData: { url, answers, answered: this.#answered, keysHeldMilliseconds },
      transferList: [answers],
      stdout: true,
    })
    // stdout is the answer of the command, or the stream of events
    this.#worker.stdout.on('data', (text: Buffer) => process.stderr.write(text))
    this.#worker.unref()
    this.#worker.on('message', (said: unknown) => isSaid(said) && this.#hear(said))
    // only what the thread itself cannot catch: out of memory
    this.#worker.on('error', (error) => this.#stop(`its thread failed: ${whereabouts(error)}`))
    this.#worker.on('exit', () => this.#stop('its thread has ended'))
  }

  /** @throws UnusableModule */
  async loaded(written: string): Promise<Exports> {
    const { stuckMilliseconds = STUCK_MILLISECONDS } = this.#options
    const said = await Promise.race([
      this.#next(['loaded', 'unusable'], stuckMilliseconds),
      this.failed.then((why) => ({ unusable: why })),
    ])
    if (said && 'loaded' in said) return said.loaded
    const why = said && 'unusable' in said ? said.unusable : `it has not finished in ${stuckMilliseconds / 1000} s`
    throw new UnusableModule(`${written} cannot be loaded: ${why}`)
  }

  notify(pair: SaPair): void {
    const transferred: ArrayBuffer[] = []
    const moved = movable(pair, transferred)
    wipeDeep([pair.inbound.keys, pair.outbound.keys])
    if (this.#ended) return
    this.#busy += 1
    this.#watch()
    this.#worker.postMessage({ notify: moved }, transferred)
  }

  /** Waits for the answer as the engine's thread does; a handler that gives none in time is stuck. */
  ask(name: string, about: unknown): unknown {
    const { answerMilliseconds } = this.#options
    if (this.#ended) throw new BadAnswer('its thread has ended')
    Atomics.store(this.#answered, 0, 0)
    this.#worker.postMessage({ ask: name, about })
    if (Atomics.wait(this.#answered, 0, 0, answerMilliseconds) === 'timed-out') {
      this.#stop(`${name} has not answered in ${answerMilliseconds} ms`)
      throw new BadAnswer(`no answer in ${answerMilliseconds} ms`)
    }
    const message = receiveMessageOnPort(this.#answers.port1)?.message as { failed?: string; answer?: unknown }
    if (message.failed !== undefined) throw new BadAnswer(message.failed)
    return message.answer
  }

  async close(): Promise<void> {
    if (!this.#ended) {
      this.#worker.postMessage({ close: true })
      await Promise.race([this.#next(['closed'], CLOSE_MILLISECONDS), this.failed])
    }
    await this.end()
  }

  async end(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#watchdog)
    this.#answers.port1.close()
    await this.#worker.terminate()
  }

  #hear(said: Said): void {
    if ('complain' in said) this.#options.complain(said.complain)
    if ('returned' in said) {
      this.#busy = Math.max(0, this.#busy - 1)
      this.#watch()
    }
    for (const name of Object.keys(said)) this.#waiting.get(name)?.(said)
  }

  /** It must give its thread back, again and again, while there is something to do. */
  #watch(): void {
    clearTimeout(this.#watchdog)
    if (this.#busy === 0) return
    const { stuckMilliseconds = STUCK_MILLISECONDS } = this.#options
    const tooLong = () => this.#stop(`keyNotify has not returned in ${stuckMilliseconds / 1000} s`)
    this.#watchdog = setTimeout(tooLong, stuckMilliseconds)
    this.#watchdog.unref()
  }

  #stop(why: string): void {
    if (this.#ended) return
    this.#fail(why)
    void this.end()
  }

  /** @returns the first of these that is said in time */
  #next(names: readonly string[], milliseconds: number): Promise<Said | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), milliseconds)
      const settle = (said: Said | undefined) => {
        clearTimeout(timer)
        for (const name of names) this.#waiting.delete(name)
        resolve(said)
      }
      for (const name of names) this.#waiting.set(name, settle)
    })
  }
}

function checkExports({ functions, names }: Exports, written: string, role: ModuleOptions['role']): void {
  const missing = EXPORTS[role].filter((name) => !functions.includes(name))
  if (missing.length > 0) throw new UnusableModule(`${written} exports no function ${quoted(missing)}`)
  // a notified key manager cannot be given them: the module means to dictate, and would never be asked
  const idle = EXPORTS.dictate.filter((name) => names.includes(name) && !EXPORTS[role].some((used) => used === name))
  if (idle.length > 0) throw new UnusableModule(`${written} exports ${quoted(idle)}, but its role is ${role}`)
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function dictationOf(thread: Thread, complain: Complain): Dictation {
  const answered = <T>(name: string, about: unknown, accept: (answer: unknown) => T, otherwise: T): T => {
    try {
      return accept(thread.ask(name, about))
    } catch (error) {
      complain(`${name} failed: ${whereabouts(error)}`)
      return otherwise
    }
  }
  return {
    check: (traffic) => answered('keyDictationCheck', traffic, acceptCheck, WILL_NOT_DICTATE),
    keys: (exchange) => answered('keyDictation', exchange, (answer) => acceptKeys(answer, exchange), null),
  }
}

const MAX_WEIGHT = 0xffff_ffff

/** `true`, `false` or `{ willDictate, weight }`. */
function acceptCheck(answer: unknown): DictationCheck {
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

function fieldsOf(value: unknown, otherwise: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw new BadAnswer(otherwise)
}
