/** Normal forms of tunnels, as far as a version of the call can express them. */

import fc from 'fast-check'
import { formatDuration, formatSize } from '../../src/base/units.ts'
import {
  AEAD_TRANSFORMS,
  DH_GROUPS,
  ENCRYPTION_TRANSFORMS,
  INTEGRITY_TRANSFORMS,
  MAIN_MODE_ENCRYPTION,
  MAIN_MODE_INTEGRITY,
  PFS_GROUPS,
} from '../../src/kinds/ipsec-tunnel/algorithms.ts'
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
import type * as spec from '../../src/kinds/ipsec-tunnel/spec.ts'
import { canonicalDistinguishedName } from '../../src/kinds/values/distinguished-name.ts'
import { addressSet, formatAddressSet, sortedAddressSets } from '../../src/kinds/values/network.ts'

type Version = 1 | 2 | 3
type Family = 4 | 6

const NEW_FLAGS: { readonly [word: string]: Version } = {
  siteToSiteTunnel: 3,
  pointToSiteTunnel: 3,
  forceProxyOnInitiator: 2,
  selectNapCertificate: 2,
  verifyNapCertificate: 2,
  followRenewalCertificate: 2,
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const luid = fc.bigInt({ min: 1n, max: 0xffff_ffff_ffff_ffffn }).map(String)
const duration = fc
  .oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 0xffff_ffff }))
  .map(formatDuration)
const size = fc.integer({ min: 1, max: 0xffff_ffff }).map(formatSize)
const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter((it) => !/[\p{Cc}\p{Cs}]/u.test(it))
const oid = fc.constantFrom('1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.8.2.2', '2.999.1')
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((it) => Buffer.from(it).toString('hex'))

/** A property that is there or not. */
function maybe<K extends string, T>(key: K, value: fc.Arbitrary<T>, possible = true): fc.Arbitrary<{ [P in K]?: T }> {
  const there = value.map((it) => ({ [key]: it }) as { [P in K]?: T })
  const absent = fc.constant({} as { [P in K]?: T })
  return possible ? fc.oneof(absent, there) : absent
}

/** One object from several parts. */
function merged<A, B, C = unknown, D = unknown, E = unknown, F = unknown>(
  a: fc.Arbitrary<A>,
  b: fc.Arbitrary<B>,
  c?: fc.Arbitrary<C>,
  d?: fc.Arbitrary<D>,
  e?: fc.Arbitrary<E>,
  f?: fc.Arbitrary<F>,
): fc.Arbitrary<A & B & C & D & E & F> {
  const none = fc.constant({})
  return fc
    .tuple(a, b, c ?? none, d ?? none, e ?? none, f ?? none)
    .map((parts) => Object.assign({}, ...parts) as A & B & C & D & E & F)
}

function words<T extends object>(table: T): fc.Arbitrary<keyof T & string> {
  return fc.constantFrom(...(Object.keys(table) as (keyof T & string)[]))
}

function flags(table: FlagTable, version: Version): fc.Arbitrary<string[]> {
  const known = Object.keys(table).filter((word) => (NEW_FLAGS[word] ?? 1) <= version)
  return fc.subarray(known).map((some) => some.sort())
}

function bits(family: Family): fc.Arbitrary<bigint> {
  // no IPv4 in IPv6's clothing: manifests write it as IPv4
  return family === 4
    ? fc.bigInt({ min: 0n, max: 0xffff_ffffn })
    : fc.bigInt({ min: 1n << 48n, max: (1n << 128n) - 1n })
}

function address(family: Family): fc.Arbitrary<string> {
  return bits(family).map((it) => formatAddressSet(addressSet(family, it, it)))
}

function setOf(family: Family) {
  const width = family === 4 ? 32n : 128n
  const single = bits(family).map((it) => [it, it] as const)
  const range = fc.tuple(bits(family), bits(family)).map(([a, b]) => (a < b ? ([a, b] as const) : ([b, a] as const)))
  const prefix = fc.tuple(bits(family), fc.bigInt({ min: 0n, max: family === 4 ? 32n : 80n })).map(([base, length]) => {
    const host = (1n << (width - length)) - 1n
    return [base & ~host, base | host] as const
  })
  return fc.oneof(single, range, prefix).map(([first, last]) => addressSet(family, first, last))
}

function sets(family: Family): fc.Arbitrary<string[]> {
  return fc.array(setOf(family), { minLength: 1, maxLength: 4 }).map(sortedAddressSets)
}

const protocol = fc.oneof(
  fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const, 'icmpv6' as const),
  fc.integer({ min: 0, max: 255 }).filter((it) => ![1, 6, 17, 58].includes(it)),
)
const port: fc.Arbitrary<number | string> = fc
  .tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 65_535 }))
  .map(([a, b]) => (a === b ? a : `${Math.min(a, b)}-${Math.max(a, b)}`))
