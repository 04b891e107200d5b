/**
 * Where is the object with this key, where are those with this link? One finder a kind serves all states of a store: pages never change,
 * so what is known of one holds in every state that has it. Pages that are in no state any more are forgotten when they are most of it.
 */
import { HashIndex, hashOf } from './hash-index.ts'
import { NO_LINK, PAGE_LIMIT, type Page } from './page.ts'

export type NameColumn = 'key' | 'link'

/** More pages than these that nobody looks at are worth an effort. */
const FEW = 64
/** To put all hashes into an index takes as long as to look through them some 200 times: a process that changes one tunnel asks some 30 times. */
const SEARCHES_WITHOUT_INDEX = 40

type Indexes = Readonly<Record<NameColumn, HashIndex>>

export class Finder {
  #known: Page[] = []
  #numbers = new Map<Page, number>()
  #indexes: Indexes | undefined
  #searches = 0
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
    const hash = hashOf(text)
    this.#searches += 1
    if (this.#searches > SEARCHES_WITHOUT_INDEX) this.#indexes ??= this.#indexesOfAll()
    if (!this.#indexes) return this.#known.some((page) => isIn(page, page.part('hashes')[column], hash, isIt))
    return this.#indexes[column].find(hash, (place) =>
      isIt(this.#known[Math.floor(place / PAGE_LIMIT)]!, place % PAGE_LIMIT),
    )
  }

  #add(page: Page): void {
    const number = this.#known.push(page) - 1
    this.#numbers.set(page, number)
    if (this.#indexes) addTo(this.#indexes, page, number)
  }

  #indexesOfAll(): Indexes {
    const indexes = { key: new HashIndex(), link: new HashIndex() }
    for (const [number, page] of this.#known.entries()) addTo(indexes, page, number)
    return indexes
  }

  #startAnew(pages: readonly Page[]): void {
    this.#known = []
    this.#numbers = new Map()
    this.#indexes = undefined
    for (const page of pages) this.#add(page)
  }
}

function addTo(indexes: Indexes, page: Page, number: number): void {
  const { key, link } = page.part('hashes')
  for (let slot = 0; slot < key.length; slot++) {
    indexes.key.add(key[slot]!, number * PAGE_LIMIT + slot)
    if (link[slot] !== NO_LINK) indexes.link.add(link[slot]!, number * PAGE_LIMIT + slot)
  }
}

function isIn(page: Page, hashes: Int32Array, hash: number, isIt: (page: Page, slot: number) => boolean): boolean {
  for (let slot = hashes.indexOf(hash); slot >= 0; slot = hashes.indexOf(hash, slot + 1))
    if (isIt(page, slot)) return true
  return false
}
