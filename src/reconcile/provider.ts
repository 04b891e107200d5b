/** A target system, as the core sees it. The core asks nothing else of it. */

import type { Diagnostic, Guid, JsonObject, Pointer } from '../base/index.ts'
import type { Address, Kind, Kinds, Resource } from '../manifest/index.ts'
import type { Note, Notes } from './notes/index.ts'
import type { AppliedRecord, Observed, SetState, Shown } from './plan/index.ts'

/** A set to look at, and the keys its declared resources would take. */
export interface SetQuery {
  readonly set: string
  readonly wanted: readonly Guid[]
  /** keys of objects to be read anew, even if the provider believes to know them */
  readonly again?: readonly Guid[]
}

/** An object as `get` and `export` show it; `managed` when a record of ours names it. */
export interface Listed {
  readonly address: Address
  readonly kind: Kind
  readonly name: string
  /** what the maker of an object that is not ours calls it: `name` is made of that */
  readonly displayName?: string
  readonly set?: string
  readonly key: Guid
  readonly managed: boolean
  /** normal form, with secret references from the record and without secrets; of what is off, `enabled: false` alone */
  readonly spec: JsonObject
  readonly labels: { readonly [key: string]: string }
  /** the spec of its set's document, as the record has it */
  readonly setSpec?: JsonObject
  /** when it was applied, and the Git commit that it was applied from; absent: nobody knows */
  readonly appliedAt?: string
  readonly commit?: string
  /** ours by a record alone: no manifest has declared it yet */
  readonly observed?: true
  /** leaves that the engine does not report back and no record knows */
  readonly hidden: readonly Pointer[]
}

export interface ListOptions {
  /** also what is not ours */
  readonly all: boolean
  /** name of the one kind that is wanted; absent: every kind */
  readonly kind?: string
  /** told of a kind whose objects this engine does not list, while those of the others are */
  unlisted?(kind: Kind, refusal: EngineRefusal): void
}

/** A key manager that this process holds registered. */
export interface Registration {
  readonly address: Address
  readonly key: Guid
  unregister(): Promise<void>
  /** Asks the engine, where it does not list what is registered: false once it was restarted. */
  stands(): Promise<boolean>
  /** why it is of no use any more; pending for as long as it is */
  readonly failed?: Promise<string>
}

/** The exclusive right to watch a set on this machine; it ends with the process, however that ends. */
export type Claim =
  | { readonly held: true; release(): Promise<void> }
  | { readonly held: false /** who has it, in words */; readonly holder: string }

/** A session that somebody has open in the engine. */
export interface OpenSession {
  readonly processId: number
  readonly name: string
}

/** A resource, under the key that it has or gets in the engine. */
export interface KeyedResource {
  readonly resource: Pick<Resource, 'kind' | 'name' | 'set' | 'spec' | 'form'>
  readonly key: Guid
}

/** An object to look for, and what it is to be called. */
export interface Wanted {
  readonly kind: Kind
  readonly key: Guid
  readonly set: string
  readonly name: string
  /** no manifest names its key: it does not show in its spec */
  readonly keptKey: boolean
}

/** An object that no record of ours names, as it is found in the engine. */
export interface Foreign {
  readonly shown: Shown
  /** as a record would say it: see `AppliedRecord.owner`, `AppliedRecord.companions` */
  readonly parts: Pick<AppliedRecord, 'owner' | 'companions'>
}

