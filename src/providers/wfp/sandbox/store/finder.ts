/**
 * Where is the object with this key, where are those with this link? One finder a kind serves all states of a store: pages never change,
 * so what is known of one holds in every state that has it. Pages that are in no state any more are forgotten when they are most of it.
 */
import { HashIndex, hashOf } from './hash-index.ts'
import { NO_LINK, PAGE_LIMIT, type Page } from './page.ts'

export type NameColumn = 'key' | 'link'

/** More pages than these that nobody looks at are worth an effort. */
const FEW = 64

export class Finder {
  #known: Page[] = []
  #numbers = new Map<Page, number>()
  #indexes = { key: new HashIndex(), link: new HashIndex() }
  /** The list learnt last, and how much of it: it may have grown since. */
  #learnt: { readonly pages: readonly Page[]; count: number } = { pages: [], count: 0 }

  /** How many pages it knows. */
  get size(): number {
    return this.#known.length
  }

  /**
   * Takes note of pages; a list may grow at its end and be learnt again.
   *
   * @param bring is asked for the hashes of those that are new here
   */
  learn(pages: readonly Page[], bring: (pages: readonly Page[]) => void): void {
    if (this.#learnt.pages !== pages) this.#learnt = { pages, count: 0 }
    if (this.#learnt.count === pages.length) return
    const unknown = pages.slice(this.#learnt.count).filter((page) => !this.#numbers.has(page))
    bring(unknown)
    for (const page of unknown) this.#add(page)
    this.#learnt.count = pages.length
    if (this.#known.length > 2 * pages.length + FEW) this.#startAnew(pages)
  }

  /** Shows where texts with the hash of this one stand, in pages of any state, until it is told that this is it. */
  find(column: NameColumn, text: string, isIt: (page: Page, slot: number) => boolean): boolean {
    return this.#indexes[column].find(hashOf(text), (place) =>
      isIt(this.#known[Math.floor(place / PAGE_LIMIT)]!, place % PAGE_LIMIT),
    )
  }

  #add(page: Page): void {
    const number = this.#known.push(page) - 1
    this.#numbers.set(page, number)
    const { key, link } = page.part('hashes')
    for (let slot = 0; slot < key.length; slot++) {
      this.#indexes.key.add(key[slot]!, number * PAGE_LIMIT + slot)
      if (link[slot] !== NO_LINK) this.#indexes.link.add(link[slot]!, number * PAGE_LIMIT + slot)
    }
  }

  #startAnew(pages: readonly Page[]): void {
    this.#known = []
    this.#numbers = new Map()
    this.#indexes = { key: new HashIndex(), link: new HashIndex() }
    for (const page of pages) this.#add(page)
  }
}
