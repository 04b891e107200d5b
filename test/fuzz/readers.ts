/** Everything that reads what somebody else wrote: what it is given, and what must hold whatever that is. */

import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { SourceFile } from '../../src/base/source.ts'
import { CommandFailure } from '../../src/cli/exit.ts'
import { entriesOf, manifestsIn } from '../../src/cli/git/tree.ts'
import { type Listening, listen } from '../../src/cli/http/server.ts'
import { watchSite } from '../../src/cli/http/watch-site.ts'
import { diagnosticsToJson, renderDiagnostics } from '../../src/cli/render/frames.ts'
import { parseSavedPlan } from '../../src/cli/saved-plan.ts'
import { importFrom, yamlOf } from '../../src/importers/import.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { manifestFileOf } from '../../src/manifest/file-reader.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { knowTemplates } from '../../src/manifest/templated.ts'
import { image, pack, unpack } from '../../src/providers/wfp/binding/ctype/index.ts'
import { FWPM_FILTER0, FWPM_PROVIDER_CONTEXT3 } from '../../src/providers/wfp/binding/tables/structs/index.ts'
import { mainModeKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { decodeRecord, encodeRecord } from '../../src/providers/wfp/resources/owner.ts'
import { encodeTunnel } from '../../src/providers/wfp/tunnels/codec/index.ts'
import { tunnels } from '../../src/providers/wfp/tunnels/kind.ts'
import type { WatchStatus } from '../../src/reconcile/watch/watcher.ts'
import { filter } from '../conformance/samples.ts'
import { gateway, pointToPoint } from '../fixtures/specs.ts'

export interface Reader {
  /** beside those in `seeds/NAME` */
  readonly seeds?: () => readonly Buffer[]
  open?(): Promise<void>
  check(bytes: Buffer): void | Promise<void>
  close?(): Promise<void>
}

/** What a terminal obeys, but for the ends of our own lines. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

/** What is right, and what is wrong in every way that has a finding. */
function written(): Buffer[] {
  return ['examples', 'test/diagnostics'].flatMap((folder) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name))
    return files.sort().map((name) => readFileSync(join(folder, name)))
  })
}

/** Findings, never an exception; and nothing of them that a terminal obeys. */
function manifests(bytes: Buffer): void {
  const read = manifestFileOf(bytes, 'a.yaml')
  if (!read) return
  const findings = 'message' in read ? [read] : loadDesired([read], kindsByName).diagnostics
  expect(renderDiagnostics(findings, { color: false }).replace(/\p{Extended_Pictographic}.*/gu, '')).not.toMatch(OBEYED)
  expect(() => diagnosticsToJson(findings)).not.toThrow()
}

const TABLES = ['rows.csv', 'rows.yaml', 'rows.json']
const ROWS = [
  'site;net;list\r\nparis;2;"10.2.0.0/16, 10.3.0.0/16"\r\n"ro""me";3;\r\n',
  '- { site: paris, net: 2, list: [10.2.0.0/16] }\n- { site: rome, net: 3 }\n',
  '[{"site": "paris", "net": 2, "list": ["10.2.0.0/16"]}, {"site": null}]\n',
]
const TEMPLATED = `apiVersion: wfpctl/v1alpha1
kind: TunnelTemplate
metadata: { name: t }
spec:
  parameters:
    required: [site]
    properties:
      site: { type: string, pattern: '^[a-z]+$' }
      net: { type: integer, default: 7 }
      list: { type: array, items: { type: string } }
  template:
    metadata: { name: 'hq-\${site}' }
    spec:
      mode: gateway
      keyModule: ikev2
      endpoints: { local: 203.0.113.10, remote: '198.51.100.\${net}' }
      traffic: { local: [10.1.0.0/16, '\${site}'], remote: '\${list}' }
      quickMode: { proposals: [{ esp: { aead: aes256gcm } }] }
---
apiVersion: wfpctl/v1alpha1
kind: Policy
metadata: { name: p }
spec: { validations: [{ expression: 'size(object.metadata.name) > 3', field: spec.traffic.remote }] }
`
const instancesOf = (file: string) =>
  `---\napiVersion: wfpctl/v1alpha1\nkind: TunnelInstances\nmetadata: { name: i }\nspec: { template: t, file: ${file} }\n`

