/**
 * Sets of addresses as a tunnel's traffic names them: one address, a prefix or a range, of one family.
 *
 * Every set has one spelling. A range that is exactly a prefix is written as the prefix, a prefix of full length as the
 * address: `10.1.0.0-10.1.255.255` → `10.1.0.0/16`, `10.1.0.5/32` → `10.1.0.5`.
 */

import { type Family, familyName, formatAddress, ipv4Bits, parseAddress, widthOf } from './address.ts'
import { type Parsed, problem } from './reading.ts'

/** `10.1.0.0/16` is `{ family: 4, first: 0x0a010000n, last: 0x0a01ffffn, prefixLength: 16 }`. */
export interface AddressSetValue {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
  /** present exactly when the set is a prefix; 32 and 128 for a single address */
  readonly prefixLength?: number
}

/** Reads an address, `address/bits` or `first-last`. */
export function parseAddressSet(written: string): Parsed<AddressSetValue> {
  const text = written.trim()
  const reading = parseSet(text)
  const meant = 'problem' in reading && reading.problem.code === 'E223' ? meantNetwork(text) : undefined
  return meant === undefined ? reading : withHelp(reading, 'help' in meant ? meant.help : helpTo(meant.network))
}

/** What was meant may have a fault of its own: host bits. */
function helpTo(network: string): string | undefined {
  const reading = parseSet(network)
  return 'value' in reading ? `write \`${formatAddressSet(reading.value)}\`` : reading.problem.help
}

function withHelp(reading: Parsed<AddressSetValue>, help: string | undefined): Parsed<AddressSetValue> {
  if ('value' in reading || help === undefined) return reading
  return { problem: { ...reading.problem, help } }
}

function parseSet(text: string): Parsed<AddressSetValue> {
  if (text.includes('/')) return parsePrefix(text)
  if (text.includes('-')) return parseRange(text)
  const address = parseAddress(text)
  if ('problem' in address) return address
  const { family, bits } = address.value
  return { value: { family, first: bits, last: bits, prefixLength: widthOf(family) } }
}

/** @returns the one spelling of a set */
export function formatAddressSet(set: AddressSetValue): string {
  const first = formatAddress(set.family, set.first)
  if (set.first === set.last) return first
  const bits = set.prefixLength ?? prefixLengthOf(set)
  return bits === undefined ? `${first}-${formatAddress(set.family, set.last)}` : `${first}/${bits}`
}

/** Order of a normal form: IPv4 first, then by first and last address. */
export function compareAddressSets(a: AddressSetValue, b: AddressSetValue): number {
  return a.family - b.family || compareBits(a.first, b.first) || compareBits(a.last, b.last)
}

/** Sorts and drops duplicates: `['10.2.0.0/16', '10.1.0.0/16', '10.2.0.0/16']` → `['10.1.0.0/16', '10.2.0.0/16']`. */
export function sortedAddressSets(sets: readonly AddressSetValue[]): string[] {
  return [...new Set([...sets].sort(compareAddressSets).map(formatAddressSet))]
}

/** Makes a set of two bounds; `prefixLength` is filled in when the bounds are those of a prefix. */
export function addressSet(family: Family, first: bigint, last: bigint): AddressSetValue {
  const prefixLength = prefixLengthOf({ family, first, last })
  return { family, first, last, ...(prefixLength !== undefined && { prefixLength }) }
}

/** Are all addresses of `inner` among those of `outer`? */
export function contains(outer: AddressSetValue, inner: AddressSetValue): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last
}

/** Is each address of `whole` in one of the sets? */
export function coverAll(sets: readonly AddressSetValue[], whole: AddressSetValue): boolean {
  let next = whole.first
  for (const set of [...sets].sort(compareAddressSets)) {
    if (set.family === whole.family && set.first <= next && set.last >= next) next = set.last + 1n
  }
  return next > whole.last
}

/** 0.0.0.0/0 or ::/0, or what makes it up: its two halves. */
export function areEverything(sets: readonly AddressSetValue[]): boolean {
  const family = sets[0]?.family
  return family !== undefined && coverAll(sets, addressSet(family, 0n, (1n << BigInt(widthOf(family))) - 1n))
}

export function overlaps(a: AddressSetValue, b: AddressSetValue): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last
}

function parsePrefix(text: string): Parsed<AddressSetValue> {
  const [head = '', tail = '', ...rest] = text.split('/').map((part) => part.trim())
  const address = parseAddress(head)
  if ('problem' in address) return address
  const { family, bits: base } = address.value
  const length = rest.length === 0 && /^(0|[1-9]\d{0,2})$/.test(tail) ? Number(tail) : undefined
  if (length === undefined || length > widthOf(family)) return notANetwork(text, family)
  const hostMask = (1n << BigInt(widthOf(family) - length)) - 1n
  if ((base & hostMask) !== 0n) {
    const network = formatAddressSet({ family, first: base & ~hostMask, last: base | hostMask, prefixLength: length })
    return problem('E224', `${text} has bits set behind its first ${length}`, {
      label: `not the start of a /${length} network`,
      help: `write \`${network}\` for the network, or \`${formatAddress(family, base)}\` for the single address`,
    })
  }
  return { value: { family, first: base, last: base | hostMask, prefixLength: length } }
}

