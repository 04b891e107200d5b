/** Addresses, times, sizes, ports and names as a manifest spells them, and what C has in their place. */
import type { Json } from '../statement.ts'
import { PROTOCOL } from './sdk.ts'

/** `1h30m` → 5400 */
export function seconds(text: string): number {
  const units: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 }
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)
}

/** `2GB` → 2000000 */
export function kilobytes(text: string): number {
  const [, count, unit] = /^(\d+)([KMG])B$/.exec(text)!
  return Number(count) * { K: 1, M: 1000, G: 1_000_000 }[unit as 'K' | 'M' | 'G']
}

/** `443` → [443, 443] */
export function ports(text: string): readonly [number, number] {
  const [first, last = first] = text.split('-').map(Number)
  return [first!, last!]
}

export function protocol(text: string): number {
  return PROTOCOL[text] ?? Number(text)
}

/** An address as a number and its width in bits. */
export interface Address {
  readonly width: 32 | 128
  readonly bits: bigint
}

export function address(text: string): Address {
  return text.includes(':') ? { width: 128, bits: v6(text) } : { width: 32, bits: v4(text) }
}

function v4(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}

function v6(text: string): bigint {
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : [])
  const [head, tail] = text.split('::')
  const [before, after] = [groups(head), groups(tail)]
  const all = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
  return all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
}

/** 4 → the number in host order, 6 → sixteen bytes in hex. */
export function addressInC({ width, bits }: Address): Json {
  return width === 32 ? Number(bits) : bits.toString(16).padStart(32, '0')
}

/** `10.0.0.0/8`, `10.0.0.1-10.0.0.9` or one address: its first and its last. */
export function span(text: string): readonly [Address, Address] {
  const [first = '', last = first] = text.split('-').map((part) => part.trim())
  const [base = '', length] = first.split('/')
  const low = address(base)
  if (length === undefined) return [low, address(last)]
  return [low, { ...low, bits: low.bits | ((1n << BigInt(low.width - Number(length))) - 1n) }]
}

/**
 * X.501 names in DER, most significant part first; texts of ASCII letters are PrintableString, others UTF8String, domain
 * components IA5String. By hand: these are the names that samples and examples use.
 */
export const AUTHORITIES: Readonly<Record<string, string>> = {
  'CN=Corp Root CA,O=Example Corp,C=US':
    '303b310b300906035504061302555331153013060355040a130c4578616d706c6520436f7270311530130603550403130c436f727020526f6f74204341',
  'cn = Issuing 1 , o=Example\\, Inc.':
    '302c31163014060355040a130d4578616d706c652c20496e632e311230100603550403130949737375696e672031',
  'CN=Wurzel\\C3\\A4,DC=corp,DC=example':
    '304231173015060a0992268993f22c64011916076578616d706c6531143012060a0992268993f22c6401191604636f72703111300f06035504030c085775727a656cc3a4',
  'CN=Partner Root CA,O=Partner Inc.,C=US':
    '303e310b300906035504061302555331153013060355040a130c506172746e657220496e632e311830160603550403130f506172746e657220526f6f74204341',
}