/** The first byte says whether the manifests or a table have come to harm, and which table there is. */
async function templates(bytes: Buffer): Promise<void> {
  const which = (bytes[0] ?? 0) % (TABLES.length * 2)
  const path = TABLES[which % TABLES.length]!
  const inTable = which < TABLES.length
  const read = manifestFileOf(bytes.subarray(1), inTable ? path : 'a.yaml')
  if (!read || 'message' in read) return
  const rows: SourceFile = { path, text: ROWS[which % TABLES.length]!, holds: 'rows' }
  const files: readonly SourceFile[] = inTable
    ? [
        { path: 'a.yaml', text: TEMPLATED + instancesOf(path) },
        { ...read, holds: 'rows' },
      ]
    : [read, rows]
  await knowTemplates(files)
  const { desired, diagnostics } = loadDesired(files, kindsByName)
  for (const { manifest } of desired.resources) manifest.at('/spec/traffic/remote/0')
  expect(renderDiagnostics(diagnostics, { color: false }).replace(/\p{Extended_Pictographic}.*/gu, '')).not.toMatch(
    OBEYED,
  )
}

function templateSeeds(): Buffer[] {
  const tables = ROWS.map((text, i) => Buffer.concat([Buffer.of(i), Buffer.from(text)]))
  const manifests = TABLES.map((path, i) =>
    Buffer.concat([Buffer.of(TABLES.length + i), Buffer.from(TEMPLATED + instancesOf(path))]),
  )
  return [...tables, ...manifests]
}

/** A plan, or one sentence about what it is not. */
function savedPlans(bytes: Buffer): void {
  try {
    const plan = parseSavedPlan('p.json', bytes.toString('utf8'))
    expect(plan.sets.every(({ set, digest }) => typeof set === 'string' && typeof digest === 'string')).toBe(true)
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
  }
}

/** Nothing, or a record that is one when it is read again. */
function records(bytes: Buffer): void {
  const keyed = decodeRecord(bytes)
  if (!keyed) return
  expect(keyed.record.name).toMatch(/^[a-z0-9.-]{1,63}$/)
  expect(decodeRecord(encodeRecord(keyed))).toEqual(keyed)
}

const BASE = 0x10_0000
const KEY = '5a5a5a5a-0000-4000-8000-000000000001'
const STRUCTURES = [FWPM_PROVIDER_CONTEXT3, FWPM_FILTER0] as const

/** The seeds: a tunnel's two contexts, and a filter, as an engine has them in memory. The first byte says which structure it is. */
function images(): Buffer[] {
  const identity = { name: 'a', key: KEY, providerKey: KEY }
  const encoded = [gateway, pointToPoint].map((spec) =>
    encodeTunnel(spec as never, identity, () => Buffer.from('psk'), 3),
  )
  const contexts = encoded.flatMap(({ tunnelPolicy, mainModePolicy }) => [
    tunnelPolicy,
    ...(mainModePolicy ? [mainModePolicy] : []),
  ])
  return [
    ...contexts.map((context) => Buffer.concat([Buffer.of(0), pack(FWPM_PROVIDER_CONTEXT3, context as never, BASE)])),
    Buffer.concat([Buffer.of(1), pack(FWPM_FILTER0, filter(), BASE)]),
  ]
}

/** A value or a refusal, the same whatever lies around the bytes; and what it says can be shown. */
function engineMemory(bytes: Buffer): void {
  if (bytes.length === 0) return
  const structure = STRUCTURES[bytes[0]! % 2]!
  const seen = [0x00, 0xa5].map((around) => {
    const arena = Buffer.alloc(bytes.length + 512, around)
    bytes.copy(arena, 256, 1)
    return outcomeOf(() =>
      unpack(structure as typeof FWPM_FILTER0, image(arena.subarray(256, 255 + bytes.length), BASE), BASE),
    )
  })
  expect(seen[1]).toEqual(seen[0])
  const { value } = seen[0]!
  if (!value || structure !== FWPM_PROVIDER_CONTEXT3) return
  const contexts = new Map([
    [KEY, value],
    [mainModeKeyOf(KEY), value],
  ])
  JSON.stringify(tunnels.decode({ key: KEY, contexts: contexts as never, filters: [] })?.spec)
}

