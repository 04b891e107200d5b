/**
 * What a policy must obey, whichever call brings it.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_tunnel_policy2
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_policy2
 */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, refused } from './machine.ts'
import * as sample from './samples.ts'

const psk = (text: string, flags = 0): sample.MainModePolicy['authenticationMethods'][number] => ({
  authenticationMethodType: C.IKEEXT_PRESHARED_KEY,
  presharedKeyAuthentication: { presharedKey: Buffer.from(text), flags },
})
const kerberos: sample.MainModePolicy['authenticationMethods'][number] = {
  authenticationMethodType: C.IKEEXT_KERBEROS,
  kerberosAuthentication: { flags: 0, proxyServer: null },
}
const extended = { authenticationMethods: [kerberos], initiatorImpersonationType: 0 }
const lifetime = sample.proposal().lifetime
const ikeProposal = sample.mainModePolicy().ikeProposals[0]!
const endpoints = sample.tunnelPolicy().tunnelEndpoints
const v6Address = { ipVersion: C.FWP_IP_VERSION_V6, v6Address: new Uint8Array(16) } as const

const quick = (title: string, status: string, policy: Partial<sample.TunnelPolicy>) =>
  [title, status, () => sample.quickMode(policy)] as const
const proposals = (title: string, status: string, more: Partial<sample.Proposal>) =>
  quick(title, status, { ipsecProposals: [sample.proposal(more)] })
const main = (title: string, status: string, policy: Partial<sample.MainModePolicy>) =>
  [title, status, () => sample.mainMode(policy)] as const

const REFUSED: readonly (readonly [string, string, () => sample.Context])[] = [
  quick('a quick-mode policy has a proposal', 'FWP_E_ZERO_LENGTH_ARRAY', { ipsecProposals: [] }),
  proposals('IPSEC_PROPOSAL0 lifetime: "cannot be zero"', 'FWP_E_INVALID_PARAMETER', {
    lifetime: { ...lifetime, lifetimeSeconds: 0 },
  }),
  proposals('a proposal has a transform', 'FWP_E_ZERO_LENGTH_ARRAY', { saTransforms: [] }),
  proposals('numSaTransforms is 2 "only when the proposal is AH plus ESP"', 'FWP_E_INVALID_TRANSFORM_COMBINATION', {
    saTransforms: [sample.gcm, sample.gcm],
  }),
  proposals('authType and authConfig form a pair', 'FWP_E_INVALID_AUTH_TRANSFORM', {
    saTransforms: [sample.auth(C.IPSEC_AUTH_SHA_1, C.IPSEC_AUTH_CONFIG_HMAC_MD5_96)],
  }),
  proposals('cipherType and cipherConfig form a pair', 'FWP_E_INVALID_CIPHER_TRANSFORM', {
    saTransforms: [sample.cipher(C.IPSEC_CIPHER_TYPE_DES, C.IPSEC_CIPHER_CONFIG_CBC_3DES)],
  }),
  proposals('pfsGroup is a value of IPSEC_PFS_GROUP', 'FWP_E_INVALID_ENUMERATOR', { pfsGroup: 99 }),
  quick('IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY: "valid only for AuthIP"', 'FWP_E_INVALID_FLAGS', {
    flags: C.IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY,
  }),
  quick('emPolicy is for AuthIP alone', 'FWP_E_EM_NOT_SUPPORTED', { emPolicy: extended }),
  quick('the addresses of a peer are of one family', 'FWP_E_INVALID_TUNNEL_ENDPOINT', {
    tunnelEndpoints: { ...endpoints, remoteAddresses: [v6Address] },
  }),
  quick('remoteFqdn is a DNS name', 'FWP_E_INVALID_DNS_NAME', {
    tunnelEndpoints: { ...endpoints, remoteFqdn: 'not a name' },
  }),
  [
    'IPSEC_POLICY_FLAG_ENABLE_V6_IN_V4_TUNNELING: "valid only for IKEv2"',
    'FWP_E_INVALID_FLAGS',
    () => sample.ike('quick', 'ike', { flags: C.IPSEC_POLICY_FLAG_ENABLE_V6_IN_V4_TUNNELING }),
  ],
  main('softExpirationTime: "must be 0"', 'FWP_E_RESERVED', { softExpirationTime: 1 }),
  main('a main-mode policy has an authentication method', 'FWP_E_ZERO_LENGTH_ARRAY', { authenticationMethods: [] }),
  main('a main-mode policy has a proposal', 'FWP_E_ZERO_LENGTH_ARRAY', { ikeProposals: [] }),
  main('no authentication method stands there twice', 'FWP_E_DUPLICATE_AUTH_METHOD', {
    authenticationMethods: [psk('a'), psk('b')],
  }),
  main('IKEv2 has no Kerberos', 'FWP_E_INCOMPATIBLE_AUTH_METHOD', { authenticationMethods: [kerberos] }),
  main('keyLen and rounds: "must be 0"', 'FWP_E_RESERVED', {
    ikeProposals: [
      { ...ikeProposal, cipherAlgorithm: { algoIdentifier: C.IKEEXT_CIPHER_AES_256, keyLen: 256, rounds: 0 } },
    ],
  }),
  main('IKEEXT_DH_GROUP_NONE: "valid only for AuthIP"', 'FWP_E_INCOMPATIBLE_DH_GROUP', {
    ikeProposals: [{ ...ikeProposal, dhGroup: C.IKEEXT_DH_GROUP_NONE }],
  }),
  main('retransmitDurationSecs: "at least 120"', 'FWP_E_OUT_OF_BOUNDS', { retransmitDurationSecs: 60 }),
  main('only AuthIP impersonates', 'FWP_E_INVALID_PARAMETER', {
    initiatorImpersonationType: C.IKEEXT_IMPERSONATION_SOCKET_PRINCIPAL,
  }),
  [
    'IKEEXT_PSK_FLAG_*: "valid only for IKEv2"',
    'FWP_E_INVALID_FLAGS',
    () => sample.ike('main', 'ike', { authenticationMethods: [psk('a', C.IKEEXT_PSK_FLAG_LOCAL_AUTH_ONLY)] }),
  ],
]

