/**
 * A negotiation, played for the key managers that this process has registered: what IKEEXT does with them when a tunnel comes up.
 *
 * Asked are the dictating ones (keyDictationCheck); the heaviest answer dictates (keyDictation) or asks for random keys; then all
 * are told (keyNotify). The tunnel's policy must allow it: IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY and _NOTIFY_KEY.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_key_manager_callbacks0
 */
import { randomBytes, randomInt } from 'node:crypto'
import type { Value } from '../binding/ctype/index.ts'
import * as C from '../binding/tables/constants/index.ts'
import type { IPSEC_SA_DETAILS1 } from '../binding/tables/structs/index.ts'
import type { Engine } from './engine/engine.ts'
import { dictates, type RegisteredManager } from './engine/key-managers.ts'
import { findTunnel } from './engine/tunnels.ts'
import { decodeContext } from './images.ts'
import { engineOf } from './location.ts'
import { refuse } from './refusal.ts'
import { type Context, storedTunnelPolicy, type TunnelPolicy } from './values.ts'

type SaDetails = Value<typeof IPSEC_SA_DETAILS1>
type Sa = SaDetails['saBundle']['saList'][number]
type Transform = TunnelPolicy['ipsecProposals'][number]['saTransforms'][number]

const KEY_BYTES = 32

/** What came of it. No key is in it. */
export interface Negotiation {
  /** keyManagerKey of the one that dictated, if any did. */
  readonly dictatedBy: string | null
  /** It asked the keying module for random keys. */
  readonly generated: boolean
  /** keyManagerKeys of those that were told. */
  readonly notified: readonly string[]
  readonly inboundSpi: number
  readonly outboundSpi: number
}

/** Negotiates the SAs of one tunnel of a library that `openSandbox` made in this process. */
export function negotiate(library: object, tunnelKey: string): Negotiation {
  return negotiateOn(engineOf(library) ?? refuse('ERROR_INVALID_PARAMETER', 'not a sandbox of this process'), tunnelKey)
}

export function negotiateOn(engine: Engine, tunnelKey: string): Negotiation {
  const context = readTunnel(engine, tunnelKey)
  const policy =
    storedTunnelPolicy(context) ?? refuse('FWP_E_PROVIDER_CONTEXT_NOT_FOUND', `${tunnelKey} is not a tunnel`)
  const fresh = {
    inbound: saDetails(context, policy, C.FWP_DIRECTION_INBOUND),
    outbound: saDetails(context, policy, C.FWP_DIRECTION_OUTBOUND),
  }
  const allowed = (flag: number): readonly RegisteredManager[] =>
    (policy.flags & flag) === 0 ? [] : engine.keyManagers.registered

  const dictator = heaviest(allowed(C.IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY), policy)
  const dictated = dictator === null ? null : dictate(dictator, fresh)
  const { inbound, outbound } = dictated ?? fresh
  const told = allowed(C.IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_NOTIFY_KEY)
  for (const { callbacks } of told) callbacks.keyNotify?.({ inboundSa: inbound, outboundSa: outbound })
  return {
    dictatedBy: dictator?.manager.keyManagerKey ?? null,
    generated: dictated?.generated ?? false,
    notified: told.map(({ manager }) => manager.keyManagerKey),
    inboundSpi: spiOf(inbound),
    outboundSpi: spiOf(outbound),
  }
}

function readTunnel(engine: Engine, key: string): Context {
  const connection = engine.store.connect()
  try {
    return decodeContext(findTunnel(connection, key))
  } finally {
    connection.close()
  }
}

function heaviest(
  registrations: readonly RegisteredManager[],
  { tunnelEndpoints }: TunnelPolicy,
): RegisteredManager | null {
  let best: { readonly registration: RegisteredManager; readonly weight: number } | null = null
  for (const registration of registrations.filter(({ manager }) => dictates(manager))) {
    const answer = registration.callbacks.keyDictationCheck?.({
      ikeTraffic: { ...addresses(tunnelEndpoints), authIpFilterId: 0n },
    })
    if (answer === undefined || answer.willDictateKey === 0) continue
    if (best === null || answer.weight > best.weight) best = { registration, weight: answer.weight }
  }
  return best?.registration ?? null
}

interface Pair {
  readonly inbound: SaDetails
  readonly outbound: SaDetails
}

function dictate(
  { callbacks }: RegisteredManager,
  { inbound, outbound }: Pair,
): (Pair & { readonly generated: boolean }) | null {
  const given = callbacks.keyDictation?.({ inboundSaDetails: inbound, outboundSaDetails: outbound })
  if (given === undefined) return null
  const generated = given.keyingModuleGenKey !== 0
  if (generated) return { inbound, outbound, generated }
  return { inbound: given.inboundSaDetails, outbound: given.outboundSaDetails, generated }
}

