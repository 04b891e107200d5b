/** How calls can be made to fail, on every engine that we test with: the words of the switch `fault`. */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import type { EngineError } from '../../src/providers/wfp/binding/tables/status/index.ts'
import { type Chapter, type Machine, newKey, refused } from './machine.ts'
import * as sample from './samples.ts'

/** FWP_E_SESSION_ABORTED, and what a caller of RPC gets of a server that was started anew. */
const LOST = [0x8032_0010, 6, 1717, 1722, 1726, 1727, 1753, 1775]
const { FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT: TUNNEL } = C
const CONTEXT_TYPES = [TUNNEL, C.FWPM_IPSEC_IKEV2_MM_CONTEXT, C.FWPM_GENERAL_CONTEXT]

const statusOf = (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => 0,
    (error: EngineError) => error.status,
  )

export const faults: Chapter = (machine, test) => {
  counting(machine, test)
  ineffective(machine, test)
  answeredOtherwise(machine, test)
  lost(machine, test)
}

const counting: Chapter = (machine, test) => {
  const outcomes = async (handle: number, count: number): Promise<boolean[]> => {
    const made: boolean[] = []
    for (let i = 0; i < count; i++) made.push((await statusOf(machine().addTunnel(handle))) === 0)
    return made
  }

  test('fault CALL#N: the Nth call of that name is refused and does nothing; the others are made', async () => {
    const handle = await machine().open()
    await machine().set('fault', 'FwpmIPsecTunnelAdd2#2=FWP_E_OUT_OF_BOUNDS')

    expect(await outcomes(handle, 3)).toEqual([true, false, true])
    expect(await machine().contextKeys(handle, TUNNEL)).toHaveLength(2)
  })

  test('fault CALL#N+: from the Nth on all are refused, until the switch is off', async () => {
    const handle = await machine().open()
    await machine().set('fault', 'FwpmIPsec*Add*#2+=5')

    expect(await outcomes(handle, 4)).toEqual([true, false, false, false])
    await machine().set('fault', '')
    expect(await outcomes(handle, 1)).toEqual([true])
  })

  test('faults of several calls are counted apart', async () => {
    const handle = await machine().open()
    await machine().set('fault', '*#4=FWP_E_TIMEOUT,FwpmIPsecTunnelAdd2#1=5')

    expect(await statusOf(machine().addTunnel(handle))).toBe(5)
    expect(await outcomes(handle, 3)).toEqual([true, true, false])
  })

  test('fault wait: the call is made after a while', async () => {
    const handle = await machine().open()
    await machine().set('fault', 'FwpmIPsecTunnelAdd2#1=wait:200')
    const began = performance.now()

    expect(await outcomes(handle, 1)).toEqual([true])
    expect(performance.now() - began).toBeGreaterThan(150)
  })
}

type Change = (machine: Machine, engineHandle: number) => Promise<unknown>

/** Each with something there that it could delete. */
const CHANGES: Readonly<Record<string, (there: { readonly record: string; readonly tunnel: string }) => Change>> = {
  FwpmProviderAdd0: () => (machine, handle) => machine.addProvider(handle),
  FwpmProviderContextAdd2: () => (machine, handle) => machine.addContext(handle),
  'FwpmProviderContextDelete*':
    ({ record }) =>
    ({ fwp }, engineHandle) =>
      fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key: record }),
  'FwpmIPsecTunnelAdd*': () => (machine, handle) => machine.addTunnel(handle),
  FwpmIPsecTunnelDeleteByKey0:
    ({ tunnel }) =>
    (machine, handle) =>
      machine.deleteTunnel(handle, tunnel),
}

