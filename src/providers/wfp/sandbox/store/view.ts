/**
 * What a connection sees: the pages of a state and, while it writes, what it has changed of them. All questions are answered here, for
 * both stores, for readers and writers alike.
 */
import type { Finder, PlaceInPage } from './finder.ts'
import { ImageList } from './image-list.ts'
import { type Group, PAGE_LIMIT, type Page, type PartName } from './page.ts'
import { OBJECT_KINDS, type ObjectKind, type StoredObject, type Where } from './store.ts'

export type OfEachKind<T> = Readonly<Record<ObjectKind, T>>

/** One committed state: never changed, and shared by all who look at it. */
export interface State {
  /** Ascending by id. */
  readonly pages: OfEachKind<readonly Page[]>
  readonly switches: ReadonlyMap<string, string>
  /** The id of the next object. */
  readonly nextId: number
}

export interface View {
  /** Ascending by id. A list may grow at its end. */
  pages(kind: ObjectKind): readonly Page[]
  /** Objects that are in no page, or in one that does not count for them any more. */
  loose(kind: ObjectKind): Iterable<StoredObject>
  looseByKey(kind: ObjectKind, key: string): StoredObject | undefined
  /** Ids of objects in pages that are gone, or have another object in their place. */
  hidden(kind: ObjectKind): ReadonlySet<number>
}

/** Brings parts of pages into memory. */
export type Bring = (part: PartName, pages: readonly Page[]) => void

const NOTHING_HIDDEN: ReadonlySet<number> = new Set()

export function viewOf({ pages }: State): View {
  return { pages: (kind) => pages[kind], loose: () => [], looseByKey: () => undefined, hidden: () => NOTHING_HIDDEN }
}

export function ofEachKind<T>(make: (kind: ObjectKind) => T): Record<ObjectKind, T> {
  return Object.fromEntries(OBJECT_KINDS.map((kind) => [kind, make(kind)])) as Record<ObjectKind, T>
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
  select(kind: ObjectKind, where: Where): StoredObject[] {
    return [...this.#objects(kind, where)].sort((a, b) => a.id - b.id)
  }

  exists(kind: ObjectKind, where: Where): boolean {
    for (const _ of this.#loose(kind, where)) return true
    for (const _ of this.#places(kind, where)) return true
    return false
  }

  images(kind: ObjectKind, where: Where): ImageList {
    const pages = this.#pagesOf(kind, where)
    this.#bring('body', pages)
    if (where.key !== undefined || where.link !== undefined) this.#bring('names', pages)
    const hidden = this.#view.hidden(kind)
    return new ImageList(
      pages.map((page) => ({ page, slots: slotsIn(page, where, hidden) })),
      [...this.#loose(kind, where)],
    )
  }

  *#objects(kind: ObjectKind, where: Where): Iterable<StoredObject> {
    yield* this.#loose(kind, where)
    for (const { page, slot } of this.#places(kind, where)) yield page.object(slot)
  }

  *#loose(kind: ObjectKind, where: Where): Iterable<StoredObject> {
    const { key } = where
    if (key === undefined) {
      for (const object of this.#view.loose(kind)) if (matches(object, where)) yield object
      return
    }
    const found = this.#view.looseByKey(kind, key)
    if (found !== undefined && matches(found, where)) yield found
  }

  *#places(kind: ObjectKind, where: Where): Iterable<PlaceInPage> {
    const hidden = this.#view.hidden(kind)
    for (const place of this.#candidates(kind, where)) {
      if (isAt(place, where) && !hidden.has(place.page.id(place.slot))) yield place
    }
  }

  *#candidates(kind: ObjectKind, where: Where): Iterable<PlaceInPage> {
    const pages = this.#view.pages(kind)
    if (pages.length === 0) return
    const column = where.key !== undefined ? 'key' : typeof where.link === 'string' ? 'link' : undefined
    if (column !== undefined) yield* this.#named(kind, column, where[column] as string)
    else yield* this.#everywhere(this.#pagesOf(kind, where))
  }

  *#named(kind: ObjectKind, column: 'key' | 'link', text: string): Iterable<PlaceInPage> {
    const pages = this.#view.pages(kind)
    const finder = this.#finders[kind]
    finder.learn(pages, (unknown) => this.#bring('hashes', unknown))
    for (const place of finder.places(column, text)) {
      if (pageWith(pages, place.page.head.first) !== place.page) continue
      this.#bringWhole(place.page)
      yield place
    }
  }

  *#everywhere(pages: readonly Page[]): Iterable<PlaceInPage> {
    for (const page of pages) {
      this.#bringWhole(page)
      for (let slot = 0; slot < page.head.count; slot++) yield { page, slot }
    }
  }

  #bringWhole(page: Page): void {
    this.#bring('names', [page])
    this.#bring('body', [page])
  }

  /** Those that may hold what is looked for. */
  #pagesOf(kind: ObjectKind, where: Where): readonly Page[] {
    const pages = this.#view.pages(kind)
    if (where.id !== undefined) return [pageWith(pages, where.id)].filter((page) => page !== undefined)
    return pages.filter(({ head }) => head.groups.some((group) => matchesGroup(group, where)))
  }
}

const EVERY_SLOT = Uint8Array.from({ length: PAGE_LIMIT }, (_, slot) => slot)

/** Slots of the objects that are looked for. */
function slotsIn(page: Page, where: Where, hidden: ReadonlySet<number>): Uint8Array {
  const every = EVERY_SLOT.subarray(0, page.head.count)
  if (hidden.size === 0 && page.head.groups.every((group) => matchesGroup(group, where)) && !isNamed(where))
    return every
  return every.filter((slot) => isAt({ page, slot }, where) && !hidden.has(page.id(slot)))
}

function isNamed({ id, key, link }: Where): boolean {
  return id !== undefined || key !== undefined || link !== undefined
}

function isAt({ page, slot }: PlaceInPage, where: Where): boolean {
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
