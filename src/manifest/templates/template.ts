/** A TunnelTemplate → what its rows must hold, and what is made of one. Its own mistakes are found once, not with every row. */

import {
  type Diagnostic,
  diagnostic,
  didYouMean,
  isJsonObject,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  parsePointer,
  type Span,
  suggest,
} from '../../base/index.ts'
import type { Manifest } from '../document.ts'
import { linear } from '../schema/finding.ts'
import { validateDocument } from '../schema/validate.ts'
import { referenceFields } from '../secret-sources.ts'
import { isParameterName, type Piece, piecesOf } from './placeholders.ts'

export interface Template {
  readonly manifest: Manifest
  readonly parameters: ReadonlyMap<string, Parameter>
  /** of a mapping with the one field `row` */
  readonly rowSchema: object
  /** metadata and spec of what it makes */
  readonly body: JsonObject
  /** how often each parameter stands in it */
  readonly uses: ReadonlyMap<string, number>
  /** names in it that have a finding: what holds one is not looked at again */
  readonly unusable: ReadonlySet<string>
}

export interface Parameter {
  readonly schema: JsonObject
  readonly isRequired: boolean
  /** where it stands */
  readonly pointer: Pointer
}

/** Where the body begins. */
export const BODY: Pointer = '/spec/template'
const PARAMETERS: Pointer = '/spec/parameters/properties'

/** Pieces of each text that was met: a template is filled in once for each row. */
const knownPieces = new Map<string, ReturnType<typeof piecesOf>>()
const MAX_KNOWN = 10_000

/** @returns pieces; what is written wrong has its finding, and counts as a parameter without a name */
export function knownPiecesOf(text: string): readonly Piece[] {
  const known = knownPieces.get(text) ?? piecesOf(text)
  if (knownPieces.size < MAX_KNOWN) knownPieces.set(text, known)
  return 'wrong' in known ? [{ name: '' }] : known
}

export function readTemplate(manifest: Manifest): { template: Template; diagnostics: readonly Diagnostic[] } {
  const { properties, required } = objectOf(manifest.spec.parameters)
  const names = Array.isArray(required) ? required.map(String) : []
  const meant = names.map((name) => suggest(name, Object.keys(objectOf(properties))) ?? name)
  const parameters = new Map(
    Object.entries(objectOf(properties))
      .filter(([, schema]) => isJsonObject(schema))
      .map(([name, schema]): [string, Parameter] => [
        name,
        {
          schema: objectOf(schema),
          isRequired: meant.includes(name),
          pointer: joinPointer(PARAMETERS, name),
        },
      ]),
  )
  const flawed = [...parameters].flatMap(([name, parameter]) => flawsOf(name, parameter, manifest))
  const body = objectOf(manifest.spec.template)
  const rowSchema = rowSchemaOf(parameters, secretsIn(body))
  const made = { manifest, parameters, rowSchema, body, uses: usesOf(body) }
  const misused = misuses(made)
  const defaults = wrongDefaults(made)
  const unusable = new Set([...misused.map(({ name }) => name), ...defaults.names])
  const diagnostics = [
    ...flawed,
    ...strangeRequired(names, made),
    ...misused.map(({ finding }) => finding),
    ...defaults.diagnostics,
  ]
  return { template: { ...made, unusable }, diagnostics }
}

/** What has not been looked at as a whole. */
type Made = Omit<Template, 'unusable'>

/** What is said of all rows of a table at once: the columns that must be there and may be. */
export function columnSchemaOf({ parameters }: Template, given: ReadonlySet<string>): object {
  const required = [...parameters].filter(([name, { isRequired }]) => isRequired && !given.has(name))
  return wrapped('header', {
    properties: Object.fromEntries([...parameters.keys()].map((name) => [name, {}])),
    required: required.map(([name]) => name),
  })
}

/** @param pointer begins with the mapping and the parameter: `/row/remote` */
export function demanded(span: Span, pointer: Pointer, { parameters, manifest }: Template): Span {
  const [, name] = parsePointer(pointer)
  const among = name === undefined ? '/spec/parameters/required' : '/spec/parameters/properties'
  const at = manifest.at(parameters.get(name ?? '')?.pointer ?? among, 'key')
  return { ...span, other: { text: 'as the template asks for', at, rendering: manifest } }
}

/** Parameters that would bring a key itself, and not the place where it is kept. */
function secretsIn(body: JsonObject): ReadonlySet<string> {
  const ofKey = [...textsIn(body, '')].filter(([pointer]) => {
    const [, inside] = /\/presharedKey(?:\/(.*))?$/.exec(pointer) ?? [undefined, '/']
    return inside !== '/' && !referenceFields().includes(inside ?? '')
  })
  return new Set(
    ofKey.flatMap(([, text]) => knownPiecesOf(text).flatMap((p) => (typeof p === 'string' ? [] : [p.name]))),
  )
}

function rowSchemaOf(parameters: Template['parameters'], secrets: ReadonlySet<string>): object {
  const checked = ([name, { schema }]: [string, Parameter]) => [
    name,
    { ...checkedBy(schema), ...(secrets.has(name) && { 'x-sensitive': true }) },
  ]
  return wrapped('row', {
    properties: Object.fromEntries([...parameters].map(checked)),
    required: [...parameters].flatMap(([name, { isRequired }]) => (isRequired ? [name] : [])),
  })
}

/** In messages the mapping has the name of its field. */
function wrapped(field: string, schema: object): object {
  const inner = { type: 'object', additionalProperties: false, ...schema }
  return { type: 'object', properties: { [field]: inner }, 'x-linear': true }
}

