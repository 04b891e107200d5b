/** A store that lives and dies with the process. Loads no native module. */

import { type Home, HomeConnection } from './connection.ts'
import { Finder } from './finder.ts'
import {
  CHANGE_LOG_LENGTH,
  type Connection,
  type Sessions,
  type Store,
  type StoredChange,
  type StoredSession,
} from './store.ts'
import { EMPTY, ofEachKind, type State } from './view.ts'

export function memoryStore(): Store {
  return new MemoryStore()
}

class MemoryStore implements Store {
  readonly sessions = new MemorySessions()
  readonly finders = ofEachKind(() => new Finder())
  readonly #listeners = new Set<() => void>()
  readonly #log: StoredChange[] = []
  #dropped = 0
  #state = EMPTY
  #writer: MemoryHome | undefined

  connect(): Connection {
    return new HomeConnection(new MemoryHome(this))
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

  tryLock(home: MemoryHome): boolean {
    if (this.#writer !== undefined) return false
    this.#writer = home
    return true
  }

  unlock(home: MemoryHome): void {
    if (this.#writer === home) this.#writer = undefined
  }

  publish(state: State, changes: readonly StoredChange[]): void {
    this.#state = state
    if (changes.length === 0) return
    for (const change of changes) this.#log.push(change)
    const excess = this.#log.length - CHANGE_LOG_LENGTH
    if (excess > 0) this.#dropped += this.#log.splice(0, excess).length
    for (const listener of this.#listeners) listener()
  }

  get place(): number {
    return this.#dropped + this.#log.length
  }

  changesAfter(place: number): readonly StoredChange[] {
    return this.#log.slice(Math.max(0, place - this.#dropped))
  }
}

class MemoryHome implements Home {
  readonly finders
  readonly #store: MemoryStore
  #snapshot: State | undefined

  constructor(store: MemoryStore) {
    this.finders = store.finders
    this.#store = store
  }

  /** Everything is here. */
  bring(): void {}

  tryLock(): boolean {
    return this.#store.tryLock(this)
  }

  beginRead(): void {
    this.#snapshot = this.#store.state
  }

  state(): State {
    return this.#snapshot ?? this.#store.state
  }

  inOneState<T>(work: () => T): T {
    return work()
  }

  publish(state: State, changes: readonly StoredChange[]): void {
    this.end()
    this.#store.publish(state, changes)
  }

  end(): void {
    this.#snapshot = undefined
    this.#store.unlock(this)
  }

  lastChange(): number {
    return this.#store.place
  }

  changesAfter(place: number): { place: number; changes: readonly StoredChange[] } {
    return { place: this.#store.place, changes: this.#store.changesAfter(place) }
  }

  close(): void {
    this.end()
  }
}

/** The sessions of a store in memory: they are all of this process, and so alive until they are ended. */

class MemorySessions implements Sessions {
  readonly #live = new Map<string, StoredSession>()
  readonly #ended = new Set<string>()
  readonly #subscribed = new Set<string>()

  add(session: StoredSession): boolean {
    for (const { key } of this.#live.values()) if (key === session.key) return false
    this.#live.set(session.owner, session)
    return true
  }

  end(owner: string): void {
    if (this.#live.delete(owner)) this.#ended.add(owner)
    this.#subscribed.delete(owner)
  }

  live(): StoredSession[] {
    return [...this.#live.values()]
  }

  gone(): string[] {
    return [...this.#ended]
  }

  forget(owners: readonly string[]): void {
    for (const owner of owners) this.#ended.delete(owner)
  }

  setSubscribed(owner: string, subscribed: boolean): void {
    if (subscribed) this.#subscribed.add(owner)
    else this.#subscribed.delete(owner)
  }

  anySubscribed(): boolean {
    return this.#subscribed.size > 0
  }
}
