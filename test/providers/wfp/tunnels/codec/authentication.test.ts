// Every number and GUID below is typed in from the SDK's headers (10.0.26100), not taken from constants.ts.

import { describe, expect, it } from 'vitest'
import type { Authentication } from '../../../../../src/kinds/ipsec-tunnel/spec.ts'
import { at, encode, MAIN, psk } from '../../../../fixtures/encoding.ts'
import { withMainMode } from '../../../../fixtures/specs.ts'

const empty = new Uint8Array(0)
const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))

describe('one authentication method', () => {
  const plain = { certData: empty, certHash: empty, eku: null, name: null, flags: 0 }
  const store = { store: 'enterprise', criteria: [] } as const
  const base = { inbound: store, outbound: store, flags: [] } as const

  it.each<readonly [Authentication, object]>([
    [
      { presharedKey: { env: 'A', encoding: 'utf8', flags: ['remoteAuthOnly'] } },
      { authenticationMethodType: 0, presharedKeyAuthentication: { presharedKey: psk, flags: 2 } },
    ],
    [
      { kerberos: { flags: ['forceProxyOnInitiator'], proxyServer: 'kdc' } },
      { authenticationMethodType: 2, kerberosAuthentication: { flags: 4, proxyServer: 'kdc' } },
    ],
    [{ anonymous: {} }, { authenticationMethodType: 3 }],
    [{ ntlmv2: { flags: [] } }, { authenticationMethodType: 5, ntlmV2Authentication: { flags: 0 } }],
    [{ eap: { flags: ['localAuthOnly'] } }, { authenticationMethodType: 11, eapAuthentication: { flags: 1 } }],
    [
      {
        cga: {
          keyContainer: 'k',
          csp: 'c',
          cspType: 1,
          modifier: '000102030405060708090a0b0c0d0e0f',
          collisionCount: 2,
        },
      },
      {
        authenticationMethodType: 6,
        cgaAuthentication: {
          keyContainerName: 'k',
          cspName: 'c',
          cspType: 1,
          cgaModifier: hex('000102030405060708090a0b0c0d0e0f'),
          cgaCollisionCount: 2,
        },
      },
    ],
    [
      { certificate: { ...base, signature: 'ecdsaP256' } },
      {
        authenticationMethodType: 7,
        certificateAuthentication: {
          inboundConfigType: 1,
          inboundEnterpriseStoreCriteria: [],
          outboundConfigType: 1,
          outboundEnterpriseStoreCriteria: [],
          flags: 0,
          localCertLocationUrl: empty,
        },
      },
    ],
    [
      {
        ssl: {
          ...base,
          signature: 'ecdsaP384',
          outbound: { store: 'unspecified', criteria: [] },
          flags: ['sslOneWay'],
        },
      },
      {
        authenticationMethodType: 10,
        sslAuthentication: {
          inboundConfigType: 1,
          inboundEnterpriseStoreCriteria: [],
          outboundConfigType: 3,
          flags: 1,
          localCertLocationUrl: empty,
        },
      },
    ],
    [
      {
        certificate: {
          signature: 'rsa',
          inbound: {
            criteria: [
              {
                ca: 'CN=x',
                thumbprint: '000102030405060708090a0b0c0d0e0f10111213',
                ekus: ['1.2.3'],
                subject: { type: 'rfc822', name: 'a@b' },
                flags: ['intermediateCa'],
              },
            ],
          },
          outbound: { store: 'trustedRoot', criteria: [{ flags: [] }] },
          flags: [],
          localCertificateUrl: 'http://a/',
        },
      },
      {
        authenticationMethodType: 1,
        certificateAuthentication: {
          inboundConfigType: 0,
          inboundRootCriteria: [
            {
              certData: hex('300c310a30080603550403130178'),
              certHash: hex('000102030405060708090a0b0c0d0e0f10111213'),
              eku: { eku: ['1.2.3'] },
              name: { nameType: 2, certName: 'a@b' },
              flags: 8,
            },
          ],
          outboundConfigType: 2,
          outboundTrustedRootStoreCriteria: [{ ...plain, certHash: empty }],
          flags: 0,
          localCertLocationUrl: new Uint8Array(Buffer.from('http://a/')),
        },
      },
    ],
  ])('%j', (method, expected) => {
    const encoded = at(encode(withMainMode({ authentication: [method] }), 3), `${MAIN}.authenticationMethods.0`)

    expect(encoded).toEqual(expected)
  })

  it('has the authority and its flags alone in version 1', () => {
    const criteria = [{ ca: 'CN=x', flags: ['enableAccountMapping'] }]
    const method: Authentication = {
      certificate: {
        signature: 'rsa',
        inbound: { criteria },
        outbound: { store: 'trustedRoot', criteria: [] },
        flags: [],
      },
    }

    const encoded = at(encode(withMainMode({ authentication: [method] }), 1), `${MAIN}.authenticationMethods.0`)

    expect(encoded).toEqual({
      authenticationMethodType: 1,
      certificateAuthentication: {
        inboundConfigType: 0,
        inboundRootArray: [{ certData: hex('300c310a30080603550403130178'), flags: 1 }],
        outboundConfigType: 2,
        outboundTrustedRootStoreConfig: null,
        flags: 0,
        localCertLocationUrl: empty,
      },
    })
  })
})
