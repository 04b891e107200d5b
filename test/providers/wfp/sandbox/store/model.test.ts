/** Both stores beside the plainest one there could be: a list. Enough objects that pages are made, changed, emptied and joined. */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { removeSandbox } from '../../../../../src/providers/wfp/sandbox/store/directory.ts'
import { fileStore } from '../../../../../src/providers/wfp/sandbox/store/file.ts'
import { memoryStore } from '../../../../../src/providers/wfp/sandbox/store/memory.ts'
import type {
  Connection,
  NewObject,
  Store,
  StoredKind,
  StoredObject,
  Where,
} from '../../../../../src/providers/wfp/sandbox/store/store.ts'
import { object, temporaryDirectory } from './stores.ts'

const KINDS: readonly StoredKind[] = ['context', 'filter']
const LAYERS = ['in', 'out', 9]

/** Of many objects at once: every `each`th, beginning with `first`. */
interface Step {
  readonly verb: 'insert' | 'remove' | 'update' | 'clear' | 'commit' | 'abort' | 'look' | 'reopen'
  readonly kind: StoredKind
  readonly count: number
  readonly first: number
  readonly each: number
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(
    ...(['insert', 'insert', 'insert', 'remove', 'remove', 'update'] as const),
    ...(['commit', 'commit', 'commit', 'abort', 'look', 'reopen', 'clear'] as const),
  ),
  kind: fc.constantFrom(...KINDS),
  count: fc.constantFrom(1, 9, 200, 600),
  first: fc.nat(50),
  each: fc.constantFrom(1, 2, 3, 100),
})

/** What a store is meant to be. */
class List {
  committed: readonly StoredObject[] = []
  objects: StoredObject[] = []
  nextId = 1
  #committedNextId = 1

  of(kind: StoredKind, where: Where = {}): StoredObject[] {
    const names = Object.keys(where) as (keyof Where)[]
    return this.objects.filter((found) => found.kind === kind && names.every((name) => found[name] === where[name]))
  }

  commit(): void {
    this.committed = [...this.objects]
    this.#committedNextId = this.nextId
  }

  abort(): void {
    this.objects = [...this.committed]
    this.nextId = this.#committedNextId
  }
}

function newObject(kind: StoredKind, id: number): NewObject {
  const group = Math.floor(id / 9)
  return object(`key ${id}`, {
    kind,
    provider: group % 3 === 0 ? null : `provider ${group % 3}`,
    type: LAYERS[id % 3]!,
    link: id % 4 === 0 ? null : `link ${group}`,
    session: id % 50 === 0 ? 'session' : null,
    sd: id % 70 === 0 ? Uint8Array.of(id & 255) : null,
    image: imageOf(id, 0),
  })
}

function imageOf(id: number, version: number): Uint8Array {
  return Uint8Array.from(Buffer.alloc(40 + 8 * (id % 3), `tunnel ${Math.floor(id / 9)}, ${version}`))
}

/** Who plays the steps on a store and on a list, and compares them. */
class Player {
  readonly #open: () => Store
  readonly #list = new List()
  #store: Store
  #writer: Connection
  #writing = false
  #version = 0

  constructor(open: () => Store) {
    this.#open = open
    this.#store = open()
    this.#writer = this.#store.connect()
  }

