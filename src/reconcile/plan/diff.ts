/** Two normal forms → where they differ, in the user's paths. No knowledge of any kind: equality belongs to the normal form. */

import { isJsonObject, type Json, type JsonObject, joinPointer, type Pointer, same } from '../../base/index.ts'

/** One path whose value differs. A side is absent where nothing stands; both are absent when the value is a secret. */
export interface Difference {
  readonly path: Pointer
  readonly before?: Json
  readonly after?: Json
  readonly sensitive: boolean
}

/** The property under which a comparable form holds a secret's keyed digest in place of its reference. */
export const SECRET = 'secret'

/**
 * @returns one difference for each leaf that differs, in the order of the normal form; what is there no more, by name. A list of plain values is one leaf: its
 *   members have no names of their own. Lists of objects are compared place by place.
 */
export function diff(before: Json | undefined, after: Json | undefined, path: Pointer = ''): Difference[] {
  if (!hasMisleadingName(before) && !hasMisleadingName(after) && same(before, after)) return []
  if (isJsonObject(before) && isJsonObject(after)) return diffMembers(before, after, path)
  if (isObjectList(before) && isObjectList(after)) return diffItems(before, after, path)
  return [difference(path, before, after)]
}

/** The comparison calls an object's own `valueOf` and `toString`; a label may be called so. */
function hasMisleadingName(value: Json | undefined): boolean {
  return isJsonObject(value) && (Object.hasOwn(value, 'valueOf') || Object.hasOwn(value, 'toString'))
}

function diffMembers(before: JsonObject, after: JsonObject, path: Pointer): Difference[] {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  return [...Object.keys(after), ...gone.sort()].flatMap((name) => {
    if (name === SECRET) return same(before[name], after[name]) ? [] : [{ path, sensitive: true }]
    return diff(before[name], after[name], joinPointer(path, name))
  })
}

function diffItems(before: readonly Json[], after: readonly Json[], path: Pointer): Difference[] {
  const length = Math.max(before.length, after.length)
  return Array.from({ length }, (_, i) => diff(before[i], after[i], joinPointer(path, i))).flat()
}

function difference(path: Pointer, before: Json | undefined, after: Json | undefined): Difference {
  return {
    path,
    ...(before !== undefined && { before: withoutSecrets(before) }),
    ...(after !== undefined && { after: withoutSecrets(after) }),
    sensitive: false,
  }
}

/** A copy in which no keyed digest is left: those are for comparing, not for showing. */
function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutSecrets)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === SECRET ? '(not shown)' : withoutSecrets(member)]),
  )
}

function isObjectList(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject)
}
