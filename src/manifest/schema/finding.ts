/** What a schema violation becomes, and what the schema's annotations say about it. */

import { setFlagsFromString } from 'node:v8'
import {
  clip,
  type DiagnosticCode,
  dotted,
  isDiagnosticCode,
  type Pointer,
  parentPointer,
  parsePointer,
  type Related,
} from '../../base/index.ts'
import type { Document } from '../document.ts'
import type { Advice, Advise } from '../model.ts'

/** An ajv error object with `verbose: true`. */
export interface SchemaError {
  readonly keyword: string
  readonly instancePath: Pointer
  readonly params: { readonly [name: string]: unknown }
  /** the keyword's own value */
  readonly schema?: unknown
  readonly parentSchema: SchemaNode
  readonly data?: unknown
  readonly propertyName?: string
}

export interface SchemaNode {
  readonly properties?: { readonly [name: string]: SchemaNode }
  readonly [keyword: string]: unknown
}

export interface SchemaFinding {
  readonly code: DiagnosticCode
  readonly at: Pointer
  readonly part: 'key' | 'value'
  /** what nobody should look at any more */
  readonly broken: readonly Pointer[]
  readonly message: string
  readonly label?: string | undefined
  readonly help?: string | undefined
  readonly related?: readonly Related[]
}

/** What an explanation looks at besides the error itself. */
export interface SchemaContext {
  readonly document: Document
  readonly advise: Advise
}

/** The value is a secret: no message may quote it. */
export function isSensitive(error: SchemaError): boolean {
  return error.parentSchema['x-sensitive'] === true
}

/** The rest of a finding on the value itself. */
export function own(error: SchemaError, code: DiagnosticCode, message: string): SchemaFinding {
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

/** What the schema tells its readers to write; editors show an `errorMessage` instead of words of their own. */
export function hint({ parentSchema }: Pick<SchemaError, 'parentSchema'>): string | undefined {
  return textOf(parentSchema.errorMessage) ?? textOf(parentSchema['x-hint'])
}

export function allowedValues(schema: SchemaNode): string | undefined {
  const values = Array.isArray(schema.enum) ? schema.enum : schema.const === undefined ? [] : [schema.const]
  return values.length === 0 ? undefined : `write ${joinedWords(values.map(String))}`
}

export function exampleOf(schema: SchemaNode, name?: string): string | undefined {
  const example = Array.isArray(schema.examples) ? schema.examples[0] : undefined
  if (example === undefined || typeof example === 'object') return undefined
  return `for example \`${name === undefined ? '' : `${name}: `}${String(example)}\``
}

/** What the kind knows of a value that is not one of those allowed. */
export function adviceFor(error: SchemaError, context: SchemaContext): Advice | undefined {
  if (isSensitive(error) || typeof error.data === 'object') return undefined
  return adviceOn(error.parentSchema, spellingOf(error, context), context)
}

/** @param written empty where nothing is given */
export function adviceOn(schema: SchemaNode, written: string, { advise }: SchemaContext): Advice | undefined {
  const vocabulary = schema['x-words'] ?? schema['x-form']
  return typeof vocabulary === 'string' ? advise(vocabulary, written) : undefined
}

/** A value as the user spelled it: what YAML takes for the number 1.1 may be written 1.10. */
export function spellingOf({ instancePath, data }: SchemaError, { document }: SchemaContext): string {
  if (typeof data !== 'number') return typeof data === 'string' ? data : JSON.stringify(data)
  const { file, start, end } = document.at(instancePath)
  const written = file.text.slice(start, end)
  // an alias stands for a number that is written elsewhere
  return /^[-+.\w]+$/.test(written) ? written : String(data)
}

export function shown(error: SchemaError, context: SchemaContext): string {
  return isSensitive(error) ? 'the value' : `\`${clip(spellingOf(error, context))}\``
}

export function combination(error: SchemaError, context: SchemaContext): SchemaFinding {
  const data = typeof error.data === 'object' ? 'this combination' : shown(error, context)
  return own(error, 'E209', `${data} is not valid in ${field(error.instancePath)}`)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

const typeNames: { readonly [type: string]: string } = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'empty',
}

export function typeName(type: string): string {
  return typeNames[type] ?? type
}

export function nameOfValue(data: unknown): string {
  if (Array.isArray(data)) return typeNames.array!
  return typeof data === 'boolean' ? String(data) : (typeNames[typeof data] ?? 'something else')
}

/** `/spec/traffic/local/0` → `` `local[0]` ``; the root is a manifest. */
export function field(pointer: Pointer): string {
  if (pointer === '') return 'a manifest'
  const last = parsePointer(pointer).at(-1)!
  return /^\d+$/.test(last) ? `\`${lastSegment(parentPointer(pointer))}[${last}]\`` : `\`${clip(last)}\``
}

function lastSegment(pointer: Pointer): string {
  return dotted(pointer).replace(/^.*\./, '')
}

/** A pattern that somebody else has written never takes longer than its text is long. @throws SyntaxError where that cannot be */
export const linear = Object.assign(
  (pattern: string): RegExp => {
    setFlagsFromString('--enable-experimental-regexp-engine')
    return new RegExp(pattern, 'l')
  },
  { code: '' }, // ajv asks for what it would write into a file
)

export function joinedWords(names: readonly string[], conjunction = 'or'): string {
  const quoted = names.map((name) => `\`${name}\``)
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${conjunction} ${quoted.at(-1)}`
}
