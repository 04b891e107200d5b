/**
 * The objects of a sandbox in a file: pages, switches and the change log, and one number that rises with each commit. A page is written
 * once, and its row id never comes again; so what was read of it counts for ever. Beside it stands which of its objects are gone.
 */
import { type Group, PAGE_LIMIT, PARTS, Page, type PartName } from './page.ts'
import { decodeGone, decodeGroups, decodePart, encodeGone, encodeGroups, encodePart } from './page-format.ts'
import { read, type SqliteFile, type Tables, textOf } from './sqlite.ts'
import { CHANGE_LOG_LENGTH, OBJECT_KINDS, type StoredChange, type StoredKind } from './store.ts'
import { DamagedFile, jsonFromFile } from './unusable.ts'
import { ofEachKind, pagesWith, pageWith, type State } from './view.ts'

export const TABLES: Tables = {
  version: 4,
  schema: `
  create table if not exists engine (
    one integer primary key check (one = 1), identity integer not null, version integer not null, next_id integer not null
  );
  insert or ignore into engine values (1, random() >> 11, 0, 1);
  create table if not exists page (
    id integer primary key autoincrement, kind text not null, first integer not null, count integer not null, groups text not null,
    gone text not null default ''
  );
  create table if not exists part (page integer primary key, hashes blob not null, body blob not null, names blob not null);
  create table if not exists switch (name text primary key, value text not null) without rowid;
  create table if not exists change (last integer primary key, changes text not null)`,
}

type Bytes = Uint8Array | null
type PageRow = readonly [id: number, kind: Bytes, first: number, count: number, groups: Bytes, gone: Bytes]
const { number, bytes } = read
const SELECT_NUMBERS = `select ${number('identity')}, ${number('version')}, ${number('next_id')} from engine`
const SELECT_PAGES = `select ${number('id')}, ${bytes('kind')}, ${number('first')}, ${number('count')}, ${bytes('groups')}, ${bytes('gone')} from page order by first`
type LoggedChange = readonly [
  StoredKind,
  string,
  number,
  StoredChange['provider'],
  StoredChange['type'],
  session: string,
  added: boolean,
]

/** Changes in one row of the log. */
const LOGGED_TOGETHER = 1_000
const NOTHING = new Uint8Array(0)
/** Pages in one answer of SQLite. */
const READ_TOGETHER = 32

/** A state, and which commit made it in which file: one that was removed is made anew under the same name. */
export interface NumberedState {
  readonly identity: number
  readonly version: number
  readonly state: State
}

/** What all connections of a process know of the pages of a directory. */
export class KnownPages {
  #rows = new WeakMap<Page, number>()
  #newest: NumberedState | undefined

  /** The newest state of a file. */
  newestOf(identity: number): NumberedState | undefined {
    return this.#newest?.identity === identity ? this.#newest : undefined
  }

  remember(state: NumberedState): void {
    const newest = this.#newest
    if (newest === undefined || state.identity !== newest.identity || state.version > newest.version)
      this.#newest = state
  }

  rowOf(page: Page): number | undefined {
    return this.#rows.get(page)
  }

  setRow(page: Page, row: number): void {
    this.#rows.set(page, row)
  }

