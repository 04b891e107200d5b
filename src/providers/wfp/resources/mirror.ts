/**
 * What was seen of the engine, object by object: the contexts of our sets, and the filters that belong to them. Seen, not read: of each, its
 * key and a digest of what it says. `read` gets what an object says, for those few of which the digest does not tell enough.
 *
 * An object of the filter engine is never rewritten, it is deleted and another one added; and a change notification names its key. So who
 * hears of changes need not read everything again to know what stands: only what was named. What was not told (notifications may be lost)
 * is found by the next reading of everything, which `forget` asks for.
 */

import { type Guid, isSameMap, isSameSet } from '../../../base/index.ts'
import { FWPM_GENERAL_CONTEXT } from '../binding/tables/constants/index.ts'
import {
  contextByKey,
  contextsOf,
  eitherContext,
  type FilterGroup,
  type FilterHead,
  filterByKey,
  filtersByHome,
  providerKeyOf,
  recordKeyOf,
  type SeenContext,
  type Session,
  seenContextByKey,
  seenContextsOf,
  seenFilterByKey,
  seenFiltersByHome,
} from '../engine/index.ts'
import { FilterGroups } from './filter-groups.ts'
import type { ObjectKind, ReadParts } from './kind.ts'
import { type KeyedRecord, type OwnedContext, ownedContext, ownerStands } from './owner.ts'
import { MOST_TOLD, Told, type ToldSort } from './told.ts'

/** With more than this, enumerating is cheaper than asking for each. */
const MOST_READ_BY_KEY = 64

const NO_CONTEXTS: ReadonlyMap<Guid, OwnedContext> = new Map()

/** Of what stands. */
interface Part {
  readonly contexts: Iterable<Guid>
  /** in the order of the engine */
  readonly filters: Iterable<Guid>
}

export class Mirror {
  readonly #kinds: readonly ObjectKind[]
  readonly #part: Part | undefined
  /** since the last transaction began: it may be younger than what a running one sees */
  #told = new Told()
  /** to be read by the next refresh */
  #due = new Told()
  /** by the key of their owner, then by their own */
  readonly #owners = new Map<Guid, Map<Guid, OwnedContext>>()
  /** those of `#owners` that stand themselves */
  readonly #standing = new Set<Guid>()
  readonly #filters = new FilterGroups()
  /** key of a context → key of the root beside which it stands */
  readonly #rootOfContext = new Map<Guid, Guid>()
  /** key of a part → key of its root, of objects that a record of ours speaks of and that carry another owner */
  readonly #followed = new Map<Guid, Guid>()
  /** of those, the contexts whose owner was not asked for */
  readonly #strays = new Map<Guid, SeenContext>()
  /** whether the filters were enumerated by the last refresh, and not only followed by what was told */
  #filtersAreSure = false
  #connection: number | undefined
  #revision = 0

  /** @param part keys of what alone is to be looked at; absent: everything is */
  constructor(kinds: readonly ObjectKind[], part?: Part) {
    this.#kinds = kinds
    this.#part = part
  }

