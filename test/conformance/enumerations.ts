/** @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmprovidercontextcreateenumhandle0 */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, refused } from './machine.ts'
import * as sample from './samples.ts'

const anyFilter = {
  providerKey: null,
  enumType: C.FWP_FILTER_ENUM_OVERLAPPING,
  flags: 0,
  providerContextTemplate: null,
  filterCondition: [],
  actionMask: 0xffff_ffff,
  calloutKey: null,
}

export const enumerations: Chapter = (machine, test) => {
  test('numEntriesReturned below numEntriesRequested: "there are no more"', async () => {
    const engineHandle = await machine().open()
    for (let i = 0; i < 5; i += 1) await machine().addContext(engineHandle)
    const { fwp } = machine()
    const { enumHandle } = await fwp.FwpmProviderContextCreateEnumHandle0({ engineHandle, enumTemplate: null })
    const page = async () =>
      (await fwp.FwpmProviderContextEnum2!({ engineHandle, enumHandle, numEntriesRequested: 2 })).entries

    const pages = [await page(), await page(), await page(), await page()]
    await fwp.FwpmProviderContextDestroyEnumHandle0({ engineHandle, enumHandle })
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1, 0])
    expect(new Set(pages.flat().map(({ providerContextKey }) => providerContextKey)).size).toBe(5)
  })

  test('"the enumerator is not live, meaning it does not reflect changes made after FwpmProviderContextCreateEnumHandle0"', async () => {
    const engineHandle = await machine().open()
    const context = sample.general()
    await machine().addContext(engineHandle, context)
    const { fwp } = machine()
    const { enumHandle } = await fwp.FwpmProviderContextCreateEnumHandle0({ engineHandle, enumTemplate: null })
    await machine().addContext(engineHandle)
    await fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key: context.providerContextKey })

    const { entries } = await fwp.FwpmProviderContextEnum2!({ engineHandle, enumHandle, numEntriesRequested: 10 })
    await fwp.FwpmProviderContextDestroyEnumHandle0({ engineHandle, enumHandle })
    expect(entries.map(({ providerContextKey }) => providerContextKey)).toEqual([context.providerContextKey])
  })

  test('a transaction enumerates what it has written itself', async () => {
    const handle = await machine().open()
    await machine().begin(handle)
    const key = await machine().addTunnel(handle)

    expect(await machine().contextKeys(handle, C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT)).toEqual([key])
    expect(await machine().filtersOf(handle, key)).toHaveLength(8)
  })

  test('a provider-context template selects by type, and by provider if it names one', async () => {
    const handle = await machine().open()
    const providerKey = await machine().addProvider(handle)
    const mine = await machine().addTunnel(handle, { tunnelPolicy: sample.quickMode({}, { providerKey }) })
    const other = await machine().addTunnel(handle)

    const type = C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT
    expect(await machine().contextKeys(handle, type)).toEqual([mine, other])
    expect(await machine().contextKeys(handle, type, providerKey)).toEqual([mine])
    expect(await machine().contextKeys(handle, C.FWPM_IPSEC_KEYING_CONTEXT, providerKey)).toEqual([])
  })

  test('a filter template selects by layer; an actionMask of 0 matches nothing', async () => {
    const engineHandle = await machine().open()
    const key = await machine().addTunnel(engineHandle)
    const { fwp } = machine()
    const count = async (actionMask: number) => {
      const enumTemplate = { ...anyFilter, layerKey: C.FWPM_LAYER_IPSEC_V4, actionMask }
      const { enumHandle } = await fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate })
      const { entries } = await fwp.FwpmFilterEnum0({ engineHandle, enumHandle, numEntriesRequested: 100 })
      await fwp.FwpmFilterDestroyEnumHandle0({ engineHandle, enumHandle })
      return entries.map(({ providerContextKey }) => providerContextKey)
    }

    expect(await count(0xffff_ffff)).toEqual([key])
    expect(await count(0)).toEqual([])
  })

  test('FwpmProviderEnum0 lists providers', async () => {
    const engineHandle = await machine().open()
    const key = await machine().addProvider(engineHandle)
    const { fwp } = machine()
    const { enumHandle } = await fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null })
    const { entries } = await fwp.FwpmProviderEnum0({ engineHandle, enumHandle, numEntriesRequested: 100 })
    await fwp.FwpmProviderDestroyEnumHandle0({ engineHandle, enumHandle })

    expect(entries.map(({ providerKey }) => providerKey)).toContain(key)
  })

  test('an enumeration handle is gone when it is destroyed', async () => {
    const engineHandle = await machine().open()
    const { fwp } = machine()
    const { enumHandle } = await fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null })
    await fwp.FwpmFilterDestroyEnumHandle0({ engineHandle, enumHandle })

    await refused(fwp.FwpmFilterEnum0({ engineHandle, enumHandle, numEntriesRequested: 1 }), 'ERROR_INVALID_HANDLE')
  })
}
