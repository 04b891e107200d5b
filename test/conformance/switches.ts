/** What an engine may do where no document says what Windows does: each behaviour can be switched, on every engine that we test with. */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { addForeign } from './foreign.ts'
import { type Chapter, newKey, refused } from './machine.ts'
import * as sample from './samples.ts'

const VIRTUAL = C.FWPM_TUNNEL_FLAG_ENABLE_VIRTUAL_IF_TUNNELING
const { v4 } = sample
const [HERE, THERE] = [C.FWPM_CONDITION_IP_LOCAL_ADDRESS, C.FWPM_CONDITION_IP_REMOTE_ADDRESS]

export const switches: Chapter = (machine, test) => {
  mainMode(machine, test)
  templates(machine, test)
  retransmission(machine, test)
  managerList(machine, test)
  conditions(machine, test)
  foreignTunnels(machine, test)
}

const mainMode: Chapter = (machine, test) => {
  test('main-mode: FwpmIPsecTunnelDeleteByKey0 removes the main-mode policy, unless a filter refers to it', async () => {
    const handle = await machine().open()
    const [parts, shared] = [sample.tunnel(), sample.tunnel()]
    const keyOf = ({ mainModePolicy }: sample.TunnelParts) => mainModePolicy!.providerContextKey
    for (const tunnel of [parts, shared]) await machine().addTunnel(handle, tunnel)
    const flags = C.FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT
    const filter = { ...sample.filter({ flags }), rawContext: undefined, providerContextKey: keyOf(shared) } as never
    await machine().fwp.FwpmFilterAdd0({ engineHandle: handle, filter, sd: null })
    for (const tunnel of [parts, shared]) await machine().deleteTunnel(handle, tunnel.tunnelPolicy.providerContextKey)

    await refused(machine().getContext(handle, keyOf(parts)), 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND')
    expect(await machine().getContext(handle, keyOf(shared))).toMatchObject({ providerContextKey: keyOf(shared) })
  })

  test('main-mode kept: it leaves the main-mode policy, which can be deleted then, and whose key is taken until then', async () => {
    const engineHandle = await machine().open()
    await machine().set('main-mode', 'kept')
    const parts = sample.tunnel()
    await machine().addTunnel(engineHandle, parts)
    const key = parts.mainModePolicy!.providerContextKey
    const { fwp } = machine()

    await refused(fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key }), 'FWP_E_IN_USE')
    await machine().deleteTunnel(engineHandle, parts.tunnelPolicy.providerContextKey)
    await refused(machine().addTunnel(engineHandle, parts), 'FWP_E_ALREADY_EXISTS')
    await fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key })
    await machine().addTunnel(engineHandle, parts)
  })
}

const templates: Chapter = (machine, test) => {
  const type = C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT

  test('templates: a provider that is not there has nothing', async () => {
    const handle = await machine().open()

    expect(await machine().contextKeys(handle, type, newKey())).toEqual([])
  })

  test('templates strict: a provider that is not there is FWP_E_PROVIDER_NOT_FOUND, for contexts and for filters', async () => {
    const engineHandle = await machine().open()
    await machine().set('templates', 'strict')
    const providerKey = await machine().addProvider(engineHandle)
    const ofFilters = (key: string) => ({
      ...EVERY_FILTER_AT_A_LAYER,
      providerKey: key,
    })
    const { fwp } = machine()

    await refused(machine().contextKeys(engineHandle, type, newKey()), 'FWP_E_PROVIDER_NOT_FOUND')
    const filters = fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: ofFilters(newKey()) })
    await refused(filters, 'FWP_E_PROVIDER_NOT_FOUND')
    expect(await machine().contextKeys(engineHandle, type, providerKey)).toEqual([])
    expect(await machine().contextKeys(engineHandle, type, null)).toEqual([])
    const { enumHandle } = await fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: ofFilters(providerKey) })
    await fwp.FwpmFilterDestroyEnumHandle0({ engineHandle, enumHandle })
  })
}

