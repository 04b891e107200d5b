/** @see https://learn.microsoft.com/windows/win32/fwp/object-management#object-lifetimes */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, newKey, refused } from './machine.ts'
import * as sample from './samples.ts'

const PERSISTENT = C.FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT
const DYNAMIC = { flags: C.FWPM_SESSION_FLAG_DYNAMIC }

export const lifetimes: Chapter = (machine, test) => {
  test('FWP_E_PROVIDER_NOT_FOUND: an object names a provider that exists', async () => {
    const handle = await machine().open()

    await refused(
      machine().addContext(handle, sample.general(undefined, { providerKey: newKey() })),
      'FWP_E_PROVIDER_NOT_FOUND',
    )
  })

  test('FWP_E_LIFETIME_MISMATCH: a persistent object does not reference a non-persistent one', async () => {
    const handle = await machine().open()
    const providerKey = await machine().addProvider(handle)

    const context = sample.general(undefined, { providerKey, flags: PERSISTENT })
    await refused(machine().addContext(handle, context), 'FWP_E_LIFETIME_MISMATCH')
    const tunnelPolicy = sample.quickMode({}, { providerKey, flags: PERSISTENT })
    await refused(machine().addTunnel(handle, { mainModePolicy: null, tunnelPolicy }), 'FWP_E_LIFETIME_MISMATCH')
  })

  test('FWP_E_LIFETIME_MISMATCH: a persistent tunnel does not reference a static main-mode policy', async () => {
    const handle = await machine().open()
    const providerKey = await machine().addProvider(handle, { flags: C.FWPM_PROVIDER_FLAG_PERSISTENT })
    const tunnelPolicy = sample.quickMode({}, { providerKey, flags: PERSISTENT })
    const mainModePolicy = sample.mainMode({}, { providerKey })

    await refused(machine().addTunnel(handle, { mainModePolicy, tunnelPolicy }), 'FWP_E_LIFETIME_MISMATCH')
  })

  test('FWP_E_LIFETIME_MISMATCH: "a persistent object cannot reference a persistent object of a different provider"', async () => {
    const handle = await machine().open()
    const [mine, theirs] = [
      await machine().addProvider(handle, { flags: C.FWPM_PROVIDER_FLAG_PERSISTENT }),
      await machine().addProvider(handle, { flags: C.FWPM_PROVIDER_FLAG_PERSISTENT }),
    ]
    const tunnelPolicy = sample.quickMode({}, { providerKey: mine, flags: PERSISTENT })
    const mainModePolicy = sample.mainMode({}, { providerKey: theirs, flags: PERSISTENT })

    await refused(machine().addTunnel(handle, { mainModePolicy, tunnelPolicy }), 'FWP_E_LIFETIME_MISMATCH')
  })

  test("FWP_E_LIFETIME_MISMATCH: a static object does not reference a dynamic one, nor a dynamic one another session's", async () => {
    const owner = await machine().open(DYNAMIC)
    const others = [await machine().open(), await machine().open(DYNAMIC)]
    const providerKey = await machine().addProvider(owner)

    for (const handle of others) {
      await refused(machine().addContext(handle, sample.general(undefined, { providerKey })), 'FWP_E_LIFETIME_MISMATCH')
    }
    await machine().addContext(owner, sample.general(undefined, { providerKey }))
  })

  test('FWP_E_IN_USE: a provider is not deleted while an object names it', async () => {
    const handle = await machine().open()
    const providerKey = await machine().addProvider(handle)
    const context = sample.general(undefined, { providerKey })
    await machine().addContext(handle, context)
    const { fwp } = machine()

    await refused(fwp.FwpmProviderDeleteByKey0({ engineHandle: handle, key: providerKey }), 'FWP_E_IN_USE')
    await fwp.FwpmProviderContextDeleteByKey0({ engineHandle: handle, key: context.providerContextKey })
    await fwp.FwpmProviderDeleteByKey0({ engineHandle: handle, key: providerKey })
  })

  test('FWP_E_IN_USE: a context is not deleted while a filter names it', async () => {
    const engineHandle = await machine().open()
    const key = await machine().addTunnel(engineHandle)

    await refused(machine().fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key }), 'FWP_E_IN_USE')
  })

  test("FWP_E_WRONG_SESSION: another dynamic session's object is not ours to delete", async () => {
    const owner = await machine().open(DYNAMIC)
    const other = await machine().open(DYNAMIC)
    const key = await machine().addProvider(owner)

    await refused(machine().fwp.FwpmProviderDeleteByKey0({ engineHandle: other, key }), 'FWP_E_WRONG_SESSION')
  })

  test('FWP_E_DYNAMIC_SESSION_IN_PROGRESS: a dynamic session deletes nothing that is not dynamic', async () => {
    const owner = await machine().open()
    const dynamic = await machine().open(DYNAMIC)
    const key = await machine().addTunnel(owner)

    await refused(machine().deleteTunnel(dynamic, key), 'FWP_E_DYNAMIC_SESSION_IN_PROGRESS')
  })

  test('the filters of a tunnel are as persistent as its policy', async () => {
    const handle = await machine().open()
    const providerKey = await machine().addProvider(handle, { flags: C.FWPM_PROVIDER_FLAG_PERSISTENT })
    const kept = { providerKey, flags: PERSISTENT }
    const parts = { mainModePolicy: sample.mainMode({}, kept), tunnelPolicy: sample.quickMode({}, kept) }
    const persistent = await machine().addTunnel(handle, parts)
    const fleeting = await machine().addTunnel(handle)

    const flags = async (key: string) =>
      new Set((await machine().filtersOf(handle, key)).map((filter) => filter.flags & C.FWPM_FILTER_FLAG_PERSISTENT))
    expect(await flags(persistent)).toEqual(new Set([C.FWPM_FILTER_FLAG_PERSISTENT]))
    expect(await flags(fleeting)).toEqual(new Set([0]))
  })
}
