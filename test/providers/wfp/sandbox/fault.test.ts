import { describe, expect, it } from 'vitest'
import * as admin from '../../../../src/providers/wfp/sandbox/admin.ts'
import { FaultLine, parseFault } from '../../../../src/providers/wfp/sandbox/fault.ts'
import { Machine, refused } from '../../../conformance/machine.ts'
import { openAt } from './sandboxes.ts'

describe('parseFault', () => {
  it.each([
    ['FwpmIPsecTunnelAdd2#3=FWP_E_ALREADY_EXISTS', { call: 'FwpmIPsecTunnelAdd2', count: 3, effect: 0x8032_0009 }],
    ['FwpmTransactionCommit0#1=5', { call: 'FwpmTransactionCommit0', count: 1, effect: 5 }],
    ['*#12=kill', { call: '*', count: 12, effect: 'kill' }],
    ['IPsecKeyManagersGet0#1=0x6', { call: 'IPsecKeyManagersGet0', count: 1, effect: 6 }],
  ])('reads %s', (text, fault) => {
    expect(parseFault(text)).toEqual(fault)
  })

  it.each(['', 'kill', 'Call#0=kill', 'Call#1=', 'Call#1=FWP_E_NO_SUCH', 'Call#1=0', 'Call=kill'])(
    'refuses %j',
    (text) => {
      expect(parseFault(text)).toBeUndefined()
    },
  )
})

describe('a fault', () => {
  it('strikes the Nth of the calls it names, once', () => {
    const line = new FaultLine('FwpmTransactionCommit0#2=FWP_E_TIMEOUT')
    const pass = (call: string) => () => line.pass(call)

    expect(pass('FwpmTransactionCommit0')).not.toThrow()
    expect(pass('FwpmTransactionBegin0')).not.toThrow()
    expect(pass('FwpmTransactionCommit0')).toThrow('FwpmTransactionCommit0#2')
    expect(pass('FwpmTransactionCommit0')).not.toThrow()
  })

  it('is switched on in the store and counts every call from the first open', async () => {
    const opened = openAt('memory')
    const machine = new Machine(opened.fwp)
    await admin.setSwitch(opened.raw, 'fault', '*#3=FWP_E_SESSION_ABORTED')

    const handle = await machine.open()
    await machine.begin(handle)
    await refused(machine.addTunnel(handle), 'FWP_E_SESSION_ABORTED')
    await machine.addTunnel(handle)
    await machine.closeAll()
    await opened.close()
  })
})
