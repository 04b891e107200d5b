/**
 * Proposals ⇄ IKEEXT_PROPOSAL0 (main mode) and IPSEC_PROPOSAL0 (quick mode).
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_proposal0
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_proposal0
 */

import {
  formatDuration,
  formatSize,
  type Json,
  type JsonObject,
  joined,
  parseDuration,
  parseSize,
} from '../../../../base/index.ts'
import {
  AEAD_TRANSFORMS,
  type AeadWord,
  DH_GROUPS,
  ENCRYPTION_TRANSFORMS,
  type EncryptionWord,
  INTEGRITY_TRANSFORMS,
  type IntegrityWord,
  MAIN_MODE_ENCRYPTION,
  MAIN_MODE_INTEGRITY,
  PFS_GROUPS,
} from '../../../../kinds/ipsec-tunnel/algorithms.ts'
import type { MainModeProposal, QuickMode, QuickModeProposal } from '../../../../kinds/ipsec-tunnel/spec.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import { plain } from '../../engine/index.ts'
import {
  type AuthAndCipherTransform,
  type AuthTransform,
  type CipherTransform,
  constant,
  type IkeProposal,
  type IpsecProposal,
  type Transform,
  unknown,
  wordOf,
} from './words.ts'

export function encodeMainModeProposal(proposal: MainModeProposal): IkeProposal {
  return {
    // keyLen and rounds must be 0: the identifier says it all
    cipherAlgorithm: { algoIdentifier: constant(MAIN_MODE_ENCRYPTION[proposal.encryption]), keyLen: 0, rounds: 0 },
    integrityAlgorithm: { algoIdentifier: constant(MAIN_MODE_INTEGRITY[proposal.integrity]) },
    maxLifetimeSeconds: parseDuration(proposal.lifetime)!,
    dhGroup: constant(DH_GROUPS[proposal.dh]),
    quickModeLimit: proposal.quickModeLimit,
  }
}

export function decodeMainModeProposal(proposal: IkeProposal): JsonObject {
  const { algoIdentifier, keyLen, rounds } = proposal.cipherAlgorithm
  const cipher = wordOf(MAIN_MODE_ENCRYPTION, algoIdentifier)
  return {
    encryption: keyLen === 0 && rounds === 0 ? cipher : unknown(cipher, `keyLen ${keyLen}`, `rounds ${rounds}`),
    integrity: wordOf(MAIN_MODE_INTEGRITY, proposal.integrityAlgorithm.algoIdentifier),
    dh: wordOf(DH_GROUPS, proposal.dhGroup),
    lifetime: formatDuration(proposal.maxLifetimeSeconds),
    quickModeLimit: proposal.quickModeLimit,
  }
}

/** A proposal carries its own PFS group; a manifest has one for the tunnel. */
export function encodeQuickModeProposal(proposal: QuickModeProposal, pfs: QuickMode['pfs']): IpsecProposal {
  const { time, data, packets } = proposal.lifetime
  return {
    lifetime: {
      lifetimeSeconds: parseDuration(time)!,
      lifetimeKilobytes: parseSize(data)!,
      lifetimePackets: packets,
    },
    saTransforms: encodeTransforms(proposal),
    pfsGroup: constant(PFS_GROUPS[pfs]),
  }
}

export function decodeQuickModeProposal({ lifetime, saTransforms }: IpsecProposal): JsonObject {
  const decoded = saTransforms.map(decodeTransform)
  const names = new Set(decoded.map(([name]) => name))
  const isBundle = names.size === decoded.length
  const transforms: { readonly [name: string]: Json } = isBundle
    ? Object.fromEntries(decoded)
    : { transforms: decoded.map(([name, value]) => ({ [name]: value })) }
  return joined(transforms, {
    lifetime: {
      time: formatDuration(lifetime.lifetimeSeconds),
      data: formatSize(lifetime.lifetimeKilobytes),
      packets: lifetime.lifetimePackets,
    },
  })
}

/** The PFS group of all proposals; `unknown(dh14, dh20)` when they differ. */
export function decodePfs(proposals: readonly IpsecProposal[]): string {
  const groups = [...new Set(proposals.map((proposal) => wordOf(PFS_GROUPS, proposal.pfsGroup)))]
  return groups.length === 1 ? groups[0]! : unknown(...groups)
}

function encodeTransforms({ ah, esp }: QuickModeProposal): Transform[] {
  const ahTransform = ah && authTransform(ah.integrity as IntegrityWord)
  return [
    ...(ahTransform ? [{ ipsecTransformType: sdk.IPSEC_TRANSFORM_AH, ahTransform } as const] : []),
    ...(esp ? [encodeEsp(esp)] : []),
  ]
}

