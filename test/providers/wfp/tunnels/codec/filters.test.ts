import { describe, expect, it } from 'vitest'
import * as sdk from '../../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { type Filter, filtersDigest } from '../../../../../src/providers/wfp/engine/filters.ts'
import { decodeTunnel } from '../../../../../src/providers/wfp/tunnels/codec/index.ts'
import { encode } from '../../../../fixtures/encoding.ts'
import { filterWith } from '../../../../fixtures/filters.ts'
import { gateway } from '../../../../fixtures/specs.ts'

const { tunnelPolicy, filterConditions } = encode(gateway, 3)
const { filterConditions: others } = encode({ ...gateway, traffic: { local: ['10.9.0.1'], remote: ['10.8.0.1'] } }, 3)
const ipsec = filterWith(sdk.FWPM_LAYER_IPSEC_V4, filterConditions)
const outbound = filterWith(sdk.FWPM_LAYER_OUTBOUND_TRANSPORT_V4, filterConditions)
const forward = filterWith(sdk.FWPM_LAYER_IPFORWARD_V4, [])
const decode = (filters: readonly Filter[]) => decodeTunnel({ tunnelPolicy, mainModePolicy: null, filters })

describe('the filters of a tunnel', () => {
  it('tell a gateway by a forward layer', () => {
    expect(decode([ipsec, forward]).spec.mode).toBe('gateway')
    expect(decode([ipsec, outbound]).spec.mode).toBe('pointToPoint')
  })

  it('tell the traffic at the quick-mode lookup, before all other layers', () => {
    const elsewhere = filterWith(sdk.FWPM_LAYER_OUTBOUND_TRANSPORT_V4, others)

    expect(decode([elsewhere, ipsec]).spec.traffic).toEqual(gateway.traffic)
  })

  it('tell the traffic where it goes out, when no quick-mode lookup is there', () => {
    expect(decode([forward, outbound]).spec.traffic).toEqual(gateway.traffic)
  })

  it('leave the traffic hidden when neither is there', () => {
    const { spec, hidden } = decode([forward])

    expect(spec).not.toHaveProperty('traffic')
    expect(hidden).toContain('/traffic')
    expect(hidden).not.toContain('/mode')
  })

  it.each([
    ['there are none', []],
    ['main mode alone has one', [filterWith(sdk.FWPM_LAYER_IKEEXT_V4, filterConditions)]],
  ])('hide mode and traffic when %s', (_, filters) => {
    const { spec, hidden } = decode(filters)

    expect(spec).not.toHaveProperty('mode')
    expect(hidden).toEqual(expect.arrayContaining(['/mode', '/traffic']))
  })

  it('never look like a tunnel of ours when they contradict each other', () => {
    const { spec } = decode([ipsec, filterWith(sdk.FWPM_LAYER_IPSEC_V4, others)])

    expect(spec.traffic).toHaveProperty('contradicted')
  })

  it('show conditions that no manifest can say', () => {
    const odd = {
      fieldKey: sdk.FWPM_CONDITION_IP_LOCAL_ADDRESS,
      matchType: sdk.FWP_MATCH_EQUAL,
      conditionValue: { type: sdk.FWP_V4_ADDR_MASK, v4AddrMask: { addr: 0x0a000000, mask: 0xff00ff00 } },
    } as const
    const strange = { ...odd, fieldKey: '44444444-4444-4444-8444-444444444444' }

    const { spec } = decode([filterWith(sdk.FWPM_LAYER_IPSEC_V4, [odd, strange])])

    expect(spec.traffic).toEqual({
      local: ['unknown(0:{"type":256,"v4AddrMask":{"addr":167772160,"mask":4278255360}})'],
      remote: [],
      others: [expect.stringContaining('44444444-4444-4444-8444-444444444444')],
    })
  })
})

describe('filtersDigest', () => {
  const digest = filtersDigest([ipsec, forward])

  it('does not depend on order, keys, ids and the engine’s indexing', () => {
    const again = filterWith(sdk.FWPM_LAYER_IPSEC_V4, [...filterConditions].reverse(), {
      filterId: 99n,
      filterKey: '55555555-5555-4555-8555-555555555555',
      flags: sdk.FWPM_FILTER_FLAG_INDEXED,
    })

    expect(filtersDigest([forward, again])).toBe(digest)
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it.each<readonly [string, readonly Filter[]]>([
    ['one is gone', [ipsec]],
    ['one is there twice', [ipsec, forward, forward]],
    ['a condition is gone', [{ ...ipsec, filterCondition: filterConditions.slice(1) }, forward]],
    ['a condition differs', [{ ...ipsec, filterCondition: others }, forward]],
    ['the layer differs', [{ ...ipsec, layerKey: sdk.FWPM_LAYER_IPSEC_V6 }, forward]],
    ['the sublayer differs', [{ ...ipsec, subLayerKey: sdk.FWPM_SUBLAYER_UNIVERSAL }, forward]],
    ['a flag differs', [{ ...ipsec, flags: ipsec.flags | sdk.FWPM_FILTER_FLAG_DISABLED }, forward]],
    [
      'the action differs',
      [
        { ...ipsec, action: { type: sdk.FWP_ACTION_BLOCK, filterType: '00000000-0000-0000-0000-000000000000' } },
        forward,
      ],
    ],
    [
      'its type differs',
      [{ ...ipsec, action: { type: ipsec.action.type, filterType: sdk.FWPM_KEYING_MODULE_IKE } }, forward],
    ],
    [
      'the callout differs',
      [
        {
          ...ipsec,
          action: { type: sdk.FWP_ACTION_CALLOUT_UNKNOWN, calloutKey: sdk.FWPM_CALLOUT_IPSEC_INBOUND_TUNNEL_V4 },
        },
        forward,
      ],
    ],
  ])('changes when %s', (_, filters) => {
    expect(filtersDigest(filters)).not.toBe(digest)
  })
})
