/**
 * The C functions that the engine calls, before a handler. Whatever a handler does, the engine gets an answer, and never a wrong key: when
 * there is none to give in time, the keying module makes random keys, as it does where nobody dictates.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_key_manager_callbacks0
 */

import { type Registered, registered } from '../binding/call/callback.ts'
import type { Parameters } from '../binding/call/signature.ts'
import {
  IPSEC_KEY_MANAGER_DICTATE_KEY0,
  IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0,
  IPSEC_KEY_MANAGER_NOTIFY_KEY0,
} from '../binding/tables/structs/index.ts'
import type { DictatedKeys, DictationCheck } from './handlers/contract.ts'
import { type Complain, type Dictation, type Handler, WILL_NOT_DICTATE } from './handlers/handler.ts'
import { keyedSa, type SaDetails, trafficOf, unkeyedSa, withKeys } from './handlers/sa.ts'
import { whereabouts, wipeDeep } from './handlers/shared.js'

export interface CallbackOptions {
  /** within which the engine wants its answer */
  readonly hintMilliseconds: number
  /** how long the callback may have waited for the event loop before it ran */
  readonly possibleWait: () => number
  readonly now: () => number
  readonly complain: Complain
}

type Of<P> = P extends { readonly parameters: infer Q extends Parameters } ? Registered<Q> : never
export interface KeyManagerCallbacks {
  readonly keyNotify: Of<typeof IPSEC_KEY_MANAGER_NOTIFY_KEY0>
  readonly keyDictationCheck: Of<typeof IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0> | null
  readonly keyDictation: Of<typeof IPSEC_KEY_MANAGER_DICTATE_KEY0> | null
}

const [FALSE, TRUE] = [0, 1]

/** Each must be released when the engine calls it no more. */
export function callbacksOf(handler: Handler, options: CallbackOptions): KeyManagerCallbacks {
  const { dictation } = handler
  return {
    keyNotify: registered(IPSEC_KEY_MANAGER_NOTIFY_KEY0, ({ inboundSa, outboundSa }) => {
      notify(handler, inboundSa, outboundSa, options.complain)
      return {}
    }),
    keyDictationCheck: dictation ? checkOf(dictation, options) : null,
    keyDictation: dictation ? dictateOf(dictation, options) : null,
  }
}

/** The engine's thread waits: the values are taken over, and what is to be done with them is done after it is let go. */
function notify(handler: Handler, inboundSa: SaDetails, outboundSa: SaDetails, complain: Complain): void {
  try {
    const pair = Object.freeze({ inbound: keyedSa(inboundSa), outbound: keyedSa(outboundSa) })
    wipeDeep([inboundSa.saBundle.keyModuleState, outboundSa.saBundle.keyModuleState])
    handler.keyNotify(pair)
  } catch (error) {
    wipeDeep([inboundSa, outboundSa])
    complain(`keyNotify failed: ${whereabouts(error)}`)
  }
}

function checkOf(dictation: Dictation, options: CallbackOptions): KeyManagerCallbacks['keyDictationCheck'] {
  return registered(IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0, ({ ikeTraffic }) => {
    const ask = (): DictationCheck => dictation.check(trafficOf(ikeTraffic))
    const { willDictate, weight } = inTime('keyDictationCheck', ask, options) ?? WILL_NOT_DICTATE
    return { willDictateKey: willDictate ? TRUE : FALSE, weight }
  })
}

function dictateOf(dictation: Dictation, options: CallbackOptions): KeyManagerCallbacks['keyDictation'] {
  return registered(IPSEC_KEY_MANAGER_DICTATE_KEY0, (given) => {
    const { inboundSaDetails: inbound, outboundSaDetails: outbound } = given
    const ask = (): DictatedKeys | null =>
      dictation.keys(Object.freeze({ inbound: unkeyedSa(inbound), outbound: unkeyedSa(outbound) }))
    const keys = inTime('keyDictation', ask, options)
    // they are read once more when this has returned, and written where the engine wants them
    setImmediate(() => wipeDeep([given, keys]))
    if (keys === null) return { ...given, keyingModuleGenKey: TRUE }
    return {
      inboundSaDetails: withKeys(inbound, keys.inbound),
      outboundSaDetails: withKeys(outbound, keys.outbound),
      keyingModuleGenKey: FALSE,
    }
  })
}

/** An answer that came within the hint, else null: by then the engine may have gone on without it. */
function inTime<T>(name: string, ask: () => T, options: CallbackOptions): T | null {
  const { complain, hintMilliseconds, now, possibleWait } = options
  const started = now() - possibleWait()
  const answer = answered(name, ask, complain)
  const took = now() - started
  if (answer === null || took <= hintMilliseconds) return answer
  wipeDeep(answer)
  complain(`${name} may have taken ${Math.round(took)} ms, which is more than ${hintMilliseconds} ms: not used`)
  return null
}

function answered<T>(name: string, ask: () => T, complain: Complain): T | null {
  try {
    return ask()
  } catch (error) {
    complain(`${name} failed: ${whereabouts(error)}`)
    return null
  }
}

export interface LoopClock {
  /** upper bound, in milliseconds */
  possibleWait(): number
  close(): void
}

const BEAT_MILLISECONDS = 100

/** @param now milliseconds of a clock that never goes back */
export function startLoopClock(now: () => number = () => performance.now()): LoopClock {
  let last = now()
  let blockedBefore = 0
  const beat = setInterval(() => {
    const time = now()
    // callbacks run after timers: one that waited through a block runs just after the beat that ends it
    blockedBefore = Math.max(0, time - last - BEAT_MILLISECONDS)
    last = time
  }, BEAT_MILLISECONDS)
  beat.unref()
  return {
    possibleWait: () => Math.max(0, now() - last - BEAT_MILLISECONDS) + blockedBefore,
    close: () => clearInterval(beat),
  }
}
