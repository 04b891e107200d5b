/** A tunnel as another product would make it. */
import * as C from '../binding/tables/constants/index.ts'
import type { TunnelArguments } from './engine/tunnels.ts'
import type { Condition, ProviderValue } from './values.ts'

const NOTHING = new Uint8Array(0)
const display = { name: 'Contoso VPN', description: 'made by another product' }

export function foreignProvider(providerKey: string): ProviderValue {
  return {
    providerKey,
    displayData: { name: 'Contoso', description: null },
    flags: C.FWPM_PROVIDER_FLAG_PERSISTENT,
    providerData: NOTHING,
    serviceName: null,
  }
}

export function foreignTunnel(
  providerKey: string,
  key: string,
): TunnelArguments & { readonly tunnelPolicy: { readonly providerContextKey: string } } {
  return {
    flags: 0,
    mainModePolicy: null,
    tunnelPolicy: {
      providerContextKey: key,
      displayData: display,
      flags: C.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT,
      providerKey,
      providerData: NOTHING,
      type: C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
      ikeV2QmTunnelPolicy: {
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
      },
      providerContextId: 0n,
    },
    filterConditions: [
      network(C.FWPM_CONDITION_IP_LOCAL_ADDRESS, 0xac10_0000), // 172.16.0.0/16
      network(C.FWPM_CONDITION_IP_REMOTE_ADDRESS, 0xac11_0000), // 172.17.0.0/16
    ],
    keyModKey: C.FWPM_KEYING_MODULE_IKEV2,
    sd: null,
  }
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

function network(fieldKey: string, addr: number): Condition {
  return {
    fieldKey,
    matchType: C.FWP_MATCH_EQUAL,
    conditionValue: { type: C.FWP_V4_ADDR_MASK, v4AddrMask: { addr, mask: 0xffff_0000 } },
  }
}
