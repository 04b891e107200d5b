import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../src/kinds/index.ts'
import * as algorithms from '../../src/kinds/ipsec-tunnel/algorithms.ts'
import * as methods from '../../src/kinds/ipsec-tunnel/authentication.ts'
import * as flags from '../../src/kinds/ipsec-tunnel/flags.ts'
import { PROTOCOLS } from '../../src/kinds/ipsec-tunnel/traffic.ts'
import { offsetsOf, type StructType } from '../../src/providers/wfp/binding/ctype/index.ts'
import * as constants from '../../src/providers/wfp/binding/tables/constants/index.ts'
import * as structs from '../../src/providers/wfp/binding/tables/structs/index.ts'

const LEFT_OUT = readFileSync(new URL('../../docs/left-out.md', import.meta.url), 'utf8')
const leftOut = new Set([...LEFT_OUT.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
const values = constants as unknown as { readonly [name: string]: unknown }

/** What a caller of FwpmIPsecTunnelAdd3 and IPsecKeyManagerAddAndRegister0 hands over. */
const HANDED_OVER = [
  'FWPM_PROVIDER_CONTEXT3',
  'FWPM_DISPLAY_DATA0',
  'FWPM_FILTER_CONDITION0',
  'IPSEC_TUNNEL_POLICY3',
  'IPSEC_TUNNEL_ENDPOINTS2',
  'IPSEC_TUNNEL_ENDPOINT0',
  'IPSEC_SA_IDLE_TIMEOUT0',
  'IPSEC_PROPOSAL0',
  'IPSEC_SA_LIFETIME0',
  'IPSEC_SA_TRANSFORM0',
  'IPSEC_AUTH_TRANSFORM0',
  'IPSEC_AUTH_TRANSFORM_ID0',
  'IPSEC_CIPHER_TRANSFORM0',
  'IPSEC_CIPHER_TRANSFORM_ID0',
  'IPSEC_AUTH_AND_CIPHER_TRANSFORM0',
  'IPSEC_TRAFFIC_SELECTOR_POLICY0',
  'IPSEC_TRAFFIC_SELECTOR0',
  'IKEEXT_POLICY2',
  'IKEEXT_EM_POLICY2',
  'IKEEXT_PROPOSAL0',
  'IKEEXT_CIPHER_ALGORITHM0',
  'IKEEXT_INTEGRITY_ALGORITHM0',
  'IKEEXT_AUTHENTICATION_METHOD2',
  'IKEEXT_PRESHARED_KEY_AUTHENTICATION1',
  'IKEEXT_CERTIFICATE_AUTHENTICATION2',
  'IKEEXT_CERTIFICATE_CRITERIA0',
  'IKEEXT_CERT_EKUS0',
  'IKEEXT_CERT_NAME0',
  'IKEEXT_KERBEROS_AUTHENTICATION1',
  'IKEEXT_NTLM_V2_AUTHENTICATION0',
  'IKEEXT_EAP_AUTHENTICATION0',
  'IKEEXT_IPV6_CGA_AUTHENTICATION0',
  'IPSEC_KEY_MANAGER0',
  'IPSEC_KEY_MANAGER_CALLBACKS0',
] as const

const members = HANDED_OVER.flatMap((name) =>
  offsetsOf((structs as unknown as Record<string, StructType<unknown>>)[name]!).members.map(
    (member) => `${name}.${member.name}`,
  ),
)

function* annotations(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    if (key === 'x-wfp') yield* [value as string | string[]].flat()
    else yield* annotations(value)
  }
}
const inManifests = new Set(kinds.flatMap(({ schema }) => [...annotations(schema)]))

describe('every member of the structures', () => {
  it.each(members)('%s has a place in the manifest or a reason to be left out', (member) => {
    expect(inManifests.has(member) !== leftOut.has(member)).toBe(true)
  })
})

it('says in x-wfp nothing that does not exist', () => {
  const known = new Set<string>([...members, ...HANDED_OVER, 'FWPM_PROVIDER0.providerKey', 'keyModKey', 'sd'])
  const unknown = [...inManifests].filter((name) => !known.has(name) && values[name] === undefined)

  expect(unknown).toEqual([])
})

describe('tables of words', () => {
  const tables: readonly (readonly [string, readonly flags.FlagTable[]])[] = [
    ['IPSEC_POLICY_FLAG_', [flags.POLICY_FLAGS, flags.KEY_MANAGER_FLAGS]],
    ['IKEEXT_POLICY_', [flags.MAIN_MODE_FLAGS]],
    ['IKEEXT_PSK_FLAG_', [flags.PSK_FLAGS]],
    ['IKEEXT_EAP_FLAG_', [flags.EAP_FLAGS]],
    ['IKEEXT_KERB_AUTH_', [flags.KERBEROS_FLAGS]],
    ['IKEEXT_NTLM_V2_AUTH_', [flags.NTLM_FLAGS]],
    ['IKEEXT_CERT_AUTH_', [flags.CERTIFICATE_FLAGS]],
    ['IKEEXT_CERT_FLAG_', [flags.CRITERIA_FLAGS]],
  ]

  it.each(tables)('have each flag %s of the SDK, or leave it out with a reason', (prefix, [...own]) => {
    const inTables = own.flatMap((table) => Object.values(table).map(({ sdk }) => sdk))
    const inSdk = Object.keys(values).filter((name) => name.startsWith(prefix))

    expect(inSdk.filter((name) => !leftOut.has(name)).sort()).toEqual([...inTables].sort())
  })

  it.each(tables)('give each flag %s its bit, and the word that its name makes', (_prefix, own) => {
    for (const [word, { sdk, bit }] of own.flatMap((table) => Object.entries(table))) {
      expect([sdk, bit]).toEqual([sdk, values[sdk]])
      expect(sdk.toLowerCase().replaceAll('_', '')).toContain(word.toLowerCase())
    }
  })

  it('name constants that exist', () => {
    const named = [
      algorithms.MAIN_MODE_ENCRYPTION,
      algorithms.MAIN_MODE_INTEGRITY,
      algorithms.DH_GROUPS,
      algorithms.PFS_GROUPS,
      methods.TRUST_TYPES,
      methods.SUBJECT_TYPES,
      methods.IMPERSONATIONS,
      ...methods.METHOD_WORDS.map((word) => methods.METHODS[word].types),
    ].flatMap((table) => Object.values(table) as string[])

    expect(named.filter((name) => typeof values[name] !== 'number')).toEqual([])
  })

  it('hold the transforms of ipsectypes.h', () => {
    const {
      IPSEC_AUTH_MD5,
      IPSEC_AUTH_SHA_256,
      IPSEC_AUTH_AES_256,
      IPSEC_CIPHER_TYPE_3DES,
      IPSEC_CIPHER_TYPE_AES_256,
    } = constants
    const { INTEGRITY_TRANSFORMS, ENCRYPTION_TRANSFORMS, AEAD_TRANSFORMS } = algorithms

    expect(INTEGRITY_TRANSFORMS.md5).toMatchObject({ authType: IPSEC_AUTH_MD5, authConfig: 0 })
    expect(INTEGRITY_TRANSFORMS.sha256).toMatchObject({ authType: IPSEC_AUTH_SHA_256, authConfig: 2 })
    expect(INTEGRITY_TRANSFORMS.aes256gmac).toMatchObject({ authType: IPSEC_AUTH_AES_256, authConfig: 5 })
    expect(ENCRYPTION_TRANSFORMS['3des']).toMatchObject({ cipherType: IPSEC_CIPHER_TYPE_3DES, cipherConfig: 2 })
    expect(AEAD_TRANSFORMS.aes256gcm).toMatchObject({ cipherType: IPSEC_CIPHER_TYPE_AES_256, cipherConfig: 8 })
    for (const [word, { integrity }] of Object.entries(AEAD_TRANSFORMS))
      expect(integrity).toBe(word.replace('gcm', 'gmac'))
  })

  it('know protocols by their IANA numbers', () => {
    expect(PROTOCOLS).toEqual({ icmp: 1, tcp: 6, udp: 17, icmpv6: 58 })
  })
})
