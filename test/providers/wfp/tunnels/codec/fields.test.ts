// Every number and GUID below is typed in from the SDK's headers (10.0.26100), not taken from constants.ts.

import { describe, expect, it } from 'vitest'
import type { TunnelSpec } from '../../../../../src/kinds/ipsec-tunnel/spec.ts'
import { at, encode, MAIN, POLICY } from '../../../../fixtures/encoding.ts'
import { gateway, pointToPoint, withMainMode, withQuickMode } from '../../../../fixtures/specs.ts'

const FIRST = `${POLICY}.ipsecProposals.0`

describe('one field', () => {
  it.each<readonly [string, TunnelSpec, string, unknown]>([
    ['virtualInterface', { ...gateway, virtualInterface: true }, 'flags', 2],
    ['mode', { ...pointToPoint, virtualInterface: true }, 'flags', 3],
    ['persistence', { ...gateway, persistence: 'static' }, 'tunnelPolicy.flags', 0],
    ['persistence', { ...gateway, persistence: 'static' }, 'mainModePolicy.flags', 0],
    ['securityDescriptor', { ...gateway, securityDescriptor: 'D:(A;;GA;;;BA)' }, 'sd', 'D:(A;;GA;;;BA)'],
    ['keyModule: ikev1', { ...gateway, keyModule: 'ikev1' }, 'tunnelPolicy.type', 2],
    ['keyModule: ikev1', { ...gateway, keyModule: 'ikev1' }, 'mainModePolicy.type', 5],
    ['keyModule: authip', { ...gateway, keyModule: 'authip' }, 'tunnelPolicy.type', 4],
    ['keyModule: authip', { ...gateway, keyModule: 'authip' }, 'mainModePolicy.type', 6],
    ['keyModule: authip', { ...gateway, keyModule: 'authip' }, 'keyModKey', '11e3dae0-dd26-4590-857d-ab4b28d1a095'],
    [
      'endpoints.localInterface',
      { ...gateway, endpoints: { ...gateway.endpoints, localInterface: '18446744073709551615' } },
      `${POLICY}.tunnelEndpoints.localIfLuid`,
      0xffff_ffff_ffff_ffffn,
    ],
    [
      'endpoints.compartment',
      { ...gateway, endpoints: { ...gateway.endpoints, compartment: 7 } },
      `${POLICY}.compartmentId`,
      7,
    ],
    [
      'endpoints.remoteFqdn',
      { ...gateway, endpoints: { local: '203.0.113.10', remoteFqdn: 'vpn.example.com' } },
      `${POLICY}.tunnelEndpoints`,
      {
        ipVersion: 0,
        localV4Address: 0xcb00710a,
        remoteV4Address: 0,
        localIfLuid: 0n,
        remoteFqdn: 'vpn.example.com',
        remoteAddresses: [],
      },
    ],
    [
      'endpoints.remote, a list',
      { ...gateway, endpoints: { local: '203.0.113.10', remote: ['198.51.100.8', '198.51.100.7'] } },
      `${POLICY}.tunnelEndpoints.remoteAddresses`,
      [
        { ipVersion: 0, v4Address: 0xc6336408 },
        { ipVersion: 0, v4Address: 0xc6336407 },
      ],
    ],
    [
      'endpoints over IPv6',
      { ...gateway, endpoints: { local: '2001:db8::1', remote: '2001:db8::2' } },
      `${POLICY}.tunnelEndpoints.localV6Address`,
      new Uint8Array([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ],
    [
      'endpoints over IPv6',
      { ...gateway, endpoints: { local: '2001:db8::1', remote: '2001:db8::2' } },
      `${POLICY}.tunnelEndpoints.ipVersion`,
      1,
    ],
    ['quickMode.pfs: mainMode', withQuickMode({ pfs: 'mainMode' }), `${FIRST}.pfsGroup`, 6],
    ['quickMode.pfs: none', withQuickMode({ pfs: 'none' }), `${FIRST}.pfsGroup`, 0],
    ['quickMode.pfs: dh1', withQuickMode({ pfs: 'dh1' }), `${FIRST}.pfsGroup`, 1],
    ['quickMode.pfs: dh2', withQuickMode({ pfs: 'dh2' }), `${FIRST}.pfsGroup`, 2],
    ['quickMode.pfs: dh14', withQuickMode({ pfs: 'dh14' }), `${FIRST}.pfsGroup`, 3],
    ['quickMode.pfs: dh19', withQuickMode({ pfs: 'dh19' }), `${FIRST}.pfsGroup`, 4],
    ['quickMode.pfs: dh24', withQuickMode({ pfs: 'dh24' }), `${FIRST}.pfsGroup`, 7],
    [
      'quickMode.idleTimeout',
      withQuickMode({ idleTimeout: { normal: '1h', failover: '30s' } }),
      `${POLICY}.saIdleTimeout`,
      { idleTimeoutSeconds: 3600, idleTimeoutSecondsFailOver: 30 },
    ],
    ['quickMode.forwardPathLifetime', withQuickMode({ forwardPathLifetime: '90s' }), `${POLICY}.fwdPathSaLifetime`, 90],
    [
      'quickMode.keyManagers',
      withQuickMode({ keyManagers: { notify: true, dictate: false } }),
      `${POLICY}.flags`,
      0x4000,
    ],
    [
      'quickMode.keyManagers',
      withQuickMode({ keyManagers: { notify: true, dictate: true } }),
      `${POLICY}.flags`,
      0x6000,
    ],
    ['quickMode.flags', withQuickMode({ flags: ['clearDfOnTunnel', 'siteToSiteTunnel'] }), `${POLICY}.flags`, 0x10008],
    [
      'quickMode.trafficSelectors',
      withQuickMode({
        trafficSelectors: [
          { flags: 1, local: [{ address: '10.1.0.0/24', protocol: 'tcp', port: '80-90' }], remote: [] },
        ],
      }),
      `${POLICY}.trafficSelectorPolicies`,
      [
        {
          flags: 1,
          localTrafficSelectors: [
            {
              protocolId: 6,
              portStart: 80,
              portEnd: 90,
              ipVersion: 0,
              startV4Address: 0x0a010000,
              endV4Address: 0x0a0100ff,
            },
          ],
          remoteTrafficSelectors: [],
        },
      ],
    ],
    ['mainMode.maxDynamicFilters', withMainMode({ maxDynamicFilters: 9 }), `${MAIN}.maxDynamicFilters`, 9],
    ['mainMode.retransmitFor', withMainMode({ retransmitFor: '3m' }), `${MAIN}.retransmitDurationSecs`, 180],
    ['mainMode.flags', withMainMode({ flags: ['disableDiagnostics', 'pointToSite'] }), `${MAIN}.flags`, 0x201],
    [
      'mainMode.impersonation',
      withMainMode({ impersonation: 'socketPrincipal' }),
      `${MAIN}.initiatorImpersonationType`,
      1,
    ],
    [
      'mainMode.proposals',
      withMainMode({
        proposals: [{ encryption: '3des', integrity: 'sha1', dh: 'dh2', lifetime: '10m', quickModeLimit: 5 }],
      }),
      `${MAIN}.ikeProposals.0`,
      {
        cipherAlgorithm: { algoIdentifier: 1, keyLen: 0, rounds: 0 },
        integrityAlgorithm: { algoIdentifier: 1 },
        maxLifetimeSeconds: 600,
        dhGroup: 2,
        quickModeLimit: 5,
      },
    ],
    [
      'extendedMode',
      {
        ...gateway,
        extendedMode: {
          authentication: [{ ntlmv2: { flags: ['dontAcceptExplicitCredentials'] } }],
          impersonation: 'socketPrincipal',
        },
      },
      `${POLICY}.emPolicy`,
      {
        authenticationMethods: [{ authenticationMethodType: 5, ntlmV2Authentication: { flags: 1 } }],
        initiatorImpersonationType: 1,
      },
    ],
  ])('%s becomes what the SDK says', (_, spec, path, expected) => {
    expect(at(encode(spec, 3), path)).toEqual(expected)
  })

  const auth = (authType: number, authConfig: number) => ({
    authTransformId: { authType, authConfig },
    cryptoModuleId: null,
  })
  const cipher = (cipherType: number, cipherConfig: number) => ({
    cipherTransformId: { cipherType, cipherConfig },
    cryptoModuleId: null,
  })
  it.each([
    [
      { esp: { aead: 'aes128gcm' } },
      [
        {
          ipsecTransformType: 4,
          espAuthAndCipherTransform: { authTransform: auth(3, 3), cipherTransform: cipher(3, 6) },
        },
      ],
    ],
    [
      { esp: { aead: 'aes192gcm' } },
      [
        {
          ipsecTransformType: 4,
          espAuthAndCipherTransform: { authTransform: auth(4, 4), cipherTransform: cipher(4, 7) },
        },
      ],
    ],
    [
      { esp: { encryption: '3des', integrity: 'md5' } },
      [
        {
          ipsecTransformType: 4,
          espAuthAndCipherTransform: { authTransform: auth(0, 0), cipherTransform: cipher(2, 2) },
        },
      ],
    ],
    [
      { esp: { encryption: 'aes256', integrity: 'sha256' } },
      [
        {
          ipsecTransformType: 4,
          espAuthAndCipherTransform: { authTransform: auth(2, 2), cipherTransform: cipher(5, 5) },
        },
      ],
    ],
    [{ esp: { encryption: 'des' } }, [{ ipsecTransformType: 3, espCipherTransform: cipher(1, 1) }]],
    [{ esp: { integrity: 'aes256gmac' } }, [{ ipsecTransformType: 2, espAuthTransform: auth(5, 5) }]],
    [{ ah: { integrity: 'sha1' } }, [{ ipsecTransformType: 1, ahTransform: auth(1, 1) }]],
    [
      { ah: { integrity: 'sha256' }, esp: { encryption: 'aes192', integrity: 'sha1' } },
      [
        { ipsecTransformType: 1, ahTransform: auth(2, 2) },
        {
          ipsecTransformType: 4,
          espAuthAndCipherTransform: { authTransform: auth(1, 1), cipherTransform: cipher(4, 4) },
        },
      ],
    ],
  ])('the proposal %j becomes its transforms', (protection, expected) => {
    const lifetime = { time: '2h', data: '3GB', packets: 4 }
    const proposal = at(encode(withQuickMode({ proposals: [{ ...protection, lifetime }] }), 3), FIRST)

    expect(proposal).toEqual({
      lifetime: { lifetimeSeconds: 7200, lifetimeKilobytes: 3_000_000, lifetimePackets: 4 },
      saTransforms: expected,
      pfsGroup: 5,
    })
  })
})
