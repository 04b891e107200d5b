/**
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneladd2
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneldeletebykey0
 */
import { expect } from 'vitest'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Chapter, newKey, refused } from './machine.ts'
import * as sample from './samples.ts'

const P2P = C.FWPM_TUNNEL_FLAG_POINT_TO_POINT
const backwards: sample.Condition = {
  fieldKey: C.FWPM_CONDITION_IP_LOCAL_ADDRESS,
  matchType: C.FWP_MATCH_RANGE,
  conditionValue: {
    type: C.FWP_RANGE_TYPE,
    rangeValue: { valueLow: { type: C.FWP_UINT32, uint32: 9 }, valueHigh: { type: C.FWP_UINT32, uint32: 5 } },
  },
}

const REFUSED: readonly (readonly [string, string, () => Partial<sample.TunnelParts>])[] = [
  ['tunnelPolicy is a tunnel policy', 'FWP_E_PROVIDER_CONTEXT_MISMATCH', () => ({ tunnelPolicy: sample.mainMode() })],
  [
    'mainModePolicy is a main-mode policy',
    'FWP_E_PROVIDER_CONTEXT_MISMATCH',
    () => ({ mainModePolicy: sample.quickMode() }),
  ],
  [
    'both policies are of one keying module',
    'FWP_E_PROVIDER_CONTEXT_MISMATCH',
    () => ({ mainModePolicy: sample.ike('main', 'ike') }),
  ],
  [
    'keyModKey is the module of the policies',
    'FWP_E_INVALID_PARAMETER',
    () => ({ keyModKey: C.FWPM_KEYING_MODULE_IKE }),
  ],
  ['flags are FWPM_TUNNEL_FLAG_*', 'FWP_E_INVALID_FLAGS', () => ({ flags: C.FWPM_TUNNEL_FLAG_RESERVED0 })],
  ['a tunnel says which traffic is its own', 'FWP_E_INVALID_PARAMETER', () => ({ filterConditions: [] })],
  [
    'without POINT_TO_POINT "only FWPM_CONDITION_IP_LOCAL_ADDRESS and FWPM_CONDITION_IP_REMOTE_ADDRESS"',
    'FWP_E_INVALID_PARAMETER',
    () => ({ filterConditions: [sample.local, sample.remote, sample.protocol] }),
  ],
  [
    'with POINT_TO_POINT the fields of the IPsec layers',
    'FWP_E_CONDITION_NOT_FOUND',
    () => ({ flags: P2P, filterConditions: [{ ...sample.protocol, fieldKey: C.FWPM_CONDITION_IP_NEXTHOP_ADDRESS }] }),
  ],
  [
    'families are not mixed',
    'FWP_E_INVALID_PARAMETER',
    () => ({ filterConditions: [sample.local, sample.v6(C.FWPM_CONDITION_IP_REMOTE_ADDRESS)] }),
  ],
  [
    'a prefix has at most 128 bits',
    'FWP_E_INVALID_NET_MASK',
    () => ({ filterConditions: [sample.v6(C.FWPM_CONDITION_IP_REMOTE_ADDRESS, 129)] }),
  ],
  [
    'a mask is ones, then zeros',
    'FWP_E_INVALID_NET_MASK',
    () => ({ filterConditions: [sample.v4(C.FWPM_CONDITION_IP_LOCAL_ADDRESS, 0, 0xff00_ff00)] }),
  ],
  ['a range has its bounds the right way', 'FWP_E_INVALID_RANGE', () => ({ filterConditions: [backwards] })],
  [
    'the match type suits the value',
    'FWP_E_MATCH_TYPE_MISMATCH',
    () => ({ filterConditions: [{ ...sample.local, matchType: C.FWP_MATCH_RANGE }] }),
  ],
  [
    'the value suits the field',
    'FWP_E_TYPE_MISMATCH',
    () => ({ flags: P2P, filterConditions: [{ ...sample.protocol, fieldKey: C.FWPM_CONDITION_IP_LOCAL_PORT }] }),
  ],
]

