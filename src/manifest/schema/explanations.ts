/** Which words a schema violation gets: one line per keyword of JSON Schema. */

import { clip, didYouMean, joinPointer, oddCharacterIn, type Pointer, plural, straightened } from '../../base/index.ts'
import {
  adviceFor,
  adviceOn,
  allowedValues,
  combination,
  exampleOf,
  field,
  hint,
  isSensitive,
  joinedWords,
  linear,
  nameOfValue,
  own,
  type SchemaContext,
  type SchemaError,
  type SchemaFinding,
  type SchemaNode,
  shown,
  spellingOf,
  typeName,
} from './finding.ts'

const explanations: { readonly [keyword: string]: (error: SchemaError, context: SchemaContext) => SchemaFinding } = {
  additionalProperties: unknownField,
  unevaluatedProperties: unknownField,
  required: missingField,
  dependentRequired: missingCompanion,
  minProperties: tooFewFields,
  maxProperties: tooManyFields,
  propertyNames: badFieldName,
  'false schema': forbiddenField,
  not: forbiddenCombination,
  oneOf: choice,
  anyOf: choice,
  type: wrongType,
  enum: notAllowed,
  const: notAllowed,
  pattern: wrongForm,
  format: wrongForm,
  minimum: outOfRange,
  maximum: outOfRange,
  exclusiveMinimum: outOfRange,
  exclusiveMaximum: outOfRange,
  multipleOf: notMultiple,
  minLength: wrongLength,
  maxLength: wrongLength,
  minItems: tooFewItems,
  maxItems: tooManyItems,
  uniqueItems: repeatedItem,
}

export function explainError(error: SchemaError, context: SchemaContext): SchemaFinding {
  return (explanations[error.keyword] ?? combination)(error, context)
}

/** @returns the name of the field that the schema does not know, if that is what the error says */
export function unknownFieldOf({ keyword, params }: SchemaError): string | undefined {
  if (keyword === 'additionalProperties') return String(params.additionalProperty)
  return keyword === 'unevaluatedProperties' ? String(params.unevaluatedProperty) : undefined
}

function unknownField(error: SchemaError): SchemaFinding {
  const name = unknownFieldOf(error)!
  const odd = oddCharacterIn(name)
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
    ...(odd && { label: `it holds ${odd.name} ${odd.where}` }),
  }
  if (near !== undefined) return { ...finding, help: near }
  // a key written into a reference to a secret is more than an unknown field
  if (isSensitive(error)) return { ...own(error, 'E200', finding.message), at, part: 'key', broken: [at] }
  return {
    ...finding,
    help: known.length > 0 ? `${field(error.instancePath)} has the fields ${joinedWords(known)}` : hint(error),
  }
}

function missingField({ instancePath, params, parentSchema }: SchemaError, context: SchemaContext): SchemaFinding {
  const name = String(params.missingProperty)
  const message = `${field(instancePath)} needs the field \`${name}\``
  const schema = parentSchema.properties?.[name]
  const help =
    schema &&
    (adviceOn(schema, '', context)?.help ??
      allowedValues(schema) ??
      exampleOf(schema, name) ??
      hint({ parentSchema: schema }))
  return { code: 'E201', at: instancePath, part: 'key', broken: [joinPointer(instancePath, name)], message, help }
}

function missingCompanion({ instancePath, params }: SchemaError): SchemaFinding {
  const [property, missing] = [String(params.property), String(params.missingProperty)]
  const broken = [joinPointer(instancePath, missing)]
  const message = `\`${property}\` needs \`${missing}\` beside it`
  return { code: 'E201', at: joinPointer(instancePath, property), part: 'key', broken, message }
}

function forbiddenField(error: SchemaError): SchemaFinding {
  return { ...own(error, 'E210', `${field(error.instancePath)} is not allowed here`), part: 'key' }
}

function badFieldName(error: SchemaError): SchemaFinding {
  const at = joinPointer(error.instancePath, String(error.params.propertyName))
  const message = `\`${clip(String(error.params.propertyName))}\` is not a valid name in ${field(error.instancePath)}`
  const named = own({ ...error, parentSchema: error.schema as SchemaNode }, 'E203', message)
  return { ...named, at, part: 'key', broken: [at] }
}

function tooFewFields(error: SchemaError): SchemaFinding {
  const names = Object.keys(error.parentSchema.properties ?? {})
  const which =
    names.length > 0 ? `one of ${joinedWords(names)}` : `at least ${plural(error.schema as number, 'field')}`
  return { ...own(error, 'E209', `${field(error.instancePath)} needs ${which}`), part: 'key' }
}

