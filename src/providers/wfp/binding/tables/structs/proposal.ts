/**
 * Quick-mode proposals: lifetimes and transforms.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_proposal0
 */

import { guid, list, ptr, ref, struct, tagged, u8, u32 } from '../../ctype/index.ts'
import * as C from '../constants/index.ts'

export const IPSEC_SA_LIFETIME0 = struct('IPSEC_SA_LIFETIME0', {
  lifetimeSeconds: u32,
  lifetimeKilobytes: u32,
  lifetimePackets: u32,
})

export const IPSEC_AUTH_TRANSFORM_ID0 = struct('IPSEC_AUTH_TRANSFORM_ID0', {
  authType: u32,
  authConfig: u8,
})

export const IPSEC_AUTH_TRANSFORM0 = struct('IPSEC_AUTH_TRANSFORM0', {
  authTransformId: IPSEC_AUTH_TRANSFORM_ID0,
  cryptoModuleId: ptr(guid),
})

export const IPSEC_CIPHER_TRANSFORM_ID0 = struct('IPSEC_CIPHER_TRANSFORM_ID0', {
  cipherType: u32,
  cipherConfig: u8,
})

export const IPSEC_CIPHER_TRANSFORM0 = struct('IPSEC_CIPHER_TRANSFORM0', {
  cipherTransformId: IPSEC_CIPHER_TRANSFORM_ID0,
  cryptoModuleId: ptr(guid),
})

export const IPSEC_AUTH_AND_CIPHER_TRANSFORM0 = struct('IPSEC_AUTH_AND_CIPHER_TRANSFORM0', {
  authTransform: IPSEC_AUTH_TRANSFORM0,
  cipherTransform: IPSEC_CIPHER_TRANSFORM0,
})

export const IPSEC_SA_TRANSFORM0 = struct('IPSEC_SA_TRANSFORM0', {
  ipsecTransformType: u32,
  transform: tagged('ipsecTransformType', {
    [C.IPSEC_TRANSFORM_AH]: { ahTransform: ref(IPSEC_AUTH_TRANSFORM0) },
    [C.IPSEC_TRANSFORM_ESP_AUTH]: { espAuthTransform: ref(IPSEC_AUTH_TRANSFORM0) },
    [C.IPSEC_TRANSFORM_ESP_CIPHER]: { espCipherTransform: ref(IPSEC_CIPHER_TRANSFORM0) },
    [C.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER]: { espAuthAndCipherTransform: ref(IPSEC_AUTH_AND_CIPHER_TRANSFORM0) },
    [C.IPSEC_TRANSFORM_ESP_AUTH_FW]: { espAuthFwTransform: ref(IPSEC_AUTH_TRANSFORM0) },
  }),
})

/** Two transforms mean AH and ESP together. */
export const IPSEC_PROPOSAL0 = struct('IPSEC_PROPOSAL0', {
  lifetime: IPSEC_SA_LIFETIME0,
  numSaTransforms: u32,
  saTransforms: list(IPSEC_SA_TRANSFORM0, 'numSaTransforms'),
  pfsGroup: u32,
})

export const IPSEC_SA_IDLE_TIMEOUT0 = struct('IPSEC_SA_IDLE_TIMEOUT0', {
  idleTimeoutSeconds: u32,
  idleTimeoutSecondsFailOver: u32,
})