  /** Those of the newest state of a file, by row. */
  byRow(identity: number): Map<number, Page> {
    const pages = Object.values(this.newestOf(identity)?.state.pages ?? {}).flat()
    return new Map(pages.map((page) => [this.#rows.get(page) ?? 0, page]))
  }
}

/** The state that the file shows now; inside a transaction of the caller. @throws DamagedFile */
export function readState(file: SqliteFile, known: KnownPages): NumberedState {
  const numbers = file.row<[number, number, number]>(SELECT_NUMBERS)
  if (numbers === undefined) throw new DamagedFile('a table without its row')
  const [identity, version, nextId] = numbers
  const newest = known.newestOf(identity)
  if (newest?.version === version) return newest
  const switches = file.rows<[Bytes, Bytes]>(`select ${bytes('name')}, ${bytes('value')} from switch`)
  const named = new Map(switches.map(([name, value]) => [textOf(name), textOf(value)]))
  const state = { identity, version, state: { ...readPages(file, known, identity), switches: named, nextId } }
  known.remember(state)
  return state
}

function readPages(file: SqliteFile, known: KnownPages, identity: number): Pick<State, 'pages' | 'gone'> {
  const pages = ofEachKind((): Page[] => [])
  const gone = ofEachKind(() => new Set<number>())
  const byRow = known.byRow(identity)
  const seen = new Map<string, Group[]>() // most pages have the same groups
  for (const row of file.rows<PageRow>(SELECT_PAGES)) {
    const page = byRow.get(row[0]) ?? pageOf(row, seen)
    known.setRow(page, row[0])
    pages[page.head.kind].push(page)
    for (const id of decodeGone(page.head, textOf(row[5]))) gone[page.head.kind].add(id)
  }
  return { pages, gone }
}

function pageOf([, kindText, first, count, groups]: PageRow, seen: Map<string, Group[]>): Page {
  const kind = OBJECT_KINDS.find((known) => known === textOf(kindText))
  if (kind === undefined || count < 1 || count > PAGE_LIMIT) throw new DamagedFile('the head of a page')
  const text = textOf(groups)
  const known = seen.get(text) ?? decodeGroups(text)
  seen.set(text, known)
  return new Page({ kind, first, count, groups: known }, {})
}

export function readParts(file: SqliteFile, known: KnownPages, part: PartName, pages: readonly Page[]): void {
  const missing = pages.filter((page) => !page.has(part))
  for (let start = 0; start < missing.length; start += READ_TOGETHER) {
    const wanted = new Map(missing.slice(start, start + READ_TOGETHER).map((page) => [known.rowOf(page) ?? 0, page]))
    const query = `select ${number('page')}, ${bytes(part)} from part where page in (select value from json_each(?))`
    for (const [row, stored] of file.rows<[number, Bytes]>(query, JSON.stringify([...wanted.keys()]))) {
      const page = wanted.get(row)
      page?.put(part, decodePart(part, page.head, stored ?? NOTHING))
      wanted.delete(row)
    }
    if (wanted.size > 0) throw new DamagedFile('a page without its parts')
  }
}

/** Writes what a state has other than the one before it; inside a write transaction of the caller. */
export function writeState(file: SqliteFile, known: KnownPages, before: NumberedState, state: State): NumberedState {
  const [old, made] = [allPages(before.state), allPages(state)]
  for (const page of old) if (!made.has(page)) dropPage(file, known.rowOf(page) ?? 0)
  for (const page of made) if (!old.has(page)) known.setRow(page, addPage(file, page))
  writeGone(file, known, before.state, state)
  if (state.switches !== before.state.switches) writeSwitches(file, state.switches)
  const { identity, version } = before
  file.run('update engine set version = ?, next_id = ?', version + 1, state.nextId)
  return { identity, version: version + 1, state }
}

function allPages({ pages }: State): Set<Page> {
  return new Set(Object.values(pages).flat())
}

/** Of the pages that lose more than they had lost. */
function writeGone(file: SqliteFile, known: KnownPages, before: State, state: State): void {
  for (const kind of OBJECT_KINDS) {
    const pages = state.pages[kind]
    const fresh = [...state.gone[kind]].filter((id) => !before.gone[kind].has(id))
    if (fresh.length === 0) continue
    const gone = new Map([...pagesWith(pages, fresh)].map((page): [Page, number[]] => [page, []]))
    for (const id of state.gone[kind]) gone.get(pageWith(pages, id)!)?.push(id)
    for (const [page, ids] of gone)
      file.run('update page set gone = ? where id = ?', encodeGone(page.head, ids), known.rowOf(page) ?? 0)
  }
}

function dropPage(file: SqliteFile, row: number): void {
  file.run('delete from page where id = ?', row)
  file.run('delete from part where page = ?', row)
}

function addPage(file: SqliteFile, page: Page): number {
  const { kind, first, count, groups } = page.head
  const insert = 'insert into page (kind, first, count, groups) values (?, ?, ?, ?)'
  const row = file.run(insert, kind, first, count, encodeGroups(groups))
  const parts = PARTS.map((part) => encodePart(part, page))
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
  return file.row<[number | null]>(`select ${number('max(last)')} from change`)?.[0] ?? 0
}

export function changesAfter(file: SqliteFile, place: number): { place: number; changes: StoredChange[] } {
  const query = `select ${number('last')}, ${bytes('changes')} from change where last > ? order by last`
  const rows = file.rows<[number, Bytes]>(query, place)
  const changes = rows.flatMap(([last, text]) => {
    const logged = jsonFromFile<LoggedChange[]>(textOf(text))
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
