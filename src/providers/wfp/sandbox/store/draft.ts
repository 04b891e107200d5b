/** Which pages a commit makes anew: those it changed something in, and the last one if there is room in it for what was added. */

import { makePage, PAGE_LIMIT, type Page } from './page.ts'
import type { NewObject, ObjectUpdate, StoredKind, StoredObject } from './store.ts'
import { type Bring, type OfEachKind, ofEachKind, pageWith, type State, type View } from './view.ts'

/** Images of so many bytes, before packing, are enough for one page. */
const PAGE_BYTES = 0x4_0000

export interface Edits {
  readonly pages: readonly Page[]
  /** What stands in place of objects in pages, by key. */
  readonly changed: ReadonlyMap<string, StoredObject>
  /** Ids of objects in pages that are gone or changed. */
  readonly hidden: ReadonlySet<number>
  /** By key, ascending by id, all of them above those in pages. */
  readonly added: ReadonlyMap<string, StoredObject>
}

function isLarge(bytes: number): boolean {
  return bytes >= PAGE_BYTES
}

/** The pages after the edits; what did not change stays in the page it is in. */
function repack({ pages, changed, hidden, added }: Edits, bring: Bring): readonly Page[] {
  const touched = touchedBy(pages, hidden, added.size > 0)
  bring('names', [...touched])
  bring('body', [...touched])
  const replacements = new Map([...changed.values()].map((object) => [object.id, object]))
  const result: Page[] = []
  let pending: StoredObject[] = []
  for (const page of pages) {
    if (touched.has(page)) pending.push(...objectsOf(page, hidden, replacements))
    else {
      result.push(...cut(pending), page)
      pending = []
    }
  }
  return [...result, ...cut([...pending, ...added.values()])]
}

/** A page that loses most of its objects takes in those of the next one, lest many pages hold little. */
function touchedBy(pages: readonly Page[], hidden: ReadonlySet<number>, growing: boolean): Set<Page> {
  const losses = new Map<Page, number>()
  for (const id of hidden) {
    const page = pageWith(pages, id)
    if (page !== undefined) losses.set(page, (losses.get(page) ?? 0) + 1)
  }
  const touched = new Set(losses.keys())
  for (const [i, page] of pages.entries()) {
    const next = pages[i + 1]
    if (next !== undefined && page.head.count - (losses.get(page) ?? 0) < PAGE_LIMIT / 2 && touched.has(page))
      touched.add(next)
  }
  const last = pages.at(-1)
  if (growing && last !== undefined && last.head.count < PAGE_LIMIT) touched.add(last)
  return touched
}

function objectsOf(
  page: Page,
  hidden: ReadonlySet<number>,
  replacements: ReadonlyMap<number, StoredObject>,
): StoredObject[] {
  const slots = Array.from({ length: page.head.count }, (_, slot) => slot)
  return slots.flatMap((slot) => {
    const id = page.id(slot)
    return hidden.has(id) ? (replacements.get(id) ?? []) : page.object(slot)
  })
}

/** Pages of objects, none of them too long, and about as long as each other. */
function cut(objects: readonly StoredObject[]): Page[] {
  const size = Math.ceil(objects.length / Math.ceil(objects.length / PAGE_LIMIT))
  const pages: Page[] = []
  let [start, bytes] = [0, 0]
  for (const [i, { image }] of objects.entries()) {
    bytes += image.length
    if (i + 1 < objects.length && i + 1 - start < size && !isLarge(bytes)) continue
    pages.push(makePage(objects.slice(start, i + 1)))
    ;[start, bytes] = [i + 1, 0]
  }
  return pages
}

/** What a write transaction has done so far. Nobody else sees it, and nothing of it is anywhere but here until it is committed. */

/** Those of one kind. */
interface OpenEdits extends Edits {
  pages: Page[]
  added: Map<string, StoredObject>
  addedBytes: number
  readonly changed: Map<string, StoredObject>
  readonly hidden: Set<number>
}

export class Draft implements View {
  #edits: OfEachKind<OpenEdits>
  #switches: Map<string, string>
  #nextId: number
  #touched = false

  constructor(state: State) {
    this.#edits = ofEachKind((kind) => emptyEdits([...state.pages[kind]]))
    this.#switches = new Map(state.switches)
    this.#nextId = state.nextId
  }

  /** Whether anything was written, even if it is as it was before. */
  get touched(): boolean {
    return this.#touched
  }

  get switches(): ReadonlyMap<string, string> {
    return this.#switches
  }

  pages(kind: StoredKind): readonly Page[] {
    return this.#edits[kind].pages
  }

  *loose(kind: StoredKind): Iterable<StoredObject> {
    const { added, changed } = this.#edits[kind]
    yield* changed.values()
    yield* added.values()
  }

  looseByKey(kind: StoredKind, key: string): StoredObject | undefined {
    const { added, changed } = this.#edits[kind]
    return added.get(key) ?? changed.get(key)
  }

  hidden(kind: StoredKind): ReadonlySet<number> {
    return this.#edits[kind].hidden
  }

  insert(object: NewObject): number {
    this.#touched = true
    const id = this.#nextId++
    const { kind, key, provider, type, link, session, sd, image } = object
    const edits = this.#edits[kind]
    edits.added.set(key, { id, kind, key, provider, type, link, session, sd, image })
    edits.addedBytes += image.length
    if (edits.added.size === PAGE_LIMIT || isLarge(edits.addedBytes)) makePageOfAdded(edits)
    return id
  }

  remove({ kind, key, id }: StoredObject): void {
    this.#touched = true
    const { added, changed, hidden } = this.#edits[kind]
    if (added.get(key)?.id === id) added.delete(key)
    else hidden.add(id)
    if (changed.get(key)?.id === id) changed.delete(key)
  }

  update(object: StoredObject, change: ObjectUpdate): void {
    this.#touched = true
    const { added, changed, hidden } = this.#edits[object.kind]
    const updated = { ...object, ...change }
    if (added.get(object.key)?.id === object.id) added.set(object.key, updated)
    else {
      changed.set(object.key, updated)
      hidden.add(object.id)
    }
  }

  clear(): void {
    this.#touched = true
    this.#edits = ofEachKind(() => emptyEdits([]))
    this.#switches = new Map()
  }

  setSwitch(name: string, value: string | null): void {
    this.#touched = true
    if (value === null) this.#switches.delete(name)
    else this.#switches.set(name, value)
  }

  /** The state that the commit makes. */
  finish(bring: Bring): State {
    const pages = ofEachKind((kind) => repack(this.#edits[kind], bring))
    return { pages, switches: this.#switches, nextId: this.#nextId }
  }
}

function emptyEdits(pages: Page[]): OpenEdits {
  return { pages, added: new Map(), addedBytes: 0, changed: new Map(), hidden: new Set() }
}

function makePageOfAdded(edits: OpenEdits): void {
  edits.pages.push(makePage([...edits.added.values()]))
  edits.added = new Map()
  edits.addedBytes = 0
}
