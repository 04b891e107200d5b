/**
 * Algorithms: the manifest's words and the SDK constants they become.
 *
 * The numbers of transforms are those of the `IPSEC_AUTH_TRANSFORM_ID_*` and `IPSEC_CIPHER_TRANSFORM_ID_*` macros in ipsectypes.h.
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/
 */

import { formatDuration } from '../../base/index.ts'
import { meantKilobytes, meantSeconds, spelledSize } from '../values/scalars.ts'
import * as vendor from '../words.ts'
import { meaningOf, wordTable } from '../words.ts'
import type { KeyModule, MainModeProposal, QuickMode } from './spec.ts'

/** Main mode: `IKEEXT_CIPHER_ALGORITHM0.algoIdentifier` by word. */
export const MAIN_MODE_ENCRYPTION = {
  des: 'IKEEXT_CIPHER_DES',
  '3des': 'IKEEXT_CIPHER_3DES',
  aes128: 'IKEEXT_CIPHER_AES_128',
  aes192: 'IKEEXT_CIPHER_AES_192',
  aes256: 'IKEEXT_CIPHER_AES_256',
} as const satisfies Record<MainModeProposal['encryption'], string>

/** Main mode: `IKEEXT_INTEGRITY_ALGORITHM0.algoIdentifier` by word. */
export const MAIN_MODE_INTEGRITY = {
  md5: 'IKEEXT_INTEGRITY_MD5',
  sha1: 'IKEEXT_INTEGRITY_SHA1',
  sha256: 'IKEEXT_INTEGRITY_SHA_256',
  sha384: 'IKEEXT_INTEGRITY_SHA_384',
} as const satisfies Record<MainModeProposal['integrity'], string>

/** Main mode: `IKEEXT_PROPOSAL0.dhGroup` by word. */
export const DH_GROUPS = {
  none: 'IKEEXT_DH_GROUP_NONE',
  dh1: 'IKEEXT_DH_GROUP_1',
  dh2: 'IKEEXT_DH_GROUP_2',
  dh14: 'IKEEXT_DH_GROUP_14',
  dh19: 'IKEEXT_DH_ECP_256',
  dh20: 'IKEEXT_DH_ECP_384',
  dh24: 'IKEEXT_DH_GROUP_24',
} as const satisfies Record<MainModeProposal['dh'], string>

/** Quick mode: `IPSEC_PROPOSAL0.pfsGroup` by word. */
export const PFS_GROUPS = {
  none: 'IPSEC_PFS_NONE',
  mainMode: 'IPSEC_PFS_MM',
  dh1: 'IPSEC_PFS_1',
  dh2: 'IPSEC_PFS_2',
  dh14: 'IPSEC_PFS_14',
  dh19: 'IPSEC_PFS_ECP_256',
  dh20: 'IPSEC_PFS_ECP_384',
  dh24: 'IPSEC_PFS_24',
} as const satisfies Record<QuickMode['pfs'], string>

/** `IPSEC_AUTH_TRANSFORM_ID0`: the pair (authType, authConfig) by word. */
export const INTEGRITY_TRANSFORMS = {
  md5: { id: 'IPSEC_AUTH_TRANSFORM_ID_HMAC_MD5_96', authType: 0, authConfig: 0 },
  sha1: { id: 'IPSEC_AUTH_TRANSFORM_ID_HMAC_SHA_1_96', authType: 1, authConfig: 1 },
  sha256: { id: 'IPSEC_AUTH_TRANSFORM_ID_HMAC_SHA_256_128', authType: 2, authConfig: 2 },
  aes128gmac: { id: 'IPSEC_AUTH_TRANSFORM_ID_GCM_AES_128', authType: 3, authConfig: 3 },
  aes192gmac: { id: 'IPSEC_AUTH_TRANSFORM_ID_GCM_AES_192', authType: 4, authConfig: 4 },
  aes256gmac: { id: 'IPSEC_AUTH_TRANSFORM_ID_GCM_AES_256', authType: 5, authConfig: 5 },
} as const

/** `IPSEC_CIPHER_TRANSFORM_ID0`: the pair (cipherType, cipherConfig) by word; CBC modes. */
export const ENCRYPTION_TRANSFORMS = {
  des: { id: 'IPSEC_CIPHER_TRANSFORM_ID_CBC_DES', cipherType: 1, cipherConfig: 1 },
  '3des': { id: 'IPSEC_CIPHER_TRANSFORM_ID_CBC_3DES', cipherType: 2, cipherConfig: 2 },
  aes128: { id: 'IPSEC_CIPHER_TRANSFORM_ID_AES_128', cipherType: 3, cipherConfig: 3 },
  aes192: { id: 'IPSEC_CIPHER_TRANSFORM_ID_AES_192', cipherType: 4, cipherConfig: 4 },
  aes256: { id: 'IPSEC_CIPHER_TRANSFORM_ID_AES_256', cipherType: 5, cipherConfig: 5 },
} as const

