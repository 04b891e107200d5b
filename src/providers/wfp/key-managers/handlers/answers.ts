/** What a module answers, checked before it is believed. A wrong answer is an exception with words of ours, never with the answer. */

import type { DictatedKeys, DictationCheck, KeyExchange, TransformKeys, UnkeyedSa } from './contract.ts'
import { BadAnswer } from './handler.ts'
import { wipeDeep } from './sa.ts'

const MAX_WEIGHT = 0xffff_ffff

/** `true`, `false` or `{ willDictate, weight }`. */
export function acceptCheck(answer: unknown): DictationCheck {
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
export function acceptKeys(answer: unknown, { inbound, outbound }: KeyExchange): DictatedKeys | null {
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
