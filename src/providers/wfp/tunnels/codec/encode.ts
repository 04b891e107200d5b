/**
 * A tunnel's normal form → the arguments of FwpmIPsecTunnelAdd.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneladd2
 */

import { type Guid, joined, parseDuration } from '../../../../base/index.ts'
import { IMPERSONATIONS } from '../../../../kinds/ipsec-tunnel/authentication.ts'
import { encodeFlags, KEY_MANAGER_FLAGS, MAIN_MODE_FLAGS, POLICY_FLAGS } from '../../../../kinds/ipsec-tunnel/flags.ts'
import type { ExtendedMode, MainMode, QuickMode, TunnelSpec } from '../../../../kinds/ipsec-tunnel/spec.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import { mainModeKeyOf } from '../../engine/index.ts'
import type { SecretOf } from '../../resources/kind.ts'
import { encodeMethods } from './authentication.ts'
import { encodeConditions } from './conditions.ts'
import { KEYING_MODULES, type MainModeArm, mainModeArm, type TunnelArm, tunnelArm } from './contexts.ts'
import { encodeEndpoints, encodeSelectorPolicy } from './endpoints.ts'
import { encodeMainModeProposal, encodeQuickModeProposal } from './proposals.ts'
import { unsupportedFields } from './unsupported-fields.ts'
import { NARROW } from './versions.ts'
import type * as v from './words.ts'
import { bytesOf, constant } from './words.ts'

/** What a tunnel is called in the engine. */
export interface TunnelIdentity {
  readonly name: string
  /** providerContextKey of the quick-mode policy; the main-mode key follows from it */
  readonly key: Guid
  readonly providerKey: Guid
}

type ContextHead = Pick<
  v.AnyContext,
  'providerContextKey' | 'displayData' | 'flags' | 'providerKey' | 'providerData' | 'providerContextId'
>

/** A provider context around a policy. */
export type ContextWith<Arm> = ContextHead & Arm

/** The arguments of FwpmIPsecTunnelAdd{V}, but for the engine's handle. */
export interface EncodedTunnel<V extends v.CallVersion> {
  readonly flags: number
  readonly mainModePolicy: ContextWith<MainModeArm<v.MainModePolicyOf[V]>> | null
  readonly tunnelPolicy: ContextWith<TunnelArm<v.TunnelPolicyOf[V]>>
  readonly filterConditions: readonly v.Condition[]
  readonly keyModKey: Guid
  /** SDDL, of which the caller makes a security descriptor; null = the engine's default */
  readonly sd: string | null
}

/** providerData of a tunnel policy: `WFPC`, then the version of this mark, UINT32. The record has everything else. */
const TUNNEL_MARK: Uint8Array = bytesOf('5746504301000000', 'hex')

/**
 * @param secretOf resolves the pointer of a `presharedKey` to its bytes
 * @param version  of the call; every field of the spec must have a place in it: see `unsupportedFields`
 */
export function encodeTunnel<V extends v.CallVersion>(
  spec: TunnelSpec,
  identity: TunnelIdentity,
  secretOf: SecretOf,
  version: V,
): EncodedTunnel<V> {
  const lacks = unsupportedFields({ spec }, version).map(({ pointer }) => pointer)
  if (lacks.length > 0) throw new Error(`FwpmIPsecTunnelAdd${version} has no place for ${lacks.join(', ')}`)
  const narrow = NARROW[version]
  const policy = narrow.tunnel(encodeTunnelPolicy(spec, secretOf))
  const mainMode = spec.mainMode && narrow.mainMode(encodeMainMode(spec.mainMode, secretOf))
  return {
    flags: tunnelFlags(spec),
    mainModePolicy: mainMode
      ? joined(head(spec, identity, { key: mainModeKeyOf(identity.key) }), mainModeArm(spec.keyModule, mainMode))
      : null,
    tunnelPolicy: joined(
      head(spec, identity, { key: identity.key, providerData: TUNNEL_MARK }),
      tunnelArm(spec.keyModule, policy),
    ),
    filterConditions: encodeConditions(spec.traffic),
    keyModKey: KEYING_MODULES[spec.keyModule],
    sd: spec.securityDescriptor ?? null,
  }
}

