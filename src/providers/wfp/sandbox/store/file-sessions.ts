/**
 * The sessions of all processes, in a file of their own: it is written for microseconds at a time, so that opening an engine
 * never waits for somebody's transaction. Nothing in it has to survive a power cut.
 */
import { Liveness } from './liveness.ts'
import { openTables, read, type SqliteFile, type Tables, textOf } from './sqlite.ts'
import type { Sessions, StoredSession } from './store.ts'
import { leaving } from './unusable.ts'

const TABLES: Tables = {
  version: 1,
  schema: `
  create table if not exists session (
    owner text primary key, key text not null, client text not null, image blob not null,
    ended integer not null default 0, subscribed integer not null default 0
  ) without rowid`,
}

type Bytes = Uint8Array | null
const { bytes } = read
const NOTHING = new Uint8Array(0)

export class FileSessions implements Sessions {
  readonly #file: SqliteFile
  readonly #liveness: Liveness

  constructor(directory: string) {
    this.#file = openTables(directory, 'sessions.db', TABLES)
    this.#file.exec('pragma synchronous = off')
    this.#liveness = new Liveness(directory)
  }

  add(session: StoredSession): boolean {
    if (this.#liveness.announce()) this.#liveness.sweep(this.#others())
    this.#endDead()
    return this.#atomically(() => {
      if (this.#file.row('select 1 from session where key = ? and ended = 0', session.key) !== undefined) return false
      const insert = 'insert into session (owner, key, client, image) values (?, ?, ?, ?)'
      this.#file.run(insert, session.owner, session.key, this.#liveness.client, session.image)
      return true
    })
  }

  end(owner: string): void {
    this.#file.run('update session set ended = 1, subscribed = 0 where owner = ?', owner)
  }

  live(): StoredSession[] {
    this.#endDead()
    const rows = this.#file.rows<[Bytes, Bytes, Bytes]>(
      `select ${bytes('owner')}, ${bytes('key')}, ${bytes('image')} from session where ended = 0`,
    )
    return this.#file.guard(() =>
      rows.map(([owner, key, image]) => ({ owner: textOf(owner), key: textOf(key), image: image ?? NOTHING })),
    )
  }

  gone(): string[] {
    const quiet = 'select 1 from session where ended = 1 or client <> ? limit 1'
    if (this.#file.row(quiet, this.#liveness.client) === undefined) {
      this.#liveness.keepOnly(new Set())
      return []
    }
    this.#endDead()
    return this.#texts(`select ${bytes('owner')} from session where ended = 1`)
  }

  forget(owners: readonly string[]): void {
    for (const owner of owners) this.#file.run('delete from session where owner = ? and ended = 1', owner)
  }

  setSubscribed(owner: string, subscribed: boolean): void {
    this.#file.run('update session set subscribed = ? where owner = ?', subscribed ? 1 : 0, owner)
  }

  anySubscribed(): boolean {
    return this.#file.row('select 1 from session where subscribed = 1 limit 1') !== undefined
  }

  close(): void {
    leaving(() =>
      this.#file.run('update session set ended = 1, subscribed = 0 where client = ?', this.#liveness.client),
    )
    this.#file.close()
    this.#liveness.close()
  }

  #endDead(): void {
    const others = this.#others()
    this.#liveness.keepOnly(others)
    for (const client of others) {
      if (this.#file.guard(() => this.#liveness.alive(client))) continue
      this.#file.run('update session set ended = 1, subscribed = 0 where client = ?', client)
      this.#liveness.bury(client)
    }
  }

  /** Other processes with sessions that have not ended. */
  #others(): ReadonlySet<string> {
    const query = `select distinct ${bytes('client')} from session where ended = 0 and client <> ?`
    return new Set(this.#texts(query, this.#liveness.client))
  }

  #texts(query: string, ...values: unknown[]): string[] {
    return this.#file.guard(() => this.#file.rows<[Bytes]>(query, ...values).map(([text]) => textOf(text)))
  }

  #atomically<T>(step: () => T): T {
    this.#file.exec('begin immediate')
    try {
      const result = step()
      this.#file.exec('commit')
      return result
    } catch (error) {
      this.#file.rollback()
      throw error
    }
  }
}
