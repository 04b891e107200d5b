import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileStore } from '../../../../../src/providers/wfp/sandbox/store/file.ts'
import { memoryStore } from '../../../../../src/providers/wfp/sandbox/store/memory.ts'
import { SqliteFile } from '../../../../../src/providers/wfp/sandbox/store/sqlite.ts'
import type { Connection, Store, StoredChange } from '../../../../../src/providers/wfp/sandbox/store/store.ts'
import { type OpenStore, object, STORES, temporaryDirectory } from './stores.ts'

const change = (key: string): StoredChange => ({
  kind: 'context',
  key,
  id: 1,
  provider: null,
  type: 9,
  session: 's1',
  added: true,
})

function write(connection: Connection, step: () => void, changes: readonly StoredChange[] = []): void {
  expect(connection.tryWrite()).toBe(true)
  step()
  connection.commit(changes)
}

describe.each(STORES)('the %s store', (_, open) => {
  let opened: OpenStore
  let store: Store
  let a: Connection
  let b: Connection

  beforeEach(() => {
    opened = open()
    store = opened.store
    a = store.connect()
    b = store.connect()
  })

  afterEach(() => {
    a.close()
    b.close()
    opened.close()
  })

  it('knows what came back under a key that was gone by its new id alone', () => {
    write(a, () => {
      for (let i = 0; i < 40; i++) a.insert(object(`k${i}`, { link: 'l' }))
    })
    write(a, () => a.remove(a.get('context', 'k7')!))
    expect(b.exists('context', { key: 'k7' })).toBe(false)
    write(a, () => a.insert(object('k7', { link: 'other' })))

    expect(b.select('context', { key: 'k7' }).map(({ id, link }) => [id, link])).toEqual([[41, 'other']])
    expect(b.select('context', { link: 'l' })).toHaveLength(39)
    expect(b.exists('context', { id: 8 })).toBe(false)
    expect(b.images('context')).toHaveLength(40)
  })

  it('gives back what was stored, and ascending ids that never return', () => {
    const stored = object('k1', { provider: 'p', link: 'l', session: 's', sd: Uint8Array.of(9) })
    write(a, () => {
      a.insert(stored)
      a.insert(object('k2'))
    })
    write(a, () => a.remove(a.select('context', { key: 'k2' })[0]!))
    write(a, () => a.insert(object('k3')))

    const [first, third] = b.select('context')

    expect({ ...first, image: [...first!.image], sd: [...first!.sd!] }).toEqual({
      ...stored,
      id: 1,
      image: [1, 2, 3],
      sd: [9],
    })
    expect(third).toMatchObject({ key: 'k3', id: 3 })
  })

  it('lets one connection write at a time', () => {
    expect(a.tryWrite()).toBe(true)

    expect(b.tryWrite()).toBe(false)
    a.abort()
    expect(b.tryWrite()).toBe(true)
  })

  it('shows uncommitted rows to the writer alone', () => {
    expect(a.tryWrite()).toBe(true)
    a.insert(object('k1'))

    expect(a.exists('context', { key: 'k1' })).toBe(true)
    expect(b.exists('context', { key: 'k1' })).toBe(false)
    a.commit([])
    expect(b.exists('context', { key: 'k1' })).toBe(true)
  })

  it('takes back everything when a write is aborted', () => {
    write(a, () => a.insert(object('old')))
    expect(a.tryWrite()).toBe(true)
    a.insert(object('new'))
    a.remove(a.select('context', { key: 'old' })[0]!)
    a.setSwitch('hide', 'x')
    a.abort()

    expect(a.select('context').map(({ key }) => key)).toEqual(['old'])
    expect(a.switches().size).toBe(0)
  })

  it('keeps a read on the state it began with', () => {
    write(a, () => a.insert(object('k1')))
    b.beginRead()
    write(a, () => {
      a.insert(object('k2'))
      a.remove(a.select('context', { key: 'k1' })[0]!)
    })

    expect(b.select('context').map(({ key }) => key)).toEqual(['k1'])
    b.abort()
    expect(b.select('context').map(({ key }) => key)).toEqual(['k2'])
  })

  it('selects by every column it indexes, and by two', () => {
    write(a, () => {
      a.insert(object('k1', { provider: 'p', type: 9 }))
      a.insert(object('k2', { provider: 'p', type: 10 }))
      a.insert(object('k3', { session: 's' }))
      a.insert(object('k1', { kind: 'filter', link: 'k1', type: 'layer' }))
    })

    const keys = (kind: 'context' | 'filter', where: object) => b.select(kind, where).map(({ key }) => key)
    expect(keys('context', { provider: 'p' })).toEqual(['k1', 'k2'])
    expect(keys('context', { provider: 'p', type: 10 })).toEqual(['k2'])
    expect(keys('context', { type: 9 })).toEqual(['k1', 'k3'])
    expect(keys('context', { session: 's' })).toEqual(['k3'])
    expect(keys('context', { id: 2 })).toEqual(['k2'])
    expect(keys('filter', { link: 'k1' })).toEqual(['k1'])
    expect(b.images('context', { provider: 'p' }).map(({ id }) => id)).toEqual([1, 2])
    expect(b.exists('filter', { type: 'elsewhere' })).toBe(false)
  })

  it('replaces a security descriptor and keeps the id', () => {
    write(a, () => a.insert(object('k1', { sd: Uint8Array.of(1) })))
    write(a, () => a.update(a.select('context')[0]!, { sd: Uint8Array.of(7, 7) }))

    const [found] = b.select('context')
    expect([found?.id, ...(found?.sd ?? [])]).toEqual([1, 7, 7])
  })

  it('logs the changes of a commit and calls its listeners', () => {
    let calls = 0
    const stop = store.onCommit(() => {
      calls += 1
    })
    const before = b.lastChange()
    write(a, () => a.insert(object('k1')), [change('k1'), change('k2')])

    const after = b.changesAfter(before)
    stop()
    expect(after.changes).toEqual([change('k1'), change('k2')])
    expect(b.changesAfter(after.place).changes).toEqual([])
    expect(calls).toBeGreaterThan(0)
  })

  it('forgets objects and switches when it is cleared', () => {
    write(a, () => {
      a.insert(object('k1'))
      a.setSwitch('hide', 'x')
    })
    write(a, () => {
      a.clear()
      a.insert(object('k2'))
    })

    expect(b.select('context').map(({ key }) => key)).toEqual(['k2'])
    expect([...b.switches()]).toEqual([])
  })

  it('refuses a second live session with the same key and remembers the ended one', () => {
    const image = Uint8Array.of(1)

    expect(store.sessions.add({ owner: 'o1', key: 's', image })).toBe(true)
    expect(store.sessions.add({ owner: 'o2', key: 's', image })).toBe(false)
    store.sessions.setSubscribed('o1', true)
    expect(store.sessions.anySubscribed()).toBe(true)
    store.sessions.end('o1')
    expect(store.sessions.anySubscribed()).toBe(false)
    expect(store.sessions.gone()).toEqual(['o1'])
    expect(store.sessions.add({ owner: 'o3', key: 's', image })).toBe(true)
    store.sessions.forget(['o1'])
    expect(store.sessions.gone()).toEqual([])
    expect(store.sessions.live().map(({ owner }) => owner)).toEqual(['o3'])
  })
})

