/** @see https://learn.microsoft.com/windows/win32/fwp/object-management#transactions */
import { expect } from 'vitest'
import { FWPM_GENERAL_CONTEXT, FWPM_TXN_READ_ONLY } from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, refused } from './machine.ts'
import * as sample from './samples.ts'

export const transactions: Chapter = (machine, test) => {
  test('FWP_E_TXN_IN_PROGRESS: a session has one transaction at a time', async () => {
    const handle = await machine().open()
    await machine().begin(handle)

    await refused(machine().begin(handle), 'FWP_E_TXN_IN_PROGRESS')
  })

  test('FWP_E_NO_TXN_IN_PROGRESS: there is nothing to commit or abort', async () => {
    const handle = await machine().open()

    await refused(machine().commit(handle), 'FWP_E_NO_TXN_IN_PROGRESS')
    await refused(machine().abort(handle), 'FWP_E_NO_TXN_IN_PROGRESS')
  })

  test('FWP_E_INCOMPATIBLE_TXN: a read-only transaction modifies nothing', async () => {
    const handle = await machine().open()
    await machine().begin(handle, FWPM_TXN_READ_ONLY)

    await refused(machine().addTunnel(handle), 'FWP_E_INCOMPATIBLE_TXN')
    await refused(machine().addContext(handle), 'FWP_E_INCOMPATIBLE_TXN')
    await machine().commit(handle)
  })

  test('FWP_E_TIMEOUT: "there can be only one read/write transaction at a time"; a second begin waits txnWaitTimeoutInMSec', async () => {
    const writer = await machine().open()
    const waiting = await machine().open({ txnWaitTimeoutInMSec: 60 })
    await machine().begin(writer)

    const started = Date.now()
    await refused(machine().begin(waiting), 'FWP_E_TIMEOUT')

    expect(Date.now() - started).toBeGreaterThanOrEqual(50)
  })

  test('a begin that waits gets the lock when it becomes free', async () => {
    const writer = await machine().open()
    const waiting = await machine().open()
    await machine().begin(writer)

    const begun = machine().begin(waiting)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await machine().commit(writer)
    await begun

    await refused(machine().begin(waiting), 'FWP_E_TXN_IN_PROGRESS')
  })

  test('a call outside a transaction "is executed within an implicit transaction", which may time out as well', async () => {
    const writer = await machine().open()
    const other = await machine().open({ txnWaitTimeoutInMSec: 60 })
    await machine().begin(writer)

    await refused(machine().addProvider(other), 'FWP_E_TIMEOUT')
  })

  test('aborting takes back everything', async () => {
    const handle = await machine().open()
    const kept = await machine().addTunnel(handle)
    const before = await machine().filters(handle)
    await machine().begin(handle)
    const added = await machine().addTunnel(handle)
    await machine().deleteTunnel(handle, kept)
    await machine().abort(handle)

    await refused(machine().getContext(handle, added), 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND')
    expect(await machine().filters(handle)).toEqual(before)
  })

  test('transactions are isolated: nobody else sees what is not committed', async () => {
    const writer = await machine().open()
    const reader = await machine().open()
    const record = sample.general()
    await machine().begin(writer)
    await machine().addContext(writer, record)

    const within = await machine().contextKeys(writer, FWPM_GENERAL_CONTEXT)
    const during = await machine().contextKeys(reader, FWPM_GENERAL_CONTEXT)
    await machine().commit(writer)
    const after = await machine().contextKeys(reader, FWPM_GENERAL_CONTEXT)

    expect({ within, during, after }).toEqual({
      within: [record.providerContextKey],
      during: [],
      after: [record.providerContextKey],
    })
  })

  test('a read-only transaction reads one state from begin to end', async () => {
    const reader = await machine().open()
    const writer = await machine().open()
    await machine().addContext(writer)
    await machine().begin(reader, FWPM_TXN_READ_ONLY)
    const first = await machine().contextKeys(reader, FWPM_GENERAL_CONTEXT)
    await machine().addContext(writer)

    expect(await machine().contextKeys(reader, FWPM_GENERAL_CONTEXT)).toEqual(first)
    await machine().abort(reader)
    expect(await machine().contextKeys(reader, FWPM_GENERAL_CONTEXT)).toHaveLength(2)
  })

  test('a failing call leaves the transaction with what succeeded before', async () => {
    const handle = await machine().open()
    await machine().begin(handle)
    const tunnelPolicy = sample.quickMode()
    await machine().addTunnel(handle, { tunnelPolicy })
    await refused(machine().addTunnel(handle, { tunnelPolicy }), 'FWP_E_ALREADY_EXISTS')
    await machine().commit(handle)

    expect(await machine().filtersOf(handle, tunnelPolicy.providerContextKey)).toHaveLength(8)
  })

  test('a key can be deleted and added again in one transaction', async () => {
    const handle = await machine().open()
    const key = await machine().addTunnel(handle)
    await machine().begin(handle)
    await machine().deleteTunnel(handle, key)
    await machine().addTunnel(handle, { tunnelPolicy: sample.quickMode({ flags: 8 }, { providerContextKey: key }) })
    await machine().commit(handle)

    expect(await machine().getContext(handle, key)).toMatchObject({ ikeV2QmTunnelPolicy: { flags: 8 } })
  })
}
