/**
 * The objects of a sandbox in a file: pages, switches and the change log, and one number that rises with each commit. A page is written
 * once, and its row id never comes again; so what was read of it counts for ever.
 */
import type { Page, PartName } from './page.ts'
import { PARTS, Page as StoredPage } from './page.ts'
import { DamagedPage, decodeGroups, decodePart, encodeGroups, encodePart } from './page-format.ts'
import type { SqliteFile } from './sqlite.ts'
import { CHANGE_LOG_LENGTH, type ObjectKind, type StoredChange } from './store.ts'
import { ofEachKind, type State } from './view.ts'

export const SCHEMA_VERSION = 3
export const SCHEMA = `
  create table if not exists engine (one integer primary key check (one = 1), version integer not null, next_id integer not null);
  insert or ignore into engine values (1, 0, 1);
  create table if not exists page (
    id integer primary key autoincrement, kind text not null, first integer not null, count integer not null, groups text not null
  );
  create table if not exists part (page integer primary key, hashes blob not null, body blob not null, names blob not null);
  create table if not exists switch (name text primary key, value text not null) without rowid;
  create table if not exists change (last integer primary key, changes text not null)`

type PageRow = readonly [id: number, kind: ObjectKind, first: number, count: number, groups: string]
type LoggedChange = readonly [
  ObjectKind,
  string,
  number,
  StoredChange['provider'],
  StoredChange['type'],
  session: string,
  added: boolean,
]

/** Changes in one row of the log. */
const LOGGED_TOGETHER = 1_000
/** Pages in one answer of SQLite. */
const READ_TOGETHER = 32

/** A state, and which commit made it. */
export interface NumberedState {
  readonly version: number
  readonly state: State
}

/** What all connections of a process know of the pages of a directory. */
export class KnownPages {
  #rows = new WeakMap<Page, number>()
  #newest: NumberedState | undefined

  get newest(): NumberedState | undefined {
    return this.#newest
  }

  remember(state: NumberedState): void {
    if (this.#newest === undefined || state.version > this.#newest.version) this.#newest = state
  }

  rowOf(page: Page): number | undefined {
    return this.#rows.get(page)
  }

  setRow(page: Page, row: number): void {
    this.#rows.set(page, row)
  }

  /** Those of the newest state, by row. */
  byRow(): Map<number, Page> {
    const pages = Object.values(this.#newest?.state.pages ?? {}).flat()
    return new Map(pages.map((page) => [this.#rows.get(page) ?? 0, page]))
  }
}

export function versionOf(file: SqliteFile): number {
  return file.row<[number]>('select version from engine')?.[0] ?? 0
}

/** The state that the file shows now; inside a transaction of the caller. */
export function readState(file: SqliteFile, known: KnownPages): NumberedState {
  const version = versionOf(file)
  if (known.newest?.version === version) return known.newest
  const pages = ofEachKind((): Page[] => [])
  const byRow = known.byRow()
  for (const row of file.rows<PageRow>('select id, kind, first, count, groups from page order by first')) {
    const page = byRow.get(row[0]) ?? pageOf(row)
    known.setRow(page, row[0])
    pages[row[1]].push(page)
  }
  const switches = new Map(file.rows<[string, string]>('select name, value from switch'))
  const nextId = file.row<[number]>('select next_id from engine')?.[0] ?? 1
  const state = { version, state: { pages, switches, nextId } }
  known.remember(state)
  return state
}

function pageOf([, kind, first, count, groups]: PageRow): Page {
  return new StoredPage({ kind, first, count, groups: decodeGroups(groups) }, {})
}

export function readParts(file: SqliteFile, known: KnownPages, part: PartName, pages: readonly Page[]): void {
  const missing = pages.filter((page) => !page.has(part))
  for (let start = 0; start < missing.length; start += READ_TOGETHER) {
    const wanted = new Map(missing.slice(start, start + READ_TOGETHER).map((page) => [known.rowOf(page) ?? 0, page]))
    const query = `select page, ${part} from part where page in (select value from json_each(?))`
    for (const [row, bytes] of file.rows<[number, Uint8Array]>(query, JSON.stringify([...wanted.keys()]))) {
      const page = wanted.get(row)
      page?.put(part, decodePart(part, bytes, page.head.count))
      wanted.delete(row)
    }
    if (wanted.size > 0) throw new DamagedPage('a page without its parts')
  }
}

/** Writes what a state has other than the one before it; inside a write transaction of the caller. */
export function writeState(file: SqliteFile, known: KnownPages, before: NumberedState, state: State): NumberedState {
  const [old, made] = [allPages(before.state), allPages(state)]
  for (const page of old) if (!made.has(page)) dropPage(file, known.rowOf(page) ?? 0)
  for (const page of made) if (!old.has(page)) known.setRow(page, addPage(file, page))
  if (state.switches !== before.state.switches) writeSwitches(file, state.switches)
  const version = before.version + 1
  file.run('update engine set version = ?, next_id = ?', version, state.nextId)
  return { version, state }
}

function allPages({ pages }: State): Set<Page> {
  return new Set(Object.values(pages).flat())
}

function dropPage(file: SqliteFile, row: number): void {
  file.run('delete from page where id = ?', row)
  file.run('delete from part where page = ?', row)
}

function addPage(file: SqliteFile, page: Page): number {
  const { kind, first, count, groups } = page.head
  const insert = 'insert into page (kind, first, count, groups) values (?, ?, ?, ?)'
  const row = file.run(insert, kind, first, count, encodeGroups(groups))
  const parts = PARTS.map((part) => encodePart(part, page.part(part)))
  file.run(`insert into part (page, ${PARTS.join(', ')}) values (?, ?, ?, ?)`, row, ...parts)
  return row
}

function writeSwitches(file: SqliteFile, switches: ReadonlyMap<string, string>): void {
  file.run('delete from switch')
  for (const [name, value] of switches) file.run('insert into switch values (?, ?)', name, value)
}

/** Adds to the log, and takes away what is too old. */
export function logChanges(file: SqliteFile, changes: readonly StoredChange[]): void {
  if (changes.length === 0) return
  let last = lastChange(file)
  for (let start = 0; start < changes.length; start += LOGGED_TOGETHER) {
    const together = changes.slice(start, start + LOGGED_TOGETHER)
    last += together.length
    file.run('insert into change values (?, ?)', last, JSON.stringify(together.map(toLogged)))
  }
  file.run('delete from change where last <= ?', last - CHANGE_LOG_LENGTH)
}

export function lastChange(file: SqliteFile): number {
  return file.row<[number | null]>('select max(last) from change')?.[0] ?? 0
}

export function changesAfter(file: SqliteFile, place: number): { place: number; changes: StoredChange[] } {
  const rows = file.rows<[number, string]>('select last, changes from change where last > ? order by last', place)
  const changes = rows.flatMap(([last, text]) => {
    const logged = JSON.parse(text) as LoggedChange[]
    return logged.slice(Math.max(0, place - (last - logged.length)))
  })
  return { place: rows.at(-1)?.[0] ?? place, changes: changes.map(fromLogged) }
}

function toLogged({ kind, key, id, provider, type, session, added }: StoredChange): LoggedChange {
  return [kind, key, id, provider, type, session, added]
}

function fromLogged([kind, key, id, provider, type, session, added]: LoggedChange): StoredChange {
  return { kind, key, id, provider, type, session, added }
}