const EVERY_FILTER_AT_A_LAYER = {
  layerKey: C.FWPM_LAYER_OUTBOUND_TRANSPORT_V4,
  enumType: C.FWP_FILTER_ENUM_OVERLAPPING,
  flags: 0,
  providerContextTemplate: null,
  filterCondition: [],
  actionMask: 0xffff_ffff,
  calloutKey: null,
}

const retransmission: Chapter = (machine, test) => {
  const add = (handle: number, mainModePolicy: sample.Context) =>
    machine().addContext(handle, { ...mainModePolicy, providerContextKey: newKey() })

  test('retransmission: retransmitDurationSecs may be left out', async () => {
    const handle = await machine().open()
    await add(handle, sample.mainMode({ retransmitDurationSecs: 0 }))
    await refused(add(handle, sample.mainMode({ retransmitDurationSecs: 119 })), 'FWP_E_OUT_OF_BOUNDS')
  })

  test('retransmission strict: IKEv2 says it, at least 120; the other keying modules do not', async () => {
    const handle = await machine().open()
    await machine().set('retransmission', 'strict')

    await refused(add(handle, sample.mainMode({ retransmitDurationSecs: 0 })), 'FWP_E_OUT_OF_BOUNDS')
    await refused(machine().addTunnel(handle), 'FWP_E_OUT_OF_BOUNDS')
    await add(handle, sample.mainMode({ retransmitDurationSecs: 120 }))
    await add(handle, sample.ike('main', 'ike'))
  })
}

const managerList: Chapter = (machine, test) => {
  const list = (engineHandle: number) => machine().fwp.IPsecKeyManagersGet0!({ engineHandle })

  test('manager-list: IPsecKeyManagersGet0 is allowed anywhere', async () => {
    const handle = await machine().open()
    expect(await list(handle)).toEqual({ entries: [] })
    await machine().begin(handle)
    expect(await list(handle)).toEqual({ entries: [] })
  })

  test('manager-list outside: in any transaction of the session it is FWP_E_TXN_IN_PROGRESS', async () => {
    const [handle, other] = [await machine().open(), await machine().open()]
    await machine().set('manager-list', 'outside')

    for (const flags of [C.FWPM_TXN_READ_ONLY, 0]) {
      await machine().begin(handle, flags)
      await refused(list(handle), 'FWP_E_TXN_IN_PROGRESS')
      expect(await list(other)).toEqual({ entries: [] })
      await machine().abort(handle)
      expect(await list(handle)).toEqual({ entries: [] })
    }
  })

  test('manager-list denied: it is ERROR_ACCESS_DENIED everywhere', async () => {
    const handle = await machine().open()
    await machine().set('manager-list', 'denied')

    await refused(list(handle), 'ERROR_ACCESS_DENIED')
    await machine().begin(handle)
    await refused(list(handle), 'ERROR_ACCESS_DENIED')
  })
}

const address = (fieldKey: string, uint32: number): sample.Condition => ({
  fieldKey,
  matchType: C.FWP_MATCH_EQUAL,
  conditionValue: { type: C.FWP_UINT32, uint32 },
})
const profile: sample.Condition = {
  fieldKey: C.FWPM_CONDITION_CURRENT_PROFILE_ID,
  matchType: C.FWP_MATCH_EQUAL,
  conditionValue: { type: C.FWP_UINT32, uint32: 1 },
}
const luid: sample.Condition = {
  fieldKey: C.FWPM_CONDITION_IP_LOCAL_INTERFACE,
  matchType: C.FWP_MATCH_EQUAL,
  conditionValue: { type: C.FWP_UINT64, uint64: 0x6_0080_0000_0000n },
}

