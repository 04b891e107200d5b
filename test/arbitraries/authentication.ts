/** Random valid authentication methods and flags. */

import fc from 'fast-check'
import type { Json } from '../../src/base/json.ts'
import {
  CERTIFICATE_FLAGS,
  CRITERIA_FLAGS,
  EAP_FLAGS,
  type FlagTable,
  KERBEROS_FLAGS,
  MAIN_MODE_FLAGS,
  NTLM_FLAGS,
  POLICY_FLAGS,
  PSK_FLAGS,
} from '../../src/kinds/ipsec-tunnel/flags.ts'
import type { KeyModule, TunnelSpec } from '../../src/kinds/ipsec-tunnel/spec.ts'
import { fields, SECRET_VARIABLES } from './words.ts'

const NAMES = [
  'CN=Corp Root CA,O=Example Corp,C=US',
  'cn = Issuing 1 , o=Example\\, Inc.',
  'CN=Wurzel\\C3\\A4,DC=corp,DC=example',
]
const EKUS = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.8.2.2']

export function flagLists(table: 'mainMode' | 'quickMode', module: string, mode?: string): fc.Arbitrary<Json> {
  return legalFlags(table === 'mainMode' ? MAIN_MODE_FLAGS : POLICY_FLAGS, { module, mode })
}

/** A random list of flags in which none is out of place, alone without the flag it needs, or beside the one it contradicts. */
function legalFlags(
  table: FlagTable,
  where: { module: string; mode?: string | undefined; method?: string },
): fc.Arbitrary<string[]> {
  const legal = Object.entries(table).filter(
    ([, { modules, modes, methods }]) =>
      (modules?.includes(where.module as KeyModule) ?? true) &&
      (where.mode === undefined || (modes?.includes(where.mode as TunnelSpec['mode']) ?? true)) &&
      (where.method === undefined || (methods?.includes(where.method) ?? true)),
  )
  const words = legal.map(([word]) => word)
  return fc.shuffledSubarray(words).map((chosen) =>
    chosen.filter((word, i) => {
      const { needs, excludes } = table[word] ?? {}
      return (!needs || chosen.includes(needs)) && (!excludes || !chosen.slice(0, i).includes(excludes))
    }),
  )
}

/** One or more methods of a key module, none twice. */
export function authentications(module: string): fc.Arbitrary<Json> {
  const methods: readonly fc.Arbitrary<{ [method: string]: Json }>[] = {
    ikev2: [pskMethod(module), certificateMethod('certificate'), method('eap', flagsOf(EAP_FLAGS, module))],
    ikev1: [pskMethod(module), certificateMethod('certificate'), kerberos(module), cga()],
    authip: [
      kerberos(module),
      method('ntlmv2', flagsOf(NTLM_FLAGS, module)),
      method('anonymous', fields({})),
      certificateMethod('ssl'),
    ],
  }[module as KeyModule]
  return fc.shuffledSubarray([...methods], { minLength: 1 }).chain((chosen) => fc.tuple(...chosen))
}

function method(name: string, body: fc.Arbitrary<Json>): fc.Arbitrary<{ [method: string]: Json }> {
  return body.map((value) => ({ [name]: value }))
}

function flagsOf(table: FlagTable, module: string): fc.Arbitrary<Json> {
  return fields({}, { flags: legalFlags(table, { module }) })
}

function pskMethod(module: string) {
  const source = fc.constantFrom(...SECRET_VARIABLES)
  const flags = legalFlags(PSK_FLAGS, { module })
  return method('presharedKey', fields({ env: source }, { flags, encoding: fc.constantFrom('utf8', 'utf16le') }))
}

function kerberos(module: string) {
  const flags = legalFlags(KERBEROS_FLAGS, { module })
  return method('kerberos', fields({}, { flags, proxyServer: fc.constantFrom('kdcproxy.example.com', 'Proxy') }))
}

function cga() {
  return method(
    'cga',
    fields({
      keyContainer: fc.constantFrom('wfpctl-cga', 'Container 2'),
      csp: fc.constantFrom('Microsoft Software Key Storage Provider', 'Other'),
      cspType: fc.integer({ min: 0, max: 0xffff_ffff }),
      modifier: fc.constantFrom('00112233445566778899aabbccddeeff', 'FF:EE:DD:CC:BB:AA:99:88:77:66:55:44:33:22:11:00'),
      collisionCount: fc.integer({ min: 0, max: 2 }),
    }),
  )
}

function certificateMethod(name: 'certificate' | 'ssl') {
  const optional = {
    signature: fc.constantFrom('rsa', 'ecdsaP256', 'ecdsaP384'),
    flags: legalFlags(CERTIFICATE_FLAGS, { module: 'any', method: name }),
    localCertificateUrl: fc.constantFrom('http://pki.example.com/hq.cer', 'http://pki.example.com/b.cer'),
  }
  const trust = trusts()
  return method(
    name,
    fc.oneof(
      fields({ trust }, optional),
      fields({ trust, inbound: trust }, optional),
      fields({ inbound: trust, outbound: trust }, optional),
    ),
  )
}

function trusts(): fc.Arbitrary<Json> {
  const names = fc.constantFrom(...NAMES)
  const optional = {
    thumbprint: fc.constantFrom(
      'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      'DA 39 A3 EE 5E 6B 4B 0D 32 55 BF EF 95 60 18 90 AF D8 07 10',
    ),
    ekus: fc.shuffledSubarray(EKUS, { minLength: 1 }),
    subject: fields({
      type: fc.constantFrom('dns', 'upn', 'rfc822', 'cn', 'ou', 'o', 'dc'),
      name: fc.constantFrom('vpn.example.com', 'Gateway 1'),
    }),
    flags: legalFlags(CRITERIA_FLAGS, { module: 'any' }),
  }
  const criteria = fc.array(fields({}, optional), { maxLength: 2 })
  const own = fc.array(fields({ ca: names }, optional), { minLength: 1, maxLength: 2 })
  return fc.oneof(
    fields({ store: fc.constantFrom('enterprise', 'trustedRoot') }, { criteria }),
    fields({ store: fc.constant('unspecified') }),
    fields({ ca: fc.uniqueArray(names, { minLength: 1 }) }, { criteria }),
    fields({ criteria: own }),
  )
}
