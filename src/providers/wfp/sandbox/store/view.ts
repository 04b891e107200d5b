/**
 * What a connection sees: the pages of a state and, while it writes, what it has changed of them. All questions are answered here, for
 * both stores, for readers and writers alike.
 */
import type { Finder, NameColumn } from './finder.ts'
import { ImageList } from './image-list.ts'
import { type Group, PAGE_LIMIT, type Page, type PartName } from './page.ts'
import { OBJECT_KINDS, type StoredKind, type StoredObject, type Where } from './store.ts'

export type OfEachKind<T> = Readonly<Record<StoredKind, T>>

/** One committed state: never changed, and shared by all who look at it. */
export interface State {
  /** Ascending by id. */
  readonly pages: OfEachKind<readonly Page[]>
  /** Ids of objects that stand in pages, and nowhere else any more: a page that loses few objects is not made anew. */
  readonly gone: OfEachKind<ReadonlySet<number>>
  readonly switches: ReadonlyMap<string, string>
  /** The id of the next object. */
  readonly nextId: number
}

export interface View {
  /** Ascending by id. A list may grow at its end. */
  pages(kind: StoredKind): readonly Page[]
  /** Objects that are in no page, or in one that does not count for them any more. */
  loose(kind: StoredKind): Iterable<StoredObject>
  looseByKey(kind: StoredKind, key: string): StoredObject | undefined
  /** Ids of objects in pages that are gone, or have another object in their place. */
  hidden(kind: StoredKind): ReadonlySet<number>
}

/** Brings parts of pages into memory. */
export type Bring = (part: PartName, pages: readonly Page[]) => void

type Visit = (page: Page, slot: number) => boolean

const NOTHING_HIDDEN: ReadonlySet<number> = new Set()

export const EMPTY: State = {
  pages: ofEachKind(() => []),
  gone: ofEachKind(() => NOTHING_HIDDEN),
  switches: new Map(),
  nextId: 1,
}

export function viewOf({ pages, gone }: State): View {
  return {
    pages: (kind) => pages[kind],
    loose: () => [],
    looseByKey: () => undefined,
    hidden: (kind) => gone[kind],
  }
}

export function ofEachKind<T>(make: (kind: StoredKind) => T): Record<StoredKind, T> {
  return Object.fromEntries(OBJECT_KINDS.map((kind) => [kind, make(kind)])) as Record<StoredKind, T>
}

export class Query {
  readonly #view: View
  readonly #finders: OfEachKind<Finder>
  readonly #bring: Bring

  constructor(view: View, finders: OfEachKind<Finder>, bring: Bring) {
    this.#view = view
    this.#finders = finders
    this.#bring = bring
  }

