// Every number and GUID below is typed in from the SDK's headers (10.0.26100), not taken from constants.ts.

import { describe, expect, it } from 'vitest'
import { encode } from '../../../../fixtures/encoding.ts'
import { gateway, pointToPoint } from '../../../../fixtures/specs.ts'

describe('one condition', () => {
  const LOCAL_ADDRESS = 'd9ee00de-c1ef-4617-bfe3-ffd8f5a08957'
  const v6 = (last: number) => new Uint8Array([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last])

  it.each([
    ['10.1.0.5', 0, { type: 3, uint32: 0x0a010005 }],
    ['10.1.0.0/16', 0, { type: 256, v4AddrMask: { addr: 0x0a010000, mask: 0xffff0000 } }],
    ['0.0.0.0/0', 0, { type: 256, v4AddrMask: { addr: 0, mask: 0 } }],
    [
      '10.1.0.5-10.1.0.9',
      5,
      {
        type: 258,
        rangeValue: { valueLow: { type: 3, uint32: 0x0a010005 }, valueHigh: { type: 3, uint32: 0x0a010009 } },
      },
    ],
    ['2001:db8::5', 0, { type: 11, byteArray16: v6(5) }],
    ['2001:db8::/32', 0, { type: 257, v6AddrMask: { addr: v6(0), prefixLength: 32 } }],
    [
      '2001:db8::5-2001:db8::9',
      5,
      {
        type: 258,
        rangeValue: { valueLow: { type: 11, byteArray16: v6(5) }, valueHigh: { type: 11, byteArray16: v6(9) } },
      },
    ],
  ])('the address %s', (address, matchType, conditionValue) => {
    const { filterConditions } = encode({ ...gateway, traffic: { local: [address], remote: [address] } }, 3)

    expect(filterConditions[0]).toEqual({ fieldKey: LOCAL_ADDRESS, matchType, conditionValue })
  })

  it.each([
    [{ protocol: 'udp' }, '3971ef2b-623e-4f9a-8cb1-6e79b806b9a7', 0, { type: 1, uint8: 17 }],
    [{ protocol: 47 }, '3971ef2b-623e-4f9a-8cb1-6e79b806b9a7', 0, { type: 1, uint8: 47 }],
    [{ localPort: 443 }, '0c1ba1af-5765-453f-af22-a8f791ac775b', 0, { type: 2, uint16: 443 }],
    [
      { remotePort: '1-9' },
      'c35a604d-d22b-4e1a-91b4-68f674ee674b',
      5,
      { type: 258, rangeValue: { valueLow: { type: 2, uint16: 1 }, valueHigh: { type: 2, uint16: 9 } } },
    ],
    [
      { interface: '1689399632855040' },
      '4cd62a49-59c3-4969-b7f3-bda5d32890a4',
      0,
      { type: 4, uint64: 1689399632855040n },
    ],
    [{ profile: 2 }, 'ab3033c9-c0e3-4759-937d-5758c65d4ae3', 0, { type: 3, uint32: 2 }],
  ] as const)('%j', (more, fieldKey, matchType, conditionValue) => {
    const { filterConditions } = encode({ ...pointToPoint, traffic: { ...pointToPoint.traffic, ...more } }, 3)

    expect(filterConditions.slice(2)).toEqual([{ fieldKey, matchType, conditionValue }])
  })

  it('stands once for each address of a list: conditions of one field are or-ed', () => {
    const traffic = { local: ['10.1.0.1', '10.1.0.2'], remote: ['10.2.0.1', '10.2.0.2', '10.2.0.3'] }

    expect(encode({ ...gateway, traffic }, 3).filterConditions).toHaveLength(5)
  })
})
