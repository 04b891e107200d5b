// A key manager that makes the keys itself: compile it with `tsc`, and name the result in the manifest.
import { randomFillSync } from 'node:crypto'
import type { KeyDictation, KeyDictationCheck, KeyNotify, TransformKeys, UnkeyedSa } from 'wfpctl/key-manager'

/** Told of every pair of SAs. Write down who talks with whom; the keys are not to be written anywhere. */
export const keyNotify: KeyNotify = ({ outbound }) => {
  console.error(`${outbound.local} talks with ${outbound.remote}, SPI ${outbound.transforms[0]?.spi}`)
}

/** Dictates for every peer, and gives way to nobody. */
export const keyDictationCheck: KeyDictationCheck = () => ({ willDictate: true, weight: 10 })

/** One key for each transform, of exactly the size that is asked for. */
export const keyDictation: KeyDictation = ({ inbound, outbound }) => ({
  inbound: keysFor(inbound),
  outbound: keysFor(outbound),
})

function keysFor({ keySizes }: UnkeyedSa): TransformKeys[] {
  return keySizes.map(({ authKey, cipherKey }) => ({ authKey: keyOf(authKey), cipherKey: keyOf(cipherKey) }))
}

function keyOf(size: number): Uint8Array | null {
  return size === 0 ? null : randomFillSync(new Uint8Array(size))
}
