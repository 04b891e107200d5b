import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonObject, valueAt, withValueAt } from '../../src/base/json.ts'
import { schemaKinds } from '../../src/cli/commands/schema.ts'
import { kinds } from '../../src/kinds/index.ts'
import * as flags from '../../src/kinds/ipsec-tunnel/flags.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { readSchema } from '../../src/manifest/schema/files.ts'
import { keyManagerSpecs, manifests, textOf, tunnelSpecs } from '../arbitraries/manifests.ts'
import { manifestOf } from '../support/manifest.ts'
import { KIND_NAMES, publishedValidator } from '../support/schemas.ts'

const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))

interface Schema {
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  readonly type?: string | readonly string[]
  readonly additionalProperties?: unknown
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly $ref?: string
  readonly $defs?: { readonly [name: string]: Schema }
}

/** Every property of a schema, with the definitions it refers to. */
function* propertiesOf(schema: Schema, path: string): Generator<readonly [string, Schema]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield [`${path}/${name}`, property]
    yield* propertiesOf(property, `${path}/${name}`)
  }
  if (schema.items) yield* propertiesOf(schema.items, `${path}/-`)
  for (const [name, definition] of Object.entries(schema.$defs ?? {})) yield* propertiesOf(definition, `$${name}`)
}

describe.each([...KINDS])('the schema of %s', (_name, kind) => {
  const schema = kind.schema as Schema
  const properties = [...propertiesOf(schema, '')]

  it('describes every property and shows an example of it', () => {
    const silent = properties.filter(([, { description, examples }]) => !description || !examples?.length)

    expect(silent.map(([path]) => path)).toEqual([])
  })

  it('admits no unknown field anywhere', () => {
    const open = properties.filter(
      ([, { type, additionalProperties }]) => type === 'object' && additionalProperties !== false,
    )

    // labels are the user's own words
    expect(open.map(([path]) => path)).toEqual(['/metadata/labels'])
  })

  it('needs no alternatives of schemas', () => {
    expect(JSON.stringify(schema)).not.toMatch(/"(oneOf|anyOf|allOf|not|if)":/)
  })

  it('accepts the examples and the default of each property', () => {
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema({ $id: 'defs:', $defs: schema.$defs ?? {} })
    for (const [path, property] of properties) {
      const validate = ajv.compile(JSON.parse(JSON.stringify(property).replaceAll('#/$defs/', 'defs:#/$defs/')))

      for (const value of [...(property.examples ?? []), ...('default' in property ? [property.default] : [])]) {
        expect([path, value, validate(value), validate.errors]).toEqual([path, value, true, null])
      }
    }
  })
})

it('every kind has its schema', () => {
  expect([...KIND_NAMES].sort()).toEqual(schemaKinds())
})

it.each([...KIND_NAMES, 'wfpctl'])('the schema %s is a schema of draft 2020-12', (name) => {
  const ajv = new Ajv2020({ strict: false })

  expect([ajv.validateSchema(readSchema(name)), ajv.errors]).toEqual([true, null])
})

describe('the defaults of the schemas', () => {
  const tunnel = {
    mode: 'gateway',
    keyModule: 'authip',
    endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
    traffic: { local: ['10.1.0.0/16'], remote: ['10.2.0.0/16'] },
    mainMode: {
      authentication: [{ kerberos: {} }, { ntlmv2: {} }, { ssl: { trust: { store: 'enterprise' } } }],
      proposals: [{}],
    },
    extendedMode: { authentication: [{ kerberos: {} }] },
    quickMode: {
      proposals: [{ ah: { integrity: 'sha256' } }],
      trafficSelectors: [{ local: [{ address: '10.1.0.0/16' }] }],
    },
  }
  const secret = {
    ...tunnel,
    keyModule: 'ikev2',
    extendedMode: undefined,
    mainMode: { authentication: [{ presharedKey: { env: 'A' } }, { eap: {} }] },
  }
  const cases: readonly (readonly [string, string, JsonObject])[] = [
    ['ipsectunnel', 'IPsecTunnel', tunnel],
    ['ipsectunnel', 'IPsecTunnel', JSON.parse(JSON.stringify(secret)) as JsonObject],
    ['keymanager', 'KeyManager', { role: 'dictate', handler: { module: './tia.mjs' } }],
  ]

  it.each(cases)('are those of the normal form (%s, %#)', (_file, name, spec) => {
    const kind = KINDS.get(name)!
    const { properties = {}, $defs = {} } = kind.schema as Schema
    const result = kind.normalise(manifestOf(name, spec))
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))

    const all = withDefaults(properties.spec!, spec, $defs) as JsonObject
    // a default of ikev2 is no field of the other key modules
    const filled = spec.keyModule === 'ikev2' ? all : withValueAt(all, '/mainMode/retransmitFor', undefined)

    expect(kind.normalise(manifestOf(name, filled as JsonObject))).toMatchObject({ ok: true, value: result.value })
    for (const [pointer, value] of missingIn(filled, result.value))
      expect([pointer, value]).toEqual([pointer, undefined])
  })
})