const anyPort = fc.oneof(fc.integer({ min: 0, max: 65_535 }), port)

function traffic(mode: spec.TunnelSpec['mode'], family: Family): fc.Arbitrary<spec.Traffic> {
  const addresses = fc.record({ local: sets(family), remote: sets(family) })
  if (mode === 'gateway') return addresses
  return merged(
    addresses,
    maybe('protocol', protocol),
    maybe('localPort', anyPort),
    maybe('remotePort', anyPort),
    maybe('interface', luid),
    maybe('profile', uint32),
  )
}

function endpoints(family: Family, version: Version): fc.Arbitrary<spec.Endpoints> {
  const one = address(family).map((remote) => ({ remote }))
  const several = fc.array(address(family), { minLength: 2, maxLength: 4 }).map((remote) => ({ remote }))
  const fqdn = fc.constantFrom({ remoteFqdn: 'vpn.example.com' }, { remoteFqdn: 'a-1.example' })
  return merged(
    address(family).map((local) => ({ local })),
    fc.oneof<fc.Arbitrary<Partial<spec.Endpoints>>[]>(one, ...(version > 1 ? [several, fqdn] : [])),
    maybe('localInterface', luid),
    maybe('compartment', fc.integer({ min: 1, max: 0xffff_ffff }), version === 3),
  )
}

const name = fc.constantFrom(
  'CN=Example Root CA 1,O=Example AG,C=DE',
  'CN=Root\\, Inc.,OU=Köln+OU=Bonn,DC=example,DC=com',
  'CN=#0C0141',
  'E=pki@example.com,2.999.7=x',
)
function criterion(version: Version): fc.Arbitrary<spec.CertificateCriteria> {
  return merged(
    fc.record({ flags: flags(CRITERIA_FLAGS, version) }),
    maybe('thumbprint', hex(20), version > 1),
    maybe(
      'ekus',
      fc.uniqueArray(oid, { minLength: 1 }).map((some) => some.sort()),
      version > 1,
    ),
    maybe(
      'subject',
      fc.record({ type: fc.constantFrom('dns', 'upn', 'rfc822', 'cn', 'ou', 'o', 'dc'), name: text }),
      version > 1,
    ),
  )
}

function trust(version: Version): fc.Arbitrary<spec.Trust> {
  const withCa = merged(
    criterion(version),
    name.map((ca) => ({ ca: canonicalDistinguishedName(ca) })),
  )
  const store = fc.record({
    store: fc.constantFrom('enterprise' as const, 'trustedRoot' as const),
    criteria: fc.array(criterion(version), { maxLength: version > 1 ? 3 : 1 }),
  })
  return fc.oneof(
    fc.record({ criteria: fc.array(withCa, { minLength: 1, maxLength: 3 }) }),
    store,
    fc.constant({ store: 'unspecified' as const, criteria: [] }),
  )
}

function certificate(version: Version): fc.Arbitrary<spec.Certificate> {
  return merged(
    fc.record({
      signature: fc.constantFrom('rsa' as const, 'ecdsaP256' as const, 'ecdsaP384' as const),
      inbound: trust(version),
      outbound: trust(version),
      flags: flags(CERTIFICATE_FLAGS, version),
    }),
    maybe('localCertificateUrl', fc.constantFrom('http://pki.example/c.cer', 'http://köln.example/')),
  )
}

const reference: fc.Arbitrary<spec.SecretRef> = fc.constantFrom(
  { env: 'PSK', encoding: 'utf8' as const },
  { file: './psk', encoding: 'hex' as const },
)
function method(version: Version): fc.Arbitrary<spec.Authentication> {
  return fc.oneof<fc.Arbitrary<spec.Authentication>[]>(
    merged(reference, fc.record({ flags: flags(PSK_FLAGS, version) })).map((presharedKey) => ({ presharedKey })),
    certificate(version).map((it) => ({ certificate: it })),
    certificate(version).map((ssl) => ({ ssl })),
    merged(fc.record({ flags: flags(KERBEROS_FLAGS, version) }), maybe('proxyServer', text, version > 1)).map(
      (kerberos) => ({ kerberos }),
    ),
    flags(NTLM_FLAGS, version).map((some) => ({ ntlmv2: { flags: some } })),
    fc.constant({ anonymous: {} }),
    flags(EAP_FLAGS, version).map((some) => ({ eap: { flags: some } })),
    fc
      .record({
        keyContainer: text,
        csp: text,
        cspType: uint32,
        modifier: hex(16),
        collisionCount: fc.integer({ min: 0, max: 255 }),
      })
      .map((cga) => ({ cga })),
  )
}
const methods = (version: Version) => fc.array(method(version), { minLength: 1, maxLength: 3 })
const impersonation = fc.constantFrom('none' as const, 'socketPrincipal' as const)

