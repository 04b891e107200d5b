/** One spelling for a JSON value, and the digest of it. */

import { hash } from 'node:crypto'
import type { Guid, Json, JsonObject } from './json.ts'

/** JSON with sorted keys and without white space: equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  let members = ''
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) members += (members === '' ? '' : ',') + canonicalJson(item)
    return `[${members}]`
  }
  for (const name of sortedNames(value as JsonObject))
    members += (members === '' ? '' : ',') + quoted(name) + canonicalJson((value as JsonObject)[name] as Json)
  return `{${members}}`
}

/** Sorting what is sorted already costs more than all the rest. */
function sortedNames(object: JsonObject): string[] {
  const names = Object.keys(object)
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return names.sort()
  return names
}

/** The few hundred names of schemas and structures, quoted once. At the limit the rest is quoted anew each time. */
const quotedNames = new Map<string, string>()
const MAX_QUOTED_NAMES = 1_000

function quoted(name: string): string {
  const known = quotedNames.get(name)
  if (known !== undefined) return known
  const text = `${JSON.stringify(name)}:`
  if (quotedNames.size < MAX_QUOTED_NAMES) quotedNames.set(name, text)
  return text
}

/**
 * For digests that nobody compares but this program: SHA-512/256 is as strong as SHA-256, and takes half as long where the processor has
 * instructions for neither.
 *
 * @see https://doi.org/10.6028/NIST.FIPS.180-4
 */
export const OWN_DIGEST = 'sha512-256'

/** @returns `sha256:` and 64 hex digits */
export function digestOf(value: Json): string {
  return digestOfText(canonicalJson(value))
}

/** The same, of a text that has one spelling already. */
export function digestOfText(text: string): string {
  return `sha256:${hash('sha256', text)}`
}

const UUID_BYTES = 16
/** Of one UTF-16 unit. */
const MOST_UTF8_BYTES = 3
let hashed = Buffer.alloc(256)

/**
 * A name-based UUID, version 5.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5
 */
export function uuidv5(namespace: Guid, name: string): Guid {
  const most = UUID_BYTES + MOST_UTF8_BYTES * name.length
  if (hashed.length < most) hashed = Buffer.alloc(most)
  hashed.write(namespace.replaceAll('-', ''), 'hex')
  const length = UUID_BYTES + hashed.write(name, UUID_BYTES, 'utf8')
  const hex = hash('sha1', hashed.subarray(0, length), 'hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
