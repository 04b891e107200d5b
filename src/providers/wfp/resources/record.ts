/** The record beside each tunnel: JSON in a general context of its own, so that it can be rewritten without touching the tunnel. */

import type { Guid, JsonObject } from '../../../base/json.ts'
import type { AppliedRecord } from '../../../reconcile/plan/model.ts'

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
