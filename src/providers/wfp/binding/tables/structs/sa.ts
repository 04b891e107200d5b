/**
 * Key managers, and security associations as they see them. SAs hold live keys: never log one, never keep one.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_sa_details1
 */

import { callback, prototype } from '../../call/callback.ts'
import { inout, out } from '../../call/signature.ts'
import { blob, bool, guid, list, ptr, ref, struct, tagged, u8, u16, u32, u64, wstr } from '../../ctype/index.ts'
import * as C from '../constants/index.ts'
import { FWPM_FILTER0 } from './filter.ts'
import { addressPair, IPSEC_AUTH_TRANSFORM0, IPSEC_CIPHER_TRANSFORM0, IPSEC_SA_LIFETIME0 } from './policy.ts'
import { FWPM_DISPLAY_DATA0 } from './value.ts'

export const IKEEXT_TRAFFIC0 = struct('IKEEXT_TRAFFIC0', { ...addressPair, authIpFilterId: u64 })

export const IPSEC_TRAFFIC1 = struct('IPSEC_TRAFFIC1', {
  ...addressPair,
  trafficType: u32,
  id: tagged('trafficType', {
    [C.IPSEC_TRAFFIC_TYPE_TRANSPORT]: { ipsecFilterId: u64 },
    [C.IPSEC_TRAFFIC_TYPE_TUNNEL]: { tunnelPolicyId: u64 },
  }),
  remotePort: u16,
  localPort: u16,
  ipProtocol: u8,
  localIfLuid: u64,
  realIfProfileId: u32,
})

export const IPSEC_TOKEN0 = struct('IPSEC_TOKEN0', { type: u32, principal: u32, mode: u32, token: u64 })
export const IPSEC_ID0 = struct('IPSEC_ID0', {
  mmTargetName: wstr,
  emTargetName: wstr,
  numTokens: u32,
  tokens: list(IPSEC_TOKEN0, 'numTokens'),
  explicitCredentials: u64,
  logonId: u64,
})

export const IPSEC_SA_AUTH_INFORMATION0 = struct('IPSEC_SA_AUTH_INFORMATION0', {
  authTransform: IPSEC_AUTH_TRANSFORM0,
  authKey: blob,
})
export const IPSEC_SA_CIPHER_INFORMATION0 = struct('IPSEC_SA_CIPHER_INFORMATION0', {
  cipherTransform: IPSEC_CIPHER_TRANSFORM0,
  cipherKey: blob,
})
export const IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0 = struct('IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0', {
  saCipherInformation: IPSEC_SA_CIPHER_INFORMATION0,
  saAuthInformation: IPSEC_SA_AUTH_INFORMATION0,
})
export const IPSEC_SA0 = struct('IPSEC_SA0', {
  spi: u32,
  saTransformType: u32,
  information: tagged('saTransformType', {
    [C.IPSEC_TRANSFORM_AH]: { ahInformation: ref(IPSEC_SA_AUTH_INFORMATION0) },
    [C.IPSEC_TRANSFORM_ESP_AUTH]: { espAuthInformation: ref(IPSEC_SA_AUTH_INFORMATION0) },
    [C.IPSEC_TRANSFORM_ESP_CIPHER]: { espCipherInformation: ref(IPSEC_SA_CIPHER_INFORMATION0) },
    [C.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER]: {
      espAuthAndCipherInformation: ref(IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0),
    },
    [C.IPSEC_TRANSFORM_ESP_AUTH_FW]: { espAuthFwInformation: ref(IPSEC_SA_AUTH_INFORMATION0) },
  }),
})

export const IPSEC_KEYMODULE_STATE0 = struct('IPSEC_KEYMODULE_STATE0', { keyModuleKey: guid, stateBlob: blob })