const ineffective: Chapter = (machine, test) => {
  const providers = async (engineHandle: number) => {
    const { fwp } = machine()
    const { enumHandle } = await fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null })
    return (await fwp.FwpmProviderEnum0({ engineHandle, enumHandle, numEntriesRequested: 100 })).entries
  }
  const contents = async (handle: number) => ({
    providers: await providers(handle),
    contexts: await Promise.all(CONTEXT_TYPES.map((type) => machine().contextKeys(handle, type))),
    filters: (await machine().filters(handle)).map(({ filterKey }) => filterKey),
  })

  for (const [call, change] of Object.entries(CHANGES)) {
    test(`fault nothing: ${call} succeeds without effect, and what is done beside it stands`, async () => {
      const engineHandle = await machine().open()
      const record = sample.general()
      await machine().addContext(engineHandle, record)
      const there = { record: record.providerContextKey, tunnel: await machine().addTunnel(engineHandle) }
      const before = await contents(engineHandle)
      await machine().set('fault', `${call}#1+=nothing`)

      await change(there)(machine(), engineHandle)
      expect(await contents(engineHandle)).toEqual(before)
      await machine().begin(engineHandle)
      const filter = sample.filter()
      await machine().fwp.FwpmFilterAdd0({ engineHandle, filter, sd: null })
      await change(there)(machine(), engineHandle)
      await machine().commit(engineHandle)
      expect(await contents(engineHandle)).toEqual({ ...before, filters: [...before.filters, filter.filterKey] })
    })
  }
}

const answeredOtherwise: Chapter = (machine, test) => {
  test('fault done: the session is closed, and FwpmEngineClose0 answers otherwise', async () => {
    const engineHandle = await machine().open({ flags: C.FWPM_SESSION_FLAG_DYNAMIC })
    await machine().addTunnel(engineHandle)
    await machine().set('fault', 'FwpmEngineClose0#1=done:RPC_S_CALL_FAILED')

    await refused(machine().close(engineHandle), 'RPC_S_CALL_FAILED')
    await refused(machine().fwp.FwpmEngineClose0({ engineHandle }), 'ERROR_INVALID_HANDLE')
  })

  test('fault done: an enumeration is over, and its DestroyEnumHandle0 answers otherwise', async () => {
    const engineHandle = await machine().open()
    const { fwp } = machine()
    await machine().set('fault', '*DestroyEnumHandle0#1+=done:FWP_E_TIMEOUT')
    const { enumHandle } = await fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null })

    await refused(fwp.FwpmFilterDestroyEnumHandle0({ engineHandle, enumHandle }), 'FWP_E_TIMEOUT')
    await refused(fwp.FwpmFilterEnum0({ engineHandle, enumHandle, numEntriesRequested: 1 }), 'ERROR_INVALID_HANDLE')
  })

  test('fault done: what is committed stands, and FwpmTransactionCommit0 answers otherwise', async () => {
    const [handle, other] = [await machine().open(), await machine().open()]
    await machine().set('fault', 'FwpmTransactionCommit0#1=done:RPC_S_CALL_FAILED')
    await machine().begin(handle)
    const key = await machine().addTunnel(handle)

    await refused(machine().commit(handle), 'RPC_S_CALL_FAILED')
    expect(await machine().contextKeys(other, TUNNEL)).toEqual([key])
    await refused(machine().abort(handle), 'FWP_E_NO_TXN_IN_PROGRESS')
  })
}

const lost: Chapter = (machine, test) => {
  for (const status of LOST) {
    test(`fault lost: a call answers ${status}, everything of the session is rolled back, and its handle is dead`, async () => {
      const [handle, other] = [await machine().open(), await machine().open({ txnWaitTimeoutInMSec: 1000 })]
      await machine().set('fault', `FwpmIPsecTunnelAdd2#2=lost:${status}`)
      await machine().begin(handle)
      await machine().addTunnel(handle)

      expect(await statusOf(machine().addTunnel(handle))).toBe(status)
      machine().forget(handle)
      await refused(machine().addTunnel(handle), 'ERROR_INVALID_HANDLE')
      await refused(machine().fwp.FwpmEngineClose0({ engineHandle: handle }), 'ERROR_INVALID_HANDLE')
      await machine().begin(other)
      expect(await machine().contextKeys(other, TUNNEL)).toEqual([])
      expect(await machine().filters(other)).toEqual([])
    })
  }

  test('fault lost: what lived as long as the session is gone, and its key is free', async () => {
    const sessionKey = newKey()
    const dynamic = await machine().open({ sessionKey, flags: C.FWPM_SESSION_FLAG_DYNAMIC })
    const other = await machine().open()
    await machine().addTunnel(dynamic)
    await machine().set('fault', 'FwpmTransactionBegin0#1=lost:FWP_E_SESSION_ABORTED')

    await refused(machine().begin(dynamic), 'FWP_E_SESSION_ABORTED')
    machine().forget(dynamic)
    expect(await machine().contextKeys(other, TUNNEL)).toEqual([])
    await machine().open({ sessionKey })
  })
}
