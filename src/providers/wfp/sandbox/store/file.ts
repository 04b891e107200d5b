/**
 * A store in a directory, shared by processes: SQLite in WAL mode with full synchronisation, one connection per session.
 * A writer holds `begin immediate` across its calls; readers keep seeing the last committed state. A process killed at any
 * moment leaves that state behind.
 */
import { closeSync, type FSWatcher, mkdirSync, openSync, utimesSync, watch } from 'node:fs'
import { join } from 'node:path'
import { FileConnection, SCHEMA, SCHEMA_VERSION } from './file-connection.ts'
import { FileSessions } from './file-sessions.ts'
import { ImageCache } from './image-cache.ts'
import { openDatabase, prepareSchema } from './sqlite.ts'
import type { Connection, Store } from './store.ts'

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
  readonly #images = new ImageCache()
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(directory: string) {
    this.#directory = directory
    this.sessions = new FileSessions(directory)
  }

  connect(): Connection {
    const database = openDatabase(join(this.#directory, 'engine.db'))
    prepareSchema(database, SCHEMA_VERSION, SCHEMA)
    database.exec('pragma synchronous = full')
    return new FileConnection(database, this.#images, () => this.#ring())
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
    this.sessions.close()
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
