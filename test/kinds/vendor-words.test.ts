/** The words of other tools: what the help says to them is taken where it is said, and is never weaker than what was written. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { type Json, type JsonObject, type Pointer, parentPointer, withValueAt } from '../../src/base/json.ts'
import { parseDuration, parseSize } from '../../src/base/units.ts'
import { kinds } from '../../src/kinds/index.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import { adviseWord } from '../../src/kinds/ipsec-tunnel/vocabularies.ts'
import * as vendor from '../../src/kinds/words.ts'
import { wordTable } from '../../src/kinds/words.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { validateDocument } from '../../src/manifest/schema/validate.ts'
import { textOf } from '../arbitraries/manifests.ts'
import { readDocuments } from '../manifest/yaml/documents.ts'
import { manifestOf } from '../support/manifest.ts'

const KINDS = new Map(kinds.map((kind) => [kind.name, kind]))

const SPEC: Json = {
  mode: 'gateway',
  keyModule: 'ikev2',
  endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
  traffic: { local: ['10.1.0.0/16'], remote: ['10.2.0.0/16'] },
  mainMode: {
    authentication: [{ presharedKey: { env: 'PSK', encoding: 'utf8' } }],
    proposals: [{ encryption: 'aes256', integrity: 'sha384', dh: 'dh20', lifetime: '8h' }],
    retransmitFor: '3m',
  },
  quickMode: {
    pfs: 'none',
    proposals: [{ esp: { aead: 'aes256gcm' }, lifetime: { time: '1h', data: '100MB' } }],
  },
}
const HOSTS = withValueAt(withValueAt(SPEC, '/mode', 'pointToPoint'), '/traffic', {
  local: ['203.0.113.10'],
  remote: ['198.51.100.7'],
  protocol: 'gre',
})
const SIGNED = withValueAt(SPEC, '/mainMode/authentication/0', {
  certificate: { signature: 'rsa', trust: { store: 'trustedRoot' } },
})
const esp = (value: Json) => withValueAt(SPEC, '/quickMode/proposals/0/esp', value)

/** Where a vocabulary is used, and in which spec. */
const PLACES: Readonly<Record<string, readonly [pointer: Pointer, spec: Json]>> = {
  mode: ['/mode', SPEC],
  mainModeEncryption: ['/mainMode/proposals/0/encryption', SPEC],
  mainModeIntegrity: ['/mainMode/proposals/0/integrity', SPEC],
  dh: ['/mainMode/proposals/0/dh', SPEC],
  pfs: ['/quickMode/pfs', SPEC],
  aead: ['/quickMode/proposals/0/esp/aead', esp({ aead: 'aes256gcm' })],
  encryption: ['/quickMode/proposals/0/esp/encryption', esp({ encryption: 'aes256', integrity: 'sha256' })],
  espIntegrity: ['/quickMode/proposals/0/esp/integrity', esp({ integrity: 'sha256' })],
  ahIntegrity: [
    '/quickMode/proposals/0/ah/integrity',
    withValueAt(SPEC, '/quickMode/proposals/0', { ah: { integrity: 'sha256' } }),
  ],
  signature: ['/mainMode/authentication/0/certificate/signature', SIGNED],
  encoding: ['/mainMode/authentication/0/presharedKey/encoding', SPEC],
  protocol: ['/traffic/protocol', HOSTS],
  // the other key modules have another authentication: a spec without a main mode takes all three
  keyModule: ['/keyModule', withValueAt(SPEC, '/mainMode', undefined)],
}
const TABLES: Readonly<Record<string, readonly vendor.WordRow[]>> = {
  mode: vendor.MODES,
  keyModule: vendor.KEY_MODULES,
  mainModeEncryption: vendor.CIPHERS,
  mainModeIntegrity: vendor.HASHES,
  dh: vendor.GROUPS,
  pfs: vendor.GROUPS,
  aead: vendor.CIPHERS,
  encryption: vendor.CIPHERS,
  espIntegrity: vendor.HASHES,
  ahIntegrity: vendor.HASHES,
  signature: vendor.SIGNATURES,
  encoding: vendor.ENCODINGS,
  protocol: vendor.PROTOCOL_NAMES,
}

function errorsOf(spec: Json): Diagnostic[] {
  const document = { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name: 'hq' }, spec } as JsonObject
  return loadDesired([{ path: 'a.yaml', text: textOf([document]) }], KINDS).diagnostics.filter(
    ({ severity }) => severity === 'error',
  )
}

