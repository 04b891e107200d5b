/**
 * The reader of RFC 4514 strings, a cursor over the text.
 *
 * More generous than the grammar in what people paste: spaces around separators, any case, `OID.1.2.3`, quoted values.
 */

import { attributeNames, encodeAttributeText, oidOfAttribute } from './attribute-types.ts'
import { OBJECT_IDENTIFIER, readTlvs, SEQUENCE, SET, writeOid, writeTlv } from './der.ts'

const SPACES = /[ \t\r\n]*/y

export class NameError extends Error {
  readonly at: number
  readonly help: string | undefined

  constructor(at: number, message: string, help?: string) {
    super(message)
    this.at = at
    this.help = help
  }
}

export class NameReader {
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
