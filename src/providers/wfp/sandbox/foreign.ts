/**
 * Tunnels as other owners make them. How RRAS and Windows Firewall call the engine is not documented; these shapes are what a reader has to
 * expect of them: no provider, a main-mode policy under a key of its own, names that people chose and that repeat, one policy with several
 * sets of conditions, none at all. Every key is new each time.
 */
import { randomUUID } from 'node:crypto'
import * as C from '../binding/tables/constants/index.ts'
import type { TunnelArguments } from './engine/tunnels.ts'
import type { Condition, Context, Filter, MainModePolicy, ProviderValue, TunnelPolicy } from './values.ts'

export interface ForeignTunnel {
  readonly key: string
  readonly provider: ProviderValue | null
  readonly tunnel: TunnelArguments
  /** More sets of conditions under which the same policy applies: filters beside those that the add makes. */
  readonly further: readonly (readonly Condition[])[]
}

const NOTHING = new Uint8Array(0)
/** The layer that chooses a keying module sees the endpoints, not the traffic. */
const TOLD_BY_ENDPOINTS: ReadonlySet<string> = new Set([C.FWPM_LAYER_IPSEC_KM_DEMUX_V4, C.FWPM_LAYER_IPSEC_KM_DEMUX_V6])

export const FOREIGN_SHAPES = {
  /** Another product, which says who it is. */
  product: (): ForeignTunnel => {
    const provider = foreignProvider()
    const display = { name: 'Contoso VPN', description: 'made by another product' }
    const given = { provider, display, flags: C.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT }
    return foreignTunnel(given, { filterConditions: networks(16, 17) })
  },
  /** A site-to-site interface: everything that is routed to it, whatever its addresses. */
  rras: (): ForeignTunnel => {
    const display = { name: 'WAN Miniport (IKEv2) [site to site]', description: null }
    const more = {
      flags: C.FWPM_TUNNEL_FLAG_ENABLE_VIRTUAL_IF_TUNNELING,
      mainModePolicy: mainMode(display.name),
      filterConditions: [],
    }
    return foreignTunnel({ provider: null, display, flags: 0 }, more)
  },
  /** A connection security rule: one policy for several pairs of networks. */
  firewall: (): ForeignTunnel => {
    const display = { name: 'Branch office {all profiles}, tunnel 1 of 1', description: null }
    const more = { mainModePolicy: mainMode(display.name), filterConditions: networks(20, 21) }
    const tunnel = foreignTunnel({ provider: null, display, flags: 0 }, more)
    return { ...tunnel, further: [networks(22, 23), networks(24, 25)] }
  },
} as const satisfies Readonly<Record<string, () => ForeignTunnel>>

export type ForeignShape = keyof typeof FOREIGN_SHAPES

export function isForeignShape(name: string): name is ForeignShape {
  return Object.hasOwn(FOREIGN_SHAPES, name)
}

/**
 * The filters for the further sets of conditions: those of the traffic that the tunnel has already, once more for each set.
 *
 * @param made the filters that the engine made of the tunnel
 */
export function furtherFilters(made: readonly Filter[], { key, further }: ForeignTunnel): Filter[] {
  const ofTraffic = made.filter(
    (filter) => filter.providerContextKey === key && !TOLD_BY_ENDPOINTS.has(filter.layerKey),
  )
  return further.flatMap((filterCondition) =>
    ofTraffic.map((filter) => ({ ...filter, filterKey: randomUUID(), filterCondition, filterId: 0n })),
  )
}

function foreignProvider(): ProviderValue {
  return {
    providerKey: randomUUID(),
    displayData: { name: 'Contoso', description: null },
    flags: C.FWPM_PROVIDER_FLAG_PERSISTENT,
    providerData: NOTHING,
    serviceName: null,
  }
}

type Identity = Pick<ForeignTunnel, 'provider'> & {
  readonly display: Context['displayData']
  /** FWPM_PROVIDER_CONTEXT_FLAG_* */
  readonly flags: number
}

