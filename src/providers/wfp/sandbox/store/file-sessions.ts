/**
 * The sessions of all processes, in a file of their own: it is written for microseconds at a time, so that opening an engine
 * never waits for somebody's transaction. Nothing in it has to survive a power cut.
 */
import { join } from 'node:path'
import { Liveness } from './liveness.ts'
import { SqliteFile } from './sqlite.ts'
import type { Sessions, StoredSession } from './store.ts'

const VERSION = 1
const SCHEMA = `
  create table if not exists session (
    owner text primary key, key text not null, client text not null, image blob not null,
    ended integer not null default 0, subscribed integer not null default 0
  ) without rowid`

export class FileSessions implements Sessions {
  readonly #file: SqliteFile
  readonly #liveness: Liveness

  constructor(directory: string) {
    this.#file = new SqliteFile(join(directory, 'sessions.db'))
    this.#file.prepareSchema(VERSION, SCHEMA)
    this.#file.exec('pragma synchronous = off')
    this.#liveness = new Liveness(directory)
  }

  add(session: StoredSession): boolean {
    this.#liveness.announce()
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
    const rows = this.#file.rows<[string, string, Uint8Array]>('select owner, key, image from session where ended = 0')
    return rows.map(([owner, key, image]) => ({ owner, key, image }))
  }

  gone(): string[] {
    const quiet = 'select 1 from session where ended = 1 or client <> ? limit 1'
    if (this.#file.row(quiet, this.#liveness.client) === undefined) {
      this.#liveness.keepOnly(new Set())
      return []
    }
    this.#endDead()
    return this.#file.rows<[string]>('select owner from session where ended = 1').map(([owner]) => owner)
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
    this.#file.run('update session set ended = 1, subscribed = 0 where client = ?', this.#liveness.client)
    this.#file.close()
    this.#liveness.close()
  }

  #endDead(): void {
    const query = 'select distinct client from session where ended = 0 and client <> ?'
    const others = this.#file.rows<[string]>(query, this.#liveness.client).map(([client]) => client)
    this.#liveness.keepOnly(new Set(others))
    for (const client of others) {
      if (this.#liveness.alive(client)) continue
      this.#file.run('update session set ended = 1, subscribed = 0 where client = ?', client)
      this.#liveness.bury(client)
    }
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
