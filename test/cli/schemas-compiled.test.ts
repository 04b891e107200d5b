/** What the build makes of the schemas says the same as what is made of them at run time: of every value, and in every word. */

import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { ValidateFunction } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { compiledFile, schemaCalled, validatorOf } from '../../src/manifest/schema/compile.ts'

type Value = { readonly [name: string]: unknown }

const root = new URL('../../', import.meta.url)
const files = ['examples', 'test/diagnostics']
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((f) => `${folder}/${f}`),
  )
  .filter((file) => file.endsWith('.yaml') && !file.includes('/not-yaml/'))
const documents = files
  .flatMap((file) => parseAllDocuments(readFileSync(new URL(file, root), 'utf8'), { logLevel: 'silent' }))
  .flatMap((document) => (document.errors.length === 0 ? [document.toJS() as Value | null] : []))
const minimal = { apiVersion: 'wfpctl/v1alpha1', metadata: { name: 'a' }, spec: {} }
const names = [
  'envelope',
  'IPsecTunnel',
  'KeyManager',
  'TunnelSet',
  'Policy',
  'TrafficTest',
  'TunnelTemplate',
  'TunnelInstances',
]

describe.each(names)('%s', (kind) => {
  const schema = schemaCalled(kind)
  const atRunTime = validatorOf(schema)
  const values: Value[] = [
    { ...minimal, kind },
    ...documents.flatMap((one) => (one !== null && (kind === 'envelope' || one.kind === kind) ? [one] : [])),
  ]

  it.each(['cli', 'lib'])('of dist/%s', (folder) => {
    const byBuild: ValidateFunction = createRequire(import.meta.url)(`../../dist/${folder}/${compiledFile(kind)}`)
    for (const value of values) expect(errorsOf(byBuild, value)).toEqual(errorsOf(atRunTime, value))
    fc.assert(
      fc.property(fc.constantFrom(...values), fc.array(mistake, { minLength: 1, maxLength: 3 }), (value, mistakes) => {
        const wrong = mistakes.reduce<unknown>((before, { at, becomes }) => changed(before, at, becomes), value)
        expect(errorsOf(byBuild, wrong)).toEqual(errorsOf(atRunTime, wrong))
      }),
      { numRuns: 300 },
    )
  })
})

function errorsOf(validate: ValidateFunction, value: unknown) {
  return validate(value) ? [] : validate.errors
}

/** Which of all places, counted in the order of the document, and what is written there instead; undefined: nothing. */
const mistake = fc.record({
  at: fc.nat(60),
  becomes: fc.oneof(
    fc.constantFrom<unknown>(undefined, null, true, '', 'x', -1, 65536, [], {}, { unknown: 1 }, ['x', 'x']),
    fc.jsonValue({ maxDepth: 2 }),
  ),
})

function changed(value: unknown, at: number, becomes: unknown): unknown {
  let left = at
  const walk = (one: unknown): unknown => {
    if (left-- === 0) return becomes
    if (typeof one !== 'object' || one === null) return one
    if (Array.isArray(one)) return one.map(walk).filter((item) => item !== undefined)
    return Object.fromEntries(
      Object.entries(one).flatMap(([name, inner]) => {
        const put = walk(inner)
        return put === undefined ? [] : [[name, put]]
      }),
    )
  }
  return walk(value)
}
