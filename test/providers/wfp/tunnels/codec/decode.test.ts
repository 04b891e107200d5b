import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TunnelSpec } from '../../../../../src/kinds/ipsec-tunnel/spec.ts'
import * as structs from '../../../../../src/providers/wfp/binding/tables/structs/index.ts'
import type { AnyContext } from '../../../../../src/providers/wfp/engine/contexts.ts'
import { type Filter, filtersDigest } from '../../../../../src/providers/wfp/engine/filters.ts'
import { decodeTunnel } from '../../../../../src/providers/wfp/tunnels/codec/index.ts'
import { encode, MAIN, POLICY, psk } from '../../../../fixtures/encoding.ts'
import { gateway, withMainMode, withQuickMode } from '../../../../fixtures/specs.ts'
import { draw } from '../../binding/draw.ts'

type Contexts = { tunnelPolicy: AnyContext; mainModePolicy: AnyContext | null }
const decode = (contexts: Contexts) => decodeTunnel({ filters: [], ...contexts })

/** The encoded contexts of a spec with one value in them changed. */
function changed(spec: TunnelSpec, path: string, value: unknown): Contexts {
  const { tunnelPolicy, mainModePolicy } = encode(spec, 3)
  const contexts = structuredClone({ tunnelPolicy, mainModePolicy })
  const steps = path.split('.')
  const last = steps.pop()!
  const owner = steps.reduce((it, step) => it[step] as Record<string, unknown>, contexts as Record<string, unknown>)
  owner[last] = value
  return contexts
}