  readonly #verbs: { readonly [verb in Step['verb']]: (step: Step) => void } = {
    insert: ({ kind, count }) => {
      this.#write()
      for (let i = 0; i < count; i += 1) this.#insert(kind)
    },
    remove: (step) => {
      this.#write()
      for (const found of this.#some(step)) this.#writer.remove(found)
      const gone = new Set(this.#some(step))
      this.#list.objects = this.#list.objects.filter((found) => !gone.has(found))
    },
    update: (step) => {
      this.#write()
      this.#version += 1
      for (const found of this.#some(step)) this.#update(found)
    },
    clear: () => {
      this.#write()
      this.#writer.clear()
      this.#list.objects = []
    },
    commit: () => {
      this.#writer.commit([])
      this.#list.commit()
      this.#writing = false
    },
    abort: () => {
      this.#writer.abort()
      this.#list.abort()
      this.#writing = false
    },
    look: () => this.compare(),
    reopen: () => {
      this.#close()
      this.#list.abort()
      this.#writing = false
      this.#store = this.#open()
      this.#writer = this.#store.connect()
    },
  }

  play(step: Step): void {
    this.#verbs[step.verb](step)
  }

  /** Everything, by every way that leads there. */
  compare(): void {
    for (const kind of KINDS) {
      const expected = this.#list.of(kind)
      expect(this.#writer.select(kind)).toEqual(expected)
      for (const where of [
        {},
        { type: 'in' },
        { provider: 'provider 1', type: 9 },
        { provider: null },
        { session: 'session' },
      ])
        expect(this.#images(kind, where)).toEqual(this.#list.of(kind, where).map(({ id, image }) => [id, ...image]))
      for (const { key, id, link } of everyNth(expected, 37)) {
        for (const where of [{ key }, { id }, { link }, { key, type: 'in' }])
          expect(this.#writer.select(kind, where)).toEqual(this.#list.of(kind, where))
      }
      expect(this.#writer.exists(kind, { key: 'key 0' })).toBe(false)
      expect(this.#writer.existsAny(kind, ['key 0', expected.at(-1)?.key ?? ''])).toBe(expected.length > 0)
    }
  }

  end(): void {
    this.compare()
    this.#close()
  }

  #close(): void {
    this.#writer.close()
    this.#store.close()
  }

  #write(): void {
    if (!this.#writing) expect(this.#writer.tryWrite()).toBe(true)
    this.#writing = true
  }

  #insert(kind: StoredKind): void {
    const id = this.#list.nextId
    const made = newObject(kind, id)
    expect(this.#writer.insert(made)).toBe(id)
    this.#list.objects.push({ ...made, id })
    this.#list.nextId += 1
  }

  #update(found: StoredObject): void {
    const image = imageOf(found.id, this.#version)
    this.#writer.update(found, { image })
    this.#list.objects = this.#list.objects.map((other) => (other.id === found.id ? { ...other, image } : other))
  }

  #some({ kind, first, each }: Step): StoredObject[] {
    return everyNth(this.#list.of(kind).slice(first), each)
  }

  #images(kind: StoredKind, where: Where): number[][] {
    return this.#writer.images(kind, where).map(({ id, image }) => [id, ...image])
  }
}

function everyNth<T>(items: readonly T[], each: number): T[] {
  return items.filter((_, i) => i % each === 0)
}

const of = (verb: Step['verb'], each = 1): Step => ({ verb, kind: 'filter', count: 600, first: 20, each })
/** A few objects of full pages go or change; then everything is read anew. */
const FEW: readonly Step[][] = (['remove', 'update'] as const).map((verb) => [
  ...[of('insert'), of('commit'), of(verb, 100), of('commit'), of('look'), of('reopen'), of('look')],
  ...[of(verb, 101), of('commit'), of('reopen'), of('look'), of('insert'), of('commit'), of('reopen')],
])

it.each(['memory', 'file'])('the %s store holds what a list would hold', (kind) => {
  const directory = temporaryDirectory()
  let run = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 14 }), (steps) => {
      run += 1
      const path = join(directory.path, String(run))
      const player = new Player(kind === 'file' ? () => fileStore(path) : memoryStore)
      for (const step of steps) if (kind === 'file' || step.verb !== 'reopen') player.play(step)
      player.end()
    }),
    { numRuns: 20, examples: FEW.map((steps) => [steps]) },
  )
  directory.remove()
})

it.each(['memory', 'file'])(
  'an enumeration of the %s store stays what it was, whatever is committed meanwhile',
  (kind) => {
    const directory = temporaryDirectory()
    const store = kind === 'file' ? fileStore(directory.path) : memoryStore()
    const [writer, reader] = [store.connect(), store.connect()]
    const write = (work: () => void) => {
      expect(writer.tryWrite()).toBe(true)
      work()
      writer.commit([])
    }
    write(() => {
      for (let id = 1; id <= 1_000; id += 1) writer.insert(newObject('filter', id))
    })
    const before = writer.select('filter')
    const images = reader.images('filter')
    const first = images.slice(0, 100).map(({ id, image }) => [id, ...image])

    write(() => {
      for (const found of everyNth(before, 2)) writer.remove(found)
      for (const found of everyNth(before.slice(1), 2)) writer.update(found, { image: imageOf(found.id, 1) })
    })
    const rest = images.slice(100).map(({ id, image }) => [id, ...image])

    expect([...first, ...rest]).toEqual(before.map(({ id, image }) => [id, ...image]))
    expect(reader.images('filter').length).toBe(500)
    writer.close()
    reader.close()
    store.close()
    directory.remove()
  },
)

it('what is known of a file says nothing of the one that is made in its place', () => {
  const directory = temporaryDirectory()
  const [old, other] = [fileStore(directory.path), () => fileStore(directory.path)]
  const insert = (store: Store, key: string): Connection => {
    const connection = store.connect()
    expect(connection.tryWrite()).toBe(true)
    connection.insert(object(key))
    connection.commit([])
    return connection
  }
  const held = insert(old, 'before')
  removeSandbox(directory.path)
  const made = other()
  const elsewhere = insert(made, 'after')

  const now = old.connect()
  expect(now.select('context').map(({ key }) => key)).toEqual(['after'])

  for (const connection of [held, elsewhere, now]) connection.close()
  for (const store of [old, made]) store.close()
  directory.remove()
})
