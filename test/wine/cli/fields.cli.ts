/**
 * Every byte the DLL is given, field by field, against what the manifest says: the examples, and many tunnels in which every field of
 * the schema and every word of it stands at least once. The expectation is read from the manifest by test/wine/expected alone.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../../../src/base/json.ts'
import { ipsecTunnel } from '../../../src/kinds/ipsec-tunnel/kind.ts'
import { textOf, tunnelSpecs } from '../../arbitraries/manifests.ts'
import { schemaLeaves } from '../../support/schema-leaves.ts'
import type { Secrets } from '../expected/authentication.ts'
import { expectedDescriptor, readDescriptor } from '../expected/descriptor.ts'
import { Reading } from '../expected/reading.ts'
import { expectedCall, sorted } from '../expected/tunnel.ts'
import { type Json, type Line, withoutCounts } from '../statement.ts'
import { Windows } from '../windows.ts'

interface Tunnel {
  readonly name: string
  readonly set: string
  readonly spec: JsonObject
}

const PSK_FILE = 'from a file'
const SECRETS: Secrets = {
  env: {
    WFPCTL_TEST_PSK_A: 'correct horse',
    WFPCTL_TEST_PSK_B: 'Pferd – 馬',
    WFPCTL_TEST_HEX: '00ff7f80',
    WFPCTL_TEST_BASE64: 'AP9/gA==',
  },
  files: { './psk.txt': PSK_FILE },
}

/** What the generator leaves out: keys in files and in other encodings. */
const PSK_SAMPLES: readonly JsonObject[] = [
  { file: './psk.txt' },
  { env: 'WFPCTL_TEST_HEX', encoding: 'hex' },
  { env: 'WFPCTL_TEST_BASE64', encoding: 'base64' },
].map((presharedKey) => ({
  mode: 'gateway',
  keyModule: 'ikev2',
  endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
  traffic: { local: ['10.1.0.0/16'], remote: ['10.2.0.0/16'] },
  mainMode: { authentication: [{ presharedKey }] },
  quickMode: { proposals: [{ esp: { aead: 'aes256gcm' } }] },
}))

const SAMPLES: readonly Tunnel[] = [...PSK_SAMPLES, ...fc.sample(tunnelSpecs(), { seed: 2, numRuns: 160 })].map(
  (spec, i) => ({ name: `r${i}`, set: i % 3 === 0 ? 'branch' : 'default', spec }),
)

const examples = readdirSync('examples').flatMap((folder) =>
  readdirSync(`examples/${folder}`)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readFileSync(`examples/${folder}/${file}`, 'utf8')),
)

interface Document {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly set?: string }
  readonly spec: JsonObject
}

/** The tunnels of a YAML text, read with nothing but a YAML parser. */
function tunnelsIn(text: string): Tunnel[] {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Document)
  return documents
    .filter(({ kind }) => kind === 'IPsecTunnel')
    .map(({ metadata: { name, set = 'default' }, spec }) => ({ name, set, spec }))
}

/** Applies the text and holds every tunnel the DLL was given against its manifest. @returns the fields that were compared */
async function expectEveryField(text: string, secrets: Secrets): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const machine = new Windows()
  machine.write('tunnels.yaml', text)
  machine.write('psk.txt', PSK_FILE)

  const { code, stderr } = await machine.wfpctl(['apply', '--auto-approve'], secrets.env)
  // without the many warnings about old algorithms
  expect({ code, errors: stderr.match(/^error\[.*?\n\n/gms) ?? [] }).toEqual({ code: 0, errors: [] })

  const given = new Map(
    machine
      .statement()
      .filter(isAdd)
      .map((line) => [nameOf(line), line]),
  )
  const seen = new Map<string, Set<string>>()
  const tunnels = tunnelsIn(text)
  for (const { name, set, spec } of tunnels) {
    const reading = new Reading(spec, '', seen)
    const expected = expectedCall(reading, { name, set }, secrets)
    const line = given.get(name)
    expect(statedCall(line, expected), name).toEqual(expected)
    expect(readDescriptor(line?.sd as string | null)).toEqual(expectedDescriptor(reading.at('securityDescriptor')))
  }
  expect(given.size).toBe(tunnels.length)
  return seen
}

function isAdd({ call }: Line): boolean {
  return call === 'FwpmIPsecTunnelAdd3'
}

function nameOf({ tunnelPolicy }: Line): Json {
  return (tunnelPolicy as { displayData: { name: string } }).displayData.name
}

function statedCall(line: Line | undefined, expected: { [field: string]: Json }): Json {
  const stated = Object.fromEntries(Object.keys(expected).map((key) => [key, line?.[key] ?? null]))
  const { filterConditions, ...rest } = withoutCounts(stated, expected) as Line
  return { ...rest, filterConditions: sorted(filterConditions as Json[]) }
}

/** AuthIP proves people in other ways than machines. */
const IMPOSSIBLE = /^\/extendedMode\/authentication\/-\/(presharedKey|certificate|eap|cga)\//
/** No call takes it: wfpctl itself honours it. Where a key is kept is shown by tests of their own. */
const NOT_GIVEN = ['/protect', '/acceptReadback', '/enabled']
const KEPT_ELSEWHERE = /\/presharedKey\/(dpapi|credential|sops|key|ageKeyFile)$/
const PROTECTIONS = ['delete', 'replace']

describe('what the DLL is given', () => {
  it('is what the examples say', { timeout: 300_000 }, async () => {
    const text = examples.map((example) => `---\n${example}`).join('')
    const env = Object.fromEntries([...text.matchAll(/env: ([A-Z_]+)/g)].map(([, name]) => [name, 'swordfish']))

    const seen = await expectEveryField(text, { env, files: {} })

    expect(seen.size).toBeGreaterThan(30)
  })

  it('is what manifests say, in each field and each word of the schema', { timeout: 600_000 }, async () => {
    const set = {
      apiVersion: 'wfpctl/v1alpha1',
      kind: 'TunnelSet',
      metadata: { name: 'branch' },
      spec: { prune: true },
    }
    const documents = SAMPLES.map(({ name, set, spec }) => ({
      apiVersion: 'wfpctl/v1alpha1',
      kind: 'IPsecTunnel',
      metadata: { name, set },
      spec,
    }))

    const seen = await expectEveryField(textOf([set, ...documents]), SECRETS)

    const possible = schemaLeaves(ipsecTunnel).filter(
      (field) => ![IMPOSSIBLE, KEPT_ELSEWHERE].some((no) => no.test(field)) && !NOT_GIVEN.includes(field),
    )
    expect(possible.filter((field) => !seen.has(field))).toEqual([])
    expect(unusedWords(seen)).toEqual([])
  })
})

/** Words of the schema's lists that no sample says anywhere. */
function unusedWords(seen: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const said = new Set([...seen.values()].flatMap((values) => [...values]))
  return [...wordsIn(ipsecTunnel.schema)].filter((word) => !said.has(word) && !PROTECTIONS.includes(word))
}

function* wordsIn(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'enum') yield* value as string[]
    else if (key !== 'examples') yield* wordsIn(value)
  }
}
