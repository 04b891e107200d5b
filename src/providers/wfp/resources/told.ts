/** What notifications name, and what is to be read again because of it. */

import type { Guid } from '../../../base/index.ts'

/** Sorts of objects that a notification may name. */
export type ToldSort = 'context' | 'filter'

/** With more than this, reading everything is cheaper than asking for each. */
export const MOST_TOLD = 2_000

/** What is to be read again. */
export class Told {
  readonly context = new Set<Guid>()
  readonly filter = new Set<Guid>()
  everything = false

  add(other: Told): void {
    this.everything ||= other.everything
    for (const sort of ['context', 'filter'] as const) {
      for (const key of other[sort]) this[sort].add(key)
      this.everything ||= this[sort].size > MOST_TOLD
      if (this.everything) this[sort].clear()
    }
  }
}