const ACCEPTED: readonly (readonly [string, () => sample.Context])[] = [
  [
    'AH together with ESP',
    () => {
      const ah = sample.auth(C.IPSEC_AUTH_SHA_256, C.IPSEC_AUTH_CONFIG_HMAC_SHA_256_128)
      return sample.quickMode({ ipsecProposals: [sample.proposal({ saTransforms: [ah, sample.gcm] })] })
    },
  ],
  ['an extended mode in AuthIP', () => sample.ike('quick', 'authip', { emPolicy: extended })],
  [
    'one preshared key for each direction in IKEv2',
    () =>
      sample.mainMode({
        authenticationMethods: [
          psk('a', C.IKEEXT_PSK_FLAG_LOCAL_AUTH_ONLY),
          psk('b', C.IKEEXT_PSK_FLAG_REMOTE_AUTH_ONLY),
        ],
      }),
  ],
  [
    'a peer known by name',
    () => sample.quickMode({ tunnelEndpoints: { ...endpoints, remoteFqdn: 'vpn.example.com' } }),
  ],
]

export const policies: Chapter = (machine, test) => {
  for (const [title, status, context] of REFUSED) {
    test(`${status}: ${title}`, async () => {
      const handle = await machine().open()

      await refused(machine().addContext(handle, context()), status)
    })
  }

  for (const [title, context] of ACCEPTED) {
    test(`accepted: ${title}`, async () => {
      const handle = await machine().open()
      const given = context()
      await machine().addContext(handle, given)

      expect(await machine().getContext(handle, given.providerContextKey)).toMatchObject({ type: given.type })
    })
  }
}
