/** A store that lives and dies with the process. Loads no native module. */

import { MemorySessions } from './memory-sessions.ts'
import {
  CHANGE_LOG_LENGTH,
  type Connection,
  type NewObject,
  type ObjectKind,
  type ObjectUpdate,
  type Store,
  type StoredChange,
  type StoredObject,
  type Where,
} from './store.ts'
import { Table } from './table.ts'

interface State {
  readonly table: Table
  readonly switches: ReadonlyMap<string, string>
  readonly nextId: number
}

/** What a write transaction has done so far; nobody else sees it. */
interface Draft {
  added: Table
  removed: Set<number>
  cleared: boolean
  switches: Map<string, string>
  nextId: number
}

export function memoryStore(): Store {
  return new MemoryStore()
}

class MemoryStore implements Store {
  readonly sessions = new MemorySessions()
  readonly #listeners = new Set<() => void>()
  readonly #log: StoredChange[] = []
  #dropped = 0
  #state: State = { table: new Table(), switches: new Map(), nextId: 1 }
  #writer: MemoryConnection | undefined
  #snapshots = 0

  connect(): MemoryConnection {
    return new MemoryConnection(this)
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#listeners.clear()
  }

  get state(): State {
    return this.#state
  }

  tryLock(connection: MemoryConnection): boolean {
    if (this.#writer !== undefined) return false
    this.#writer = connection
    return true
  }

  unlock(): void {
    this.#writer = undefined
  }

  takeSnapshot(): State {
    this.#snapshots += 1
    return this.#state
  }

  dropSnapshot(): void {
    this.#snapshots -= 1
  }

  /** A state that somebody reads is left as it is; one that nobody reads is changed in place. */
  publish(draft: Draft, changes: readonly StoredChange[]): void {
    const base = draft.cleared ? new Table() : this.#state.table
    const table = this.#snapshots > 0 && !draft.cleared ? Table.from(base.all()) : base
    for (const id of draft.removed) table.remove(id)
    for (const row of draft.added.all()) table.add(row)
    this.#state = { table, switches: draft.switches, nextId: draft.nextId }
    this.#append(changes)
  }

  get place(): number {
    return this.#dropped + this.#log.length
  }

  changesAfter(place: number): readonly StoredChange[] {
    return this.#log.slice(Math.max(0, place - this.#dropped))
  }

  #append(changes: readonly StoredChange[]): void {
    if (changes.length === 0) return
    for (const change of changes) this.#log.push(change)
    const excess = this.#log.length - CHANGE_LOG_LENGTH
    if (excess > 0) this.#dropped += this.#log.splice(0, excess).length
    for (const listener of this.#listeners) listener()
  }
}

class MemoryConnection implements Connection {
  readonly #store: MemoryStore
  #snapshot: State | undefined
  #draft: Draft | undefined

  constructor(store: MemoryStore) {
    this.#store = store
  }

  tryWrite(): boolean {
    if (!this.#store.tryLock(this)) return false
    const { switches, nextId } = this.#store.state
    this.#draft = { added: new Table(), removed: new Set(), cleared: false, switches: new Map(switches), nextId }
    return true
  }

  beginRead(): void {
    this.#snapshot = this.#store.takeSnapshot()
  }

  commit(changes: readonly StoredChange[]): void {
    const draft = this.#draft
    this.abort()
    if (draft !== undefined) this.#store.publish(draft, changes)
  }

  abort(): void {
    if (this.#draft !== undefined) this.#store.unlock()
    if (this.#snapshot !== undefined) this.#store.dropSnapshot()
    this.#draft = undefined
    this.#snapshot = undefined
  }

  select(kind: ObjectKind, where: Where = {}): StoredObject[] {
    const rows = [...this.#visible(kind, where)]
    return rows.sort((a, b) => a.id - b.id)
  }

  images(kind: ObjectKind, where?: Where): StoredObject[] {
    return this.select(kind, where)
  }

  get(kind: ObjectKind, key: string): StoredObject | undefined {
    for (const row of this.#visible(kind, { key })) return row
    return undefined
  }

  existsAny(kind: ObjectKind, keys: readonly string[]): boolean {
    return keys.some((key) => this.exists(kind, { key }))
  }

  exists(kind: ObjectKind, where: Where): boolean {
    for (const _ of this.#visible(kind, where)) return true
    return false
  }

  insert(object: NewObject): number {
    const draft = this.#written()
    const id = draft.nextId
    draft.nextId += 1
    draft.added.add({ ...object, image: Uint8Array.from(object.image), id })
    return id
  }

  remove(object: StoredObject): void {
    const draft = this.#written()
    if (draft.added.has(object)) draft.added.remove(object.id)
    else draft.removed.add(object.id)
  }

  update(object: StoredObject, change: ObjectUpdate): void {
    const draft = this.#written()
    this.remove(object)
    draft.added.add({ ...object, ...change })
  }

  clear(): void {
    Object.assign(this.#written(), {
      added: new Table(),
      removed: new Set<number>(),
      cleared: true,
      switches: new Map(),
    })
  }

  switches(): ReadonlyMap<string, string> {
    return this.#draft?.switches ?? this.#state.switches
  }

  setSwitch(name: string, value: string | null): void {
    const { switches } = this.#written()
    if (value === null) switches.delete(name)
    else switches.set(name, value)
  }

  lastChange(): number {
    return this.#store.place
  }

  changesAfter(place: number): { place: number; changes: readonly StoredChange[] } {
    return { place: this.#store.place, changes: this.#store.changesAfter(place) }
  }

  close(): void {
    this.abort()
  }

  get #state(): State {
    return this.#snapshot ?? this.#store.state
  }

  *#visible(kind: ObjectKind, where: Where): Iterable<StoredObject> {
    const draft = this.#draft
    if (draft === undefined) return yield* this.#state.table.select(kind, where)
    if (!draft.cleared) {
      for (const row of this.#state.table.select(kind, where)) if (!draft.removed.has(row.id)) yield row
    }
    yield* draft.added.select(kind, where)
  }

  #written(): Draft {
    if (this.#draft === undefined) throw new Error('written outside a write transaction')
    return this.#draft
  }
}