describe('the file store', () => {
  it('keeps its files to their owner', () => {
    const directory = temporaryDirectory()
    const inner = join(directory.path, 'new')
    const store = fileStore(inner)
    const connection = store.connect()
    write(connection, () => connection.insert(object('k1')), [change('k1')])

    const modes = readdirSync(inner).map((name) => statSync(join(inner, name)).mode & 0o077)

    expect(statSync(inner).mode & 0o777).toBe(0o700)
    expect(modes.every((mode) => mode === 0)).toBe(true)
    connection.close()
    store.close()
    directory.remove()
  })
})

const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(join('/proc/self/fd', fd))]
    } catch {
      return [] // the one that listed the directory
    }
  })

describe.runIf(process.platform === 'linux')('the file store, beside others that come and go', () => {
  it('holds no file of those that have gone', () => {
    const directory = temporaryDirectory()
    const store = fileStore(directory.path)
    store.sessions.add({ owner: 'watch', key: 'w', image: Uint8Array.of(1) })
    // SQLite keeps the database files themselves open while this process has a lock on them
    const heldLocks = () => openFiles().filter((path) => path.startsWith(join(directory.path, 'live')))
    for (let i = 0; i < 30; i++) {
      const other = fileStore(directory.path)
      other.sessions.add({ owner: `o${i}`, key: `k${i}`, image: Uint8Array.of(1) })
      expect(store.sessions.live()).toHaveLength(2)
      other.close()
      expect(store.sessions.live()).toHaveLength(1)
    }

    expect(heldLocks().length).toBeLessThan(5)
    store.close()
    directory.remove()
  })
})

