/**
 * What makes a quick-mode proposal acceptable.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_proposal0
 */
import * as C from '../../binding/tables/constants/index.ts'
import { refuse, require } from '../refusal.ts'
import type { Proposal } from '../values.ts'

type Transform = Proposal['saTransforms'][number]
type AuthTransform = Extract<Transform, { ahTransform: unknown }>['ahTransform']
type CipherTransform = Extract<Transform, { espCipherTransform: unknown }>['espCipherTransform']

/** authConfig of each authType: IPSEC_AUTH_TRANSFORM_ID_*. */
const AUTH_PAIRS: Readonly<Record<number, number>> = {
  [C.IPSEC_AUTH_MD5]: C.IPSEC_AUTH_CONFIG_HMAC_MD5_96,
  [C.IPSEC_AUTH_SHA_1]: C.IPSEC_AUTH_CONFIG_HMAC_SHA_1_96,
  [C.IPSEC_AUTH_SHA_256]: C.IPSEC_AUTH_CONFIG_HMAC_SHA_256_128,
  [C.IPSEC_AUTH_AES_128]: C.IPSEC_AUTH_CONFIG_GCM_AES_128,
  [C.IPSEC_AUTH_AES_192]: C.IPSEC_AUTH_CONFIG_GCM_AES_192,
  [C.IPSEC_AUTH_AES_256]: C.IPSEC_AUTH_CONFIG_GCM_AES_256,
}

/** cipherConfigs of each cipherType: IPSEC_CIPHER_TRANSFORM_ID_*. */
const CIPHER_PAIRS: Readonly<Record<number, readonly number[]>> = {
  [C.IPSEC_CIPHER_TYPE_DES]: [C.IPSEC_CIPHER_CONFIG_CBC_DES],
  [C.IPSEC_CIPHER_TYPE_3DES]: [C.IPSEC_CIPHER_CONFIG_CBC_3DES],
  [C.IPSEC_CIPHER_TYPE_AES_128]: [C.IPSEC_CIPHER_CONFIG_CBC_AES_128, C.IPSEC_CIPHER_CONFIG_GCM_AES_128],
  [C.IPSEC_CIPHER_TYPE_AES_192]: [C.IPSEC_CIPHER_CONFIG_CBC_AES_192, C.IPSEC_CIPHER_CONFIG_GCM_AES_192],
  [C.IPSEC_CIPHER_TYPE_AES_256]: [C.IPSEC_CIPHER_CONFIG_CBC_AES_256, C.IPSEC_CIPHER_CONFIG_GCM_AES_256],
}

/** The authConfig that goes with a combined cipher; the others need a hash of their own. */
const GCM_PARTNER: Readonly<Record<number, number>> = {
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_128]: C.IPSEC_AUTH_CONFIG_GCM_AES_128,
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_192]: C.IPSEC_AUTH_CONFIG_GCM_AES_192,
  [C.IPSEC_CIPHER_CONFIG_GCM_AES_256]: C.IPSEC_AUTH_CONFIG_GCM_AES_256,
}

export function checkProposals(proposals: readonly Proposal[]): void {
  require(proposals.length > 0, 'FWP_E_ZERO_LENGTH_ARRAY', 'a quick-mode policy needs a proposal')
  for (const proposal of proposals) checkProposal(proposal)
}

function checkProposal({ lifetime, saTransforms, pfsGroup }: Proposal): void {
  const { lifetimeSeconds, lifetimeKilobytes, lifetimePackets } = lifetime
  const limited = lifetimeSeconds > 0 && lifetimeKilobytes > 0 && lifetimePackets > 0
  require(limited, 'FWP_E_INVALID_PARAMETER', 'the lifetime of an SA cannot be zero')
  require(pfsGroup <= C.IPSEC_PFS_24, 'FWP_E_INVALID_ENUMERATOR', `no PFS group ${pfsGroup}`)
  require(saTransforms.length > 0, 'FWP_E_ZERO_LENGTH_ARRAY', 'a proposal needs a transform')
  if (saTransforms.length > 1) checkPair(saTransforms)
  for (const transform of saTransforms) checkTransform(transform)
}

/** Two transforms mean AH and ESP together. */
function checkPair(transforms: readonly Transform[]): void {
  const isAh = ({ ipsecTransformType }: Transform) => ipsecTransformType === C.IPSEC_TRANSFORM_AH
  const together = transforms.length === 2 && transforms.filter(isAh).length === 1
  require(together, 'FWP_E_INVALID_TRANSFORM_COMBINATION', 'only AH and ESP go together')
}

function checkTransform(transform: Transform): void {
  switch (transform.ipsecTransformType) {
    case C.IPSEC_TRANSFORM_AH:
      checkAuth(transform.ahTransform)
      break
    case C.IPSEC_TRANSFORM_ESP_AUTH:
      checkAuth(transform.espAuthTransform)
      break
    case C.IPSEC_TRANSFORM_ESP_AUTH_FW:
      checkAuth(transform.espAuthFwTransform)
      break
    case C.IPSEC_TRANSFORM_ESP_CIPHER:
      checkCipher(transform.espCipherTransform)
      break
    case C.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER:
      checkBoth(transform.espAuthAndCipherTransform)
      break
    default:
      refuse('RPC_S_INVALID_TAG', 'no such transform type')
  }
}

function checkAuth({ authTransformId: { authType, authConfig } }: AuthTransform): void {
  require(AUTH_PAIRS[authType] ===
    authConfig, 'FWP_E_INVALID_AUTH_TRANSFORM', `${authType}, ${authConfig} is not a pair`)
}

function checkCipher({ cipherTransformId: { cipherType, cipherConfig } }: CipherTransform): void {
  const valid = CIPHER_PAIRS[cipherType]?.includes(cipherConfig) ?? false
  require(valid, 'FWP_E_INVALID_CIPHER_TRANSFORM', `${cipherType}, ${cipherConfig} is not a pair`)
}

function checkBoth(both: { readonly authTransform: AuthTransform; readonly cipherTransform: CipherTransform }): void {
  checkAuth(both.authTransform)
  checkCipher(both.cipherTransform)
  const { authConfig } = both.authTransform.authTransformId
  const partner = GCM_PARTNER[both.cipherTransform.cipherTransformId.cipherConfig]
  const agree = partner === undefined ? !Object.values(GCM_PARTNER).includes(authConfig) : partner === authConfig
  require(agree, 'FWP_E_INVALID_TRANSFORM_COMBINATION', 'GCM goes with GCM of the same key size')
}
