/** An in-memory table of stored objects with the indexes the engine looks up by. */
import type { ObjectKind, StoredObject, Where } from './store.ts'

const INDEXED = ['provider', 'link', 'session'] as const
type Indexed = (typeof INDEXED)[number]

export class Table {
  readonly #rows = new Map<string, StoredObject>()
  readonly #ids = new Map<number, StoredObject>()
  readonly #indexes: Readonly<Record<Indexed, Map<string, Set<StoredObject>>>> = {
    provider: new Map(),
    link: new Map(),
    session: new Map(),
  }

  static from(rows: Iterable<StoredObject>): Table {
    const table = new Table()
    for (const row of rows) table.add(row)
    return table
  }

  get size(): number {
    return this.#rows.size
  }

  all(): Iterable<StoredObject> {
    return this.#rows.values()
  }

  has(row: StoredObject): boolean {
    return this.#ids.has(row.id)
  }

  add(row: StoredObject): void {
    this.#rows.set(address(row.kind, row.key), row)
    this.#ids.set(row.id, row)
    for (const name of INDEXED) {
      const value = row[name]
      if (value !== null) bucket(this.#indexes[name], value).add(row)
    }
  }

  remove(id: number): void {
    const row = this.#ids.get(id)
    if (row === undefined) return
    this.#rows.delete(address(row.kind, row.key))
    this.#ids.delete(id)
    for (const name of INDEXED) {
      const value = row[name]
      if (value !== null) this.#indexes[name].get(value)?.delete(row)
    }
  }

  *select(kind: ObjectKind, where: Where): Iterable<StoredObject> {
    for (const row of this.#candidates(kind, where)) if (row.kind === kind && matches(row, where)) yield row
  }

  #candidates(kind: ObjectKind, where: Where): Iterable<StoredObject> {
    if (where.key !== undefined) return present(this.#rows.get(address(kind, where.key)))
    if (where.id !== undefined) return present(this.#ids.get(where.id))
    for (const name of ['link', 'session', 'provider'] as const) {
      const value = where[name]
      if (typeof value === 'string') return this.#indexes[name].get(value) ?? []
    }
    return this.#rows.values()
  }
}

function matches(row: StoredObject, where: Where): boolean {
  for (const name of Object.keys(where) as (keyof Where)[]) if (row[name] !== where[name]) return false
  return true
}

function present(row: StoredObject | undefined): StoredObject[] {
  return row === undefined ? [] : [row]
}

function bucket(index: Map<string, Set<StoredObject>>, value: string): Set<StoredObject> {
  const found = index.get(value)
  if (found !== undefined) return found
  const made = new Set<StoredObject>()
  index.set(value, made)
  return made
}

function address(kind: ObjectKind, key: string): string {
  return `${kind} ${key}`
}