/** Work inside one set's write transaction. Every method may throw an EngineRefusal. */
export interface SetTransaction {
  /** The sets that are asked for, in their order. */
  observe(queries: readonly SetQuery[]): Promise<readonly SetState[]>
  /**
   * The same of some resources alone.
   *
   * @param engine digest of all that stood when it was found out where to look
   * @returns undefined also where that was asked for, and anything else stands now
   */
  observePart?(part: PartQuery, engine?: string): Promise<readonly SetState[] | undefined>
  /** Makes sure that the set's owner object and digest key exist. @returns the digest key */
  ensureOwner(): Promise<Uint8Array>
  /** Removes a set's owner object, its digest key and its notes when nothing of the set is left. @returns whether it did */
  removeOwner(set: string): Promise<boolean>
  /** Adds an object. The secrets are wiped by the caller afterwards. */
  add(addition: KeyedResource & { readonly secrets: ReadonlyMap<Pointer, Uint8Array> }): Promise<void>
  /** Removes an object with everything that belongs to it, the record included; a part that is already gone is not an error. */
  remove(observed: Observed): Promise<void>
  /** Reads changed objects back, from the engine and not from anything observed before. */
  readBack(changed: readonly KeyedResource[], digestKey: Uint8Array): Promise<ReadonlyMap<Guid, Shown>>
  /** Writes the record beside an object, in place of the one that may stand there. */
  record(resource: Pick<Resource, 'kind' | 'spec'>, key: Guid, record: AppliedRecord): Promise<void>
  /** An object that stands under a key, whoever made it; undefined: none of this kind does. */
  find(wanted: Wanted, digestKey: Uint8Array): Promise<Foreign | undefined>
  /** Removes the record alone: the object stays, and is ours no more. */
  forget(observed: Pick<Observed, 'key'>): Promise<void>
  /** The secrets of an object that stands, by pointer, as far as the engine shows their bytes. */
  shownSecrets(observed: Observed): Promise<ReadonlyMap<Pointer, Uint8Array>>
  /** What is kept of the set under this name. */
  noted(note: Note): Promise<Uint8Array | undefined>
  /** Keeps it in place of what was kept there; undefined: nothing is kept there any more. */
  note(note: Note, data: Uint8Array | undefined): Promise<void>
  /** What does not stand as it was written: records, deletions, the owner. To be asked last, of calls that succeed without effect. */
  unsettled(): Promise<readonly Unsettled[]>
}

/** A call of this transaction whose effect the engine does not show. */
export interface Unsettled {
  /** of the resource it was about; absent: the set's owner */
  readonly key?: Guid
  /** `its record does not read back as it was written` */
  readonly what: string
}

export interface Provider {
  /** `wfp` or `sandbox` */
  readonly name: string
  readonly kinds: Kinds
  /** What this engine's version cannot do of what is declared. */
  check(resources: readonly Resource[]): readonly Diagnostic[]
  /** In one read-only transaction: the sets that were asked for in their order, then every other one that owns something. */
  observe(queries: readonly SetQuery[]): Promise<readonly SetState[]>
  /** In one read-only transaction: whether anything that `observe` and `check` depend on is other than it was. Absent: it cannot tell. */
  fingerprint?(): Promise<Fingerprint>
  /** Keys under which parts of a resource stand, itself among them. */
  partsOf?(key: Guid): readonly Guid[]
  /**
   * The same as `observe`, of some resources alone, where everything else stands as it did.
   *
   * @returns undefined where there is more to it than these resources: somebody else's objects among them, or others of ours
   */
  observePart?(part: PartQuery): Promise<readonly SetState[] | undefined>
  /** Sets that own something in this engine. */
  ownedSets(): Promise<readonly string[]>
  /** What is kept of a set beside its resources, unread. */
  notes(set: string): Promise<Notes>
  /** By address. */
  list(options: ListOptions): Promise<readonly Listed[]>
  /**
   * Keys of the session-bound objects (key managers) that anybody has registered at present. Outside of every transaction.
   *
   * @returns undefined where the engine does not tell; that is no refusal, since nothing else depends on it
   */
  registered(): Promise<ReadonlySet<Guid> | undefined>
  /** One write transaction: commits when the work says so, aborts otherwise and on every throw (keeping the first error). */
  transaction<T>(
    set: string,
    work: (tx: SetTransaction) => Promise<{ readonly commit: boolean; readonly value: T }>,
  ): Promise<T>
  /** Registers a key manager, held until unregistered or until this process ends. Outside every transaction. */
  register(resource: Resource): Promise<Registration>
  /**
   * A hint that something changed, never the truth. While it is open a look may read no more than what it was told of since the last one,
   * and an engine that went away, even for a moment, is a refusal of sort `unavailable`: nothing is told any more.
   */
  onChange(listener: () => void): Promise<{ close(): Promise<void> }>
  /** Lets go of everything. @throws EngineRefusal when the engine minded; what was applied stands */
  close(): Promise<void>
}

