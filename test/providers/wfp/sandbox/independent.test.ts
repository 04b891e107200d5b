/** The engine sees addresses and nothing else: it is handed memory that was packed by hand, and keeps structures only. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../../../src/base/json.ts'
import { valueAt, withValueAt } from '../../../../src/base/pointer.ts'
import { kindsByName } from '../../../../src/kinds/index.ts'
import { keyManager } from '../../../../src/kinds/key-manager/kind.ts'
import { loadDesired } from '../../../../src/manifest/load.ts'
import { bind } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { image, packImage, unpack } from '../../../../src/providers/wfp/binding/ctype/index.ts'
import { allocate } from '../../../../src/providers/wfp/binding/memory.ts'
import { FWPM_PROVIDER_FLAG_PERSISTENT } from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import * as structs from '../../../../src/providers/wfp/binding/tables/structs/index.ts'
import { contextByKey } from '../../../../src/providers/wfp/engine/contexts.ts'
import { mainModeKeyOf, providerKeyOf } from '../../../../src/providers/wfp/engine/keys.ts'
import { Session } from '../../../../src/providers/wfp/engine/session.ts'
import { registerKeyManager } from '../../../../src/providers/wfp/key-managers/register.ts'
import { openSandbox, type SandboxLocation } from '../../../../src/providers/wfp/sandbox/library.ts'
import { openDatabase } from '../../../../src/providers/wfp/sandbox/store/sqlite.ts'
import { filtersOfTunnel } from '../../../../src/providers/wfp/tunnels/calls.ts'
import { decodeTunnel, HIDDEN } from '../../../../src/providers/wfp/tunnels/codec/index.ts'
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
    object: ['id', 'kind', 'key', 'provider', 'type', 'link', 'session', 'sd', 'image', 'stamp'],
    switch: ['name', 'value'],
    change: ['place', 'kind', 'key', 'id', 'provider', 'type', 'session', 'added'],
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
  const database = openDatabase(path)
  try {
    const named = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by rowid"
    const names = database.prepare(named).raw().all([]) as [string][]
    return Object.fromEntries(
      names.map(([name]) => [
        name,
        (database.prepare(`select name from pragma_table_info('${name}')`).raw().all([]) as [string][]).flat(),
      ]),
    )
  } finally {
    database.close()
  }
}

interface Stored {
  readonly kind: string
  readonly image: Buffer
  /** key, provider, type and link */
  readonly repeated: readonly unknown[]
}

function imagesIn(path: string): Stored[] {
  const database = openDatabase(path)
  try {
    const query = path.endsWith('sessions.db')
      ? "select 'session', image, key, null, null, null from session"
      : 'select kind, image, key, provider, type, link from object'
    const rows = database.prepare(query).raw().all([]) as [string, Buffer, ...unknown[]][]
    return rows.map(([kind, bytes, ...repeated]) => ({ kind, image: Buffer.from(bytes), repeated }))
  } finally {
    database.close()
  }
}

type Members = { readonly [member: string]: unknown }

/** What an image says of the columns that repeat it. */
function repeatedBy(kind: string, value: Members): readonly unknown[] {
  if (kind === 'context') return [value.providerContextKey, value.providerKey, value.type, null]
  if (kind === 'filter') return [value.filterKey, value.providerKey, value.layerKey, value.providerContextKey ?? null]
  return [kind === 'provider' ? value.providerKey : value.keyManagerKey, null, null, null]
}
