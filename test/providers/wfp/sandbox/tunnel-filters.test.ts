import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as C from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { Machine } from '../../../conformance/machine.ts'
import * as sample from '../../../conformance/samples.ts'
import { openAt } from './sandboxes.ts'

const equals = (fieldKey: string, uint32: number) => ({
  fieldKey,
  matchType: C.FWP_MATCH_EQUAL,
  conditionValue: { type: C.FWP_UINT32, uint32 },
})

describe('the filters of a tunnel', () => {
  let opened: ReturnType<typeof openAt>
  let machine: Machine
  let handle: number

  beforeEach(async () => {
    opened = openAt('memory')
    machine = new Machine(opened.fwp)
    handle = await machine.open()
  })

  afterEach(async () => {
    await machine.closeAll()
    await opened.close()
  })

  it.each([
    ['a gateway with everything', {}, 9],
    ['a gateway without main mode and keying module', { mainModePolicy: null, keyModKey: null }, 7],
    ['point to point', { flags: C.FWPM_TUNNEL_FLAG_POINT_TO_POINT }, 7],
  ])('are as many as the table says: %s', async (_, parts, count) => {
    await machine.addTunnel(handle, parts)

    expect(await machine.filters(handle)).toHaveLength(count)
  })

  it('name the keying module in the filter type at IPSEC_KM_DEMUX, for the peers that the endpoints name', async () => {
    await machine.addTunnel(handle)

    const [found] = (await machine.filters(handle)).filter(
      ({ layerKey }) => layerKey === C.FWPM_LAYER_IPSEC_KM_DEMUX_V4,
    )
    expect(found).toMatchObject({
      action: { type: C.FWP_ACTION_PERMIT, filterType: C.FWPM_KEYING_MODULE_IKEV2 },
      filterCondition: [
        equals(C.FWPM_CONDITION_IP_LOCAL_ADDRESS, 0xcb00_710a),
        equals(C.FWPM_CONDITION_IP_REMOTE_ADDRESS, 0xc633_6407),
      ],
    })
  })

  it('point at the main-mode policy at IKEEXT', async () => {
    const parts = sample.tunnel()
    await machine.addTunnel(handle, parts)

    const found = await machine.filtersOf(handle, parts.mainModePolicy?.providerContextKey)
    expect(found.map(({ layerKey }) => layerKey)).toEqual([C.FWPM_LAYER_IKEEXT_V4])
  })

  it('have keys that follow from the tunnel alone', async () => {
    const parts = sample.tunnel()
    const key = await machine.addTunnel(handle, parts)
    const first = (await machine.filtersOf(handle, key)).map(({ filterKey }) => filterKey)
    await machine.deleteTunnel(handle, key)
    await machine.addTunnel(handle, { ...parts, mainModePolicy: null })

    expect((await machine.filtersOf(handle, key)).map(({ filterKey }) => filterKey)).toEqual(first)
    expect(new Set(first).size).toBe(first.length)
  })
})
