import { describe, expect, it } from 'vitest'
import { type Json, type JsonObject, type Pointer, withValueAt } from '../../src/base/json.ts'
import { positionOf } from '../../src/base/source.ts'
import { kinds } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { textOf } from '../arbitraries/manifests.ts'

const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))

const GATEWAY: JsonObject = {
  mode: 'gateway',
  keyModule: 'ikev2',
  endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
  traffic: { local: ['10.1.0.0/16'], remote: ['10.2.0.0/16'] },
  mainMode: {
    authentication: [{ presharedKey: { env: 'PSK' } }],
    proposals: [{ encryption: 'aes256', integrity: 'sha384', dh: 'dh20', lifetime: '8h' }],
  },
  quickMode: { proposals: [{ esp: { aead: 'aes256gcm' }, lifetime: { time: '1h', data: '100MB' } }] },
}
const HOSTS: JsonObject = {
  ...GATEWAY,
  mode: 'pointToPoint',
  traffic: { local: ['203.0.113.10'], remote: ['198.51.100.7'], protocol: 'tcp', remotePort: 443 },
}
const AUTHIP: JsonObject = {
  ...GATEWAY,
  keyModule: 'authip',
  mainMode: { authentication: [{ kerberos: {} }] },
  extendedMode: { authentication: [{ ntlmv2: {} }] },
}

/** A block as it would stand in one line. */
function onOneLine(text: string): string {
  return text.startsWith('{') ? JSON.stringify(JSON.parse(text)) : text
}

interface Found {
  readonly code: string
  /** the text between the carets */
  readonly text: string
  readonly notes: readonly string[]
}

function tunnel(spec: Json, name = 'hq', set = 'default'): JsonObject {
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name, set }, spec }
}

function manager(spec: Json, name = 'tia', set = 'default'): JsonObject {
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'KeyManager', metadata: { name, set }, spec }
}

function findingsOf(documents: readonly JsonObject[]): Found[] {
  const { diagnostics } = loadDesired([{ path: 'a.yaml', text: textOf(documents) }], KINDS)
  return diagnostics.map(({ code, span, notes = [] }) => ({
    code,
    text: span ? span.file.text.slice(span.start, span.end) : '',
    notes,
  }))
}

/** Edits of a spec, in order: `undefined` removes. */
type Edits = readonly (readonly [Pointer, Json | undefined])[]

function edited(spec: JsonObject, edits: Edits): Json {
  return edits.reduce<Json>((result, [pointer, value]) => withValueAt(result, pointer, value), spec)
}

const CA = 'CN=Root,O=Example'
const certificate = (value: Json): Edits => [['/mainMode/authentication', [{ certificate: value }]]]
const cipher = (value: Json): Edits => [['/quickMode/proposals/0', value as Json]]

const selecting = (local: string, remote: string): Edits => [
  ['/quickMode/trafficSelectors', [{ local: [{ address: local }], remote: [{ address: remote }] }]],
]
const TRAFFIC_SELECTORS = '"trafficSelectors"'
const IPV6 = { local: ['fd00:1::/32'], remote: ['fd00:2::/32'] }

const TWICE = { esp: { aead: 'aes256gcm' } }