/** What is given, the switch, and what the filters carry. */
const SHOWN: readonly (readonly [string, readonly sample.Condition[], readonly sample.Condition[]])[] = [
  ['', [sample.local, sample.remote], [sample.local, sample.remote]],
  [
    'split',
    [v4(HERE, 0x0a01_0000, 0xffff_0000), address(THERE, 0x0a02_0001)],
    [v4(HERE, 0x0a01_0000, 0xffff_8000), v4(HERE, 0x0a01_8000, 0xffff_8000), address(THERE, 0x0a02_0001)],
  ],
  ['split', [v4(HERE, 0, 0)], [v4(HERE, 0, 0x8000_0000), v4(HERE, 0x8000_0000, 0x8000_0000)]],
  ['split', [sample.v6(HERE, 128)], [sample.v6(HERE, 128)]],
  ['masked', [address(HERE, 0x0a01_0001)], [v4(HERE, 0x0a01_0001, 0xffff_ffff)]],
  ['host-bits', [v4(HERE, 0x0a01_0000, 0xffff_0000)], [v4(HERE, 0x0a01_0001, 0xffff_0000)]],
  ['profile', [sample.local, sample.remote], [sample.local, sample.remote, profile]],
  [
    'split,host-bits,profile,interface',
    [v4(HERE, 0x0a01_0000, 0xffff_0000)],
    [v4(HERE, 0x0a01_0001, 0xffff_8000), v4(HERE, 0x0a01_8001, 0xffff_8000), profile, luid],
  ],
]

const conditions: Chapter = (machine, test) => {
  for (const [i, [value, given, shown]] of SHOWN.entries()) {
    test(`conditions ${value || 'as given'}: the filters of a new tunnel carry them so (${i + 1})`, async () => {
      const handle = await machine().open()
      await machine().set('conditions', value)
      const key = await machine().addTunnel(handle, { filterConditions: given })

      const ofTraffic = (filter: sample.Filter) => filter.layerKey !== C.FWPM_LAYER_IPSEC_KM_DEMUX_V4
      const filters = (await machine().filtersOf(handle, key)).filter(ofTraffic)
      expect(filters.length).toBeGreaterThan(5)
      for (const { filterCondition } of filters) expect(filterCondition).toEqual(shown)
    })
  }
}

const foreignTunnels: Chapter = (machine, test) => {
  test('a tunnel needs no condition when it goes through a virtual interface', async () => {
    const handle = await machine().open()
    await refused(machine().addTunnel(handle, { filterConditions: [] }), 'FWP_E_INVALID_PARAMETER')

    const key = await machine().addTunnel(handle, { filterConditions: [], flags: VIRTUAL })

    expect((await machine().filtersOf(handle, key)).length).toBeGreaterThan(5)
  })

  test('a tunnel of RRAS has no owner, no conditions, and the name of the last one', async () => {
    const handle = await machine().open()
    const tunnels = [await addForeign(machine(), handle, 'rras'), await addForeign(machine(), handle, 'rras')]

    const contexts = await Promise.all(tunnels.map(({ key }) => machine().getContext(handle, key)))
    expect(contexts.map(({ providerKey }) => providerKey)).toEqual([null, null])
    expect(new Set(contexts.map(({ displayData }) => displayData.name)).size).toBe(1)
    expect(contexts[0]?.displayData.name).toMatch(/ .*[[({]/)
    const mainModes = tunnels.map(({ mainMode }) => mainMode)
    expect(await machine().contextKeys(handle, C.FWPM_IPSEC_IKEV2_MM_CONTEXT)).toEqual(mainModes)
  })

  test('a tunnel of the firewall has several sets of conditions on one policy, which its owner has to delete first', async () => {
    const engineHandle = await machine().open()
    const { key } = await addForeign(machine(), engineHandle, 'firewall')
    const filters = await machine().filtersOf(engineHandle, key)
    const sets = new Set(filters.map(({ filterCondition }) => JSON.stringify(filterCondition)))

    expect(sets.size).toBeGreaterThanOrEqual(3)
    await refused(machine().deleteTunnel(engineHandle, key), 'FWP_E_IN_USE')
  })
}