function outcomeOf(work: () => unknown): { readonly value?: unknown; readonly refused?: string } {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'BadPointer') throw error
    return { refused: error.message }
  }
}

/** What is found stands in the commit, and links lead nowhere else. */
function gitTrees(bytes: Buffer): void {
  const entries = entriesOf(bytes)
  const known = new Set(entries)
  for (const folder of ['', 'gw', 'a/b']) {
    const { files, diagnostics } = manifestsIn(entries, folder, ({ id }) => Buffer.from(id, 'hex').toString('utf8'))
    expect(files.every(({ entry }) => known.has(entry) && entry.mode.startsWith('100'))).toBe(true)
    expect(diagnostics.every(({ code }) => code.startsWith('E10'))).toBe(true)
  }
}

const hex = (text: string): string => Buffer.from(text).toString('hex')
const TREE = [
  '100644 blob 61 12\tgw/a.yaml',
  `120000 blob ${hex('../shared')} 9\tgw/link`,
  `120000 blob ${hex('.')} 1\tgw/loop`,
  `120000 blob ${hex('../../etc')} 9\tgw/out.yaml`,
  `120000 blob ${hex('/etc')} 9\tgw/absolute`,
  '100755 blob 62 99\tshared/b.yml',
  '160000 commit 63 -\tgw/module',
  '100644 blob 64 1\tgw/.hidden/c.yaml',
].join('\0')

let server: Listening
const STATUS: WatchStatus = {
  engine: { name: 'sandbox', connected: true },
  tree: 'good',
  findings: [],
  passes: 1,
  sets: [],
}

/** Whatever is sent, what comes back is an answer of ours or nothing, and only who asks for this machine is told. */
async function http(bytes: Buffer): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    answer += text
  })
  socket.on('error', () => {})
  socket.end(Buffer.concat([bytes, Buffer.from('\r\n\r\n')]))
  await once(socket, 'close')
  expect(answer).toMatch(/^$|^HTTP\/1\.1 (200|204|400|403|404|405|408|413|431|501|503) /)
}

const IMPORTED = [
  'firewall.json',
  'rules.ps1',
  'rules.cmd',
  'swanctl.conf',
  'connection.json',
  'gateways.json',
  'template.json',
]

/** The seeds: a byte that says which tool, and a file of one. */
function importable(): Buffer[] {
  return IMPORTED.map((name, i) => Buffer.concat([Buffer.of(i), readFileSync(join('test/fixtures/import', name))]))
}

const TOOLS = ['netipsec', 'swanctl', 'azure'] as const

/** Manifests that validate, or findings; and every value is told of at a place of the file. */
function imports(bytes: Buffer): void {
  const text = bytes.toString('utf8', 1)
  for (const tool of TOOLS) {
    const fill = new Map([['endpoints.remote', '198.51.100.7']])
    const { manifests, entries, diagnostics } = importFrom(tool, [{ path: 'f', text }], { fill, beside: () => 'no' })
    const read = loadDesired([{ path: 'm.yaml', text: yamlOf(manifests) }], kindsByName)
    expect(read.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(entries.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true)
    expect(renderDiagnostics(diagnostics, { color: false }).replace(/\p{Extended_Pictographic}.*/gu, '')).not.toMatch(
      OBEYED,
    )
  }
}

export const READERS: { readonly [name: string]: Reader } = {
  manifests: { seeds: written, check: manifests },
  templates: { seeds: templateSeeds, check: templates },
  'saved-plans': { check: savedPlans },
  records: { check: records },
  imports: { seeds: importable, check: imports },
  'engine-memory': { seeds: images, check: engineMemory },
  'git-trees': { seeds: () => [Buffer.from(TREE)], check: gitTrees },
  http: {
    open: async () => {
      server = await listen({ address: '0', tell: () => {} }, watchSite({ status: STATUS, declared: [] }))
    },
    check: http,
    close: () => server.close(),
  },
}
