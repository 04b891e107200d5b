/** What an engine shows of somebody else's object, as a spec that a manifest may have: what has no place in one is left out, and told. */

import {
  hasErrors,
  isJsonObject,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  parentPointer,
  parsePointer,
  type Span,
  valueAt,
  withValueAt,
} from '../base/index.ts'
import { DEFAULT_SET } from './envelope.ts'
import type { Kind } from './model.ts'
import { API_VERSION } from './schema/envelope.ts'
import { validateDocument } from './schema/validate.ts'
import { referenceFields } from './secret-sources.ts'

/** A spec that its kind accepts, and in words what it lacks of the one that it was made of. */
export interface Presentable {
  readonly spec: JsonObject
  readonly remarks: readonly string[]
}

/** More rounds than a spec has levels. */
const MOST_ROUNDS = 40

/**
 * @param spec may hold anything; what its kind does not accept is left out, and where something has to stand there, it is taken from the
 *   schema's example
 */
export function presentable(kind: Kind, spec: JsonObject): Presentable {
  const widened = kind.present?.(spec) ?? { spec, remarks: [] }
  const referring = kind.secretPaths(widened.spec).filter((path) => !refers(widened.spec, path))
  let current = referring.reduce<JsonObject>(withReference, widened.spec)
  const remarks = [...widened.remarks, ...referring.map((path) => `${path}: name the place of the secret`)]
  const met = new Set<Pointer>()
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const [pointer] = errorsOf(kind, current)
    if (pointer === undefined) return { spec: current, remarks }
    const { value, remark } = mended(kind, current, met.has(pointer) ? topOf(pointer) : pointer)
    met.add(pointer)
    current = value
    remarks.push(remark)
  }
  return { spec: exampleOf(kind), remarks: [...remarks, 'nothing of it could be expressed: an example stands here'] }
}

/** A secret whose bytes nobody shows: a place that does not exist, so that it is asked for. */
function withReference(spec: JsonObject, path: Pointer): JsonObject {
  const place = valueAt(spec, path)
  return withValueAt(spec, path, { ...(isJsonObject(place) && place), env: 'FILL_IN' }) as JsonObject
}

function refers(spec: JsonObject, path: Pointer): boolean {
  const place = valueAt(spec, path)
  return isJsonObject(place) && referenceFields().some((field) => field in place)
}

/** Leaves a value out; one that has to be there, or may not even then, gives way to the example's. */
function mended(
  kind: Kind,
  spec: JsonObject,
  pointer: Pointer,
): { readonly value: JsonObject; readonly remark: string } {
  const present = valueAt(spec, pointer)
  const isTop = parsePointer(pointer).length <= 1
  if (present !== undefined && !isTop)
    return { value: without(spec, pointer), remark: `${pointer} cannot be expressed: ${JSON.stringify(present)}` }
  const top = topOf(pointer)
  const example = exampleOf(kind)
  if (top === '')
    return { value: { ...example, ...spec }, remark: 'what has to be there and is not shown stands as in the example' }
  const replacement = valueAt(example, top)
  const shown = valueAt(spec, top)
  const words = replacement === undefined ? 'left out' : 'an example stands here'
  const value = withValueAt(spec, top, replacement) as JsonObject
  return { value, remark: `${top} cannot be expressed, ${words}: ${JSON.stringify(shown ?? null)}` }
}

function topOf(pointer: Pointer): Pointer {
  const [first] = parsePointer(pointer)
  return first === undefined ? '' : pointer.slice(0, first.length + 1)
}

/** An item of a list goes, and the next ones take its place. */
function without(spec: JsonObject, pointer: Pointer): JsonObject {
  const steps = parsePointer(pointer)
  const last = steps.at(-1) as string
  const parent = pointer.slice(0, pointer.lastIndexOf('/'))
  const list = valueAt(spec, parent)
  if (!Array.isArray(list)) return withValueAt(spec, pointer, undefined) as JsonObject
  return withValueAt(
    spec,
    parent,
    list.filter((_: Json, i) => String(i) !== last),
  ) as JsonObject
}

function exampleOf({ schema }: Kind): JsonObject {
  const { properties } = schema as {
    readonly properties: { readonly spec: { readonly examples?: readonly JsonObject[] } }
  }
  return properties.spec.examples?.[0] ?? {}
}

function placesIn(value: Json | undefined, pointer: Pointer): Pointer[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([step, inner]) => {
    const place = joinPointer(pointer, step)
    return [place, ...placesIn(inner as Json, place)]
  })
}

/** Pointers into the spec, of what its kind does not accept. */
function errorsOf(kind: Kind, spec: JsonObject): Pointer[] {
  const file = { path: '', text: '' }
  // the offset of a place is the number of its pointer, in the order of the document
  const pointers = ['', '/spec', ...placesIn(spec, '/spec')]
  const at = (pointer: Pointer): Span => {
    const start = pointers.indexOf(pointer)
    return start < 0 ? at(parentPointer(pointer)) : { file, start, end: start }
  }
  const metadata = { name: 'a', set: DEFAULT_SET }
  const value = { apiVersion: API_VERSION, kind: kind.name, metadata, spec }
  const places = { file, start: 0, at, broken: new Set<Pointer>() }
  const checked = validateDocument({ ...places, value }, kind.schema)
  const manifest = { ...places, ...metadata, kind: kind.name, labels: {}, waive: [], spec }
  const diagnostics = checked.diagnostics.length > 0 ? checked.diagnostics : kind.normalise(manifest).diagnostics
  const errors = diagnostics.filter((one) => hasErrors([one]))
  return errors.map(({ span }) => (pointers[span?.start ?? 0] ?? '/spec').slice('/spec'.length))
}
