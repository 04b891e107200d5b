/** One set's write transaction: the engine calls behind each step of an apply. */

import { type Guid, joined, type Pointer } from '../../../base/index.ts'
import { formOf, type Kind, type Resource } from '../../../manifest/index.ts'
import type { Note } from '../../../reconcile/notes/index.ts'
import type { AppliedRecord, Observed, SetState, Shown } from '../../../reconcile/plan/index.ts'
import type {
  Fingerprint,
  Foreign,
  KeyedResource,
  PartQuery,
  SetQuery,
  SetTransaction,
  Unsettled,
  Wanted,
} from '../../../reconcile/provider.ts'
import { FWPM_GENERAL_CONTEXT } from '../binding/tables/constants/index.ts'
import {
  type AnyContext,
  addGeneralContext,
  contextAndDigestByKey,
  contextByKey,
  dataOf,
  deleteContext,
  digestKeyKeyOf,
  filtersAndSeenOf,
  filtersByHome,
  isStatus,
  noteKeyOf,
  providerKeyOf,
  recordKeyOf,
  refusing,
  type Session,
  unlessGone,
} from '../engine/index.ts'
import { rootByKey } from './holders.ts'
import type { ObjectKind, WfpKinds } from './kind.ts'
import { foreignByKey } from './list.ts'
import type { Mirror } from './mirror.ts'
import { observeSets, partsDigest, whatIsShown } from './observe.ts'
import { observePart } from './observe-part.ts'
import { createOwner, digestKeyOf, encodeRecord, keepNote, noteOf, ownerStands, removeOwner } from './owner.ts'

/** What a transaction works with; the mirror is told of everything that is written. */
export interface WriteContext {
  readonly session: Session
  readonly mirror: Mirror
  readonly kinds: WfpKinds
  /** of all that stands */
  readonly fingerprint: () => Promise<Pick<Fingerprint, 'digest'>>
}

/** What one call was to bring about. */
interface Expectation extends Unsettled {
  /** absent: nothing stands there */
  readonly data?: Uint8Array
}

export class ObjectTransaction implements SetTransaction {
  readonly #session: Session
  readonly #mirror: Mirror
  readonly #kinds: WfpKinds
  readonly #fingerprint: WriteContext['fingerprint']
  readonly #set: string
  /** what was seen of the engine, all of it or the part that was asked for last */
  #seen: Mirror
  /** by the key of a context: what is to stand there in the end */
  readonly #expected = new Map<Guid, Expectation>()
  /** by set: whether its owner is to stand in the end */
  readonly #owners = new Map<string, boolean>()

  constructor({ session, mirror, kinds, fingerprint }: WriteContext, set: string) {
    this.#session = session
    this.#mirror = mirror
    this.#seen = mirror
    this.#kinds = kinds
    this.#fingerprint = fingerprint
    this.#set = set
  }

