/** The one door to libsql, opened only when a directory is: a process that keeps its sandbox in memory loads no native module. */
import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import type Libsql from 'libsql'

type Statement = Libsql.Statement<[readonly unknown[]]>

/** How long a statement waits for another process that is recovering or creating the file; begins of transactions never wait. */
const PATIENCE_MILLISECONDS = 5_000
const SQLITE_BUSY = 5

let loaded: typeof Libsql | undefined

/** A database file that only its owner may read. SQLite gives its side files the mode of the main file. */
export class SqliteFile {
  readonly #database: Libsql.Database
  readonly #prepared = new Map<string, Statement>()

  constructor(path: string) {
    loaded ??= createRequire(import.meta.url)('libsql') as typeof Libsql
    touch(path)
    this.#database = new loaded(path)
    this.exec(`pragma busy_timeout = ${PATIENCE_MILLISECONDS}`)
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  /** @returns the row id of what was inserted */
  run(sql: string, ...values: unknown[]): number {
    return Number(this.#prepare(sql).run(values).lastInsertRowid)
  }

  row<Row extends readonly unknown[]>(sql: string, ...values: unknown[]): Row | undefined {
    return this.#prepare(sql).get(values) as Row | undefined
  }

  rows<Row extends readonly unknown[]>(sql: string, ...values: unknown[]): Row[] {
    return this.#prepare(sql).all(values) as Row[]
  }

  /** Takes a lock without waiting for it. False: somebody else has it. */
  tryBegin(kind: 'immediate' | 'exclusive'): boolean {
    this.exec('pragma busy_timeout = 0')
    try {
      this.exec(`begin ${kind}`)
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    } finally {
      this.exec(`pragma busy_timeout = ${PATIENCE_MILLISECONDS}`)
    }
  }

  rollback(): void {
    if (this.inTransaction) this.exec('rollback')
  }

  /** Creates the tables once. `schema` is idempotent; `version` says whether it has to run at all, which it mostly has not. */
  prepareSchema(version: number, schema: string): void {
    const found = this.row<[number]>('pragma user_version')?.[0]
    if (found === version) return
    if (found !== 0) throw new Error(`the sandbox directory was written by another version of wfpctl (format ${found})`)
    untilFree(() => this.exec('pragma journal_mode = wal'))
    untilFree(() => this.exec(`begin immediate; ${schema}; pragma user_version = ${version}; commit`))
  }

  close(): void {
    this.#database.close()
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

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === SQLITE_BUSY
}

/** Extended codes hold the primary one in their lowest byte. */
function primaryCode(error: unknown): number | undefined {
  const { rawCode } = error as { rawCode?: unknown }
  return typeof rawCode === 'number' ? rawCode & 0xff : undefined
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
