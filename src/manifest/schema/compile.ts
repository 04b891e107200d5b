/** JSON Schema (2020-12) → a function that checks a value. The only door to `ajv`. */

import { createRequire } from 'node:module'
import type { ValidateFunction } from 'ajv'
import type * as Ajv from 'ajv/dist/2020.js'
import { ENVELOPE_SCHEMA } from './envelope.ts'
import { packagedKindOf, readSchema } from './files.ts'
import { linear } from './finding.ts'

/** Put in by the build, which compiles the schemas of the package. */
declare const WFPCTL_BUILD: string | undefined

/** Our own schemas are held to the meta-schema by a test: compiling that one costs more than all the rest of a start. */
const OPTIONS = {
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  validateSchema: false,
} as const

const ANNOTATIONS = [
  ...['x-wfp', 'x-hint', 'x-label', 'x-code', 'x-sensitive', 'x-words', 'x-form'],
  // what editors alone look at
  ...['errorMessage', 'defaultSnippets'],
  // a pattern that a manifest brings
  'x-linear',
]

const validators = new WeakMap<object, ValidateFunction>()

/** @param schema a whole schema; it is compiled at its first use and kept, and those of the package were compiled by the build */
export function validatorOf(schema: object): ValidateFunction {
  const validate = validators.get(schema) ?? compiledByBuild(schema) ?? compile(schema, { optimize: false }).validate
  validators.set(schema, validate)
  return validate
}

/** Where the build writes `sourceOf` of a schema, beside the program. */
export function compiledFile(name: string): string {
  return `${name.toLowerCase()}.validate.cjs`
}

function compiledByBuild(schema: object): ValidateFunction | undefined {
  if (typeof WFPCTL_BUILD !== 'string') return undefined
  const name = schema === ENVELOPE_SCHEMA ? ENVELOPE : packagedKindOf(schema)
  return name === undefined ? undefined : createRequire(import.meta.url)(`./${compiledFile(name)}`)
}

/** What the schema of no kind is called. */
const ENVELOPE = 'envelope'

/** @returns the schema of a kind, or of what is around every one */
export function schemaCalled(name: string): object {
  return name === ENVELOPE ? ENVELOPE_SCHEMA : readSchema(name)
}

type Write = (ajv: Ajv.Ajv2020, validate: ValidateFunction) => string

/** @returns the module, in CommonJS, that exports what `validatorOf` makes of a schema */
export function sourceOf(schema: object): string {
  const written = createRequire(import.meta.url)('ajv/dist/standalone/index.js') as Write
  const { ajv, validate } = compile(schema, { source: true })
  return written(ajv, validate)
}

function compile(schema: object, code: { readonly source?: boolean; readonly optimize?: boolean }) {
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof Ajv
  // each schema has an instance of its own, so that two schemas may share an $id
  const isForeign = 'x-linear' in schema
  const ajv = new Ajv2020({ ...OPTIONS, code: isForeign ? { ...code, regExp: linear } : code })
  ajv.addVocabulary(ANNOTATIONS)
  return { ajv, validate: ajv.compile(withoutEditorPatterns(schema)) }
}

/** The kind's own reader has better words for a wrong form than a pattern. */
function withoutEditorPatterns<T>(schema: T): T {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(withoutEditorPatterns) as T
  const entries = Object.entries(schema).filter(([name]) => !(name === 'pattern' && 'x-form' in schema))
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutEditorPatterns(value)])) as T
}
