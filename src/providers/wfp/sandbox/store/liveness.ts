/**
 * Who is alive? Each process that uses the directory holds a lock on a file of its own. The operating system takes the lock
 * back the moment the process ends, however it ends; a process id could belong to somebody else by then.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SqliteFile } from './sqlite.ts'

export class Liveness {
  readonly client = randomUUID()
  readonly #directory: string
  readonly #probes = new Map<string, SqliteFile>()
  #own: SqliteFile | undefined

  constructor(directory: string) {
    this.#directory = join(directory, 'live')
  }

  /** Takes our own lock. Before anything is written under our name. */
  announce(): void {
    if (this.#own !== undefined) return
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    this.#own = new SqliteFile(this.#path(this.client))
    this.#own.exec('begin exclusive')
  }

  alive(client: string): boolean {
    if (client === this.client) return true
    const probe = this.#probe(client)
    if (!probe.tryBegin('exclusive')) return true
    probe.rollback()
    return false
  }

  /** Tidies up after a client that is not alive. */
  bury(client: string): void {
    this.#probes.get(client)?.close()
    this.#probes.delete(client)
    for (const suffix of ['', '-journal']) rmSync(this.#path(client) + suffix, { force: true })
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
    if (this.#own !== undefined) this.bury(this.client)
    this.#own = undefined
  }

  /** Kept open: a look at a lock costs microseconds then, and it happens at every transaction. */
  #probe(client: string): SqliteFile {
    const open = this.#probes.get(client)
    if (open !== undefined) return open
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const probe = new SqliteFile(this.#path(client))
    this.#probes.set(client, probe)
    return probe
  }

  #path(client: string): string {
    return join(this.#directory, `${client}.lock`)
  }
}
