import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allocate,
  copyOut,
  free,
  handOut,
  liveAllocations,
  memoryAddressOf,
} from '../../../../src/providers/wfp/binding/memory.ts'

describe('memory', () => {
  it('is zeroed, of the wanted size, and apart from all that is allocated', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.boolean()), { maxLength: 30 }), (wanted) => {
        const before = liveAllocations()
        const held: { readonly address: number; readonly bytes: Buffer; readonly fill: number }[] = []
        for (const [i, [size, keep]] of wanted.entries()) {
          const { address, bytes } = allocate(size)
          expect(bytes.length).toBeGreaterThanOrEqual(size)
          expect(bytes.every((byte) => byte === 0)).toBe(true)
          bytes.fill(i + 1)
          if (keep) held.push({ address, bytes, fill: i + 1 })
          else free(address)
        }

        for (const { address, bytes, fill } of held) {
          expect(copyOut(address, bytes.length).every((byte) => byte === fill)).toBe(true)
          free(address)
        }
        expect(liveAllocations()).toBe(before)
      }),
    )
  })

  it('that was freed is nothing any more: zeroed, and not to be freed again', () => {
    const { address, bytes } = allocate(100)
    bytes.fill(0xaa)
    free(address)

    expect(bytes.every((byte) => byte === 0)).toBe(true)
    expect(() => free(address)).toThrow('not allocated')
  })

  it('that was somebody’s before is taken back once, when its address is freed', () => {
    const before = liveAllocations()
    const bytes = Buffer.from(new ArrayBuffer(16))
    let taken = 0
    const { address } = handOut(memoryAddressOf(bytes) + 8, bytes.subarray(8), () => taken++)
    expect([taken, liveAllocations()]).toEqual([0, before + 1])

    free(address)

    expect([taken, liveAllocations()]).toEqual([1, before])
    expect(() => free(address)).toThrow('not allocated')
  })
})