export const tunnels: Chapter = (machine, test) => {
  for (const [title, status, parts] of REFUSED) {
    test(`${status}: ${title}`, async () => {
      const handle = await machine().open()

      await refused(machine().addTunnel(handle, parts()), status)
      expect(await machine().filters(handle)).toEqual([])
    })
  }

  test('the quick-mode policy stands under its key, the main-mode policy under its own', async () => {
    const handle = await machine().open()
    const parts = sample.tunnel()
    await machine().addTunnel(handle, parts)

    const quickMode = await machine().getContext(handle, parts.tunnelPolicy.providerContextKey)
    const mainMode = await machine().getContext(handle, parts.mainModePolicy!.providerContextKey)
    expect({ ...quickMode, providerContextId: 0n }).toEqual(parts.tunnelPolicy)
    expect(mainMode).toMatchObject({ type: C.FWPM_IPSEC_IKEV2_MM_CONTEXT })
    expect(mainMode.providerContextId).toBeGreaterThan(quickMode.providerContextId)
  })

  test('"instantiates the appropriate tunnel mode filters": each names the policy, and the conditions are there as given', async () => {
    const handle = await machine().open()
    const key = await machine().addTunnel(handle)
    const filters = await machine().filtersOf(handle, key)

    expect(filters.length).toBeGreaterThan(0)
    for (const { flags } of filters) expect(flags & C.FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT).not.toBe(0)
    const atIPsec = filters.find(({ layerKey }) => layerKey === C.FWPM_LAYER_IPSEC_V4)
    expect(atIPsec?.filterCondition).toEqual([sample.local, sample.remote])
  })

  test('an IPv6 tunnel has filters at IPv6 layers', async () => {
    const handle = await machine().open()
    const filterConditions = [
      sample.v6(C.FWPM_CONDITION_IP_LOCAL_ADDRESS),
      sample.v6(C.FWPM_CONDITION_IP_REMOTE_ADDRESS),
    ]
    const key = await machine().addTunnel(handle, { filterConditions })

    const layers = (await machine().filtersOf(handle, key)).map(({ layerKey }) => layerKey)
    expect(layers).toContain(C.FWPM_LAYER_IPSEC_V6)
    expect(layers).not.toContain(C.FWPM_LAYER_IPSEC_V4)
  })

  test('a point-to-point tunnel takes ports and protocols, and forwards nothing', async () => {
    const handle = await machine().open()
    const key = await machine().addTunnel(handle, {
      flags: P2P,
      filterConditions: [sample.local, sample.remote, sample.protocol],
    })

    const layers = (await machine().filtersOf(handle, key)).map(({ layerKey }) => layerKey)
    expect(layers).toContain(C.FWPM_LAYER_OUTBOUND_TRANSPORT_V4)
    expect(layers).not.toContain(C.FWPM_LAYER_IPFORWARD_V4)
  })

  test('FWP_E_ALREADY_EXISTS: a tunnel key is given once', async () => {
    const handle = await machine().open()
    const parts = sample.tunnel()
    await machine().addTunnel(handle, parts)

    await refused(machine().addTunnel(handle, { ...parts, mainModePolicy: null }), 'FWP_E_ALREADY_EXISTS')
  })

  test('every version of the call adds a tunnel', async () => {
    const engineHandle = await machine().open()
    const { fwp } = machine()
    const { keyModKey, ...parts } = sample.tunnel({ mainModePolicy: null, tunnelPolicy: sample.ike('quick', 'ike') })
    await fwp.FwpmIPsecTunnelAdd0({ engineHandle, ...parts } as never)
    await fwp.FwpmIPsecTunnelAdd1({ engineHandle, ...sample.tunnel({ mainModePolicy: null }) } as never)
    const policy = { ...sample.tunnelPolicy(), compartmentId: 3, trafficSelectorPolicies: [] }
    const tunnelPolicy = { ...sample.quickMode(), ikeV2QmTunnelPolicy: policy } as never
    await fwp.FwpmIPsecTunnelAdd3!({ engineHandle, ...sample.tunnel({ mainModePolicy: null }), tunnelPolicy } as never)

    expect(keyModKey).toBe(C.FWPM_KEYING_MODULE_IKEV2)
    expect(await machine().contextKeys(engineHandle, C.FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT)).toHaveLength(1)
    expect(await machine().contextKeys(engineHandle, C.FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT)).toHaveLength(2)
  })

  test('FwpmIPsecTunnelDeleteByKey0 "removes an IPsec tunnel mode policy": its filters and its quick-mode policy', async () => {
    const handle = await machine().open()
    const other = await machine().addTunnel(handle)
    const before = await machine().filters(handle)
    const parts = sample.tunnel()
    await machine().addTunnel(handle, parts)
    const key = parts.tunnelPolicy.providerContextKey
    await machine().deleteTunnel(handle, key)

    await refused(machine().getContext(handle, key), 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND')
    expect(await machine().filters(handle)).toEqual(before)
    expect(await machine().getContext(handle, other)).toMatchObject({ providerContextKey: other })
  })

  test('a tunnel that is not there cannot be deleted', async () => {
    const handle = await machine().open()
    const missing = machine().deleteTunnel(handle, newKey())

    await refused(missing, 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND', 'FWP_E_FILTER_NOT_FOUND', 'FWP_E_NOT_FOUND')
  })
}
