/** What says that an object is ours: our provider, the key of our digests, and the record beside each object, which can be rewritten without touching it. */

import { randomBytes } from 'node:crypto'
import { type Guid, isJsonObject, type Json, type JsonObject, joined, printable } from '../../../base/index.ts'
import { isName as isManifestName } from '../../../manifest/index.ts'
import { NOTES, type Note, type Notes } from '../../../reconcile/notes/index.ts'
import type { AppliedRecord, Protection } from '../../../reconcile/plan/index.ts'
import { FWPM_PROVIDER_FLAG_PERSISTENT } from '../binding/tables/constants/index.ts'
import {
  type AnyContext,
  addGeneralContext,
  contextByKey,
  contextsOf,
  dataOf,
  deleteContext,
  digestKeyKeyOf,
  eitherContext,
  isStatus,
  noteKeyOf,
  providerKeyOf,
  recordKeyOf,
  type SeenContext,
  type Session,
} from '../engine/index.ts'

/** Version of this encoding. A record of another one cannot be read, so its tunnel is not ours. */
const VERSION = 1
const MAGIC = 'wfpctl-record'

/** A record and the key of the tunnel it makes ours. A record copied elsewhere names another key and owns nothing there. */
export interface KeyedRecord {
  readonly key: Guid
  readonly record: AppliedRecord
}

/** A context of one of our owners; of a general one, what it holds: a record, or other bytes. */
export interface OwnedContext extends SeenContext {
  readonly keyed?: KeyedRecord
  readonly data?: Uint8Array
}

/**
 * The bytes of ten thousand records weigh more than all else.
 *
 * @param last what stood there when it was seen last: it is that again, if it says the same
 */
export function ownedContext(seen: SeenContext, data: Buffer | undefined, last?: OwnedContext): OwnedContext {
  const either = eitherContext(last, seen)
  if (either === last || !data) return either
  const keyed = isNote(seen) ? undefined : decodeRecord(data)
  return keyed ? joined(seen, { keyed }) : { ...seen, data: Buffer.from(data) }
}

export function encodeRecord({ key, record }: KeyedRecord): Uint8Array {
  const [protect] = [...PROTECTIONS].find(([, word]) => word === record.protect) ?? []
  return Buffer.from(JSON.stringify({ magic: MAGIC, version: VERSION, key, ...record, protect }), 'utf8')
}

/** @returns undefined for anything that is not a record of this version: unreadable means foreign */
export function decodeRecord(bytes: Uint8Array | null | undefined): KeyedRecord | undefined {
  const fields = parseObject(bytes)
  if (!fields || fields.magic !== MAGIC || fields.version !== VERSION || !isGuid(fields.key)) return undefined
  const record: { [name: string]: Json } = {}
  // one after the other, so that records of the same members are objects of one shape
  for (const [name] of CHECKS) {
    const value = name === 'protect' ? (PROTECTIONS.get(fields.protect) ?? null) : fields[name]
    if (value !== undefined) record[name] = value
  }
  if (!holdsEach(CHECKS, record)) return undefined
  return { key: fields.key, record: record as unknown as AppliedRecord }
}

/** How a record says it: the first two as they were said before there was a third. */
const PROTECTIONS: ReadonlyMap<unknown, Protection> = new Map<unknown, Protection>([
  [false, 'none'],
  [true, 'delete'],
  ['replace', 'replace'],
])

type Check = (value: Json | undefined) => boolean
type Checks = readonly (readonly [name: string, holds: Check])[]

function holdsEach(checks: Checks, value: JsonObject): boolean {
  return checks.every(([name, holds]) => holds(value[name]))
}

const isText: Check = (value) => typeof value === 'string' && value.length <= MAX_TEXT
const isLine: Check = (value) => isText(value) && printable(value as string) === value
const isGuid = (value: Json | undefined): value is Guid =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
const isTime: Check = (value) => isLine(value) && Number.isFinite(Date.parse(value as string))
const isTrue: Check = (value) => value === true
/** As in manifests; of sets and of resources. */
export const isName: Check = (value) => typeof value === 'string' && isManifestName(value)
const optional =
  (holds: Check): Check =>
  (value) =>
    value === undefined || holds(value)
/** an object of which every name and every value is right */
const each =
  (name: Check, holds: Check): Check =>
  (value) =>
    isJsonObject(value) && Object.entries(value).every(([key, inner]) => name(key) && holds(inner))
