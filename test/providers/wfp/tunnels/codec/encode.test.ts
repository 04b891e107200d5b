// Every number and GUID below is typed in from the SDK's headers (10.0.26100), not taken from constants.ts.

import { describe, expect, it } from 'vitest'
import type { TunnelSpec } from '../../../../../src/kinds/ipsec-tunnel/spec.ts'
import type { ContextOf } from '../../../../../src/providers/wfp/engine/contexts.ts'
import { encodeTunnel } from '../../../../../src/providers/wfp/tunnels/codec/index.ts'
import { at, encode, identity, psk } from '../../../../fixtures/encoding.ts'
import { gateway, quickMode, withQuickMode } from '../../../../fixtures/specs.ts'

/** Compiles only while what is encoded for a version is what its call takes. */
function arguments1(it: { tunnelPolicy: ContextOf[1]; mainModePolicy: ContextOf[1] | null }) {
  return it
}
function arguments2(it: { tunnelPolicy: ContextOf[2]; mainModePolicy: ContextOf[2] | null }) {
  return it
}
function arguments3(it: { tunnelPolicy: ContextOf[3]; mainModePolicy: ContextOf[3] | null }) {
  return it
}

describe('encodeTunnel', () => {
  it('makes the arguments of FwpmIPsecTunnelAdd3 for a site-to-site tunnel', () => {
    const displayData = { name: 'hq-dallas', description: 'HQ to Dallas branch' }
    const empty = new Uint8Array(0)

    const tunnel = encode(gateway, 3)

    expect(arguments3(tunnel)).toStrictEqual({
      flags: 0,
      mainModePolicy: {
        // UUIDv5 of the tunnel's key and `mainMode`
        providerContextKey: '14b850e3-2228-58eb-9127-b8bf1a5c8ad5',
        displayData,
        flags: 1,
        providerKey: identity.providerKey,
        providerData: empty,
        providerContextId: 0n,
        type: 10,
        ikeV2MmPolicy: {
          softExpirationTime: 0,
          authenticationMethods: [
            { authenticationMethodType: 0, presharedKeyAuthentication: { presharedKey: psk, flags: 0 } },
          ],
          initiatorImpersonationType: 0,
          ikeProposals: [
            {
              cipherAlgorithm: { algoIdentifier: 4, keyLen: 0, rounds: 0 },
              integrityAlgorithm: { algoIdentifier: 3 },
              maxLifetimeSeconds: 28_800,
              dhGroup: 5,
              quickModeLimit: 0,
            },
          ],
          flags: 0,
          maxDynamicFilters: 0,
          retransmitDurationSecs: 120,
        },
      },
      tunnelPolicy: {
        providerContextKey: identity.key,
        displayData,
        flags: 1,
        providerKey: identity.providerKey,
        // `WFPC`, version 1
        providerData: new Uint8Array([0x57, 0x46, 0x50, 0x43, 1, 0, 0, 0]),
        providerContextId: 0n,
        type: 9,
        ikeV2QmTunnelPolicy: {
          flags: 0,
          ipsecProposals: [
            {
              lifetime: { lifetimeSeconds: 3600, lifetimeKilobytes: 100_000, lifetimePackets: 0x7fff_ffff },
              saTransforms: [
                {
                  ipsecTransformType: 4,
                  espAuthAndCipherTransform: {
                    authTransform: { authTransformId: { authType: 5, authConfig: 5 }, cryptoModuleId: null },
                    cipherTransform: { cipherTransformId: { cipherType: 5, cipherConfig: 8 }, cryptoModuleId: null },
                  },
                },
              ],
              pfsGroup: 5,
            },
          ],
          tunnelEndpoints: {
            ipVersion: 0,
            localV4Address: 0xcb00710a,
            remoteV4Address: 0xc6336407,
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
      },
      filterConditions: [
        {
          fieldKey: 'd9ee00de-c1ef-4617-bfe3-ffd8f5a08957',
          matchType: 0,
          conditionValue: { type: 256, v4AddrMask: { addr: 0x0a010000, mask: 0xffff0000 } },
        },
        {
          fieldKey: 'b235ae9a-1d64-49b8-a44c-5ff3d9095045',
          matchType: 0,
          conditionValue: { type: 256, v4AddrMask: { addr: 0x0a020000, mask: 0xffff0000 } },
        },
      ],
      keyModKey: '041792cc-8f07-419d-a394-716968cb1647',
      sd: null,
    })
  })

  it('makes the point-to-point sample of the documentation (Using Tunnel Mode)', () => {
    // https://learn.microsoft.com/windows/win32/fwp/using-tunnel-mode: IKE, AES-128 with SHA-1, endpoints as conditions
    const sample: TunnelSpec = {
      mode: 'pointToPoint',
      keyModule: 'ikev1',
      virtualInterface: false,
      persistence: 'static',
      protect: 'none',
      endpoints: { local: '10.0.0.1', remote: '10.0.0.2' },
      traffic: { local: ['10.0.0.1'], remote: ['10.0.0.2'] },
      quickMode: {
        ...quickMode,
        pfs: 'none',
        proposals: [
          {
            esp: { encryption: 'aes128', integrity: 'sha1' },
            lifetime: { time: '1h', data: '100MB', packets: 0x7fff_ffff },
          },
        ],
      },
    }

    const tunnel = encode(sample, 1)
    const { flags, filterConditions, keyModKey } = tunnel
    const { mainModePolicy, tunnelPolicy } = arguments1(tunnel)

    expect({ flags, mainModePolicy, keyModKey }).toEqual({
      flags: 1,
      mainModePolicy: null,
      keyModKey: 'a9bbf787-82a8-45bb-a400-5d7e5952c7a9',
    })
    expect(tunnelPolicy).toMatchObject({
      displayData: { description: null },
      flags: 0,
      type: 2,
      ikeQmTunnelPolicy: {
        ipsecProposals: [
          {
            lifetime: { lifetimeSeconds: 3600, lifetimeKilobytes: 100_000, lifetimePackets: 0x7fffffff },
            saTransforms: [
              {
                ipsecTransformType: 4,
                espAuthAndCipherTransform: {
                  authTransform: { authTransformId: { authType: 1, authConfig: 1 } },
                  cipherTransform: { cipherTransformId: { cipherType: 3, cipherConfig: 3 } },
                },
              },
            ],
            pfsGroup: 0,
          },
        ],
        tunnelEndpoints: { ipVersion: 0, localV4Address: 0x0a000001, remoteV4Address: 0x0a000002 },
        saIdleTimeout: { idleTimeoutSeconds: 300, idleTimeoutSecondsFailOver: 60 },
      },
    })
    expect(filterConditions.map(({ conditionValue }) => conditionValue)).toEqual([
      { type: 3, uint32: 0x0a000001 },
      { type: 3, uint32: 0x0a000002 },
    ])
  })

  it.each([
    [1, ['flags', 'ipsecProposals', 'tunnelEndpoints', 'saIdleTimeout', 'emPolicy'], []],
    [
      2,
      ['flags', 'ipsecProposals', 'tunnelEndpoints', 'saIdleTimeout', 'emPolicy', 'fwdPathSaLifetime'],
      ['remoteFqdn', 'remoteAddresses'],
    ],
    [
      3,
      [
        'flags',
        'ipsecProposals',
        'tunnelEndpoints',
        'saIdleTimeout',
        'emPolicy',
        'fwdPathSaLifetime',
        'compartmentId',
        'trafficSelectorPolicies',
      ],
      ['remoteFqdn', 'remoteAddresses'],
    ],
  ] as const)('gives version %i exactly the members its structures have', (version, members, ofEndpoints) => {
    const policy = at(encode(gateway, version), 'tunnelPolicy.ikeV2QmTunnelPolicy') as object
    const endpoints = at(policy, 'tunnelEndpoints') as object

    expect(Object.keys(policy).sort()).toEqual([...members].sort())
    expect(Object.keys(endpoints).sort()).toEqual(
      ['ipVersion', 'localV4Address', 'remoteV4Address', 'localIfLuid', ...ofEndpoints].sort(),
    )
  })

  it('makes contexts that each call takes', () => {
    expect(arguments1(encode(gateway, 1)).tunnelPolicy.type).toBe(9)
    expect(arguments2(encode(gateway, 2)).tunnelPolicy.type).toBe(9)
    expect(arguments3(encode(gateway, 3)).tunnelPolicy.type).toBe(9)
  })

  it('refuses what the call has no place for, rather than dropping it', () => {
    expect(() => encode(withQuickMode({ forwardPathLifetime: '1h' }), 1)).toThrow('/quickMode/forwardPathLifetime')
  })

  it('asks for the secret at the pointer of its reference', () => {
    const asked: string[] = []

    encodeTunnel(gateway, identity, (pointer) => Buffer.from(String(asked.push(pointer))), 3)

    expect(asked).toEqual(['/mainMode/authentication/0/presharedKey'])
  })
})
