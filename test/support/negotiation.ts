/** Security associations as IKEEXT would hand them to a key manager. */

import type { Value } from '../../src/providers/wfp/binding/ctype/index.ts'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import type { IKEEXT_TRAFFIC0, IPSEC_SA_DETAILS1 } from '../../src/providers/wfp/binding/tables/structs/index.ts'

type Details = Value<typeof IPSEC_SA_DETAILS1>

export const AUTH_KEY_BYTES = 36
export const CIPHER_KEY_BYTES = 36
const LOCAL = 0xcb00710a // 203.0.113.10
const REMOTE = 0xc6336407 // 198.51.100.7

export const traffic: Value<typeof IKEEXT_TRAFFIC0> = {
  ipVersion: C.FWP_IP_VERSION_V4,
  localV4Address: LOCAL,
  remoteV4Address: REMOTE,
  authIpFilterId: 42n,
}

export interface Keys {
  readonly authKey: Uint8Array
  readonly cipherKey: Uint8Array
}
export function keysOf(fill: number): Keys {
  return {
    authKey: new Uint8Array(AUTH_KEY_BYTES).fill(fill),
    cipherKey: new Uint8Array(CIPHER_KEY_BYTES).fill(fill + 1),
  }
}

/** AES-GCM-256 in ESP, tunnel mode. */
export function saDetails(direction: 'inbound' | 'outbound', keys: Keys): Details {
  return {
    ipVersion: C.FWP_IP_VERSION_V4,
    udpEncapsulation: { localUdpEncapPort: 4500, remoteUdpEncapPort: 4500 },
    saDirection: direction === 'inbound' ? C.FWP_DIRECTION_INBOUND : C.FWP_DIRECTION_OUTBOUND,
    traffic: {
      ipVersion: C.FWP_IP_VERSION_V4,
      localV4Address: LOCAL,
      remoteV4Address: REMOTE,
      trafficType: C.IPSEC_TRAFFIC_TYPE_TUNNEL,
      tunnelPolicyId: 77n,
      remotePort: 0,
      localPort: 0,
      ipProtocol: 0,
      localIfLuid: 0n,
      realIfProfileId: 0,
    },
    saBundle: {
      flags: 0,
      lifetime: { lifetimeSeconds: 3600, lifetimeKilobytes: 100_000, lifetimePackets: 0x7fff_ffff },
      idleTimeoutSeconds: 300,
      ndAllowClearTimeoutSeconds: 0,
      ipsecId: null,
      napContext: 0,
      qmSaId: 5,
      saList: [
        {
          spi: direction === 'inbound' ? 0x1267 : 0x99887766,
          saTransformType: C.IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER,
          espAuthAndCipherInformation: {
            saAuthInformation: {
              authTransform: {
                authTransformId: { authType: C.IPSEC_AUTH_AES_256, authConfig: C.IPSEC_AUTH_CONFIG_GCM_AES_256 },
                cryptoModuleId: null,
              },
              authKey: keys.authKey,
            },
            saCipherInformation: {
              cipherTransform: {
                cipherTransformId: {
                  cipherType: C.IPSEC_CIPHER_TYPE_AES_256,
                  cipherConfig: C.IPSEC_CIPHER_CONFIG_GCM_AES_256,
                },
                cryptoModuleId: null,
              },
              cipherKey: keys.cipherKey,
            },
          },
        },
      ],
      keyModuleState: { keyModuleKey: C.GUID_NULL, stateBlob: new Uint8Array([9, 9, 9]) },
      ipVersion: C.FWP_IP_VERSION_V4,
      peerV4PrivateAddress: 0,
      mmSaId: 9n,
      pfsGroup: C.IPSEC_PFS_ECP_384,
      saLookupContext: C.GUID_NULL,
      qmFilterId: 3n,
    },
    transportFilter: null,
    virtualIfTunnelInfo: { virtualIfTunnelId: 0n, trafficSelectorId: 0n },
  }
}
