/**
 * Keys: every object has a GUID that follows from set, kind and name alone (UUIDv5). So losing the tool's disk loses nothing, and two
 * machines that apply the same manifests use the same keys.
 */

import { type Guid, uuidv5 } from '../base/index.ts'

/** The namespace of all names below. Never to be changed: it would orphan every tunnel ever applied. */
export const WFPCTL_NAMESPACE: Guid = '3eb98735-0a89-49bc-b218-3bc324f627c1'

/** The key of a tunnel whose spec names none. Names hold no slash, so no two triples meet. */
export function tunnelKeyOf(set: string, name: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/IPsecTunnel/${name}`)
}

export function keyManagerKeyOf(set: string, name: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/KeyManager/${name}`)
}
