/**
 * What was seen of the engine, object by object: the contexts of our sets, and the filters that belong to them.
 *
 * An object of the filter engine is never rewritten, it is deleted and another one added; and a change notification names its key. So who
 * hears of changes need not read everything again to know what stands: only what was named. What was not told (notifications may be lost)
 * is found by the next reading of everything, which `forget` asks for.
 */

import type { Guid } from '../../../base/index.ts'
import { FWPM_GENERAL_CONTEXT } from '../binding/tables/constants/index.ts'
import {
  type AnyContext,
  contextByKey,
  contextsOf,
  type Filter,
  filterByKey,
  filtersByHome,
  linkOf,
  providerKeyOf,
  recordKeyOf,
  type Session,
} from '../engine/index.ts'
import type { ObjectKind } from './kind.ts'
import { ownerStands, recordIn } from './owner.ts'

/** Sorts of objects that a notification may name. */
export type ToldSort = 'context' | 'filter'

/** With more than this, reading everything is cheaper than asking for each. */
const MOST_TOLD = 2_000

const NO_CONTEXTS: ReadonlyMap<Guid, AnyContext> = new Map()
const NO_FILTERS: readonly Filter[] = []

/** What is to be read again. */
class Told {
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

export class Mirror {
  readonly #kinds: readonly ObjectKind[]
  /** since the last transaction began: it may be younger than what a running one sees */
  #told = new Told()
  /** to be read by the next refresh */
  #due = new Told()
  /** by the key of their owner, then by their own */
  readonly #owners = new Map<Guid, Map<Guid, AnyContext>>()
  /** by the key of what they belong to; a list is replaced, never changed, so that its identity tells whether it is the same */
  readonly #filters = new Map<Guid, readonly Filter[]>()
  /** key of a filter → key of what it belongs to */
  readonly #homeOfFilter = new Map<Guid, Guid>()
  /** key of a context → key of the root beside which it stands */
  readonly #rootOfContext = new Map<Guid, Guid>()
  /** key of a part → key of its root, of objects that a record of ours speaks of and that carry another owner */
  readonly #followed = new Map<Guid, Guid>()
  /** of those, the contexts whose owner was not asked for */
  readonly #strays = new Map<Guid, AnyContext>()
  /** whether the filters were enumerated by the last refresh, and not only followed by what was told */
  #filtersAreSure = false
  #connection: number | undefined

  constructor(kinds: readonly ObjectKind[]) {
    this.#kinds = kinds
  }