/** What one transform protects: `['esp', { aead: 'aes256gcm' }]`. */
function decodeTransform(transform: Transform): readonly [name: string, value: Json] {
  switch (transform.ipsecTransformType) {
    case sdk.IPSEC_TRANSFORM_AH:
      return ['ah', { integrity: integrityWord(transform.ahTransform) }]
    case sdk.IPSEC_TRANSFORM_ESP_AUTH:
      return ['esp', { integrity: integrityWord(transform.espAuthTransform) }]
    case sdk.IPSEC_TRANSFORM_ESP_CIPHER:
      return ['esp', { encryption: encryptionWord(transform.espCipherTransform) }]
    case sdk.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER:
      return ['esp', decodeBoth(transform.espAuthAndCipherTransform)]
    default:
      return ['esp', unknown(JSON.stringify(plain(transform)))]
  }
}

function encodeEsp(esp: NonNullable<QuickModeProposal['esp']>): Transform {
  if ('aead' in esp) return encodeBoth(...aeadTransforms(esp.aead as AeadWord))
  if (!('encryption' in esp))
    return {
      ipsecTransformType: sdk.IPSEC_TRANSFORM_ESP_AUTH,
      espAuthTransform: authTransform(esp.integrity as IntegrityWord),
    }
  const cipher = cipherTransform(ENCRYPTION_TRANSFORMS[esp.encryption as EncryptionWord])
  if (esp.integrity === undefined)
    return { ipsecTransformType: sdk.IPSEC_TRANSFORM_ESP_CIPHER, espCipherTransform: cipher }
  return encodeBoth(authTransform(esp.integrity as IntegrityWord), cipher)
}

function encodeBoth(auth: AuthTransform, cipher: CipherTransform): Transform {
  return {
    ipsecTransformType: sdk.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER,
    espAuthAndCipherTransform: { authTransform: auth, cipherTransform: cipher },
  }
}

/** AES-GCM: the cipher's id and the authentication id of the same key size. */
function aeadTransforms(word: AeadWord): [AuthTransform, CipherTransform] {
  return [authTransform(AEAD_TRANSFORMS[word].integrity), cipherTransform(AEAD_TRANSFORMS[word])]
}

function authTransform(word: IntegrityWord): AuthTransform {
  const { authType, authConfig } = INTEGRITY_TRANSFORMS[word]
  return { authTransformId: { authType, authConfig }, cryptoModuleId: null }
}

function cipherTransform({ cipherType, cipherConfig }: { cipherType: number; cipherConfig: number }): CipherTransform {
  return { cipherTransformId: { cipherType, cipherConfig }, cryptoModuleId: null }
}

function decodeBoth(both: AuthAndCipherTransform): Json {
  const [integrity, cipher] = [integrityWord(both.authTransform), both.cipherTransform]
  const aead = Object.entries(AEAD_TRANSFORMS).find(
    ([, known]) => isCipher(known, cipher) && known.integrity === integrity,
  )
  return aead ? { aead: aead[0] } : { encryption: encryptionWord(cipher), integrity }
}

function integrityWord(transform: AuthTransform): string {
  const { authType, authConfig } = transform.authTransformId
  const isKnown = (it: (typeof INTEGRITY_TRANSFORMS)[IntegrityWord]): boolean =>
    it.authType === authType && it.authConfig === authConfig
  const known = Object.entries(INTEGRITY_TRANSFORMS).find(([, it]) => isKnown(it))
  return byModule(known?.[0] ?? unknown(`${authType}/${authConfig}`), transform.cryptoModuleId)
}

function encryptionWord(transform: CipherTransform): string {
  const { cipherType, cipherConfig } = transform.cipherTransformId
  const known = Object.entries(ENCRYPTION_TRANSFORMS).find(([, it]) => isCipher(it, transform))
  return known?.[0] ?? byModule(unknown(`${cipherType}/${cipherConfig}`), transform.cryptoModuleId)
}

/** Whether it is this cipher, done by the system's own module. */
function isCipher(known: { cipherType: number; cipherConfig: number }, transform: CipherTransform): boolean {
  const { cipherType, cipherConfig } = transform.cipherTransformId
  return known.cipherType === cipherType && known.cipherConfig === cipherConfig && transform.cryptoModuleId === null
}

function byModule(word: string, cryptoModuleId: string | null): string {
  return cryptoModuleId === null ? word : unknown(word, cryptoModuleId)
}
