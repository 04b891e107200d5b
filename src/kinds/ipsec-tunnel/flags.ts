/**
 * Flags: a manifest's word is the SDK constant's name without its prefix, in camel case, so that either finds the other.
 * `IPSEC_POLICY_FLAG_CLEAR_DF_ON_TUNNEL` ⇄ `clearDfOnTunnel`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_tunnel_policy2
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/
 */

import type { KeyModule, TunnelSpec } from './spec.ts'

export interface Flag {
  readonly sdk: string
  readonly bit: number
  /** key modules that know the flag; absent: all */
  readonly modules?: readonly KeyModule[]
  /** tunnel modes that may carry the flag; absent: both */
  readonly modes?: readonly TunnelSpec['mode'][]
  /** authentication methods that may carry the flag; absent: all that have the field */
  readonly methods?: readonly string[]
  /** the flag without which this one means nothing */
  readonly needs?: string
  /** the flag that contradicts this one */
  readonly excludes?: string
}
export type FlagTable = { readonly [word: string]: Flag }

const IKEV2 = { modules: ['ikev2'] } as const

/** IPSEC_TUNNEL_POLICY.flags, but for the two key-manager flags: those are `quickMode.keyManagers`. */
export const POLICY_FLAGS: FlagTable = {
  ndSecure: { sdk: 'IPSEC_POLICY_FLAG_ND_SECURE', bit: 0x2 },
  ndBoundary: { sdk: 'IPSEC_POLICY_FLAG_ND_BOUNDARY', bit: 0x4 },
  clearDfOnTunnel: { sdk: 'IPSEC_POLICY_FLAG_CLEAR_DF_ON_TUNNEL', bit: 0x8 },
  natEncapAllowPeerBehindNat: { sdk: 'IPSEC_POLICY_FLAG_NAT_ENCAP_ALLOW_PEER_BEHIND_NAT', bit: 0x10 },
  natEncapAllowGeneralNatTraversal: { sdk: 'IPSEC_POLICY_FLAG_NAT_ENCAP_ALLOW_GENERAL_NAT_TRAVERSAL', bit: 0x20 },
  dontNegotiateSecondLifetime: { sdk: 'IPSEC_POLICY_FLAG_DONT_NEGOTIATE_SECOND_LIFETIME', bit: 0x40 },
  dontNegotiateByteLifetime: { sdk: 'IPSEC_POLICY_FLAG_DONT_NEGOTIATE_BYTE_LIFETIME', bit: 0x80 },
  enableV6InV4Tunneling: { sdk: 'IPSEC_POLICY_FLAG_ENABLE_V6_IN_V4_TUNNELING', bit: 0x100, ...IKEV2 },
  enableServerAddrAssignment: { sdk: 'IPSEC_POLICY_FLAG_ENABLE_SERVER_ADDR_ASSIGNMENT', bit: 0x200, ...IKEV2 },
  tunnelAllowOutboundClearConnection: {
    sdk: 'IPSEC_POLICY_FLAG_TUNNEL_ALLOW_OUTBOUND_CLEAR_CONNECTION',
    bit: 0x400,
    modes: ['gateway'],
  },
  tunnelBypassAlreadySecureConnection: {
    sdk: 'IPSEC_POLICY_FLAG_TUNNEL_BYPASS_ALREADY_SECURE_CONNECTION',
    bit: 0x800,
  },
  tunnelBypassIcmpv6: { sdk: 'IPSEC_POLICY_FLAG_TUNNEL_BYPASS_ICMPV6', bit: 0x1000 },
  siteToSiteTunnel: { sdk: 'IPSEC_POLICY_FLAG_SITE_TO_SITE_TUNNEL', bit: 0x1_0000 },
  pointToSiteTunnel: { sdk: 'IPSEC_POLICY_FLAG_POINT_TO_SITE_TUNNEL', bit: 0x2_0000 },
}

