/** The forms in which a desired and a live resource are compared, digested and recorded. */

import { hash } from 'node:crypto'
import {
  digestOf,
  type Json,
  type JsonObject,
  joinPointer,
  type Pointer,
  same,
  valueAt,
  withValueAt,
} from '../../base/index.ts'
import { type Kind, type Resource, referenceFields } from '../../manifest/index.ts'
import { type Difference, diff, SECRET } from './diff.ts'
import type { AppliedRecord, Observed, SecretDigests, Seen, Shadow } from './model.ts'

/**
 * Version of the normal form. It rises when a release normalises differently; records made by another version are then not
 * compared by digest, so that an upgrade replaces nothing.
 */
export const FORM = 2

/**
 * A desired resource in comparable form: secret references give way to their keyed digests.
 *
 * @param live what a secret without a digest is taken from: one that cannot be compared is unknown, not changed
 */
export function comparable(
  { kind, spec }: Pick<Resource, 'kind' | 'spec'>,
  digests: SecretDigests,
  live?: JsonObject,
): JsonObject {
  const paths = kind.secretPaths(spec)
  const form = sealed(paths.reduce(withoutReference, spec), paths, digests)
  return live ? withMissingDigests(form, live, paths) : form
}

function withoutReference(spec: JsonObject, path: Pointer): JsonObject {
  const fields = referenceFields()
  const content = membersAt(spec, path).filter(([field]) => !fields.includes(field))
  return withValueAt(spec, path, Object.fromEntries(content)) as JsonObject
}

function membersAt(spec: JsonObject, path: Pointer): [string, Json][] {
  return Object.entries((valueAt(spec, path) ?? {}) as JsonObject)
}

/** @returns the form with the digests that it lacks, as far as they are known */
export function sealed(form: JsonObject, secretPaths: readonly Pointer[], digests: SecretDigests): JsonObject {
  return secretPaths.reduce((filled, path) => withDigest(filled, path, digests.get(path)), form)
}

/** @returns `form` with the digests that it lacks taken from `other` */
function withMissingDigests(form: JsonObject, other: JsonObject, secretPaths: readonly Pointer[]): JsonObject {
  return secretPaths.reduce((filled, path) => withDigest(filled, path, digestAt(other, path)), form)
}

function withDigest(form: JsonObject, path: Pointer, digest: Json | undefined): JsonObject {
  if (digest === undefined || digestAt(form, path) !== undefined) return form
  return withValueAt(form, joinPointer(path, SECRET), digest) as JsonObject
}

/** The keyed digest at a secret's place in a comparable form. */
export function digestAt(form: JsonObject, path: Pointer): Json | undefined {
  return valueAt(form, joinPointer(path, SECRET))
}

/** Digest of what was applied to the engine: without what is only recorded (protection) or shown (descriptions). */
export function essenceDigest(kind: Kind, form: JsonObject): string {
  const essence = Object.keys(kind.impacts).reduce<JsonObject>(
    (rest, pointer) => withValueAt(rest, pointer, undefined) as JsonObject,
    form,
  )
  return digestOf(essence)
}

/**
 * What a record says of the parts that stand beside it.
 *
 * @param spec the normal form that they say
 */
export function seenNow(digestKey: Uint8Array, parts: string, { spec, unverified }: Omit<Seen, 'digest'>): Seen {
  return { digest: seenDigest(digestKey, parts, { spec, unverified }), spec, unverified }
}

/** @returns whether the parts are those that the record knows, so that they need not be read */
export function isSeen({ form, seen }: AppliedRecord, digestKey: Uint8Array | undefined, parts: string): boolean {
  return (
    form === FORM && seen !== undefined && digestKey !== undefined && seen.digest === seenDigest(digestKey, parts, seen)
  )
}

/** Under the set's key: the parts may hold a preshared key, of which nobody is to test guesses; and nobody else can make it. */
function seenDigest(digestKey: Uint8Array, parts: string, { spec, unverified }: Omit<Seen, 'digest'>): string {
  const said = hash('sha256', `${parts}\n${unverified.join(' ')}\n${spec}`, 'buffer')
  return hash('sha256', Buffer.concat([digestKey, said]))
}

/** What the record says of the parts that it knows, in comparable form. */
export function recordedForm(kind: Kind, { seen, secrets }: AppliedRecord): JsonObject | undefined {
  if (!seen) return undefined
  const digests = new Map(Object.entries(secrets).map(([path, { digest }]) => [path, digest]))
  return comparable({ kind, spec: JSON.parse(seen.spec) as JsonObject }, digests)
}

