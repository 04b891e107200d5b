/** Patterns are for editors. None of them refuses what our own readers take, or what a schema shows as an example. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { kinds } from '../../src/kinds/index.ts'
import { credentialName, placeInFile } from '../../src/kinds/ipsec-tunnel/authentication.ts'
import { FORMS } from '../../src/kinds/ipsec-tunnel/kind.ts'
import type { Parsed } from '../../src/kinds/values/reading.ts'
import { displayText, duration, filePath } from '../../src/kinds/values/scalars.ts'
import { manifests } from '../arbitraries/manifests.ts'
import { readDocuments } from '../manifest/yaml/documents.ts'
import { exampleFiles, exampleNames } from '../support/examples.ts'
import { manifestOf } from '../support/manifest.ts'
import { publishedValidator } from '../support/schemas.ts'

const READERS: { readonly [form: string]: (text: string) => Parsed<unknown> } = {
  ...FORMS,
  dictationTimeout: duration(1, 10),
  path: filePath,
  place: placeInFile,
  target: credentialName,
  text: displayText,
}

/** What the reader of each form takes, to be mutated. */
const SEEDS: { readonly [form: string]: readonly string[] } = {
  addressSet: [
    '10.1.0.0/16',
    '10.1.0.5-10.1.0.9',
    '2001:db8::/32',
    'fd00::-fd00::ffff',
    '::',
    '64:ff9b::192.0.2.33',
    '0.0.0.0/0',
  ],
  authority: ['CN=Corp Root CA,O=Example,C=US', 'cn = A + ou = B , dc=example', '2.5.4.3=#0C0141', 'CN="a, b"'],
  data: ['100MB', '1KB', '4GB'],
  descriptor: ['D:(A;;GA;;;BA)', 'O:BAG:SYD:P(A;;GA;;;SY)', 'D:NO_ACCESS_CONTROL', 'G:SY'],
  dictationTimeout: ['5s', '10s'],
  duration: ['8h', '1h30m', '90s', '1d2h3m4s'],
  environment: ['HQ_PSK', '_a1'],
  guid: ['3f2504e0-4f89-41d3-9a0c-0305e82c3301', '{3F2504E0-4F89-41D3-9A0C-0305E82C3301}'],
  hostName: ['vpn.example.com', 'VPN.Example.COM.', 'a_b-1', 'xn--kln-sna.example'],
  localEnd: ['203.0.113.10', '2001:db8::10', '::', '64:ff9b::192.0.2.33'],
  luid: ['1689399632855040', '0x6004000000000', '0X1f'],
  modifier: ['00112233445566778899aabbccddeeff', '00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF'],
  oid: ['1.3.6.1.5.5.7.3.1', '2.999.7'],
  path: ['./hq.psk', 'C:\\keys\\hq.psk', ' a'],
  place: ['tunnels.dallas.psk', 'list.0', 'a b.c'],
  target: ['wfpctl/hq-dallas', 'LegacyGeneric:target=hq', 'a b'],
  port: ['443', '1024-65535', '0'],
  remoteEnd: ['198.51.100.7', '2001:db8::7'],
  retransmission: ['2m', '1h'],
  text: ['HQ to Dallas branch', '', '“HQ” – Köln', 'a@b'],
  thumbprint: [
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    '\u200eda 39 a3 ee 5e 6b 4b 0d 32 55 bf ef 95 60 18 90 af d8 07 09',
  ],
}

interface Node {
  readonly [keyword: string]: unknown
}

function* nodesOf(node: unknown): Generator<Node> {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) yield node as Node
  for (const inner of Object.values(node)) yield* nodesOf(inner)
}

const patterns = new Map<string, Set<string>>()
for (const { schema } of kinds)
  for (const node of nodesOf(schema)) {
    const { 'x-form': form, pattern } = node
    if (typeof form === 'string' && typeof pattern === 'string')
      patterns.set(form, (patterns.get(form) ?? new Set()).add(pattern))
  }

it('stands in the schema for each form that a kind reads itself', () => {
  expect([...patterns.keys()].sort()).toEqual(Object.keys(SEEDS).sort())
  expect(Object.keys(SEEDS).filter((form) => !READERS[form])).toEqual([])
})

const ODD = [
  ' ',
  '\t',
  '\u00a0',
  '\u200e',
  '-',
  '.',
  ':',
  '/',
  '0',
  '9',
  'a',
  'F',
  'x',
  '=',
  '{',
  '}',
  '\n',
  '\ufeff',
  'K',
]
/** A value with a few characters put in, changed, or left out, in any case. */
const mutations = (seeds: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(60), fc.nat(1), fc.constantFrom('', ...ODD)), { maxLength: 3 }),
      fc.constantFrom('', 'upper', 'lower'),
    )
    .map(([seed, edits, letters]) => {
      const text = edits.reduce((all, [at, drop, put]) => `${all.slice(0, at)}${put}${all.slice(at + drop)}`, seed)
      return letters === 'upper' ? text.toUpperCase() : letters === 'lower' ? text.toLowerCase() : text
    })

describe.each(Object.keys(SEEDS))('the pattern of the form %s', (form) => {
  const read = READERS[form]!
  const all = [...(patterns.get(form) ?? [])].map((pattern) => new RegExp(pattern, 'u'))

  it('takes whatever the reader takes', () => {
    let taken = 0
    fc.assert(
      fc.property(mutations(SEEDS[form]!), (text) => {
        if (!('value' in read(text))) return
        taken++
        expect([text, all.every((pattern) => pattern.test(text))]).toEqual([text, true])
      }),
      { numRuns: 1500 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  it('refuses what is clearly something else', () => {
    const other =
      form === 'path' || form === 'target'
        ? '   '
        : form === 'place'
          ? 'tunnels..psk'
          : form === 'text'
            ? '@netcfg.dll,-1'
            : form === 'authority'
              ? 'Corp Root CA'
              : 'something else'

    expect(all.map((pattern) => pattern.test(other))).toEqual(all.map(() => false))
  })
})

describe('the published schema, in a validator that knows nothing of us', () => {
  const validate = publishedValidator()
  const accepts = (document: unknown) => [validate(document), validate.errors]

  it('takes every generated manifest, and its normal form', () => {
    const byName = new Map(kinds.map((kind) => [kind.name, kind]))
    fc.assert(
      fc.property(manifests(), (documents) => {
        for (const document of documents) {
          const normal = byName.get(document.kind)!.normalise(manifestOf(document.kind, document.spec))

          expect([document, accepts(document)]).toEqual([document, [true, null]])
          if (normal.ok) expect(accepts({ ...document, spec: normal.value as JsonObject })).toEqual([true, null])
        }
      }),
      { numRuns: 40 },
    )
  })

  it.each(exampleNames)('takes the example %s', (name) => {
    for (const file of exampleFiles(name))
      for (const { value } of readDocuments(file).documents)
        expect([name, accepts(value)]).toEqual([name, [true, null]])
  })
})
