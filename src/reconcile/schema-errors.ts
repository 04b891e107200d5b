/** What a schema violation is called, where it sits and what to write instead: one line of the table per keyword. */

import { type DiagnosticCode, isDiagnosticCode } from './codes.ts'
import type { Document } from './document.ts'
import type { Pointer } from './model.ts'
import { joinPointer } from './pointer.ts'
import { clip, count, field, list, nameOfValue, typeName } from './schema-words.ts'
import { positionOf } from './source.ts'
import { didYouMean } from './suggest.ts'

/** An ajv error object with `verbose: true`. */
export interface SchemaError {
  readonly keyword: string
  readonly instancePath: Pointer
  readonly params: { readonly [name: string]: unknown }
  /** the keyword's own value */
  readonly schema?: unknown
  readonly parentSchema: Schema
  readonly data?: unknown
  readonly propertyName?: string
}

export interface Schema {
  readonly properties?: { readonly [name: string]: Schema }
  readonly [keyword: string]: unknown
}

export interface Finding {
  readonly code: DiagnosticCode
  readonly at: Pointer
  readonly part: 'key' | 'value'
  /** what nobody should look at any more */
  readonly broken: readonly Pointer[]
  readonly message: string
  readonly label?: string | undefined
  readonly help?: string | undefined
  readonly notes?: readonly string[]
}

type Explain = (error: SchemaError, document: Document) => Finding

const explanations: { readonly [keyword: string]: Explain } = {
  additionalProperties: unknownField,
  unevaluatedProperties: unknownField,
  required: missingField,
  dependentRequired: ({ instancePath, params }) => {
    const [property, missing] = [String(params.property), String(params.missingProperty)]
    const broken = [joinPointer(instancePath, missing)]
    const message = `\`${property}\` needs \`${missing}\` beside it`
    return { code: 'E201', at: joinPointer(instancePath, property), part: 'key', broken, message }
  },
  type: wrongType,
  enum: notAllowed,
  const: notAllowed,
  pattern: (error) => own(error, 'E203', `${shown(error)} is not a valid ${field(error.instancePath)}`),
  format: (error) => own(error, 'E203', `${shown(error)} is not a valid ${field(error.instancePath)}`),
  minimum: outOfRange,
  maximum: outOfRange,
  exclusiveMinimum: outOfRange,
  exclusiveMaximum: outOfRange,
  multipleOf: (error) => own(error, 'E205', `${field(error.instancePath)} must be a multiple of ${error.schema}`),
  minLength: wrongLength,
  maxLength: wrongLength,
  minItems: (error) => own(error, 'E207', `${field(error.instancePath)} needs at least ${count(error.schema, 'item')}`),
  maxItems: (error) => {
    const extra = Array.from({ length: (error.data as []).length }, (_, i) => joinPointer(error.instancePath, i))
    const broken = extra.slice(error.schema as number)
    const message = `${field(error.instancePath)} has at most ${count(error.schema, 'item')}`
    return { ...own(error, 'E207', message), at: broken[0] ?? error.instancePath, broken }
  },
  uniqueItems: (error, document) => {
    const [first, second] = [Number(error.params.i), Number(error.params.j)].sort((a, b) => a - b)
    const at = joinPointer(error.instancePath, second!)
    const { line, column } = positionOf(document.file, document.at(joinPointer(error.instancePath, first!)).start)
    const notes = [`first given at ${document.file.path}:${line}:${column}`]
    return { ...own(error, 'E208', `an item of ${field(error.instancePath)} is given twice`), at, broken: [at], notes }
  },
  minProperties: (error) => {
    const names = Object.keys(error.parentSchema.properties ?? {})
    const which = names.length > 0 ? ` one of ${list(names)}` : ` at least ${count(error.schema, 'field')}`
    return { ...own(error, 'E209', `${field(error.instancePath)} needs${which}`), part: 'key' }
  },
  maxProperties: (error, document) => {
    const names = inOrder(document, error.instancePath, Object.keys(error.data as object))
    return exclusive(error, names, error.schema as number)
  },
  propertyNames: (error) => {
    const at = joinPointer(error.instancePath, String(error.params.propertyName))
    const message = `\`${String(error.params.propertyName)}\` is not a valid name in ${field(error.instancePath)}`
    return {
      ...own({ ...error, parentSchema: error.schema as Schema }, 'E203', message),
      at,
      part: 'key',
      broken: [at],
    }
  },
  'false schema': (error) => {
    const message = `${field(error.instancePath)} is not allowed here`
    return { ...own(error, 'E210', message), part: 'key' }
  },
  not: (error, document) => {
    const required = (error.schema as { required?: unknown }).required
    return isTexts(required) ? exclusive(error, inOrder(document, error.instancePath, required), 1) : combination(error)
  },
  oneOf: choice,
  anyOf: choice,
}