/** All that stands, in one digest. */
export interface Fingerprint {
  readonly digest: string
  /** by set; absent: it cannot be read, or there is none */
  readonly digestKeys: ReadonlyMap<string, Uint8Array>
  /** digest of what is in no block */
  readonly rest: string
  /** digests of the blocks that everything else stands in, in the order of the engine */
  readonly blocks: readonly string[]
  /** @param index of a block */
  keysIn(index: number): Block
}

/** Some resources to look at, where everything else is known. */
export interface PartQuery {
  readonly queries: readonly SetQuery[]
  /** of resources that are declared, or were */
  readonly keys: readonly Guid[]
  /** where else their parts may be, in the order of the engine */
  readonly places: readonly PlaceInEngine[]
}

/** Where a part of what stands is to be looked for. */
export interface PlaceInEngine extends Block {
  /** the block is not as it was; otherwise it is known, and something of the part is in it */
  readonly isChanged: boolean
}

/** Neighbours in the engine. What is added to them, removed or changed makes another block of them, and leaves the others alone. */
export interface Block {
  /** keys of the parts of resources */
  readonly parts: readonly Guid[]
  /** the key of what refers to a part, and the part's */
  readonly referrers: readonly (readonly [referrer: Guid, part: Guid])[]
}

/** `busy`: the engine's lock was not obtained. `denied`: no rights. `unavailable`: no engine. `refused`: it looked and said no. */
export type RefusalSort = 'refused' | 'busy' | 'denied' | 'unavailable'

/** What a process needs that goes on for months beside others. */
export interface WatchableProvider extends Provider {
  /** Makes this process the only one that watches a set, if no other is. */
  claim(set: string): Promise<Claim>
  /** The next look reads everything, told or not: notifications may be lost. */
  forget(): void
  /** Who else has the engine open: those who could have made a change. */
  others(): Promise<readonly OpenSession[]>
}

/** The engine said no. The provider makes one of every failing call. */
export class EngineRefusal extends Error {
  readonly sort: RefusalSort
  /** the engine's call, as its documentation names it */
  readonly call: string
  /** the engine's own name of the status, e.g. `FWP_E_ALREADY_EXISTS` */
  readonly status: string
  /** the numeric status as people search for it, e.g. `0x80320009` */
  readonly code: string
  readonly help: string | undefined
  /** the field of the spec that was refused, where the call takes one alone */
  readonly pointer: Pointer | undefined

  constructor(sort: RefusalSort, details: RefusalDetails) {
    super(`${details.call} returned ${details.status} (${details.code}): ${details.meaning}`, { cause: details.cause })
    this.name = 'EngineRefusal'
    this.sort = sort
    this.call = details.call
    this.status = details.status
    this.code = details.code
    this.help = details.help
    this.pointer = details.pointer
  }
}

export interface RefusalDetails {
  readonly call: string
  readonly status: string
  readonly code: string
  readonly meaning: string
  readonly help?: string | undefined
  readonly pointer?: Pointer | undefined
  /** the provider's own error */
  readonly cause?: unknown
}

/** A resource that cannot be registered, for a reason that lies in what its manifest names: the engine was not asked. */
export class UnusableResource extends EngineRefusal {
  constructor(call: string, pointer: Pointer, message: string, help: string) {
    super('refused', { call, status: 'UNUSABLE', code: '', meaning: message, help, pointer })
    this.name = 'UnusableResource'
    this.message = message
  }
}
