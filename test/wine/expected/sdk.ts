/** Numbers of the Windows SDK (10.0.26100) by the words of manifests, typed from its headers. Shares nothing with the tables of src. */

type Numbers = Readonly<Record<string, number>>

/** fwpmtypes.h: FWPM_PROVIDER_CONTEXT_TYPE, and where the union keeps the policy */
export const KEY_MODULES: Readonly<
  Record<string, { key: string; tunnel: readonly [number, string]; mainMode: readonly [number, string] }>
> = {
  ikev1: {
    key: 'a9bbf787-82a8-45bb-a400-5d7e5952c7a9',
    tunnel: [2, 'ikeQmTunnelPolicy'],
    mainMode: [5, 'ikeMmPolicy'],
  },
  authip: {
    key: '11e3dae0-dd26-4590-857d-ab4b28d1a095',
    tunnel: [4, 'authipQmTunnelPolicy'],
    mainMode: [6, 'authIpMmPolicy'],
  },
  ikev2: {
    key: '041792cc-8f07-419d-a394-716968cb1647',
    tunnel: [9, 'ikeV2QmTunnelPolicy'],
    mainMode: [10, 'ikeV2MmPolicy'],
  },
}

/** iketypes.h */
export const IKE_CIPHER: Numbers = { des: 0, '3des': 1, aes128: 2, aes192: 3, aes256: 4 }
export const IKE_INTEGRITY: Numbers = { md5: 0, sha1: 1, sha256: 2, sha384: 3 }
export const IKE_DH: Numbers = { none: 0, dh1: 1, dh2: 2, dh14: 3, dh19: 4, dh20: 5, dh24: 6 }
export const IMPERSONATION: Numbers = { none: 0, socketPrincipal: 1 }
export const METHOD_TYPE: Numbers = { presharedKey: 0, kerberos: 2, anonymous: 3, ntlmv2: 5, cga: 6, eap: 11 }
export const SIGNATURE_TYPE: Readonly<Record<string, Numbers>> = {
  certificate: { rsa: 1, ecdsaP256: 7, ecdsaP384: 8 },
  ssl: { rsa: 4, ecdsaP256: 9, ecdsaP384: 10 },
}
export const CERT_CONFIG: Numbers = { ca: 0, enterprise: 1, trustedRoot: 2, unspecified: 3 }
export const CERT_NAME: Numbers = { dns: 0, upn: 1, rfc822: 2, cn: 3, ou: 4, o: 5, dc: 6 }

export const MAIN_MODE_FLAG: Numbers = {
  disableDiagnostics: 0x1,
  noMachineLuidVerify: 0x2,
  noImpersonationLuidVerify: 0x4,
  enableOptionalDh: 0x8,
  mobikeNotSupported: 0x10,
  siteToSite: 0x20,
  imsVpn: 0x40,
  enableIkev2Fragmentation: 0x80,
  supportLowPowerMode: 0x100,
  pointToSite: 0x200,
}
export const LOCAL_REMOTE_FLAG: Numbers = { localAuthOnly: 1, remoteAuthOnly: 2 }
export const KERBEROS_FLAG: Numbers = {
  disableInitiatorTokenGeneration: 1,
  dontAcceptExplicitCredentials: 2,
  forceProxyOnInitiator: 4,
}
export const NTLM_FLAG: Numbers = { dontAcceptExplicitCredentials: 1 }
export const CERT_AUTH_FLAG: Numbers = {
  sslOneWay: 0x1,
  disableCrlCheck: 0x2,
  enableCrlCheckStrong: 0x4,
  disableSslCertValidation: 0x8,
  allowHttpCertLookup: 0x10,
  urlContainsBundle: 0x20,
  disableRequestPayload: 0x40,
}
export const CRITERIA_FLAG: Numbers = {
  enableAccountMapping: 0x1,
  disableRequestPayload: 0x2,
  useNapCertificate: 0x4,
  intermediateCa: 0x8,
  ignoreInitCertMapFailure: 0x10,
  preferNapCertificateOutbound: 0x20,
  selectNapCertificate: 0x40,
  verifyNapCertificate: 0x80,
  followRenewalCertificate: 0x100,
}

/** ipsectypes.h */
export const PFS: Numbers = { none: 0, dh1: 1, dh2: 2, dh14: 3, dh19: 4, dh20: 5, mainMode: 6, dh24: 7 }
/** IPSEC_AUTH_TYPE, IPSEC_AUTH_CONFIG */
export const AUTH: Readonly<Record<string, readonly [number, number]>> = {
  md5: [0, 0],
  sha1: [1, 1],
  sha256: [2, 2],
  aes128gmac: [3, 3],
  aes192gmac: [4, 4],
  aes256gmac: [5, 5],
}
/** IPSEC_CIPHER_TYPE, IPSEC_CIPHER_CONFIG */
export const CIPHER: Readonly<Record<string, readonly [number, number]>> = {
  des: [1, 1],
  '3des': [2, 2],
  aes128: [3, 3],
  aes192: [4, 4],
  aes256: [5, 5],
  aes128gcm: [3, 6],
  aes192gcm: [4, 7],
  aes256gcm: [5, 8],
}
export const POLICY_FLAG: Numbers = {
  ndSecure: 0x2,
  ndBoundary: 0x4,
  clearDfOnTunnel: 0x8,
  natEncapAllowPeerBehindNat: 0x10,
  natEncapAllowGeneralNatTraversal: 0x20,
  dontNegotiateSecondLifetime: 0x40,
  dontNegotiateByteLifetime: 0x80,
  enableV6InV4Tunneling: 0x100,
  enableServerAddrAssignment: 0x200,
  tunnelAllowOutboundClearConnection: 0x400,
  tunnelBypassAlreadySecureConnection: 0x800,
  tunnelBypassIcmpv6: 0x1000,
  siteToSiteTunnel: 0x10000,
  pointToSiteTunnel: 0x20000,
}
export const ALLOW_DICTATE = 0x2000
export const ALLOW_NOTIFY = 0x4000

/** RFC 5237 */
export const PROTOCOL: Numbers = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 }

/** fwpmu.h */
export const CONDITION = {
  localAddress: 'd9ee00de-c1ef-4617-bfe3-ffd8f5a08957',
  remoteAddress: 'b235ae9a-1d64-49b8-a44c-5ff3d9095045',
  protocol: '3971ef2b-623e-4f9a-8cb1-6e79b806b9a7',
  localPort: '0c1ba1af-5765-453f-af22-a8f791ac775b',
  remotePort: 'c35a604d-d22b-4e1a-91b4-68f674ee674b',
  localInterface: '4cd62a49-59c3-4969-b7f3-bda5d32890a4',
  profile: 'ab3033c9-c0e3-4759-937d-5758c65d4ae3',
} as const

/** The sum of the bits that words stand for. */
export function bits(table: Numbers, words: readonly string[]): number {
  return words.reduce((sum, word) => sum + number(table, word), 0)
}

export function number(table: Numbers, word: string): number {
  const found = table[word]
  if (found === undefined) throw new Error(`no number for ${word}`)
  return found
}