function foreignTunnel({ provider, display, flags }: Identity, more: Partial<TunnelArguments>): ForeignTunnel {
  const key = randomUUID()
  const tunnelPolicy: Context = {
    ...context(key, display, flags),
    providerKey: provider?.providerKey ?? null,
    type: C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
    ikeV2QmTunnelPolicy: quickMode,
  }
  const given = { flags: 0, mainModePolicy: null, keyModKey: C.FWPM_KEYING_MODULE_IKEV2, sd: null }
  return { key, provider, tunnel: { ...given, filterConditions: [], tunnelPolicy, ...more }, further: [] }
}

function mainMode(name: string): Context {
  return {
    ...context(randomUUID(), { name, description: null }, 0),
    type: C.FWPM_IPSEC_IKEV2_MM_CONTEXT,
    ikeV2MmPolicy: certificates,
  }
}

function context(providerContextKey: string, displayData: Context['displayData'], flags: number) {
  return { providerContextKey, displayData, flags, providerKey: null, providerData: NOTHING, providerContextId: 0n }
}

const aes256gcm = {
  ipsecTransformType: C.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER,
  espAuthAndCipherTransform: {
    authTransform: {
      authTransformId: { authType: C.IPSEC_AUTH_AES_256, authConfig: C.IPSEC_AUTH_CONFIG_GCM_AES_256 },
      cryptoModuleId: null,
    },
    cipherTransform: {
      cipherTransformId: { cipherType: C.IPSEC_CIPHER_TYPE_AES_256, cipherConfig: C.IPSEC_CIPHER_CONFIG_GCM_AES_256 },
      cryptoModuleId: null,
    },
  },
} as const

const quickMode: TunnelPolicy = {
  flags: 0,
  ipsecProposals: [
    {
      lifetime: { lifetimeSeconds: 3600, lifetimeKilobytes: 100_000, lifetimePackets: 0x7fff_ffff },
      saTransforms: [aes256gcm],
      pfsGroup: C.IPSEC_PFS_MM,
    },
  ],
  tunnelEndpoints: {
    ipVersion: C.FWP_IP_VERSION_V4,
    localV4Address: 0xc000_0201, // 192.0.2.1
    remoteV4Address: 0xc000_0263, // 192.0.2.99
    localIfLuid: 0n,
    remoteFqdn: null,
    remoteAddresses: [],
  },
  saIdleTimeout: { idleTimeoutSeconds: 300, idleTimeoutSecondsFailOver: 60 },
  emPolicy: null,
  fwdPathSaLifetime: 0,
  compartmentId: 0,
  trafficSelectorPolicies: [],
}

const certificates: MainModePolicy = {
  softExpirationTime: 0,
  authenticationMethods: [
    {
      authenticationMethodType: C.IKEEXT_CERTIFICATE,
      certificateAuthentication: {
        inboundConfigType: C.IKEEXT_CERT_CONFIG_UNSPECIFIED,
        outboundConfigType: C.IKEEXT_CERT_CONFIG_UNSPECIFIED,
        flags: 0,
        localCertLocationUrl: NOTHING,
      },
    },
  ],
  initiatorImpersonationType: C.IKEEXT_IMPERSONATION_NONE,
  ikeProposals: [
    {
      cipherAlgorithm: { algoIdentifier: C.IKEEXT_CIPHER_AES_256, keyLen: 0, rounds: 0 },
      integrityAlgorithm: { algoIdentifier: C.IKEEXT_INTEGRITY_SHA_384 },
      maxLifetimeSeconds: 28_800,
      dhGroup: C.IKEEXT_DH_ECP_384,
      quickModeLimit: 0,
    },
  ],
  flags: 0,
  maxDynamicFilters: 0,
  retransmitDurationSecs: 120,
}

/** 172.A.0.0/16 behind this end, 172.B.0.0/16 behind the other. */
function networks(here: number, there: number): Condition[] {
  return [network(C.FWPM_CONDITION_IP_LOCAL_ADDRESS, here), network(C.FWPM_CONDITION_IP_REMOTE_ADDRESS, there)]
}

function network(fieldKey: string, second: number): Condition {
  const addr = 0xac00_0000 + second * 0x1_0000
  return {
    fieldKey,
    matchType: C.FWP_MATCH_EQUAL,
    conditionValue: { type: C.FWP_V4_ADDR_MASK, v4AddrMask: { addr, mask: 0xffff_0000 } },
  }
}
