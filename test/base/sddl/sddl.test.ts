import { describe, expect, it } from 'vitest'
import {
  composeDescriptor,
  encodeDescriptor,
  parseSddl,
  RELATIVE_ALIASES,
  SddlError,
  splitDescriptor,
} from '../../../src/base/sddl/index.ts'

const NOBODY = () => undefined
const hex = (text: string) => Buffer.from(encodeDescriptor(parseSddl(text), NOBODY)).toString('hex')
const SYSTEM = '010100000000000512000000'
const ADMINISTRATORS = '01020000000000052000000020020000'

/** header + SACL + DACL + owner + group */
const GOLDEN: readonly (readonly [string, string])[] = [
  ['O:BAG:SY', `01000080${'14000000'}${'24000000'}${'00000000'}${'00000000'}${ADMINISTRATORS}${SYSTEM}`],
  ['D:', `01000480${'00000000'.repeat(3)}14000000${'0200080000000000'}`],
  ['D:NO_ACCESS_CONTROL', `01000480${'00000000'.repeat(4)}`],
  [
    'D:P(A;;GA;;;SY)(A;CIOI;GRGX;;;BA)',
    `01000490${'00000000'.repeat(3)}14000000${'0200340002000000'}0000140000000010${SYSTEM}00031800000000a0${ADMINISTRATORS}`,
  ],
  [
    'S:AI(AU;SAFA;0x1F01FF;;;S-1-1-0)',
    `01001088${'00000000'.repeat(2)}14000000${'00000000'}${'02001c0001000000'}02c01400ff011f00${'010100000000000100000000'}`,
  ],
]

function errorOf(text: string): SddlError {
  try {
    encodeDescriptor(parseSddl(text), NOBODY)
  } catch (error) {
    if (error instanceof SddlError) return error
    throw error
  }
  throw new Error(`${text} was taken`)
}

describe('a descriptor in SDDL', () => {
  it.each(GOLDEN)('is written as MS-DTYP 2.4.6 lays it out: %s', (text, bytes) => {
    expect(hex(text)).toBe(bytes)
  })

  it('gives object entries their GUIDs and the ACL the directory revision', () => {
    const bytes = Buffer.from(hex('D:(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;WD)'), 'hex')

    expect(bytes[20]).toBe(4)
    expect(bytes.subarray(36, 40).readUInt32LE()).toBe(1)
    expect(bytes.subarray(40, 56).toString('hex')).toBe('709529006d24d011a76800aa006e0529')
  })

  it.each(['010', '8', '0x8', 'SW'])('reads the rights %s as the mask 8', (rights) => {
    expect(parseSddl(`D:(A;;${rights};;;WD)`).dacl?.entries).toMatchObject([{ rights: 8 }])
  })

  it('names an account by its SID, however it was written', () => {
    const accounts = ['WD', 'S-1-1-0', 's-1-0x1-0', 'DA'].map((text) => parseSddl(`O:${text}`).owner)

    expect(accounts).toEqual(['S-1-1-0', 'S-1-1-0', 'S-1-1-0', 'DA'])
  })

  it('is taken apart into the parts it was made of', () => {
    const bytes = Buffer.from(hex('O:BAG:SYD:P(A;;GA;;;SY)'), 'hex')

    expect(Buffer.from(composeDescriptor(splitDescriptor(bytes))).equals(bytes)).toBe(true)
    expect(splitDescriptor(bytes)).toMatchObject({ control: 0x1004, sacl: null })
  })
})

describe('an account of a domain', () => {
  it.each(Object.keys(RELATIVE_ALIASES))('%s is read without its domain, and encoded with it', (alias) => {
    const descriptor = parseSddl(`D:(A;;GA;;;${alias})`)
    const bytes = encodeDescriptor(descriptor, (asked) => `S-1-5-21-1-2-3-${RELATIVE_ALIASES[asked]!.rid}`)

    expect(descriptor.dacl?.entries?.[0]?.account).toBe(alias)
    expect(Buffer.from(bytes).readUInt32LE(bytes.length - 4)).toBe(RELATIVE_ALIASES[alias]!.rid)
    expect(errorOf(`D:(A;;GA;;;${alias})`).status).toBe(1337)
  })
})

describe('a text that is no descriptor', () => {
  it.each([
    ['', 87],
    ['hello', 87],
    ['D:(A;;GA;;;SY', 87],
    ['D:A;;GA;;;SY)', 87],
    ['D:(A;;GA;;;SY)x', 87],
    ['D:(A;;GA;;;SY) (A;;GA;;;BA)', 87],
    ['G:BAO:SY', 87],
    ['D:D:', 87],
    ['D:X(A;;GA;;;SY)', 1336],
    ['D:(A;;GA;;SY)', 1336],
    ['D:(A;;GA;;;SY;)', 1336],
    ['D:(AU;;GA;;;SY)', 1336],
    ['D:(A;;QQ;;;SY)', 1336],
    ['D:(A;;GAG;;;SY)', 1336],
    ['D:(A;;0x100000000;;;SY)', 1336],
    ['D:(A;;4294967296;;;SY)', 1336],
    ['D:(A;XX;GA;;;SY)', 1336],
    ['D:(A;;GA;x;;SY)', 1336],
    ['D:(OA;;CR;299570-246d-11d0-a768-00aa006e0529;;WD)', 1336],
    ['D:(XA;;GA;;;SY;(@User.Project Any_of "a"))', 1336],
    [`D:${'(A;;GA;;;SY)'.repeat(3300)}`, 1336],
    ['D:(A;;GA;;;ZZ)', 1337],
    ['D:(A;;GA;;;constructor)', 1337],
    ['O:S-1-5-99999999999', 1337],
    ['O:', 1337],
  ])('%.40j is refused with status %i', (text, status) => {
    expect(errorOf(text).status).toBe(status)
  })

  it.each([
    ['D:(A;;GA;;;BA)(A;;QQ;;;SY)', '`QQ` is not an access right', 'in the entry (A;;QQ;;;SY)'],
    ['D:(A;ZZ;GA;;;SY)', '`ZZ` is not a flag of an entry', 'in the entry (A;ZZ;GA;;;SY)'],
    ['D:(B;;GA;;;SY)', '`B` is not a type of entry of `D:`', 'in the entry (B;;GA;;;SY)'],
    ['D:(A;;GA;;;ZZ)', '`ZZ` is neither a SID nor an alias of one', 'in the entry (A;;GA;;;ZZ)'],
    [
      'D:(XA;;GA;;;SY;(@User.a))',
      '`XA` is a conditional entry, which an engine object does not have',
      'in the entry (XA;;GA;;;SY;(@User.a))',
    ],
    ['D:(A;;GA;;SY)', 'an entry has six fields', 'in the entry (A;;GA;;SY)'],
    ['G:SYO:BA', '`G:SYO:BA` is not a security descriptor', '`O:` stands after `G:`'],
    ['D:(A;;GA;;;SY', '`D:(A;;GA;;;SY` is not a security descriptor', 'a `(` is never closed'],
  ])('%s: the message names what is wrong, and where', (text, message, why) => {
    expect(errorOf(text)).toMatchObject({ message, why })
  })

  it.each([
    ['D:(A;;GA;;;Administrators)', 'BA'],
    ['O:BUILTIN\\Administrators', 'BA'],
    ['D:(A;;GA;;;NT AUTHORITY\\SYSTEM)', 'SY'],
    ['D:(A;;GA;;;Network Configuration Operators)', 'NO'],
  ])('%s: the help has the alias of the account', (text, alias) => {
    expect(errorOf(text).help).toBe(`descriptors name no accounts: write ${alias}`)
  })
})
