/** One spelling for a JSON value, and the digest of it. */

import { createHash } from 'node:crypto'
import type { Json, JsonObject } from './model.ts'

/** JSON with sorted keys and without white space: equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const object = value as JsonObject
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key] as Json)}`)
  return `{${members.join(',')}}`
}

/** @returns `sha256:` and 64 hex digits */
export function digestOf(value: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`
}
