/**
 * Distinguished names: the RFC 4514 string that people write ⇄ the DER of an X.501 Name that `certData` holds.
 *
 * Both directions are exact: a name whose letters stand in another string type than ours is shown as `CN=#0C0141`,
 * so that different bytes never look alike and `encode(decode(der))` is `der`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4514
 */

import { INVISIBLE } from '../../base/characters.ts'
import { encodeAttributeText, nameOfAttribute } from './attribute-types.ts'
import * as der from './der.ts'
import { NameError, NameReader } from './distinguished-name-reader.ts'

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

/** DER → the canonical RFC 4514 string, or null when the bytes are no DER of a Name. */
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
