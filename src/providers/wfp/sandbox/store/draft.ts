/** Which pages a commit makes anew: those that lost much or hold something that is otherwise now, and short ones at the end, for what was added. */

import { makePage, PAGE_LIMIT, type Page } from './page.ts'
import type { NewObject, ObjectUpdate, StoredKind, StoredObject } from './store.ts'
import { type Bring, type OfEachKind, ofEachKind, pageWith, type State, type View } from './view.ts'

/** Images of so many bytes, before packing, are enough for one page. */
const PAGE_BYTES = 0x4_0000

export interface Edits {
  readonly pages: readonly Page[]
  /** What stands in place of objects in pages, by key. */
  readonly changed: ReadonlyMap<string, StoredObject>
  /** Ids of objects in pages that are gone, now or since long, or changed. */
  readonly hidden: ReadonlySet<number>
  /** By key, ascending by id, all of them above those in pages. */
  readonly added: ReadonlyMap<string, StoredObject>
}

function isLarge(bytes: number): boolean {
  return bytes >= PAGE_BYTES
}

/** What stays of pages, and which of their objects do not. */
interface Repacked {
  readonly pages: readonly Page[]
  readonly gone: ReadonlySet<number>
}

/** The pages after the edits; what did not change stays in the page it is in. */
function repack(edits: Edits, bring: Bring): Repacked {
  const { pages, changed, hidden, added } = edits
  const touched = touchedBy(edits)
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
  const gone = [...hidden].filter((id) => !touched.has(pageWith(pages, id)!))
  return { pages: [...result, ...cut([...pending, ...added.values()])], gone: new Set(gone) }
}

/** Of the objects of a page, so many may be gone. */
const MOST_GONE = 1 / 4
/** A page with so many objects is long enough to stay as it is while others come. */
const LONG_ENOUGH = PAGE_LIMIT / 4

/**
 * Those in which something is other than it was, or much is gone. One that loses most of its objects takes in those of the next one, lest many
 * pages hold little; and for the same reason what is added takes in what was added before, where that is not much more.
 */
function touchedBy({ pages, changed, hidden, added }: Edits): Set<Page> {
  const losses = new Map<Page, number>()
  for (const id of hidden) {
    const page = pageWith(pages, id)!
    losses.set(page, (losses.get(page) ?? 0) + 1)
  }
  const leftIn = (page: Page) => page.head.count - (losses.get(page) ?? 0)
  const touched = new Set<Page>()
  for (const { id } of changed.values()) touched.add(pageWith(pages, id)!)
  for (const [page, lost] of losses) if (lost > MOST_GONE * page.head.count) touched.add(page)
  for (const [i, page] of pages.entries()) {
    const next = pages[i + 1]
    if (next !== undefined && touched.has(page) && leftIn(page) < PAGE_LIMIT / 2) touched.add(next)
  }
  let growing = added.size
  for (let i = pages.length - 1; i >= 0 && growing > 0 && growing < LONG_ENOUGH; i--) {
    const left = leftIn(pages[i]!)
    if (left >= 2 * growing) break
    touched.add(pages[i]!)
    growing += left
  }
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
    this.#edits = ofEachKind((kind) => editsOf([...state.pages[kind]], state.gone[kind]))
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
    this.#edits = ofEachKind(() => editsOf([], []))
    this.#switches = new Map()
  }

  setSwitch(name: string, value: string | null): void {
    this.#touched = true
    if (value === null) this.#switches.delete(name)
    else this.#switches.set(name, value)
  }

  /** The state that the commit makes. */
  finish(bring: Bring): State {
    const repacked = ofEachKind((kind) => repack(this.#edits[kind], bring))
    return {
      pages: ofEachKind((kind) => repacked[kind].pages),
      gone: ofEachKind((kind) => repacked[kind].gone),
      switches: this.#switches,
      nextId: this.#nextId,
    }
  }
}

function editsOf(pages: Page[], gone: Iterable<number>): OpenEdits {
  return { pages, added: new Map(), addedBytes: 0, changed: new Map(), hidden: new Set(gone) }
}

function makePageOfAdded(edits: OpenEdits): void {
  edits.pages.push(makePage([...edits.added.values()]))
  edits.added = new Map()
  edits.addedBytes = 0
}
