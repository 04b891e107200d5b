/** What stands behind a key manager's callbacks: plain values in, plain values out, never a pointer. */

import type { DictatedKeys, DictationCheck, KeyExchange, SaPair, TrafficPair } from './contract.ts'

export const WILL_NOT_DICTATE: DictationCheck = { willDictate: false, weight: 0 }

export interface Handler {
  /** Takes a notification over. Returns at once and never throws; the keys are wiped when it is done with them. */
  keyNotify(pair: SaPair): void
  /** Present where the handler can dictate. Answers at once and never throws. */
  readonly dictation?: Dictation
  /** Why it is of no use any more; pending for as long as it is. */
  readonly failed?: Promise<string>
  /** Resolves when what was taken over is done, or has had its time. */
  close(): Promise<void>
}
export interface Dictation {
  check(traffic: TrafficPair): DictationCheck
  /** @returns null: the keying module shall make random keys */
  keys(exchange: KeyExchange): DictatedKeys | null
}

/** Says on stderr what no caller is left to be told. Never with an error's own words: they may quote a key. */
export type Complain = (what: string) => void