/** The spec with every default of the schema written out. */
function withDefaults(schema: Schema, value: unknown, defs: { readonly [name: string]: Schema }): unknown {
  const resolved = schema.$ref ? defs[schema.$ref.replace('#/$defs/', '')]! : schema
  if (Array.isArray(value)) return value.map((item) => withDefaults(resolved.items ?? {}, item, defs))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(resolved.properties ?? {}).flatMap(([name, property]) => {
    const given = (value as JsonObject)[name] ?? ('default' in property ? property.default : undefined)
    return given === undefined ? [] : [[name, withDefaults(property, given, defs)] as const]
  })
  return Object.fromEntries(entries)
}

/** Scalars that the normal form has and the filled spec lacks: defaults that the schema does not tell. */
function missingIn(filled: unknown, normal: JsonObject): (readonly [string, unknown])[] {
  const lacks = (a: unknown, b: unknown, path: string): (readonly [string, unknown])[] => {
    if (typeof b !== 'object' || b === null) return a === undefined ? [[path, b]] : []
    return Object.entries(b).flatMap(([key, item]) => {
      const other = typeof a === 'object' && a !== null ? (a as { [key: string]: unknown })[key] : undefined
      return SUGAR.has(key) ? [] : lacks(other, item, `${path}/${key}`)
    })
  }
  return lacks(filled, normal, '')
}
/** What `trust` becomes. */
const SUGAR = new Set(['inbound', 'outbound'])

describe('the words of the schema', () => {
  const schema = kinds.find(({ name: kind }) => kind === 'IPsecTunnel')!.schema as JsonObject
  it.each<readonly [string, flags.FlagTable]>([
    ['/properties/spec/properties/quickMode/properties/flags', flags.POLICY_FLAGS],
    ['/properties/spec/properties/mainMode/properties/flags', flags.MAIN_MODE_FLAGS],
    ['/$defs/certificate/properties/flags', flags.CERTIFICATE_FLAGS],
    ['/$defs/criteria/properties/flags', flags.CRITERIA_FLAGS],
    ['/$defs/authentication/properties/presharedKey/properties/flags', flags.PSK_FLAGS],
    ['/$defs/authentication/properties/eap/properties/flags', flags.EAP_FLAGS],
    ['/$defs/authentication/properties/kerberos/properties/flags', flags.KERBEROS_FLAGS],
    ['/$defs/authentication/properties/ntlmv2/properties/flags', flags.NTLM_FLAGS],
  ])('%s are those of the table', (pointer, table) => {
    expect(valueAt(schema, `${pointer}/items/enum`)).toEqual(Object.keys(table))
  })
})

describe('generated manifests', () => {
  it('have no error in the schema, in the normal form or among themselves', () => {
    fc.assert(
      fc.property(manifests(), (documents) => {
        const { desired, diagnostics } = loadDesired([{ path: 'a.yaml', text: textOf(documents) }], KINDS)

        expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
        expect(desired.resources).toHaveLength(documents.length)
      }),
      { numRuns: 30 },
    )
  })

  it('have normal forms that the schema accepts', () => {
    const accepts = ([kind, spec]: readonly [string, JsonObject]) => {
      const result = KINDS.get(kind)!.normalise(manifestOf(kind, spec))
      if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
      const again = { apiVersion: 'wfpctl/v1alpha1', kind, metadata: { name: 'a' }, spec: result.value }
      const { diagnostics } = loadDesired([{ path: 'a.yaml', text: textOf([again]) }], KINDS)

      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    }
    const both = fc.oneof(
      tunnelSpecs().map((spec) => ['IPsecTunnel', spec] as const),
      keyManagerSpecs().map((spec) => ['KeyManager', spec] as const),
    )

    fc.assert(fc.property(both, accepts), { numRuns: 40 })
  })
})

describe('the all-in-one schema', () => {
  const validate = publishedValidator()

  it('follows the kind', () => {
    fc.assert(
      fc.property(manifests(), (documents) => {
        for (const document of documents) expect([validate(document), validate.errors]).toEqual([true, null])
      }),
      { numRuns: 20 },
    )
  })

  it.each(['IPsecTunnel', 'KeyManager', 'TunnelSet', 'Tunnel'])('refuses a %s that is none', (kind) => {
    expect(validate({ apiVersion: 'wfpctl/v1alpha1', kind, metadata: { name: 'a' }, spec: { nonsense: true } })).toBe(
      false,
    )
  })
})
