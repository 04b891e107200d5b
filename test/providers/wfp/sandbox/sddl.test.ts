import { describe, expect, it } from 'vitest'
import { parseSddl, SddlError } from '../../../../src/providers/wfp/sandbox/sddl.ts'

const hex = (text: string) => Buffer.from(parseSddl(text)).toString('hex')
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

describe('parseSddl', () => {
  it.each(GOLDEN)('writes %s as MS-DTYP 2.4.6 lays it out', (text, bytes) => {
    expect(hex(text)).toBe(bytes)
  })

  it('gives object entries their GUIDs and the ACL the directory revision', () => {
    const bytes = Buffer.from(parseSddl('D:(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;WD)'))

    expect(bytes[20]).toBe(4)
    expect(bytes.subarray(36, 40).readUInt32LE()).toBe(1)
    expect(bytes.subarray(40, 56).toString('hex')).toBe('709529006d24d011a76800aa006e0529')
  })

  it.each(['010', '8', '0x8', 'SW'])('reads the rights %s as the mask 8', (rights) => {
    expect(Buffer.from(parseSddl(`D:(A;;${rights};;;WD)`)).readUInt32LE(32)).toBe(8)
  })

  it.each([
    ['', 87],
    ['hello', 87],
    ['D:(A;;GA;;;SY', 87],
    ['G:BAO:SY', 87],
    ['D:X(A;;GA;;;SY)', 1336],
    ['D:(A;;GA;;SY)', 1336],
    ['D:(AU;;GA;;;SY)', 1336],
    ['D:(A;;QQ;;;SY)', 1336],
    ['D:(A;XX;GA;;;SY)', 1336],
    ['D:(A;;GA;;;ZZ)', 1337],
    ['O:S-1-5-99999999999', 1337],
  ])('refuses %j with status %i', (text, status) => {
    expect(() => parseSddl(text)).toThrow(SddlError)
    try {
      parseSddl(text)
    } catch (error) {
      expect((error as SddlError).status).toBe(status)
    }
  })
})
