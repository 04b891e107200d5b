/**
 * Policies of main mode and of tunnels, with their proposals, lifetimes and transforms.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_proposal0
 */

import { bytes, type CType, guid, list, ptr, ref, struct, tagged, u8, u16, u32, u64, wstr } from '../../ctype/index.ts'
import * as C from '../constants/index.ts'
import {
  IKEEXT_AUTHENTICATION_METHOD0,
  IKEEXT_AUTHENTICATION_METHOD1,
  IKEEXT_AUTHENTICATION_METHOD2,
} from './authentication.ts'

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

function emPolicy<Method>(name: string, method: CType<Method>) {
  return struct(name, {
    numAuthenticationMethods: u32,
    authenticationMethods: list(method, 'numAuthenticationMethods'),
    initiatorImpersonationType: u32,
  })
}
export const IKEEXT_EM_POLICY0 = emPolicy('IKEEXT_EM_POLICY0', IKEEXT_AUTHENTICATION_METHOD0)
export const IKEEXT_EM_POLICY1 = emPolicy('IKEEXT_EM_POLICY1', IKEEXT_AUTHENTICATION_METHOD1)
export const IKEEXT_EM_POLICY2 = emPolicy('IKEEXT_EM_POLICY2', IKEEXT_AUTHENTICATION_METHOD2)

export const IKEEXT_CIPHER_ALGORITHM0 = struct('IKEEXT_CIPHER_ALGORITHM0', {
  algoIdentifier: u32,
  keyLen: u32,
  rounds: u32,
})
export const IKEEXT_INTEGRITY_ALGORITHM0 = struct('IKEEXT_INTEGRITY_ALGORITHM0', { algoIdentifier: u32 })
export const IKEEXT_PROPOSAL0 = struct('IKEEXT_PROPOSAL0', {
  cipherAlgorithm: IKEEXT_CIPHER_ALGORITHM0,
  integrityAlgorithm: IKEEXT_INTEGRITY_ALGORITHM0,
  maxLifetimeSeconds: u32,
  dhGroup: u32,
  quickModeLimit: u32,
})

function mainMode<Method>(method: CType<Method>) {
  return {
    softExpirationTime: u32,
    numAuthenticationMethods: u32,
    authenticationMethods: list(method, 'numAuthenticationMethods'),
    initiatorImpersonationType: u32,
    numIkeProposals: u32,
    ikeProposals: list(IKEEXT_PROPOSAL0, 'numIkeProposals'),
    flags: u32,
    maxDynamicFilters: u32,
  } as const
}
export const IKEEXT_POLICY0 = struct('IKEEXT_POLICY0', mainMode(IKEEXT_AUTHENTICATION_METHOD0))
export const IKEEXT_POLICY1 = struct('IKEEXT_POLICY1', {
  ...mainMode(IKEEXT_AUTHENTICATION_METHOD1),
  retransmitDurationSecs: u32,
})
export const IKEEXT_POLICY2 = struct('IKEEXT_POLICY2', {
  ...mainMode(IKEEXT_AUTHENTICATION_METHOD2),
  retransmitDurationSecs: u32,
})

export const IPSEC_KEYING_POLICY0 = struct('IPSEC_KEYING_POLICY0', {
  numKeyMods: u32,
  keyModKeys: list(guid, 'numKeyMods'),
})
export const IPSEC_KEYING_POLICY1 = struct('IPSEC_KEYING_POLICY1', {
  numKeyMods: u32,
  keyModKeys: list(guid, 'numKeyMods'),
  flags: u32,
})

function transportPolicy<Em>(name: string, em: CType<Em>) {
  return struct(name, {
    numIpsecProposals: u32,
    ipsecProposals: list(IPSEC_PROPOSAL0, 'numIpsecProposals'),
    flags: u32,
    ndAllowClearTimeoutSeconds: u32,
    saIdleTimeout: IPSEC_SA_IDLE_TIMEOUT0,
    emPolicy: ptr(em),
  })
}
export const IPSEC_TRANSPORT_POLICY0 = transportPolicy('IPSEC_TRANSPORT_POLICY0', IKEEXT_EM_POLICY0)
export const IPSEC_TRANSPORT_POLICY1 = transportPolicy('IPSEC_TRANSPORT_POLICY1', IKEEXT_EM_POLICY1)
export const IPSEC_TRANSPORT_POLICY2 = transportPolicy('IPSEC_TRANSPORT_POLICY2', IKEEXT_EM_POLICY2)

