/** What each type of provider context is: whose keying module, which mode, under which name its policy stands. */
import * as C from '../../binding/tables/constants/index.ts'

export type ModuleName = 'ike' | 'authip' | 'ikev2'

export interface ContextType {
  readonly module: ModuleName
  readonly mode: 'tunnel' | 'mainMode' | 'transport'
  readonly arm: string
}

const POLICIES: Readonly<Record<number, ContextType>> = {
  [C.FWPM_IPSEC_IKE_QM_TRANSPORT_CONTEXT]: { module: 'ike', mode: 'transport', arm: 'ikeQmTransportPolicy' },
  [C.FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT]: { module: 'ike', mode: 'tunnel', arm: 'ikeQmTunnelPolicy' },
  [C.FWPM_IPSEC_IKE_MM_CONTEXT]: { module: 'ike', mode: 'mainMode', arm: 'ikeMmPolicy' },
  [C.FWPM_IPSEC_AUTHIP_QM_TRANSPORT_CONTEXT]: { module: 'authip', mode: 'transport', arm: 'authipQmTransportPolicy' },
  [C.FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT]: { module: 'authip', mode: 'tunnel', arm: 'authipQmTunnelPolicy' },
  [C.FWPM_IPSEC_AUTHIP_MM_CONTEXT]: { module: 'authip', mode: 'mainMode', arm: 'authIpMmPolicy' },
  [C.FWPM_IPSEC_IKEV2_QM_TRANSPORT_CONTEXT]: { module: 'ikev2', mode: 'transport', arm: 'ikeV2QmTransportPolicy' },
  [C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT]: { module: 'ikev2', mode: 'tunnel', arm: 'ikeV2QmTunnelPolicy' },
  [C.FWPM_IPSEC_IKEV2_MM_CONTEXT]: { module: 'ikev2', mode: 'mainMode', arm: 'ikeV2MmPolicy' },
}

/** Types whose content the engine keeps beside the policies. */
export const PLAIN_TYPES: ReadonlySet<number> = new Set([C.FWPM_IPSEC_KEYING_CONTEXT, C.FWPM_GENERAL_CONTEXT])

/** Types Windows has and this engine does not keep. */
export const UNSUPPORTED_TYPES: ReadonlySet<number> = new Set([
  C.FWPM_CLASSIFY_OPTIONS_CONTEXT,
  C.FWPM_IPSEC_DOSP_CONTEXT,
  C.FWPM_NETWORK_CONNECTION_POLICY_CONTEXT,
])

export const MODULE_KEYS: Readonly<Record<ModuleName, string>> = {
  ike: C.FWPM_KEYING_MODULE_IKE,
  authip: C.FWPM_KEYING_MODULE_AUTHIP,
  ikev2: C.FWPM_KEYING_MODULE_IKEV2,
}

export function contextTypeOf(type: number): ContextType | undefined {
  return POLICIES[type]
}