/** an object with these members */
const having = (members: { readonly [name: string]: Check }): Check => {
  const checks = Object.entries(members)
  return (value) => isJsonObject(value) && holdsEach(checks, value)
}
/** one of its two sides, at least */
const isShallow: Check = (value) => depthOf(value) <= MAX_DEPTH
const hasSides = having({ applied: isShallow, shown: isShallow })
const isShadow: Check = (value) => hasSides(value) && ['applied', 'shown'].some((side) => side in (value as object))
const isPointer: Check = (value) => typeof value === 'string' && POINTER.test(value)

const MAX_TEXT = 32_768
/** A spec is not as deep. */
const MAX_DEPTH = 16
/** Into a spec: names of fields and numbers of items. */
const POINTER = /^(\/([a-z][A-Za-z0-9]{0,63}|\d{1,3}))+$/

/** Whoever may write contexts could have written it: nothing of it is believed that we would not have written. */
const FIELDS: { readonly [field in keyof AppliedRecord]-?: Check } = {
  kind: isLine,
  name: isName,
  set: isName,
  labels: each(isText, isText),
  description: optional(isText),
  protect: isText,
  acceptReadback: optional((value) => Array.isArray(value) && value.every(isPointer)),
  form: (value) => Number.isSafeInteger(value),
  digest: isLine,
  secrets: each(isPointer, having({ ref: each(isLine, isShallow), digest: isLine })),
  shadows: each(isPointer, isShadow),
  filters: isLine,
  filterList: optional(isLine),
  off: optional(isTrue),
  observed: optional(isTrue),
  keptKey: optional(isTrue),
  owner: optional((value) => value === null || isName(value)),
  companions: optional(each(isGuid, isGuid)),
  setSpec: optional((value) => isJsonObject(value) && isShallow(value)),
  seen: optional(
    having({ digest: isLine, spec: isText, unverified: (value) => Array.isArray(value) && value.every(isPointer) }),
  ),
  appliedAt: optional(isTime),
  source: having({ file: isText, commit: optional(isLine) }),
}

const CHECKS: Checks = Object.entries(FIELDS)

/** No deeper than is asked for: what is nested without end would overflow whoever walks it. */
function depthOf(value: Json | undefined, limit = MAX_DEPTH + 1): number {
  if (typeof value !== 'object' || value === null || limit === 0) return 0
  return Object.values(value).reduce<number>((most, inner) => Math.max(most, 1 + depthOf(inner, limit - 1)), 1)
}

