/**
 * Who is alive? Each process that uses the directory holds a lock on a file of its own. The operating system takes the lock
 * back the moment the process ends, however it ends; a process id could belong to somebody else by then.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { LIVE, makeDirectory } from './directory.ts'
import { SqliteFile } from './sqlite.ts'
import { DamagedFile, guarded } from './unusable.ts'

const CLIENT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const LOCK = '.lock'

export class Liveness {
  readonly client = randomUUID()
  readonly #directory: string
  readonly #probes = new Map<string, SqliteFile>()
  #own: SqliteFile | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Takes our own lock. Before anything is written under our name. @returns false when we had it */
  announce(): boolean {
    if (this.#own !== undefined) return false
    guarded({ directory: this.#directory }, () => makeDirectory(join(this.#directory, LIVE)))
    do this.#own = this.#lock()
    while (this.#own === undefined)
    return true
  }

  alive(client: string): boolean {
    if (client === this.client) return true
    const probe = this.#probe(client)
    if (!this.#tryLock(client, probe)) return true
    probe.rollback()
    return false
  }

  /** Tidies up after a client that is not alive. */
  bury(client: string): void {
    this.#probes.get(client)?.close()
    this.#probes.delete(client)
    this.#remove(client)
  }

  /** Buries all that are not alive, but for the ones of `others`: those killed before they wrote anything, or after they had ended. */
  sweep(others: ReadonlySet<string>): void {
    const files = guarded({ directory: this.#directory }, () => readdirSync(join(this.#directory, LIVE)))
    const clients = files.filter((name) => name.endsWith(LOCK)).map((name) => name.slice(0, -LOCK.length))
    for (const client of clients) {
      if (client === this.client || others.has(client) || !CLIENT.test(client)) continue
      const probe = this.#probe(client)
      if (this.#tryLock(client, probe)) this.#remove(client) // under the lock: its owner, if it comes just now, finds it gone
      probe.close()
      this.#probes.delete(client)
    }
  }

  /** Lets go of the files of clients that are not among these: they have ended and tidied up after themselves. */
  keepOnly(clients: ReadonlySet<string>): void {
    for (const [client, probe] of this.#probes) {
      if (clients.has(client)) continue
      probe.close()
      this.#probes.delete(client)
    }
  }

  close(): void {
    for (const probe of this.#probes.values()) probe.close()
    this.#probes.clear()
    this.#own?.close()
    if (this.#own !== undefined) this.#remove(this.client)
    this.#own = undefined
  }

  /** Undefined: who tidied up took our file for a dead one's, just before it was locked. */
  #lock(): SqliteFile | undefined {
    const own = new SqliteFile(this.#directory, nameOf(this.client))
    if (this.#tryLock(this.client, own) && existsSync(this.#path(this.client))) return own
    own.close()
    return undefined
  }

  /** False: somebody has the lock. A file that is gone is locked by nobody, whatever SQLite makes of it. */
  #tryLock(client: string, file: SqliteFile): boolean {
    try {
      return file.tryBegin('exclusive')
    } catch (error) {
      if (existsSync(this.#path(client))) throw error
      return true
    }
  }

  /** Kept open: a look at a lock costs microseconds then, and it happens at every transaction. */
  #probe(client: string): SqliteFile {
    const open = this.#probes.get(client)
    if (open !== undefined) return open
    guarded({ directory: this.#directory }, () => makeDirectory(join(this.#directory, LIVE)))
    const probe = new SqliteFile(this.#directory, nameOf(client))
    this.#probes.set(client, probe)
    return probe
  }

  /** Where it cannot be removed it lies there and says nothing: nobody has the lock. */
  #remove(client: string): void {
    try {
      for (const suffix of ['', '-journal']) rmSync(this.#path(client) + suffix, { force: true })
    } catch {
      // a file system that became read-only, or Windows while somebody looks at it
    }
  }

  #path(client: string): string {
    return join(this.#directory, nameOf(client))
  }
}

/** @throws DamagedFile when a table names a client that cannot be one */
function nameOf(client: string): string {
  if (!CLIENT.test(client)) throw new DamagedFile('a client that is none')
  return join(LIVE, client + LOCK)
}
