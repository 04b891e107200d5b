/** Random addresses, prefixes and ranges, in any spelling that a manifest may use. */

import fc from 'fast-check'
import { type Family, formatAddress, widthOf } from '../../src/kinds/values/address.ts'

export const families: fc.Arbitrary<Family> = fc.constantFrom(4, 6)

/** Addresses a host can have: below the multicast blocks, not IPv4 in IPv6's clothing. */
function hostBits(family: Family): fc.Arbitrary<bigint> {
  if (family === 4) return fc.bigInt({ min: 0x0100_0000n, max: 0xdfff_fffen })
  return fc.bigInt({ min: 0x2000n << 112n, max: (0x4000n << 112n) - 1n })
}

export function addresses(family: Family): fc.Arbitrary<string> {
  return fc.tuple(hostBits(family), fc.boolean()).map(([bits, plain]) => spell(family, bits, plain))
}

/** IPv6 has many spellings: upper case, nothing left out. */
function spell(family: Family, bits: bigint, plain: boolean): string {
  const canonical = formatAddress(family, bits)
  if (plain || family === 4) return canonical
  const groups = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  return groups.join(':').toUpperCase()
}

function prefixes(family: Family): fc.Arbitrary<string> {
  return fc.tuple(hostBits(family), fc.integer({ min: 3, max: widthOf(family) })).map(([bits, length]) => {
    const hostMask = (1n << BigInt(widthOf(family) - length)) - 1n
    return `${formatAddress(family, bits & ~hostMask)}/${length}`
  })
}

function ranges(family: Family): fc.Arbitrary<string> {
  return fc.tuple(hostBits(family), fc.bigInt({ min: 0n, max: 0xffffn }), fc.boolean()).map(([first, size, spaced]) => {
    // size 0 and 2^n-1 are ranges that have another canonical spelling
    const last = formatAddress(family, first + size)
    return `${formatAddress(family, first)}${spaced ? ' - ' : '-'}${last}`
  })
}

export function addressSets(family: Family): fc.Arbitrary<string> {
  return fc.oneof(addresses(family), prefixes(family), ranges(family))
}