export function explainError(error: SchemaError, document: Document): Finding {
  return (explanations[error.keyword] ?? combination)(error, document)
}

export function isSensitive(error: SchemaError): boolean {
  return error.parentSchema['x-sensitive'] === true
}

/** @returns the name of the field that the schema does not know, if that is what the error says */
export function unknownFieldOf({ keyword, params }: SchemaError): string | undefined {
  if (keyword === 'additionalProperties') return String(params.additionalProperty)
  return keyword === 'unevaluatedProperties' ? String(params.unevaluatedProperty) : undefined
}

function unknownField(error: SchemaError): Finding {
  const name = unknownFieldOf(error)!
  const at = joinPointer(error.instancePath, name)
  const known = Object.keys(error.parentSchema.properties ?? {})
  const near = didYouMean(
    name,
    known.filter((other) => !Object.hasOwn(error.data as object, other)),
  )
  const finding = {
    code: 'E200' as const,
    at,
    part: 'key' as const,
    broken: [at],
    message: `unknown field \`${clip(name)}\``,
  }
  if (near !== undefined) return { ...finding, help: near }
  // a key written into a reference to a secret is more than an unknown field
  if (isSensitive(error)) return { ...own(error, 'E200', finding.message), at, part: 'key', broken: [at] }
  return {
    ...finding,
    help: known.length > 0 ? `${field(error.instancePath)} has the fields ${list(known)}` : hint(error),
  }
}

function missingField({ instancePath, params, parentSchema }: SchemaError): Finding {
  const name = String(params.missingProperty)
  const message = `${field(instancePath)} needs the field \`${name}\``
  const schema = parentSchema.properties?.[name]
  const help = schema && (allowedValues(schema) ?? exampleOf(schema, name) ?? textOf(schema['x-hint']))
  return { code: 'E201', at: instancePath, part: 'key', broken: [joinPointer(instancePath, name)], message, help }
}

function wrongType(error: SchemaError): Finding {
  if (isSensitive(error) && error.data !== null) {
    return own(error, 'E202', `${field(error.instancePath)} holds a secret instead of saying where it is`)
  }
  const types = [error.params.type].flat().map(String)
  const found = error.data === null ? 'it is empty' : `this is ${nameOfValue(error.data)}`
  const message = `${field(error.instancePath)} must be ${types.map(typeName).join(' or ')}`
  const finding = { ...own(error, 'E202', message), label: found, help: hint(error) ?? quoting(types, error) }
  return isSensitive(error) ? { ...finding, code: 'E202' } : finding
}

function quoting(types: readonly string[], { data, ...error }: SchemaError): string | undefined {
  if (isSensitive(error) || typeof data === 'object') return undefined
  const wants = (type: string) => types.includes(type)
  if (wants('string') && typeof data !== 'string') {
    const example = exampleOf(error.parentSchema)
    const needsUnit = typeof data === 'number' && /`\d/.test(example ?? '')
    return needsUnit ? example : `put it in quotes: "${String(data)}"`
  }
  if (wants('boolean') && /^(y|yes|on|n|no|off)$/i.test(String(data))) return 'YAML 1.2 has only `true` and `false`'
  const number = typeof data === 'string' && data.trim() !== '' && Number.isFinite(Number(data))
  if ((wants('integer') || wants('number')) && number) return 'remove the quotes'
  return wants('array') ? `write it as a list: [${clip(String(data))}]` : undefined
}

function notAllowed(error: SchemaError): Finding {
  const allowed = [error.schema].flat().map(String)
  const near = typeof error.data === 'string' ? didYouMean(error.data, allowed) : undefined
  const help = hint(error) ?? allowedValues(error.parentSchema)
  return {
    ...own(error, 'E204', `${shown(error)} is not a value of ${field(error.instancePath)}`),
    label: near ?? textOf(error.parentSchema['x-label']),
    help,
  }
}

function outOfRange(error: SchemaError): Finding {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = error.parentSchema
  const low = minimum ?? (exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`)
  const high = maximum ?? (exclusiveMaximum === undefined ? undefined : `less than ${exclusiveMaximum}`)
  const range = [low, high].every((bound) => bound !== undefined) ? `from ${low} to ${high}` : undefined
  const message = `${field(error.instancePath)} must be ${range ?? (low === undefined ? `at most ${high}` : `at least ${low}`)}`
  return own(error, 'E205', message)
}