/** Local and remote address: UINT32 in host order, or 16 bytes in network order. */
export const addressPair = {
  ipVersion: u32,
  local: tagged('ipVersion', {
    [C.FWP_IP_VERSION_V4]: { localV4Address: u32 },
    [C.FWP_IP_VERSION_V6]: { localV6Address: bytes(16) },
    [C.FWP_IP_VERSION_NONE]: {},
  }),
  remote: tagged('ipVersion', {
    [C.FWP_IP_VERSION_V4]: { remoteV4Address: u32 },
    [C.FWP_IP_VERSION_V6]: { remoteV6Address: bytes(16) },
    [C.FWP_IP_VERSION_NONE]: {},
  }),
} as const

export const IPSEC_TUNNEL_ENDPOINTS0 = struct('IPSEC_TUNNEL_ENDPOINTS0', addressPair)
export const IPSEC_TUNNEL_ENDPOINTS1 = struct('IPSEC_TUNNEL_ENDPOINTS1', { ...addressPair, localIfLuid: u64 })

export const IPSEC_TUNNEL_ENDPOINT0 = struct('IPSEC_TUNNEL_ENDPOINT0', {
  ipVersion: u32,
  address: tagged('ipVersion', {
    [C.FWP_IP_VERSION_V4]: { v4Address: u32 },
    [C.FWP_IP_VERSION_V6]: { v6Address: bytes(16) },
    [C.FWP_IP_VERSION_NONE]: {},
  }),
})
/** `remoteFqdn` and `remoteAddresses`, when set, replace the remote address. */
export const IPSEC_TUNNEL_ENDPOINTS2 = struct('IPSEC_TUNNEL_ENDPOINTS2', {
  ...addressPair,
  localIfLuid: u64,
  remoteFqdn: wstr,
  numAddresses: u32,
  remoteAddresses: list(IPSEC_TUNNEL_ENDPOINT0, 'numAddresses'),
})

export const IPSEC_TRAFFIC_SELECTOR0 = struct('IPSEC_TRAFFIC_SELECTOR0', {
  protocolId: u8,
  portStart: u16,
  portEnd: u16,
  ipVersion: u32,
  start: tagged('ipVersion', {
    [C.FWP_IP_VERSION_V4]: { startV4Address: u32 },
    [C.FWP_IP_VERSION_V6]: { startV6Address: bytes(16) },
    [C.FWP_IP_VERSION_NONE]: {},
  }),
  end: tagged('ipVersion', {
    [C.FWP_IP_VERSION_V4]: { endV4Address: u32 },
    [C.FWP_IP_VERSION_V6]: { endV6Address: bytes(16) },
    [C.FWP_IP_VERSION_NONE]: {},
  }),
})
export const IPSEC_TRAFFIC_SELECTOR_POLICY0 = struct('IPSEC_TRAFFIC_SELECTOR_POLICY0', {
  flags: u32,
  numLocalTrafficSelectors: u32,
  localTrafficSelectors: list(IPSEC_TRAFFIC_SELECTOR0, 'numLocalTrafficSelectors'),
  numRemoteTrafficSelectors: u32,
  remoteTrafficSelectors: list(IPSEC_TRAFFIC_SELECTOR0, 'numRemoteTrafficSelectors'),
})

function tunnel<Endpoints, Em>(endpoints: CType<Endpoints>, em: CType<Em>) {
  return {
    flags: u32,
    numIpsecProposals: u32,
    ipsecProposals: list(IPSEC_PROPOSAL0, 'numIpsecProposals'),
    tunnelEndpoints: endpoints,
    saIdleTimeout: IPSEC_SA_IDLE_TIMEOUT0,
    emPolicy: ptr(em),
  } as const
}
export const IPSEC_TUNNEL_POLICY0 = struct('IPSEC_TUNNEL_POLICY0', tunnel(IPSEC_TUNNEL_ENDPOINTS0, IKEEXT_EM_POLICY0))
export const IPSEC_TUNNEL_POLICY1 = struct('IPSEC_TUNNEL_POLICY1', tunnel(IPSEC_TUNNEL_ENDPOINTS1, IKEEXT_EM_POLICY1))
export const IPSEC_TUNNEL_POLICY2 = struct('IPSEC_TUNNEL_POLICY2', {
  ...tunnel(IPSEC_TUNNEL_ENDPOINTS2, IKEEXT_EM_POLICY2),
  fwdPathSaLifetime: u32,
})
export const IPSEC_TUNNEL_POLICY3 = struct('IPSEC_TUNNEL_POLICY3', {
  ...tunnel(IPSEC_TUNNEL_ENDPOINTS2, IKEEXT_EM_POLICY2),
  fwdPathSaLifetime: u32,
  compartmentId: u32,
  numTrafficSelectorPolicy: u32,
  trafficSelectorPolicies: list(IPSEC_TRAFFIC_SELECTOR_POLICY0, 'numTrafficSelectorPolicy'),
})
