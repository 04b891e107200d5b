/**
 * Security associations in plain words. Made of what the callback was given, frozen, and without a key: keys travel apart.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_sa_details1
 */

import type { Value } from '../../binding/ctype/index.ts'
import * as C from '../../binding/tables/constants/index.ts'
import type { IKEEXT_TRAFFIC0, IPSEC_SA_DETAILS1, IPSEC_SA0 } from '../../binding/tables/structs/index.ts'
import type {
  KeyedSa,
  Peers,
  SaTransform,
  SecurityAssociation,
  TrafficPair,
  TransformKeys,
  UnkeyedSa,
} from './contract.ts'

export type SaDetails = Value<typeof IPSEC_SA_DETAILS1>
type Sa = Value<typeof IPSEC_SA0>

export function trafficOf(traffic: Value<typeof IKEEXT_TRAFFIC0>): TrafficPair {
  return Object.freeze({ ...peersOf(traffic), filterId: String(traffic.authIpFilterId) })
}

/** Without keys: for logs, and as the base of the other two. */
function describeSa({ traffic, saBundle }: SaDetails): SecurityAssociation {
  const { lifetimeSeconds, lifetimeKilobytes, lifetimePackets } = saBundle.lifetime
  return {
    ...peersOf(traffic),
    tunnelPolicyId: 'tunnelPolicyId' in traffic ? String(traffic.tunnelPolicyId) : null,
    protocol: traffic.ipProtocol,
    localPort: traffic.localPort,
    remotePort: traffic.remotePort,
    transforms: Object.freeze(saBundle.saList.map(describeTransform)),
    lifetime: Object.freeze({ seconds: lifetimeSeconds, kilobytes: lifetimeKilobytes, packets: lifetimePackets }),
    idleTimeoutSeconds: saBundle.idleTimeoutSeconds,
    pfs: nameOf(pfsNames, saBundle.pfsGroup),
    mainModeSaId: String(saBundle.mmSaId),
    quickModeSaId: saBundle.qmSaId,
  }
}

/** The keys are those of `details`, not copies: whoever wipes the one wipes the other. */
export function keyedSa(details: SaDetails): KeyedSa {
  const keys = details.saBundle.saList.map((sa) => {
    const { auth, cipher } = partsOf(sa)
    return Object.freeze({ authKey: auth?.authKey ?? null, cipherKey: cipher?.cipherKey ?? null })
  })
  return Object.freeze({ ...describeSa(details), keys: Object.freeze(keys) })
}

export function unkeyedSa(details: SaDetails): UnkeyedSa {
  const keySizes = details.saBundle.saList.map((sa) => Object.freeze(sizesOf(sa)))
  return Object.freeze({ ...describeSa(details), keySizes: Object.freeze(keySizes) })
}

/** The same SA with other keys in it, which must be of the same sizes. */
export function withKeys(details: SaDetails, keys: readonly TransformKeys[]): SaDetails {
  const saList = details.saBundle.saList.map((sa, i) => withTransformKeys(sa, keys[i]!))
  return { ...details, saBundle: { ...details.saBundle, saList } }
}

type AuthPart = { readonly authKey: Uint8Array; readonly authTransform: AuthTransform }
type CipherPart = { readonly cipherKey: Uint8Array; readonly cipherTransform: CipherTransform }
type AuthTransform = { readonly authTransformId: { readonly authConfig: number } }
type CipherTransform = { readonly cipherTransformId: { readonly cipherConfig: number } }

function partsOf(sa: Sa): { readonly auth?: AuthPart; readonly cipher?: CipherPart } {
  if ('ahInformation' in sa) return { auth: sa.ahInformation }
  if ('espAuthInformation' in sa) return { auth: sa.espAuthInformation }
  if ('espAuthFwInformation' in sa) return { auth: sa.espAuthFwInformation }
  if ('espCipherInformation' in sa) return { cipher: sa.espCipherInformation }
  if ('espAuthAndCipherInformation' in sa) {
    const { saAuthInformation: auth, saCipherInformation: cipher } = sa.espAuthAndCipherInformation
    return { auth, cipher }
  }
  return {}
}

function sizesOf(sa: Sa): { readonly authKey: number; readonly cipherKey: number } {
  const { auth, cipher } = partsOf(sa)
  return { authKey: auth?.authKey.length ?? 0, cipherKey: cipher?.cipherKey.length ?? 0 }
}