/** IPSEC_TUNNEL_POLICY.flags that `quickMode.keyManagers` sets. */
export const KEY_MANAGER_FLAGS: FlagTable = {
  dictate: { sdk: 'IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY', bit: 0x2000, modules: ['authip'] },
  notify: { sdk: 'IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_NOTIFY_KEY', bit: 0x4000 },
}

/** IKEEXT_POLICY.flags. */
export const MAIN_MODE_FLAGS: FlagTable = {
  disableDiagnostics: { sdk: 'IKEEXT_POLICY_FLAG_DISABLE_DIAGNOSTICS', bit: 0x1 },
  noMachineLuidVerify: { sdk: 'IKEEXT_POLICY_FLAG_NO_MACHINE_LUID_VERIFY', bit: 0x2 },
  noImpersonationLuidVerify: { sdk: 'IKEEXT_POLICY_FLAG_NO_IMPERSONATION_LUID_VERIFY', bit: 0x4 },
  enableOptionalDh: { sdk: 'IKEEXT_POLICY_FLAG_ENABLE_OPTIONAL_DH', bit: 0x8, modules: ['authip'] },
  mobikeNotSupported: { sdk: 'IKEEXT_POLICY_FLAG_MOBIKE_NOT_SUPPORTED', bit: 0x10, ...IKEV2 },
  siteToSite: { sdk: 'IKEEXT_POLICY_FLAG_SITE_TO_SITE', bit: 0x20, ...IKEV2 },
  imsVpn: { sdk: 'IKEEXT_POLICY_FLAG_IMS_VPN', bit: 0x40 },
  enableIkev2Fragmentation: { sdk: 'IKEEXT_POLICY_ENABLE_IKEV2_FRAGMENTATION', bit: 0x80, ...IKEV2 },
  supportLowPowerMode: { sdk: 'IKEEXT_POLICY_SUPPORT_LOW_POWER_MODE', bit: 0x100 },
  pointToSite: { sdk: 'IKEEXT_POLICY_FLAG_POINT_TO_SITE', bit: 0x200, ...IKEV2 },
}

/** IKEEXT_PRESHARED_KEY_AUTHENTICATION1.flags. */
export const PSK_FLAGS: FlagTable = {
  localAuthOnly: { sdk: 'IKEEXT_PSK_FLAG_LOCAL_AUTH_ONLY', bit: 0x1, excludes: 'remoteAuthOnly', ...IKEV2 },
  remoteAuthOnly: { sdk: 'IKEEXT_PSK_FLAG_REMOTE_AUTH_ONLY', bit: 0x2, excludes: 'localAuthOnly', ...IKEV2 },
}

/** IKEEXT_EAP_AUTHENTICATION0.flags. */
export const EAP_FLAGS: FlagTable = {
  localAuthOnly: { sdk: 'IKEEXT_EAP_FLAG_LOCAL_AUTH_ONLY', bit: 0x1, excludes: 'remoteAuthOnly' },
  remoteAuthOnly: { sdk: 'IKEEXT_EAP_FLAG_REMOTE_AUTH_ONLY', bit: 0x2, excludes: 'localAuthOnly' },
}

/** IKEEXT_KERBEROS_AUTHENTICATION1.flags. */
export const KERBEROS_FLAGS: FlagTable = {
  disableInitiatorTokenGeneration: { sdk: 'IKEEXT_KERB_AUTH_DISABLE_INITIATOR_TOKEN_GENERATION', bit: 0x1 },
  dontAcceptExplicitCredentials: { sdk: 'IKEEXT_KERB_AUTH_DONT_ACCEPT_EXPLICIT_CREDENTIALS', bit: 0x2 },
  forceProxyOnInitiator: { sdk: 'IKEEXT_KERB_AUTH_FORCE_PROXY_ON_INITIATOR', bit: 0x4 },
}

/** IKEEXT_NTLM_V2_AUTHENTICATION0.flags. */
export const NTLM_FLAGS: FlagTable = {
  dontAcceptExplicitCredentials: { sdk: 'IKEEXT_NTLM_V2_AUTH_DONT_ACCEPT_EXPLICIT_CREDENTIALS', bit: 0x1 },
}

