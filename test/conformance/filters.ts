/** @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmfilteradd0 */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, newKey, refused } from './machine.ts'
import * as sample from './samples.ts'

export const filters: Chapter = (machine, test) => {
  test('a filter reads back as it was added, with an id and an effective weight', async () => {
    const engineHandle = await machine().open()
    const filter = sample.filter({
      filterCondition: [sample.local, sample.remote, sample.v6(C.FWPM_CONDITION_IP_LOCAL_ADDRESS)],
    })
    const { id } = await machine().fwp.FwpmFilterAdd0({ engineHandle, filter, sd: null })

    const read = (await machine().fwp.FwpmFilterGetByKey0({ engineHandle, key: filter.filterKey })).filter
    expect({ ...read, effectiveWeight: filter.effectiveWeight }).toEqual({ ...filter, filterId: id })
    expect(read.effectiveWeight.type).not.toBe(C.FWP_EMPTY)
  })

  test('FWP_E_PROVIDER_CONTEXT_NOT_FOUND: a filter names a context that exists', async () => {
    const engineHandle = await machine().open()
    const filter = sample.filter({ flags: C.FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT, providerContextKey: newKey() })

    await refused(machine().fwp.FwpmFilterAdd0({ engineHandle, filter, sd: null }), 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND')
  })

  test('FWP_E_FILTER_NOT_FOUND: by key and by id', async () => {
    const engineHandle = await machine().open()
    const { fwp } = machine()

    await refused(fwp.FwpmFilterDeleteByKey0({ engineHandle, key: newKey() }), 'FWP_E_FILTER_NOT_FOUND')
    await refused(fwp.FwpmFilterDeleteById0({ engineHandle, id: 1n << 40n }), 'FWP_E_FILTER_NOT_FOUND')
  })

  test('a filter is deleted by its id', async () => {
    const engineHandle = await machine().open()
    const { fwp } = machine()
    const filter = sample.filter()
    const { id } = await fwp.FwpmFilterAdd0({ engineHandle, filter, sd: null })
    await fwp.FwpmFilterDeleteById0({ engineHandle, id })

    await refused(fwp.FwpmFilterGetByKey0({ engineHandle, key: filter.filterKey }), 'FWP_E_FILTER_NOT_FOUND')
  })

  test('FWP_E_IN_USE: a foreign filter keeps the tunnel it names', async () => {
    const engineHandle = await machine().open()
    const key = await machine().addTunnel(engineHandle)
    const filter = sample.filter({ flags: C.FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT, providerContextKey: key })
    await machine().fwp.FwpmFilterAdd0({ engineHandle, filter, sd: null })

    await refused(machine().deleteTunnel(engineHandle, key), 'FWP_E_IN_USE')
    await machine().fwp.FwpmFilterDeleteByKey0({ engineHandle, key: filter.filterKey })
    await machine().deleteTunnel(engineHandle, key)
  })
}
