/** Values that a call accepts as they are; a test changes the one thing it is about. */
import { randomUUID } from 'node:crypto'
import type { Value } from '../../src/providers/wfp/binding/ctype/index.ts'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import type {
  FWPM_FILTER_CONDITION0,
  FWPM_FILTER0,
  FWPM_PROVIDER_CONTEXT2,
  FWPM_PROVIDER0,
  FWPM_SESSION0,
  IKEEXT_POLICY2,
  IPSEC_PROPOSAL0,
  IPSEC_TUNNEL_POLICY2,
} from '../../src/providers/wfp/binding/tables/structs/index.ts'

export type Session = Value<typeof FWPM_SESSION0>
export type Provider = Value<typeof FWPM_PROVIDER0>
export type Context = Value<typeof FWPM_PROVIDER_CONTEXT2>
export type Condition = Value<typeof FWPM_FILTER_CONDITION0>
export type Filter = Value<typeof FWPM_FILTER0>
export type TunnelPolicy = Value<typeof IPSEC_TUNNEL_POLICY2>
export type MainModePolicy = Value<typeof IKEEXT_POLICY2>
export type Proposal = Value<typeof IPSEC_PROPOSAL0>
export type Transform = Proposal['saTransforms'][number]

const EMPTY = new Uint8Array(0)
const named = (name: string) => ({ name, description: null })

export function session(more: Partial<Session> = {}): Session {
  return {
    sessionKey: C.GUID_NULL,
    displayData: named('a test'),
    flags: 0,
    txnWaitTimeoutInMSec: 0,
    processId: 0,
    sid: null,
    username: null,
    kernelMode: 0,
    ...more,
  }
}

export function provider(more: Partial<Provider> = {}): Provider {
  return {
    providerKey: randomUUID(),
    displayData: named('a test provider'),
    flags: 0,
    providerData: EMPTY,
    serviceName: null,
    ...more,
  }
}

export const gcm: Transform = {
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
}

export function auth(authType: number, authConfig: number): Transform {
  const transform = { authTransformId: { authType, authConfig }, cryptoModuleId: null }
  return { ipsecTransformType: C.IPSEC_TRANSFORM_AH, ahTransform: transform }
}

export function cipher(cipherType: number, cipherConfig: number): Transform {
  const transform = { cipherTransformId: { cipherType, cipherConfig }, cryptoModuleId: null }
  return { ipsecTransformType: C.IPSEC_TRANSFORM_ESP_CIPHER, espCipherTransform: transform }
}

export function proposal(more: Partial<Proposal> = {}): Proposal {
  return {
    lifetime: { lifetimeSeconds: 3600, lifetimeKilobytes: 100_000, lifetimePackets: 0x7fff_ffff },
    saTransforms: [gcm],
    pfsGroup: C.IPSEC_PFS_ECP_384,
    ...more,
  }
}

export function tunnelPolicy(more: Partial<TunnelPolicy> = {}): TunnelPolicy {
  return {
    flags: 0,
    ipsecProposals: [proposal()],
    tunnelEndpoints: {
      ipVersion: C.FWP_IP_VERSION_V4,
      localV4Address: 0xcb00_710a,
      remoteV4Address: 0xc633_6407,
      localIfLuid: 0n,
      remoteFqdn: null,
      remoteAddresses: [],
    },
    saIdleTimeout: { idleTimeoutSeconds: 300, idleTimeoutSecondsFailOver: 60 },
    emPolicy: null,
    fwdPathSaLifetime: 0,
    ...more,
  }
}

export const SECRET = new TextEncoder().encode('correct horse battery staple')

