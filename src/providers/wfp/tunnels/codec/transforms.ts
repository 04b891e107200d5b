/**
 * The protection of a quick-mode proposal ⇄ IPSEC_SA_TRANSFORM0: one transform, or two for AH around ESP.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_sa_transform0
 */

import type { Json } from '../../../../base/json.ts'
import {
  AEAD_TRANSFORMS,
  type AeadWord,
  ENCRYPTION_TRANSFORMS,
  type EncryptionWord,
  INTEGRITY_TRANSFORMS,
  type IntegrityWord,
} from '../../../../kinds/ipsec-tunnel/algorithms.ts'
import type { QuickModeProposal } from '../../../../kinds/ipsec-tunnel/spec.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import { plain } from '../../engine/filters.ts'
import type { AuthAndCipherTransform, AuthTransform, CipherTransform, Transform } from './values.ts'
import { unknown } from './words.ts'

export function encodeTransforms({ ah, esp }: QuickModeProposal): Transform[] {
  const ahTransform = ah && authTransform(ah.integrity as IntegrityWord)
  return [
    ...(ahTransform ? [{ ipsecTransformType: sdk.IPSEC_TRANSFORM_AH, ahTransform } as const] : []),
    ...(esp ? [encodeEsp(esp)] : []),
  ]
}

/** What one transform protects: `['esp', { aead: 'aes256gcm' }]`. */
export function decodeTransform(transform: Transform): readonly [name: string, value: Json] {
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