/** what is wrong · in which spec · what is edited · the code · what stands between the carets */
const ONE_MISTAKE: readonly (readonly [string, JsonObject, Edits, string, string])[] = [
  ['a time without a unit', GATEWAY, [['/quickMode/proposals/0/lifetime/time', '3600']], 'E220', '"3600"'],
  ['a time of another unit', GATEWAY, [['/mainMode/proposals/0/lifetime', '8hours']], 'E220', '"8hours"'],
  ['data of another unit', GATEWAY, [['/quickMode/proposals/0/lifetime/data', '100MiB']], 'E221', '"100MiB"'],
  ['a time of zero', GATEWAY, [['/quickMode/idleTimeout', { normal: '0s' }]], 'E222', '"0s"'],
  ['a time beyond 32 bits', GATEWAY, [['/quickMode/forwardPathLifetime', '99999d']], 'E222', '"99999d"'],
  ['data beyond 32 bits', GATEWAY, [['/quickMode/proposals/0/lifetime/data', '5000GB']], 'E222', '"5000GB"'],
  ['no data', GATEWAY, [['/quickMode/proposals/0/lifetime/data', '0KB']], 'E222', '"0KB"'],
  ['retransmission below two minutes', GATEWAY, [['/mainMode/retransmitFor', '90s']], 'E222', '"90s"'],
  ['no address', GATEWAY, [['/endpoints/local', 'hq']], 'E223', '"hq"'],
  ['a prefix as endpoint', GATEWAY, [['/endpoints/remote', '198.51.100.0/24']], 'E223', '"198.51.100.0/24"'],
  ['33 bits', GATEWAY, [['/traffic/local/0', '10.1.0.0/33']], 'E223', '"10.1.0.0/33"'],
  ['129 bits', GATEWAY, [['/traffic/local/0', '2001:db8::/129']], 'E223', '"2001:db8::/129"'],
  ['a net mask', GATEWAY, [['/traffic/local/0', '10.1.0.0/255.255.0.0']], 'E223', '"10.1.0.0/255.255.0.0"'],
  ['an empty range', GATEWAY, [['/traffic/local/0', '10.1.0.9-10.1.0.1']], 'E223', '"10.1.0.9-10.1.0.1"'],
  ['IPv4 as IPv6', GATEWAY, [['/traffic/local/0', '::ffff:10.1.0.0']], 'E223', '"::ffff:10.1.0.0"'],
  ['host bits', GATEWAY, [['/traffic/remote/0', '10.2.0.1/16']], 'E224', '"10.2.0.1/16"'],
  ['endpoints of two families', GATEWAY, [['/endpoints/remote', '2001:db8::7']], 'E225', '"2001:db8::7"'],
  ['traffic of two families', GATEWAY, [['/traffic/remote', ['10.2.0.0/16', 'fd00::/8']]], 'E225', '"fd00::/8"'],
  ['a range of two families', GATEWAY, [['/traffic/local/0', '10.0.0.1-fd00::1']], 'E225', '"10.0.0.1-fd00::1"'],
  ['a gateway with a protocol', GATEWAY, [['/traffic/protocol', 47]], 'E226', '47'],
  ['a gateway with a profile', GATEWAY, [['/traffic/profile', 2]], 'E226', '2'],
  ['a gateway with an interface', GATEWAY, [['/traffic/interface', 7]], 'E226', '7'],
  [
    'a gateway with protocol and ports',
    GATEWAY,
    [
      ['/traffic/protocol', 'tcp'],
      ['/traffic/localPort', 80],
      ['/traffic/remotePort', 90],
    ],
    'E226',
    '"tcp"',
  ],
  ['ports without a protocol', HOSTS, [['/traffic/protocol', undefined]], 'E227', '443'],
  ['ports of icmp', HOSTS, [['/traffic/protocol', 'icmp']], 'E227', '443'],
  ['a port above 65535', HOSTS, [['/traffic/remotePort', 65_536]], 'E228', '65536'],
  ['a negative port', HOSTS, [['/traffic/remotePort', -1]], 'E228', '-1'],
  ['ports that end before they start', HOSTS, [['/traffic/remotePort', '90-80']], 'E228', '"90-80"'],
  [
    'a protocol above 255',
    HOSTS,
    [
      ['/traffic/protocol', 256],
      ['/traffic/remotePort', undefined],
    ],
    'E205',
    '256',
  ],
  ['a protocol of another name', HOSTS, [['/traffic/protocol', 'gre']], 'E203', '"gre"'],
  ['no group outside authip', GATEWAY, [['/mainMode/proposals/0/dh', 'none']], 'E229', '"none"'],
  ['kerberos in ikev2', GATEWAY, [['/mainMode/authentication/0', { kerberos: {} }]], 'E230', '"kerberos"'],
  ['anonymous in ikev2', GATEWAY, [['/mainMode/authentication/0', { anonymous: {} }]], 'E230', '"anonymous"'],
  ['eap in authip', AUTHIP, [['/mainMode/authentication/0', { eap: {} }]], 'E230', '"eap"'],
  ['a certificate in authip', AUTHIP, certificate({ trust: { store: 'enterprise' } }), 'E230', '"certificate"'],
  [
    'an ikev2 flag in authip',
    AUTHIP,
    [['/quickMode/flags', ['enableV6InV4Tunneling']]],
    'E231',
    '"enableV6InV4Tunneling"',
  ],
  [
    'another ikev2 flag in authip',
    AUTHIP,
    [['/quickMode/flags', ['enableServerAddrAssignment']]],
    'E231',
    '"enableServerAddrAssignment"',
  ],
  ['an authip flag in ikev2', GATEWAY, [['/mainMode/flags', ['enableOptionalDh']]], 'E231', '"enableOptionalDh"'],
  [
    'a gateway flag between hosts',
    HOSTS,
    [['/quickMode/flags', ['tunnelAllowOutboundClearConnection']]],
    'E231',
    '"tunnelAllowOutboundClearConnection"',
  ],
  [
    'a flag of pre-shared keys in ikev1',
    { ...GATEWAY, keyModule: 'ikev1' },
    [['/mainMode/authentication/0/presharedKey/flags', ['localAuthOnly']]],
    'E231',
    '"localAuthOnly"',
  ],
  [
    'a TLS flag outside ssl',
    GATEWAY,
    certificate({ trust: { store: 'enterprise' }, flags: ['sslOneWay'] }),
    'E231',
    '"sslOneWay"',
  ],
  [
    'extended mode in ikev2',
    GATEWAY,
    [['/extendedMode', { authentication: [{ kerberos: {} }] }]],
    'E232',
    '"extendedMode"',
  ],
  ['retransmission in authip', AUTHIP, [['/mainMode/retransmitFor', '5m']], 'E232', '"5m"'],
  ['impersonation in ikev2', GATEWAY, [['/mainMode/impersonation', 'socketPrincipal']], 'E232', '"socketPrincipal"'],
  ['dictated keys in ikev2', GATEWAY, [['/quickMode/keyManagers', { dictate: true }]], 'E233', 'true'],
  [
    'a method given twice',
    GATEWAY,
    [['/mainMode/authentication', [{ presharedKey: { env: 'A' } }, { presharedKey: { env: 'B' } }]]],
    'E234',
    '"presharedKey"',
  ],
  [
    'GCM with another integrity',
    GATEWAY,
    cipher({ esp: { aead: 'aes256gcm', integrity: 'sha256' } }),
    'E235',
    '"sha256"',
  ],
  ['GCM with a cipher', GATEWAY, cipher({ esp: { aead: 'aes256gcm', encryption: 'aes256' } }), 'E235', '"aes256"'],
  [
    'GMAC with a cipher',
    GATEWAY,
    cipher({ esp: { encryption: 'aes256', integrity: 'aes256gmac' } }),
    'E235',
    '"aes256gmac"',
  ],
  ['a store and a list', GATEWAY, certificate({ trust: { store: 'enterprise', ca: [CA] } }), 'E236', '"ca"'],
  ['criteria without a store', GATEWAY, certificate({ trust: { store: 'unspecified', criteria: [{}] } }), 'E236', '{}'],
  [
    'an authority given twice',
    GATEWAY,
    certificate({ trust: { ca: [CA], criteria: [{ ca: CA }] } }),
    'E236',
    `"${CA}"`,
  ],
  [
    'trust that holds for nothing',
    GATEWAY,
    certificate({
      inbound: { store: 'enterprise' },
      outbound: { store: 'enterprise' },
      trust: { store: 'trustedRoot' },
    }),
    'E236',
    '"trust"',
  ],
  [
    'two ways to check revocation',
    GATEWAY,
    certificate({ trust: { store: 'enterprise' }, flags: ['disableCrlCheck', 'enableCrlCheckStrong'] }),
    'E237',
    '"enableCrlCheckStrong"',
  ],
  [
    'both ends alone',
    GATEWAY,
    [['/mainMode/authentication/0/presharedKey/flags', ['localAuthOnly', 'remoteAuthOnly']]],
    'E237',
    '"remoteAuthOnly"',
  ],
  [
    'a flag without the one it needs',
    GATEWAY,
    certificate({ trust: { store: 'enterprise', criteria: [{ flags: ['ignoreInitCertMapFailure'] }] } }),
    'E237',
    '"ignoreInitCertMapFailure"',
  ],
  ['two remote ends', GATEWAY, [['/endpoints/remoteFqdn', 'vpn.example.com']], 'E238', '"vpn.example.com"'],
  ['no remote end', GATEWAY, [['/endpoints/remote', undefined]], 'E239', '"endpoints"'],
  ['two sources of a secret', GATEWAY, [['/mainMode/authentication/0/presharedKey/file', './psk']], 'E238', '"./psk"'],
  ['a field of another source', GATEWAY, [['/mainMode/authentication/0/presharedKey/key', 'a.b']], 'E238', '"a.b"'],
  ['no source of a secret', GATEWAY, [['/mainMode/authentication/0/presharedKey', {}]], 'E239', '"presharedKey"'],
  ['a proposal of nothing', GATEWAY, cipher({}), 'E239', '{}'],
  ['an esp of nothing', GATEWAY, cipher({ esp: {} }), 'E239', '"esp"'],
  ['nobody to trust', GATEWAY, certificate({}), 'E239', '"certificate"'],
  ['nobody to trust outbound', GATEWAY, certificate({ inbound: { store: 'enterprise' } }), 'E239', '"certificate"'],
  [
    'criteria without an authority',
    GATEWAY,
    certificate({ trust: { criteria: [{ ekus: ['1.2.3'] }] } }),
    'E239',
    '"trust"',
  ],
  ['two methods in one entry', GATEWAY, [['/mainMode/authentication/0/eap', {}]], 'E209', '"eap"'],
  ['no distinguished name', GATEWAY, certificate({ trust: { ca: ['Corp Root'] } }), 'E240', '"Corp Root"'],
  ['no GUID', GATEWAY, [['/key', '3f2504e0']], 'E241', '"3f2504e0"'],
  [
    'the zero GUID',
    GATEWAY,
    [['/key', '00000000-0000-0000-0000-000000000000']],
    'E241',
    '"00000000-0000-0000-0000-000000000000"',
  ],
  ['no LUID', GATEWAY, [['/endpoints/localInterface', 'Ethernet']], 'E242', '"Ethernet"'],
  ['the zero LUID', GATEWAY, [['/endpoints/localInterface', 0]], 'E242', '0'],
  ['no descriptor', GATEWAY, [['/securityDescriptor', 'Administrators']], 'E243', '"Administrators"'],
  [
    'a SACL',
    GATEWAY,
    [['/securityDescriptor', 'D:(A;;GA;;;BA)S:(AU;FA;GA;;;WD)']],
    'E243',
    '"D:(A;;GA;;;BA)S:(AU;FA;GA;;;WD)"',
  ],
  [
    'a descriptor that locks wfpctl out',
    GATEWAY,
    [['/securityDescriptor', 'D:(A;;GR;;;BA)(A;;GR;;;SY)']],
    'E252',
    '"D:(A;;GR;;;BA)(A;;GR;;;SY)"',
  ],
  [
    'no object identifier',
    GATEWAY,
    certificate({ trust: { store: 'enterprise', criteria: [{ ekus: ['serverAuth'] }] } }),
    'E244',
    '"serverAuth"',
  ],
  [
    'no thumbprint',
    GATEWAY,
    certificate({ trust: { store: 'enterprise', criteria: [{ thumbprint: 'abc' }] } }),
    'E245',
    '"abc"',
  ],
  [
    'no host name',
    GATEWAY,
    [['/endpoints', { local: '10.0.0.1', remoteFqdn: 'vpn_.example..com' }]],
    'E246',
    '"vpn_.example..com"',
  ],
  [
    'an address as host name',
    GATEWAY,
    [['/endpoints', { local: '10.0.0.1', remoteFqdn: '10.0.0.2' }]],
    'E246',
    '"10.0.0.2"',
  ],
  ['an indirect string', GATEWAY, [['/description', '@netcfg.dll,-1']], 'E247', '"@netcfg.dll,-1"'],
  ['a control character', GATEWAY, [['/description', 'a\tb']], 'E247', '"a\\tb"'],
  ['no name of a variable', GATEWAY, [['/mainMode/authentication/0/presharedKey/env', 'my key']], 'E248', '"my key"'],
  ['a multicast endpoint', GATEWAY, [['/endpoints/remote', '224.0.0.1']], 'E249', '"224.0.0.1"'],
  ['one address at both ends', GATEWAY, [['/endpoints/remote', '203.0.113.10']], 'E249', '"203.0.113.10"'],
  [
    'one address twice in a list',
    GATEWAY,
    [['/endpoints/remote', ['198.51.100.7', '198.51.100.7']]],
    'E249',
    '"198.51.100.7"',
  ],
  ['an inline key', GATEWAY, [['/mainMode/authentication/0/presharedKey', 'hunter2']], 'E250', '"hunter2"'],
  ['an inline number as key', GATEWAY, [['/mainMode/authentication/0/presharedKey', 12345]], 'E250', '12345'],
  [
    'an inline key in the reference',
    GATEWAY,
    [['/mainMode/authentication/0/presharedKey', { env: 'A', value: 'hunter2' }]],
    'E250',
    '"value"',
  ],
  [
    'an unknown cipher',
    GATEWAY,
    cipher({ esp: { encryption: 'aes256gcm', integrity: 'sha256' } }),
    'E204',
    '"aes256gcm"',
  ],
  ['an unknown flag', GATEWAY, [['/quickMode/flags', ['clearDF']]], 'E204', '"clearDF"'],
  [
    'a flag given twice',
    GATEWAY,
    [['/quickMode/flags', ['clearDfOnTunnel', 'clearDfOnTunnel']]],
    'E208',
    '"clearDfOnTunnel"',
  ],
  ['no packets', GATEWAY, [['/quickMode/proposals/0/lifetime/packets', 0]], 'E205', '0'],
  ['a misspelt remote end', GATEWAY, [['/endpoints', { local: '10.0.0.1', remotes: '10.0.0.2' }]], 'E200', '"remotes"'],
  ['DES', GATEWAY, [['/mainMode/proposals/0/encryption', 'des']], 'W220', '"des"'],
  ['a 1024-bit group', GATEWAY, [['/quickMode/pfs', 'dh2']], 'W220', '"dh2"'],
  ['SHA-1 in AH', GATEWAY, cipher({ ah: { integrity: 'sha1' } }), 'W220', '"sha1"'],
  ['encryption without integrity', GATEWAY, cipher({ esp: { encryption: 'aes256' } }), 'W220', '"aes256"'],
  ['IKEv1', GATEWAY, [['/keyModule', 'ikev1']], 'W220', '"ikev1"'],
  ['a proposal given twice', GATEWAY, [['/quickMode/proposals/1', TWICE]], 'W221', JSON.stringify(TWICE)],
  [
    'a name from the root to the leaf',
    GATEWAY,
    certificate({ trust: { ca: ['C=US,O=Example,CN=Root'] } }),
    'W224',
    '"C=US,O=Example,CN=Root"',
  ],
  ['an end at any address', GATEWAY, [['/endpoints/local', '0.0.0.0']], 'W225', '"0.0.0.0"'],
  ['a selector beside the traffic', GATEWAY, selecting('172.16.0.0/16', '10.2.0.0/16'), 'W226', '"172.16.0.0/16"'],
  ['a selector of the other family', GATEWAY, selecting('10.1.0.0/16', 'fd00::/8'), 'W226', '"fd00::/8"'],
  ['a selector of a part', GATEWAY, selecting('10.1.0.0/17', '10.2.0.0/16'), 'W226', TRAFFIC_SELECTORS],
  [
    'a selector of another protocol',
    HOSTS,
    [['/quickMode/trafficSelectors', [{ local: [{ address: '203.0.113.10', protocol: 'udp' }] }]]],
    'W226',
    '"udp"',
  ],
  [
    'a selector of another port',
    HOSTS,
    [['/quickMode/trafficSelectors', [{ remote: [{ address: '198.51.100.7', protocol: 'tcp', port: 80 }] }]]],
    'W226',
    '80',
  ],
  ['one network at both ends', GATEWAY, [['/traffic/remote', ['10.1.0.0/16']]], 'W227', '"10.1.0.0/16"'],
  ['the local network within the remote', GATEWAY, [['/traffic/remote', ['10.0.0.0/8']]], 'W227', '"10.0.0.0/8"'],
  ['the remote network within the local', GATEWAY, [['/traffic/remote', ['10.1.7.0/24']]], 'W227', '"10.1.7.0/24"'],
  ['networks that overlap', GATEWAY, [['/traffic/remote', ['10.1.255.0-10.2.0.9']]], 'W227', '"10.1.255.0-10.2.0.9"'],
  [
    'the peer within the remote network',
    GATEWAY,
    [['/traffic/remote', ['198.51.100.0/24']]],
    'W228',
    '"198.51.100.0/24"',
  ],
  [
    'the machine within the remote network',
    GATEWAY,
    [['/traffic/remote', ['203.0.113.0/24']]],
    'W228',
    '"203.0.113.0/24"',
  ],
  [
    'the local network and the peer within the remote',
    GATEWAY,
    [
      ['/endpoints/remote', '10.9.0.1'],
      ['/traffic/remote', ['10.0.0.0/8']],
    ],
    'W227',
    '"10.0.0.0/8"',
  ],
  ['a default route', GATEWAY, [['/traffic/remote', ['0.0.0.0/0']]], 'W229', '"0.0.0.0/0"'],
  ['a default route in halves', GATEWAY, [['/traffic/remote', ['0.0.0.0/1', '128.0.0.0/1']]], 'W229', '"0.0.0.0/1"'],
  ['everything', GATEWAY, [['/traffic', { local: ['0.0.0.0/0'], remote: ['0.0.0.0/0'] }]], 'W229', '"0.0.0.0/0"'],
  ['IPv6 in IPv4 without its flag', GATEWAY, [['/traffic', IPV6]], 'W230', '"fd00:1::/32"'],
  [
    'IPv4 in IPv6',
    GATEWAY,
    [['/endpoints', { local: '2001:db8::10', remote: '2001:db8::7' }]],
    'W230',
    '"10.1.0.0/16"',
  ],
  ['selectors of IKEv2 in authip', AUTHIP, selecting('10.1.0.0/16', '10.2.0.0/16'), 'W231', TRAFFIC_SELECTORS],
  ['host traffic to everywhere', HOSTS, [['/traffic/remote', ['0.0.0.0/0']]], 'W222', '"0.0.0.0/0"'],
  ['host traffic beyond the hosts', HOSTS, [['/traffic/remote', ['198.51.100.0/24']]], 'W222', '"198.51.100.0/24"'],
]