/** The same of a spec without its text: much faster, and enough where every value is text. */
function errorsOfValue(spec: Json): readonly Diagnostic[] {
  const manifest = manifestOf('IPsecTunnel', spec as JsonObject)
  const value = { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name: 'hq' }, spec }
  const document = { file: manifest.file, start: 0, at: manifest.at, broken: new Set<Pointer>(), value }
  const { diagnostics } = validateDocument(document, ipsecTunnel.schema, ipsecTunnel.advise)
  const found = diagnostics.length > 0 ? diagnostics : ipsecTunnel.normalise(manifest).diagnostics
  return found.filter(({ severity }) => severity === 'error')
}

/** ``write `dh20` ``, or of another field beside it ``write `aead: aes256gcm` `` */
function hintOf(help = ''): { readonly field?: string; readonly value: string } | undefined {
  const [, field, value] = /^write `(?:(\w+): )?([^`]+)`/.exec(help) ?? []
  return value === undefined ? undefined : { value, ...(field !== undefined && { field }) }
}

function applied(spec: Json, pointer: Pointer, { field, value }: { field?: string; value: string }): Json {
  const scalar = /^\d+$/.test(value) ? Number(value) : value
  if (field === undefined) return withValueAt(spec, pointer, scalar)
  return withValueAt(spec, parentPointer(pointer), { [field]: scalar })
}

/** Bits of security, told from the words alone. What is not here has no order. */
function bitsOf(text: string): number | undefined {
  const known: Record<string, number> = {
    none: 0,
    des: 56,
    '3des': 112,
    md5: 64,
    sha1: 80,
    sha224: 224,
    sha512: 512,
    sha3: 512,
    chacha20poly1305: 256,
    mainMode: 1,
    ikev1: 1,
    authip: 2,
    ikev2: 3,
    rsa: 112,
    ecdsaP256: 128,
    ecdsaP384: 192,
    ecdsaP521: 256,
    aes: 128,
    aesgcm: 128,
    dh1: 60,
    dh2: 80,
    dh5: 90,
    dh14: 112,
    dh15: 128,
    dh16: 150,
    dh17: 175,
    dh18: 200,
    dh19: 128,
    dh20: 192,
    dh21: 256,
    dh22: 70,
    dh23: 95,
    dh24: 100,
    dh25: 96,
    dh26: 105,
    dh27: 105,
    dh28: 128,
    dh29: 192,
    dh30: 256,
    dh31: 128,
    dh32: 224,
    mlkem: 256,
  }
  return (
    known[text] ??
    (/^(?:aes|camellia|aria)(\d+)/.exec(text)
      ? Number(/\d+/.exec(text))
      : /^sha(224|256|384|512)$/.exec(text)
        ? Number(text.slice(3))
        : undefined)
  )
}

/** What the word of another tool says of itself, whatever the table makes of it. */
function bitsOfBoth(name: string, word: string, their: string): number | undefined {
  const [, hash] = /^sha2?(224|256|384|512)/.exec(their) ?? []
  const [, curve] = /^(?:ecp|ecdhp?|p|nistp|secp|ec)(\d{3})/.exec(their) ?? []
  const [, modulus] = /^(?:modp)?(\d{3,4})$/.exec(name === 'dh' || name === 'pfs' ? their : '') ?? []
  const own = hash ?? (curve && Number(curve) / 2) ?? (modulus && { 768: 60, 1024: 80, 1536: 90, 2048: 100 }[modulus])
  const all = [
    bitsOf(word),
    bitsOf(their),
    name === 'dh' || name === 'pfs' ? bitsOf(`dh${their}`) : undefined,
    own === undefined ? undefined : Number(own),
  ]
  const known = all.filter((bits) => bits !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

describe.each(Object.keys(PLACES))('%s', (name) => {
  const [pointer, spec] = PLACES[name]!
  const words = [...wordTable(TABLES[name]!)]

  it('has one finding for each word of the table, whose hint is taken and not weaker', () => {
    for (const [their, { word }] of words) {
      const broken = withValueAt(spec, pointer, their)
      const found = errorsOfValue(broken)
      if (found.length === 0) continue // the manifest has this very word
      const hint = hintOf(found[0]?.help)

      expect([their, found.length, found[0]?.help]).toEqual([their, 1, expect.stringMatching(/./)])
      if (!hint) continue
      expect([their, hint, errorsOfValue(applied(broken, pointer, hint))]).toEqual([their, hint, []])
      const [written, told] = [bitsOfBoth(name, word, their), bitsOf(hint.value)]
      expect([their, hint.value, written !== undefined && told !== undefined && told < written]).toEqual([
        their,
        hint.value,
        false,
      ])
    }
  })
})

const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789']
/** A word with one letter changed, added, left out, or swapped with its neighbour. */
const slips = (word: string) =>
  fc
    .tuple(fc.nat(word.length), fc.constantFrom(...letters), fc.constantFrom('change', 'add', 'drop', 'swap'))
    .map(([at, letter, what]) => {
      const [head, tail] = [word.slice(0, at), word.slice(at)]
      if (what === 'change') return `${head}${letter}${tail.slice(1)}`
      if (what === 'add') return `${head}${letter}${tail}`
      return what === 'drop' ? `${head}${tail.slice(1)}` : `${head}${tail[1] ?? ''}${tail[0] ?? ''}${tail.slice(2)}`
    })

describe('a slip of one letter', () => {
  const algorithms = [
    'mainModeEncryption',
    'mainModeIntegrity',
    'dh',
    'pfs',
    'aead',
    'encryption',
    'espIntegrity',
    'ahIntegrity',
  ]
  const cases = fc.constantFrom(...algorithms).chain((name) => {
    const own = TABLES[name]!.flatMap(([word]) => ['128', '192', '256'].map((size) => word.replace('#', size))).filter(
      (word) => bitsOf(word),
    )
    return fc
      .tuple(fc.constant(name), fc.constantFrom(...own))
      .chain(([vocabulary, word]) => fc.tuple(fc.constant(vocabulary), fc.constant(word), slips(word)))
  })

  it('never leads to a word weaker than the one that was meant', () => {
    fc.assert(
      fc.property(cases, ([name, word, slip]) => {
        const takes = hintOf(adviseWord(name, word)?.help)?.value === word
        const near = /did you mean `(.+)`/.exec(adviseWord(name, slip)?.label ?? '')?.[1]

        // a word that Windows does not have is told by name; a slip of it is nothing that anybody can know
        if (takes && near !== undefined)
          expect([name, word, slip, near, bitsOf(near)! >= bitsOf(word)!]).toEqual([name, word, slip, near, true])
      }),
      { numRuns: 3000 },
    )
  })
})

/** What people write, from each of the tools. */
const STORIES: readonly (readonly [string, string, string])[] = [
  // firewall cmdlets
  ['mainModeEncryption', 'DES3', 'write `3des`'],
  ['dh', 'DH14', 'write `dh14`'],
  ['encryption', 'AESGCM256', 'write `aead: aes256gcm` instead of `encryption` and `integrity`'],
  ['espIntegrity', 'AESGMAC256', 'write `aes256gmac`'],
  ['pfs', 'SameAsMainMode', 'write `mainMode`'],
  // RRAS and Azure
  ['pfs', 'PFSMM', 'write `mainMode`'],
  ['pfs', 'PFS24', 'write `dh24`'],
  ['pfs', 'ECP256', 'write `dh19`'],
  ['dh', 'DHGroup2048', 'write `dh14`'],
  ['dh', 'DHGroup24', 'write `dh24`'],
  ['dh', 'Group14', 'write `dh14`'],
  ['espIntegrity', 'SHA196', 'write `sha1`'],
  ['espIntegrity', 'MD596', 'write `md5`'],
  ['espIntegrity', 'GCMAES128', 'write `aead: aes128gcm` instead of `encryption` and `integrity`'],
  ['ahIntegrity', 'GCMAES256', 'write `aes256gmac`'],
  // netsh
  ['dh', 'ecdhp384', 'write `dh20`'],
  ['dh', 'dhgroup2', 'write `dh2`'],
  ['pfs', 'qmpfs=dhgroup14', 'write `dh14`'],
  ['keyModule', 'any', 'write `ikev2` or `authip`; weak is ikev1'],
  ['aead', 'aesgcm192', 'write `aes192gcm`'],
  // strongSwan
  ['aead', 'aes256gcm16', 'write `aes256gcm`'],
  ['aead', 'aes128gcm128', 'write `aes128gcm`'],
  ['mainModeIntegrity', 'sha2_256', 'write `sha256`'],
  ['mainModeIntegrity', 'prfsha384', 'write `sha384`'],
  ['espIntegrity', 'sha256_128', 'write `sha256`'],
  ['dh', 'modp1024', 'write `dh2`'],
  ['pfs', 'ecp384', 'write `dh20`'],
  // Cisco and Juniper
  ['encryption', 'esp-aes 256', 'write `aes256`'],
  ['encryption', 'esp-256-aes', 'write `aes256`'],
  ['encryption', 'aes-cbc-192', 'write `aes192`'],
  ['encryption', 'esp-gcm 256', 'write `aead: aes256gcm` instead of `encryption` and `integrity`'],
  ['espIntegrity', 'esp-sha-hmac', 'write `sha1`'],
  ['espIntegrity', 'esp-sha256-hmac', 'write `sha256`'],
  ['espIntegrity', 'hmac-sha-256-128', 'write `sha256`'],
  ['dh', 'group 14', 'write `dh14`'],
  // the IANA registry
  ['encryption', 'ENCR_AES_CBC', 'write `aes256`, or the size that the peer has'],
  ['espIntegrity', 'AUTH_HMAC_SHA2_256_128', 'write `sha256`'],
  ['mode', 'transport', 'transport mode is out of scope'],
  ['mode', 'tunnel', 'write `gateway`'],
  ['mode', 'site-to-site', 'write `gateway`'],
  ['keyModule', 'AuthIP', 'write `authip`'],
  ['protocol', 'GRE', 'write `47`'],
  ['protocol', 'any', 'leave out `protocol`'],
]

describe('the word of another tool', () => {
  it.each(STORIES)('%s: %s', (name, written, help) => {
    const [pointer, spec] = PLACES[name]!
    const found = errorsOf(withValueAt(spec, pointer, written))

    expect(found).toHaveLength(1)
    expect(found[0]?.help?.startsWith(help)).toBe(true)
  })

  it.each([
    ['mainModeEncryption', 'GCMAES256', 'AES-GCM of 256 bits in main mode'],
    ['mainModeEncryption', 'aes256gcm16', 'AES-GCM of 256 bits in main mode'],
    ['mainModeIntegrity', 'SHA512', 'SHA-512 in main mode'],
    ['espIntegrity', 'sha384', 'SHA-384 in ESP'],
    ['dh', 'ecp521', 'group 21 (P-521) in main mode'],
    ['dh', 'dh21', 'group 21 (P-521) in main mode'],
    ['dh', '5', 'group 5 (1536-bit MODP) in main mode'],
    ['pfs', 'curve25519', 'group 31 (Curve25519) in quick mode'],
    ['pfs', 'modp4096', 'group 16 (4096-bit MODP) in quick mode'],
    ['aead', 'chacha20poly1305', 'ChaCha20-Poly1305 in ESP'],
    ['encryption', 'aes256ctr', 'AES in counter mode in ESP'],
    ['espIntegrity', 'sha256_96', 'SHA-256 cut to 96 bits in ESP'],
  ])('%s: %s is what Windows does not have', (name, written, what) => {
    const [pointer, spec] = PLACES[name]!
    const found = errorsOf(withValueAt(spec, pointer, written))

    expect(found.map(({ help }) => help)).toEqual([expect.stringContaining(`Windows has no ${what} through this API`)])
    expect(hintOf(found[0]?.help)).toBe(undefined)
    expect(found[0]?.label).not.toMatch(/did you mean/)
  })

  it.each([
    ['dh', 14, 'write `dh14`'],
    ['dh', 2048, 'write `dh14`'],
    ['pfs', true, 'write `mainMode`'],
    ['pfs', false, 'write `none`'],
    ['mainModeIntegrity', 256, 'write `sha256`'],
  ])('%s: %s is understood, though YAML takes it for no text', (name, value, help) => {
    const [pointer, spec] = PLACES[name]!

    expect(errorsOf(withValueAt(spec, pointer, value)).map((found) => found.help)).toEqual([help])
  })
})

const TIME: Pointer = '/quickMode/proposals/0/lifetime/time'
const DATA: Pointer = '/quickMode/proposals/0/lifetime/data'

describe('a duration of another tool', () => {
  it.each([
    ['480min', '8h'],
    ['8 h', '8h'],
    ['8hours', '8h'],
    ['60 minutes', '1h'],
    ['1 h', '1h'],
    ['1 hr 30 min', '90m'],
    ['90 Seconds', '90s'],
    ['PT8H', '8h'],
    ['08:00:00', '8h'],
    ['1.00:00:00', '1d'],
    ['1.5h', '90m'],
    ['2 weeks', '14d'],
    ['480min,0sess', '8h'],
    ['28,800 s', '8h'],
    ['28800', '28800s'],
    [28_800, '28800s'],
  ])('%s is %s', (written, ours) => {
    const found = errorsOf(withValueAt(SPEC, TIME, written))

    expect(found.map(({ help }) => hintOf(help)?.value)).toEqual([ours])
    expect(errorsOf(withValueAt(SPEC, TIME, ours))).toEqual([])
  })

  it.each(['eight hours', '8 fortnights', '1h 5', '99999999999h', '5ms'])('%s has no hint', (written) => {
    expect(hintOf(errorsOf(withValueAt(SPEC, TIME, written))[0]?.help)).toBe(undefined)
  })

  it.each([60, '60', '60sec', '1min', '100'])('below the least time of a field no hint is below it: %s', (written) => {
    const place = '/mainMode/retransmitFor'
    const hint = hintOf(errorsOf(withValueAt(SPEC, place, written))[0]?.help)

    if (hint) expect(errorsOf(withValueAt(SPEC, place, hint.value))).toEqual([])
  })

  it('means the same whatever its unit is called', () => {
    const units = vendor.TIME_UNITS.flatMap(([seconds, theirs]) =>
      theirs.split(' ').map((their) => [seconds, their] as const),
    )

    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom('', ' '),
        ([seconds, unit], n, gap) => {
          const found = errorsOf(withValueAt(SPEC, TIME, `${n}${gap}${unit}`))

          if (found.length > 0) expect(parseDuration(hintOf(found[0]?.help)?.value ?? '')).toBe(n * seconds)
        },
      ),
    )
  })
})

describe('an amount of data of another tool', () => {
  it.each([
    ['100000kb', '100000KB'],
    ['100 MB', '100MB'],
    ['100mb', '100MB'],
    ['1GiB', '1048576KB'],
    ['100MiB', '102400KB'],
    ['1 TB', '1000GB'],
    ['4608000 kilobytes', '4608000KB'],
    ['100,000 KB', '100000KB'],
    ['1.5GB', '1500MB'],
    ['1073741824 bytes', '1048576KB'],
    ['100000', '100000KB'],
    [100_000, '100000KB'],
  ])('%s is %s', (written, ours) => {
    const found = errorsOf(withValueAt(SPEC, DATA, written))

    expect(found.map(({ help }) => hintOf(help)?.value)).toEqual([ours])
    expect(errorsOf(withValueAt(SPEC, DATA, ours))).toEqual([])
  })

  it.each(['1000 bytes', '5TB', '5000000000', 'unlimited'])('%s has no hint', (written) => {
    expect(hintOf(errorsOf(withValueAt(SPEC, DATA, written))[0]?.help)).toBe(undefined)
  })

  it('means the same whatever its unit is called', () => {
    const units = vendor.DATA_UNITS.flatMap(([kb, theirs]) => theirs.split(' ').map((their) => [kb, their] as const))

    fc.assert(
      fc.property(fc.constantFrom(...units), fc.integer({ min: 1, max: 4000 }), ([kilobytes, unit], n) => {
        const hint = hintOf(errorsOf(withValueAt(SPEC, DATA, `${n}${unit}`))[0]?.help)

        if (hint) expect(parseSize(hint.value)).toBe(n * kilobytes)
      }),
    )
  })
})

describe('a whole proposal in one word', () => {
  it.each([
    ['/mainMode/proposals/0', 'aes256-sha256-modp2048', '{ encryption: aes256, integrity: sha256, dh: dh14 }'],
    ['/mainMode/proposals/0', 'aes256-sha384-prfsha384-ecp384!', '{ encryption: aes256, integrity: sha384, dh: dh20 }'],
    ['/mainMode/proposals/0', 'dhgroup14:aes256-sha256', '{ encryption: aes256, integrity: sha256, dh: dh14 }'],
    ['/quickMode/proposals/0', 'aes256gcm16-ecp384', '{ esp: { aead: aes256gcm } }'],
    ['/quickMode/proposals/0', 'aes128-sha256', '{ esp: { encryption: aes128, integrity: sha256 } }'],
    [
      '/quickMode/proposals/0',
      'esp:sha1-aes256+60min+100000kb',
      '{ esp: { encryption: aes256, integrity: sha1 }, lifetime: { time: 1h, data: 100000KB } }',
    ],
  ])('%s: %s', (pointer, written, ours) => {
    const [found, ...more] = errorsOf(withValueAt(SPEC, pointer, written))
    const text = textOf([withValueAt(SPEC, pointer, 'HERE') as JsonObject]).replace('"HERE"', ours)

    expect([found?.code, hintOf(found?.help)?.value, more]).toEqual(['E202', ours, []])
    expect(errorsOf(readDocuments({ path: 'a.yaml', text }).documents[0]!.value)).toEqual([])
  })

  it('keeps the group of quick mode, which stands once for the tunnel', () => {
    const help = (word: string) => errorsOf(withValueAt(SPEC, '/quickMode/proposals/0', word))[0]?.help

    expect(help('aes256gcm16-ecp384')).toBe('write `{ esp: { aead: aes256gcm } }`, and `pfs: dh20` once in `quickMode`')
    expect(hintOf(help('aes256gcm16-curve25519'))).toBe(undefined)
  })

  it.each([
    'aes256gcm16-prfsha384-ecp384',
    'aes256-sha512-modp2048',
    'aes256-sha256-curve25519',
    'aes256-aes128-sha256-modp2048',
    'fast',
  ])('that main mode cannot say has no hint: %s', (written) => {
    expect(hintOf(errorsOf(withValueAt(SPEC, '/mainMode/proposals/0', written))[0]?.help)).toBe(undefined)
  })
})

describe('a number keeps the spelling that it has in the manifest', () => {
  const find = (line: string) => {
    const text = `apiVersion: wfpctl/v1alpha1\nkind: IPsecTunnel\nmetadata: { name: hq${line.startsWith('labels') ? `, ${line}` : ''} }\nspec:\n  mode: gateway\n  ${line.startsWith('labels') ? '' : line}\n`
    return loadDesired([{ path: 'a.yaml', text }], KINDS).diagnostics.map(({ help }) => help)
  }

  it.each([
    ['labels: { version: 1.10 }', 'put it in quotes: "1.10"'],
    ['labels: { number: 0x1F }', 'put it in quotes: "0x1F"'],
    ['labels: { exponent: 1e3 }', 'put it in quotes: "1e3"'],
    ['labels: { on: true }', 'put it in quotes: "true"'],
  ])('%s', (line, help) => {
    expect(find(line)).toContain(help)
  })

  it('in a name', () => {
    const text = 'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: 1.10 }\nspec: { prune: false }\n'

    expect(loadDesired([{ path: 'a.yaml', text }], KINDS).diagnostics.map(({ help }) => help)).toEqual([
      'put it in quotes: "1.10"',
    ])
  })
})

describe('a constant of the SDK, or a name of a dialogue', () => {
  it.each([
    ['dh', 'IKEEXT_DH_GROUP_14', 'dh14'],
    ['dh', 'IKEEXT_DH_ECP_384', 'dh20'],
    ['dh', 'Elliptic Curve Diffie-Hellman P-384', 'dh20'],
    ['dh', '384-bit random ECP group', 'dh20'],
    ['dh', '2048-bit MODP Group', 'dh14'],
    ['dh', '14 (2048-bit)', 'dh14'],
    ['pfs', 'IPSEC_PFS_MM', 'mainMode'],
    ['pfs', 'set pfs group14', 'dh14'],
    ['mainModeEncryption', 'IKEEXT_CIPHER_AES_256', 'aes256'],
    ['mainModeIntegrity', 'IKEEXT_INTEGRITY_SHA_384', 'sha384'],
    ['aead', 'IPSEC_CIPHER_TRANSFORM_ID_GCM_AES_256', 'aes256gcm'],
    ['aead', 'esp-256-aes-gcm', 'aes256gcm'],
    ['espIntegrity', 'IPSEC_AUTH_TRANSFORM_ID_HMAC_SHA_256_128', 'sha256'],
    ['keyModule', 'FWPM_KEYING_MODULE_IKEV2', 'ikev2'],
  ])('of %s is understood: %s', (vocabulary, written, word) => {
    expect(adviseWord(vocabulary, written)?.help).toBe(`write \`${word}\``)
  })

  it.each(['IKEEXT_DH_GROUP_15', 'x25519mlkem768', '3072-bit MODP group', '521-bit random ECP group', 'whatever'])(
    'is never led to no exchange of keys: %s',
    (written) => {
      for (const vocabulary of ['dh', 'pfs'])
        expect(adviseWord(vocabulary, written)?.help.replace(/weak are .*/, '')).not.toContain('none')
    },
  )
})
