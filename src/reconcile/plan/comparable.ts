/** The forms in which a desired and a live resource are compared, digested and recorded. */

import { digestOf } from '../../base/digest.ts'
import { same } from '../../base/equal.ts'
import type { Json, JsonObject, Pointer } from '../../base/json.ts'
import { joinPointer, valueAt, withValueAt } from '../../base/pointer.ts'
import type { Resource, ResourceKind } from '../../manifest/model.ts'
import { type SecretDigests, sealed } from '../secrets.ts'
import { type Difference, diff, SECRET } from './diff.ts'
import type { AppliedRecord, Observed } from './model.ts'

/**
 * Version of the normal form. It rises when a release normalises differently; records made by another version are then not
 * compared by digest, so that an upgrade replaces nothing.
 */
export const FORM = 1

/** A desired resource in comparable form: secret references give way to their keyed digests. */
export function comparable(kind: ResourceKind, resource: Resource, digests: SecretDigests): JsonObject {
  return sealed(resource.spec, kind.secretPaths(resource.spec), (path) => digests.get(path))
}

/**
 * Secrets that cannot be compared are unknown, not changed.
 * @returns `form` with the digests that it lacks taken from `other`
 */
export function assumeUnknownEqual(form: JsonObject, other: JsonObject, secretPaths: readonly Pointer[]): JsonObject {
  return secretPaths.reduce((filled, path) => {
    const place = joinPointer(path, SECRET)
    const digest = valueAt(other, place)
    if (valueAt(filled, place) !== undefined || digest === undefined) return filled
    return withValueAt(filled, place, digest) as JsonObject
  }, form)
}

/** Digest of what was applied to the engine: without what is only recorded (protection) or shown (descriptions). */
export function essenceDigest(kind: ResourceKind, form: JsonObject): string {
  const essence = Object.keys(kind.impacts).reduce<JsonObject>(
    (rest, pointer) => withValueAt(rest, pointer, undefined) as JsonObject,
    form,
  )
  return digestOf(essence)
}

/** What drifted: the live object is not what the record says was applied. Undefined where the record cannot tell. */
export function drifted(kind: ResourceKind, observed: Observed): boolean | undefined {
  if (observed.live === undefined) return true
  if (observed.record.form !== FORM) return observed.anomalies.length > 0 ? true : undefined
  return essenceDigest(kind, observed.live) !== observed.record.digest || observed.anomalies.length > 0
}

/** How one tunnel reads back: what the engine shows, and which leaves it shows nowhere. */
export interface Shown {
  /** secrets appear as keyed digests where the engine shows them, otherwise not at all */
  readonly live: JsonObject
  readonly hidden: readonly Pointer[]
  /** digest of the filters that belong to it */
  readonly filters: string
}

/** A read-back completed from the record: leaves that the engine hides or rewrites, as long as it still shows what it showed then. */
export function restore(shown: Shown, record: AppliedRecord, secretPaths: readonly Pointer[]): JsonObject {
  const withShadows = Object.entries(record.shadows).reduce<JsonObject>((live, [pointer, shadow]) => {
    return same(valueAt(live, pointer), shadow.shown)
      ? (withValueAt(live, pointer, shadow.applied) as JsonObject)
      : live
  }, shown.live)
  return sealMissing(withShadows, record, secretPaths)
}

/** Secrets that the engine hides: the record decides. */
function sealMissing(live: JsonObject, record: AppliedRecord, secretPaths: readonly Pointer[]): JsonObject {
  return secretPaths.reduce((form, path) => {
    const place = joinPointer(path, SECRET)
    const digest = record.secrets[path]?.digest
    if (digest === undefined || valueAt(form, place) !== undefined) return form
    return withValueAt(form, place, digest) as JsonObject
  }, live)
}

/** What read-back says about one applied resource. */
export interface Verification {
  /** differences that nobody accepted; empty means verified */
  readonly mismatches: readonly Difference[]
  readonly shadows: AppliedRecord['shadows']
}

/** Compares a read-back with what was declared. Hidden leaves and accepted differences become shadows of the record. */
export function verify(
  desired: JsonObject,
  shown: Shown,
  secretPaths: readonly Pointer[],
  accepted: readonly Pointer[],
): Verification {
  const visible = assumeUnknownEqual(shown.live, desired, secretPaths)
  const shadows: Record<Pointer, { applied: Json; shown?: Json }> = {}
  const assumed = shown.hidden.reduce((live, pointer) => {
    const applied = valueAt(desired, pointer)
    if (applied === undefined || valueAt(live, pointer) !== undefined) return live
    shadows[pointer] = { applied }
    return withValueAt(live, pointer, applied) as JsonObject
  }, visible)
  const differences = diff(desired, assumed)
  const isAccepted = (d: Difference) => !d.sensitive && accepted.some((p) => d.path === p || d.path.startsWith(`${p}/`))
  for (const { path } of differences.filter(isAccepted)) {
    const after = valueAt(assumed, path)
    shadows[path] = { applied: valueAt(desired, path) ?? null, ...(after !== undefined && { shown: after }) }
  }
  return { mismatches: differences.filter((d) => !isAccepted(d)), shadows }
}
