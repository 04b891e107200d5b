/** The leaves of a kind's schema, and for each of them a spec in normal form in which that one leaf can have another value. */

import {
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  parsePointer,
  valueAt,
  withValueAt,
} from '../../src/base/json.ts'
import type { Kind } from '../../src/manifest/model.ts'
import { validateDocument } from '../../src/manifest/schema/validate.ts'
import { manifestOf } from './manifest.ts'

interface Schema {
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly $ref?: string
}

/** `/quickMode/proposals/-/esp/aead`: a place in a schema; `-` stands for any item. */
export type Field = string

export interface Change {
  /** a spec in normal form, and the same with another value at `pointer` and nowhere else */
  readonly spec: JsonObject
  readonly pointer: Pointer
  readonly changed: JsonObject
}

interface Whole {
  readonly properties: { readonly spec: Schema }
  readonly $defs?: { readonly [name: string]: Schema }
}

/** The fields of a spec that hold plain values or lists of them. */
export function schemaLeaves(kind: Kind): Field[] {
  const { properties, $defs } = kind.schema as Whole
  const leavesBelow = (schema: Schema, field: Field): Field[] => {
    const { properties, items } = resolved(schema, $defs)
    if (properties && Object.keys(properties).length > 0) {
      return Object.entries(properties).flatMap(([name, inner]) => leavesBelow(inner, `${field}/${name}`))
    }
    const item = items && resolved(items, $defs)
    return item?.properties ? leavesBelow(item, `${field}/-`) : [field]
  }
  return leavesBelow(properties.spec, '')
}

/** The fields of a normal form that hold plain values or lists of them. */
export function leavesOfForm(value: Json, pointer: Pointer = ''): Pointer[] {
  if (typeof value !== 'object' || value === null) return [pointer]
  const isPlainList = Array.isArray(value) && value.every((item) => typeof item !== 'object')
  if (isPlainList || Object.keys(value).length === 0) return [pointer]
  return Object.entries(value).flatMap(([key, item]) => leavesOfForm(item as Json, joinPointer(pointer, key)))
}

export function fieldOf(pointer: Pointer): Field {
  return pointer.replace(/\/\d+(?=\/|$)/g, '/-')
}

/** @returns undefined where no other value of this one leaf is valid beside the rest of the spec */
export function anotherValue(kind: Kind, spec: JsonObject, pointer: Pointer): Change | undefined {
  for (const candidate of candidates(kind, pointer, valueAt(spec, pointer) as Json)) {
    const changed = normalFormOf(kind, withValueAt(spec, pointer, candidate) as JsonObject)
    if (changed === undefined || same(changed, spec)) continue
    const here = valueAt(changed, pointer)
    if (here !== undefined && same(withValueAt(spec, pointer, here), changed)) return { spec, pointer, changed }
  }
  return undefined
}

/** @returns undefined for a spec that has an error */
export function normalFormOf(kind: Kind, spec: JsonObject): JsonObject | undefined {
  const manifest = manifestOf(kind.name, spec)
  const value = { apiVersion: 'wfpctl/v1alpha1', kind: kind.name, metadata: { name: 'a' }, spec }
  const written = { file: manifest.file, start: 0, at: manifest.at, broken: new Set<Pointer>(), value }
  if (validateDocument(written, kind.schema).diagnostics.length > 0) return undefined
  const normalised = kind.normalise(manifest)
  return normalised.ok ? normalised.value : undefined
}

function* candidates(kind: Kind, pointer: Pointer, value: Json): Generator<Json> {
  const { enum: words = [], items } = schemaAt(kind, pointer)
  if (Array.isArray(value)) yield* lists(value as readonly Json[], items?.enum ?? [])
  else if (typeof value === 'boolean') yield !value
  else if (typeof value === 'number') yield* [value + 1, value - 1]
  else if (words.length > 0) yield* words.filter((word) => word !== value)
  else yield* texts(String(value))
}

function* lists(value: readonly Json[], words: readonly string[]): Generator<Json> {
  for (const word of words) if (!value.includes(word)) yield [...value, word].sort()
  yield value.slice(1)
  for (const text of texts(String(value.at(-1)))) yield [...value.slice(0, -1), text].sort()
}

/** Another digit, from the last to the first; another protocol; another letter in a name. */
function* texts(text: string): Generator<string> {
  for (const { index } of [...text.matchAll(/\d/g)].reverse()) {
    yield `${text.slice(0, index)}${(Number(text[index]) + 1) % 10}${text.slice(index + 1)}`
  }
  yield* ['udp', 'icmp', 'D:(A;;GA;;;BA)', 'D:P(A;;GA;;;BA)', `${text}z`, text.replace('=', '=z')]
}

function schemaAt(kind: Kind, pointer: Pointer): Schema {
  const { properties, $defs } = kind.schema as Whole
  return parsePointer(pointer).reduce<Schema>((schema, step) => {
    const inner = /^\d+$/.test(step) ? schema.items : schema.properties?.[step]
    return resolved(inner ?? {}, $defs)
  }, properties.spec)
}

function resolved(schema: Schema, defs: Whole['$defs'] = {}): Schema {
  return schema.$ref ? (defs[schema.$ref.replace('#/$defs/', '')] ?? {}) : schema
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: Json | undefined): Json | undefined {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => sorted(item) ?? null)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item as Json) ?? null]))
}
