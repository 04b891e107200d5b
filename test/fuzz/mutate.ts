/** Bytes made from seeds by a few small changes, always the same for the same number. */

const INTERESTING = [
  0x00, 0x01, 0x0a, 0x0d, 0x1b, 0x22, 0x27, 0x2d, 0x3a, 0x5b, 0x5c, 0x7b, 0x7f, 0x80, 0x9b, 0xc0, 0xe2, 0xff,
]
const MAX_CHANGES = 6

export type Random = () => number

/** mulberry32: small, and good enough to choose places. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

type Change = (bytes: Buffer, at: number, random: Random, other: Buffer) => Buffer

const CHANGES: readonly Change[] = [
  (bytes, at, random) => with1(bytes, at, bytes[at]! ^ (1 << below(random, 8))),
  (bytes, at, random) => with1(bytes, at, INTERESTING[below(random, INTERESTING.length)]!),
  (bytes, at, random) => with1(bytes, at, below(random, 256)),
  (bytes, at, random) => insert(bytes, at, Buffer.from([INTERESTING[below(random, INTERESTING.length)]!])),
  (bytes, at, random) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 16))]),
  (bytes, at, random) => insert(bytes, at, bytes.subarray(at, at + 1 + below(random, 64))),
  (bytes, at, random, other) => {
    const from = below(random, other.length)
    return insert(bytes, at, other.subarray(from, from + 1 + below(random, 64)))
  },
  (bytes, at) => bytes.subarray(0, at),
  // a number in the place of four bytes
  (bytes, at, random) => {
    const copy = Buffer.from(bytes)
    if (at + 4 <= copy.length)
      copy.writeUInt32LE([0, 1, 0x7fff_ffff, 0xffff_ffff, below(random, 4096)][below(random, 5)]!, at)
    return copy
  },
]

export function mutated(seeds: readonly Buffer[], random: Random): Buffer {
  let bytes = seeds[below(random, seeds.length)]!
  for (let changes = 1 + below(random, MAX_CHANGES); changes > 0; changes--) {
    const change = CHANGES[below(random, CHANGES.length)]!
    const other = seeds[below(random, seeds.length)]!
    if (bytes.length > 0) bytes = change(bytes, below(random, bytes.length), random, other)
  }
  return bytes
}

function with1(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = value
  return copy
}

function insert(bytes: Buffer, at: number, more: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
}
