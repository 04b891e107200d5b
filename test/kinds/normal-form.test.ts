import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { kinds } from '../../src/kinds/index.ts'
import type { Kind } from '../../src/manifest/model.ts'
import { keyManagerSpecs, tunnelSpecs } from '../arbitraries/manifests.ts'
import { manifestOf } from '../support/manifest.ts'

const GENERATORS: { readonly [kind: string]: fc.Arbitrary<JsonObject> } = {
  IPsecTunnel: tunnelSpecs(),
  KeyManager: keyManagerSpecs(),
}

function normalise(kind: Kind, spec: JsonObject): JsonObject {
  const result = kind.normalise(manifestOf(kind.name, spec))
  expect(result.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (!result.ok) throw new Error('no value and no error')
  return result.value
}

describe.each(kinds.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  const specs = GENERATORS[name]!

  it('accepts every generated spec, and its normal form is a fixed point', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const once = normalise(kind, spec)

        expect(normalise(kind, once)).toEqual(once)
      }),
      { numRuns: 150 },
    )
  })

  it('is blind to the order of keys', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        expect(normalise(kind, reversed(spec) as JsonObject)).toEqual(normalise(kind, spec))
      }),
    )
  })

  it('gives plain JSON: nothing undefined, nothing null', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const once = normalise(kind, spec)

        expect(JSON.parse(JSON.stringify(once))).toStrictEqual(once)
        expect(JSON.stringify(once)).not.toContain('null')
      }),
    )
  })
})

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  )
}