function tooManyFields(error: SchemaError, { document }: SchemaContext): SchemaFinding {
  const names = inOrder({ document }, error.instancePath, Object.keys(error.data as object))
  return exclusive(error, names, error.schema as number)
}

/** `not: { required: [a, b] }` says that a and b exclude each other. */
function forbiddenCombination(error: SchemaError, context: SchemaContext): SchemaFinding {
  const { required } = error.schema as SchemaNode
  if (!isTexts(required)) return combination(error, context)
  return exclusive(error, inOrder(context, error.instancePath, required), 1)
}

/** `oneOf: [{ required: [a] }, { required: [b] }]` is a choice between fields; anything else is told by its hint. */
function choice(error: SchemaError, context: SchemaContext): SchemaFinding {
  const branches = [error.schema].flat() as SchemaNode[]
  if (!branches.every((branch) => isTexts(branch.required))) return combination(error, context)
  const names = [...new Set(branches.flatMap((branch) => branch.required as string[]))]
  const given = names.filter((name) => Object.hasOwn(error.data as object, name))
  if (given.length > 1) return exclusive(error, inOrder(context, error.instancePath, given), 1)
  const broken = names.map((name) => joinPointer(error.instancePath, name))
  return {
    ...own(error, 'E209', `${field(error.instancePath)} needs one of ${joinedWords(names)}`),
    part: 'key',
    broken,
  }
}

function exclusive(error: SchemaError, names: readonly string[], limit: number): SchemaFinding {
  const extra = names.slice(limit).map((name) => joinPointer(error.instancePath, name))
  const message =
    limit === 1
      ? `${joinedWords(names, 'and')} exclude each other`
      : `${field(error.instancePath)} has at most ${plural(limit, 'field')}`
  return { ...own(error, 'E209', message), at: extra[0] ?? error.instancePath, part: 'key', broken: extra }
}

