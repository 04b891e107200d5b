import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PackedImages, packImages } from '../../../../../src/providers/wfp/sandbox/store/packed-images.ts'

/** Images as an engine has them: few lengths, and mostly what the one before was. */
const images = fc
  .array(
    fc.record({
      length: fc.constantFrom(0, 1, 3, 4, 200, 201, 508),
      more: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.constant(300_000)),
      edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
    }),
    { maxLength: 40 },
  )
  .map((made) => {
    const content = Buffer.alloc(300_600, 'what most of them have in common')
    return made.map(({ length, more, edits }) => {
      for (const [at, byte] of edits) content[at % (length + more + 1)] = byte
      return Uint8Array.from(content.subarray(0, length + more))
    })
  })

describe('packed images', () => {
  it('are what was packed, in whatever order they are asked for', () => {
    fc.assert(
      fc.property(images, fc.array(fc.nat(), { maxLength: 20 }), (given, order) => {
        const packed = packImages(given)
        const slots = given.length === 0 ? [] : [...given.keys(), ...order.map((slot) => slot % given.length)]

        for (const slot of slots) expect(Buffer.compare(packed.at(slot), given[slot]!)).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('are asked for by many at a time, each of which goes on where it was', () => {
    const packs = Array.from({ length: 20 }, (_, i) =>
      packImages([Uint8Array.of(i, 0), Uint8Array.of(i, 1), Uint8Array.of(i, 2)]),
    )

    for (const slot of [0, 2, 1]) for (const [i, pack] of packs.entries()) expect([...pack.at(slot)]).toEqual([i, slot])
  })

  it('take little where they are alike', () => {
    const alike = Array.from({ length: 100 }, (_, i) => Buffer.alloc(500, 7).fill(i, 16, 32))

    expect(packImages(alike).words.length * 4).toBeLessThan(500 + 100 * 32)
  })

  it.each([
    ['too few', 2],
    ['too many', 4],
  ])('are refused when there are %s of them', (_, count) => {
    const { words } = packImages([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)])

    expect(() => new PackedImages(words, count)).toThrow(RangeError)
  })
})