/** What drifted: the live object is not what the record says was applied. Undefined where the record cannot tell. */
export function drifted(observed: Observed): boolean | undefined {
  if (observed.isAsRecorded) return false
  const { kind, live, record, anomalies } = observed
  if (record.off) return live !== undefined
  if (live === undefined) return true
  if (record.form !== FORM) return anomalies.length > 0 ? true : undefined
  return essenceDigest(kind, live) !== record.digest || anomalies.length > 0
}

/** How one object reads back: what the engine shows, and which leaves it does not report back. */
export interface Shown {
  /** secrets appear as keyed digests where the engine shows them, otherwise not at all */
  readonly live: JsonObject
  readonly hidden: readonly Pointer[]
  /** digest of the filters that belong to it */
  readonly filters: string
  /** digest of all its parts; absent where the provider knows nothing by its parts */
  readonly parts?: string
  /** the same filters, one by one: words of the provider's own, which it compares */
  filterList(): string
}

/**
 * Leaves that a read-back does not show, so that the record alone knows them.
 *
 * @param live as the engine shows it
 */
export function unverifiedLeaves(
  live: JsonObject,
  shadows: AppliedRecord['shadows'],
  secretPaths: readonly Pointer[],
): Pointer[] {
  const hidden = Object.entries(shadows).flatMap(([pointer, { shown }]) => (shown === undefined ? [pointer] : []))
  return [...hidden, ...secretPaths.filter((path) => digestAt(live, path) === undefined)]
}

/** A read-back completed from the record: leaves that the engine hides or rewrites, as long as it still shows what it showed then. */
export function restore({ live }: Pick<Shown, 'live'>, record: AppliedRecord, kind: Kind): JsonObject {
  const withShadows = Object.entries(record.shadows).reduce<JsonObject>((form, [pointer, { applied, shown }]) => {
    if (!same(valueAt(form, pointer), shown)) return form
    return withValueAt(form, pointer, applied ?? undefined) as JsonObject // older records write null where nothing was applied
  }, live)
  // secrets that the engine hides: the record decides
  return kind
    .secretPaths(withShadows)
    .reduce((form, path) => withDigest(form, path, record.secrets[path]?.digest), withShadows)
}

/** What read-back says about one applied resource. */
export interface Verification {
  /** differences that nobody accepted; empty means verified */
  readonly mismatches: readonly Difference[]
  /** differences that were accepted by name */
  readonly rewrites: readonly Difference[]
  readonly shadows: AppliedRecord['shadows']
}

/** What a read-back is held to. */
export interface Declaration {
  readonly kind: Kind
  readonly spec: JsonObject
  /** places, with all beneath them, whose value may read back otherwise */
  readonly accepted: readonly Pointer[]
}

/**
 * Compares a read-back with what was declared. Hidden leaves, accepted differences and other words for the same become shadows of the
 * record.
 */
export function verify(form: JsonObject, shown: Shown, { kind, spec, accepted }: Declaration): Verification {
  const desired = withoutRecorded(form, kind)
  const visible = withMissingDigests(shown.live, desired, kind.secretPaths(spec))
  const shadows: Record<Pointer, Shadow> = {}
  const assumed = shown.hidden.reduce((live, pointer) => {
    const applied = valueAt(desired, pointer)
    if (applied === undefined || valueAt(live, pointer) !== undefined) return live
    shadows[pointer] = { applied }
    return withValueAt(live, pointer, applied) as JsonObject
  }, visible)
  const differences = diff(desired, assumed)
  const isAccepted = (d: Difference) => !d.sensitive && accepted.some((p) => d.path === p || d.path.startsWith(`${p}/`))
  const isSame = ({ path }: Difference) => kind.isSame?.(path, valueAt(desired, path), valueAt(assumed, path)) === true
  const mismatches = differences.filter((d) => !isAccepted(d) && !isSame(d))
  for (const { path } of differences.filter((d) => !mismatches.includes(d))) {
    const [applied, after] = [valueAt(desired, path), valueAt(assumed, path)]
    shadows[path] = { ...(applied !== undefined && { applied }), ...(after !== undefined && { shown: after }) }
  }
  return { mismatches, shadows, rewrites: differences.filter((d) => isAccepted(d) && !isSame(d)) }
}

/** Without the leaves that only the record holds: the engine is not asked for them. */
function withoutRecorded(form: JsonObject, { impacts }: Kind): JsonObject {
  return Object.keys(impacts)
    .filter((pointer) => impacts[pointer] === 'none')
    .reduce<JsonObject>((rest, pointer) => withValueAt(rest, pointer, undefined) as JsonObject, form)
}
