/**
 * Sets of addresses as a tunnel's traffic names them: one address, a prefix or a range, of one family.
 *
 * Every set has one spelling. A range that is exactly a prefix is written as the prefix, a prefix of full length as the
 * address: `10.1.0.0-10.1.255.255` → `10.1.0.0/16`, `10.1.0.5/32` → `10.1.0.5`.
 */

import { type Family, familyName, formatAddress, parseAddress, widthOf } from './address.ts'
import { meantNetwork } from './network-hints.ts'
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
