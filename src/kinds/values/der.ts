/**
 * The little of DER that a distinguished name needs: tag, length, value, and object identifiers.
 *
 * @see https://www.itu.int/rec/T-REC-X.690
 */

export const SEQUENCE = 0x30
export const SET = 0x31
export const OBJECT_IDENTIFIER = 0x06
export const UTF8_STRING = 0x0c
export const PRINTABLE_STRING = 0x13
export const IA5_STRING = 0x16

export interface Tlv {
  readonly tag: number
  readonly content: Buffer
  /** tag, length and content as they stand */
  readonly der: Buffer
}

export function writeTlv(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag]), writeLength(content.length), content])
}

/** @returns the values that stand one after the other in `bytes`, or null where they do not fill it exactly */
export function readTlvs(bytes: Uint8Array): readonly Tlv[] | null {
  const all: Tlv[] = []
  for (let at = 0; at < bytes.length; ) {
    const next = readTlv(Buffer.from(bytes.buffer, bytes.byteOffset + at, bytes.length - at))
    if (!next) return null
    all.push(next)
    at += next.der.length
  }
  return all
}

/** `2.5.4.3` → content bytes; null when it is not an object identifier */
export function writeOid(dotted: string): Buffer | null {
  if (!/^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(dotted)) return null
  const [first, second, ...rest] = dotted.split('.').map(BigInt)
  if (first! > 2n || (first! < 2n && second! > 39n)) return null
  return Buffer.from([first! * 40n + second!, ...rest].flatMap(writeArc))
}

/** content bytes → `2.5.4.3`; null when they are none */
export function readOid(content: Uint8Array): string | null {
  if (content.length === 0 || content.at(-1)! >= 0x80) return null
  const arcs: bigint[] = []
  let arc = 0n
  for (const byte of content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    if (byte >= 0x80) continue
    arcs.push(arc)
    arc = 0n
  }
  const head = arcs[0]! < 80n ? [arcs[0]! / 40n, arcs[0]! % 40n] : [2n, arcs[0]! - 80n]
  return [...head, ...arcs.slice(1)].join('.')
}

function writeArc(arc: bigint): number[] {
  const digits = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) digits.unshift(Number(rest & 0x7fn) | 0x80)
  return digits
}

function writeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return Buffer.from([0x80 | digits.length, ...digits])
}

function readTlv(bytes: Buffer): Tlv | null {
  const [tag, short] = [bytes[0], bytes[1]]
  if (tag === undefined || short === undefined) return null
  const digits = short < 0x80 ? 0 : short & 0x7f
  if (digits > 4 || bytes.length < 2 + digits) return null
  const length = digits === 0 ? short & 0x7f : bytes.readUIntBE(2, digits)
  const end = 2 + digits + length
  if (end > bytes.length) return null
  return { tag, content: bytes.subarray(2 + digits, end), der: bytes.subarray(0, end) }
}