describe('one mistake in a tunnel is one finding, on the leaf that is wrong', () => {
  it.each(ONE_MISTAKE)('%s', (_what, spec, edits, code, text) => {
    const found = findingsOf([tunnel(edited(spec, edits))])

    // IKEv1 is a warning of its own
    const asked = found.filter((finding) => code.startsWith('W') || finding.code.startsWith('E'))
    expect(asked.map((finding) => [finding.code, onOneLine(finding.text)])).toEqual([[code, text]])
  })

  it('says of a local network once that it meets two remote ones, where it stands behind them', () => {
    const traffic = { remote: ['10.1.1.0/24', '10.1.2.0/24'], local: ['10.1.0.0/16'] }
    const found = findingsOf([tunnel({ ...GATEWAY, traffic })])

    expect(found.map(({ code, text }) => [code, text])).toEqual([['W227', '"10.1.0.0/16"']])
  })

  it.each<readonly [string, JsonObject, Edits]>([
    [
      'IPv6 in IPv4 with its flag',
      GATEWAY,
      [
        ['/traffic', IPV6],
        ['/quickMode/flags', ['enableV6InV4Tunneling']],
      ],
    ],
    ['selectors that are the traffic', GATEWAY, selecting('10.1.0.0/16', '10.2.0.0/16')],
    ['selectors that are more than the traffic', GATEWAY, selecting('0.0.0.0/0', '0.0.0.0/0')],
    ['the machine within its own network', GATEWAY, [['/traffic/local', ['203.0.113.0/24']]]],
    ['hosts that are the ends', HOSTS, []],
    [
      'remote networks around the local one',
      GATEWAY,
      [['/traffic/remote', ['10.0.0.0/16', '10.2.0.0-10.255.255.255']]],
    ],
  ])('finds nothing in %s', (_what, spec, edits) => {
    expect(findingsOf([tunnel(edited(spec, edits))])).toEqual([])
  })

  it('finds nothing in the samples', () => {
    expect([GATEWAY, HOSTS, AUTHIP].flatMap((spec) => findingsOf([tunnel(spec)]))).toEqual([])
  })
})

