/**
 * What was seen of the engine, object by object: the contexts of our sets, and the filters of their tunnels.
 *
 * An object of the filter engine is never rewritten, it is deleted and another one added; and a change notification names its key. So who
 * hears of changes need not read everything again to know what stands: only what was named. What was not told (notifications may be lost)
 * is found by the next reading of everything, which `forget` asks for.
 */

import type { Guid } from '../../../base/json.ts'
import { mainModeKeyOf, providerKeyOf, recordKeyOf } from '../engine/keys.ts'
import {
  contextByKey,
  contextsOf,
  filterByKey,
  filtersOfTunnels,
  linkOf,
  MAIN_MODE_CONTEXT_TYPES,
  RECORD_CONTEXT_TYPES,
  TUNNEL_CONTEXT_TYPES,
} from '../engine/objects.ts'
import type { Session } from '../engine/session.ts'
import type { AnyContext, Filter } from '../tunnels/codec/index.ts'

/** Kinds of objects that a notification may name. */
export type ToldKind = 'context' | 'filter'

/** Contexts of one set's owner, by key and by what they are for. */
export interface OwnedContexts {
  /** records, and the set's digest key */
  readonly general: ReadonlyMap<Guid, AnyContext>
  readonly tunnels: ReadonlyMap<Guid, AnyContext>
  readonly mainModes: ReadonlyMap<Guid, AnyContext>
}

const PURPOSES = {
  general: RECORD_CONTEXT_TYPES,
  tunnels: TUNNEL_CONTEXT_TYPES,
  mainModes: MAIN_MODE_CONTEXT_TYPES,
} as const satisfies { readonly [purpose in keyof OwnedContexts]: readonly number[] }

type Purpose = keyof typeof PURPOSES
const purposes = Object.keys(PURPOSES) as Purpose[]

/** With more than this, reading everything is cheaper than asking for each. */
const MOST_TOLD = 2_000

const NOTHING: OwnedContexts = { general: new Map(), tunnels: new Map(), mainModes: new Map() }
const NO_FILTERS: readonly Filter[] = []

/** What is to be read again. */
class Told {
  readonly context = new Set<Guid>()
  readonly filter = new Set<Guid>()
  everything = false

  add(other: Told): void {
    this.everything ||= other.everything
    for (const kind of ['context', 'filter'] as const) {
      for (const key of other[kind]) this[kind].add(key)
      this.everything ||= this[kind].size > MOST_TOLD
      if (this.everything) this[kind].clear()
    }
  }
}

export class Mirror {
  /** since the last transaction began: it may be younger than what a running one sees */
  #told = new Told()
  /** to be read by the next refresh */
  #due = new Told()
  readonly #owners = new Map<Guid, { readonly [purpose in Purpose]: Map<Guid, AnyContext> }>()
  /** by the key of the tunnel; a list is replaced, never changed, so that its identity tells whether it is the same */
  readonly #filters = new Map<Guid, readonly Filter[]>()
  /** key of a filter → key of its tunnel */
  readonly #tunnelOfFilter = new Map<Guid, Guid>()
  /** key of a quick-mode or main-mode context → key of its tunnel */
  readonly #tunnelOfContext = new Map<Guid, Guid>()
  /** whether the filters were enumerated by the last refresh, and not only followed by what was told */
  #filtersAreSure = false
  #connection: number | undefined

  /** Somebody changed this object, or may have. */
  tell(kind: ToldKind, key: Guid): void {
    this.#told[kind].add(key)
    if (this.#told[kind].size > MOST_TOLD) this.forget()
  }

  /** We are about to change this tunnel. */
  tellTunnel(key: Guid): void {
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
   * @param again tunnels to read anew, told or not
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

  contextsOf(set: string): OwnedContexts {
    return this.#owners.get(providerKeyOf(set)) ?? NOTHING
  }

  filtersOf(tunnelKey: Guid): readonly Filter[] {
    return this.#filters.get(tunnelKey) ?? NO_FILTERS
  }

  #doubt(key: Guid, told: Told): void {
    for (const context of [key, mainModeKeyOf(key), recordKeyOf(key)]) told.context.add(context)
    for (const filter of this.filtersOf(key)) told.filter.add(filter.filterKey)
  }

  async #readAll(session: Session, owners: readonly Guid[]): Promise<void> {
    for (const seen of [this.#owners, this.#filters, this.#tunnelOfFilter, this.#tunnelOfContext]) seen.clear()
    for (const owner of owners) {
      const owned = { general: new Map(), tunnels: new Map(), mainModes: new Map() }
      this.#owners.set(owner, owned)
      for (const purpose of purposes) {
        if (purpose !== 'general' && owned.general.size === 0) continue // no record: nothing of it is ours
        for (const context of await contextsOf(session, owner, PURPOSES[purpose])) this.#put(owned[purpose], context)
      }
    }
    await this.#readFilters(session)
    this.#connection = session.connection
  }

  async #readFilters(session: Session): Promise<void> {
    const found = await filtersOfTunnels(session, this.#tunnelKeys())
    for (const seen of [this.#filters, this.#tunnelOfFilter]) seen.clear()
    for (const [tunnel, filters] of found) {
      this.#filters.set(tunnel, filters)
      for (const filter of filters) this.#tunnelOfFilter.set(filter.filterKey, tunnel)
    }
    this.#filtersAreSure = true
  }

  /** Contexts first: whether a filter matters is told by the context that it refers to. */
  async #readDue(session: Session, due: Told): Promise<void> {
    for (const key of due.context) {
      const context = await contextByKey(session, key)
      const owned = context?.providerKey ? this.#owners.get(context.providerKey) : undefined
      if (owned && owned.general.size === 0) return this.#readAll(session, [...this.#owners.keys()]) // its first record
      this.#drop(key)
      const purpose = context && purposes.find((p) => (PURPOSES[p] as readonly number[]).includes(context.type))
      if (owned && purpose) this.#put(owned[purpose], context)
    }
    for (const key of due.filter) this.#replaceFilter(key, await filterByKey(session, key))
  }

  #put(contexts: Map<Guid, AnyContext>, context: AnyContext): void {
    const key = context.providerContextKey
    contexts.set(key, context)
    if (!(TUNNEL_CONTEXT_TYPES as readonly number[]).includes(context.type)) return
    this.#tunnelOfContext.set(key, key)
    this.#tunnelOfContext.set(mainModeKeyOf(key), key)
  }

  #drop(key: Guid): void {
    for (const owned of this.#owners.values()) for (const purpose of purposes) owned[purpose].delete(key)
    if (this.#tunnelOfContext.get(key) !== key) return
    this.#tunnelOfContext.delete(key)
    this.#tunnelOfContext.delete(mainModeKeyOf(key))
  }

  #replaceFilter(key: Guid, filter: Filter | undefined): void {
    const before = this.#tunnelOfFilter.get(key)
    if (before !== undefined) {
      this.#tunnelOfFilter.delete(key)
      this.#filters.set(
        before,
        this.filtersOf(before).filter((other) => other.filterKey !== key),
      )
    }
    const link = filter && linkOf(filter)
    const tunnel = link === undefined ? undefined : this.#tunnelOfContext.get(link)
    if (!filter || tunnel === undefined) return
    this.#tunnelOfFilter.set(key, tunnel)
    this.#filters.set(tunnel, [...this.filtersOf(tunnel), filter])
  }

  *#tunnelKeys(): Iterable<Guid> {
    for (const { tunnels } of this.#owners.values()) yield* tunnels.keys()
  }
}