function wrongLength(error: SchemaError): Finding {
  const { minLength = 0, maxLength } = error.parentSchema
  if (error.data === '') return own(error, 'E206', `${field(error.instancePath)} is empty`)
  const range = maxLength === undefined ? `at least ${minLength}` : `${minLength} to ${maxLength}`
  return own(error, 'E206', `${field(error.instancePath)} must have ${range} characters`)
}

/** `oneOf: [{ required: [a] }, { required: [b] }]` is a choice between fields; anything else is told by its hint. */
function choice(error: SchemaError, document: Document): Finding {
  const branches = [error.schema].flat() as Schema[]
  if (!branches.every((branch) => isTexts(branch.required))) return combination(error)
  const names = [...new Set(branches.flatMap((branch) => branch.required as string[]))]
  const given = names.filter((name) => Object.hasOwn(error.data as object, name))
  if (given.length > 1) return exclusive(error, inOrder(document, error.instancePath, given), 1)
  const broken = names.map((name) => joinPointer(error.instancePath, name))
  return { ...own(error, 'E209', `${field(error.instancePath)} needs one of ${list(names)}`), part: 'key', broken }
}

function exclusive(error: SchemaError, names: readonly string[], limit: number): Finding {
  const extra = names.slice(limit).map((name) => joinPointer(error.instancePath, name))
  const message =
    limit === 1
      ? `${list(names, 'and')} exclude each other`
      : `${field(error.instancePath)} has at most ${count(limit, 'field')}`
  return { ...own(error, 'E209', message), at: extra[0] ?? error.instancePath, part: 'key', broken: extra }
}

function combination(error: SchemaError): Finding {
  const data = typeof error.data === 'object' ? 'this combination' : shown(error)
  return own(error, 'E209', `${data} is not valid in ${field(error.instancePath)}`)
}

/** The rest of a finding on the value itself. */
function own(error: SchemaError, code: DiagnosticCode, message: string): Finding {
  return {
    code: ownCode(error, code),
    at: error.instancePath,
    part: 'value',
    broken: [error.instancePath],
    message,
    label: textOf(error.parentSchema['x-label']),
    help: hint(error) ?? exampleOf(error.parentSchema),
  }
}

function ownCode({ parentSchema }: SchemaError, generic: DiagnosticCode): DiagnosticCode {
  const code = parentSchema['x-code']
  return isDiagnosticCode(code) ? code : generic
}

function hint({ parentSchema }: SchemaError): string | undefined {
  return textOf(parentSchema['x-hint'])
}

function allowedValues(schema: Schema): string | undefined {
  const values = Array.isArray(schema.enum) ? schema.enum : schema.const === undefined ? [] : [schema.const]
  return values.length === 0 ? undefined : `write ${list(values.map(String))}`
}

function exampleOf(schema: Schema, name?: string): string | undefined {
  const example = Array.isArray(schema.examples) ? schema.examples[0] : undefined
  if (example === undefined || typeof example === 'object') return undefined
  return `for example \`${name === undefined ? '' : `${name}: `}${String(example)}\``
}

function shown(error: SchemaError): string {
  if (isSensitive(error)) return 'the value'
  return `\`${clip(typeof error.data === 'string' ? error.data : JSON.stringify(error.data))}\``
}

/** Of fields that exclude each other the later is the one too many. */
function inOrder(document: Document, parent: Pointer, names: readonly string[]): string[] {
  const start = (name: string) => document.at(joinPointer(parent, name), 'key').start
  return [...names].sort((a, b) => start(a) - start(b))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
