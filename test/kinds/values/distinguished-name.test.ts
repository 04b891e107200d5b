import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalDistinguishedName,
  decodeDistinguishedName,
  encodeDistinguishedName,
  parseDistinguishedName,
} from '../../../src/kinds/values/distinguished-name.ts'

// Subjects that OpenSSL 3.0 encoded (`openssl req`, string_mask PrintableString then UTF8String), and its RFC 2253 text.
const OPENSSL: readonly (readonly [string, string])[] = [
  [
    'CN=Example Root CA 1,O=Example AG,C=DE',
    '303e310b300906035504061302444531133011060355040a130a4578616d706c65204147311a3018060355040313114578616d706c6520526f6f742043412031',
  ],
  [
    'E=pki@contoso.com,CN=Contoso Root CA,OU=PKI,DC=contoso,DC=com',
    '307631133011060a0992268993f22c6401191603636f6d31173015060a0992268993f22c6401191607636f6e746f736f310c300a060355040b1303504b49311830160603550403130f436f6e746f736f20526f6f74204341311e301c06092a864886f70d010901160f706b6940636f6e746f736f2e636f6d',
  ],
  [
    'CN=Root \\<2\\>,O=Müller\\, Söhne \\+ Co,L=Köln,ST=Baden-Württemberg,C=DE',
    '306c310b3009060355040613024445311b301906035504080c12426164656e2d57c3bc727474656d62657267310e300c06035504070c054bc3b66c6e311d301b060355040a0c144dc3bc6c6c65722c2053c3b6686e65202b20436f3111300f06035504030c08526f6f74203c323e',
  ],
  [
    'CN=B+OU=A,O=Example,C=US',
    '3035310b30090603550406130255533110300e060355040a13074578616d706c653114300806035504031301423008060355040b130141',
  ],
  [
    'CN=x,STREET=Main St 1,T=Dr,SERIALNUMBER=4711,UID=u1',
    '305031123010060a0992268993f22c64010113027531310d300b0603550405130434373131310b3009060355040c1302447231123010060355040913094d61696e2053742031310a30080603550403130178',
  ],
  [
    `CN=long,OU=${'0123456789'.repeat(6)}0123,O=${'0123456789'.repeat(6)}0123`,
    '3081a531493047060355040a13403031323334353637383930313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323331493047060355040b134030313233343536373839303132333435363738393031323334353637383930313233343536373839303132333435363738393031323334353637383930313233310d300b060355040313046c6f6e67',
  ],
]

describe('distinguished names', () => {
  it.each(OPENSSL)('encodes %s as OpenSSL does', (text, hex) => {
    expect(encodeDistinguishedName(text).toString('hex')).toBe(hex)
  })

  it.each(OPENSSL)('decodes %s', (text, hex) => {
    expect(decodeDistinguishedName(Buffer.from(hex, 'hex'))).toBe(text)
  })

  it.each([
    ['cn = Example Root CA 1 , o=Example AG,C=DE', 'CN=Example Root CA 1,O=Example AG,C=DE'],
    ['CN="Root, Inc.",O=X', 'CN=Root\\, Inc.,O=X'],
    ['S=Bavaria', 'ST=Bavaria'],
    ['emailAddress=a@b.c', 'E=a@b.c'],
    ['OID.2.5.4.3=a', 'CN=a'],
    ['2.5.4.3=a', 'CN=a'],
    ['1.2.3.4=a', '1.2.3.4=a'],
    ['OU=A+CN=B', 'CN=B+OU=A'],
    ['CN=K\\C3\\B6ln', 'CN=Köln'],
    ['CN=#130161', 'CN=a'],
    ['CN=\\ a b\\ ', 'CN=\\ a b\\ '],
    ['CN=\\ ', 'CN=\\ '],
    ['CN=\\#a#', 'CN=\\#a#'],
    ['CN=a\\0Ab', 'CN=a\\0Ab'],
    ['CN=a\\=b', 'CN=a=b'],
  ])('gives %s one spelling', (written, canonical) => {
    expect(canonicalDistinguishedName(written)).toBe(canonical)
  })

  it('shows a value in another string type as bytes, because its DER differs', () => {
    // CN=Example Root as UTF8String, as OpenSSL writes it by default
    const der = Buffer.from('30173115301306035504030c0c4578616d706c6520526f6f74', 'hex')

    expect(decodeDistinguishedName(der)).toBe('CN=#0C0C4578616D706C6520526F6F74')
    expect(encodeDistinguishedName('CN=#0C0C4578616D706C6520526F6F74')).toEqual(der)
  })

  it.each([
    ['', 0],
    ['CN', 2],
    ['CN=', 3],
    ['CN=a,', 5],
    ['CN=a,XY=b', 5],
    ['CN=a;O=b', 4],
    ['CN=a<', 4],
    ['CN="a', 3],
    ['CN="a"b', 6],
    ['CN=a\\x', 4],
    ['CN=\\C3', 3],
    ['CN=#1', 3],
    ['CN=#1301', 3],
    ['9.9.9=a', 0],
  ])('refuses %j at offset %i', (text, at) => {
    expect(parseDistinguishedName(text)).toMatchObject({ ok: false, at })
  })

  it.each(['', '3000', '30', '3005310a', '30023100', '0401', '300831063004060103', '308000', '30843b9aca0031'])(
    'takes the bytes %s for no name',
    (hex) => {
      expect(decodeDistinguishedName(Buffer.from(hex, 'hex'))).toBeNull()
    },
  )

  const keyword = fc.constantFrom(
    'CN',
    'O',
    'OU',
    'C',
    'L',
    'ST',
    'DC',
    'E',
    'STREET',
    'T',
    'UID',
    '1.2.840.1',
    '2.999.5',
  )
  const value = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }))
  const escaped = (text: string): string =>
    [...Buffer.from(text, 'utf8')].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
  const attribute = fc.tuple(keyword, value).map(([name, text]) => `${name}=${escaped(text)}`)
  const rdn = fc.array(attribute, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('+'))
  const name = fc.array(rdn, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(','))

  it('survives the way to DER and back, whatever the values hold', () => {
    fc.assert(
      fc.property(name, (written) => {
        const der = encodeDistinguishedName(written)
        const text = decodeDistinguishedName(der)

        expect(text).not.toBeNull()
        expect(encodeDistinguishedName(text!)).toEqual(der)
        expect(canonicalDistinguishedName(text!)).toBe(text)
      }),
    )
  })

  it('never throws on bytes, and never prints bytes it would not write again', () => {
    const flipped = fc.tuple(name, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([text, at, flip]) => {
      const der = encodeDistinguishedName(text)
      der[at % der.length]! ^= flip
      return new Uint8Array(der)
    })

    fc.assert(
      fc.property(fc.oneof(flipped, fc.uint8Array({ maxLength: 40 })), (bytes) => {
        const text = decodeDistinguishedName(bytes)

        if (text !== null) expect(new Uint8Array(encodeDistinguishedName(text))).toEqual(bytes)
      }),
    )
  })

  it('never throws on text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), name), (text) => {
        expect(typeof parseDistinguishedName(text).ok).toBe('boolean')
      }),
    )
  })
})