describe('no finding is the echo of another', () => {
  const proposals = [{ dh: 'dh20' }, { dh: 'dh14' }]
  const both = [
    { certificate: { trust: { store: 'enterprise' } } },
    { certificate: { signature: 'rsa', trust: { store: 'enterprise' } } },
  ]
  const needing = { store: 'enterprise', criteria: [{ flags: ['ignoreInitCertMapFailure', true] }] }

  it.each<readonly [string, JsonObject, Edits, string]>([
    [
      'a proposal that an unreadable value makes equal',
      GATEWAY,
      [
        ['/mainMode/proposals', proposals],
        ['/mainMode/proposals/1/dh', true],
      ],
      'E202',
    ],
    [
      'a proposal that a wrong unit makes equal',
      GATEWAY,
      [['/quickMode/proposals/1', { ...TWICE, lifetime: { time: '2' } }]],
      'E220',
    ],
    [
      'a method that an unreadable signature makes equal',
      GATEWAY,
      [
        ['/mainMode/authentication', both],
        ['/mainMode/authentication/1/certificate/signature', 5],
      ],
      'E202',
    ],
    ['a flag whose companion cannot be read', GATEWAY, certificate({ trust: needing }), 'E202'],
    [
      'traffic to an endpoint that cannot be read',
      HOSTS,
      [['/endpoints/remote', ['198.51.100.9', '198.51.100.7x']]],
      'E223',
    ],
    ['ports of a protocol that cannot be read', HOSTS, [['/traffic/protocol', true]], 'E202'],
    ['methods of a key module that cannot be read', AUTHIP, [['/keyModule', 'authipp']], 'E204'],
  ])('%s', (_what, spec, edits, code) => {
    expect(findingsOf([tunnel(edited(spec, edits))]).map((finding) => finding.code)).toEqual([code])
  })
})

