import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  blob,
  CONTENT_DIGEST,
  Content,
  ContentDigest,
  collecting,
  guid,
  image,
  list,
  pack,
  ptr,
  sid,
  struct,
  tagged,
  u16,
  u32,
  unpack,
  wstr,
} from '../../../../../src/providers/wfp/binding/ctype/index.ts'
import { ProcessMemory } from '../../../../../src/providers/wfp/binding/ctype/reader.ts'
import { allocate } from '../../../../../src/providers/wfp/binding/memory.ts'

const Inner = struct('Inner', { a: u16, text: wstr })
const Outer = struct('Outer', { id: u32, count: u32, items: list(Inner, 'count'), next: ptr(Inner) })
const VALUE = {
  id: 7,
  items: [
    { a: 1, text: 'x' },
    { a: 2, text: null },
  ],
  next: { a: 3, text: 'yz' },
}

const content = new Content()
const digestAt = (bytes: Buffer, base: number, omitted: readonly string[] = []) => {
  const memory = image(bytes, base)
  return content.digestOf((contents) => collecting(Outer, omitted)(memory, memory.locate(base, Outer.size), contents))
}
const digestOf = (value: typeof VALUE, base = 0x1000) => digestAt(pack(Outer, value, base), base)

describe('the content of a value in memory', () => {
  it('is the same wherever the value lies', () => {
    expect(digestOf(VALUE, 0x70000)).toBe(digestOf(VALUE))
  })

  it.each([
    ['a number', { ...VALUE, id: 8 }],
    [
      'a number of an item',
      {
        ...VALUE,
        items: [
          { a: 9, text: 'x' },
          { a: 2, text: null },
        ],
      },
    ],
    ['how many items', { ...VALUE, items: [{ a: 1, text: 'x' }] }],
    [
      'an item that moves behind a pointer',
      { ...VALUE, items: [VALUE.next], next: VALUE.items[0] as typeof VALUE.next },
    ],
    ['a text', { ...VALUE, next: { a: 3, text: 'yy' } }],
    [
      'an empty text for none',
      {
        ...VALUE,
        items: [
          { a: 1, text: 'x' },
          { a: 2, text: '' },
        ],
      },
    ],
  ])('is another with %s', (_, other) => {
    expect(digestOf(other as typeof VALUE)).not.toBe(digestOf(VALUE))
  })

  it('leaves out what is not asked for', () => {
    const [one, other] = [pack(Outer, VALUE, 0x1000), pack(Outer, { ...VALUE, id: 8 }, 0x1000)]
    expect(digestAt(one, 0x1000, ['id'])).toBe(digestAt(other, 0x1000, ['id']))
  })

  it('is the same in the memory of this process, however much of it must be copied', () => {
    const Item = struct('Item', { who: sid, data: blob, big: blob })
    const Many = struct('Many', { count: u32, items: list(Item, 'count') })
    const items = Array.from({ length: 60 }, (_, i) => ({
      who: Buffer.from([1, 1, 0, 0, 0, 0, 0, 5, i & 255, i >> 8, 0, 0]),
      data: Buffer.alloc(5_000 + i, i),
      big: Buffer.alloc(7_000, 255 - i),
    }))
    const size = pack(Many, { items }).length
    const memory = allocate(size)
    onTestFinished(() => memory.free())
    pack(Many, { items }, memory.address).copy(memory.bytes)

    const stored = image(memory.bytes, memory.address)
    const collect = collecting(Many, [])
    const inPlace = content.digestOf((contents) => collect(stored, stored.locate(memory.address, Many.size), contents))
    // as small as at first, whatever was read before
    const [reading, copying] = [new ProcessMemory(), new ProcessMemory()]
    const at = copying.locate(memory.address, Many.size)
    const copied = content.digestOf((contents) => collect(copying, at, contents))

    expect(copied).toBe(inPlace)
    expect(Many.read(reading, reading.locate(memory.address, Many.size))).toEqual(unpack(Many, stored, memory.address))
  })

  it.each(['', 'a', 'ab', 'abc', 'abcd'])('ends with a text, whatever stands behind %j', (text) => {
    const One = struct('One', { text: wstr })
    const followedBy = (next: string) => {
      const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(`${text}\0${next}`, 'utf16le')])
      bytes.writeBigUInt64LE(0x1008n)
      const memory = image(bytes, 0x1000)
      const collected = content.digestOf((contents) => collecting(One, [])(memory, 0, contents))
      return { collected, read: One.read(memory, 0) }
    }

    expect(followedBy('Z').read).toEqual({ text })
    for (const next of ['Z', '\u0100Z', '\0', 'ZZ']) expect(followedBy(next)).toEqual(followedBy(''))
  })

  it('is the same as it was: records hold digests of it', () => {
    const Choice = struct('Choice', { tag: u32, value: tagged('tag', { 1: { short: u16 }, 2: { text: wstr } }) })
    const Pair = struct('Pair', { id: guid, one: Choice, other: Choice })
    const All = struct('All', { head: u16, pair: Pair, count: u32, pairs: list(Pair, 'count'), last: blob, end: u16 })
    const pair = {
      id: '00112233-4455-6677-8899-aabbccddeeff',
      one: { tag: 1, short: 7 },
      other: { tag: 2, text: 'odd' },
    } as const
    const value = { head: 1, pair, pairs: [pair, { ...pair, one: { tag: 3 } }], last: Buffer.alloc(131, 5), end: 2 }
    const memory = image(pack(All, value as never, 0x1000), 0x1000)

    expect(content.digestOf((contents) => collecting(All, [])(memory, memory.locate(0x1000, All.size), contents))).toBe(
      '++SG8ZEzzcE47inPPO3Y2F0DY2bIv1YNtSi5sN4iN+k=',
    )
  })

  it('keeps nothing of a value that leads nowhere', () => {
    const before = digestOf(VALUE)
    const broken = pack(Outer, VALUE, 0x1000)
    broken.fill(0xee, Outer.members.find(({ name }) => name === 'next')?.offset, Outer.size)

    expect(() => digestAt(broken, 0x1000)).toThrow(/outside the memory/)
    expect(digestOf(VALUE)).toBe(before)
  })
})

describe('the digests of runs', () => {
  it('are of their values with their numbers, also where a run is long', () => {
    const someRuns = fc.array(fc.array(fc.nat(40_000), { maxLength: 8 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(someRuns, (sizes) => {
        const digest = new ContentDigest()
        for (const run of sizes) {
          const values = run.map((size, i) => Buffer.alloc(size, i + 1))
          for (const value of values) digest.add((content) => content.add(image(value), 0, value.length))
          const parts = values.flatMap((value, i) => [Buffer.from(Uint32Array.of(i + 1).buffer), value])

          expect(digest.count).toBe(run.length)
          expect(digest.end()).toBe(hash(CONTENT_DIGEST, Buffer.concat(parts), 'base64'))
        }
      }),
      { numRuns: 40 },
    )
  })
})
