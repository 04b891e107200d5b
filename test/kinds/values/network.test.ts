import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress, ipv6BitsOf, ipv6Bytes, parseAddress } from '../../../src/kinds/values/address.ts'
import {
  type AddressSetValue,
  addressSet,
  formatAddressSet,
  overlaps,
  parseAddressSet,
  sortedAddressSets,
} from '../../../src/kinds/values/network.ts'
import { addressSets, families } from '../../arbitraries/addresses.ts'

function parse(text: string): AddressSetValue {
  const reading = parseAddressSet(text)
  if ('problem' in reading) throw new Error(reading.problem.message)
  return reading.value
}

function helpFor(text: string): string | undefined {
  const reading = parseAddressSet(text)
  return 'problem' in reading ? reading.problem.help : undefined
}

describe('address sets', () => {
  it.each([
    ['10.1.0.5/32', '10.1.0.5'],
    [' 10.1.0.0/16 ', '10.1.0.0/16'],
    ['10.1.0.0-10.1.255.255', '10.1.0.0/16'],
    ['10.1.0.5 - 10.1.0.5', '10.1.0.5'],
    ['10.1.0.5-10.1.0.9', '10.1.0.5-10.1.0.9'],
    ['10.1.0.1-10.1.0.2', '10.1.0.1-10.1.0.2'],
    ['10.1.0.2-10.1.0.3', '10.1.0.2/31'],
    ['0.0.0.0-255.255.255.255', '0.0.0.0/0'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0db8::0001/128', '2001:db8::1'],
    ['0:0:0:0:0:0:0:0/0', '::/0'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fd00::-fd00::ffff', 'fd00::/112'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatAddressSet(parse(text))).toBe(canonical)
  })

  it.each([
    '',
    '10.1.0',
    '10.1.0.256',
    '010.1.0.1',
    '10.1.0.0/',
    '10.1.0.0/016',
    '10.1.0.0/33',
    '10.1.0.0/8/8',
    '10.1.0.1/16',
    '10.1.0.1-',
    '-10.1.0.1',
    '1.1.1.1-2.2.2.2-3.3.3.3',
    '10.0.0.2-10.0.0.1',
    '10.0.0.1-fd00::1',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'fe80::1%3',
    '[::1]',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    'any',
  ])('refuses %o', (text) => {
    expect(parseAddressSet(text)).toHaveProperty('problem')
  })

  it.each([
    ['10.1.2.3/16', 'write `10.1.0.0/16` for the network, or `10.1.2.3` for the single address'],
    ['10.1.0.0/255.255.0.0', 'write `10.1.0.0/16`'],
    ['10.1.0.0 255.255.0.0', 'write `10.1.0.0/16`'],
    ['10.1.0.0 mask 255.255.0.0', 'write `10.1.0.0/16`'],
    ['10.1.0.0 0.0.255.255', 'write `10.1.0.0/16`'],
    ['10.1.2.3/255.255.0.0', 'write `10.1.0.0/16` for the network, or `10.1.2.3` for the single address'],
    ['0.0.0.0/0.0.0.0', 'write `0.0.0.0/0`'],
    ['10.1.0.5-9', 'write `10.1.0.5-10.1.0.9`'],
    ['10.1.0.5 to 10.1.0.9', 'write `10.1.0.5-10.1.0.9`'],
    ['10.1.0.5..10.1.0.9', 'write `10.1.0.5-10.1.0.9`'],
    ['10.1.*.*', 'write `10.1.0.0/16`'],
    ['10.*', 'write `10.0.0.0/8`'],
    ['10.1/16', 'write `10.1.0.0/16`'],
    ['10.0.0.2-10.0.0.1', 'write `10.0.0.1-10.0.0.2`'],
    ['010.001.0.1', 'write `10.1.0.1`, without leading zeros'],
    ['[2001:db8::1]', 'write `2001:db8::1`, without brackets'],
    ['::ffff:10.0.0.1', 'write `10.0.0.1`'],
    ['*', 'write `0.0.0.0/0` for all of IPv4, `::/0` for all of IPv6'],
    ['LocalSubnet', 'the engine knows no such word: write the networks themselves'],
  ])('says what to write instead of %s, and takes it', (text, help) => {
    const [, hint] = /^write `([^`]+)`/.exec(help) ?? []

    expect(helpFor(text)).toBe(help)
    if (hint !== undefined) expect(parseAddressSet(hint)).toHaveProperty('value')
  })

  it('gives bounds and prefix length to whoever needs numbers', () => {
    expect(parse('10.1.0.0/16')).toEqual({ family: 4, first: 0x0a010000n, last: 0x0a01ffffn, prefixLength: 16 })
    expect(parse('10.1.0.1-10.1.0.2')).toEqual({ family: 4, first: 0x0a010001n, last: 0x0a010002n })
    expect(parse('fd00::1').prefixLength).toBe(128)
  })

  it('has one spelling for equal sets, which is read back as the same set', () => {
    fc.assert(
      fc.property(families.chain(addressSets), (text) => {
        const set = parse(text)
        const again = parse(formatAddressSet(set))

        expect(again).toEqual(set)
        expect(addressSet(set.family, set.first, set.last)).toEqual(set)
      }),
    )
  })

  it('sorts IPv4 before IPv6, by address, and drops duplicates', () => {
    const sets = ['fd00::/8', '10.2.0.0/16', '10.1.0.0/16', '9.0.0.0/8', '10.1.0.0', '10.2.0.0-10.2.255.255'].map(parse)

    expect(sortedAddressSets(sets)).toEqual(['9.0.0.0/8', '10.1.0.0', '10.1.0.0/16', '10.2.0.0/16', 'fd00::/8'])
  })

  it.each([
    ['10.0.0.0/8', '10.1.0.0/16', true],
    ['10.0.0.5-10.0.0.9', '10.0.0.9', true],
    ['10.0.0.5-10.0.0.9', '10.0.0.10/31', false],
    ['0.0.0.0/0', '::/0', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlaps(parse(a), parse(b))).toBe(expected)
    expect(overlaps(parse(b), parse(a))).toBe(expected)
  })
})

describe('addresses', () => {
  it('are written as RFC 5952 says, whatever the groups', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), (groups) => {
        const bits = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n)
        // the platform's URL parser writes IPv6 hosts in that form too
        const { hostname } = new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]/`)

        if (bits >> 32n !== 0xffffn) expect(`[${formatAddress(6, bits)}]`).toBe(hostname)
      }),
    )
  })

  it('are read from every way to write them', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const reading = parseAddress(text)
        if ('problem' in reading) return expect(reading.problem.message).toContain('is an IPv4 address written as IPv6')

        expect(`[${formatAddress(6, reading.value.bits)}]`).toBe(new URL(`http://[${text}]/`).hostname)
      }),
    )
  })

  it('survive as 16 bytes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (bits) => {
        expect(ipv6BitsOf(ipv6Bytes(bits))).toBe(bits)
      }),
    )
    expect([...ipv6Bytes(0x20010db8n << 96n)].slice(0, 4)).toEqual([0x20, 0x01, 0x0d, 0xb8])
  })
})