describe('of two values that disagree', () => {
  it('the later is reported, with a note on the other', () => {
    const { keyModule, ...rest } = edited(GATEWAY, [['/quickMode/keyManagers', { dictate: true }]]) as JsonObject
    const found = findingsOf([tunnel({ ...rest, keyModule: keyModule! })])

    expect(found.map(({ code, text }) => [code, text])).toEqual([['E233', '"ikev2"']])
    expect(found[0]?.notes[0]).toMatch(/^`quickMode\.keyManagers\.dictate` is written at a\.yaml:\d+:\d+$/)
  })
})

const NOTIFY: JsonObject = { role: 'notify', handler: { builtin: 'audit-log', file: './a.ndjson' } }
const DICTATE: JsonObject = { role: 'dictate', handler: { module: './tia.mjs' } }

describe('one mistake in a key manager is one finding', () => {
  it.each<readonly [string, JsonObject, Edits, string, string]>([
    ['a time-out without dictation', NOTIFY, [['/dictationTimeout', '5s']], 'E260', '"5s"'],
    ['a time-out above ten seconds', DICTATE, [['/dictationTimeout', '11s']], 'E222', '"11s"'],
    ['a time-out without a unit', DICTATE, [['/dictationTimeout', '5']], 'E220', '"5"'],
    ['an audit log that dictates', NOTIFY, [['/role', 'dictate']], 'E262', '"audit-log"'],
    ['two handlers', NOTIFY, [['/handler/module', './tia.mjs']], 'E238', '"./tia.mjs"'],
    ['no handler', NOTIFY, [['/handler', {}]], 'E239', '"handler"'],
    ['a log without a file', NOTIFY, [['/handler', { builtin: 'audit-log' }]], 'E239', '"handler"'],
    ['an empty path', DICTATE, [['/handler/module', ' ']], 'E248', '" "'],
    ['another builtin', NOTIFY, [['/handler/builtin', 'syslog']], 'E204', '"syslog"'],
    ['another role', NOTIFY, [['/role', 'watch']], 'E204', '"watch"'],
  ])('%s', (_what, spec, edits, code, text) => {
    const found = findingsOf([manager(edited(spec, edits))])

    expect(found.map((finding) => [finding.code, finding.text])).toEqual([[code, text]])
  })
})