  /** Somebody changed this object, or may have. */
  tell(sort: ToldSort, key: Guid): void {
    this.#told[sort].add(key)
    if (this.#told[sort].size > MOST_TOLD) this.forget()
  }

  /** We are about to change this resource. */
  tellResource(key: Guid): void {
    this.#doubt(key, this.#told)
  }

  /** Nothing that was seen counts any more: the next look reads everything. */
  forget(): void {
    this.#told = new Told()
    this.#told.everything = true
  }

  /** To be called before a transaction begins: what is told from here on, it may not see. */
  beforeTransaction(): void {
    this.#due.add(this.#told)
    this.#told = new Told()
  }

  /**
   * Makes it true again, for these sets, inside a transaction and before anything is written in it.
   *
   * @param again resources to read anew, told or not
   */
  async refresh(session: Session, sets: readonly string[], again: readonly Guid[]): Promise<void> {
    const due = this.#due
    this.#due = new Told()
    this.#filtersAreSure = false
    const owners = sets.map(providerKeyOf)
    const isKnown = this.#connection === session.connection && owners.every((owner) => this.#owners.has(owner))
    try {
      if (isKnown && !due.everything) {
        for (const key of again) this.#doubt(key, due)
        await this.#readDue(session, due)
      } else await this.#readAll(session, owners)
    } catch (error) {
      this.#due.everything = true // half of it may have been read
      throw error
    }
  }

  /**
   * Enumerates the filters, if the last refresh did not. A new filter that was not told of yet, or that was told of before its tunnel,
   * is missing here, and a tunnel without its filters looks as if somebody had tampered with it.
   *
   * @returns whether there was anything left to read
   */
  async confirmFilters(session: Session): Promise<boolean> {
    if (this.#filtersAreSure) return false
    try {
      await this.#readFilters(session)
    } catch (error) {
      this.#due.everything = true
      throw error
    }
    return true
  }

  /** Everything that one set's owner has, by key: records, the set's digest key, roots and their companions. */
  contextsOf(set: string): ReadonlyMap<Guid, AnyContext> {
    return this.#owners.get(providerKeyOf(set)) ?? NO_CONTEXTS
  }

  /** A part of an object that carries another owner than its set's: see `AppliedRecord.owner`. */
  contextOf(key: Guid): AnyContext | undefined {
    for (const owned of this.#owners.values()) {
      const context = owned.get(key)
      if (context) return context
    }
    return this.#strays.get(key)
  }

  /** @param home key of a resource */
  filtersOf(home: Guid): readonly Filter[] {
    return this.#filters.get(home) ?? NO_FILTERS
  }

  #doubt(key: Guid, told: Told): void {
    for (const context of [...this.#membersOf(key), recordKeyOf(key)]) told.context.add(context)
    told.filter.add(key)
    for (const filter of this.filtersOf(key)) told.filter.add(filter.filterKey)
  }

  /** Keys of the contexts that a resource may have, whatever its kind. */
  #membersOf(key: Guid): Guid[] {
    const followed = [...this.#followed].flatMap(([member, root]) => (root === key ? [member] : []))
    return [key, ...this.#kinds.flatMap((kind) => kind.companionsOf(key)), ...followed]
  }

  async #readAll(session: Session, owners: readonly Guid[]): Promise<void> {
    for (const seen of [this.#owners, this.#filters, this.#homeOfFilter, this.#rootOfContext]) seen.clear()
    for (const seen of [this.#followed, this.#strays]) seen.clear()
    const types = this.#kinds.flatMap(({ purposes }) => Object.values(purposes).flat())
    for (const owner of owners) {
      const owned = new Map<Guid, AnyContext>()
      this.#owners.set(owner, owned)
      if (!(await ownerStands(session, owner))) continue
      for (const context of await contextsOf(session, owner, [FWPM_GENERAL_CONTEXT, ...types]))
        this.#put(owned, context)
    }
    await this.#readStrays(session)
    await this.#readFilters(session)
    this.#connection = session.connection
  }

  async #readFilters(session: Session): Promise<void> {
    const ownsNothing = [...this.#owners.values()].every((owned) => owned.size === 0)
    const found = ownsNothing ? [] : await filtersByHome(session, (filter) => this.#homeOf(filter))
    for (const seen of [this.#filters, this.#homeOfFilter]) seen.clear()
    for (const [home, filters] of found) {
      this.#filters.set(home, filters)
      for (const filter of filters) this.#homeOfFilter.set(filter.filterKey, home)
    }
    this.#filtersAreSure = true
  }

  /** Contexts first: whether a filter matters is told by the context that it refers to. */
  async #readDue(session: Session, due: Told): Promise<void> {
    for (const key of due.context) {
      const context = await contextByKey(session, key)
      const owned = context?.providerKey ? this.#owners.get(context.providerKey) : undefined
      if (owned?.size === 0) return this.#readAll(session, [...this.#owners.keys()]) // its first record
      this.#drop(key)
      if (context && owned && this.#matters(context)) this.#put(owned, context)
    }
    await this.#readStrays(session)
    for (const key of due.filter) this.#replaceFilter(key, await filterByKey(session, key))
  }

  /** Whatever owner they carry: a record of ours names them. */
  async #readStrays(session: Session): Promise<void> {
    for (const key of this.#followed.keys()) {
      if (this.contextOf(key)) continue
      const context = await contextByKey(session, key)
      if (context) this.#strays.set(key, context)
    }
  }

  #matters({ type }: AnyContext): boolean {
    return (
      type === FWPM_GENERAL_CONTEXT || this.#kinds.some(({ purposes }) => Object.values(purposes).flat().includes(type))
    )
  }

  #put(owned: Map<Guid, AnyContext>, context: AnyContext): void {
    const key = context.providerContextKey
    owned.set(key, context)
    const kind = this.#kinds.find(({ purposes }) => purposes.root.includes(context.type))
    if (kind) for (const member of [key, ...kind.companionsOf(key)]) this.#rootOfContext.set(member, key)
    if (context.type === FWPM_GENERAL_CONTEXT) this.#follow(context)
  }

  #follow(context: AnyContext): void {
    const recorded = recordIn(context)
    if (recorded?.record.owner === undefined) return
    const { key: root, record } = recorded
    const kind = this.#kinds.find((one) => one.kind.name === record.kind)
    for (const member of [root, ...(kind?.companionsOf(root) ?? [])])
      this.#followed.set(record.companions?.[member] ?? member, root)
  }

  #rootOf(context: Guid): Guid | undefined {
    return this.#rootOfContext.get(context) ?? this.#followed.get(context)
  }

  #drop(key: Guid): void {
    for (const owned of this.#owners.values()) owned.delete(key)
    this.#strays.delete(key)
    if (this.#rootOfContext.get(key) !== key) return
    for (const member of this.#membersOf(key)) this.#rootOfContext.delete(member)
  }

  /** What a filter belongs to: the root whose contexts it names; or itself, where it is a root of one of our owners. */
  #homeOf(filter: Filter): Guid | undefined {
    const link = linkOf(filter)
    const root = link === undefined ? this.#followed.get(filter.filterKey) : this.#rootOf(link)
    if (root !== undefined) return root
    return filter.providerKey !== null && this.#owners.has(filter.providerKey) ? filter.filterKey : undefined
  }

  #replaceFilter(key: Guid, filter: Filter | undefined): void {
    const before = this.#homeOfFilter.get(key)
    if (before !== undefined) {
      this.#homeOfFilter.delete(key)
      const others = this.filtersOf(before).filter((other) => other.filterKey !== key)
      this.#filters.set(before, others)
    }
    const home = filter && this.#homeOf(filter)
    if (!filter || home === undefined) return
    this.#homeOfFilter.set(key, home)
    this.#filters.set(home, [...this.filtersOf(home), filter])
  }
}