function saDetails(context: Context, policy: TunnelPolicy, saDirection: number): SaDetails {
  const [proposal] = policy.ipsecProposals
  if (proposal === undefined) refuse('FWP_E_ZERO_LENGTH_ARRAY', 'the policy has no proposal')
  const ends = addresses(policy.tunnelEndpoints)
  return {
    ...ends,
    saDirection,
    traffic: {
      ...ends,
      trafficType: C.IPSEC_TRAFFIC_TYPE_TUNNEL,
      tunnelPolicyId: context.providerContextId,
      remotePort: 0,
      localPort: 0,
      ipProtocol: 0,
      localIfLuid: policy.tunnelEndpoints.localIfLuid,
      realIfProfileId: 0,
    },
    saBundle: {
      flags: 0,
      lifetime: proposal.lifetime,
      idleTimeoutSeconds: policy.saIdleTimeout.idleTimeoutSeconds,
      ndAllowClearTimeoutSeconds: 0,
      ipsecId: null,
      napContext: 0,
      qmSaId: 1,
      saList: proposal.saTransforms.map(saFor),
      keyModuleState: null,
      ...(policy.tunnelEndpoints.ipVersion === C.FWP_IP_VERSION_V4
        ? { ipVersion: C.FWP_IP_VERSION_V4, peerV4PrivateAddress: 0 }
        : { ipVersion: C.FWP_IP_VERSION_V6 }),
      mmSaId: 1n,
      pfsGroup: proposal.pfsGroup,
      saLookupContext: C.GUID_NULL,
      qmFilterId: 0n,
    },
    udpEncapsulation: null,
    transportFilter: null,
    virtualIfTunnelInfo: { virtualIfTunnelId: 0n, trafficSelectorId: 0n },
  } as SaDetails
}

/** IP version and both addresses, as every structure of a negotiation begins. */
function addresses(endpoints: TunnelPolicy['tunnelEndpoints']) {
  if (endpoints.ipVersion === C.FWP_IP_VERSION_V4) {
    const { localV4Address, remoteV4Address } = endpoints
    return { ipVersion: C.FWP_IP_VERSION_V4, localV4Address, remoteV4Address } as const
  }
  if (endpoints.ipVersion === C.FWP_IP_VERSION_V6) {
    const { localV6Address, remoteV6Address } = endpoints
    return { ipVersion: C.FWP_IP_VERSION_V6, localV6Address, remoteV6Address } as const
  }
  return refuse('FWP_E_INVALID_TUNNEL_ENDPOINT', 'tunnel endpoints are IPv4 or IPv6')
}

/** Random keys of nobody's traffic: the buffers a dictator may fill. */
function saFor(transform: Transform): Sa {
  const spi = randomInt(256, 2 ** 32 - 1)
  const authKey = randomBytes(KEY_BYTES)
  const cipherKey = randomBytes(KEY_BYTES)
  switch (transform.ipsecTransformType) {
    case C.IPSEC_TRANSFORM_AH:
      return {
        spi,
        saTransformType: C.IPSEC_TRANSFORM_AH,
        ahInformation: { authTransform: transform.ahTransform, authKey },
      }
    case C.IPSEC_TRANSFORM_ESP_AUTH:
      return {
        spi,
        saTransformType: C.IPSEC_TRANSFORM_ESP_AUTH,
        espAuthInformation: { authTransform: transform.espAuthTransform, authKey },
      }
    case C.IPSEC_TRANSFORM_ESP_CIPHER:
      return {
        spi,
        saTransformType: C.IPSEC_TRANSFORM_ESP_CIPHER,
        espCipherInformation: { cipherTransform: transform.espCipherTransform, cipherKey },
      }
    case C.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER: {
      const { authTransform, cipherTransform } = transform.espAuthAndCipherTransform
      return {
        spi,
        saTransformType: C.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER,
        espAuthAndCipherInformation: {
          saCipherInformation: { cipherTransform, cipherKey },
          saAuthInformation: { authTransform, authKey },
        },
      }
    }
    case C.IPSEC_TRANSFORM_ESP_AUTH_FW:
      return {
        spi,
        saTransformType: C.IPSEC_TRANSFORM_ESP_AUTH_FW,
        espAuthFwInformation: { authTransform: transform.espAuthFwTransform, authKey },
      }
    default:
      return refuse('RPC_S_INVALID_TAG', 'no such transform type')
  }
}

function spiOf(details: SaDetails): number {
  return details.saBundle.saList[0]?.spi ?? 0
}