function notANetwork(text: string, family: Family): Parsed<never> {
  return problem('E223', `${text} is not an ${familyName(family)} network`, {
    label: `an ${familyName(family)} prefix has 0 to ${widthOf(family)} bits`,
    help: `write the network as address/bits, e.g. ${family === 4 ? '10.1.0.0/16' : '2001:db8:1::/48'}`,
  })
}

function parseRange(text: string): Parsed<AddressSetValue> {
  const [from = '', to = '', ...rest] = text.split('-').map((part) => part.trim())
  const first = parseAddress(from)
  if ('problem' in first) return first
  if (rest.length > 0) return problem('E223', `${text} is not a range of addresses`, { help: 'write first-last' })
  const last = parseAddress(to)
  if ('problem' in last) return last
  const { family } = first.value
  if (last.value.family !== family) {
    return problem('E225', `${text} starts in ${familyName(family)} and ends in ${familyName(last.value.family)}`)
  }
  if (first.value.bits > last.value.bits) {
    return problem('E223', `${text} ends before it starts`, { help: `write \`${to}-${from}\`` })
  }
  return { value: addressSet(family, first.value.bits, last.value.bits) }
}

function prefixLengthOf(set: Pick<AddressSetValue, 'family' | 'first' | 'last'>): number | undefined {
  const hostMask = set.first ^ set.last
  if ((hostMask & (hostMask + 1n)) !== 0n || (set.first & hostMask) !== 0n) return undefined
  return widthOf(set.family) - (hostMask === 0n ? 0 : hostMask.toString(2).length)
}

function compareBits(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Words of the Windows firewall for addresses that change: a tunnel's filters hold none. */
const KEYWORDS = /^(?:localsubnet[46]?|defaultgateway|dns|dhcp|wins|intranet|internet)$/i
const EVERYTHING = /^(?:any|all|\*|%any[46]?|everything)$/i

/** @returns what is to be written instead: a text that may itself be no network, `10.1.2.3/16`; or a sentence */
function meantNetwork(text: string): { readonly network: string } | { readonly help: string } | undefined {
  if (EVERYTHING.test(text)) return { help: 'write `0.0.0.0/0` for all of IPv4, `::/0` for all of IPv6' }
  if (KEYWORDS.test(text)) return { help: 'the engine knows no such word: write the networks themselves' }
  const network = masked(text) ?? shortRange(text) ?? wildcard(text) ?? shortened(text) ?? spelledRange(text)
  return network === undefined ? undefined : { network }
}

/** `10.1.0.0 255.255.0.0`, with `/`, `mask` or `netmask` between them, and Cisco's `10.1.0.0 0.0.255.255`. */
function masked(text: string): string | undefined {
  const [, address, mask] = /^(\S+?)\s*(?:\/|\s|\smask\s|\snetmask\s)\s*(\d+\.\d+\.\d+\.\d+)$/i.exec(text) ?? []
  if (address === undefined || mask === undefined) return undefined
  const bits = ipv4Bits(mask)
  const length = bits === undefined ? undefined : (maskLength(bits) ?? maskLength(bits ^ 0xffff_ffffn))
  return length === undefined ? undefined : `${address}/${length}`
}

/** @returns the prefix length of the bits of `255.255.0.0`; nothing for what is not a mask */
function maskLength(mask: bigint): number | undefined {
  const ones = mask.toString(2).padStart(32, '0')
  return /^1*0*$/.test(ones) ? ones.lastIndexOf('1') + 1 : undefined
}

/** `10.1.0.5-9` */
function shortRange(text: string): string | undefined {
  const [, head, first, last] = /^(\d+\.\d+\.\d+\.)(\d+)\s*-\s*(\d{1,3})$/.exec(text) ?? []
  return head === undefined ? undefined : `${head}${first}-${head}${last}`
}

/** `10.1.*.*`, `10.1.*` */
function wildcard(text: string): string | undefined {
  const [, head] = /^(\d+(?:\.\d+){0,2})(?:\.\*){1,3}$/.exec(text) ?? []
  return head === undefined ? undefined : `${zeroFilled(head)}/${head.split('.').length * 8}`
}

/** `10.1/16` */
function shortened(text: string): string | undefined {
  const [, head, length] = /^(\d+(?:\.\d+){0,2})\s*\/\s*(\d+)$/.exec(text) ?? []
  return head === undefined ? undefined : `${zeroFilled(head)}/${length}`
}

function zeroFilled(head: string): string {
  return [...head.split('.'), '0', '0', '0'].slice(0, 4).join('.')
}

/** `10.1.0.5 to 10.1.0.9`, `10.1.0.5..10.1.0.9` */
function spelledRange(text: string): string | undefined {
  const [, first, last] = /^(\S+?)(?:\s+(?:to|through|bis)\s+|\s*\.\.+\s*|\s*->\s*)(\S+)$/i.exec(text) ?? []
  return first === undefined ? undefined : `${first}-${last}`
}
