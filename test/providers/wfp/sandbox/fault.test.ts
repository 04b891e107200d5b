import { describe, expect, it, onTestFinished } from 'vitest'
import { setSwitch } from '../../../../src/providers/wfp/sandbox/admin.ts'
import { FAULT_VARIABLE, FaultLine, parseFaults } from '../../../../src/providers/wfp/sandbox/fault.ts'
import { Machine, refused } from '../../../conformance/machine.ts'
import { openAt } from './sandboxes.ts'

const refuse = (status: number) => ({ kind: 'refuse', status }) as const

describe('parseFaults', () => {
  it.each([
    [
      'FwpmIPsecTunnelAdd2#3=FWP_E_ALREADY_EXISTS',
      { call: 'FwpmIPsecTunnelAdd2', first: 3, effect: refuse(0x8032_0009) },
    ],
    ['FwpmTransactionCommit0#1=5', { call: 'FwpmTransactionCommit0', first: 1, last: 1, effect: refuse(5) }],
    ['*#12=kill', { call: '*', first: 12, last: 12, effect: { kind: 'kill' } }],
    ['IPsecKeyManagersGet0#2+=0x6', { first: 2, last: Number.POSITIVE_INFINITY, effect: refuse(6) }],
    ['FwpmProviderContextAdd*#2=nothing', { call: 'FwpmProviderContextAdd*', effect: { kind: 'nothing' } }],
    ['*#7=lost:1726', { effect: { kind: 'lost', status: 1726 } }],
    ['FwpmEngineClose0#1=done:5', { effect: { kind: 'done', ending: refuse(5) } }],
    ['FwpmTransactionCommit0#1=done:kill', { effect: { kind: 'done', ending: { kind: 'kill' } } }],
    ['FwpmTransactionBegin0#1=wait:250', { effect: { kind: 'wait', milliseconds: 250 } }],
  ])('reads %s', (text, fault) => {
    expect(parseFaults(text)).toMatchObject([fault])
  })

  it('reads several', () => {
    expect(parseFaults('A#1=5,B#2+=kill')).toMatchObject([{ call: 'A' }, { call: 'B' }])
  })

  it.each([
    ...['', 'kill', 'Call#0=kill', 'Call#1=', 'Call#1=FWP_E_NO_SUCH', 'Call#1=0', 'Call=kill', 'A#1=5,', 'A#1-2=5'],
    ...['A#1=lost', 'A#1=lost:kill', 'A#1=done:', 'A#1=done:nothing', 'A#1=nothing:5', 'A#1=wait:soon', 'A.B#1=5'],
  ])('refuses %j', (text) => {
    expect(parseFaults(text)).toBeUndefined()
  })
})

describe('a fault', () => {
  it('strikes the Nth of the calls it names, once', () => {
    const line = new FaultLine(() => 'FwpmTransactionCommit0#2=FWP_E_TIMEOUT')
    const calls = [
      'FwpmTransactionCommit0',
      'FwpmTransactionBegin0',
      'FwpmTransactionCommit0',
      'FwpmTransactionCommit0',
    ]

    expect(calls.map((call) => line.strike(call)?.kind)).toEqual([undefined, undefined, 'refuse', undefined])
  })

  it('makes a call ineffective only where it adds or deletes', () => {
    const line = new FaultLine(() => '*#1+=nothing')
    const calls = [
      'FwpmProviderContextAdd3',
      'FwpmIPsecTunnelDeleteByKey0',
      'FwpmFilterEnum0',
      'FwpmTransactionCommit0',
    ]

    expect(calls.map((call) => line.strike(call)?.kind)).toEqual(['nothing', 'nothing', undefined, undefined])
  })

  it('is switched on in the store and counts every call from the first open', async () => {
    const opened = openAt('memory')
    const machine = new Machine(opened.fwp)
    await setSwitch(opened.raw, 'fault', '*#3=FWP_E_SESSION_ABORTED')

    const handle = await machine.open()
    await machine.begin(handle)
    await refused(machine.addTunnel(handle), 'FWP_E_SESSION_ABORTED')
    await machine.addTunnel(handle)
    await machine.closeAll()
    await opened.close()
  })

  it('is that of the variable, where there is one', async () => {
    process.env[FAULT_VARIABLE] = 'FwpmEngineOpen0#1=5'
    onTestFinished(() => {
      delete process.env[FAULT_VARIABLE]
    })
    const opened = openAt('memory')
    await setSwitch(opened.raw, 'fault', 'FwpmEngineOpen0#1=6')

    await refused(new Machine(opened.fwp).open(), 'ERROR_ACCESS_DENIED')
    await opened.close()
  })
})
