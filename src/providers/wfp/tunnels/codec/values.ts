/** The engine's structures, as the codec speaks of them. A number at the end of a name is the structure's version. */

import type { Value } from '../../binding/ctype/index.ts'
import type * as structs from '../../binding/tables/structs/index.ts'
import type { CallVersion } from '../../engine/contexts.ts'
import type { Condition } from '../../engine/filters.ts'

export type { AnyContext, CallVersion } from '../../engine/contexts.ts'
export type { Condition, Filter } from '../../engine/filters.ts'

export interface TunnelPolicyOf {
  readonly 1: Value<typeof structs.IPSEC_TUNNEL_POLICY1>
  readonly 2: Value<typeof structs.IPSEC_TUNNEL_POLICY2>
  readonly 3: Value<typeof structs.IPSEC_TUNNEL_POLICY3>
}
export interface MainModePolicyOf {
  readonly 1: Value<typeof structs.IKEEXT_POLICY1>
  readonly 2: Value<typeof structs.IKEEXT_POLICY2>
  readonly 3: Value<typeof structs.IKEEXT_POLICY2>
}
export type AnyTunnelPolicy = TunnelPolicyOf[CallVersion]
export type AnyMainModePolicy = MainModePolicyOf[CallVersion]

/** The newest of each. */
export type TunnelPolicy = TunnelPolicyOf[3]
export type MainModePolicy = MainModePolicyOf[3]
export type TunnelEndpoints = Value<typeof structs.IPSEC_TUNNEL_ENDPOINTS2>
export type Endpoint = Value<typeof structs.IPSEC_TUNNEL_ENDPOINT0>
export type EmPolicy = Value<typeof structs.IKEEXT_EM_POLICY2>
export type Method = Value<typeof structs.IKEEXT_AUTHENTICATION_METHOD2>
export type CertificateMethod = Value<typeof structs.IKEEXT_CERTIFICATE_AUTHENTICATION2>
export type CgaMethod = Value<typeof structs.IKEEXT_IPV6_CGA_AUTHENTICATION0>
export type Criteria = Value<typeof structs.IKEEXT_CERTIFICATE_CRITERIA0>
export type IkeProposal = Value<typeof structs.IKEEXT_PROPOSAL0>
export type IpsecProposal = Value<typeof structs.IPSEC_PROPOSAL0>
export type Transform = Value<typeof structs.IPSEC_SA_TRANSFORM0>
export type AuthTransform = Value<typeof structs.IPSEC_AUTH_TRANSFORM0>
export type CipherTransform = Value<typeof structs.IPSEC_CIPHER_TRANSFORM0>
export type AuthAndCipherTransform = Value<typeof structs.IPSEC_AUTH_AND_CIPHER_TRANSFORM0>
export type SelectorPolicy = Value<typeof structs.IPSEC_TRAFFIC_SELECTOR_POLICY0>
export type Selector = Value<typeof structs.IPSEC_TRAFFIC_SELECTOR0>
export type ConditionValue = Condition['conditionValue']
/** FWP_VALUE0, a bound of a range. */
export type Bound = Value<typeof structs.FWP_VALUE0>

/** The forms that only older versions have. */
export type Endpoints1 = Value<typeof structs.IPSEC_TUNNEL_ENDPOINTS1>
export type Method1 = Value<typeof structs.IKEEXT_AUTHENTICATION_METHOD1>
export type CertificateMethod1 = Value<typeof structs.IKEEXT_CERTIFICATE_AUTHENTICATION1>
export type RootConfig = Value<typeof structs.IKEEXT_CERT_ROOT_CONFIG0>