  /** Rises whenever anything is seen to be otherwise than before. */
  get revision(): number {
    return this.#revision
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
      if (this.#part) await this.#readPart(session, owners, this.#part)
      else if (isKnown && !due.everything) {
        for (const key of again) this.#doubt(key, due)
        await this.#readDue(session, due)
      } else await this.#readAll(session, owners)
    } catch (error) {
      this.#due.everything = true // half of it may have been read
      this.#revision += 1 // and the next look compares with that half
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
  contextsOf(set: string): ReadonlyMap<Guid, OwnedContext> {
    return this.#owners.get(providerKeyOf(set)) ?? NO_CONTEXTS
  }

  /** @returns whether a set's owner stands: what nobody tells of, and the next reading of everything finds */
  standsOwner(set: string): boolean {
    return this.#standing.has(providerKeyOf(set))
  }

  /** A part of an object that carries another owner than its set's: see `AppliedRecord.owner`. */
  contextOf(key: Guid): SeenContext | undefined {
    for (const owned of this.#owners.values()) {
      const context = owned.get(key)
      if (context) return context
    }
    return this.#strays.get(key)
  }

  /** @param home key of a resource */
  filtersOf(home: Guid): FilterGroup {
    return this.#filters.of(home)
  }

  /**
   * Reads what these objects are made of, in the transaction of the last refresh.
   *
   * @param homes their keys
   */
  async read(session: Session, homes: ReadonlySet<Guid>): Promise<ReadonlyMap<Guid, ReadParts>> {
    const parts = new Map<Guid, ReadParts>()
    for (const home of homes) parts.set(home, { contexts: new Map(), filters: [] })
    await (homes.size > MOST_READ_BY_KEY ? this.#enumerateParts(session, parts) : this.#getParts(session, parts))
    return parts
  }

  async #getParts(session: Session, parts: ReadonlyMap<Guid, ReadParts>): Promise<void> {
    for (const [home, { contexts, filters }] of parts) {
      for (const member of this.#membersOf(home)) {
        const context = await contextByKey(session, member)
        if (context) contexts.set(member, context)
      }
      for (const key of this.filtersOf(home).keys) {
        const filter = await filterByKey(session, key)
        if (filter) filters.push(filter)
      }
    }
  }

  async #enumerateParts(session: Session, parts: ReadonlyMap<Guid, ReadParts>): Promise<void> {
    const homes = new Map([...parts.keys()].flatMap((home) => this.#membersOf(home).map((member) => [member, home])))
    for (const owner of this.#owners.keys()) {
      for (const context of await contextsOf(session, owner, this.#types())) {
        const home = homes.get(context.providerContextKey)
        if (home !== undefined) parts.get(home)?.contexts.set(context.providerContextKey, context)
      }
    }
    for (const [stray, home] of this.#followed) {
      const context = parts.has(home) && this.#strays.has(stray) ? await contextByKey(session, stray) : undefined
      if (context) parts.get(home)?.contexts.set(stray, context)
    }
    for (const [home, filters] of await filtersByHome(session, (filter) => this.#homeOf(filter)))
      parts.get(home)?.filters.push(...filters)
  }

  #types(): number[] {
    return this.#kinds.flatMap(({ purposes }) => Object.values(purposes).flat())
  }

  #doubt(key: Guid, told: Told): void {
    for (const context of [...this.#membersOf(key), recordKeyOf(key)]) told.context.add(context)
    told.filter.add(key)
    for (const filter of this.filtersOf(key).keys) told.filter.add(filter)
  }

  /** Keys of the contexts that a resource may have, whatever its kind. */
  #membersOf(key: Guid): Guid[] {
    return [key, ...this.#kinds.flatMap((kind) => kind.companionsOf(key)), ...this.#followedOf(key)]
  }

  #followedOf(root: Guid): Guid[] {
    if (this.#followed.size === 0) return []
    return [...this.#followed].flatMap(([member, home]) => (home === root ? [member] : []))
  }

  /** What is seen again as it was stays the very object that it was: so what was made of it still counts. */
  async #readAll(session: Session, owners: readonly Guid[]): Promise<void> {
    const before = new Map(this.#owners)
    const stood = new Set(this.#standing)
    const strays = new Map(this.#strays)
    for (const seen of [this.#owners, this.#standing, this.#rootOfContext, this.#followed, this.#strays]) seen.clear()
    for (const owner of owners) {
      const owned = new Map<Guid, OwnedContext>()
      this.#owners.set(owner, owned)
      if (!(await ownerStands(session, owner))) continue
      this.#standing.add(owner)
      const last = before.get(owner)
      await seenContextsOf(session, owner, [FWPM_GENERAL_CONTEXT, ...this.#types()], (seen, data) =>
        this.#put(owned, ownedContext(seen, data, last?.get(seen.providerContextKey))),
      )
    }
    await this.#readStrays(session, strays)
    const isAsBefore =
      isSameSet(this.#standing, stood) &&
      isSameMap(this.#strays, strays) &&
      isSameMap(this.#owners, before, (owned, last) => isSameMap(owned, last))
    if (!isAsBefore) this.#revision += 1
    await this.#readFilters(session)
    this.#connection = session.connection
  }

  async #readPart(session: Session, owners: readonly Guid[], { contexts, filters }: Part): Promise<void> {
    for (const owner of owners) {
      this.#owners.set(owner, new Map())
      if (await ownerStands(session, owner)) this.#standing.add(owner)
    }
    for (const key of contexts) {
      const context = await seenContextByKey(session, key, (seen, data) => ownedContext(seen, data))
      const owned = context?.providerKey ? this.#owners.get(context.providerKey) : undefined
      if (context && owned && this.#matters(context)) this.#put(owned, context)
    }
    for (const key of filters) await this.#readFilter(session, key)
    this.#filtersAreSure = true
    this.#connection = session.connection
  }

  async #readFilters(session: Session): Promise<void> {
    const ownsNothing = [...this.#owners.values()].every((owned) => owned.size === 0)
    const seen = ownsNothing ? new Map() : await seenFiltersByHome(session, (filter) => this.#homeOf(filter))
    this.#filtersAreSure = true
    if (this.#filters.replaceAll(seen)) this.#revision += 1
  }

  /** Contexts first: whether a filter matters is told by the context that it refers to. */
  async #readDue(session: Session, due: Told): Promise<void> {
    for (const key of due.context) {
      const last = this.contextOf(key)
      const context = await seenContextByKey(session, key, (seen, data) => ownedContext(seen, data, last))
      const owned = context?.providerKey ? this.#owners.get(context.providerKey) : undefined
      if (owned?.size === 0) return this.#readAll(session, [...this.#owners.keys()]) // its first record
      const ours = context && owned && this.#matters(context) ? context : undefined
      if (ours === last) continue // so that what was made of it still counts
      this.#revision += 1
      this.#drop(key)
      if (ours && owned) this.#put(owned, ours)
    }
    await this.#readStrays(session, this.#strays)
    for (const key of due.filter) await this.#readFilter(session, key)
  }

  async #readFilter(session: Session, key: Guid): Promise<void> {
    const filter = await seenFilterByKey(session, key)
    if (this.#filters.replace(key, filter && this.#homeOf(filter), filter?.digest ?? '')) this.#revision += 1
  }

  /** Whatever owner they carry: a record of ours names them. */
  async #readStrays(session: Session, before: ReadonlyMap<Guid, SeenContext>): Promise<void> {
    for (const key of this.#followed.keys()) {
      if (this.contextOf(key)) continue
      const context = await seenContextByKey(session, key, (seen) => eitherContext(before.get(key), seen))
      if (context) this.#strays.set(key, context)
    }
  }

  #matters({ type }: SeenContext): boolean {
    return (
      type === FWPM_GENERAL_CONTEXT || this.#kinds.some(({ purposes }) => Object.values(purposes).flat().includes(type))
    )
  }

  #put(owned: Map<Guid, OwnedContext>, context: OwnedContext): void {
    const key = context.providerContextKey
    owned.set(key, context)
    const kind = this.#kinds.find(({ purposes }) => purposes.root.includes(context.type))
    if (kind) for (const member of [key, ...kind.companionsOf(key)]) this.#rootOfContext.set(member, key)
    if (context.keyed) this.#follow(context.keyed)
  }

  #follow({ key: root, record }: KeyedRecord): void {
    if (record.owner === undefined) return
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
  #homeOf({ filterKey, providerKey, link }: FilterHead): Guid | undefined {
    const root = link === undefined ? this.#followed.get(filterKey) : this.#rootOf(link)
    if (root !== undefined) return root
    return providerKey !== null && this.#owners.has(providerKey) ? filterKey : undefined
  }
}
