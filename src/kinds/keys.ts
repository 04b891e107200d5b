/**
 * Keys: every object has a GUID that follows from set, kind and name alone (UUIDv5). So losing the tool's disk loses nothing, and two
 * machines that apply the same manifests use the same keys.
 */

import { hash } from 'node:crypto'
import type { Guid } from '../base/index.ts'

/** The namespace of all names below. Never to be changed: it would orphan every tunnel ever applied. */
export const WFPCTL_NAMESPACE: Guid = '3eb98735-0a89-49bc-b218-3bc324f627c1'

/**
 * A name-based UUID, version 5.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5
 */
export function uuidv5(namespace: Guid, name: string): Guid {
  const bytes = Buffer.from(namespace.replaceAll('-', ''), 'hex')
  const hex = hash('sha1', Buffer.concat([bytes, Buffer.from(name, 'utf8')]), 'hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The key of a tunnel whose spec names none. Names hold no slash, so no two triples meet. */
export function tunnelKeyOf(set: string, name: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/IPsecTunnel/${name}`)
}

export function keyManagerKeyOf(set: string, name: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/KeyManager/${name}`)
}
