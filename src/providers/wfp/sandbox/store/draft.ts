/** What a write transaction has done so far. Nobody else sees it, and nothing of it is anywhere but here until it is committed. */
import { makePage, PAGE_LIMIT, type Page } from './page.ts'
import { type Edits, isLarge, repack } from './repack.ts'
import type { NewObject, ObjectKind, ObjectUpdate, StoredObject } from './store.ts'
import { type Bring, type OfEachKind, ofEachKind, type State, type View } from './view.ts'

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

  pages(kind: ObjectKind): readonly Page[] {
    return this.#edits[kind].pages
  }

  *loose(kind: ObjectKind): Iterable<StoredObject> {
    const { added, changed } = this.#edits[kind]
    yield* changed.values()
    yield* added.values()
  }

  looseByKey(kind: ObjectKind, key: string): StoredObject | undefined {
    const { added, changed } = this.#edits[kind]
    return added.get(key) ?? changed.get(key)
  }

  hidden(kind: ObjectKind): ReadonlySet<number> {
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
