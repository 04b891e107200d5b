/**
 * Distinguished names: the RFC 4514 string that people write ⇄ the DER of an X.501 Name that `certData` holds.
 *
 * Both directions are exact: a name whose letters stand in another string type than ours is shown as `CN=#0C0141`,
 * so that different bytes never look alike and `encode(decode(der))` is `der`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4514
 */

import { INVISIBLE } from '../../base/index.ts'
import * as der from './der.ts'
import {
  IA5_STRING,
  OBJECT_IDENTIFIER,
  PRINTABLE_STRING,
  readTlvs,
  SEQUENCE,
  SET,
  UTF8_STRING,
  writeOid,
  writeTlv,
} from './der.ts'

export type ParsedName =
  | { readonly ok: true; readonly der: Buffer }
  /** `at`: UTF-16 offset in the text where the mistake stands */
  | { readonly ok: false; readonly at: number; readonly message: string; readonly help?: string }

/** RFC 4514 string → DER, or what is wrong and where. */
export function parseDistinguishedName(text: string): ParsedName {
  try {
    return { ok: true, der: new NameReader(text).name() }
  } catch (error) {
    if (!(error instanceof NameError)) throw error
    return { ok: false, at: error.at, message: error.message, ...(error.help && { help: error.help }) }
  }
}

/** RFC 4514 string of a name that has been parsed before. */
export function encodeDistinguishedName(text: string): Buffer {
  const parsed = parseDistinguishedName(text)
  if (!parsed.ok) throw new Error(`not a distinguished name: ${text}`)
  return parsed.der
}

/** DER → the canonical RFC 4514 string, or null when the bytes are not DER of a Name. */
export function decodeDistinguishedName(bytes: Uint8Array): string | null {
  const [name, ...more] = der.readTlvs(bytes) ?? []
  if (!name || more.length > 0 || name.tag !== der.SEQUENCE) return null
  const rdns = der.readTlvs(name.content)?.map(formatRdn)
  if (!rdns || rdns.length === 0 || rdns.includes(null)) return null
  const text = rdns.reverse().join(',')
  const again = parseDistinguishedName(text)
  return again.ok && again.der.equals(bytes) ? text : null
}

/** One spelling for all that mean the same bytes: `cn = A, o=B` → `CN=A,O=B`. Throws on what does not parse. */
export function canonicalDistinguishedName(text: string): string {
  return decodeDistinguishedName(encodeDistinguishedName(text))!
}

/** One attribute of a name: `{ type: 'CN', value: 'Corp Root CA' }`; a type without a short name is its OID. */
export interface NamePart {
  readonly type: string
  readonly value: string
}

/** The parts of a name that has been parsed before, in the order of the text; several where they are joined by `+`. */
export function partsOfName(text: string): NamePart[][] {
  const rdns = der.readTlvs(encodeDistinguishedName(text))![0]!
  return der
    .readTlvs(rdns.content)!
    .map((rdn) => der.readTlvs(rdn.content)!.map(partOf))
    .reverse()
}

function partOf(attribute: der.Tlv): NamePart {
  const [type, value] = der.readTlvs(attribute.content)!
  return { type: nameOfAttribute(der.readOid(type!.content)!), value: value!.content.toString('utf8') }
}

/** The canonical text of the same parts, from the last to the first. Of a name that has been parsed before. */
export function turnedName(text: string): string {
  const [name] = der.readTlvs(encodeDistinguishedName(text))!
  return der.readTlvs(name!.content)!.map(formatRdn).join(',')
}

const TEXTS: readonly number[] = [der.PRINTABLE_STRING, der.UTF8_STRING, der.IA5_STRING]

function formatRdn(rdn: der.Tlv): string | null {
  const parts = rdn.tag === der.SET ? der.readTlvs(rdn.content)?.map(formatAttribute) : undefined
  return parts && parts.length > 0 && !parts.includes(null) ? parts.join('+') : null
}

function formatAttribute(attribute: der.Tlv): string | null {
  const [type, value, ...more] = attribute.tag === der.SEQUENCE ? (der.readTlvs(attribute.content) ?? []) : []
  if (type?.tag !== der.OBJECT_IDENTIFIER || !value || more.length > 0) return null
  const oid = der.readOid(type.content)
  return oid === null ? null : `${nameOfAttribute(oid)}=${formatValue(oid, value)}`
}

