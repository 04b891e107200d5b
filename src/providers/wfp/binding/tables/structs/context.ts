/**
 * Provider contexts: a policy under a key. All versions have one layout; what the union points to differs.
 * @see https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_provider_context2
 */

import { blob, type CType, guid, ptr, ref, struct, tagged, u32, u64 } from '../../ctype/index.ts'
import * as C from '../constants/index.ts'
import * as P from './policy.ts'
import { FWPM_DISPLAY_DATA0 } from './value.ts'

const head = {
  providerContextKey: guid,
  displayData: FWPM_DISPLAY_DATA0,
  flags: u32,
  providerKey: ptr(guid),
  providerData: blob,
  type: u32,
} as const

/** Classify options, DoS protection and network connection policies are not ours to read: their tags stand alone. */
function policies<K, Tr, Tu, M>(keying: CType<K>, transport: CType<Tr>, tunnel: CType<Tu>, mainMode: CType<M>) {
  return {
    [C.FWPM_IPSEC_KEYING_CONTEXT]: { keyingPolicy: ref(keying) },
    [C.FWPM_IPSEC_IKE_QM_TRANSPORT_CONTEXT]: { ikeQmTransportPolicy: ref(transport) },
    [C.FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT]: { ikeQmTunnelPolicy: ref(tunnel) },
    [C.FWPM_IPSEC_AUTHIP_QM_TRANSPORT_CONTEXT]: { authipQmTransportPolicy: ref(transport) },
    [C.FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT]: { authipQmTunnelPolicy: ref(tunnel) },
    [C.FWPM_IPSEC_IKE_MM_CONTEXT]: { ikeMmPolicy: ref(mainMode) },
    [C.FWPM_IPSEC_AUTHIP_MM_CONTEXT]: { authIpMmPolicy: ref(mainMode) },
    [C.FWPM_CLASSIFY_OPTIONS_CONTEXT]: {},
    [C.FWPM_GENERAL_CONTEXT]: { dataBuffer: ptr(blob) },
    [C.FWPM_IPSEC_DOSP_CONTEXT]: {},
    [C.FWPM_NETWORK_CONNECTION_POLICY_CONTEXT]: {},
  } as const
}

function ikeV2<Tu, M>(tunnel: CType<Tu>, mainMode: CType<M>) {
  return {
    [C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT]: { ikeV2QmTunnelPolicy: ref(tunnel) },
    [C.FWPM_IPSEC_IKEV2_MM_CONTEXT]: { ikeV2MmPolicy: ref(mainMode) },
  } as const
}

function ikeV2Transport<Tr>(transport: CType<Tr>) {
  return { [C.FWPM_IPSEC_IKEV2_QM_TRANSPORT_CONTEXT]: { ikeV2QmTransportPolicy: ref(transport) } } as const
}

export const FWPM_PROVIDER_CONTEXT0 = struct('FWPM_PROVIDER_CONTEXT0', {
  ...head,
  policy: tagged(
    'type',
    policies(P.IPSEC_KEYING_POLICY0, P.IPSEC_TRANSPORT_POLICY0, P.IPSEC_TUNNEL_POLICY0, P.IKEEXT_POLICY0),
  ),
  providerContextId: u64,
})

export const FWPM_PROVIDER_CONTEXT1 = struct('FWPM_PROVIDER_CONTEXT1', {
  ...head,
  policy: tagged('type', {
    ...policies(P.IPSEC_KEYING_POLICY0, P.IPSEC_TRANSPORT_POLICY1, P.IPSEC_TUNNEL_POLICY1, P.IKEEXT_POLICY1),
    ...ikeV2(P.IPSEC_TUNNEL_POLICY1, P.IKEEXT_POLICY1),
  }),
  providerContextId: u64,
})

export const FWPM_PROVIDER_CONTEXT2 = struct('FWPM_PROVIDER_CONTEXT2', {
  ...head,
  policy: tagged('type', {
    ...policies(P.IPSEC_KEYING_POLICY1, P.IPSEC_TRANSPORT_POLICY2, P.IPSEC_TUNNEL_POLICY2, P.IKEEXT_POLICY2),
    ...ikeV2(P.IPSEC_TUNNEL_POLICY2, P.IKEEXT_POLICY2),
    ...ikeV2Transport(P.IPSEC_TRANSPORT_POLICY2),
  }),
  providerContextId: u64,
})

export const FWPM_PROVIDER_CONTEXT3 = struct('FWPM_PROVIDER_CONTEXT3', {
  ...head,
  policy: tagged('type', {
    ...policies(P.IPSEC_KEYING_POLICY1, P.IPSEC_TRANSPORT_POLICY2, P.IPSEC_TUNNEL_POLICY3, P.IKEEXT_POLICY2),
    ...ikeV2(P.IPSEC_TUNNEL_POLICY3, P.IKEEXT_POLICY2),
    ...ikeV2Transport(P.IPSEC_TRANSPORT_POLICY2),
  }),
  providerContextId: u64,
})

export const FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0 = struct('FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0', {
  providerKey: ptr(guid),
  providerContextType: u32,
})

export const FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0 = struct('FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0', {
  enumTemplate: ptr(FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0),
  flags: u32,
  sessionKey: guid,
})

export const FWPM_PROVIDER_CONTEXT_CHANGE0 = struct('FWPM_PROVIDER_CONTEXT_CHANGE0', {
  changeType: u32,
  providerContextKey: guid,
  providerContextId: u64,
})