/** IKEEXT_CERTIFICATE_AUTHENTICATION2.flags. */
export const CERTIFICATE_FLAGS: FlagTable = {
  sslOneWay: { sdk: 'IKEEXT_CERT_AUTH_FLAG_SSL_ONE_WAY', bit: 0x1, methods: ['ssl'] },
  disableCrlCheck: { sdk: 'IKEEXT_CERT_AUTH_FLAG_DISABLE_CRL_CHECK', bit: 0x2, excludes: 'enableCrlCheckStrong' },
  enableCrlCheckStrong: { sdk: 'IKEEXT_CERT_AUTH_ENABLE_CRL_CHECK_STRONG', bit: 0x4, excludes: 'disableCrlCheck' },
  disableSslCertValidation: { sdk: 'IKEEXT_CERT_AUTH_DISABLE_SSL_CERT_VALIDATION', bit: 0x8, methods: ['ssl'] },
  allowHttpCertLookup: { sdk: 'IKEEXT_CERT_AUTH_ALLOW_HTTP_CERT_LOOKUP', bit: 0x10 },
  urlContainsBundle: { sdk: 'IKEEXT_CERT_AUTH_URL_CONTAINS_BUNDLE', bit: 0x20 },
  disableRequestPayload: { sdk: 'IKEEXT_CERT_AUTH_FLAG_DISABLE_REQUEST_PAYLOAD', bit: 0x40 },
}

/** IKEEXT_CERTIFICATE_CRITERIA0.flags (and IKEEXT_CERT_ROOT_CONFIG0.flags in the older call). */
export const CRITERIA_FLAGS: FlagTable = {
  enableAccountMapping: { sdk: 'IKEEXT_CERT_FLAG_ENABLE_ACCOUNT_MAPPING', bit: 0x1 },
  disableRequestPayload: { sdk: 'IKEEXT_CERT_FLAG_DISABLE_REQUEST_PAYLOAD', bit: 0x2 },
  useNapCertificate: { sdk: 'IKEEXT_CERT_FLAG_USE_NAP_CERTIFICATE', bit: 0x4 },
  intermediateCa: { sdk: 'IKEEXT_CERT_FLAG_INTERMEDIATE_CA', bit: 0x8 },
  ignoreInitCertMapFailure: {
    sdk: 'IKEEXT_CERT_FLAG_IGNORE_INIT_CERT_MAP_FAILURE',
    bit: 0x10,
    needs: 'enableAccountMapping',
  },
  preferNapCertificateOutbound: { sdk: 'IKEEXT_CERT_FLAG_PREFER_NAP_CERTIFICATE_OUTBOUND', bit: 0x20 },
  selectNapCertificate: { sdk: 'IKEEXT_CERT_FLAG_SELECT_NAP_CERTIFICATE', bit: 0x40 },
  verifyNapCertificate: { sdk: 'IKEEXT_CERT_FLAG_VERIFY_NAP_CERTIFICATE', bit: 0x80 },
  followRenewalCertificate: { sdk: 'IKEEXT_CERT_FLAG_FOLLOW_RENEWAL_CERTIFICATE', bit: 0x100 },
}

/** @returns the flags of a list of words, or-ed */
export function encodeFlags(table: FlagTable, words: readonly string[]): number {
  return words.reduce((bits, word) => (bits | (table[word]?.bit ?? 0)) >>> 0, 0)
}

/** @returns the words of the bits that the table names, sorted, and the bits that it does not name */
export function decodeFlags(table: FlagTable, bits: number): { readonly words: string[]; readonly unknown: number } {
  const known = Object.entries(table).filter(([, flag]) => (bits & flag.bit) !== 0)
  const unknown = (bits & ~encodeFlags(table, Object.keys(table))) >>> 0
  return { words: known.map(([word]) => word).sort(), unknown }
}