function formatValue(oid: string, value: der.Tlv): string {
  const text = TEXTS.includes(value.tag) ? value.content.toString('utf8') : ''
  if (!encodeAttributeText(oid, text).equals(value.der)) return `#${value.der.toString('hex').toUpperCase()}`
  return escapeValue(text)
}

/** RFC 4514, section 2.4; what does not show as bytes, so that a name stays on one line and can be read. */
function escapeValue(text: string): string {
  return text
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/\p{Cc}/gu, escapeBytes)
    .replace(INVISIBLE, escapeBytes)
    .replace(/(?<=.) $/, '\\ ')
    .replace(/^[ #]/, '\\$&')
}

function escapeBytes(character: string): string {
  return Buffer.from(character, 'utf8').toString('hex').toUpperCase().replace(/../g, '\\$&')
}

interface AttributeType {
  readonly oid: string
  /** the canonical name first, then what else is understood: Windows' own spellings among them */
  readonly names: readonly string[]
  /** the only string type that standards allow here (RFC 5280, appendix A.1); absent: PrintableString or UTF8String */
  readonly string?: typeof PRINTABLE_STRING | typeof IA5_STRING
}

const ATTRIBUTE_TYPES: readonly AttributeType[] = [
  { oid: '2.5.4.3', names: ['CN', 'commonName'] },
  { oid: '2.5.4.4', names: ['SN', 'surname'] },
  { oid: '2.5.4.5', names: ['SERIALNUMBER'], string: PRINTABLE_STRING },
  { oid: '2.5.4.6', names: ['C', 'countryName'], string: PRINTABLE_STRING },
  { oid: '2.5.4.7', names: ['L', 'localityName'] },
  { oid: '2.5.4.8', names: ['ST', 'S', 'stateOrProvinceName'] },
  { oid: '2.5.4.9', names: ['STREET', 'streetAddress'] },
  { oid: '2.5.4.10', names: ['O', 'organizationName'] },
  { oid: '2.5.4.11', names: ['OU', 'organizationalUnitName'] },
  { oid: '2.5.4.12', names: ['T', 'TITLE'] },
  { oid: '2.5.4.42', names: ['G', 'GN', 'givenName'] },
  { oid: '0.9.2342.19200300.100.1.1', names: ['UID', 'userId'] },
  { oid: '0.9.2342.19200300.100.1.25', names: ['DC', 'domainComponent'], string: IA5_STRING },
  { oid: '1.2.840.113549.1.9.1', names: ['E', 'EMAIL', 'emailAddress'], string: IA5_STRING },
]

const byName = new Map(ATTRIBUTE_TYPES.flatMap((type) => type.names.map((name) => [name.toLowerCase(), type.oid])))
const byOid = new Map(ATTRIBUTE_TYPES.map((type) => [type.oid, type]))

/** Every name that is understood, for a "did you mean". */
const attributeNames: readonly string[] = ATTRIBUTE_TYPES.flatMap((type) => type.names)

/** `cn` → `2.5.4.3`, `OID.1.2.3` and `1.2.3` → `1.2.3` */
function oidOfAttribute(name: string): string | undefined {
  const dotted = name.replace(/^oid\./i, '')
  return /^\d/.test(dotted) ? dotted : byName.get(name.toLowerCase())
}

/** `2.5.4.3` → `CN`; an OID without a name stands for itself */
function nameOfAttribute(oid: string): string {
  return byOid.get(oid)?.names[0] ?? oid
}

const REPERTOIRE = { [PRINTABLE_STRING]: /^[A-Za-z0-9 '()+,\-./:=?]*$/, [IA5_STRING]: /^\p{ASCII}*$/u }

/**
 * Text → DER, in the string type certification authorities use: the attribute's own where it has one, otherwise
 * PrintableString where the letters allow it, otherwise UTF8String. Another type can be written as `#hex`.
 */
function encodeAttributeText(oid: string, text: string): Buffer {
  const preferred = byOid.get(oid)?.string ?? PRINTABLE_STRING
  const tag = REPERTOIRE[preferred].test(text) ? preferred : UTF8_STRING
  return writeTlv(tag, Buffer.from(text, 'utf8'))
}

const SPACES = /[ \t\r\n]*/y

class NameError extends Error {
  readonly at: number
  readonly help: string | undefined

  constructor(at: number, message: string, help?: string) {
    super(message)
    this.at = at
    this.help = help
  }
}

class NameReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The whole text. The string names the most specific part first, the DER last. */
  name(): Buffer {
    const rdns = [this.#rdn()]
    while (this.#take(/,/y)) rdns.unshift(this.#rdn())
    if (this.#at < this.#text.length) this.#refuse()
    return writeTlv(SEQUENCE, Buffer.concat(rdns))
  }

  /** `CN=A+OU=B`: a DER set, whose members stand in the order of their bytes. */
  #rdn(): Buffer {
    const attributes = [this.#attribute()]
    while (this.#take(/\+/y)) attributes.push(this.#attribute())
    return writeTlv(SET, Buffer.concat(attributes.sort(Buffer.compare)))
  }

  #attribute(): Buffer {
    this.#take(SPACES)
    const at = this.#at
    const name = this.#take(/[A-Za-z][A-Za-z0-9-]*(?:\.[\d.]+)?|\d[\d.]*/y)
    if (!name) throw new NameError(at, 'an attribute name is missing', 'write parts such as CN=Example Root CA')
    const oid = oidOfAttribute(name)
    const type = oid === undefined ? null : writeOid(oid)
    if (oid === undefined || !type) throw unknownAttribute(at, name)
    this.#take(SPACES)
    if (!this.#take(/=/y)) throw new NameError(this.#at, `\`=\` is missing after \`${name}\``)
    return writeTlv(SEQUENCE, Buffer.concat([writeTlv(OBJECT_IDENTIFIER, type), this.#value(oid)]))
  }

  #value(oid: string): Buffer {
    this.#take(SPACES)
    const at = this.#at
    if (this.#take(/#/y)) return this.#hexValue(at)
    const bytes = this.#take(/"/y) ? this.#quoted(at) : this.#plain()
    const text = decodeUtf8(bytes)
    if (text === null) throw new NameError(at, 'the escaped bytes are not UTF-8')
    if (text === '') throw new NameError(at, 'the value is empty')
    return encodeAttributeText(oid, text)
  }

  /** `#0C0141`: the DER of the value itself */
  #hexValue(at: number): Buffer {
    const der = Buffer.from(this.#take(/(?:[0-9A-Fa-f]{2})*/y) ?? '', 'hex')
    this.#take(SPACES)
    const values = readTlvs(der)
    if (values?.length !== 1) throw new NameError(at, '`#` is not followed by the hex digits of one DER value')
    return der
  }

  #quoted(at: number): Buffer {
    const pieces: Buffer[] = []
    for (let piece = this.#piece(/[^"\\]+/y); piece; piece = this.#piece(/[^"\\]+/y)) pieces.push(piece)
    if (!this.#take(/"/y)) throw new NameError(at, 'the closing `"` is missing')
    this.#take(SPACES)
    return Buffer.concat(pieces)
  }

  /** Up to the next separator; spaces at the end count only when escaped. */
  #plain(): Buffer {
    const pieces: Buffer[] = []
    for (;;) {
      const piece = this.#piece(/[^ \t\r\n",+;<>\\]+|[ \t\r\n]+(?=[^ \t\r\n,+])/y)
      if (!piece) break
      pieces.push(piece)
    }
    this.#take(SPACES)
    return Buffer.concat(pieces)
  }

  /** A run of ordinary text or one escape: `\,` or the byte `\C3`. */
  #piece(ordinary: RegExp): Buffer | null {
    const run = this.#take(ordinary)
    if (run) return Buffer.from(run, 'utf8')
    const at = this.#at
    if (!this.#take(/\\/y)) return null
    const byte = this.#take(/[0-9A-Fa-f]{2}/y)
    if (byte) return Buffer.from(byte, 'hex')
    const escaped = this.#take(/[ "#+,;<=>\\]/y)
    if (!escaped)
      throw new NameError(at, '`\\` stands before a character that needs no escape', 'write `\\\\` for `\\`')
    return Buffer.from(escaped, 'utf8')
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? null
    this.#at += found?.length ?? 0
    return found
  }

  #refuse(): never {
    const odd = String.fromCodePoint(this.#text.codePointAt(this.#at)!)
    if (!/[";<>]/.test(odd)) throw new NameError(this.#at, `\`,\` or \`+\` is missing before \`${odd}\``)
    throw new NameError(this.#at, `\`${odd}\` must be escaped in a distinguished name`, `write \`\\${odd}\``)
  }
}

function unknownAttribute(at: number, name: string): NameError {
  const help = `known are ${attributeNames.join(', ')}, and dotted object identifiers`
  return new NameError(at, `\`${name}\` is not an attribute of a distinguished name`, help)
}

function decodeUtf8(bytes: Buffer): string | null {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null
}
