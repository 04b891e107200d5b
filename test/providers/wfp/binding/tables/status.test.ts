import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  EngineError,
  statusName,
  statusOf,
  statusTable,
} from '../../../../../src/providers/wfp/binding/tables/status/index.ts'

const sdk = JSON.parse(readFileSync('test/fixtures/statuses.json', 'utf8')) as {
  statuses: [name: string, value: number, cls: string, meaning: string][]
  ipsecIke: Record<string, number>
}

describe('statuses', () => {
  it.each(sdk.statuses)('%s is listed with its class and meaning, and says what to do', (name, value, cls, meaning) => {
    expect(statusTable.get(value)).toMatchObject({ name, value, class: cls, meaning })
    expect(statusTable.get(value)!.help).not.toBe('')
  })

  it('name every IPsec policy and negotiation status', () => {
    for (const [name, value] of Object.entries(sdk.ipsecIke)) expect(statusName(value)).toBe(name)
  })

  it('are the listed ones and no others', () => {
    // out of memory, and what a descriptor that cannot be converted answers
    const others = [14, 1336, 1337, 1338, 1359]
    const values = new Set([...sdk.statuses.map(([, value]) => value), ...Object.values(sdk.ipsecIke), ...others])

    expect(new Set(statusTable.keys())).toEqual(values)
  })

  it('say that memory is short, whichever of its ways the system chooses', () => {
    for (const value of [8, 14]) {
      expect(statusOf(value)).toMatchObject({ class: 'transient', meaning: expect.not.stringContaining('unlisted') })
      expect(statusOf(value).help).not.toBe('')
    }
    expect(statusName(14)).toBe('ERROR_OUTOFMEMORY')
    expect(statusOf(0x8007000e).meaning).toContain('that is ERROR_OUTOFMEMORY')
  })

  it('say which of them mean that the session is over, and no others', () => {
    const over = [...statusTable.values()].filter(({ lost }) => lost).map(({ value }) => value)

    // the transaction went with the session; a handle that the service does not know; RPC's ways to say that it is gone
    expect(over.sort((a, b) => a - b)).toEqual([6, 1717, 1722, 1726, 1727, 1753, 1775, 0x80320010])
    expect(new EngineError('FwpmProviderAdd0', 1726).lost).toBe(true)
    expect(new EngineError('FwpmProviderAdd0', 5).lost).toBe(false)
  })

  it('are the same when read as signed numbers', () => {
    expect(statusName(-2144206839)).toBe('FWP_E_ALREADY_EXISTS')
  })

  it.each([
    [0xc0000022, 'unlisted status: as Win32 3221225506; as NTSTATUS or HRESULT facility 0 code 34'],
    [
      0x80070005,
      'unlisted status: as Win32 2147942405; as NTSTATUS or HRESULT facility 7 code 5, that is ERROR_ACCESS_DENIED',
    ],
    [0x80320999, 'unlisted status: as Win32 2150762905; as NTSTATUS or HRESULT facility 50 code 2457'],
  ])('that are unknown are shown in hexadecimal, read both ways', (value, meaning) => {
    const name = `0x${value.toString(16).toUpperCase()}`

    expect(statusOf(value)).toMatchObject({ name, meaning, class: 'unknown' })
    expect(new EngineError('FwpmEngineOpen0', value).message).toBe(`FwpmEngineOpen0 returned ${name}: ${meaning}`)
  })

  it('make an error that names call, status and meaning', () => {
    const error = new EngineError('FwpmIPsecTunnelAdd2', 0x80320009)

    expect(error).toMatchObject({
      call: 'FwpmIPsecTunnelAdd2',
      status: 0x80320009,
      name: 'FWP_E_ALREADY_EXISTS',
      class: 'conflict',
    })
    expect(error.message).toMatch(/^FwpmIPsecTunnelAdd2 returned FWP_E_ALREADY_EXISTS \(0x80320009\): /)
  })
})
