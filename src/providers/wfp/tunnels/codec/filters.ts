/**
 * The filters that stand for a tunnel: what they tell about it, and a digest that shows when they change.
 *
 * Which filters FwpmIPsecTunnelAdd makes is not documented, so nothing here believes in a list: a forward layer tells a gateway, and the
 * conditions are read where the quick-mode policy is looked up, or where traffic goes out.
 */

import { canonicalJson, digestOfText } from '../../../../base/digest.ts'
import { same } from '../../../../base/equal.ts'
import type { JsonObject } from '../../../../base/json.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import { decodeConditions } from './conditions.ts'
import type { Condition, Filter } from './values.ts'
import { plain } from './words.ts'

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

/**
 * A digest of what a tunnel's filters do: layer, sublayer, action, conditions and flags of each, in any order. Keys, ids and weights
 * that the engine chooses are left out, and so is the flag by which it tells that it has indexed a filter.
 */
export function filtersDigest(filters: readonly Filter[]): string {
  const write = conditionWriter()
  return digestOfText(
    filters
      .map((filter) => essenceOf(filter, write(filter.filterCondition)))
      .sort()
      .join('\n'),
  )
}

/** Most filters of a tunnel carry one and the same traffic: conditions that equal the last ones are not written out again. */
function conditionWriter(): (conditions: readonly Condition[]) => string {
  let last: readonly Condition[] = []
  let text = ''
  return (conditions) => {
    if (same(conditions, last)) return text
    last = conditions
    text = conditions
      .map((condition) => canonicalJson(plain(condition)))
      .sort()
      .join(' ')
    return text
  }
}

/** One line, since it is only ever compared. */
function essenceOf({ layerKey, subLayerKey, flags, action }: Filter, conditions: string): string {
  // the callout's key, or the type that the filter's maker gave it: which keying module, at the layer that chooses one
  const what = 'calloutKey' in action ? action.calloutKey : 'filterType' in action ? action.filterType : ''
  const kept = (flags & ~sdk.FWPM_FILTER_FLAG_INDEXED) >>> 0
  return `${layerKey} ${subLayerKey} ${action.type} ${what} ${kept} ${conditions}`
}
