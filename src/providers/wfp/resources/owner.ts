/** What says that an object is ours: our provider, the key of our digests, and the record beside each object, which can be rewritten without touching it. */

import { randomBytes } from 'node:crypto'
import type { Guid, JsonObject } from '../../../base/json.ts'
import { isJsonObject } from '../../../base/json.ts'
import type { AppliedRecord } from '../../../reconcile/plan/model.ts'
import { FWPM_PROVIDER_FLAG_PERSISTENT } from '../binding/tables/constants/index.ts'
import { digestKeyKeyOf, providerKeyOf } from '../engine/claims.ts'
import { addGeneralContext, contextByKey, contextsOf, dataOf, deleteContext } from '../engine/contexts.ts'
import { isStatus } from '../engine/refusals.ts'
import type { Session } from '../engine/session.ts'

/** Version of this encoding. A record of another one cannot be read, so its tunnel is not ours. */
const VERSION = 1
const MAGIC = 'wfpctl-record'

/** A record and the key of the tunnel it makes ours. A record copied elsewhere names another key and owns nothing there. */
export interface KeyedRecord {
  readonly key: Guid
  readonly record: AppliedRecord
}

export function encodeRecord({ key, record }: KeyedRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ magic: MAGIC, version: VERSION, key, ...record }), 'utf8')
}

/** @returns undefined for anything that is not a record of this version: unreadable means foreign */
export function decodeRecord(bytes: Uint8Array | null | undefined): KeyedRecord | undefined {
  const fields = parseObject(bytes)
  if (!fields || fields.magic !== MAGIC || fields.version !== VERSION) return undefined
  const { magic: _magic, version: _version, key, ...record } = fields
  return typeof key === 'string' && hasRecordShape(record)
    ? { key, record: record as unknown as AppliedRecord }
    : undefined
}

const SHAPE = {
  kind: 'string',
  name: 'string',
  set: 'string',
  labels: 'object',
  protect: 'boolean',
  form: 'number',
  digest: 'string',
  secrets: 'object',
  shadows: 'object',
  filters: 'string',
  source: 'object',
} as const

function hasRecordShape(fields: JsonObject): boolean {
  return Object.entries(SHAPE).every(([name, type]) => typeof fields[name] === type && fields[name] !== null)
}

function parseObject(bytes: Uint8Array | null | undefined): JsonObject | undefined {
  if (!bytes || bytes.length === 0) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** Only SYSTEM and Administrators: whoever reads the key can test guesses of a weak preshared key against its digest. */
const DIGEST_KEY_DESCRIPTOR = 'D:P(A;;GA;;;SY)(A;;GA;;;BA)'
const DIGEST_KEY_BYTES = 32

/** @returns the set's digest key, if it stands */
export async function digestKeyOf(session: Session, set: string): Promise<Uint8Array | undefined> {
  return dataOf(await contextByKey(session, digestKeyKeyOf(set)))
}

/** Makes the digest key, and the owner where it does not stand yet. @returns the digest key */
export async function createOwner(session: Session, set: string): Promise<Uint8Array> {
  if (!(await ownerStands(session, set))) {
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

/** Removes both, unless something of these types is left that the owner owns. */
export async function removeOwner(session: Session, set: string, types: readonly number[]): Promise<void> {
  const { engineHandle, fwp } = session
  const left = await contextsOf(session, providerKeyOf(set), types)
  if (left.some((context) => context.providerContextKey !== digestKeyKeyOf(set))) return
  await deleteContext(session, digestKeyKeyOf(set))
  await fwp.FwpmProviderDeleteByKey0({ engineHandle, key: providerKeyOf(set) })
}

async function ownerStands({ engineHandle, fwp }: Session, set: string): Promise<boolean> {
  try {
    await fwp.FwpmProviderGetByKey0({ engineHandle, key: providerKeyOf(set) })
    return true
  } catch (error) {
    if (isStatus(error, 'FWP_E_PROVIDER_NOT_FOUND', 'FWP_E_NOT_FOUND')) return false
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
    return isJsonObject(owner) && owner.wfpctl === 1 && typeof owner.set === 'string' ? owner.set : undefined
  } catch {
    return undefined
  }
}
