/** Values of the wrong type, form or size. */

import { clip, oddCharacterIn, straightened } from '../../base/characters.ts'
import { joinPointer } from '../../base/pointer.ts'
import { didYouMean, plural } from '../../base/text.ts'
import {
  adviceFor,
  adviceOn,
  allowedValues,
  type Context,
  exampleOf,
  hint,
  isSensitive,
  own,
  type SchemaError,
  type SchemaFinding,
  type SchemaNode,
  shown,
  spellingOf,
} from './finding.ts'
import { field, nameOfValue, typeName } from './words.ts'

export function wrongType(error: SchemaError, context: Context): SchemaFinding {
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
function asText(types: readonly string[], error: SchemaError, context: Context): string | undefined {
  const { data, parentSchema } = error
  if (isSensitive(error) || typeof data === 'object' || typeof data === 'string' || !types.includes('string'))
    return undefined
  const written = spellingOf(error, context)
  return typeof parentSchema.pattern === 'string' && takes(parentSchema, written)
    ? `put it in quotes: "${written}"`
    : undefined
}

function quoting(types: readonly string[], error: SchemaError, context: Context): string | undefined {
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

export function notAllowed(error: SchemaError, context: Context): SchemaFinding {
  const allowed = [error.schema].flat().map(String)
  const finding = own(error, 'E204', `${shown(error, context)} is not a value of ${field(error.instancePath)}`)
  const known = oddValue(error, context, finding) ?? advised(error, context, finding)
  if (known) return known
  const near = typeof error.data === 'string' ? didYouMean(error.data, allowed) : undefined
  const help = hint(error) ?? allowedValues(error.parentSchema)
  return { ...finding, ...(near !== undefined && { label: near }), help }
}

export function wrongForm(error: SchemaError, context: Context): SchemaFinding {
  const finding = own(error, 'E203', `${shown(error, context)} is not a valid ${field(error.instancePath)}`)
  return oddValue(error, context, finding) ?? advised(error, context, finding) ?? finding
}

function advised(error: SchemaError, context: Context, finding: SchemaFinding): SchemaFinding | undefined {
  const advice = adviceFor(error, context)
  return advice && { ...finding, ...advice }
}

/** A value that is wrong for a character that does not show, or only looks like the plain one. */
function oddValue(error: SchemaError, context: Context, finding: SchemaFinding): SchemaFinding | undefined {
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
function takes({ enum: words, const: only, pattern }: SchemaNode, text: string): boolean {
  if (Array.isArray(words)) return words.includes(text)
  if (only !== undefined) return only === text
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text)
}

export function outOfRange(error: SchemaError): SchemaFinding {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = error.parentSchema
  const low = minimum ?? (exclusiveMinimum === undefined ? undefined : `more than ${exclusiveMinimum}`)
  const high = maximum ?? (exclusiveMaximum === undefined ? undefined : `less than ${exclusiveMaximum}`)
  const range = [low, high].every((bound) => bound !== undefined) ? `from ${low} to ${high}` : undefined
  const message = `${field(error.instancePath)} must be ${range ?? (low === undefined ? `at most ${high}` : `at least ${low}`)}`
  return own(error, 'E205', message)
}

export function notMultiple(error: SchemaError): SchemaFinding {
  return own(error, 'E205', `${field(error.instancePath)} must be a multiple of ${error.schema}`)
}

export function wrongLength(error: SchemaError): SchemaFinding {
  const { minLength = 0, maxLength } = error.parentSchema
  if (error.data === '') return own(error, 'E206', `${field(error.instancePath)} is empty`)
  const range = maxLength === undefined ? `at least ${minLength}` : `${minLength} to ${maxLength}`
  return own(error, 'E206', `${field(error.instancePath)} must have ${range} characters`)
}

export function tooFewItems(error: SchemaError): SchemaFinding {
  return own(error, 'E207', `${field(error.instancePath)} needs at least ${plural(error.schema as number, 'item')}`)
}

/** The first item too many has the finding. */
export function tooManyItems(error: SchemaError): SchemaFinding {
  const items = Array.from({ length: (error.data as []).length }, (_, i) => joinPointer(error.instancePath, i))
  const broken = items.slice(error.schema as number)
  const message = `${field(error.instancePath)} has at most ${plural(error.schema as number, 'item')}`
  return { ...own(error, 'E207', message), at: broken[0] ?? error.instancePath, broken }
}

export function repeatedItem(error: SchemaError, { document }: Context): SchemaFinding {
  const [first, second] = [Number(error.params.i), Number(error.params.j)].sort((a, b) => a - b)
  const at = joinPointer(error.instancePath, second!)
  const related = [{ text: 'first given', at: document.at(joinPointer(error.instancePath, first!)) }]
  return { ...own(error, 'E208', `an item of ${field(error.instancePath)} is given twice`), at, broken: [at], related }
}
