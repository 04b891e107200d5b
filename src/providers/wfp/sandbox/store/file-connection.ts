/** One session's connection to the objects of the directory. */
import { type Database, Statements, tryBeginImmediate } from './sqlite.ts'
import {
  CHANGE_LOG_LENGTH,
  type Connection,
  type NewObject,
  type ObjectKind,
  type ObjectUpdate,
  type StoredChange,
  type StoredImage,
  type StoredObject,
  type Where,
} from './store.ts'

export const SCHEMA_VERSION = 1
export const SCHEMA = `
  create table if not exists object (
    id integer primary key autoincrement, kind text not null, key text not null,
    provider text, type, link text, session text, sd blob, image blob not null
  );
  create unique index if not exists object_key on object (kind, key);
  create index if not exists object_provider on object (kind, provider, type);
  create index if not exists object_link on object (kind, link) where link is not null;
  create index if not exists object_session on object (kind, session) where session is not null;
  create table if not exists switch (name text primary key, value text not null) without rowid;
  create table if not exists change (
    place integer primary key autoincrement, kind text not null, key text not null, id integer not null,
    provider text, type, session text not null, added integer not null
  )`

type ObjectRow = [
  number,
  string,
  string | null,
  StoredObject['type'],
  string | null,
  string | null,
  Buffer | null,
  Buffer,
]
type ChangeRow = [number, ObjectKind, string, number, string | null, StoredChange['type'], string, number]

const NO_SWITCHES: ReadonlyMap<string, string> = new Map()
const OBJECT = 'select id, key, provider, type, link, session, sd, image from object'
const INSERT_OBJECT =
  'insert into object (kind, key, provider, type, link, session, sd, image) values (?, ?, ?, ?, ?, ?, ?, ?)'
const INSERT_CHANGE = 'insert into change (kind, key, id, provider, type, session, added) values (?, ?, ?, ?, ?, ?, ?)'

export class FileConnection implements Connection {
  readonly #database: Database
  readonly #sql: Statements
  readonly #ring: () => void

  constructor(database: Database, ring: () => void) {
    this.#database = database
    this.#sql = new Statements(database)
    this.#ring = ring
  }

  tryWrite(): boolean {
    return tryBeginImmediate(this.#database)
  }

  beginRead(): void {
    this.#database.exec('begin')
    this.#sql.row('select 1 from switch limit 1') // a deferred transaction fixes its state at the first read
  }

  commit(changes: readonly StoredChange[]): void {
    for (const { kind, key, id, provider, type, session, added } of changes) {
      this.#sql.run(INSERT_CHANGE, kind, key, id, provider, type, session, added ? 1 : 0)
    }
    if (changes.length > 0) this.#sql.run('delete from change where place <= ?', this.lastChange() - CHANGE_LOG_LENGTH)
    this.#database.exec('commit')
    if (changes.length > 0) this.#ring()
  }

  abort(): void {
    if (this.#database.inTransaction) this.#database.exec('rollback')
  }

  select(kind: ObjectKind, where: Where = {}): StoredObject[] {
    const { clause, values } = conditions(kind, where)
    return this.#sql.rows<ObjectRow>(`${OBJECT} ${clause} order by id`, ...values).map((row) => toObject(kind, row))
  }

  images(kind: ObjectKind, where: Where = {}): StoredImage[] {
    const { clause, values } = conditions(kind, where)
    const rows = this.#sql.rows<[number, Buffer]>(`select id, image from object ${clause} order by id`, ...values)
    return rows.map(([id, image]) => ({ id, image }))
  }

  get(kind: ObjectKind, key: string): StoredObject | undefined {
    const row = this.#sql.row<ObjectRow>(`${OBJECT} where kind = ? and key = ?`, kind, key)
    return row === undefined ? undefined : toObject(kind, row)
  }

  existsAny(kind: ObjectKind, keys: readonly string[]): boolean {
    const places = keys.map(() => '?').join(', ')
    return (
      this.#sql.row(`select 1 from object where kind = ? and key in (${places}) limit 1`, kind, ...keys) !== undefined
    )
  }

  exists(kind: ObjectKind, where: Where): boolean {
    const { clause, values } = conditions(kind, where)
    return this.#sql.row(`select 1 from object ${clause} limit 1`, ...values) !== undefined
  }

  insert(object: NewObject): number {
    const { kind, key, provider, type, link, session, sd, image } = object
    return this.#sql.run(INSERT_OBJECT, kind, key, provider, type, link, session, sd, image)
  }

  remove(object: StoredObject): void {
    this.#sql.run('delete from object where id = ?', object.id)
  }

  update(object: StoredObject, change: ObjectUpdate): void {
    const { sd, image } = { ...object, ...change }
    this.#sql.run('update object set sd = ?, image = ? where id = ?', sd, image, object.id)
  }

  clear(): void {
    this.#database.exec('delete from object; delete from switch')
  }

  switches(): ReadonlyMap<string, string> {
    if (this.#sql.row('select 1 from switch limit 1') === undefined) return NO_SWITCHES // nearly always, and cheaper
    return new Map(this.#sql.rows<[string, string]>('select name, value from switch'))
  }

  setSwitch(name: string, value: string | null): void {
    if (value === null) this.#sql.run('delete from switch where name = ?', name)
    else
      this.#sql.run(
        'insert into switch values (?, ?) on conflict (name) do update set value = excluded.value',
        name,
        value,
      )
  }

  lastChange(): number {
    return this.#sql.row<[number | null]>('select max(place) from change')?.[0] ?? 0
  }

  changesAfter(place: number): { place: number; changes: StoredChange[] } {
    const query =
      'select place, kind, key, id, provider, type, session, added from change where place > ? order by place'
    const rows = this.#sql.rows<ChangeRow>(query, place)
    return { place: rows.at(-1)?.[0] ?? place, changes: rows.map(toChange) }
  }

  close(): void {
    this.#database.close()
  }
}

function conditions(kind: ObjectKind, where: Where): { clause: string; values: unknown[] } {
  const entries = Object.entries(where)
  const tests = entries.map(([name, value]) => (value === null ? ` and ${name} is null` : ` and ${name} = ?`))
  const values = entries.map(([, value]) => value).filter((value) => value !== null)
  return { clause: `where kind = ?${tests.join('')}`, values: [kind, ...values] }
}

function toObject(kind: ObjectKind, row: ObjectRow): StoredObject {
  const [id, key, provider, type, link, session, sd, image] = row
  return { id, kind, key, provider, type, link, session, sd, image }
}

function toChange([, kind, key, id, provider, type, session, added]: ChangeRow): StoredChange {
  return { kind, key, id, provider, type, session, added: added === 1 }
}
