/**
 * What the engine shows of a tunnel → its normal form, as far as it shows it.
 *
 * Nothing here throws: foreign tunnels are listed through it, and they may hold anything. A value without a place in a manifest is
 * printed as `unknown(…)`, which equals no normal form.
 */

import { canonicalJson, formatDuration, type JsonObject, joined, type Pointer } from '../../../../base/index.ts'
import { IMPERSONATIONS } from '../../../../kinds/ipsec-tunnel/authentication.ts'
import { decodeFlags, KEY_MANAGER_FLAGS, MAIN_MODE_FLAGS, POLICY_FLAGS } from '../../../../kinds/ipsec-tunnel/flags.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import type { Filter } from '../../engine/index.ts'
import { decodeMethods, type ShownSecrets } from './authentication.ts'
import { decodeConditions } from './conditions.ts'
import { mainModePolicyOf, tunnelPolicyOf } from './contexts.ts'
import { decodeEndpoints, decodeSelectorPolicy } from './endpoints.ts'
import { decodeMainModeProposal, decodePfs, decodeQuickModeProposal } from './proposals.ts'
import { widenMainModePolicy, widenTunnelPolicy } from './versions.ts'
import type * as v from './words.ts'
import { flagWords, optional, unknown, wordOf } from './words.ts'

/** Everything the engine has under a tunnel's key, read with any version of the calls from 1 up. */
export interface LiveTunnel {
  readonly tunnelPolicy: v.AnyContext
  /** the context under the main-mode key; null when there is none */
  readonly mainModePolicy: v.AnyContext | null
  /** the filters that name one of the two contexts */
  readonly filters: readonly v.Filter[]
}

export interface DecodedTunnel {
  /** without the hidden leaves, and with `presharedKey` as far as the engine knows it: its flags */
  readonly spec: JsonObject
  /** leaves that the engine does not report back: absent from `spec` */
  readonly hidden: readonly Pointer[]
  /** pre-shared keys by pointer of their `presharedKey`; null where the engine blanked the bytes */
  readonly secrets: ReadonlyMap<Pointer, Uint8Array | null>
}

/**
 * Leaves of a spec that no object of the engine shows: whether the key was declared or derived, what only the record holds, and the
 * arguments of the call that leave no readable trace.
 */
export const HIDDEN: readonly Pointer[] = ['/key', '/protect', '/virtualInterface', '/securityDescriptor']

export function decodeTunnel({ tunnelPolicy, mainModePolicy, filters }: LiveTunnel): DecodedTunnel {
  const secrets: ShownSecrets = new Map()
  const mode = decodeMode(filters)
  const traffic = decodeTraffic(filters)
  const about = joined(decodeDescription(tunnelPolicy), optional('mode', mode))
  const persistence = decodePersistence(tunnelPolicy, mainModePolicy)
  const before = joined(about, { persistence, ...optional('traffic', traffic) })
  const tunnel = joined(before, decodeQuickModeContext(tunnelPolicy, secrets))
  const spec = mainModePolicy
    ? joined(tunnel, { mainMode: decodeMainModeContext(mainModePolicy, tunnelPolicy, secrets) })
    : tunnel
  const unseen = [...(mode ? [] : ['/mode']), ...(traffic ? [] : ['/traffic'])]
  const blanked = [...secrets].filter(([, bytes]) => bytes === null).map(([pointer]) => pointer)
  return { spec, hidden: [...HIDDEN, ...unseen, ...blanked], secrets }
}

function decodeDescription({ displayData }: v.AnyContext): JsonObject {
  return displayData.description ? { description: displayData.description } : {}
}

/** Both contexts carry the flag or neither does; the engine's own FLAG_DOWNLEVEL means nothing to us. */
function decodePersistence(tunnel: v.AnyContext, mainMode: v.AnyContext | null): string {
  const words = new Set([tunnel, ...(mainMode ? [mainMode] : [])].map(persistenceWord))
  return words.size === 1 ? [...words][0]! : unknown(...words)
}

function persistenceWord({ flags }: v.AnyContext): string {
  const known = sdk.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT | sdk.FWPM_PROVIDER_CONTEXT_FLAG_DOWNLEVEL
  if ((flags & ~known) !== 0) return unknown(`0x${(flags >>> 0).toString(16)}`)
  return (flags & sdk.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT) !== 0 ? 'persistent' : 'static'
}

function decodeQuickModeContext(context: v.AnyContext, secrets: ShownSecrets): JsonObject {
  const held = tunnelPolicyOf(context)
  if (!held) return { keyModule: unknown(`context type ${context.type}`) }
  const policy = widenTunnelPolicy(held.policy)
  return {
    keyModule: held.keyModule,
    endpoints: decodeEndpoints(policy.tunnelEndpoints, policy.compartmentId),
    quickMode: decodeQuickMode(policy),
    ...(policy.emPolicy && { extendedMode: decodeExtendedMode(policy.emPolicy, secrets) }),
  }
}

