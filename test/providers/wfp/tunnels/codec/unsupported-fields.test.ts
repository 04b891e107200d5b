import { describe, expect, it } from 'vitest'
import type { Certificate, TunnelSpec } from '../../../../../src/kinds/ipsec-tunnel/spec.ts'
import { unsupportedFields } from '../../../../../src/providers/wfp/tunnels/codec/index.ts'
import { gateway, withMainMode, withQuickMode } from '../../../../fixtures/specs.ts'

const endpoints = (more: object): TunnelSpec => ({ ...gateway, endpoints: { local: '203.0.113.10', ...more } })
const certificate = (change: Partial<Certificate>): TunnelSpec => {
  const store = { store: 'enterprise', criteria: [] } as const
  const whole = { signature: 'rsa', inbound: store, outbound: store, flags: [], ...change } as const
  return withMainMode({ authentication: [{ certificate: whole }] })
}
const inbound = (criterion: object): TunnelSpec =>
  certificate({ inbound: { criteria: [{ ca: 'CN=x', flags: [], ...criterion }] } })
const CRITERION = '/mainMode/authentication/0/certificate/inbound/criteria/0'

describe('lacking', () => {
  it.each<readonly [string, 2 | 3, TunnelSpec]>([
    ['/endpoints/remote', 2, endpoints({ remote: ['198.51.100.7', '198.51.100.8'] })],
    ['/endpoints/remoteFqdn', 2, endpoints({ remoteFqdn: 'vpn.example.com' })],
    ['/endpoints/compartment', 3, endpoints({ remote: '198.51.100.7', compartment: 1 })],
    ['/quickMode/forwardPathLifetime', 2, withQuickMode({ forwardPathLifetime: '1h' })],
    ['/quickMode/trafficSelectors', 3, withQuickMode({ trafficSelectors: [] })],
    ['/quickMode/keyManagers/notify', 2, withQuickMode({ keyManagers: { notify: true, dictate: false } })],
    ['/quickMode/keyManagers/dictate', 2, withQuickMode({ keyManagers: { notify: false, dictate: true } })],
    ['/quickMode/flags/1', 3, withQuickMode({ flags: ['clearDfOnTunnel', 'siteToSiteTunnel'] })],
    ['/quickMode/flags/0', 3, withQuickMode({ flags: ['pointToSiteTunnel'] })],
    [`${CRITERION}/thumbprint`, 2, inbound({ thumbprint: '00'.repeat(20) })],
    [`${CRITERION}/ekus`, 2, inbound({ ekus: ['1.2.3'] })],
    [`${CRITERION}/subject`, 2, inbound({ subject: { type: 'cn', name: 'x' } })],
    [`${CRITERION}/flags/0`, 2, inbound({ flags: ['followRenewalCertificate'] })],
    [
      '/mainMode/authentication/0/certificate/outbound',
      2,
      certificate({ outbound: { store: 'trustedRoot', criteria: [{ flags: [] }, { flags: ['intermediateCa'] }] } }),
    ],
    [
      '/mainMode/authentication/0/kerberos/proxyServer',
      2,
      withMainMode({ authentication: [{ kerberos: { flags: [], proxyServer: 'kdc' } }] }),
    ],
    [
      '/extendedMode/authentication/0/kerberos/flags/0',
      2,
      {
        ...gateway,
        extendedMode: { authentication: [{ kerberos: { flags: ['forceProxyOnInitiator'] } }], impersonation: 'none' },
      },
    ],
  ])('finds that %s needs version %i', (pointer, needs, spec) => {
    expect(unsupportedFields({ spec }, 1)).toEqual([{ pointer, needs }])
    expect(unsupportedFields({ spec }, 2)).toEqual(needs === 3 ? [{ pointer, needs }] : [])
    expect(unsupportedFields({ spec }, 3)).toEqual([])
  })

  it.each([
    ['a plain tunnel', gateway],
    ['a list of authorities', certificate({ inbound: { criteria: [{ ca: 'CN=x', flags: ['intermediateCa'] }] } })],
    [
      'a store with one criterion of flags',
      certificate({ inbound: { store: 'enterprise', criteria: [{ flags: [] }] } }),
    ],
  ])('asks nothing newer for %s', (_, spec) => {
    expect(unsupportedFields({ spec }, 1)).toEqual([])
  })
})
