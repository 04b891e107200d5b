/**
 * What the filters that stand for a tunnel tell about it.
 *
 * Which filters FwpmIPsecTunnelAdd makes is not documented, so nothing here believes in a list: a forward layer tells a gateway, and the
 * conditions are read where the quick-mode policy is looked up, or where traffic goes out.
 */

import { canonicalJson } from '../../../../base/digest.ts'
import type { JsonObject } from '../../../../base/json.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import type { Filter } from '../../engine/filters.ts'
import { decodeConditions } from './conditions.ts'

const FORWARD: readonly string[] = [sdk.FWPM_LAYER_IPFORWARD_V4, sdk.FWPM_LAYER_IPFORWARD_V6]

/** Where the inner traffic is read, best first. */
const TRAFFIC: readonly (readonly string[])[] = [
  [sdk.FWPM_LAYER_IPSEC_V4, sdk.FWPM_LAYER_IPSEC_V6],
  [sdk.FWPM_LAYER_OUTBOUND_TRANSPORT_V4, sdk.FWPM_LAYER_OUTBOUND_TRANSPORT_V6],
]

/** Forward filters exist for gateways alone; null where no filter tells. */
export function decodeMode(filters: readonly Filter[]): 'gateway' | 'pointToPoint' | null {
  if (filters.some(({ layerKey }) => FORWARD.includes(layerKey))) return 'gateway'
  return filters.some(({ layerKey }) => TRAFFIC.flat().includes(layerKey)) ? 'pointToPoint' : null
}

/** The inner traffic; null where no filter shows it. Filters that contradict each other stand beside the first, under `contradicted`. */
export function decodeTraffic(filters: readonly Filter[]): JsonObject | null {
  const telling = TRAFFIC.map((layers) => filters.filter(({ layerKey }) => layers.includes(layerKey)))
  const all = (telling.find((some) => some.length > 0) ?? []).map((filter) => decodeConditions(filter.filterCondition))
  const distinct = [...new Map(all.map((traffic) => [canonicalJson(traffic), traffic])).entries()]
    .sort()
    .map(([, it]) => it)
  const [first, ...others] = distinct
  if (!first) return null
  return others.length === 0 ? first : { ...first, contradicted: others }
}
