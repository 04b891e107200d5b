/** One set's write transaction: the engine calls behind each step of an apply. */

import type { Guid, Pointer } from '../../../base/json.ts'
import type { Kind, Resource } from '../../../manifest/model.ts'
import type { Shown } from '../../../reconcile/plan/comparable.ts'
import type { AppliedRecord, Observed, SetState } from '../../../reconcile/plan/model.ts'
import type { KeyedResource, SetQuery, SetTransaction } from '../../../reconcile/provider.ts'
import { FWPM_GENERAL_CONTEXT } from '../binding/tables/constants/index.ts'
import { digestKeyKeyOf, providerKeyOf, recordKeyOf } from '../engine/claims.ts'
import { type AnyContext, addGeneralContext, contextByKey, deleteContext } from '../engine/contexts.ts'
import { type Filter, filtersByHome, linkOf } from '../engine/filters.ts'
import { refusing } from '../engine/refusals.ts'
import type { Session } from '../engine/session.ts'
import type { ObjectKind, WfpKinds } from './kind.ts'
import type { Mirror } from './mirror.ts'
import { observeSets, whatIsShown } from './observe.ts'
import { createOwner, digestKeyOf, encodeRecord, removeOwner } from './owner.ts'

/** What a transaction works with; the mirror is told of everything that is written. */
export interface WriteContext {
  readonly session: Session
  readonly mirror: Mirror
  readonly kinds: WfpKinds
}

export class ObjectTransaction implements SetTransaction {
  readonly #session: Session
  readonly #mirror: Mirror
  readonly #kinds: WfpKinds
  readonly #set: string

  constructor({ session, mirror, kinds }: WriteContext, set: string) {
    this.#session = session
    this.#mirror = mirror
    this.#kinds = kinds
    this.#set = set
  }

  observe(queries: readonly SetQuery[]): Promise<readonly SetState[]> {
    return refusing(() => observeSets(this.#session, queries, this.#mirror, this.#kinds))
  }

  ensureOwner(): Promise<Uint8Array> {
    return refusing(async () => {
      const standing = await digestKeyOf(this.#session, this.#set)
      if (standing) return standing
      this.#mirror.tell('context', digestKeyKeyOf(this.#set))
      return createOwner(this.#session, this.#set)
    })
  }

  removeOwner(set: string): Promise<void> {
    this.#mirror.tell('context', digestKeyKeyOf(set))
    const types = this.#kinds.objects.flatMap(({ purposes }) => Object.values(purposes).flat())
    return refusing(() => removeOwner(this.#session, set, [FWPM_GENERAL_CONTEXT, ...types]))
  }

  add({ resource, key, secrets }: KeyedResource & { secrets: ReadonlyMap<Pointer, Uint8Array> }): Promise<void> {
    this.#mirror.tellResource(key)
    const { set, name, spec, kind } = resource
    const identity = { set, name, key, providerKey: providerKeyOf(this.#set) }
    const secretOf = (pointer: Pointer): Uint8Array => secrets.get(pointer) ?? new Uint8Array()
    return refusing(() => this.#kindOf(kind).add(this.#session, spec, identity, secretOf))
  }

  remove({ kind, key, live }: Observed): Promise<void> {
    this.#mirror.tellResource(key)
    return refusing(async () => {
      if (live) await this.#kindOf(kind).remove(this.#session, key)
      await deleteContext(this.#session, recordKeyOf(key))
    })
  }

  readBack(changed: readonly KeyedResource[], digestKey: Uint8Array): Promise<ReadonlyMap<Guid, Shown>> {
    return refusing(async () => {
      const shown = new Map<Guid, Shown>()
      if (changed.length === 0) return shown
      const filters = await this.#filtersOf(changed)
      for (const { resource, key } of changed) {
        const contexts = await this.#contextsOf(resource, key)
        const parts = { key, contexts, filters: filters.get(key) ?? [] }
        const one = whatIsShown(this.#kindOf(resource.kind), parts, resource, digestKey)
        if (one) shown.set(key, one)
      }
      return shown
    })
  }

  record({ kind, spec }: Resource, key: Guid, record: AppliedRecord): Promise<void> {
    this.#mirror.tell('context', recordKeyOf(key))
    return refusing(async () => {
      await deleteContext(this.#session, recordKeyOf(key))
      await addGeneralContext(this.#session, {
        key: recordKeyOf(key),
        name: `wfpctl record of ${record.kind}/${record.name}`,
        providerKey: providerKeyOf(this.#set),
        data: encodeRecord({ key, record }),
        persistent: this.#kindOf(kind).isPersistent(spec),
      })
    })
  }

  #kindOf({ name }: Kind): ObjectKind {
    const found = this.#kinds.objects.find(({ kind }) => kind.name === name)
    if (!found) throw new Error(`this engine has no objects of kind ${name}`)
    return found
  }

  /** By an enumeration of its own, never the one that the plan was made from. */
  async #filtersOf(changed: readonly KeyedResource[]): Promise<ReadonlyMap<Guid, readonly Filter[]>> {
    const homes = new Map<Guid, Guid>()
    for (const { resource, key } of changed) for (const member of this.#membersOf(resource, key)) homes.set(member, key)
    const found = await filtersByHome(
      this.#session,
      (filter) => homes.get(linkOf(filter) ?? '') ?? homes.get(filter.filterKey),
    )
    for (const { filterKey } of [...found.values()].flat()) this.#mirror.tell('filter', filterKey)
    return found
  }

  async #contextsOf(resource: Resource, key: Guid): Promise<Map<Guid, AnyContext>> {
    const contexts = new Map<Guid, AnyContext>()
    for (const member of this.#membersOf(resource, key)) {
      const context = await contextByKey(this.#session, member)
      if (context) contexts.set(member, context)
    }
    return contexts
  }

  #membersOf({ kind }: Resource, key: Guid): Guid[] {
    return [key, ...this.#kindOf(kind).companionsOf(key)]
  }
}
