/** Values of the wrong type, form or size. */

import { joinPointer } from '../../base/pointer.ts'
import { didYouMean, plural } from '../../base/text.ts'
import type { Document } from '../document.ts'
import {
  allowedValues,
  exampleOf,
  hint,
  isSensitive,
  own,
  type SchemaError,
  type SchemaFinding,
  shown,
} from './finding.ts'
import { clip, field, nameOfValue, typeName } from './words.ts'

export function wrongType(error: SchemaError): SchemaFinding {
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

export function notAllowed(error: SchemaError): SchemaFinding {
  const allowed = [error.schema].flat().map(String)
  const near = typeof error.data === 'string' ? didYouMean(error.data, allowed) : undefined
  const help = hint(error) ?? allowedValues(error.parentSchema)
  return {
    ...own(error, 'E204', `${shown(error)} is not a value of ${field(error.instancePath)}`),
    ...(near !== undefined && { label: near }),
    help,
  }
}

export function wrongForm(error: SchemaError): SchemaFinding {
  return own(error, 'E203', `${shown(error)} is not a valid ${field(error.instancePath)}`)
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

export function repeatedItem(error: SchemaError, document: Document): SchemaFinding {
  const [first, second] = [Number(error.params.i), Number(error.params.j)].sort((a, b) => a - b)
  const at = joinPointer(error.instancePath, second!)
  const related = [{ text: 'first given', at: document.at(joinPointer(error.instancePath, first!)) }]
  return { ...own(error, 'E208', `an item of ${field(error.instancePath)} is given twice`), at, broken: [at], related }
}