  /** Ascending by id. */
  select(kind: StoredKind, where: Where): StoredObject[] {
    const places: { readonly page: Page; readonly slot: number }[] = []
    this.#search(kind, where, (page, slot) => {
      places.push({ page, slot })
      return false
    })
    places.sort((a, b) => a.page.id(a.slot) - b.page.id(b.slot)) // in this order a page is unpacked once
    const found = places.map(({ page, slot }) => page.object(slot))
    return [...found, ...this.#loose(kind, where)].sort((a, b) => a.id - b.id)
  }

  exists(kind: StoredKind, where: Where): boolean {
    return this.#loose(kind, where).length > 0 || this.#search(kind, where, () => true)
  }

  images(kind: StoredKind, where: Where): ImageList {
    const pages = this.#pagesOf(kind, where)
    this.#bring('body', pages)
    if (where.key !== undefined || where.link !== undefined) this.#bring('names', pages)
    const hidden = this.#view.hidden(kind)
    const hiding = pagesWith(this.#view.pages(kind), hidden)
    return new ImageList(
      pages.map((page) => ({ page, slots: slotsIn(page, where, hiding.has(page) ? hidden : NOTHING_HIDDEN) })),
      this.#loose(kind, where),
    )
  }

  #loose(kind: StoredKind, where: Where): StoredObject[] {
    const { key } = where
    if (key === undefined) return [...this.#view.loose(kind)].filter((object) => matches(object, where))
    const found = this.#view.looseByKey(kind, key)
    return found !== undefined && matches(found, where) ? [found] : []
  }

  /** Visits what is looked for in pages, in any order, until a visit has had enough. @returns whether one had */
  #search(kind: StoredKind, where: Where, visit: Visit): boolean {
    const pages = this.#view.pages(kind)
    if (pages.length === 0) return false
    const hidden = this.#view.hidden(kind)
    const look: Visit = (page, slot) => {
      this.#bringWhole(page)
      return isAt(page, slot, where) && !hidden.has(page.id(slot)) && visit(page, slot)
    }
    if (where.key !== undefined) return this.#named(kind, 'key', where.key, look)
    if (typeof where.link === 'string') return this.#named(kind, 'link', where.link, look)
    return this.#pagesOf(kind, where).some((page) => everySlot(page).some((slot) => look(page, slot)))
  }

  #named(kind: StoredKind, column: NameColumn, text: string, look: Visit): boolean {
    const pages = this.#view.pages(kind)
    const finder = this.#finders[kind]
    finder.learn(pages, (unknown) => this.#bring('hashes', unknown))
    return finder.find(column, text, (page, slot) => pageWith(pages, page.head.first) === page && look(page, slot))
  }

  #bringWhole(page: Page): void {
    if (!page.has('names')) this.#bring('names', [page])
    if (!page.has('body')) this.#bring('body', [page])
  }

  /** Those that may hold what is looked for. */
  #pagesOf(kind: StoredKind, where: Where): readonly Page[] {
    const pages = this.#view.pages(kind)
    if (where.id !== undefined) return [pageWith(pages, where.id)].filter((page) => page !== undefined)
    return pages.filter(({ head }) => head.groups.some((group) => matchesGroup(group, where)))
  }
}

const EVERY_SLOT = Uint8Array.from({ length: PAGE_LIMIT }, (_, slot) => slot)

function everySlot(page: Page): Uint8Array {
  return EVERY_SLOT.subarray(0, page.head.count)
}

/** Slots of the objects that are looked for. */
function slotsIn(page: Page, where: Where, hidden: ReadonlySet<number>): Uint8Array {
  const every = everySlot(page)
  if (hidden.size === 0 && page.head.groups.every((group) => matchesGroup(group, where)) && !isNamed(where))
    return every
  return every.filter((slot) => isAt(page, slot, where) && !hidden.has(page.id(slot)))
}

function isNamed({ id, key, link }: Where): boolean {
  return id !== undefined || key !== undefined || link !== undefined
}

function isAt(page: Page, slot: number, where: Where): boolean {
  if (!matchesGroup(page.group(slot), where)) return false
  if (where.id !== undefined && page.id(slot) !== where.id) return false
  if (where.key === undefined && where.link === undefined) return true
  const { keys, links } = page.part('names')
  return (
    (where.key === undefined || keys[slot] === where.key) && (where.link === undefined || links[slot] === where.link)
  )
}

function matches(object: StoredObject, where: Where): boolean {
  const { id, key, link } = where
  const named = (key === undefined || object.key === key) && (link === undefined || object.link === link)
  return named && (id === undefined || object.id === id) && matchesGroup(object, where)
}

function matchesGroup(group: Group, { provider, type, session }: Where): boolean {
  const typed = type === undefined || group.type === type
  const provided = provider === undefined || group.provider === provider
  return typed && provided && (session === undefined || group.session === session)
}

/** Those in which one of these ids stands. */
export function pagesWith(pages: readonly Page[], ids: Iterable<number>): ReadonlySet<Page> {
  const found = new Set<Page>()
  for (const id of ids) {
    const page = pageWith(pages, id)
    if (page) found.add(page)
  }
  return found
}

/** The page that has this id, if any has. */
export function pageWith(pages: readonly Page[], id: number): Page | undefined {
  let [low, high] = [0, pages.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pages[middle]!.head.first <= id) low = middle + 1
    else high = middle
  }
  return pages[low - 1]
}
