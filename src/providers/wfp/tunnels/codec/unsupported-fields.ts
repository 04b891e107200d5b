/**
 * What an older call has no place for: a diagnostic at the field, never dropped.
 *
 * From the NTDDI guards of the SDK's headers (10.0.26100): Windows 8 brought version 2, Windows 10 1709 version 3.
 */

import { type Json, joinPointer, type Pointer } from '../../../../base/index.ts'
import type { TunnelSpec } from '../../../../kinds/ipsec-tunnel/spec.ts'
import type { CallVersion } from '../../engine/index.ts'

/** A place in a spec, and the call version it needs at least. */
export interface UnsupportedTunnelField {
  readonly pointer: Pointer
  readonly needs: 2 | 3
}

type Need = readonly [place: RegExp, needs: UnsupportedTunnelField['needs'], when?: (value: Json) => boolean]

/** Where something newer may stand, what it needs, and when; without a condition, whenever it is there. */
const NEEDS: readonly Need[] = [
  [/^\/endpoints\/remote$/, 2, Array.isArray],
  [/^\/endpoints\/remoteFqdn$/, 2],
  [/^\/endpoints\/compartment$/, 3],
  [/^\/quickMode\/forwardPathLifetime$/, 2],
  [/^\/quickMode\/trafficSelectors$/, 3],
  [/^\/quickMode\/keyManagers\/(notify|dictate)$/, 2, (value) => value === true],
  [/^\/quickMode\/flags\/\d+$/, 3, among('siteToSiteTunnel', 'pointToSiteTunnel')],
  [/\/kerberos\/proxyServer$/, 2],
  [/\/kerberos\/flags\/\d+$/, 2, among('forceProxyOnInitiator')],
  // IKEEXT_CERT_ROOT_CONFIG0 is an authority's name and flags, and a store has one of them at most
  [/\/criteria\/\d+\/(thumbprint|ekus|subject)$/, 2],
  [
    /\/criteria\/\d+\/flags\/\d+$/,
    2,
    among('selectNapCertificate', 'verifyNapCertificate', 'followRenewalCertificate'),
  ],
  [/\/(inbound|outbound)$/, 2, hasStoreList],
]

/** @returns the places of a spec that this version of FwpmIPsecTunnelAdd cannot express */
export function unsupportedFields(
  tunnel: { readonly spec: TunnelSpec },
  version: CallVersion,
): UnsupportedTunnelField[] {
  // the newest call has a place for every field; JSON of a spec is what its pointers lead through
  return version === 3 ? [] : lacksAt(tunnel.spec as Json, '').filter(({ needs }) => needs > version)
}

function lacksAt(value: Json, pointer: Pointer): UnsupportedTunnelField[] {
  const need = NEEDS.find(([place, , when]) => place.test(pointer) && (when?.(value) ?? true))
  if (need) return [{ pointer, needs: need[1] }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([step, inner]) => lacksAt(inner as Json, joinPointer(pointer, step)))
}

function among(...words: readonly string[]): (value: Json) => boolean {
  return (value) => typeof value === 'string' && words.includes(value)
}

/** A store with a list of criteria: version 1 has room for one. */
function hasStoreList(trust: Json): boolean {
  const { store, criteria } = trust as { readonly store?: Json; readonly criteria: readonly Json[] }
  return store !== undefined && criteria.length > 1
}
