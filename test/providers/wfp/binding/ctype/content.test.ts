import { describe, expect, it } from 'vitest'
import {
  Content,
  collecting,
  image,
  list,
  pack,
  ptr,
  struct,
  u16,
  u32,
  wstr,
} from '../../../../../src/providers/wfp/binding/ctype/index.ts'

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

  it('keeps nothing of a value that leads nowhere', () => {
    const before = digestOf(VALUE)
    const broken = pack(Outer, VALUE, 0x1000)
    broken.fill(0xee, Outer.members.find(({ name }) => name === 'next')?.offset, Outer.size)

    expect(() => digestAt(broken, 0x1000)).toThrow(/outside the memory/)
    expect(digestOf(VALUE)).toBe(before)
  })
})
