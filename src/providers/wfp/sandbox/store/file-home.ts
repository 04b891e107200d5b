/** One connection to the objects of a directory: a SQLite connection, whose transactions fix what it sees and guard who writes. */
import type { Home } from './connection.ts'
import {
  changesAfter,
  type KnownPages,
  lastChange,
  logChanges,
  type NumberedState,
  readParts,
  readState,
  writeState,
} from './file-pages.ts'
import type { Finder } from './finder.ts'
import type { Page, PartName } from './page.ts'
import type { SqliteFile } from './sqlite.ts'
import type { StoredChange } from './store.ts'
import type { OfEachKind, State } from './view.ts'

/** What the connections of a process share. */
export interface Shared {
  readonly known: KnownPages
  readonly finders: OfEachKind<Finder>
}

export interface HomeEvents {
  /** There was a commit with changes that somebody may want to hear of. */
  ring(): void
  /** The file is not needed any more. */
  giveBack(): void
}

export class FileHome implements Home {
  readonly #file: SqliteFile
  readonly #shared: Shared
  readonly #events: HomeEvents
  #closed = false
  /** While a transaction fixes it. */
  #fixed: NumberedState | undefined

  constructor(file: SqliteFile, shared: Shared, events: HomeEvents) {
    this.#file = file
    this.#shared = shared
    this.#events = events
  }

  get finders(): OfEachKind<Finder> {
    return this.#shared.finders
  }

  bring = (part: PartName, pages: readonly Page[]): void =>
    this.#file.guard(() => readParts(this.#file, this.#shared.known, part, pages))

  tryLock(): boolean {
    if (!this.#file.tryBegin('immediate')) return false
    this.#fix()
    return true
  }

  beginRead(): void {
    this.#file.exec('begin')
    this.#fix()
  }

  state(): State {
    if (this.#fixed === undefined) throw new Error('a state is read where a transaction fixes it')
    return this.#fixed.state
  }

  inOneState<T>(work: () => T): T {
    if (this.#fixed !== undefined) return work()
    this.beginRead()
    try {
      return work()
    } finally {
      this.end()
    }
  }

  publish(state: State, changes: readonly StoredChange[]): void {
    const { known } = this.#shared
    const written = writeState(this.#file, known, this.#fixed!, state)
    logChanges(this.#file, changes)
    this.#file.exec('commit')
    this.#fixed = undefined
    known.remember(written)
    if (changes.length > 0) this.#events.ring()
  }

  end(): void {
    this.#fixed = undefined
    this.#file.rollback()
  }

  lastChange(): number {
    return lastChange(this.#file)
  }

  changesAfter(place: number): { place: number; changes: StoredChange[] } {
    return this.#file.guard(() => changesAfter(this.#file, place))
  }

  close(): void {
    if (!this.#closed) this.#events.giveBack()
    this.#closed = true
  }

  /** A deferred transaction fixes its state at the first read. */
  #fix(): void {
    try {
      this.#fixed = this.#file.guard(() => readState(this.#file, this.#shared.known))
    } catch (error) {
      this.#file.rollback()
      throw error
    }
  }
}
