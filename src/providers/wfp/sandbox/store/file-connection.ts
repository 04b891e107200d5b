/** One session's connection to the objects of the directory. */
import type { ImageCache, ImageSource, StampedImage } from './image-cache.ts'
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

export const SCHEMA_VERSION = 2
export const SCHEMA = `
  create table if not exists object (
    id integer primary key autoincrement, kind text not null, key text not null,
    provider text, type, link text, session text, sd blob, image blob not null,
    stamp integer not null default (random() >> 11)
  );
  create unique index if not exists object_key on object (kind, key);
  create index if not exists object_provider on object (kind, provider, type);
  create index if not exists object_type on object (kind, type, id, stamp);
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

/** One text instead of thousands of rows: what crosses from SQLite costs by the piece. The order is finished by the cache. */
const LIST = 'select json_group_array(id), json_group_array(stamp) from object'
const FETCH = `select json_group_array(json_array(id, stamp, length(image))), cast(group_concat(image, '') as blob)
  from object where id in (select value from json_each(?))`
/** A fetched image is a part of what was fetched with it, and keeps it in memory: so not too many together. */
const FETCHED_TOGETHER = 256

export class FileConnection implements Connection {
  readonly #database: Database
  readonly #sql: Statements
  readonly #images: ImageCache
  readonly #ring: () => void

  constructor(database: Database, images: ImageCache, ring: () => void) {
    this.#database = database
    this.#images = images
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
    return this.#inOneState(() =>
      this.#images.images({
        list: () => this.#list(kind, where),
        fetch: (ids) => this.#fetch(ids),
        count: () => this.#sql.row<[number]>('select count(*) from object')![0],
      }),
    )
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
    this.#sql.run('update object set sd = ?, image = ?, stamp = random() >> 11 where id = ?', sd, image, object.id)
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

  #list(kind: ObjectKind, where: Where): ReturnType<ImageSource['list']> {
    const { clause, values } = conditions(kind, where)
    const [ids, stamps] = this.#sql.row<[string, string]>(`${LIST} ${clause}`, ...values)!
    return { ids: JSON.parse(ids) as number[], stamps: JSON.parse(stamps) as number[] }
  }

  #fetch(ids: readonly number[]): StampedImage[] {
    const images: StampedImage[] = []
    for (let first = 0; first < ids.length; first += FETCHED_TOGETHER) {
      const wanted = JSON.stringify(ids.slice(first, first + FETCHED_TOGETHER))
      const [rows, bytes] = this.#sql.row<[string, Buffer]>(FETCH, wanted)!
      images.push(...cut(JSON.parse(rows) as FetchedRow[], bytes))
    }
    return images
  }

  /** Outside a transaction each statement would see a state of its own. */
  #inOneState<T>(read: () => T): T {
    if (this.#database.inTransaction) return read()
    this.#database.exec('begin')
    try {
      return read()
    } finally {
      this.abort()
    }
  }
}

/** Id, stamp and length of an image. */
type FetchedRow = readonly [number, number, number]

function cut(rows: readonly FetchedRow[], bytes: Buffer): StampedImage[] {
  let end = 0
  return rows.map(([id, stamp, length]) => {
    end += length
    return { id, stamp, image: bytes.subarray(end - length, end) }
  })
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