/** AES-GCM: cipher and authentication id go together, with the same key size (`IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER`). */
export const AEAD_TRANSFORMS = {
  aes128gcm: { id: 'IPSEC_CIPHER_TRANSFORM_ID_GCM_AES_128', cipherType: 3, cipherConfig: 6, integrity: 'aes128gmac' },
  aes192gcm: { id: 'IPSEC_CIPHER_TRANSFORM_ID_GCM_AES_192', cipherType: 4, cipherConfig: 7, integrity: 'aes192gmac' },
  aes256gcm: { id: 'IPSEC_CIPHER_TRANSFORM_ID_GCM_AES_256', cipherType: 5, cipherConfig: 8, integrity: 'aes256gmac' },
} as const

export type IntegrityWord = keyof typeof INTEGRITY_TRANSFORMS
export type EncryptionWord = keyof typeof ENCRYPTION_TRANSFORMS
export type AeadWord = keyof typeof AEAD_TRANSFORMS

/** Words that only some key modules know; a word that is not here is known to all three. */
export const DH_MODULES: { readonly [word: string]: readonly KeyModule[] } = {
  // IKEEXT_DH_GROUP_NONE: a main mode without key exchange exists in AuthIP alone
  none: ['authip'],
}

const ciphers = wordTable(vendor.CIPHERS)
const hashes = wordTable(vendor.HASHES)
const groups = wordTable(vendor.GROUPS)

/** What the parts of the word are, as far as each is one thing. */
interface Suite {
  readonly cipher?: string
  readonly hash?: string
  readonly group?: string
  readonly time?: string
  readonly data?: string
}

/** @returns ``write `{ encryption: aes256, integrity: sha256, dh: dh14 }` ``; nothing where main mode cannot say the same */
export function mainModeHelp(written: string): string | undefined {
  const { cipher = '', hash = '', group = '', time } = suiteOf(written) ?? {}
  if (!(cipher in MAIN_MODE_ENCRYPTION) || !(hash in MAIN_MODE_INTEGRITY) || !(group in DH_GROUPS)) return undefined
  const lifetime = time === undefined ? '' : `, lifetime: ${time}`
  return `write \`{ encryption: ${cipher}, integrity: ${hash}, dh: ${group}${lifetime} }\``
}

/** @returns ``write `{ esp: { aead: aes256gcm } }` ``; nothing where quick mode cannot say the same. Its group stands once for the tunnel. */
export function quickModeHelp(written: string): string | undefined {
  const { cipher = '', hash, group = 'none', time, data } = suiteOf(written) ?? {}
  const esp = espOf(cipher, hash)
  const lifetime = [...(time === undefined ? [] : [`time: ${time}`]), ...(data === undefined ? [] : [`data: ${data}`])]
  if (esp === undefined || !(group in PFS_GROUPS)) return undefined
  const proposal = `{ esp: { ${esp} }${lifetime.length === 0 ? '' : `, lifetime: { ${lifetime.join(', ')} }`} }`
  return `write \`${proposal}\`${group === 'none' ? '' : `, and \`pfs: ${group}\` once in \`quickMode\``}`
}

function espOf(cipher: string, hash: string | undefined): string | undefined {
  if (cipher in AEAD_TRANSFORMS) return `aead: ${cipher}`
  const isBoth = cipher in ENCRYPTION_TRANSFORMS && hash !== undefined && hash in INTEGRITY_TRANSFORMS
  return isBoth ? `encryption: ${cipher}, integrity: ${hash}` : undefined
}

/** @returns nothing where a part cannot be told, or two parts are the same thing */
function suiteOf(written: string): Suite | undefined {
  const parts = written
    .replace(/!$/, '')
    .split(/[-:+,;/\s]+/)
    .filter((part) => !/^(?:|esp|ike|prf\w*)$/i.test(part))
  const suite: { [thing: string]: string } = {}
  for (const part of parts) {
    const [thing, word] = partOf(part) ?? []
    if (thing === undefined || word === undefined || suite[thing] !== undefined) return undefined
    suite[thing] = word
  }
  return parts.length > 1 ? suite : undefined
}

function partOf(part: string): readonly [thing: keyof Suite, word: string] | undefined {
  const [seconds, kilobytes] = [meantSeconds(part), meantKilobytes(part)]
  if (seconds !== undefined) return ['time', formatDuration(seconds)]
  if (kilobytes !== undefined) return ['data', spelledSize(part, kilobytes)]
  const cipher = meaningOf(ciphers, part, vendor.DECORATION.cipher)
  if (cipher) return ['cipher', cipher.word]
  const hash = meaningOf(hashes, part, vendor.DECORATION.hash)
  if (hash) return ['hash', hash.word]
  // a bare number is the size of what stands before it
  const group = /^\d+$/.test(part) ? undefined : meaningOf(groups, part, vendor.DECORATION.group)
  return group && ['group', group.word]
}