function parseObject(bytes: Uint8Array | null | undefined): JsonObject | undefined {
  if (!bytes || bytes.length === 0) return undefined
  try {
    const { buffer, byteOffset, byteLength } = bytes
    const value: unknown = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** Only SYSTEM and Administrators: whoever reads the key can test guesses of a weak preshared key against its digest. */
const DIGEST_KEY_DESCRIPTOR = 'D:P(A;;GA;;;SY)(A;;GA;;;BA)'
const DIGEST_KEY_BYTES = 32

/** In a write transaction. @returns the set's digest key, if it stands; what stands in its place and is none is removed */
export async function digestKeyOf(session: Session, set: string): Promise<Uint8Array | undefined> {
  const standing = await contextByKey(session, digestKeyKeyOf(set))
  const key = asDigestKey(dataOf(standing))
  if (standing && !key) await deleteContext(session, digestKeyKeyOf(set))
  return key
}

/** One of another length was not made by us, and keys nothing. */
export function asDigestKey(data: Uint8Array | undefined): Uint8Array | undefined {
  return data?.length === DIGEST_KEY_BYTES ? data : undefined
}

/** Makes the digest key, and the owner where it does not stand yet. @returns the digest key */
export async function createOwner(session: Session, set: string): Promise<Uint8Array> {
  if (!(await ownerStands(session, providerKeyOf(set)))) {
    const { engineHandle, fwp } = session
    await fwp.FwpmProviderAdd0({ engineHandle, provider: ownerObject(set), sd: null })
  }
  const data = randomBytes(DIGEST_KEY_BYTES)
  await addGeneralContext(session, {
    key: digestKeyKeyOf(set),
    name: `wfpctl digest key of set ${set}`,
    providerKey: providerKeyOf(set),
    data,
    persistent: true,
    sddl: DIGEST_KEY_DESCRIPTOR,
  })
  return data
}

/** What holds for a context that keeps a note; absent: the engine's default descriptor, and it outlives a restart. */
const NOTE_TRAITS: { readonly [note in Note]?: { readonly sddl?: string; readonly persistent?: false } } = {
  former: { sddl: DIGEST_KEY_DESCRIPTOR },
  running: { persistent: false },
}

/** In a write transaction: keeps a note in place of the one that stands; undefined: none stands any more. */
export async function keepNote(
  session: Session,
  set: string,
  { note, data }: { readonly note: Note; readonly data: Uint8Array | undefined },
): Promise<void> {
  const providerKey = providerKeyOf(set)
  const key = noteKeyOf(providerKey, note)
  await deleteContext(session, key)
  if (!data) return
  const name = `wfpctl ${note} of set ${set}`
  await addGeneralContext(session, { key, name, providerKey, data, persistent: true, ...NOTE_TRAITS[note] })
}

export async function noteOf(session: Session, set: string, note: Note): Promise<Uint8Array | undefined> {
  return dataOf(await contextByKey(session, noteKeyOf(providerKeyOf(set), note)))
}

export async function notesOf(session: Session, set: string): Promise<Notes> {
  const notes = new Map<Note, Uint8Array>()
  for (const note of NOTES) {
    const data = await noteOf(session, set, note)
    if (data) notes.set(note, data)
  }
  return notes
}

/** By owner: the keys of its notes. */
const noteKeys = new Map<Guid, ReadonlyMap<Guid, Note>>()

export function noteKeysOf(owner: Guid): ReadonlyMap<Guid, Note> {
  const keys = noteKeys.get(owner) ?? new Map(NOTES.map((note) => [noteKeyOf(owner, note), note]))
  noteKeys.set(owner, keys)
  return keys
}

/** A note is no record, and is not read as one. */
function isNote({ providerKey, providerContextKey }: SeenContext): boolean {
  return providerKey !== null && noteKeysOf(providerKey).has(providerContextKey)
}

/** @param owned what stands under the set's owner, by key */
export function notesIn(set: string, owned: ReadonlyMap<Guid, { readonly data?: Uint8Array }>): Notes {
  return new Map(
    [...noteKeysOf(providerKeyOf(set))].flatMap(([key, note]): [Note, Uint8Array][] => {
      const data = owned.get(key)?.data
      return data ? [[note, data]] : []
    }),
  )
}

/** Types of the contexts that a set's owner may have, those of roots apart. */
export interface OwnedTypes {
  readonly roots: readonly number[]
  readonly others: readonly number[]
}

/**
 * Removes owner and digest key with whatever else was put under them, unless an object stands there, or a record of one that is missing.
 *
 * @returns whether it did
 */
export async function removeOwner(session: Session, set: string, { roots, others }: OwnedTypes): Promise<boolean> {
  const { engineHandle, fwp } = session
  const left = await contextsOf(session, providerKeyOf(set), [...roots, ...others])
  if (left.some((context) => roots.includes(context.type) || isRecordOf(set, context))) return false
  for (const { providerContextKey } of left) await deleteContext(session, providerContextKey)
  try {
    await fwp.FwpmProviderDeleteByKey0({ engineHandle, key: providerKeyOf(set) })
    return true
  } catch (error) {
    if (isStatus(error, 'FWP_E_IN_USE')) return false // something of somebody else's names it: theirs to remove
    if (isStatus(error, ...NO_OWNER)) return true
    throw error
  }
}

/** @returns whether it is a record that can be read, in its place */
function isRecordOf(set: string, context: AnyContext): boolean {
  const found = decodeRecord(dataOf(context))
  return found?.record.set === set && context.providerContextKey === recordKeyOf(found.key)
}

const NO_OWNER = ['FWP_E_PROVIDER_NOT_FOUND', 'FWP_E_NOT_FOUND'] as const

export async function ownerStands({ engineHandle, fwp }: Session, key: Guid): Promise<boolean> {
  try {
    await fwp.FwpmProviderGetByKey0({ engineHandle, key })
    return true
  } catch (error) {
    if (isStatus(error, ...NO_OWNER)) return false
    throw error
  }
}

/** serviceName stays NULL: with one, BFE loads its objects only if that service starts by itself. */
function ownerObject(set: string) {
  return {
    providerKey: providerKeyOf(set),
    displayData: {
      name: `wfpctl set ${set}`,
      description: 'IPsec tunnels declared in manifests and applied by wfpctl',
    },
    flags: FWPM_PROVIDER_FLAG_PERSISTENT,
    // the set's name, since a key cannot be turned back into one
    providerData: Buffer.from(JSON.stringify({ wfpctl: 1, set }), 'utf8'),
    serviceName: null,
  }
}

/** @returns the set whose owner a provider claims to be; whether it is, its key tells */
export function setOfOwner(providerData: Uint8Array): string | undefined {
  try {
    const owner: unknown = JSON.parse(Buffer.from(providerData).toString('utf8'))
    return isJsonObject(owner) && owner.wfpctl === 1 && isName(owner.set) ? (owner.set as string) : undefined
  } catch {
    return undefined
  }
}
