/**
 * Random VALID manifests of both kinds: every key module, both modes, every field, in the many spellings that a user may choose.
 *
 * `tunnelSpecs()` and `keyManagerSpecs()` give specs as written; `manifests()` gives whole documents with different names.
 * JSON is YAML: `textOf(documents)` is a file.
 */

import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { addresses, addressSets, families } from './addresses.ts'
import { authentications, flagLists } from './authentication.ts'
import { fields, KEY_MODULES } from './words.ts'

export { SECRET_VARIABLES } from './words.ts'

export interface Document extends JsonObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly set: string
    readonly labels: { readonly [key: string]: string }
  }
  readonly spec: JsonObject
}

const UINT32 = 0xffff_ffff
const durations = (min = 1, max = 1_000_000): fc.Arbitrary<string> =>
  fc.integer({ min, max }).chain((seconds) => fc.constantFrom(`${seconds}s`, compound(seconds)))
const sizes = fc.oneof(
  fc.integer({ min: 1, max: UINT32 }).map((kb) => `${kb}KB`),
  fc.integer({ min: 1, max: 4_294_967 }).map((mb) => `${mb}MB`),
  fc.integer({ min: 1, max: 4_294 }).map((gb) => `${gb}GB`),
)
const luids = fc.oneof(
  fc.integer({ min: 1 }),
  fc
    .bigInt({ min: 1n, max: 0xffff_ffff_ffff_ffffn })
    .chain((bits) => fc.constantFrom(`${bits}`, `0x${bits.toString(16)}`)),
)
const ports = fc.oneof(
  fc.integer({ min: 0, max: 65_535 }),
  fc.tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 65_535 })).map((pair) => {
    const [first, last] = pair.sort((a, b) => a - b)
    return `${first}-${last}`
  }),
)
const texts = fc.stringMatching(/^[A-Za-zäöüß0-9 ,.:()/-]{0,40}$/)
const uint32 = fc.integer({ min: 0, max: UINT32 })

/** `5400` → `1h30m`: a spelling that is never canonical unless one unit is enough. */
function compound(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${h ? `${h}h` : ''}${m ? `${m}m` : ''}${s ? `${s}s` : ''}`
}

export function tunnelSpecs(): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(fc.constantFrom(...KEY_MODULES), fc.constantFrom('gateway', 'pointToPoint'))
    .chain(([keyModule, mode]) =>
      fields(
        {
          mode: fc.constant(mode),
          keyModule: fc.constant(keyModule),
          endpoints: endpoints(),
          traffic: traffic(mode),
          quickMode: quickModes(keyModule, mode),
        },
        {
          description: texts,
          key: fc
            .uuid()
            .filter((key) => !/^[0-]*$/.test(key))
            .chain((key) => fc.constantFrom(key, `{${key.toUpperCase()}}`)),
          virtualInterface: fc.boolean(),
          persistence: fc.constantFrom('persistent', 'static'),
          protect: fc.constantFrom('none', 'delete'),
          mainMode: mainModes(keyModule),
          ...(keyModule === 'authip' && { extendedMode: extendedModes() }),
          securityDescriptor: fc.constantFrom(
            'D:(A;;GA;;;BA)',
            ' D:P(A;;GA;;;BA)(A;;GR;;;WD) ',
            'O:BAG:SYD:(A;;0x10080;;;S-1-5-18)',
          ),
        },
      ),
    )
}

function endpoints(): fc.Arbitrary<Json> {
  return families.chain((family) =>
    fc.uniqueArray(addresses(family), { minLength: 2, maxLength: 4, selector: canonical }).chain((all) => {
      const [local = '', ...remotes] = all
      const optional = { localInterface: luids, compartment: fc.integer({ min: 1, max: UINT32 }) }
      const names = fc.constantFrom('vpn.example.com', 'VPN.Example.COM.', 'gw1.branch.example')
      return fc.oneof(
        fields({ local: fc.constant(local), remote: fc.constantFrom<Json[]>(remotes, remotes[0] ?? '') }, optional),
        fields({ local: fc.constant(local), remoteFqdn: names }, optional),
      )
    }),
  )
}

/** Two spellings of one address are one address. */
function canonical(text: string): string {
  return text.includes(':') ? new URL(`http://[${text}]`).hostname : text
}

function traffic(mode: string): fc.Arbitrary<Json> {
  return families.chain((family) => {
    const sides = {
      local: fc.array(addressSets(family), { minLength: 1, maxLength: 4 }),
      remote: fc.array(addressSets(family), { minLength: 1, maxLength: 4 }),
    }
    if (mode === 'gateway') return fields(sides)
    const anywhere = { interface: luids, profile: uint32 }
    return fc.oneof(
      fields(sides, {
        ...anywhere,
        protocol: fc.oneof(fc.constantFrom('icmp', 'icmpv6'), fc.integer({ min: 0, max: 255 })),
      }),
      fields(
        { ...sides, protocol: fc.constantFrom('tcp', 'udp', 6, 17) },
        { ...anywhere, localPort: ports, remotePort: ports },
      ),
    )
  })
}