function tunnelFlags({ mode, virtualInterface }: TunnelSpec): number {
  return (
    (mode === 'pointToPoint' ? sdk.FWPM_TUNNEL_FLAG_POINT_TO_POINT : 0) |
    (virtualInterface ? sdk.FWPM_TUNNEL_FLAG_ENABLE_VIRTUAL_IF_TUNNELING : 0)
  )
}

/** A persistent tunnel needs the flag on both of its contexts, and both name one provider (Object Management). */
function head(
  { description, persistence }: TunnelSpec,
  { name, providerKey }: TunnelIdentity,
  { key, providerData = new Uint8Array(0) }: { readonly key: Guid; readonly providerData?: Uint8Array },
): ContextHead {
  return {
    providerContextKey: key,
    displayData: { name, description: description ?? null },
    flags: persistence === 'persistent' ? sdk.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT : 0,
    providerKey,
    providerData,
    // the engine's own number of the object
    providerContextId: 0n,
  }
}

function encodeTunnelPolicy({ endpoints, quickMode, extendedMode }: TunnelSpec, secretOf: SecretOf): v.TunnelPolicy {
  const { proposals, pfs, idleTimeout, forwardPathLifetime, trafficSelectors } = quickMode
  return {
    flags: policyFlags(quickMode),
    ipsecProposals: proposals.map((proposal) => encodeQuickModeProposal(proposal, pfs)),
    tunnelEndpoints: encodeEndpoints(endpoints),
    saIdleTimeout: {
      idleTimeoutSeconds: parseDuration(idleTimeout.normal)!,
      idleTimeoutSecondsFailOver: parseDuration(idleTimeout.failover)!,
    },
    emPolicy: extendedMode ? encodeExtendedMode(extendedMode, secretOf) : null,
    fwdPathSaLifetime: forwardPathLifetime === undefined ? 0 : parseDuration(forwardPathLifetime)!,
    compartmentId: endpoints.compartment ?? 0,
    trafficSelectorPolicies: (trafficSelectors ?? []).map(encodeSelectorPolicy),
  }
}

function policyFlags({ flags, keyManagers }: QuickMode): number {
  const { notify, dictate } = keyManagers
  const managers = [...(notify ? ['notify'] : []), ...(dictate ? ['dictate'] : [])]
  return (encodeFlags(POLICY_FLAGS, flags) | encodeFlags(KEY_MANAGER_FLAGS, managers)) >>> 0
}

function encodeMainMode(mainMode: MainMode, secretOf: SecretOf): v.MainModePolicy {
  const { authentication, proposals, maxDynamicFilters, retransmitFor, flags, impersonation } = mainMode
  return {
    // must be 0 (IKEEXT_POLICY0)
    softExpirationTime: 0,
    authenticationMethods: encodeMethods(authentication, '/mainMode/authentication', secretOf),
    initiatorImpersonationType: constant(IMPERSONATIONS[impersonation ?? 'none']),
    ikeProposals: proposals.map(encodeMainModeProposal),
    flags: encodeFlags(MAIN_MODE_FLAGS, flags),
    maxDynamicFilters,
    retransmitDurationSecs: retransmitFor === undefined ? 0 : parseDuration(retransmitFor)!,
  }
}

function encodeExtendedMode({ authentication, impersonation }: ExtendedMode, secretOf: SecretOf): v.EmPolicy {
  return {
    authenticationMethods: encodeMethods(authentication, '/extendedMode/authentication', secretOf),
    initiatorImpersonationType: constant(IMPERSONATIONS[impersonation]),
  }
}
