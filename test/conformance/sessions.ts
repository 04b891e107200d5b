/** @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmengineopen0 */
import { expect } from 'vitest'
import {
  FWPM_GENERAL_CONTEXT,
  FWPM_SESSION_FLAG_DYNAMIC,
  RPC_C_AUTHN_WINNT,
} from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, newKey, refused } from './machine.ts'
import * as sample from './samples.ts'

const open = { serverName: null, authnService: RPC_C_AUTHN_WINNT, authIdentity: null, session: null }

export const sessions: Chapter = (machine, test) => {
  test('FwpmEngineOpen0: serverName "must be NULL"', async () => {
    await refused(
      machine().fwp.FwpmEngineOpen0({ ...open, serverName: 'elsewhere' }),
      'ERROR_INVALID_PARAMETER',
      'ERROR_NOT_SUPPORTED',
    )
  })

  test('FwpmEngineOpen0: authnService is RPC_C_AUTHN_WINNT or RPC_C_AUTHN_DEFAULT', async () => {
    await refused(machine().fwp.FwpmEngineOpen0({ ...open, authnService: 9 }), 'RPC_S_UNKNOWN_AUTHN_SERVICE')
  })

  test('FWPM_SESSION0: sessionKey "uniquely identifies the session": FWP_E_ALREADY_EXISTS while it is in use', async () => {
    const sessionKey = newKey()
    const first = await machine().open({ sessionKey })

    await refused(machine().open({ sessionKey }), 'FWP_E_ALREADY_EXISTS')
    await machine().close(first)
    await machine().open({ sessionKey })
  })

  test('a handle that is closed, or was never open, is ERROR_INVALID_HANDLE', async () => {
    const engineHandle = await machine().open()
    await machine().close(engineHandle)

    await refused(machine().begin(engineHandle), 'ERROR_INVALID_HANDLE')
  })

  test('FWPM_SESSION_FLAG_DYNAMIC: "all objects added during the session are automatically deleted when the session ends"', async () => {
    const dynamic = await machine().open({ flags: FWPM_SESSION_FLAG_DYNAMIC })
    const other = await machine().open()
    const record = sample.general()
    await machine().addContext(dynamic, record)
    const tunnel = await machine().addTunnel(dynamic)

    expect(await machine().contextKeys(other, FWPM_GENERAL_CONTEXT)).toEqual([record.providerContextKey])
    await machine().close(dynamic)

    expect(await machine().contextKeys(other, FWPM_GENERAL_CONTEXT)).toEqual([])
    await refused(machine().getContext(other, tunnel), 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND')
    expect(await machine().filtersOf(other, tunnel)).toEqual([])
  })

  test('FwpmEngineClose0: "If this function is called with a transaction in progress, the transaction will be aborted"', async () => {
    const first = await machine().open()
    await machine().begin(first)
    const key = await machine().addProvider(first)
    await machine().close(first)

    const second = await machine().open()
    await refused(machine().fwp.FwpmProviderGetByKey0({ engineHandle: second, key }), 'FWP_E_PROVIDER_NOT_FOUND')
    await machine().begin(second)
    await machine().abort(second)
  })

  test('FwpmSessionEnum0 lists open sessions with their process', async () => {
    const sessionKey = newKey()
    const engineHandle = await machine().open({ sessionKey, displayData: { name: 'wfpctl', description: null } })
    const { fwp } = machine()
    const { enumHandle } = await fwp.FwpmSessionCreateEnumHandle0({ engineHandle, enumTemplate: null })
    const { entries } = await fwp.FwpmSessionEnum0({ engineHandle, enumHandle, numEntriesRequested: 1000 })
    await fwp.FwpmSessionDestroyEnumHandle0({ engineHandle, enumHandle })

    const own = entries.find((entry) => entry.sessionKey === sessionKey)
    expect(own).toMatchObject({ displayData: { name: 'wfpctl' }, processId: process.pid })
  })
}
