/** Filters of a tunnel, as the engine shows them: which are another one's work, and which the same in other words. */

import { describe, expect, it, onTestFinished } from 'vitest'
import type { Guid } from '../../../../src/base/json.ts'
import * as C from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { providerKeyOf, recordKeyOf } from '../../../../src/providers/wfp/engine/claims.ts'
import {
  addGeneralContext,
  contextByKey,
  dataOf,
  deleteContext,
} from '../../../../src/providers/wfp/engine/contexts.ts'
import {
  type Condition,
  type Filter,
  filtersBrief,
  filtersDigest,
} from '../../../../src/providers/wfp/engine/filters.ts'
import { filtersOfTunnel } from '../../../../src/providers/wfp/tunnels/kind.ts'
import { applied, keyOf, SET, synced, TWO } from '../../../conformance/scene.ts'
import { asAdministrator } from '../../../laws/administrator.ts'
import { openLab } from '../../../laws/lab.ts'

const NEW_KEY = '00000000-0000-0000-0000-000000000000'
const isAt = (layer: Guid) => (filter: Filter) => filter.layerKey === layer

async function scene() {
  const lab = await openLab()
  onTestFinished(() => lab.close())
  await applied(lab)
  const filters = () => asAdministrator(lab.raw, ({ session }) => filtersOfTunnel(session, keyOf('b')))
  const remove = ({ filterKey: key }: Filter) =>
    asAdministrator(lab.raw, ({ write }) =>
      write(async (engineHandle, fwp) => void (await fwp.FwpmFilterDeleteByKey0({ engineHandle, key }))),
    )
  const add = (filter: Filter) =>
    asAdministrator(lab.raw, ({ write }) =>
      write(async (engineHandle, fwp) => {
        await fwp.FwpmFilterAdd0({ engineHandle, filter: { ...filter, filterKey: NEW_KEY }, sd: null })
      }),
    )
  const differences = async () => {
    const [plan] = await lab.plan(TWO)
    expect(plan?.changes).toMatchObject([{ action: 'replace', address: 'IPsecTunnel/b', cause: 'drift' }])
    return plan!.changes[0]!.differences.map(({ path, before, after }) => [path, before, after])
  }
  return { ...lab, filters, remove, add, differences }
}

const OUTBOUND = '/traffic/filters/OUTBOUND_TRANSPORT_V4'
const atOutbound = isAt(C.FWPM_LAYER_OUTBOUND_TRANSPORT_V4)

describe('a filter of a tunnel', () => {
  it('that somebody removed is missing at its layer', async () => {
    const lab = await scene()
    await lab.remove((await lab.filters()).find(atOutbound)!)

    expect(await lab.differences()).toEqual([[OUTBOUND, '1 filter is missing', 'as applied']])
    await applied(lab)
    await synced(lab)
  })

  it('is told layer by layer, where several are missing', async () => {
    const lab = await scene()
    for (const layer of [C.FWPM_LAYER_OUTBOUND_TRANSPORT_V4, C.FWPM_LAYER_INBOUND_TRANSPORT_V4])
      await lab.remove((await lab.filters()).find(isAt(layer))!)

    expect((await lab.differences()).sort()).toEqual([
      ['/traffic/filters/INBOUND_TRANSPORT_V4', '1 filter is missing', 'as applied'],
      [OUTBOUND, '1 filter is missing', 'as applied'],
    ])
  })

  it('that somebody added is one more', async () => {
    const lab = await scene()
    await lab.add((await lab.filters()).find(atOutbound)!)

    expect(await lab.differences()).toEqual([[OUTBOUND, '1 filter more', 'as applied']])
  })

  it('that somebody put another in the place of is not as applied', async () => {
    const lab = await scene()
    const filter = (await lab.filters()).find(atOutbound)!
    await lab.remove(filter)
    await lab.add({ ...filter, subLayerKey: C.FWPM_SUBLAYER_UNIVERSAL })

    expect(await lab.differences()).toEqual([[OUTBOUND, '1 filter is not as applied', 'as applied']])
  })

  it('is told of the traffic as a whole where the record is older than their list', async () => {
    const lab = await scene()
    await lab.remove((await lab.filters()).find(atOutbound)!)
    await asAdministrator(lab.raw, ({ session, write }) =>
      write(async () => {
        const key = recordKeyOf(keyOf('b'))
        const { filterList: _, ...older } = JSON.parse(
          Buffer.from(dataOf(await contextByKey(session, key))!).toString(),
        )
        await deleteContext(session, key)
        const data = Buffer.from(JSON.stringify(older))
        await addGeneralContext(session, {
          key,
          name: 'record',
          providerKey: providerKeyOf(SET),
          data,
          persistent: true,
        })
      }),
    )

    expect((await lab.differences()).map(([path]) => path)).toEqual(['/traffic'])
  })
})

const MATCH_EQUAL = C.FWP_MATCH_EQUAL
const v4 = (addr: number, mask: number): Condition =>
  ({
    fieldKey: C.FWPM_CONDITION_IP_LOCAL_ADDRESS,
    matchType: MATCH_EQUAL,
    conditionValue: { type: C.FWP_V4_ADDR_MASK, v4AddrMask: { addr: addr >>> 0, mask: mask >>> 0 } },
  }) as Condition
const v6 = (addr: readonly number[], prefixLength: number): Condition =>
  ({
    fieldKey: C.FWPM_CONDITION_IP_LOCAL_ADDRESS,
    matchType: MATCH_EQUAL,
    conditionValue: { type: C.FWP_V6_ADDR_MASK, v6AddrMask: { addr: Uint8Array.from(addr), prefixLength } },
  }) as Condition
/** 16 bytes; the bits from one on are set. */
const bitsFrom = (first: number): number[] =>
  Array.from({ length: 16 }, (_, i) =>
    Array.from({ length: 8 }, (_, bit) => (8 * i + bit >= first ? 0x80 >> bit : 0)).reduce((a, b) => a | b),
  )

describe('a condition that keeps bits beyond its mask', () => {
  const withCondition = (condition: Condition): Filter =>
    ({
      layerKey: C.FWPM_LAYER_OUTBOUND_TRANSPORT_V4,
      subLayerKey: NEW_KEY,
      flags: 0,
      action: { type: C.FWP_ACTION_PERMIT },
      filterCondition: [condition],
    }) as unknown as Filter
  const same = (one: Condition, other: Condition) => {
    const [a, b] = [[withCondition(one)], [withCondition(other)]]
    return filtersDigest(a) === filtersDigest(b) && filtersBrief(a) === filtersBrief(b)
  }

  it.each([0, 1, 7, 8, 9, 24, 31, 32])('is the same without them, for IPv4 and %i bits', (length) => {
    const mask = length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0

    expect(same(v4(0x0a01_0203 | ~mask, mask), v4(0x0a01_0203 & mask, mask))).toBe(true)
    if (length > 0) expect(same(v4(0x0a01_0203, mask), v4(0x0a01_0203 ^ (mask & -mask), mask))).toBe(false)
  })

  it.each([0, 1, 7, 8, 9, 63, 64, 65, 127, 128])('is the same without them, for IPv6 and %i bits', (length) => {
    const network = bitsFrom(128)

    expect(same(v6(bitsFrom(length), length), v6(network, length))).toBe(true)
    if (length > 0) expect(same(v6(bitsFrom(length - 1), length), v6(network, length))).toBe(false)
  })
})