function decodeQuickMode(policy: v.TunnelPolicy): JsonObject {
  const { flags, ipsecProposals, saIdleTimeout, fwdPathSaLifetime, trafficSelectorPolicies } = policy
  const managers = decodeFlags(KEY_MANAGER_FLAGS, flags)
  return {
    pfs: decodePfs(ipsecProposals),
    proposals: ipsecProposals.map(decodeQuickModeProposal),
    idleTimeout: {
      normal: formatDuration(saIdleTimeout.idleTimeoutSeconds),
      failover: formatDuration(saIdleTimeout.idleTimeoutSecondsFailOver),
    },
    ...(fwdPathSaLifetime !== 0 && { forwardPathLifetime: formatDuration(fwdPathSaLifetime) }),
    flags: flagWords(POLICY_FLAGS, managers.unknown),
    keyManagers: { notify: managers.words.includes('notify'), dictate: managers.words.includes('dictate') },
    ...(trafficSelectorPolicies.length > 0 && { trafficSelectors: trafficSelectorPolicies.map(decodeSelectorPolicy) }),
  }
}

function decodeExtendedMode(policy: v.EmPolicy, secrets: ShownSecrets): JsonObject {
  return {
    authentication: decodeMethods(policy.authenticationMethods, '/extendedMode/authentication', secrets),
    impersonation: wordOf(IMPERSONATIONS, policy.initiatorImpersonationType),
  }
}

/** @param tunnel the context beside it, whose key module the main mode must share */
function decodeMainModeContext(context: v.AnyContext, tunnel: v.AnyContext, secrets: ShownSecrets): JsonObject {
  const held = mainModePolicyOf(context)
  if (!held) return { keyModule: unknown(`context type ${context.type}`) }
  const isOdd = held.keyModule !== tunnelPolicyOf(tunnel)?.keyModule
  return {
    ...decodeMainMode(widenMainModePolicy(held.policy), held.keyModule === 'authip', secrets),
    ...(isOdd && { keyModule: unknown(held.keyModule) }),
  }
}

function decodeMainMode(policy: v.MainModePolicy, isAuthip: boolean, secrets: ShownSecrets): JsonObject {
  const impersonation = policy.initiatorImpersonationType
  const { softExpirationTime, retransmitDurationSecs } = policy
  return {
    authentication: decodeMethods(policy.authenticationMethods, '/mainMode/authentication', secrets),
    proposals: policy.ikeProposals.map(decodeMainModeProposal),
    maxDynamicFilters: policy.maxDynamicFilters,
    ...(retransmitDurationSecs !== 0 && { retransmitFor: formatDuration(retransmitDurationSecs) }),
    flags: flagWords(MAIN_MODE_FLAGS, policy.flags),
    // authip alone impersonates: elsewhere the manifest has no such field
    ...((isAuthip || impersonation !== 0) && { impersonation: wordOf(IMPERSONATIONS, impersonation) }),
    // must be 0, so a manifest has no such field either
    ...(softExpirationTime !== 0 && { softExpirationTime: unknown(softExpirationTime) }),
  }
}

const FORWARD: readonly string[] = [sdk.FWPM_LAYER_IPFORWARD_V4, sdk.FWPM_LAYER_IPFORWARD_V6]

/** Where the inner traffic is read, best first. */
const TRAFFIC: readonly (readonly string[])[] = [
  [sdk.FWPM_LAYER_IPSEC_V4, sdk.FWPM_LAYER_IPSEC_V6],
  [sdk.FWPM_LAYER_OUTBOUND_TRANSPORT_V4, sdk.FWPM_LAYER_OUTBOUND_TRANSPORT_V6],
]

/** Forward filters exist for gateways alone; null where no filter tells. */
function decodeMode(filters: readonly Filter[]): 'gateway' | 'pointToPoint' | null {
  if (filters.some(({ layerKey }) => FORWARD.includes(layerKey))) return 'gateway'
  return filters.some(({ layerKey }) => TRAFFIC.flat().includes(layerKey)) ? 'pointToPoint' : null
}

/** The inner traffic; null where no filter shows it. Filters that contradict each other stand beside the first, under `contradicted`. */
function decodeTraffic(filters: readonly Filter[]): JsonObject | null {
  const telling = TRAFFIC.map((layers) => filters.filter(({ layerKey }) => layers.includes(layerKey)))
  // filters of one tunnel share their list of conditions
  const lists = new Set((telling.find((some) => some.length > 0) ?? []).map((filter) => filter.filterCondition))
  const all = [...lists].map(decodeConditions)
  if (all.length === 1) return all[0]!
  const distinct = [...new Map(all.map((traffic) => [canonicalJson(traffic), traffic])).entries()]
    .sort()
    .map(([, it]) => it)
  const [first, ...others] = distinct
  if (!first) return null
  return others.length === 0 ? first : { ...first, contradicted: others }
}
