/**
 * The attributes of a distinguished name that have a short name; any other is written as a dotted object identifier.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4519#section-2
 */

import { IA5_STRING, PRINTABLE_STRING, UTF8_STRING, writeTlv } from './der.ts'

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
export const attributeNames: readonly string[] = ATTRIBUTE_TYPES.flatMap((type) => type.names)

/** `cn` → `2.5.4.3`, `OID.1.2.3` and `1.2.3` → `1.2.3` */
export function oidOfAttribute(name: string): string | undefined {
  const dotted = name.replace(/^oid\./i, '')
  return /^\d/.test(dotted) ? dotted : byName.get(name.toLowerCase())
}

/** `2.5.4.3` → `CN`; an OID without a name stands for itself */
export function nameOfAttribute(oid: string): string {
  return byOid.get(oid)?.names[0] ?? oid
}

const REPERTOIRE = { [PRINTABLE_STRING]: /^[A-Za-z0-9 '()+,\-./:=?]*$/, [IA5_STRING]: /^\p{ASCII}*$/u }

/**
 * Text → DER, in the string type certification authorities use: the attribute's own where it has one, otherwise
 * PrintableString where the letters allow it, otherwise UTF8String. Another type can be written as `#hex`.
 */
export function encodeAttributeText(oid: string, text: string): Buffer {
  const preferred = byOid.get(oid)?.string ?? PRINTABLE_STRING
  const tag = REPERTOIRE[preferred].test(text) ? preferred : UTF8_STRING
  return writeTlv(tag, Buffer.from(text, 'utf8'))
}
