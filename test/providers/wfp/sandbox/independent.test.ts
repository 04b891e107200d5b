/** The engine sees addresses and nothing else: it is handed memory that was packed by hand, and keeps structures only. */

import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type JsonObject, valueAt, withValueAt } from '../../../../src/base/json.ts'
import { kindsByName } from '../../../../src/kinds/index.ts'
import { keyManager } from '../../../../src/kinds/key-manager.ts'
import { loadDesired } from '../../../../src/manifest/load.ts'
import { bind } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { image, packImage, unpack } from '../../../../src/providers/wfp/binding/ctype/index.ts'
import { allocate } from '../../../../src/providers/wfp/binding/memory.ts'
import { FWPM_PROVIDER_FLAG_PERSISTENT } from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import * as structs from '../../../../src/providers/wfp/binding/tables/structs/index.ts'
import { mainModeKeyOf, providerKeyOf } from '../../../../src/providers/wfp/engine/claims.ts'
import { contextByKey } from '../../../../src/providers/wfp/engine/contexts.ts'
import { Session } from '../../../../src/providers/wfp/engine/session.ts'
import { registerKeyManager } from '../../../../src/providers/wfp/key-managers/register.ts'
import { openSandbox, type SandboxLocation } from '../../../../src/providers/wfp/sandbox/library.ts'
import { SqliteFile } from '../../../../src/providers/wfp/sandbox/store/sqlite.ts'
import { decodeTunnel, HIDDEN } from '../../../../src/providers/wfp/tunnels/codec/index.ts'
import { filtersOfTunnel } from '../../../../src/providers/wfp/tunnels/kind.ts'
import { provider as sampleProvider } from '../../../conformance/samples.ts'
import { type DescribedTunnel, EXAMPLES, packTunnel, wordsOf } from '../../../fixtures/independent/tunnels.ts'
import { exampleFiles, exampleNames } from '../../../support/examples.ts'
import { manifestOf } from '../../../support/manifest.ts'
import { temporaryDirectory } from './store/stores.ts'

const { resources } = loadDesired(exampleNames.flatMap(exampleFiles), kindsByName).desired
const tunnels = resources.filter(({ kind }) => kind.name === 'IPsecTunnel')
const sets = [...new Set(tunnels.map(({ set }) => set))]

async function openEngine(location: SandboxLocation) {
  const raw = openSandbox(location)
  const fwp = bind(raw)
  const session = await Session.open(fwp, 1000)
  onTestFinished(async () => {
    await session.close()
    fwp.unload()
  })
  return { raw, fwp, session }
}

/** Adds a tunnel by the words of the call alone, as a C program would. */
async function addByHand({ raw, session }: Awaited<ReturnType<typeof openEngine>>, described: DescribedTunnel) {
  const memory = allocate(packTunnel(described, 0).image.bytes.length)
  const call = packTunnel(described, memory.address)
  call.image.bytes.copy(memory.bytes)
  const status = await raw.calls.FwpmIPsecTunnelAdd3!(...wordsOf(described, call, session.engineHandle))
  memory.bytes.fill(0xdd)
  memory.free()
  return status
}

async function addExamples(engine: Awaited<ReturnType<typeof openEngine>>, names: readonly string[]): Promise<void> {
  const { fwp, session } = engine
  await session.transaction('write', async () => {
    const { engineHandle } = session
    for (const providerKey of sets.map(providerKeyOf)) {
      const provider = { ...sampleProvider(), providerKey, flags: FWPM_PROVIDER_FLAG_PERSISTENT }
      await fwp.FwpmProviderAdd0({ engineHandle, provider, sd: null })
    }
    for (const name of names) expect(await addByHand(engine, EXAMPLES[name]!)).toBe(0)
    return { commit: true, value: undefined }
  })
}

