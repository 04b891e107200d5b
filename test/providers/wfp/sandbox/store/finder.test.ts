import { describe, expect, it } from 'vitest'
import { Finder } from '../../../../../src/providers/wfp/sandbox/store/finder.ts'
import { makePage, type Page } from '../../../../../src/providers/wfp/sandbox/store/page.ts'
import { object } from './stores.ts'

const pageOf = (first: number, ...keys: readonly string[]): Page =>
  makePage(keys.map((key, i) => ({ ...object(key, { kind: 'filter', link: `of ${key}` }), id: first + i })))

const slotsIn = (finder: Finder, page: Page, column: 'key' | 'link', text: string): number[] => {
  const slots: number[] = []
  finder.find(column, text, (found, slot) => {
    if (found === page) slots.push(slot)
    return false
  })
  return slots
}

describe('the finder', () => {
  // with and without an index
  it.each([0, 39, 1_000])(
    'knows where keys and links stand, in each page that it has learnt, after %i searches',
    (asked) => {
      const finder = new Finder()
      const pages = [pageOf(1, 'a', 'b'), pageOf(3, 'c', 'b', 'b')]
      finder.learn(pages, () => {})
      for (let i = 0; i < asked; i++) expect(finder.find('key', `nothing ${i}`, () => true)).toBe(false)
      pages.push(pageOf(5, 'd'))
      finder.learn(pages, () => {})

      expect(pages.map((page) => slotsIn(finder, page, 'key', 'b').sort())).toEqual([[1], [1, 2], []])
      expect(slotsIn(finder, pages[2]!, 'link', 'of d')).toEqual([0])
      expect(finder.find('key', 'of d', () => true)).toBe(false)
      expect(finder.find('link', 'of d', () => true)).toBe(true)
    },
  )

  it('forgets pages that have gone, however many come and go', () => {
    const finder = new Finder()
    const held: Page = pageOf(1, 'held')
    for (let first = 2; first < 1_000; first += 1) {
      const passing = pageOf(first, `key ${first}`)
      finder.learn([held, passing], () => {})

      expect(slotsIn(finder, passing, 'key', `key ${first}`)).toEqual([0])
      expect(slotsIn(finder, held, 'key', 'held')).toEqual([0])
      expect(finder.size).toBeLessThan(100)
    }
  })
})
