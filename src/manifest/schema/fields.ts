/** Fields that are unknown, missing, or given in a wrong combination. */

import { clip, oddCharacterIn } from '../../base/characters.ts'
import type { Pointer } from '../../base/json.ts'
import { joinPointer } from '../../base/pointer.ts'
import { didYouMean, plural } from '../../base/text.ts'
import {
  adviceOn,
  allowedValues,
  type Context,
  combination,
  exampleOf,
  hint,
  isSensitive,
  own,
  type SchemaError,
  type SchemaFinding,
  type SchemaNode,
} from './finding.ts'
import { field, joinedWords } from './words.ts'

/** @returns the name of the field that the schema does not know, if that is what the error says */
export function unknownFieldOf({ keyword, params }: SchemaError): string | undefined {
  if (keyword === 'additionalProperties') return String(params.additionalProperty)
  return keyword === 'unevaluatedProperties' ? String(params.unevaluatedProperty) : undefined
}

export function unknownField(error: SchemaError): SchemaFinding {
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

export function missingField({ instancePath, params, parentSchema }: SchemaError, context: Context): SchemaFinding {
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

export function missingCompanion({ instancePath, params }: SchemaError): SchemaFinding {
  const [property, missing] = [String(params.property), String(params.missingProperty)]
  const broken = [joinPointer(instancePath, missing)]
  const message = `\`${property}\` needs \`${missing}\` beside it`
  return { code: 'E201', at: joinPointer(instancePath, property), part: 'key', broken, message }
}

export function forbiddenField(error: SchemaError): SchemaFinding {
  return { ...own(error, 'E210', `${field(error.instancePath)} is not allowed here`), part: 'key' }
}

export function badFieldName(error: SchemaError): SchemaFinding {
  const at = joinPointer(error.instancePath, String(error.params.propertyName))
  const message = `\`${clip(String(error.params.propertyName))}\` is not a valid name in ${field(error.instancePath)}`
  const named = own({ ...error, parentSchema: error.schema as SchemaNode }, 'E203', message)
  return { ...named, at, part: 'key', broken: [at] }
}

export function tooFewFields(error: SchemaError): SchemaFinding {
  const names = Object.keys(error.parentSchema.properties ?? {})
  const which =
    names.length > 0 ? `one of ${joinedWords(names)}` : `at least ${plural(error.schema as number, 'field')}`
  return { ...own(error, 'E209', `${field(error.instancePath)} needs ${which}`), part: 'key' }
}

export function tooManyFields(error: SchemaError, { document }: Context): SchemaFinding {
  const names = inOrder({ document }, error.instancePath, Object.keys(error.data as object))
  return exclusive(error, names, error.schema as number)
}

/** `not: { required: [a, b] }` says that a and b exclude each other. */
export function forbiddenCombination(error: SchemaError, context: Context): SchemaFinding {
  const { required } = error.schema as SchemaNode
  if (!isTexts(required)) return combination(error, context)
  return exclusive(error, inOrder(context, error.instancePath, required), 1)
}

/** `oneOf: [{ required: [a] }, { required: [b] }]` is a choice between fields; anything else is told by its hint. */
export function choice(error: SchemaError, context: Context): SchemaFinding {
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
function inOrder({ document }: Pick<Context, 'document'>, parent: Pointer, names: readonly string[]): string[] {
  const start = (name: string) => document.at(joinPointer(parent, name), 'key').start
  return [...names].sort((a, b) => start(a) - start(b))
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