/** What is left of a normal form where the engine hides what it hides. */
function visibleOf(spec: JsonObject): JsonObject {
  const secrets = kindsByName.get('IPsecTunnel')!.secretPaths(spec)
  const shown = HIDDEN.reduce((rest, pointer) => withValueAt(rest, pointer, undefined) as JsonObject, spec)
  return secrets.reduce((rest, pointer) => {
    const { flags } = valueAt(rest, pointer) as JsonObject
    return withValueAt(rest, pointer, { flags: flags! }) as JsonObject
  }, shown)
}

describe('a tunnel in memory packed by hand', () => {
  it.each(tunnels.map((resource) => [resource.name, resource] as const))(
    '%s reads back as the normal form of its manifest',
    async (name, { spec }) => {
      const engine = await openEngine('memory')
      await addExamples(engine, [name])
      const key = kindsByName.get('IPsecTunnel')!.keyOf(tunnels.find((tunnel) => tunnel.name === name)!)

      const decoded = await engine.session.read(async () => {
        const tunnelPolicy = (await contextByKey(engine.session, key))!
        const mainModePolicy = (await contextByKey(engine.session, mainModeKeyOf(key))) ?? null
        const filters = await filtersOfTunnel(engine.session, key)
        return decodeTunnel({ tunnelPolicy, mainModePolicy, filters })
      })

      expect(decoded.spec).toEqual(visibleOf(spec))
    },
  )
})

const STRUCTURES = {
  provider: structs.FWPM_PROVIDER0,
  context: structs.FWPM_PROVIDER_CONTEXT3,
  filter: structs.FWPM_FILTER0,
  keyManager: structs.IPSEC_KEY_MANAGER0,
  session: structs.FWPM_SESSION0,
} as const

/** What stands beside the images: the bookkeeping that store.ts documents, and nothing of a caller. */
const COLUMNS = {
  'engine.db': {
    engine: ['one', 'identity', 'version', 'next_id'],
    page: ['id', 'kind', 'first', 'count', 'groups', 'gone'],
    part: ['page', 'hashes', 'body', 'names'],
    switch: ['name', 'value'],
    change: ['last', 'changes'],
  },
  'sessions.db': { session: ['owner', 'key', 'client', 'image', 'ended', 'subscribed'] },
}

describe('the store of a directory', () => {
  it('holds whole structures, and beside them what repeats or books them', async () => {
    const directory = temporaryDirectory()
    onTestFinished(() => directory.remove())
    const engine = await openEngine({ directory: directory.path })
    await addExamples(engine, Object.keys(EXAMPLES))
    const file = join(import.meta.dirname, '../../../fixtures/key-managers/key-manager.yaml')
    const manifest = manifestOf('KeyManager', { role: 'notify', handler: { module: './notify.mjs' } }, { path: file })
    const { name, set, labels, spec } = manifest
    const resource = { kind: keyManager, name, set, labels, spec, manifest }
    const registration = await registerKeyManager(engine.fwp, resource)
    onTestFinished(() => registration.unregister())

    const kindsSeen = new Set<string>()
    for (const [base, tables] of Object.entries(COLUMNS)) {
      expect(tablesOf(join(directory.path, base))).toEqual(tables)
      for (const row of imagesIn(join(directory.path, base))) {
        const type = STRUCTURES[row.kind as keyof typeof STRUCTURES]
        const value = unpack<unknown>(type, image(row.image), 0)
        expect(packImage<never>(type as never, value as never).equals(row.image)).toBe(true)
        if (row.kind !== 'session') expect(row.repeated).toEqual(repeatedBy(row.kind, value as Members))
        kindsSeen.add(row.kind)
      }
    }

    expect([...kindsSeen].sort()).toEqual(Object.keys(STRUCTURES).sort())
    expect(
      readdirSync(directory.path).filter((file) => !/^((engine|sessions)\.db(-wal|-shm)?|live|changed)$/.test(file)),
    ).toEqual([])
  })
})

function tablesOf(path: string): { [table: string]: string[] } {
  const named = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by rowid"
  return reading(path, (database) => {
    const names = database.rows<[string]>(named)
    const columnsOf = (name: string) => database.rows<[string]>(`select name from pragma_table_info('${name}')`).flat()
    return Object.fromEntries(names.map(([name]) => [name, columnsOf(name)]))
  })
}

