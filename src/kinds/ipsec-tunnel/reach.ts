/** Where a tunnel may meet another: of its traffic, and of the key that it declares. */

import type { JsonObject } from '../../base/index.ts'
import type { Reach } from '../../manifest/index.ts'
import type { Family } from '../values/address.ts'
import type { AddressSetValue } from '../values/network.ts'
import { networksOf } from './contradictions.ts'
import type { TunnelSpec } from './spec.ts'

const FAMILIES: readonly Family[] = [4, 6]
/** A number holds the first 48 bits of an IPv6 address: what differs behind them counts as the same. */
const BEHIND = { 4: 0n, 6: 80n } as const

/** For each family, all remote and all local networks in one box. */
export function reachOf(spec: JsonObject): Reach {
  const { traffic, key } = spec as Partial<TunnelSpec> & JsonObject
  const { local, remote } = traffic ? networksOf(traffic) : { local: [], remote: [] }
  const boxes = FAMILIES.flatMap((there) =>
    FAMILIES.flatMap((here): Reach => {
      const [outside, inside] = [boundsOf(remote, there), boundsOf(local, here)]
      return outside && inside ? [[`traffic ${there} ${here}`, ...outside, ...inside]] : []
    }),
  )
  return typeof key === 'string' ? [...boxes, [`key ${key}`]] : boxes
}

function boundsOf(sets: readonly AddressSetValue[], family: Family): [number, number] | undefined {
  const own = sets.filter((set) => set.family === family)
  if (own.length === 0) return undefined
  const bounds = (side: 'first' | 'last') => own.map((set) => Number(set[side] >> BEHIND[family]))
  return [Math.min(...bounds('first')), Math.max(...bounds('last'))]
}
