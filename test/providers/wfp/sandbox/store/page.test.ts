import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makePage, PARTS, Page } from '../../../../../src/providers/wfp/sandbox/store/page.ts'
import {
  decodeGone,
  decodeGroups,
  decodePart,
  encodeGone,
  encodeGroups,
  encodePart,
} from '../../../../../src/providers/wfp/sandbox/store/page-format.ts'
import type { StoredObject } from '../../../../../src/providers/wfp/sandbox/store/store.ts'
import { DamagedFile } from '../../../../../src/providers/wfp/sandbox/store/unusable.ts'
import { object } from './stores.ts'

const text = fc.constantFrom('a', 'b', 'ü', '')
const bytes = fc.uint8Array({ maxLength: 9 })
const objects = fc
  .array(
    fc.record({
      key: fc.string(),
      provider: fc.option(text),
      type: fc.oneof(text, fc.nat(), fc.constant(null)),
      link: fc.option(text),
      session: fc.option(text),
      sd: fc.option(bytes),
      image: bytes,
      gap: fc.constantFrom(1, 2, 2 ** 33),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((made) => {
    let id = 0
    return made.map(({ gap, ...more }): StoredObject => {
      id += gap
      return { ...object(more.key, more), id }
    })
  })

/** The page as another process finds it. */
function stored(page: Page): Page {
  const copy = new Page({ ...page.head, groups: decodeGroups(encodeGroups(page.head.groups)) }, {})
  for (const part of PARTS) copy.put(part, decodePart(part, page.head, encodePart(part, page)))
  return copy
}

describe('a page', () => {
  it('holds its objects whole, made and read back', () => {
    fc.assert(
      fc.property(objects, (given) => {
        const page = makePage(given)

        for (const found of [page, stored(page)]) expect(given.map((_, slot) => found.object(slot))).toEqual(given)
        expect(stored(page).part('hashes')).toEqual(page.part('hashes'))
      }),
    )
  })

  it('has beside it which of its objects are gone, or a list that is refused', () => {
    const { head } = makePage([1, 2, 3].map((id) => ({ ...object(`k${id}`), id })))
    expect(encodeGone(head, [])).toBe('')
    for (const ids of [[], [2], [1, 3]]) expect(decodeGone(head, encodeGone(head, ids))).toEqual(ids)

    const written = encodeGone(head, [1, 3])
    const others = [...written].flatMap((_, i) => [
      written.slice(0, i),
      `${written.slice(0, i)}9${written.slice(i + 1)}`,
    ])
    for (const other of others)
      if (other !== '' && other !== written) expect(() => decodeGone(head, other), other).toThrow(DamagedFile)
    expect(() => decodeGone({ ...head, first: 2 }, written)).toThrow(DamagedFile)
  })

  it('is refused whole when a bit of it was changed or its end is missing', () => {
    const page = makePage([1, 2, 3].map((id) => ({ ...object(`k${id}`, { link: 'l' }), id })))
    for (const part of PARTS) {
      const written = encodePart(part, page)
      for (let bit = 0; bit < 8 * written.length; bit++) {
        const damaged = Uint8Array.from(written)
        damaged[bit >> 3]! ^= 1 << (bit & 7)
        expect(() => decodePart(part, page.head, damaged)).toThrow(DamagedFile)
      }
      for (let end = 0; end < written.length; end++) {
        expect(() => decodePart(part, page.head, written.subarray(0, end))).toThrow(DamagedFile)
      }
    }
  })
})
