/** What comes along when text is copied: it either does not count, or one finding names it and where it stands. Nothing invisible is printed. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../../src/base/characters.ts'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { type JsonObject, type Pointer, valueAt, withValueAt } from '../../src/base/json.ts'
import { kinds } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { textOf } from '../arbitraries/manifests.ts'

const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))

const TUNNEL: JsonObject = {
  apiVersion: 'wfpctl/v1alpha1',
  kind: 'IPsecTunnel',
  metadata: { name: 'hq-dallas', set: 'default' },
  spec: {
    key: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    mode: 'pointToPoint',
    keyModule: 'ikev2',
    endpoints: { local: '203.0.113.10', remote: '198.51.100.7', localInterface: '1689399632855040' },
    traffic: { local: ['203.0.113.10'], remote: ['198.51.100.7'], protocol: 'tcp', remotePort: '1024-65535' },
    mainMode: {
      authentication: [
        {
          certificate: {
            trust: {
              ca: ['CN=Corp Root CA,O=Example,C=US'],
              criteria: [
                {
                  thumbprint: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
                  ekus: ['1.3.6.1.5.5.7.3.1'],
                  subject: { type: 'dns', name: 'vpn.example.com' },
                },
              ],
            },
            localCertificateUrl: 'http://pki.example.com/hq.cer',
          },
        },
        { presharedKey: { env: 'HQ_PSK' } },
      ],
      proposals: [{ encryption: 'aes256', integrity: 'sha384', dh: 'dh20', lifetime: '8h' }],
    },
    quickMode: {
      proposals: [{ esp: { aead: 'aes256gcm' }, lifetime: { time: '1h', data: '100MB' } }],
      flags: ['clearDfOnTunnel'],
    },
    securityDescriptor: 'D:(A;;GA;;;BA)',
  },
}
const NAMED = withValueAt(TUNNEL, '/spec/endpoints', {
  local: '203.0.113.10',
  remoteFqdn: 'vpn.example.com',
}) as JsonObject
const GATEWAY = withValueAt(withValueAt(TUNNEL, '/spec/mode', 'gateway'), '/spec/traffic', {
  local: ['10.1.0.0/16'],
  remote: ['10.2.0.5-10.2.0.9'],
}) as JsonObject

const TRUST = '/spec/mainMode/authentication/0/certificate/trust'
const PLACES: readonly (readonly [Pointer, JsonObject])[] = [
  ...[
    '/apiVersion',
    '/kind',
    '/metadata/name',
    '/metadata/set',
    '/spec/key',
    '/spec/mode',
    '/spec/keyModule',
    '/spec/endpoints/local',
    '/spec/endpoints/remote',
    '/spec/endpoints/localInterface',
    '/spec/traffic/protocol',
    '/spec/traffic/remotePort',
    `${TRUST}/ca/0`,
    `${TRUST}/criteria/0/thumbprint`,
    `${TRUST}/criteria/0/ekus/0`,
    `${TRUST}/criteria/0/subject/type`,
    `${TRUST}/criteria/0/subject/name`,
    '/spec/mainMode/authentication/0/certificate/localCertificateUrl',
    '/spec/mainMode/authentication/1/presharedKey/env',
    '/spec/mainMode/proposals/0/encryption',
    '/spec/mainMode/proposals/0/dh',
    '/spec/mainMode/proposals/0/lifetime',
    '/spec/quickMode/proposals/0/esp/aead',
    '/spec/quickMode/proposals/0/lifetime/data',
    '/spec/quickMode/flags/0',
    '/spec/securityDescriptor',
  ].map((pointer) => [pointer, TUNNEL] as const),
  ['/spec/endpoints/remoteFqdn', NAMED],
  ['/spec/traffic/local/0', GATEWAY],
  ['/spec/traffic/remote/0', GATEWAY],
]

const INVISIBLE = ['\u200b', '\u200e', '\u200f', '\ufeff', '\u00a0', '\u2060', '\u202e', '\u00ad', '\u202f']

function load(document: JsonObject) {
  return loadDesired([{ path: 'a.yaml', text: textOf([document]) }], KINDS)
}

function errorsOf(document: JsonObject): Diagnostic[] {
  return load(document).diagnostics.filter(({ severity }) => severity === 'error')
}

function textsOf({ message, label, help, notes = [] }: Diagnostic): string {
  return [message, label, help, ...notes].join('\n')
}

it('has nothing to say to the documents without them', () => {
  expect([TUNNEL, NAMED, GATEWAY].flatMap(errorsOf)).toEqual([])
})

describe.each(PLACES)('%s', (pointer, document) => {
  const plain = String(valueAt(document, pointer))
  const clean = load(document).desired.resources.map(({ spec }) => spec)

  it('takes no notice of a character that does not show, or names it in one finding', () => {
    fc.assert(
      fc.property(fc.constantFrom(...INVISIBLE), fc.nat(plain.length), (odd, at) => {
        const written = `${plain.slice(0, at)}${odd}${plain.slice(at)}`
        const { desired, diagnostics } = load(withValueAt(document, pointer, written) as JsonObject)
        const found = diagnostics.filter(({ severity }) => severity === 'error')

        if (found.length === 0) expect(desired.resources.map(({ spec }) => spec)).toEqual(clean)
        else
          expect([written, found.length, textsOf(found[0]!)]).toEqual([
            written,
            1,
            expect.stringContaining(codeOf(odd)),
          ])
        expect(diagnostics.map(textsOf).join('\n')).not.toMatch(/[\p{Cf}\u00a0\u202f]/u)
      }),
      { numRuns: 12 },
    )
  })

  it('helps with what was meant, and that is taken', () => {
    for (const odd of ['\u200b', '\u200e']) {
      const found = errorsOf(withValueAt(document, pointer, `${odd}${plain}`) as JsonObject)
      const [, hint] = /^(?:write|did you mean) `([^`]+)`/.exec(found[0]?.help ?? '') ?? []

      if (found.length > 0) expect([odd, found[0]?.help, hint]).toEqual([odd, found[0]?.help, plain])
    }
  })
})

describe('characters that only look like plain ones', () => {
  it.each<readonly [Pointer, JsonObject, string, string, string]>([
    ['/spec/traffic/remote/0', GATEWAY, '10.2.0.5–10.2.0.9', 'U+2013 (en dash)', '10.2.0.5-10.2.0.9'],
    ['/spec/traffic/remotePort', TUNNEL, '1024–65535', 'U+2013 (en dash)', '1024-65535'],
    [
      '/spec/key',
      TUNNEL,
      '3f2504e0‑4f89‑41d3‑9a0c‑0305e82c3301',
      'U+2011 (non-breaking hyphen)',
      '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    ],
    ['/spec/endpoints/local', TUNNEL, '“203.0.113.10”', 'U+201C (typographic quote)', '203.0.113.10'],
    ['/metadata/name', TUNNEL, 'hq–dallas', 'U+2013 (en dash)', 'hq-dallas'],
    ['/spec/mainMode/proposals/0/lifetime', TUNNEL, '‘8h’', 'U+2018 (typographic quote)', '8h'],
    ['/spec/keyModule', TUNNEL, '„ikev2“', 'U+201E (typographic quote)', 'ikev2'],
  ])('%s: %#', (pointer, document, written, name, hint) => {
    const found = errorsOf(withValueAt(document, pointer, written) as JsonObject)

    expect(found.map(({ message, help }) => [message.includes(name), help])).toEqual([[true, `write \`${hint}\``]])
  })

  it('are nothing odd in a description or in a file name', () => {
    const described = withValueAt(TUNNEL, '/spec/description', '“HQ” – Dallas \u200fشركة') as JsonObject
    const method = '/spec/mainMode/authentication/1/presharedKey'

    expect(errorsOf(described)).toEqual([])
    expect(errorsOf(withValueAt(TUNNEL, method, { file: './hq–dallas.psk' }) as JsonObject)).toEqual([])
  })
})

describe('the name of a field with a character that does not show', () => {
  it('is unknown, and the character named', () => {
    const { mode, ...rest } = TUNNEL.spec as JsonObject
    const found = errorsOf({ ...TUNNEL, spec: { ...rest, 'mode\u200b': mode! } })

    expect(found.map(({ message, label, help }) => [message, label, help])).toEqual([
      ['unknown field `mode<U+200B>`', 'it holds U+200B (zero width space) at its end', 'did you mean `mode`?'],
    ])
  })
})

describe('a thumbprint as dialogues show it', () => {
  const at = `${TRUST}/criteria/0/thumbprint`
  it.each([
    '\u200eda 39 a3 ee 5e 6b 4b 0d 32 55 bf ef 95 60 18 90 af d8 07 09',
    'DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:D8:07:09',
    '\u200fda\u00a039a3ee5e6b4b0d3255bfef95601890afd80709\u200b',
  ])('is taken: %j', (written) => {
    const { desired, diagnostics } = load(withValueAt(TUNNEL, at, written) as JsonObject)
    const spec = desired.resources[0]!.spec

    expect(diagnostics).toEqual([])
    expect(valueAt(spec, '/mainMode/authentication/0/certificate/inbound/criteria/0/thumbprint')).toBe(
      'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    )
  })

  it('of another hash is told from that of SHA-1', () => {
    const found = errorsOf(withValueAt(TUNNEL, at, 'ab'.repeat(32)) as JsonObject)

    expect(found.map(({ code, help }) => [code, help])).toEqual([
      ['E245', 'this is as long as a SHA-256 hash; Windows takes the SHA-1 one, which `Get-ChildItem Cert:` shows'],
    ])
  })
})