describe('decodeTunnel', () => {
  it('hands out the pre-shared keys that the engine shows, beside the spec', () => {
    const { spec, secrets } = decode(encode(gateway, 3))

    expect(spec.mainMode).toMatchObject({ authentication: [{ presharedKey: { flags: [] } }] })
    expect(secrets).toEqual(new Map([['/mainMode/authentication/0/presharedKey', psk]]))
  })

  it.each([new Uint8Array(0), new Uint8Array(13)])('knows a blanked pre-shared key', (blank) => {
    const key = `${MAIN}.authenticationMethods.0.presharedKeyAuthentication.presharedKey`
    const { hidden, secrets } = decode(changed(gateway, key, blank))

    expect(secrets).toEqual(new Map([['/mainMode/authentication/0/presharedKey', null]]))
    expect(hidden).toContain('/mainMode/authentication/0/presharedKey')
  })

  it('shows no main mode where there is none', () => {
    const { mainMode, ...rest } = gateway

    expect(decode(encode(rest, 3)).spec).not.toHaveProperty('mainMode')
  })

  it('takes the name for the remote end, whatever it resolved to', () => {
    const spec: TunnelSpec = { ...gateway, endpoints: { local: '203.0.113.10', remoteFqdn: 'vpn.example.com' } }
    const resolved = [{ ipVersion: 0, v4Address: 0xc6336407 }]

    const { endpoints } = decode(changed(spec, `${POLICY}.tunnelEndpoints.remoteAddresses`, resolved)).spec

    expect(endpoints).toEqual(spec.endpoints)
  })

  it('shows mixed PFS groups', () => {
    const proposal = gateway.quickMode.proposals[0]!
    const spec = withQuickMode({ proposals: [proposal, proposal] })

    expect(decode(changed(spec, `${POLICY}.ipsecProposals.1.pfsGroup`, 3)).spec.quickMode).toMatchObject({
      pfs: 'unknown(dh20, dh14)',
    })
  })

  it('shows what is no tunnel', () => {
    const { ikeV2QmTunnelPolicy, ...head } = encode(gateway, 3).tunnelPolicy as Extract<AnyContext, { type: 9 }>
    const general: AnyContext = { ...head, type: 8, dataBuffer: null }

    const { spec } = decode({ tunnelPolicy: general, mainModePolicy: general })

    expect(spec).toMatchObject({
      keyModule: 'unknown(context type 8)',
      mainMode: { keyModule: 'unknown(context type 8)' },
    })
  })

  // Whatever an administrator changes in the engine is a difference: no member is read past.
  it.each<readonly [string, TunnelSpec, unknown]>([
    [`${POLICY}.flags`, gateway, 0x8000],
    [`${POLICY}.fwdPathSaLifetime`, gateway, 9],
    [`${POLICY}.compartmentId`, gateway, 9],
    [`${POLICY}.saIdleTimeout.idleTimeoutSeconds`, gateway, 0],
    [`${POLICY}.saIdleTimeout.idleTimeoutSecondsFailOver`, gateway, 61],
    [`${POLICY}.tunnelEndpoints.ipVersion`, gateway, 2],
    [`${POLICY}.tunnelEndpoints.localV4Address`, gateway, 1],
    [`${POLICY}.tunnelEndpoints.remoteV4Address`, gateway, 1],
    [`${POLICY}.tunnelEndpoints.localIfLuid`, gateway, 1n],
    [`${POLICY}.tunnelEndpoints.remoteFqdn`, gateway, 'x'],
    [`${POLICY}.tunnelEndpoints.remoteAddresses`, gateway, [{ ipVersion: 2 }]],
    [`${POLICY}.ipsecProposals`, gateway, []],
    [`${POLICY}.ipsecProposals.0.pfsGroup`, gateway, 99],
    [`${POLICY}.ipsecProposals.0.lifetime.lifetimeSeconds`, gateway, 0],
    [`${POLICY}.ipsecProposals.0.lifetime.lifetimeKilobytes`, gateway, 0],
    [`${POLICY}.ipsecProposals.0.lifetime.lifetimePackets`, gateway, 0],
    [`${POLICY}.ipsecProposals.0.saTransforms`, gateway, []],
    [`${POLICY}.ipsecProposals.0.saTransforms.0.ipsecTransformType`, gateway, 77],
    [
      `${POLICY}.ipsecProposals.0.saTransforms.0.espAuthAndCipherTransform.authTransform.authTransformId.authType`,
      gateway,
      2,
    ],
    [`${POLICY}.ipsecProposals.0.saTransforms.0.espAuthAndCipherTransform.authTransform.cryptoModuleId`, gateway, 'x'],
    [
      `${POLICY}.ipsecProposals.0.saTransforms.0.espAuthAndCipherTransform.cipherTransform.cipherTransformId.cipherConfig`,
      gateway,
      200,
    ],
    [
      `${POLICY}.ipsecProposals.0.saTransforms.0.espAuthAndCipherTransform.cipherTransform.cryptoModuleId`,
      gateway,
      'x',
    ],
    [`${POLICY}.emPolicy`, gateway, { authenticationMethods: [], initiatorImpersonationType: 0 }],
    [
      `${POLICY}.trafficSelectorPolicies`,
      gateway,
      [{ flags: 0, localTrafficSelectors: [], remoteTrafficSelectors: [] }],
    ],
    ['tunnelPolicy.flags', gateway, 0],
    ['tunnelPolicy.flags', gateway, 0x11],
    ['mainModePolicy.flags', gateway, 0],
    ['mainModePolicy', gateway, null],
    [`${MAIN}.softExpirationTime`, gateway, 1],
    [`${MAIN}.initiatorImpersonationType`, gateway, 1],
    [`${MAIN}.flags`, gateway, 0x8000_0000],
    [`${MAIN}.maxDynamicFilters`, gateway, 1],
    [`${MAIN}.retransmitDurationSecs`, gateway, 1],
    [`${MAIN}.ikeProposals.0.cipherAlgorithm.algoIdentifier`, gateway, 5],
    [`${MAIN}.ikeProposals.0.cipherAlgorithm.keyLen`, gateway, 128],
    [`${MAIN}.ikeProposals.0.cipherAlgorithm.rounds`, gateway, 1],
    [`${MAIN}.ikeProposals.0.integrityAlgorithm.algoIdentifier`, gateway, 9],
    [`${MAIN}.ikeProposals.0.maxLifetimeSeconds`, gateway, 1],
    [`${MAIN}.ikeProposals.0.dhGroup`, gateway, 0],
    [`${MAIN}.ikeProposals.0.quickModeLimit`, gateway, 1],
    [
      `${MAIN}.authenticationMethods.0`,
      gateway,
      { authenticationMethodType: 12, reservedAuthentication: { flags: 0 } },
    ],
    [`${MAIN}.authenticationMethods.0`, gateway, { authenticationMethodType: 99 }],
    [`${MAIN}.authenticationMethods.0.presharedKeyAuthentication.flags`, gateway, 4],
  ])('shows that %s changed', (path, spec, value) => {
    expect(decode(changed(spec, path, value)).spec).not.toEqual(decode(encode(spec, 3)).spec)
  })

  it('shows a main mode of another key module', () => {
    const ikev1 = encode({ ...gateway, keyModule: 'ikev1' }, 3)
    const ikev2 = encode(gateway, 3)

    const { mainMode } = decode({ tunnelPolicy: ikev2.tunnelPolicy, mainModePolicy: ikev1.mainModePolicy }).spec

    expect(mainMode).toMatchObject({ keyModule: 'unknown(ikev1)' })
  })

  it.each(['300c310a30080603550403130178ff', 'ff', '3000'])(
    'shows the bytes %s of a certificate’s authority',
    (hex) => {
      const spec = withMainMode({
        authentication: [
          {
            certificate: {
              signature: 'rsa',
              inbound: { criteria: [{ ca: 'CN=x', flags: [] }] },
              outbound: { store: 'unspecified', criteria: [] },
              flags: [],
            },
          },
        ],
      })
      const path = `${MAIN}.authenticationMethods.0.certificateAuthentication.inboundRootCriteria.0.certData`

      const text = JSON.stringify(decode(changed(spec, path, Buffer.from(hex, 'hex'))).spec)

      expect(text).toContain(`"ca":"unknown(${hex})"`)
    },
  )
})

describe('any content of an engine', () => {
  const CONTEXTS = [
    structs.FWPM_PROVIDER_CONTEXT1,
    structs.FWPM_PROVIDER_CONTEXT2,
    structs.FWPM_PROVIDER_CONTEXT3,
  ] as const

  it('is decoded to JSON, never thrown at', () => {
    fc.assert(
      fc.property(fc.gen(), fc.constantFrom(...CONTEXTS), (g, type) => {
        const tunnelPolicy = draw(g, type) as AnyContext
        const mainModePolicy = g(fc.boolean) ? null : (draw(g, type) as AnyContext)
        const filters = g(fc.boolean) ? [] : [draw(g, structs.FWPM_FILTER0) as Filter]

        const { spec } = decodeTunnel({ tunnelPolicy, mainModePolicy, filters })

        expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
        expect(filtersDigest(filters)).toMatch(/^sha256:/)
      }),
      { numRuns: 500 },
    )
  })
})
