/** Key modules, and the arms of a provider context that hold their policies. */

import type { KeyModule } from '../../../../kinds/ipsec-tunnel/spec.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import type { AnyContext, AnyMainModePolicy, AnyTunnelPolicy } from './words.ts'

/** The arm of a context that holds a tunnel's policy, of any version. */
export type TunnelArm<P> =
  | { readonly type: typeof sdk.FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT; readonly ikeQmTunnelPolicy: P }
  | { readonly type: typeof sdk.FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT; readonly authipQmTunnelPolicy: P }
  | { readonly type: typeof sdk.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT; readonly ikeV2QmTunnelPolicy: P }

/** The arm of a context that holds a main-mode policy, of any version. */
export type MainModeArm<P> =
  | { readonly type: typeof sdk.FWPM_IPSEC_IKE_MM_CONTEXT; readonly ikeMmPolicy: P }
  | { readonly type: typeof sdk.FWPM_IPSEC_AUTHIP_MM_CONTEXT; readonly authIpMmPolicy: P }
  | { readonly type: typeof sdk.FWPM_IPSEC_IKEV2_MM_CONTEXT; readonly ikeV2MmPolicy: P }

/** The keying module that negotiates a tunnel: always pinned, because the default differs between Windows versions. */
export const KEYING_MODULES = {
  ikev1: sdk.FWPM_KEYING_MODULE_IKE,
  authip: sdk.FWPM_KEYING_MODULE_AUTHIP,
  ikev2: sdk.FWPM_KEYING_MODULE_IKEV2,
} as const satisfies Record<KeyModule, string>

export function tunnelArm<P>(module: KeyModule, policy: P): TunnelArm<P> {
  const arms = {
    ikev1: { type: sdk.FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT, ikeQmTunnelPolicy: policy },
    authip: { type: sdk.FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT, authipQmTunnelPolicy: policy },
    ikev2: { type: sdk.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT, ikeV2QmTunnelPolicy: policy },
  } as const
  return arms[module]
}

export function mainModeArm<P>(module: KeyModule, policy: P): MainModeArm<P> {
  const arms = {
    ikev1: { type: sdk.FWPM_IPSEC_IKE_MM_CONTEXT, ikeMmPolicy: policy },
    authip: { type: sdk.FWPM_IPSEC_AUTHIP_MM_CONTEXT, authIpMmPolicy: policy },
    ikev2: { type: sdk.FWPM_IPSEC_IKEV2_MM_CONTEXT, ikeV2MmPolicy: policy },
  } as const
  return arms[module]
}

/** A policy found in a context, and the key module whose arm held it. */
export interface HeldPolicy<P> {
  readonly keyModule: KeyModule
  readonly policy: P
}

/** The tunnel policy of a context; null when it holds something else. */
export function tunnelPolicyOf(context: AnyContext): HeldPolicy<AnyTunnelPolicy> | null {
  if ('ikeV2QmTunnelPolicy' in context) return { keyModule: 'ikev2', policy: context.ikeV2QmTunnelPolicy }
  if ('ikeQmTunnelPolicy' in context) return { keyModule: 'ikev1', policy: context.ikeQmTunnelPolicy }
  return 'authipQmTunnelPolicy' in context ? { keyModule: 'authip', policy: context.authipQmTunnelPolicy } : null
}

/** The main-mode policy of a context; null when it holds something else. */
export function mainModePolicyOf(context: AnyContext): HeldPolicy<AnyMainModePolicy> | null {
  if ('ikeV2MmPolicy' in context) return { keyModule: 'ikev2', policy: context.ikeV2MmPolicy }
  if ('ikeMmPolicy' in context) return { keyModule: 'ikev1', policy: context.ikeMmPolicy }
  return 'authIpMmPolicy' in context ? { keyModule: 'authip', policy: context.authIpMmPolicy } : null
}