/** Of fields that exclude each other the later is the one too many. */
function inOrder({ document }: Pick<SchemaContext, 'document'>, parent: Pointer, names: readonly string[]): string[] {
  const start = (name: string) => document.at(joinPointer(parent, name), 'key').start
  return [...names].sort((a, b) => start(a) - start(b))
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function wrongType(error: SchemaError, context: SchemaContext): SchemaFinding {
  if (isSensitive(error) && error.data !== null) {
    return own(error, 'E202', `${field(error.instancePath)} holds a secret instead of saying where it is`)
  }
  const types = [error.params.type].flat().map(String)
  const found = error.data === null ? 'it is empty' : `this is ${nameOfValue(error.data)}`
  const message = `${field(error.instancePath)} must be ${types.map(typeName).join(' or ')}`
  const help =
    adviceFor(error, context)?.help ?? asText(types, error, context) ?? hint(error) ?? quoting(types, error, context)
  const finding = { ...own(error, 'E202', message), label: found, help }
  return isSensitive(error) ? { ...finding, code: 'E202' } : finding
}

/** A number or a word of YAML that is right as soon as it is text. */
function asText(types: readonly string[], error: SchemaError, context: SchemaContext): string | undefined {
  const { data, parentSchema } = error
  if (isSensitive(error) || typeof data === 'object' || typeof data === 'string' || !types.includes('string'))
    return undefined
  const written = spellingOf(error, context)
  return typeof parentSchema.pattern === 'string' && takes(parentSchema, written)
    ? `put it in quotes: "${written}"`
    : undefined
}

function quoting(types: readonly string[], error: SchemaError, context: SchemaContext): string | undefined {
  const { data } = error
  if (isSensitive(error) || typeof data === 'object') return undefined
  const wants = (type: string) => types.includes(type)
  if (wants('string') && typeof data !== 'string') {
    const example = exampleOf(error.parentSchema)
    const needsUnit = typeof data === 'number' && /`\d/.test(example ?? '')
    return needsUnit ? example : `put it in quotes: "${spellingOf(error, context)}"`
  }
  if (wants('boolean') && /^(y|yes|on|n|no|off)$/i.test(String(data))) return 'YAML 1.2 has only `true` and `false`'
  const plain = straightened(String(data))
  const isNumber = plain !== '' && Number.isFinite(Number(plain))
  if ((wants('integer') || wants('number')) && isNumber) {
    const odd = oddCharacterIn(String(data))
    return odd ? `write \`${plain}\`, without ${odd.name} ${odd.where}` : 'remove the quotes'
  }
  return wants('array') ? `write it as a list: [${clip(String(data))}]` : undefined
}

function notAllowed(error: SchemaError, context: SchemaContext): SchemaFinding {
  const allowed = [error.schema].flat().map(String)
  const finding = own(error, 'E204', `${shown(error, context)} is not a value of ${field(error.instancePath)}`)
  const known = oddValue(error, context, finding) ?? advised(error, context, finding)
  if (known) return known
  const near = typeof error.data === 'string' ? didYouMean(error.data, allowed) : undefined
  const help = hint(error) ?? allowedValues(error.parentSchema)
  return { ...finding, ...(near !== undefined && { label: near }), help }
}

function wrongForm(error: SchemaError, context: SchemaContext): SchemaFinding {
  const finding = own(error, 'E203', `${shown(error, context)} is not a valid ${field(error.instancePath)}`)
  return oddValue(error, context, finding) ?? advised(error, context, finding) ?? finding
}

function advised(error: SchemaError, context: SchemaContext, finding: SchemaFinding): SchemaFinding | undefined {
  const advice = adviceFor(error, context)
  return advice && { ...finding, ...advice }
}

/** A value that is wrong for a character that does not show, or only looks like the plain one. */
function oddValue(error: SchemaError, context: SchemaContext, finding: SchemaFinding): SchemaFinding | undefined {
  const odd = typeof error.data === 'string' && !isSensitive(error) ? oddCharacterIn(error.data) : undefined
  if (!odd) return undefined
  const plain = straightened(error.data as string)
  return {
    ...finding,
    message: `${shown(error, context)} holds ${odd.name} ${odd.where}`,
    label: odd.isInvisible ? 'it does not show' : 'it is not the plain character',
    help: takes(error.parentSchema, plain)
      ? `write \`${plain}\``
      : (adviceOn(error.parentSchema, plain, context)?.help ?? finding.help),
  }
}

/** Is the text one that the schema takes here? */
function takes({ enum: words, const: only, pattern, 'x-linear': isForeign }: SchemaNode, text: string): boolean {
  if (Array.isArray(words)) return words.includes(text)
  if (only !== undefined) return only === text
  return typeof pattern !== 'string' || (isForeign ? linear(pattern) : new RegExp(pattern, 'u')).test(text)
}

function outOfRange(error: SchemaError): SchemaFinding {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = error.parentSchema
  const low = minimum ?? (exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`)
  const high = maximum ?? (exclusiveMaximum === undefined ? undefined : `less than ${exclusiveMaximum}`)
  const range = [low, high].every((bound) => bound !== undefined) ? `from ${low} to ${high}` : undefined
  const message = `${field(error.instancePath)} must be ${range ?? (low === undefined ? `at most ${high}` : `at least ${low}`)}`
  return own(error, 'E205', message)
}

function notMultiple(error: SchemaError): SchemaFinding {
  return own(error, 'E205', `${field(error.instancePath)} must be a multiple of ${error.schema}`)
}

function wrongLength(error: SchemaError): SchemaFinding {
  const { minLength = 0, maxLength } = error.parentSchema
  if (error.data === '') return own(error, 'E206', `${field(error.instancePath)} is empty`)
  const range = maxLength === undefined ? `at least ${minLength}` : `${minLength} to ${maxLength}`
  return own(error, 'E206', `${field(error.instancePath)} must have ${range} characters`)
}

function tooFewItems(error: SchemaError): SchemaFinding {
  return own(error, 'E207', `${field(error.instancePath)} needs at least ${plural(error.schema as number, 'item')}`)
}

/** The first item too many has the finding. */
function tooManyItems(error: SchemaError): SchemaFinding {
  const items = Array.from({ length: (error.data as []).length }, (_, i) => joinPointer(error.instancePath, i))
  const broken = items.slice(error.schema as number)
  const message = `${field(error.instancePath)} has at most ${plural(error.schema as number, 'item')}`
  return { ...own(error, 'E207', message), at: broken[0] ?? error.instancePath, broken }
}

function repeatedItem(error: SchemaError, { document }: SchemaContext): SchemaFinding {
  const [first, second] = [Number(error.params.i), Number(error.params.j)].sort((a, b) => a - b)
  const at = joinPointer(error.instancePath, second!)
  const related = [{ text: 'first given', at: document.at(joinPointer(error.instancePath, first!)) }]
  return { ...own(error, 'E208', `an item of ${field(error.instancePath)} is given twice`), at, broken: [at], related }
}
