/** One session's view of a store, whichever it is: what it reads, and what it changes until it commits. */
import { Draft } from './draft.ts'
import type { Finder } from './finder.ts'
import type {
  Connection,
  NewObject,
  ObjectUpdate,
  StoredChange,
  StoredImages,
  StoredKind,
  StoredObject,
  Where,
} from './store.ts'
import { type Bring, type OfEachKind, Query, type State, viewOf } from './view.ts'

/** Where a connection finds states and leaves new ones. */
export interface Home {
  readonly finders: OfEachKind<Finder>
  readonly bring: Bring
  /** False when another connection has the write lock. */
  tryLock(): boolean
  beginRead(): void
  /** The state that a read, the lock or `inOneState` has fixed. */
  state(): State
  /** Fixes the state that stands now, if nothing has fixed one, for as long as the work takes. */
  inOneState<T>(work: () => T): T
  /** Under the lock: from now on this is the state. All of it or, when it throws, nothing. Lets go of the lock. */
  publish(state: State, changes: readonly StoredChange[]): void
  /** Ends a read; lets go of the lock. */
  end(): void
  lastChange(): number
  changesAfter(place: number): { readonly place: number; readonly changes: readonly StoredChange[] }
  close(): void
}

export class HomeConnection implements Connection {
  readonly #home: Home
  #draft: Draft | undefined
  /** While something fixes the state. */
  #query: Query | undefined

  constructor(home: Home) {
    this.#home = home
  }

  tryWrite(): boolean {
    if (!this.#home.tryLock()) return false
    this.#draft = new Draft(this.#home.state())
    this.#query = new Query(this.#draft, this.#home.finders, this.#home.bring)
    return true
  }

  beginRead(): void {
    this.#home.beginRead()
    this.#query = this.#queryNow()
  }

  commit(changes: readonly StoredChange[]): void {
    const draft = this.#draft
    try {
      if (draft?.touched) this.#home.publish(draft.finish(this.#home.bring), changes)
    } finally {
      this.abort()
    }
  }

  abort(): void {
    this.#draft = undefined
    this.#query = undefined
    this.#home.end()
  }

  select(kind: StoredKind, where: Where = {}): StoredObject[] {
    return this.#ask((query) => query.select(kind, where))
  }

  images(kind: StoredKind, where: Where = {}): StoredImages {
    return this.#ask((query) => query.images(kind, where))
  }

  get(kind: StoredKind, key: string): StoredObject | undefined {
    return this.#ask((query) => query.select(kind, { key }))[0]
  }

  exists(kind: StoredKind, where: Where): boolean {
    return this.#ask((query) => query.exists(kind, where))
  }

  existsAny(kind: StoredKind, keys: readonly string[]): boolean {
    return this.#ask((query) => keys.some((key) => query.exists(kind, { key })))
  }

  insert(object: NewObject): number {
    return this.#written().insert(object)
  }

  remove(object: StoredObject): void {
    this.#written().remove(object)
  }

  update(object: StoredObject, change: ObjectUpdate): void {
    this.#written().update(object, change)
  }

  clear(): void {
    this.#written().clear()
  }

  switches(): ReadonlyMap<string, string> {
    return this.#draft?.switches ?? this.#home.inOneState(() => this.#home.state().switches)
  }

  setSwitch(name: string, value: string | null): void {
    this.#written().setSwitch(name, value)
  }

  lastChange(): number {
    return this.#home.lastChange()
  }

  changesAfter(place: number): { readonly place: number; readonly changes: readonly StoredChange[] } {
    return this.#home.changesAfter(place)
  }

  close(): void {
    this.abort()
    this.#home.close()
  }

  #ask<T>(question: (query: Query) => T): T {
    if (this.#query !== undefined) return question(this.#query)
    return this.#home.inOneState(() => question(this.#queryNow()))
  }

  #queryNow(): Query {
    return new Query(viewOf(this.#home.state()), this.#home.finders, this.#home.bring)
  }

  #written(): Draft {
    if (this.#draft === undefined) throw new Error('written outside a write transaction')
    return this.#draft
  }
}