function withTransformKeys(sa: Sa, keys: TransformKeys): Sa {
  const authKey = keys.authKey ?? new Uint8Array()
  const cipherKey = keys.cipherKey ?? new Uint8Array()
  if ('ahInformation' in sa) return { ...sa, ahInformation: { ...sa.ahInformation, authKey } }
  if ('espAuthInformation' in sa) return { ...sa, espAuthInformation: { ...sa.espAuthInformation, authKey } }
  if ('espAuthFwInformation' in sa) return { ...sa, espAuthFwInformation: { ...sa.espAuthFwInformation, authKey } }
  if ('espCipherInformation' in sa) return { ...sa, espCipherInformation: { ...sa.espCipherInformation, cipherKey } }
  if (!('espAuthAndCipherInformation' in sa)) return sa
  const { saAuthInformation, saCipherInformation } = sa.espAuthAndCipherInformation
  const both = {
    saAuthInformation: { ...saAuthInformation, authKey },
    saCipherInformation: { ...saCipherInformation, cipherKey },
  }
  return { ...sa, espAuthAndCipherInformation: both }
}

function describeTransform(sa: Sa): SaTransform {
  const { auth, cipher } = partsOf(sa)
  return Object.freeze({
    spi: `0x${sa.spi.toString(16).padStart(8, '0')}`,
    protocol: sa.saTransformType === C.IPSEC_TRANSFORM_AH ? 'ah' : 'esp',
    integrity: auth ? nameOf(authNames, auth.authTransform.authTransformId.authConfig) : null,
    encryption: cipher ? nameOf(cipherNames, cipher.cipherTransform.cipherTransformId.cipherConfig) : null,
  })
}

type Names = { readonly [value: number]: string }

/** By `authConfig`, which is finer than `authType`. */
const authNames: Names = {
  [C.IPSEC_AUTH_CONFIG_HMAC_MD5_96]: 'md5',
  [C.IPSEC_AUTH_CONFIG_HMAC_SHA_1_96]: 'sha1',
  [C.IPSEC_AUTH_CONFIG_HMAC_SHA_256_128]: 'sha256',
  [C.IPSEC_AUTH_CONFIG_GCM_AES_128]: 'aes128gmac',
  [C.IPSEC_AUTH_CONFIG_GCM_AES_192]: 'aes192gmac',
  [C.IPSEC_AUTH_CONFIG_GCM_AES_256]: 'aes256gmac',
}
/** By `cipherConfig`, which is finer than `cipherType`. */
const cipherNames: Names = {
  [C.IPSEC_CIPHER_CONFIG_CBC_DES]: 'des',
  [C.IPSEC_CIPHER_CONFIG_CBC_3DES]: '3des',
  [C.IPSEC_CIPHER_CONFIG_CBC_AES_128]: 'aes128',
  [C.IPSEC_CIPHER_CONFIG_CBC_AES_192]: 'aes192',
  [C.IPSEC_CIPHER_CONFIG_CBC_AES_256]: 'aes256',
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_128]: 'aes128gcm',
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_192]: 'aes192gcm',
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_256]: 'aes256gcm',
}
const pfsNames: Names = {
  [C.IPSEC_PFS_NONE]: 'none',
  [C.IPSEC_PFS_1]: 'dh1',
  [C.IPSEC_PFS_2]: 'dh2',
  [C.IPSEC_PFS_14]: 'dh14',
  [C.IPSEC_PFS_ECP_256]: 'dh19',
  [C.IPSEC_PFS_ECP_384]: 'dh20',
  [C.IPSEC_PFS_MM]: 'mainMode',
  [C.IPSEC_PFS_24]: 'dh24',
}

function nameOf(names: Names, value: number): string {
  return names[value] ?? String(value)
}

type AddressPair = Pick<Value<typeof IKEEXT_TRAFFIC0>, 'ipVersion'> & {
  readonly localV4Address?: number
  readonly remoteV4Address?: number
  readonly localV6Address?: Uint8Array
  readonly remoteV6Address?: Uint8Array
}

function peersOf(pair: AddressPair): Peers {
  return {
    local: addressText(pair.localV4Address ?? pair.localV6Address),
    remote: addressText(pair.remoteV4Address ?? pair.remoteV6Address),
  }
}

/** IPv4 in host order, IPv6 as 16 bytes, or an SA without either. */
function addressText(address: number | Uint8Array | undefined): string {
  if (address === undefined) return ''
  if (typeof address === 'number') return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((address[2 * i]! << 8) | address[2 * i + 1]!).toString(16))
  // URLs write IPv6 addresses in their canonical form (RFC 5952)
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
