/** IPv4 and IPv6 addresses: text ⇄ number. IPv6 is written as RFC 5952 says. */

import { clip } from '../../base/index.ts'
import { type Parsed, problem } from './reading.ts'

export type Family = 4 | 6

export interface AddressValue {
  readonly family: Family
  /** the address as one number, first byte highest: `10.0.0.1` is `0x0a000001n` */
  readonly bits: bigint
}

/** @returns the number of bits in an address */
export function widthOf(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128
}

export function familyName(family: Family): 'IPv4' | 'IPv6' {
  return family === 4 ? 'IPv4' : 'IPv6'
}

/** Reads one address. Zones (`%3`), octal-looking parts and IPv4 in IPv6's clothing are refused: each has a plain form. */
export function parseAddress(written: string): Parsed<AddressValue> {
  const text = written.trim()
  const v4 = ipv4Bits(text)
  if (v4 !== undefined) return { value: { family: 4, bits: v4 } }
  const v6 = ipv6Bits(text)
  if (v6 === undefined) return notAnAddress(text)
  if (v6 >> 32n === 0xffffn) {
    const plain = formatAddress(4, v6 & 0xffff_ffffn)
    return problem('E223', `${text} is an IPv4 address written as IPv6`, { help: `write \`${plain}\`` })
  }
  return { value: { family: 6, bits: v6 } }
}

/** @returns `10.0.0.1`, or IPv6 as in RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::` */
export function formatAddress(family: Family, bits: bigint): string {
  if (family === 4) {
    const word = Number(bits & 0xffff_ffffn)
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
  }
  // RFC 5952 §5: the well-known prefix of IPv4-mapped addresses is followed by dotted decimals
  if (bits >> 32n === 0xffffn) return `::ffff:${formatAddress(4, bits & 0xffff_ffffn)}`
  const groups = Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(112 - 16 * i)) & 0xffffn))
  const run = longestZeroRun(groups)
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  return run ? `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}` : hex(groups)
}

/** The 16 bytes of an IPv6 address, network order, as `FWP_BYTE_ARRAY16` holds them. */
export function ipv6Bytes(bits: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((bits >> BigInt(120 - 8 * i)) & 255n))
}

/** The inverse of `ipv6Bytes`. */
export function ipv6BitsOf(bytes: Uint8Array): bigint {
  return bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
}

/** @returns the bits of `10.0.0.1`; nothing for anything else, leading zeros included */
export function ipv4Bits(text: string): bigint | undefined {
  let [word, part, digits, dots] = [0, 0, 0, 0]
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (digit >= 0 && digit <= 9) {
      part = part * 10 + digit
      digits += 1
      if (part > 255 || digits > 3 || (digits > 1 && part < 10)) return undefined
    } else if (text[i] === '.' && digits > 0) {
      word = word * 256 + part
      dots += 1
      part = 0
      digits = 0
    } else return undefined
  }
  return dots === 3 && digits > 0 ? BigInt(word * 256 + part) : undefined
}

const ZERO = 48

function ipv6Bits(text: string): bigint | undefined {
  const halves = dottedTailAsHex(text)?.split('::')
  if (!halves || halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = (head?.length ?? 0) + (tail?.length ?? 0)
  // `::` stands for at least one group
  if (tail ? given > 7 : given !== 8) return undefined
  const groups = [...(head ?? []), ...Array<string>(8 - given).fill('0'), ...(tail ?? [])]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}

/** `::ffff:10.0.0.1` → `::ffff:a00:1`; nothing when the dotted part is not an IPv4 address. */
function dottedTailAsHex(text: string): string | undefined {
  if (!text.includes('.')) return text
  const colon = text.lastIndexOf(':')
  const bits = colon < 0 ? undefined : ipv4Bits(text.slice(colon + 1))
  if (bits === undefined) return undefined
  return `${text.slice(0, colon + 1)}${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    // RFC 5952 §4.2.2: a single zero group is written out
    if (length > Math.max(1, best?.length ?? 0)) best = { start, length }
    start += length
  }
  return best
}

function notAnAddress(text: string): Parsed<never> {
  const plain = text.split('.').map((part) => part.replace(/^0+(?=\d)/, ''))
  const [bare, bracketed] = [text.replace(/%.*$/, ''), text.replace(/^\[(.*)\](?::\d+)?$/, '$1')]
  const meanings: readonly (readonly [meant: string, why: string])[] = [
    [bare, ': a zone is not part of it; name the interface in `endpoints.localInterface` or `traffic.interface`'],
    [bracketed, ', without brackets'],
    [plain.join('.'), ', without leading zeros'],
    [text.replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1'), ', without a port'],
  ]
  const found = meanings.find(([meant]) => meant !== text && (ipv4Bits(meant) ?? ipv6Bits(meant)) !== undefined)
  const help = found && `write \`${found[0]}\`${found[1]}`
  return problem('E223', `\`${clip(text)}\` is not an IP address`, {
    label: 'neither IPv4 nor IPv6',
    help: help ?? 'write an address such as 203.0.113.10 or 2001:db8::10',
  })
}
