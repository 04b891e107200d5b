/** What no leaf of a spec expresses: filters that are not those that the engine made. */

import { plural } from '../../../base/index.ts'
import type { AppliedRecord, Difference, Shown } from '../../../reconcile/plan/index.ts'
import { layerName } from '../engine/index.ts'

/** Filters that are not what the engine made of our add: somebody added, removed or rewrote one. */
export function filterAnomalies(shown: Shown, { filters, filterList }: AppliedRecord): Difference[] {
  if (filters === '' || shown.filters === filters) return []
  const byLayer = filterList === undefined ? [] : layerAnomalies(shown.filterList().split(' '), filterList.split(' '))
  if (byLayer.length > 0) return byLayer
  const [before, after] = ['filters that are not those of the last apply', 'the filters of the last apply']
  return [{ path: '/traffic', before, after, sensitive: false }]
}

/** At which layers filters are missing, too many, or others. */
function layerAnomalies(shown: readonly string[], recorded: readonly string[]): Difference[] {
  const [missing, extra] = [lacking(recorded, shown), lacking(shown, recorded)]
  const layerOf = (line: string): string => line.split(':')[0] as string
  const layers = new Set([...missing, ...extra].map(layerOf))
  return [...layers].filter(Boolean).map((layer): Difference => {
    const count = (lines: readonly string[]) => lines.filter((line) => layerOf(line) === layer).length
    const [less, more] = [count(missing), count(extra)]
    const changed = Math.min(less, more)
    const words = [
      less > changed && `${plural(less - changed, 'filter is', 'filters are')} missing`,
      more > changed && `${plural(more - changed, 'filter', 'filters')} more`,
      changed > 0 && `${plural(changed, 'filter is', 'filters are')} not as applied`,
    ].filter((word) => word !== false)
    return {
      path: `/traffic/filters/${layerName(layer)}`,
      before: words.join(', '),
      after: 'as applied',
      sensitive: false,
    }
  })
}

/** Lines that stand in the first list more often than in the second. */
function lacking(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return lines.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
