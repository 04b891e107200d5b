/** The one door to libsql, opened only when a directory is: a process that keeps its sandbox in memory loads no native module. */
import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type Libsql from 'libsql'
import { DamagedFile, guarded, primary, type SandboxFile, sqliteCode, UnusableSandbox } from './unusable.ts'

type Statement = Libsql.Statement<[readonly unknown[]]>

/** How long a statement waits for another process that is recovering or creating the file; begins of transactions never wait. */
const PATIENCE_MILLISECONDS = 5_000
const SQLITE_BUSY = 5

/**
 * How a column is asked for in a query, whatever a damaged file holds there: libsql ends the process at a text that is not UTF-8. So
 * nothing is read as text; nor is a column read as it is, for then libsql reads what its type is called.
 */
export const read = {
  number: (column: string) => `cast(${column} as integer)`,
  bytes: (column: string) => `cast(${column} as blob)`,
}

/** The text behind `read.bytes`. @throws DamagedFile */
export function textOf(bytes: Uint8Array | null): string {
  if (bytes === null) throw new DamagedFile('a text that is missing')
  return Buffer.from(bytes).toString('utf8')
}

/** The tables of a file, and the number of their format. */
export interface Tables {
  readonly version: number
  readonly schema: string
}

let loaded: typeof Libsql | undefined

/**
 * A database file that only its owner may read. SQLite gives its side files the mode of the main file. Whatever makes the file unusable
 * is thrown as an UnusableSandbox.
 */
export class SqliteFile {
  readonly #place: Required<SandboxFile>
  readonly #database: Libsql.Database
  readonly #prepared = new Map<string, Statement>()

  /** @param directory of the sandbox; `name` is relative to it */
  constructor(directory: string, name: string) {
    this.#place = { directory, file: name }
    this.#database = this.guard(() => open(join(directory, name)))
    this.exec(`pragma busy_timeout = ${PATIENCE_MILLISECONDS}`)
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  exec(sql: string): void {
    this.guard(() => this.#database.exec(sql))
  }

  /** @returns the row id of what was inserted */
  run(sql: string, ...values: unknown[]): number {
    return this.guard(() => Number(this.#prepare(sql).run(values).lastInsertRowid))
  }

  row<Row extends readonly unknown[]>(sql: string, ...values: unknown[]): Row | undefined {
    return this.guard(() => this.#prepare(sql).get(values) as Row | undefined)
  }

  rows<Row extends readonly unknown[]>(sql: string, ...values: unknown[]): Row[] {
    return this.guard(() => this.#prepare(sql).all(values) as Row[])
  }

  /** Runs what makes something of the contents of the file. */
  guard<T>(step: () => T): T {
    return guarded(this.#place, step)
  }

  /** Takes a lock without waiting for it. False: somebody else has it. */
  tryBegin(kind: 'immediate' | 'exclusive'): boolean {
    this.exec('pragma busy_timeout = 0')
    try {
      this.#database.exec(`begin ${kind}`)
      return true
    } catch (error) {
      if (isBusy(error)) return false
      return this.guard(() => {
        throw error
      })
    } finally {
      this.exec(`pragma busy_timeout = ${PATIENCE_MILLISECONDS}`)
    }
  }

  rollback(): void {
    if (this.inTransaction) this.exec('rollback')
  }

  /** Creates the tables once. The schema is idempotent; the version says whether it has to run at all, which it mostly has not. */
  prepare({ version, schema }: Tables): void {
    const found = this.row<[number]>('pragma user_version')?.[0]
    if (found === version) return
    if (found !== 0) throw this.#ofAnotherVersion(found, version)
    this.guard(() => {
      untilFree(() => this.#database.exec('pragma journal_mode = wal'))
      untilFree(() => this.#database.exec(`begin immediate; ${schema}; pragma user_version = ${version}; commit`))
    })
  }

  close(): void {
    this.#database.close()
  }

  #ofAnotherVersion(found: number | undefined, version: number): UnusableSandbox {
    const reason = `it was written by another version of wfpctl (format ${found}, where this one reads ${version})`
    return new UnusableSandbox(this.#place.directory, reason, 'reset')
  }

  #prepare(sql: string): Statement {
    const found = this.#prepared.get(sql)
    if (found !== undefined) return found
    const statement: Statement = this.#database.prepare(sql)
    if (statement.reader) statement.raw()
    this.#prepared.set(sql, statement)
    return statement
  }
}

/** Opens a file that has these tables, or makes them. */
export function openTables(directory: string, name: string, tables: Tables): SqliteFile {
  const file = new SqliteFile(directory, name)
  try {
    file.prepare(tables)
    return file
  } catch (error) {
    file.close()
    throw error
  }
}

function open(path: string): Libsql.Database {
  loaded ??= createRequire(import.meta.url)('libsql') as typeof Libsql
  touch(path)
  return new loaded(path)
}

function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== undefined && primary(code) === SQLITE_BUSY
}

/** Two processes that create the same file get in each other's way for a moment, and SQLite does not wait everywhere. */
function untilFree(step: () => void): void {
  const deadline = Date.now() + PATIENCE_MILLISECONDS
  for (;;) {
    try {
      step()
      return
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** Only a file that is not there is opened: closing a file drops every lock this process holds on it. */
function touch(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
