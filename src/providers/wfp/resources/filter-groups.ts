/** Which filters belong to what, and what each says. */

import { type Guid, isSameMap } from '../../../base/index.ts'
import { eitherGroup, type FilterGroup, withFilter, withoutFilter } from '../engine/index.ts'

const NO_FILTERS: FilterGroup = { keys: [], digests: [] }

export class FilterGroups {
  /** by the key of what they belong to; a group is replaced, never changed, so that its identity tells whether it is the same */
  #groups: Map<Guid, FilterGroup> = new Map()
  /** key of a filter → key of what it belongs to; made when the first change of one is told */
  #homes: Map<Guid, Guid> | undefined

  /** @param home key of a resource */
  of(home: Guid): FilterGroup {
    return this.#groups.get(home) ?? NO_FILTERS
  }

  /** @returns whether they are other than they were */
  replaceAll(seen: Map<Guid, FilterGroup>): boolean {
    for (const [home, group] of seen) seen.set(home, eitherGroup(this.of(home), group))
    if (isSameMap(seen, this.#groups)) return false
    this.#groups = seen
    this.#homes = undefined
    return true
  }

  /**
   * What stands keeps its place, and what is new comes last.
   *
   * @param home undefined: it does not stand, or is none of ours
   * @returns whether it is other than it was
   */
  replace(key: Guid, home: Guid | undefined, digest: string): boolean {
    const homes = this.#homesOfFilters()
    const before = homes.get(key)
    const group = home === undefined ? undefined : withFilter(this.of(home), key, digest)
    if (before === home && (home === undefined || group === this.of(home))) return false
    if (before !== undefined && before !== home) {
      homes.delete(key)
      this.#groups.set(before, withoutFilter(this.of(before), key))
    }
    if (group && home !== undefined) {
      homes.set(key, home)
      this.#groups.set(home, group)
    }
    return true
  }

  #homesOfFilters(): Map<Guid, Guid> {
    this.#homes ??= new Map(
      [...this.#groups].flatMap(([home, group]) => group.keys.map((key): [Guid, Guid] => [key, home])),
    )
    return this.#homes
  }
}
