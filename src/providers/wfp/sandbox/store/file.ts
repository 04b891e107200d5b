/**
 * A store in a directory, shared by processes: SQLite in WAL mode with full synchronisation, one connection per session.
 * A writer holds `begin immediate` across its calls; readers keep seeing the last committed state. A process killed at any
 * moment leaves that state behind.
 */
import { HomeConnection } from './connection.ts'
import { prepareDirectory } from './directory.ts'
import { Doorbell } from './doorbell.ts'
import { FileHome } from './file-home.ts'
import { KnownPages, TABLES } from './file-pages.ts'
import { FileSessions } from './file-sessions.ts'
import { Finder } from './finder.ts'
import { openTables, type SqliteFile } from './sqlite.ts'
import type { Connection, Store } from './store.ts'
import { ofEachKind } from './view.ts'

/** @throws UnusableSandbox */
export function fileStore(directory: string): Store {
  prepareDirectory(directory)
  return new FileStore(directory)
}

class FileStore implements Store {
  readonly sessions: FileSessions
  readonly #directory: string
  readonly #doorbell: Doorbell
  readonly #shared = { known: new KnownPages(), finders: ofEachKind(() => new Finder()) }
  /** A connection that was given back, for the next one: opening a file takes longer than most of what is asked of it. */
  #spare: SqliteFile | undefined
  #closed = false

  constructor(directory: string) {
    this.#directory = directory
    this.#doorbell = new Doorbell(directory)
    this.sessions = new FileSessions(directory)
  }

  connect(): Connection {
    const file = this.#spare ?? this.#open()
    this.#spare = undefined
    const home = new FileHome(file, this.#shared, {
      ring: () => this.#doorbell.ring(),
      giveBack: () => this.#keep(file),
    })
    return new HomeConnection(home)
  }

  onCommit(listener: () => void): () => void {
    return this.#doorbell.listen(listener)
  }

  close(): void {
    this.#closed = true
    this.#doorbell.close()
    this.#spare?.close()
    this.sessions.close()
  }

  #open(): SqliteFile {
    const file = openTables(this.#directory, 'engine.db', TABLES)
    file.exec('pragma synchronous = full')
    return file
  }

  #keep(file: SqliteFile): void {
    if (this.#spare !== undefined || this.#closed) file.close()
    else this.#spare = file
  }
}
