import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Json, type JsonObject, type Pointer, parsePointer, withValueAt } from '../../src/base/json.ts'
import { kinds } from '../../src/kinds/index.ts'
import { validateDocument } from '../../src/manifest/schema/validate.ts'
import { keyManagerSpecs, tunnelSpecs } from '../arbitraries/manifests.ts'
import { withMainMode } from '../fixtures/specs.ts'
import { leavesOf } from '../support/leaves.ts'
import { manifestOf } from '../support/manifest.ts'

const withKeyFile = {
  ...withMainMode({ authentication: [{ presharedKey: { file: './hq.psk', encoding: 'utf8', flags: [] } }] }),
  acceptReadback: ['/traffic/profile'],
} as unknown as JsonObject

const sops = { sops: './a.yaml', key: 'psk1', ageKeyFile: './age1.txt', encoding: 'utf8', flags: [] } as const
const withSops = withKeyIn(sops)

function withKeyIn(presharedKey: JsonObject): JsonObject {
  return withMainMode({ authentication: [{ presharedKey: presharedKey as never }] }) as unknown as JsonObject
}

const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))
const SAMPLES: readonly (readonly [string, JsonObject])[] = [
  ...fc.sample(tunnelSpecs(), { seed: 4, numRuns: 26 }).map((spec) => ['IPsecTunnel', spec] as const),
  // the keys of generated manifests come from the environment alone
  ['IPsecTunnel', { ...withKeyFile, enabled: false }],
  ['IPsecTunnel', withSops],
  ...[{ dpapi: './a1.dpapi' }, { credential: 'hq1' }].map(
    (source) => ['IPsecTunnel', withKeyIn({ ...source, encoding: 'utf8', flags: [] })] as const,
  ),
  ...fc
    .sample(keyManagerSpecs(), { seed: 4, numRuns: 8 })
    .map((spec, i) => ['KeyManager', i === 0 ? { ...spec, enabled: false } : spec] as const),
]

interface Schema {
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly $ref?: string
}

/** What the manifest means, or what is wrong with it. */
function meaningOf(kind: string, spec: Json): string {
  const { schema, normalise } = KINDS.get(kind)!
  const manifest = manifestOf(kind, spec as JsonObject)
  const value = { apiVersion: 'wfpctl/v1alpha1', kind, metadata: { name: 'a' }, spec }
  const { diagnostics } = validateDocument(
    { file: manifest.file, start: 0, at: manifest.at, broken: new Set(), value },
    schema,
  )
  const result = diagnostics.length > 0 ? { ok: false as const, diagnostics } : normalise(manifest)
  return JSON.stringify(result.ok ? result.value : result.diagnostics.map(({ message }) => message))
}

function resolved(schema: Schema | undefined, defs: { readonly [name: string]: Schema } = {}): Schema | undefined {
  return schema?.$ref ? defs[schema.$ref.replace('#/$defs/', '')] : schema
}

function schemaAt(kind: string, pointer: Pointer): Schema | undefined {
  const whole = KINDS.get(kind)?.schema as { properties: { spec: Schema }; $defs?: { [name: string]: Schema } }
  let schema: Schema | undefined = whole.properties.spec
  for (const step of parsePointer(pointer)) {
    schema = /^\d+$/.test(step) && schema?.items ? schema.items : schema?.properties?.[step]
    schema = resolved(schema, whole.$defs)
  }
  return schema
}

/** Another value of the same type: the next word, the next number, the next digit. */
function another(kind: string, pointer: Pointer, value: Json): Json {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  const words = schemaAt(kind, pointer)?.enum ?? []
  if (words.length > 1) return words[(words.indexOf(String(value)) + 1) % words.length]!
  const text = String(value)
  const digit = /\d(?=\D*$)/.exec(text)
  if (!digit) return `${text}z`
  return `${text.slice(0, digit.index)}${(Number(digit[0]) + 1) % 10}${text.slice(digit.index + 1)}`
}

describe.each(SAMPLES)('%s: no field is accepted and then ignored', (kind, spec) => {
  // an empty mapping or list has nothing to change
  const leaves = leavesOf(spec).filter(({ value }) => typeof value !== 'object')
  const meaning = meaningOf(kind, spec)

  it('another value means something else, or is an error', () => {
    for (const { pointer, value } of leaves) {
      const other = another(kind, pointer, value)

      expect([pointer, other, meaningOf(kind, withValueAt(spec, pointer, other)) === meaning]).toEqual([
        pointer,
        other,
        false,
      ])
    }
  })
})

it('the samples have every field of the schemas', () => {
  const exercised = new Set(
    SAMPLES.flatMap(([kind, spec]) => fieldsOf(spec).map((field) => `${kind} ${shared(field)}`)),
  )
  const known = [...KINDS].flatMap(([name, kind]) => {
    const { properties, $defs } = kind.schema as { properties: { spec: Schema }; $defs?: { [name: string]: Schema } }
    return schemaFields(properties.spec, '', $defs).map((field) => `${name} ${shared(field)}`)
  })

  expect(known.filter((field) => !exercised.has(field))).toEqual([])
})

/** Places that share a definition share their fields: one of them is enough. */
function shared(field: string): string {
  return field
    .replace('/extendedMode/authentication/-/', '/mainMode/authentication/-/')
    .replace('/ssl', '/certificate')
    .replace(/\/(inbound|outbound)\//, '/trust/')
}

/** `/quickMode/proposals/-/esp/aead` */
function fieldsOf(value: Json, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  if (Array.isArray(value)) return [path, ...value.flatMap((item: Json) => fieldsOf(item, `${path}/-`))]
  return [path, ...Object.entries(value).flatMap(([key, item]) => fieldsOf(item as Json, `${path}/${key}`))]
}

function schemaFields(schema: Schema, path: string, defs: { readonly [name: string]: Schema } | undefined): string[] {
  const { properties = {}, items } = resolved(schema, defs) ?? {}
  const inner = Object.entries(properties).flatMap(([name, property]) =>
    schemaFields(property, `${path}/${name}`, defs),
  )
  return [path, ...inner, ...(items ? schemaFields(items, `${path}/-`, defs) : [])]
}
