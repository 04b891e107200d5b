/** The one door to libsql, opened only when a directory is: a process that keeps its sandbox in memory loads no native module. */
import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import type Libsql from 'libsql'

export type Database = Libsql.Database
export type Statement = Libsql.Statement<[readonly unknown[]]>

/** How long a statement waits for another process that is recovering or creating the file; begins of transactions never wait. */
const PATIENCE_MILLISECONDS = 5_000

let loaded: typeof Libsql | undefined

/** Opens a database file that only its owner may read. SQLite gives its side files the mode of the main file. */
export function openDatabase(path: string): Database {
  loaded ??= createRequire(import.meta.url)('libsql') as typeof Libsql
  touch(path)
  const database = new loaded(path)
  database.exec(`pragma busy_timeout = ${PATIENCE_MILLISECONDS}`)
  return database
}

/** Creates the tables once. `schema` is idempotent; `version` says whether it has to run at all, which it mostly has not. */
export function prepareSchema(database: Database, version: number, schema: string): void {
  const found = database.prepare('pragma user_version').raw().get([]) as [number]
  if (found[0] === version) return
  if (found[0] !== 0)
    throw new Error(`the sandbox directory was written by another version of wfpctl (format ${found[0]})`)
  untilFree(() => database.exec('pragma journal_mode = wal'))
  untilFree(() => database.exec(`begin immediate; ${schema}; pragma user_version = ${version}; commit`))
}

/** Takes the write lock without waiting for it. False: somebody else has it. */
export function tryBeginImmediate(database: Database): boolean {
  database.exec('pragma busy_timeout = 0')
  try {
    database.exec('begin immediate')
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  } finally {
    database.exec(`pragma busy_timeout = ${PATIENCE_MILLISECONDS}`)
  }
}

export function isBusy(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && code.startsWith('SQLITE_BUSY')
}

/** Prepares each statement once per connection. */
export class Statements {
  readonly #database: Database
  readonly #prepared = new Map<string, Statement>()

  constructor(database: Database) {
    this.#database = database
  }

  run(sql: string, ...values: unknown[]): number {
    return Number(this.#prepare(sql).run(values).lastInsertRowid)
  }

  row<Row extends readonly unknown[]>(sql: string, ...values: unknown[]): Row | undefined {
    return this.#prepare(sql).get(values) as Row | undefined
  }

  rows<Row extends readonly unknown[]>(sql: string, ...values: unknown[]): Row[] {
    return this.#prepare(sql).all(values) as Row[]
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