function mainMode(version: Version, keyModule: spec.KeyModule): fc.Arbitrary<spec.MainMode> {
  const proposal = fc.record({
    encryption: words(MAIN_MODE_ENCRYPTION),
    integrity: words(MAIN_MODE_INTEGRITY),
    dh: words(DH_GROUPS),
    lifetime: duration,
    quickModeLimit: uint32,
  })
  const plain = fc.record({
    authentication: methods(version),
    proposals: fc.array(proposal, { minLength: 1, maxLength: 3 }),
    maxDynamicFilters: uint32,
    flags: flags(MAIN_MODE_FLAGS, version),
  })
  const asked = keyModule === 'authip' ? impersonation.map((it) => ({ impersonation: it })) : fc.constant({})
  return merged(plain, maybe('retransmitFor', duration), asked)
}

function extendedMode(version: Version): fc.Arbitrary<spec.ExtendedMode> {
  return fc.record({ authentication: methods(version), impersonation })
}

const integrity = words(INTEGRITY_TRANSFORMS)
const esp: fc.Arbitrary<NonNullable<spec.QuickModeProposal['esp']>> = fc.oneof(
  fc.record({ aead: words(AEAD_TRANSFORMS) }),
  fc.record({ encryption: words(ENCRYPTION_TRANSFORMS), integrity }),
  fc.record({ encryption: words(ENCRYPTION_TRANSFORMS) }),
  fc.record({ integrity }),
)
const ah = fc.record({ integrity })
const quickModeProposal: fc.Arbitrary<spec.QuickModeProposal> = merged(
  fc.oneof<fc.Arbitrary<Pick<spec.QuickModeProposal, 'esp' | 'ah'>>[]>(
    fc.record({ esp }),
    fc.record({ ah }),
    fc.record({ esp, ah }),
  ),
  fc.record({
    lifetime: fc.record({ time: duration, data: size, packets: fc.integer({ min: 1, max: 0xffff_ffff }) }),
  }),
)

function selectors(family: Family): fc.Arbitrary<spec.TrafficSelectorPolicy[]> {
  const selector = fc.record({ address: setOf(family).map(formatAddressSet), protocol, port: anyPort })
  const list = fc.array(selector, { maxLength: 3 })
  return fc.array(fc.record({ flags: uint32, local: list, remote: list }), { minLength: 1, maxLength: 2 })
}

function quickMode(version: Version, family: Family): fc.Arbitrary<spec.QuickMode> {
  const yes = version > 1 ? fc.boolean() : fc.constant(false)
  return merged(
    fc.record({
      pfs: words(PFS_GROUPS),
      proposals: fc.array(quickModeProposal, { minLength: 1, maxLength: 3 }),
      idleTimeout: fc.record({ normal: duration, failover: duration }),
      flags: flags(POLICY_FLAGS, version),
      keyManagers: fc.record({ notify: yes, dictate: yes }),
    }),
    maybe('forwardPathLifetime', duration, version > 1),
    maybe('trafficSelectors', selectors(family), version === 3),
  )
}

/**
 * Specs in normal form that a version of FwpmIPsecTunnelAdd can express. Every field with every word: combinations that the
 * rules between fields forbid are among them, because the codec does not know those rules.
 */
export function tunnelSpecs(version: Version): fc.Arbitrary<spec.TunnelSpec> {
  const shape = fc.record({
    mode: fc.constantFrom('gateway' as const, 'pointToPoint' as const),
    keyModule: fc.constantFrom('ikev1' as const, 'ikev2' as const, 'authip' as const),
    family: fc.constantFrom(4 as const, 6 as const),
  })
  return shape.chain(({ mode, keyModule, family }) =>
    merged(
      fc.record({
        mode: fc.constant(mode),
        keyModule: fc.constant(keyModule),
        virtualInterface: fc.boolean(),
        persistence: fc.constantFrom('persistent' as const, 'static' as const),
        protect: fc.constantFrom('none' as const, 'delete' as const),
        endpoints: endpoints(family, version),
        traffic: traffic(mode, family),
        quickMode: quickMode(version, family),
      }),
      maybe('description', text),
      maybe('key', fc.uuid()),
      maybe('mainMode', mainMode(version, keyModule)),
      maybe('extendedMode', extendedMode(version)),
      maybe('securityDescriptor', fc.constant('D:(A;;GA;;;BA)')),
    ),
  )
}
