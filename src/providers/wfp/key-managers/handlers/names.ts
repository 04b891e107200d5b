/** Numbers of an SA as words: those that manifests use. What has no word keeps its number. */

import type { Value } from '../../binding/ctype/index.ts'
import * as C from '../../binding/tables/constants/index.ts'
import type { IKEEXT_TRAFFIC0 } from '../../binding/tables/structs/index.ts'
import type { Peers } from './contract.ts'

type Names = { readonly [value: number]: string }

/** By `authConfig`, which is finer than `authType`. */
export const authNames: Names = {
  [C.IPSEC_AUTH_CONFIG_HMAC_MD5_96]: 'md5',
  [C.IPSEC_AUTH_CONFIG_HMAC_SHA_1_96]: 'sha1',
  [C.IPSEC_AUTH_CONFIG_HMAC_SHA_256_128]: 'sha256',
  [C.IPSEC_AUTH_CONFIG_GCM_AES_128]: 'aes128gmac',
  [C.IPSEC_AUTH_CONFIG_GCM_AES_192]: 'aes192gmac',
  [C.IPSEC_AUTH_CONFIG_GCM_AES_256]: 'aes256gmac',
}
/** By `cipherConfig`, which is finer than `cipherType`. */
export const cipherNames: Names = {
  [C.IPSEC_CIPHER_CONFIG_CBC_DES]: 'des',
  [C.IPSEC_CIPHER_CONFIG_CBC_3DES]: '3des',
  [C.IPSEC_CIPHER_CONFIG_CBC_AES_128]: 'aes128',
  [C.IPSEC_CIPHER_CONFIG_CBC_AES_192]: 'aes192',
  [C.IPSEC_CIPHER_CONFIG_CBC_AES_256]: 'aes256',
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_128]: 'aes128gcm',
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_192]: 'aes192gcm',
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_256]: 'aes256gcm',
}
export const pfsNames: Names = {
  [C.IPSEC_PFS_NONE]: 'none',
  [C.IPSEC_PFS_1]: 'dh1',
  [C.IPSEC_PFS_2]: 'dh2',
  [C.IPSEC_PFS_14]: 'dh14',
  [C.IPSEC_PFS_ECP_256]: 'dh19',
  [C.IPSEC_PFS_ECP_384]: 'dh20',
  [C.IPSEC_PFS_MM]: 'mainMode',
  [C.IPSEC_PFS_24]: 'dh24',
}

export function nameOf(names: Names, value: number): string {
  return names[value] ?? String(value)
}

type AddressPair = Pick<Value<typeof IKEEXT_TRAFFIC0>, 'ipVersion'> & {
  readonly localV4Address?: number
  readonly remoteV4Address?: number
  readonly localV6Address?: Uint8Array
  readonly remoteV6Address?: Uint8Array
}

export function peersOf(pair: AddressPair): Peers {
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