  observe(queries: readonly SetQuery[]): Promise<readonly SetState[]> {
    this.#seen = this.#mirror
    return refusing(() => observeSets(this.#session, queries, this.#mirror, this.#kinds))
  }

  observePart(part: PartQuery, engine?: string): Promise<readonly SetState[] | undefined> {
    return refusing(async () => {
      const isAsItWas = engine === undefined || (await this.#fingerprint()).digest === engine
      const seen = isAsItWas ? await observePart(this.#session, part, this.#kinds) : undefined
      if (seen) this.#seen = seen.mirror
      return seen?.states
    })
  }

  ensureOwner(): Promise<Uint8Array> {
    return refusing(async () => {
      const standing = await digestKeyOf(this.#session, this.#set)
      if (standing) return standing
      this.#mirror.tell('context', digestKeyKeyOf(this.#set))
      const data = await createOwner(this.#session, this.#set)
      this.#expect(digestKeyKeyOf(this.#set), { data, what: 'the key of its digests does not read back as written' })
      this.#owners.set(this.#set, true)
      return data
    })
  }

  removeOwner(set: string): Promise<boolean> {
    this.#mirror.forget() // no notification tells of owners
    const roots = this.#kinds.objects.flatMap(({ purposes }) => purposes.root)
    const companions = this.#kinds.objects.flatMap(({ purposes: { root: _, ...others } }) =>
      Object.values(others).flat(),
    )
    return refusing(async () => {
      if (!(await removeOwner(this.#session, set, { roots, others: [FWPM_GENERAL_CONTEXT, ...companions] })))
        return false
      this.#expect(digestKeyKeyOf(set), { what: 'the key of its digests still stands after it was deleted' })
      this.#owners.set(set, false)
      return true
    })
  }

  add({ resource, key, secrets }: KeyedResource & { secrets: ReadonlyMap<Pointer, Uint8Array> }): Promise<void> {
    this.#mirror.tellResource(key)
    for (const member of this.#membersOf(resource, key)) this.#expected.delete(member) // to be read back as a whole
    const { set, name, spec, kind } = resource
    const identity = { set, name, key, providerKey: providerKeyOf(this.#set) }
    const secretOf = (pointer: Pointer): Uint8Array => secrets.get(pointer) ?? new Uint8Array()
    return refusing(() => this.#kindOf(kind).add(this.#session, spec, identity, secretOf))
  }

  /** Also what is only partly there: an engine may keep the companions of a root that somebody deleted. */
  remove({ kind, key, set, record, leftover }: Observed): Promise<void> {
    const what = 'it still stands after it was deleted'
    const standing = this.#seen.contextsOf(set).get(key)
    this.#mirror.tellResource(key)
    return refusing(async () => {
      if (leftover && standing) {
        await deleteContext(this.#session, key) // a part alone, under a key that no root has
        return this.#expect(key, { key, what })
      }
      await (record.owner === null
        ? this.#removeAdopted({ kind, key, record })
        : this.#kindOf(kind).remove(this.#session, key))
      for (const part of Object.values(record.companions ?? {})) await this.#removePart(part)
      await deleteContext(this.#session, recordKeyOf(key))
      for (const member of this.#membersOf({ kind }, key)) this.#expect(member, { key, what })
      this.#expect(recordKeyOf(key), { key, what: 'its record still stands after it was deleted' })
    })
  }

  /** Its maker may have added filters of their own to it, which a removal of the object alone leaves, and which keep it in use. */
  async #removeAdopted({ kind, key, record }: Pick<Observed, 'kind' | 'key' | 'record'>): Promise<void> {
    try {
      await this.#kindOf(kind).remove(this.#session, key)
    } catch (error) {
      if (!isStatus(error, 'FWP_E_IN_USE')) throw error
      const { engineHandle, fwp } = this.#session
      const parts: readonly (Guid | undefined)[] = [key, ...Object.values(record.companions ?? {})]
      const found = await filtersByHome(this.#session, ({ link }) => (parts.includes(link) ? key : undefined))
      for (const { filterKey } of found.get(key) ?? [])
        await unlessGone(fwp.FwpmFilterDeleteByKey0({ engineHandle, key: filterKey }))
      await this.#kindOf(kind).remove(this.#session, key)
    }
  }

  /** Of an object that was adopted. Its maker may use it for more than this one: then it is left to them. */
  async #removePart(part: Guid): Promise<void> {
    try {
      await deleteContext(this.#session, part)
    } catch (error) {
      if (!isStatus(error, 'FWP_E_IN_USE')) throw error
    }
  }

  async forget({ key }: Pick<Observed, 'key'>): Promise<void> {
    this.#mirror.tell('context', recordKeyOf(key))
    this.#expect(recordKeyOf(key), { key, what: 'its record still stands after it was deleted' })
    return refusing(() => deleteContext(this.#session, recordKeyOf(key)))
  }

  find(wanted: Wanted, digestKey: Uint8Array): Promise<Foreign | undefined> {
    return refusing(() => foreignByKey(this.#session, this.#kindOf(wanted.kind), wanted, digestKey))
  }

  readBack(changed: readonly KeyedResource[], digestKey: Uint8Array): Promise<ReadonlyMap<Guid, Shown>> {
    return refusing(async () => {
      const shown = new Map<Guid, Shown>()
      if (changed.length === 0) return shown
      const { filters, seen } = await this.#filtersOf(changed)
      for (const { resource, key } of changed) {
        const { contexts, digests } = await this.#contextsOf(resource, key)
        const parts = { key, contexts, filters: filters.get(key) ?? [] }
        const { set, name } = resource
        const identity = { set, name, ...(formOf(resource).key !== key && { keptKey: true as const }) }
        const one = whatIsShown(this.#kindOf(resource.kind), parts, identity, digestKey)
        if (one) shown.set(key, joined(one, { parts: partsDigest(digests, seen.get(key)) }))
      }
      return shown
    })
  }

  record({ kind, spec }: Pick<Resource, 'kind' | 'spec'>, key: Guid, record: AppliedRecord): Promise<void> {
    this.#mirror.tell('context', recordKeyOf(key))
    const data = encodeRecord({ key, record })
    this.#expect(recordKeyOf(key), { key, data, what: 'its record does not read back as it was written' })
    return refusing(async () => {
      await deleteContext(this.#session, recordKeyOf(key))
      await addGeneralContext(this.#session, {
        key: recordKeyOf(key),
        name: `wfpctl record of ${record.kind}/${record.name}`,
        providerKey: providerKeyOf(this.#set),
        data,
        persistent: this.#kindOf(kind).isPersistent(spec),
      })
    })
  }

  shownSecrets({ kind, key }: Observed): Promise<ReadonlyMap<Pointer, Uint8Array>> {
    return refusing(async () => {
      const { contexts } = await this.#contextsOf({ kind }, key)
      const secrets = this.#kindOf(kind).decode({ key, contexts, filters: [] })?.secrets ?? []
      return new Map([...secrets].flatMap(([path, bytes]) => (bytes ? [[path, bytes]] : [])))
    })
  }

  noted(note: Note): Promise<Uint8Array | undefined> {
    return refusing(() => noteOf(this.#session, this.#set, note))
  }

  note(note: Note, data: Uint8Array | undefined): Promise<void> {
    const key = noteKeyOf(providerKeyOf(this.#set), note)
    this.#mirror.tell('context', key)
    this.#expect(key, { ...(data && { data }), what: `its ${note} does not read back as it was written` })
    return refusing(() => keepNote(this.#session, this.#set, { note, data }))
  }

  unsettled(): Promise<readonly Unsettled[]> {
    return refusing(async () => {
      const found: Unsettled[] = []
      for (const [context, { key, what, data }] of this.#expected)
        if (!(await this.#stands(context, data))) found.push({ what, ...(key !== undefined && { key }) })
      for (const [set, stands] of this.#owners)
        if ((await ownerStands(this.#session, providerKeyOf(set))) !== stands)
          found.push({ what: `the owner of set ${set} ${stands ? 'does not stand' : 'still stands'}` })
      return found
    })
  }

  /** @param data undefined: nothing is to stand there */
  async #stands(key: Guid, data: Uint8Array | undefined): Promise<boolean> {
    if (!data) return (await rootByKey(this.#session, key, this.#kinds)) === undefined
    const found = dataOf(await contextByKey(this.#session, key))
    return found !== undefined && Buffer.from(data).equals(found)
  }

  #expect(context: Guid, expectation: Expectation): void {
    this.#expected.set(context, expectation)
  }

  #kindOf({ name }: Kind): ObjectKind {
    const found = this.#kinds.objects.find(({ kind }) => kind.name === name)
    if (!found) throw new Error(`this engine has no objects of kind ${name}`)
    return found
  }

  /** By an enumeration of its own, never the one that the plan was made from. */
  async #filtersOf(changed: readonly KeyedResource[]) {
    const homes = new Map<Guid, Guid>()
    for (const { resource, key } of changed) for (const member of this.#membersOf(resource, key)) homes.set(member, key)
    const found = await filtersAndSeenOf(this.#session, homes)
    for (const group of found.seen.values()) for (const filterKey of group.keys) this.#mirror.tell('filter', filterKey)
    return found
  }

  async #contextsOf(resource: Pick<Resource, 'kind'>, key: Guid) {
    const contexts = new Map<Guid, AnyContext>()
    const digests: (string | undefined)[] = []
    for (const member of this.#membersOf(resource, key)) {
      const found = await contextAndDigestByKey(this.#session, member)
      if (found) contexts.set(member, found.context)
      digests.push(found?.digest)
    }
    return { contexts, digests }
  }

  #membersOf({ kind }: Pick<Resource, 'kind'>, key: Guid): Guid[] {
    return [key, ...this.#kindOf(kind).companionsOf(key)]
  }
}