/** A pattern of a manifest is run in linear time. */
function checkedBy({ default: _, description, pattern, ...schema }: JsonObject): JsonObject {
  const hint = typeof description === 'string' && { 'x-hint': description }
  const items = isJsonObject(schema.items) && { items: checkedBy(schema.items) }
  const isUsable = typeof pattern === 'string' && flawOf(pattern) === undefined
  return { ...schema, ...items, ...hint, ...(isUsable && { pattern, 'x-linear': true }) }
}

function flawsOf(name: string, { schema, pointer }: Parameter, manifest: Manifest): Diagnostic[] {
  if (!isParameterName(name)) {
    const help = 'a parameter has a name of A-Z, a-z, 0-9, `-` and `_` that begins with a letter'
    return [diagnostic('E123', manifest.at(pointer, 'key'), `\`${name}\` cannot name a parameter`, { help })]
  }
  return flawedPatterns(schema, pointer).map(({ at, reason }) =>
    diagnostic('E140', manifest.at(at), `this pattern cannot be used: ${reason}`, {
      help: 'leave out what looks ahead, looks behind or refers back to a group: such a pattern may run for ever',
    }),
  )
}

function flawedPatterns(schema: JsonObject, pointer: Pointer): { at: Pointer; reason: string }[] {
  const inner = isJsonObject(schema.items) ? flawedPatterns(schema.items, joinPointer(pointer, 'items')) : []
  const reason = typeof schema.pattern === 'string' ? flawOf(schema.pattern) : undefined
  return reason === undefined ? inner : [...inner, { at: joinPointer(pointer, 'pattern'), reason }]
}

function flawOf(pattern: string): string | undefined {
  try {
    linear(pattern)
    return undefined
  } catch (error) {
    return (error as Error).message.replace(/^.*: /s, '').toLowerCase()
  }
}

function strangeRequired(names: readonly string[], { parameters, manifest }: Made): Diagnostic[] {
  return names.flatMap((name, i) => {
    if (parameters.has(name)) return []
    const help = didYouMean(name, parameters.keys()) ?? 'add it to `properties`'
    return [
      diagnostic('E141', manifest.at(`/spec/parameters/required/${i}`), `there is no parameter \`${name}\``, { help }),
    ]
  })
}

/** A default is held against the schema that it stands in. */
function wrongDefaults({ parameters, rowSchema, manifest }: Made) {
  const defaults = [...parameters].filter(([, { schema }]) => schema.default !== undefined)
  const value = Object.fromEntries(defaults.map(([name, { schema }]) => [name, schema.default!]))
  const missing = [...parameters.keys()].filter((name) => !Object.hasOwn(value, name))
  const at: Manifest['at'] = (pointer) => {
    const [, , name = '', ...rest] = pointer.split('/')
    return manifest.at([joinPointer(PARAMETERS, name), 'default', ...rest].join('/'))
  }
  const absent = new Set(missing.map((name) => joinPointer('/row', name)))
  const document = { file: manifest.file, start: 0, at, broken: absent, value: { row: value } }
  const { diagnostics, broken } = validateDocument(document, rowSchema)
  const wrong = [...broken].filter((pointer) => !absent.has(pointer))
  return { diagnostics, names: wrong.map((pointer) => parsePointer(pointer)[1] ?? '') }
}

interface Misuse {
  readonly name: string
  readonly finding: Diagnostic
}

/** Values of the body that no row can make right. */
function misuses(template: Made): Misuse[] {
  return [...textsIn(template.body, BODY)].flatMap(([pointer, text]) => misusesOf(text, pointer, template))
}

function misusesOf(text: string, pointer: Pointer, { manifest, parameters }: Made): Misuse[] {
  const pieces = piecesOf(text)
  const find = (name: string, message: string, help: string): Misuse => ({
    name,
    finding: diagnostic('E141', manifest.at(pointer), message, { help }),
  })
  if ('wrong' in pieces) {
    return [
      find(
        '',
        `\`${pieces.wrong}\` is no placeholder`,
        'write `$` and the name of a parameter in braces, or `$$` before the brace for the characters themselves',
      ),
    ]
  }
  return pieces.flatMap((piece) => {
    if (typeof piece === 'string') return []
    const parameter = parameters.get(piece.name)
    if (!parameter) {
      const near = didYouMean(piece.name, parameters.keys())
      return [
        find(
          piece.name,
          `there is no parameter \`${piece.name}\``,
          near ?? 'declare it in `spec.parameters.properties`',
        ),
      ]
    }
    return pieces.length === 1 ? [] : misusedInText(piece.name, parameter).map((said) => find(piece.name, ...said))
  })
}

/** What stands inside a text has to be there, and to be text. */
function misusedInText(name: string, { schema, isRequired }: Parameter): [message: string, help: string][] {
  if (schema.type === 'array' || schema.type === 'object') {
    const what = schema.type === 'array' ? 'a list' : 'a mapping'
    return [[`\`${name}\` is ${what}, and stands inside a text`, `let \`\${${name}}\` be the whole value`]]
  }
  if (isRequired || schema.default !== undefined) return []
  return [[`\`${name}\` may be absent, and stands inside a text`, 'give it a default, or add it to `required`']]
}

function usesOf(body: JsonObject): ReadonlyMap<string, number> {
  const uses = new Map<string, number>()
  for (const [, text] of textsIn(body, '')) {
    for (const piece of knownPiecesOf(text)) {
      if (typeof piece === 'object') uses.set(piece.name, (uses.get(piece.name) ?? 0) + 1)
    }
  }
  return uses
}

function* textsIn(value: Json, pointer: Pointer): Generator<[Pointer, string]> {
  if (typeof value === 'string') yield [pointer, value]
  else if (typeof value === 'object' && value !== null) {
    for (const [field, inner] of Object.entries(value)) yield* textsIn(inner as Json, joinPointer(pointer, field))
  }
}

export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}