export const IPSEC_SA_BUNDLE1 = struct('IPSEC_SA_BUNDLE1', {
  flags: u32,
  lifetime: IPSEC_SA_LIFETIME0,
  idleTimeoutSeconds: u32,
  ndAllowClearTimeoutSeconds: u32,
  ipsecId: ptr(IPSEC_ID0),
  napContext: u32,
  qmSaId: u32,
  numSAs: u32,
  saList: list(IPSEC_SA0, 'numSAs'),
  keyModuleState: ptr(IPSEC_KEYMODULE_STATE0),
  ipVersion: u32,
  peer: tagged('ipVersion', {
    [C.FWP_IP_VERSION_V4]: { peerV4PrivateAddress: u32 },
    [C.FWP_IP_VERSION_V6]: {},
    [C.FWP_IP_VERSION_NONE]: {},
  }),
  mmSaId: u64,
  pfsGroup: u32,
  saLookupContext: guid,
  qmFilterId: u64,
})

export const IPSEC_V4_UDP_ENCAPSULATION0 = struct('IPSEC_V4_UDP_ENCAPSULATION0', {
  localUdpEncapPort: u16,
  remoteUdpEncapPort: u16,
})
export const IPSEC_VIRTUAL_IF_TUNNEL_INFO0 = struct('IPSEC_VIRTUAL_IF_TUNNEL_INFO0', {
  virtualIfTunnelId: u64,
  trafficSelectorId: u64,
})

export const IPSEC_SA_DETAILS1 = struct('IPSEC_SA_DETAILS1', {
  ipVersion: u32,
  saDirection: u32,
  traffic: IPSEC_TRAFFIC1,
  saBundle: IPSEC_SA_BUNDLE1,
  encapsulation: tagged('ipVersion', {
    [C.FWP_IP_VERSION_V4]: { udpEncapsulation: ptr(IPSEC_V4_UDP_ENCAPSULATION0) },
    [C.FWP_IP_VERSION_V6]: {},
    [C.FWP_IP_VERSION_NONE]: {},
  }),
  transportFilter: ptr(FWPM_FILTER0),
  virtualIfTunnelInfo: IPSEC_VIRTUAL_IF_TUNNEL_INFO0,
})

/**
 * Key managers (trusted intermediary agents) and their callbacks.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_key_manager0
 */

/** `keyDictationTimeoutHint` is in seconds: 0 means 5, more than 10 is refused. */
export const IPSEC_KEY_MANAGER0 = struct('IPSEC_KEY_MANAGER0', {
  keyManagerKey: guid,
  displayData: FWPM_DISPLAY_DATA0,
  flags: u32,
  keyDictationTimeoutHint: u8,
})

/** Asked before keys are made: will this key manager dictate, and with what weight against its peers? */
export const IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0 = prototype('IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0', 'void', {
  ikeTraffic: ref(IKEEXT_TRAFFIC0),
  willDictateKey: out(bool),
  weight: out(u32),
})

/** Gives keys: returns both SAs with their keys filled in (same sizes), or asks for random ones with `keyingModuleGenKey`. */
export const IPSEC_KEY_MANAGER_DICTATE_KEY0 = prototype('IPSEC_KEY_MANAGER_DICTATE_KEY0', 'status', {
  inboundSaDetails: inout(ref(IPSEC_SA_DETAILS1)),
  outboundSaDetails: inout(ref(IPSEC_SA_DETAILS1)),
  keyingModuleGenKey: out(bool),
})

/** Tells the keys in use. */
export const IPSEC_KEY_MANAGER_NOTIFY_KEY0 = prototype('IPSEC_KEY_MANAGER_NOTIFY_KEY0', 'void', {
  inboundSa: ref(IPSEC_SA_DETAILS1),
  outboundSa: ref(IPSEC_SA_DETAILS1),
})

/** A dictating key manager gives all three, any other only `keyNotify`. */
export const IPSEC_KEY_MANAGER_CALLBACKS0 = struct('IPSEC_KEY_MANAGER_CALLBACKS0', {
  reserved: guid,
  flags: u32,
  keyDictationCheck: callback(IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0),
  keyDictation: callback(IPSEC_KEY_MANAGER_DICTATE_KEY0),
  keyNotify: callback(IPSEC_KEY_MANAGER_NOTIFY_KEY0),
})