export function mainModePolicy(more: Partial<MainModePolicy> = {}): MainModePolicy {
  return {
    softExpirationTime: 0,
    authenticationMethods: [
      {
        authenticationMethodType: C.IKEEXT_PRESHARED_KEY,
        presharedKeyAuthentication: { presharedKey: SECRET, flags: 0 },
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
    retransmitDurationSecs: 0,
    ...more,
  }
}

type Common = Omit<Partial<Context>, 'type'>

function common(more: Common) {
  return {
    providerContextKey: randomUUID(),
    displayData: named('a test context'),
    flags: 0,
    providerKey: null,
    providerData: EMPTY,
    providerContextId: 0n,
    ...more,
  }
}

export function quickMode(policy: Partial<TunnelPolicy> = {}, more: Common = {}): Context {
  return {
    ...common(more),
    type: C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
    ikeV2QmTunnelPolicy: tunnelPolicy(policy),
  } as Context
}

export function mainMode(policy: Partial<MainModePolicy> = {}, more: Common = {}): Context {
  return { ...common(more), type: C.FWPM_IPSEC_IKEV2_MM_CONTEXT, ikeV2MmPolicy: mainModePolicy(policy) } as Context
}

/** The same policies for another keying module. */
export function ike(kind: 'quick' | 'main', module: 'ike' | 'authip', policy: object = {}, more: Common = {}): Context {
  const arms = {
    ike: {
      quick: [C.FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT, 'ikeQmTunnelPolicy'],
      main: [C.FWPM_IPSEC_IKE_MM_CONTEXT, 'ikeMmPolicy'],
    },
    authip: {
      quick: [C.FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT, 'authipQmTunnelPolicy'],
      main: [C.FWPM_IPSEC_AUTHIP_MM_CONTEXT, 'authIpMmPolicy'],
    },
  } as const
  const [type, arm] = arms[module][kind]
  const content = kind === 'quick' ? tunnelPolicy(policy) : mainModePolicy(policy)
  return { ...common(more), type, [arm]: content } as unknown as Context
}

export function general(data: Uint8Array = Uint8Array.of(1, 2, 3), more: Common = {}): Context {
  return { ...common(more), type: C.FWPM_GENERAL_CONTEXT, dataBuffer: data } as Context
}

export function v4(fieldKey: string, addr: number, mask: number): Condition {
  return {
    fieldKey,
    matchType: C.FWP_MATCH_EQUAL,
    conditionValue: { type: C.FWP_V4_ADDR_MASK, v4AddrMask: { addr, mask } },
  }
}

export function v6(fieldKey: string, prefixLength = 64): Condition {
  const addr = Uint8Array.from([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  return {
    fieldKey,
    matchType: C.FWP_MATCH_EQUAL,
    conditionValue: { type: C.FWP_V6_ADDR_MASK, v6AddrMask: { addr, prefixLength } },
  }
}

export const local = v4(C.FWPM_CONDITION_IP_LOCAL_ADDRESS, 0x0a01_0000, 0xffff_0000)
export const remote = v4(C.FWPM_CONDITION_IP_REMOTE_ADDRESS, 0x0a02_0000, 0xffff_0000)

export const protocol: Condition = {
  fieldKey: C.FWPM_CONDITION_IP_PROTOCOL,
  matchType: C.FWP_MATCH_EQUAL,
  conditionValue: { type: C.FWP_UINT8, uint8: 6 },
}

export interface TunnelParts {
  readonly flags: number
  readonly mainModePolicy: Context | null
  readonly tunnelPolicy: Context
  readonly filterConditions: readonly Condition[]
  readonly keyModKey: string | null
  readonly sd: Uint8Array | null
}

export function tunnel(more: Partial<TunnelParts> = {}): TunnelParts {
  return {
    flags: 0,
    mainModePolicy: mainMode(),
    tunnelPolicy: quickMode(),
    filterConditions: [local, remote],
    keyModKey: C.FWPM_KEYING_MODULE_IKEV2,
    sd: null,
    ...more,
  }
}

export function filter(more: Partial<Filter> = {}): Filter {
  return {
    filterKey: randomUUID(),
    displayData: named('a test filter'),
    flags: 0,
    providerKey: null,
    providerData: EMPTY,
    layerKey: C.FWPM_LAYER_OUTBOUND_TRANSPORT_V4,
    subLayerKey: C.FWPM_SUBLAYER_UNIVERSAL,
    weight: { type: C.FWP_EMPTY },
    filterCondition: [],
    action: { type: C.FWP_ACTION_PERMIT, filterType: C.GUID_NULL },
    rawContext: 0n,
    reserved: null,
    filterId: 0n,
    effectiveWeight: { type: C.FWP_EMPTY },
    ...more,
  } as Filter
}