function set(name: string, host?: string): JsonObject {
  return {
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'TunnelSet',
    metadata: { name },
    spec: { prune: false, ...(host && { host }) },
  }
}

describe('across resources', () => {
  it('reports a second dictator on one machine, at the later', () => {
    const found = findingsOf([manager(DICTATE, 'one'), manager(DICTATE, 'two')])

    expect(found.map(({ code, text }) => [code, text])).toEqual([['E261', '"dictate"']])
    expect(found[0]?.notes[0]).toMatch(/^KeyManager\/one at a\.yaml:6:13$/)
  })

  it.each([
    ['HQ', 'hq', 1],
    ['HQ', 'hq.example.com', 1],
    ['hq.example.com', 'hq.example.net', 0],
    ['HQ', undefined, 1],
    ['HQ', 'DR', 0],
  ])('counts dictators by host: %s and %s', (one, other, count) => {
    const sets = [set('a', one), set('b', other)]

    expect(findingsOf([...sets, manager(DICTATE, 'one', 'a'), manager(DICTATE, 'two', 'b')])).toHaveLength(count)
  })

  it('reports a key that two tunnels claim', () => {
    const key = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
    const other = edited(GATEWAY, [
      ['/traffic/remote', ['10.9.0.0/16']],
      ['/key', `{${key.toUpperCase()}}`],
    ])
    const found = findingsOf([tunnel({ ...GATEWAY, key }, 'one'), tunnel(other, 'two')])

    expect(found.map(({ code, text }) => [code, text])).toEqual([['E251', `"{${key.toUpperCase()}}"`]])
  })

  it.each<readonly [string, Edits, readonly string[]]>([
    ['a second dictator with an odd time-out', [['/dictationTimeout', '20s']], ['E222', 'E261']],
    ['a second dictator with a misspelt field', [['/descripton', 'x']], ['E200', 'E261']],
    ['an audit log that dictates: the role may be the mistake', [['/handler', NOTIFY.handler!]], ['E262']],
    ['a role that cannot be read', [['/role', 7]], ['E202']],
  ])('hides nothing of %s', (_what, edits, codes) => {
    const found = findingsOf([manager(DICTATE, 'one'), manager(edited(DICTATE, edits), 'two')])

    expect(found.map(({ code }) => code).sort()).toEqual(codes)
  })

  it('reports a second dictator of a set that has no document', () => {
    const found = findingsOf([manager(DICTATE, 'one', 'lost'), manager(DICTATE, 'two', 'lost')])

    expect(found.map(({ code }) => code)).toEqual(['E126', 'E261'])
  })

  it.each<readonly [string, JsonObject]>([
    ['its host', { prune: false, host: 7 }],
    ['the name of its host', { prune: false, hots: 'DR' }],
  ])('draws no conclusion from a set with a mistake in %s', (_what, spec) => {
    const sets = [set('a', 'HQ'), { ...set('b'), spec }]
    const found = findingsOf([...sets, manager(DICTATE, 'one', 'a'), manager(DICTATE, 'two', 'b')])

    expect(found).toHaveLength(1)
  })

  it('draws no conclusion from a set that cannot be read', () => {
    const odd = { ...manager(DICTATE, 'two'), metadata: { name: 'two', sett: 'b' } }

    expect(findingsOf([set('b', 'DR'), manager(DICTATE, 'one'), odd]).map(({ code }) => code)).toEqual(['E200'])
  })

  it.each<readonly [string, Edits, readonly string[]]>([
    ['a key', [['/key', '3f2504e0-4f89-41d3-9a0c-0305e82c3301']], ['E220', 'E251', 'W223']],
    ['traffic', [], ['E220', 'W223']],
    ['traffic beside an address that is none', [['/traffic/local/1', '10.5.0.0/99']], ['E220', 'E223', 'W223']],
    ['traffic, as far as it is clear', [['/traffic/protocl', 'tcp']], ['E200', 'E220']],
    ['traffic of a protocol that is clear', [['/traffic/protocol', 'tcp']], ['E220', 'E226']],
  ])('reports %s that a tunnel with a mistake claims too', (_what, edits, codes) => {
    const mistake: Edits = [['/quickMode/proposals/0/lifetime/time', '60'], ...edits]
    const key = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
    const found = findingsOf([tunnel({ ...GATEWAY, key }, 'one'), tunnel(edited(GATEWAY, mistake), 'two')])

    expect(found.map(({ code }) => code).sort()).toEqual(codes)
  })

  it('warns of traffic that two tunnels claim, at the later and on the network they share', () => {
    const other = edited(GATEWAY, [['/traffic/remote', ['10.9.0.0/16', '10.2.7.0/24']]])
    const found = findingsOf([tunnel(GATEWAY, 'one'), tunnel(other, 'two')])

    expect(found.map(({ code, text }) => [code, text])).toEqual([['W223', '"10.2.7.0/24"']])
  })

  it('warns of a default route, and not of each tunnel whose traffic it takes', () => {
    const everything = edited(GATEWAY, [['/traffic/remote', ['0.0.0.0/0']]])

    expect(findingsOf([tunnel(GATEWAY, 'one'), tunnel(everything, 'two')]).map(({ code }) => code)).toEqual(['W229'])
    expect(findingsOf([tunnel(everything, 'one'), tunnel(GATEWAY, 'two')]).map(({ code }) => code)).toEqual(['W229'])
  })

  it('warns of two default routes that they share their traffic', () => {
    const everything = edited(GATEWAY, [['/traffic/remote', ['0.0.0.0/0']]])
    const found = findingsOf([tunnel(everything, 'one'), tunnel(everything, 'two')])

    expect(found.map(({ code }) => code).sort()).toEqual(['W223', 'W229', 'W229'])
  })

  it.each<readonly [string, Edits]>([
    ['another protocol', [['/traffic/protocol', 'udp']]],
    ['another port', [['/traffic/remotePort', '444-500']]],
  ])('does not warn where tunnels differ by %s', (_what, edits) => {
    expect(findingsOf([tunnel(HOSTS, 'one'), tunnel(edited(HOSTS, edits), 'two')])).toEqual([])
  })
})

it('reports eight mistakes of one manifest as eight findings, each on its line', () => {
  const spec = edited(GATEWAY, [
    ['/description', '@x'],
    ['/key', 'nope'],
    ['/endpoints/remote', '2001:db8::7'],
    ['/traffic/local/0', '10.1.0.1/16'],
    ['/traffic/protocol', 6],
    ['/mainMode/authentication/0/presharedKey', 'hunter2'],
    ['/mainMode/proposals/0/dh', 'none'],
    ['/quickMode/proposals/0/lifetime/time', '3600'],
  ])
  const { diagnostics } = loadDesired([{ path: 'a.yaml', text: textOf([tunnel(spec)]) }], KINDS)
  const lines = diagnostics.map(({ span }) => span && positionOf(span.file, span.start).line)

  expect(diagnostics.map(({ code }) => code).sort()).toEqual([
    'E220',
    'E224',
    'E225',
    'E226',
    'E229',
    'E241',
    'E247',
    'E250',
  ])
  expect(new Set(lines).size).toBe(8)
})