type Step = {
  readonly verb: 'insert' | 'update' | 'remove' | 'commit' | 'abort' | 'switch' | 'snapshot' | 'release'
  readonly key: string
  readonly provider: string | null
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(
    ...(['insert', 'insert', 'insert', 'update', 'update', 'remove', 'remove'] as const),
    ...(['commit', 'commit', 'abort', 'abort', 'switch', 'snapshot', 'release'] as const),
  ),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  provider: fc.constantFrom(null, 'p', 'q'),
})

/** Bytes that no other step writes; some of them no text, some a different length. */
const written = (step: number): Uint8Array => Uint8Array.of(0, 0xff, step, ...new Uint8Array(step % 3))

/** Plays the steps and notes, after each, what the writer, a reader beside it and one of another process see. */
function play(store: Store, elsewhere: Store, steps: readonly Step[]): unknown[] {
  const writer = store.connect()
  const reader = store.connect()
  const remote = elsewhere.connect()
  const seen: unknown[] = []
  let open = false
  let held = false
  const verbs: { readonly [verb in Step['verb']]: (step: Step, number: number) => void } = {
    insert: ({ key, provider }, number) => {
      if (!writer.exists('context', { key })) writer.insert(object(key, { provider, image: written(number) }))
    },
    update: ({ key }, number) => {
      for (const found of writer.select('context', { key })) writer.update(found, { image: written(number) })
    },
    remove: ({ key }) => {
      for (const found of writer.select('context', { key })) writer.remove(found)
    },
    switch: ({ key, provider }) => writer.setSwitch(key, provider),
    commit: () => writer.commit([]),
    abort: () => writer.abort(),
    snapshot: () => {
      if (!held) reader.beginRead()
      held = true
    },
    release: () => {
      reader.abort()
      held = false
    },
  }
  for (const [number, step] of steps.entries()) {
    if (!open) open = writer.tryWrite()
    verbs[step.verb](step, number)
    if (step.verb === 'commit' || step.verb === 'abort') open = false
    seen.push(...[writer, reader, remote].map(viewOf))
  }
  for (const connection of [writer, reader, remote]) connection.close()
  return seen
}

function viewOf(connection: Connection): unknown[] {
  return [
    connection.select('context').map(({ id, key, image }) => [id, key, [...image]]),
    connection.images('context').map(({ id, image }) => [id, [...image]]),
    connection.images('context', { provider: 'p' }).map(({ id, image }) => [id, [...image]]),
    [...connection.switches()].sort(),
  ]
}

describe('the two stores', () => {
  it('answer any sequence of calls alike', () => {
    const directory = temporaryDirectory()
    let run = 0
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        run += 1
        const memory = memoryStore()
        const [file, elsewhere] = [
          fileStore(join(directory.path, String(run))),
          fileStore(join(directory.path, String(run))),
        ]

        const [expected, got] = [play(memory, memory, steps), play(file, elsewhere, steps)]

        file.close()
        elsewhere.close()
        expect(got).toEqual(expected)
      }),
      { numRuns: 60 },
    )
    directory.remove()
  })
})

describe('a page in a file', () => {
  const directory = temporaryDirectory()
  const store = fileStore(directory.path)
  const connection = store.connect()
  afterAll(() => {
    connection.close()
    store.close()
    directory.remove()
  })

  /** Rows of pages, and how many objects stand in each. */
  const pages = (): (readonly [row: number, count: number])[] => {
    const file = new SqliteFile(directory.path, 'engine.db')
    try {
      return file.rows<[number, number]>('select id, count from page order by first')
    } finally {
      file.close()
    }
  }
  const exchange = (keys: readonly string[]) =>
    write(connection, () => {
      for (const key of keys) connection.remove(connection.get('filter', key)!)
      for (const key of keys) connection.insert(object(`new ${key}`, { kind: 'filter' }))
    })

  it('stays while few of its objects go, and what comes stands beside it', () => {
    write(connection, () => {
      for (let i = 0; i < 600; i++) connection.insert(object(`k${i}`, { kind: 'filter' }))
    })
    const before = pages()
    exchange(['k3', 'k300'])

    expect(pages()).toEqual([...before, [expect.any(Number), 2]])
    expect(connection.images('filter')).toHaveLength(600)
  })

  it('is made anew when a quarter of them is gone', () => {
    const [[first]] = pages() as [[number, number]]
    exchange(Array.from({ length: 64 }, (_, i) => `k${i + 10}`))

    expect(pages().map(([row]) => row)).not.toContain(first)
    expect(connection.images('filter')).toHaveLength(600)
  })

  it('takes in what came before, so that there are not many', () => {
    for (let i = 0; i < 60; i++) exchange([`k${i + 100}`])

    expect(pages().length).toBeLessThan(10)
    expect(connection.select('filter').map(({ key }) => key)).toContain('new k159')
  })
})
