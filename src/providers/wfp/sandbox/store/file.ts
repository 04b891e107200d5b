/**
 * A store in a directory, shared by processes: SQLite in WAL mode with full synchronisation, one connection per session.
 * A writer holds `begin immediate` across its calls; readers keep seeing the last committed state. A process killed at any
 * moment leaves that state behind.
 */
import { closeSync, type FSWatcher, mkdirSync, openSync, utimesSync, watch } from 'node:fs'
import { join } from 'node:path'
import { HomeConnection } from './connection.ts'
import { FileHome } from './file-home.ts'
import { KnownPages, SCHEMA, SCHEMA_VERSION } from './file-pages.ts'
import { FileSessions } from './file-sessions.ts'
import { Finder } from './finder.ts'
import { SqliteFile } from './sqlite.ts'
import type { Connection, Store } from './store.ts'
import { ofEachKind } from './view.ts'

/** Touched after each commit that somebody may want to hear of. */
const DOORBELL = 'changed'
/** Finds what a process killed between its commit and the bell has left unannounced. */
const SLOW_POLL_MILLISECONDS = 1_000

export function fileStore(directory: string): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return new FileStore(directory)
}

class FileStore implements Store {
  readonly sessions: FileSessions
  readonly #directory: string
  readonly #shared = {
    known: new KnownPages(),
    finders: ofEachKind(() => new Finder()),
    ring: () => this.#ring(),
  }
  readonly #listeners = new Set<() => void>()
  /** A connection that was given back, for the next one. */
  #spare: SqliteFile | undefined
  #closed = false
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(directory: string) {
    this.#directory = directory
    this.sessions = new FileSessions(directory)
  }

  connect(): Connection {
    const file = this.#spare ?? this.#open()
    this.#spare = undefined
    return new HomeConnection(new FileHome(file, this.#shared, () => this.#keep(file)))
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#listen()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#deafen()
    }
  }

  close(): void {
    this.#listeners.clear()
    this.#deafen()
    this.#closed = true
    this.#spare?.close()
    this.sessions.close()
  }

  #open(): SqliteFile {
    const file = new SqliteFile(join(this.#directory, 'engine.db'))
    file.prepareSchema(SCHEMA_VERSION, SCHEMA)
    file.exec('pragma synchronous = full')
    return file
  }

  /** Opening a file takes longer than most of what is asked of it. */
  #keep(file: SqliteFile): void {
    if (this.#spare !== undefined || this.#closed) file.close()
    else this.#spare = file
  }

  #ring(): void {
    for (const listener of this.#listeners) listener()
    const now = new Date()
    try {
      utimesSync(this.#bell, now, now)
    } catch {
      closeSync(openSync(this.#bell, 'w', 0o600))
    }
  }

  #listen(): void {
    if (this.#watcher !== undefined) return
    const tell = () => {
      for (const listener of this.#listeners) listener()
    }
    this.#watcher = watch(this.#directory, { persistent: false }, (_, name) => {
      if (name === DOORBELL) tell()
    })
    this.#poll = setInterval(tell, SLOW_POLL_MILLISECONDS).unref()
  }

  #deafen(): void {
    this.#watcher?.close()
    clearInterval(this.#poll)
    this.#watcher = undefined
    this.#poll = undefined
  }

  get #bell(): string {
    return join(this.#directory, DOORBELL)
  }
}