function mainModes(keyModule: string): fc.Arbitrary<Json> {
  const groups = ['dh1', 'dh2', 'dh14', 'dh19', 'dh20', 'dh24', ...(keyModule === 'authip' ? ['none'] : [])]
  const proposal = fields(
    {},
    {
      encryption: fc.constantFrom('des', '3des', 'aes128', 'aes192', 'aes256'),
      integrity: fc.constantFrom('md5', 'sha1', 'sha256', 'sha384'),
      dh: fc.constantFrom(...groups),
      lifetime: durations(),
      quickModeLimit: uint32,
    },
  )
  return fields(
    { authentication: authentications(keyModule) },
    {
      proposals: fc.array(proposal, { minLength: 1, maxLength: 3 }),
      maxDynamicFilters: uint32,
      flags: flagLists('mainMode', keyModule),
      ...(keyModule === 'ikev2' && { retransmitFor: durations(120) }),
      ...(keyModule === 'authip' && { impersonation: fc.constantFrom('none', 'socketPrincipal') }),
    },
  )
}

function extendedModes(): fc.Arbitrary<Json> {
  return fields(
    { authentication: authentications('authip') },
    { impersonation: fc.constantFrom('none', 'socketPrincipal') },
  )
}

function quickModes(keyModule: string, mode: string): fc.Arbitrary<Json> {
  return fields(
    { proposals: fc.array(quickModeProposals(), { minLength: 1, maxLength: 3 }) },
    {
      pfs: fc.constantFrom('none', 'mainMode', 'dh1', 'dh2', 'dh14', 'dh19', 'dh20', 'dh24'),
      idleTimeout: fields({}, { normal: durations(), failover: durations() }),
      forwardPathLifetime: durations(),
      flags: flagLists('quickMode', keyModule, mode),
      keyManagers: fields(
        {},
        { notify: fc.boolean(), dictate: keyModule === 'authip' ? fc.boolean() : fc.constant(false) },
      ),
      trafficSelectors: fc.array(selectorPolicies(), { minLength: 1, maxLength: 2 }),
    },
  )
}

function quickModeProposals(): fc.Arbitrary<Json> {
  const hashes = fc.constantFrom('md5', 'sha1', 'sha256')
  const all = fc.constantFrom('md5', 'sha1', 'sha256', 'aes128gmac', 'aes192gmac', 'aes256gmac')
  const ciphers = fc.constantFrom('des', '3des', 'aes128', 'aes192', 'aes256')
  const esp = fc.oneof(
    fields({ aead: fc.constantFrom('aes128gcm', 'aes192gcm', 'aes256gcm') }),
    fields({ encryption: ciphers }, { integrity: hashes }),
    fields({ integrity: all }),
  )
  const ah = fields({ integrity: all })
  const lifetime = fields({}, { time: durations(), data: sizes, packets: fc.integer({ min: 1, max: UINT32 }) })
  return fc.oneof(fields({ esp }, { lifetime }), fields({ ah }, { lifetime }), fields({ esp, ah }, { lifetime }))
}

function selectorPolicies(): fc.Arbitrary<Json> {
  const selector = families.chain((family) => {
    const address = addressSets(family)
    return fc.oneof(
      fields({ address }, { protocol: fc.oneof(fc.constantFrom('icmp', 'icmpv6'), fc.integer({ min: 0, max: 255 })) }),
      fields({ address, protocol: fc.constantFrom('tcp', 'udp', 6, 17) }, { port: ports }),
    )
  })
  return fields(
    {},
    { flags: uint32, local: fc.array(selector, { maxLength: 2 }), remote: fc.array(selector, { maxLength: 2 }) },
  )
}

export function keyManagerSpecs(): fc.Arbitrary<JsonObject> {
  const module = fields({ module: fc.constantFrom('./tia.mjs', '../agents/tia.mjs') })
  const log = fields({
    builtin: fc.constant('audit-log'),
    file: fc.constantFrom('./sa-audit.ndjson', 'logs/sa.ndjson'),
  })
  return fc.oneof(
    fields({ role: fc.constant('notify'), handler: fc.oneof(module, log) }, { description: texts }),
    fields(
      { role: fc.constant('dictate'), handler: module },
      { description: texts, dictationTimeout: durations(1, 10) },
    ),
  )
}

/** Whole documents with different names; at most one key manager dictates, no two tunnels share a key. */
export function manifests(
  options: { readonly maxLength?: number; readonly sets?: readonly string[] } = {},
): fc.Arbitrary<Document[]> {
  const { maxLength = 5, sets = ['default'] } = options
  const one = fc.oneof(
    { weight: 4, arbitrary: tunnelSpecs().map((spec) => ['IPsecTunnel', spec] as const) },
    { weight: 1, arbitrary: keyManagerSpecs().map((spec) => ['KeyManager', spec] as const) },
  )
  const place = fc.tuple(
    fc.constantFrom(...sets),
    fc.dictionary(fc.constantFrom('site', 'team'), fc.constantFrom('a', 'b')),
  )
  return fc.array(fc.tuple(one, place), { maxLength }).map((all) => {
    const dictators = all.filter(([[, spec]]) => spec.role === 'dictate').slice(1)
    return all
      .filter((entry) => !dictators.includes(entry))
      .map(([[kind, spec], [set, labels]], i) => ({
        apiVersion: 'wfpctl/v1alpha1',
        kind,
        metadata: { name: `r${i}`, set, labels: { ...labels } },
        spec,
      }))
  })
}

/** A YAML file of the documents. */
export function textOf(documents: readonly JsonObject[]): string {
  return documents.map((document) => `---\n${JSON.stringify(document, null, 2)}\n`).join('')
}