interface Stored {
  readonly kind: string
  readonly image: Buffer
  /** key, provider, type and link */
  readonly repeated: readonly unknown[]
}

function imagesIn(path: string): Stored[] {
  return reading(path, (database) => {
    if (path.endsWith('engine.db')) return database.rows<PageRow>(PAGES).flatMap(objectsOf)
    const rows = database.rows<[Uint8Array, string]>('select image, key from session')
    return rows.map(([bytes, key]) => ({
      kind: 'session',
      image: Buffer.from(bytes),
      repeated: [key, null, null, null],
    }))
  })
}

function reading<T>(path: string, read: (database: SqliteFile) => T): T {
  const database = new SqliteFile(dirname(path), basename(path))
  try {
    return read(database)
  } finally {
    database.close()
  }
}

const PAGES = 'select kind, count, groups, hashes, body, names from page join part on part.page = page.id'
type PageRow = readonly [string, number, string, Uint8Array, Uint8Array, Uint8Array]
type Names = { readonly keys: string[]; readonly links: string[]; readonly linkOf: number[]; readonly sds: unknown[] }
/** A checksum stands before each part. */
const CHECKSUM = 8

/** What a page holds, read by its description in page-format.ts and packed-images.ts: every byte of it is accounted for. */
function objectsOf([kind, count, groupText, hashes, body, nameBytes]: PageRow): Stored[] {
  const groups = JSON.parse(groupText) as [unknown, unknown, unknown][]
  const { keys, links, linkOf, sds, ...more } = JSON.parse(
    Buffer.from(nameBytes.subarray(CHECKSUM)).toString(),
  ) as Names
  const groupOf = wordsOf32(body.subarray(CHECKSUM + 8 * count, CHECKSUM + 12 * count))
  const images = unpackImages(wordsOf32(body.subarray(CHECKSUM + 12 * count)))
  expect([hashes.length, images.length, keys.length, linkOf.length]).toEqual([
    CHECKSUM + 8 * count,
    count,
    count,
    count,
  ])
  expect([sds, more, groups.every((group) => group.length === 3)]).toEqual([[], {}, true])
  return images.map((image, slot) => {
    const [provider, type] = groups[groupOf[slot]!]!
    return { kind, image, repeated: [keys[slot], provider, type, links[linkOf[slot]!] ?? null] }
  })
}

function wordsOf32(bytes: Uint8Array): number[] {
  const buffer = Buffer.from(bytes)
  return Array.from({ length: buffer.length / 4 }, (_, i) => buffer.readUInt32LE(4 * i))
}

/** Each image: its bytes, its words here, and runs that change the last image of its length, or the beginning of the last one. */
function unpackImages(words: readonly number[]): Buffer[] {
  const images: Buffer[] = []
  for (let at = 0; at < words.length; ) {
    const [length, count] = [words[at]!, words[at + 1]!]
    const before = images.findLast((image) => image.length === length) ?? images.at(-1) ?? Buffer.alloc(0)
    const image = Buffer.alloc(length + 3)
    before.copy(image, 0, 0, length)
    let to = 0
    const runs = words.slice(at + 2, at + 2 + count)
    while (runs.length > 0) {
      const head = runs.shift()!
      to += 4 * (head >>> 16)
      for (const word of runs.splice(0, head & 0xffff)) to = image.writeUInt32LE(word, to)
    }
    images.push(image.subarray(0, length))
    at += 2 + count
  }
  return images
}

type Members = { readonly [member: string]: unknown }

/** What an image says of the columns that repeat it. */
function repeatedBy(kind: string, value: Members): readonly unknown[] {
  if (kind === 'context') return [value.providerContextKey, value.providerKey, value.type, null]
  if (kind === 'filter') return [value.filterKey, value.providerKey, value.layerKey, value.providerContextKey ?? null]
  return [kind === 'provider' ? value.providerKey : value.keyManagerKey, null, null, null]
}
