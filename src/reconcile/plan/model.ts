/** What the core reasons about: what an engine holds, what would change, and what this run may do. Data alone. */

import type { Guid, Json, JsonObject, Pointer } from '../../base/index.ts'
import type { Address, Impact, Kind, Resource, TunnelSet } from '../../manifest/index.ts'
import type { Difference } from './diff.ts'
import type { Blocked, Policy } from './policy.ts'

/** What no plan may do to an object: nothing, delete it, or neither delete nor replace it. */
export type Protection = 'none' | 'delete' | 'replace'

/** What the engine remembers of our last apply: an object of its own beside each resource. Holds no secret. */
export interface AppliedRecord {
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  /** the text shown beside the tunnel; it is not part of `digest` */
  readonly description?: string
  readonly protect: Protection
  /** places whose read-back may differ, beside those that the set accepts */
  readonly acceptReadback?: readonly Pointer[]
  /** version of the normal form that `digest` was made from; a digest of another version says nothing */
  readonly form: number
  /** digest of the applied normal form, without what is only recorded or shown */
  readonly digest: string
  /** secret references and keyed digests, by pointer */
  readonly secrets: { readonly [pointer: Pointer]: { readonly ref: JsonObject; readonly digest: string } }
  /** leaves that read back otherwise than applied (each absent where there was nothing); where the engine still shows that, `applied` stands */
  readonly shadows: { readonly [pointer: Pointer]: Shadow }
  /** digest of the filters the engine showed right after the add */
  readonly filters: string
  /** the same filters one by one, in the provider's words; absent in older records */
  readonly filterList?: string
  /** how it is known again without being read; absent in older records, and where nobody may know the set's digest key */
  readonly seen?: Seen
  /** `root`: what the file belongs to, see Policy.root */
  readonly source: { readonly file: string; readonly commit?: string; readonly root?: string }
}

/** What stood in the engine, bit by bit, when the record was written. As long as the very same stands there, this is what it says. */
export interface Seen {
  /** of all parts that the engine keeps of the object, and of what stands here; keyed, so that nobody else can have written it */
  readonly digest: string
  /** the normal form that the parts say, with references in place of secrets, as in `Form.text` */
  readonly spec: string
  /** leaves that the engine shows nowhere */
  readonly unverified: readonly Pointer[]
}

export interface Shadow {
  readonly applied?: Json
  readonly shown?: Json
}

/** One object found in the engine under a set's ownership, with the record that makes it ours. */
export interface Observed {
  readonly kind: Kind
  readonly name: string
  readonly set: string
  readonly key: Guid
  readonly record: AppliedRecord
  /** live normal form, secrets as keyed digests; absent: somebody else deleted the object, only the record is left */
  readonly live?: JsonObject | undefined
  /** digest of all its parts as they stand; absent: nothing does */
  readonly parts?: string
  /** Its parts are those of which the record says what they mean. `live` is made when somebody asks for it. */
  readonly isAsRecorded?: boolean
  /** leaves of `live` that were taken from the record, since the engine shows them nowhere */
  readonly unverified: readonly Pointer[]
  /** drift that no leaf expresses, such as a filter that somebody removed */
  readonly anomalies: readonly Difference[]
  /** what the engine kept of an object that is gone together with its record: `record` is made up, and `key` is the part's own if need be */
  readonly leftover?: true
}

/** @returns false where only the record is left */
export function stands(observed: Observed): boolean {
  return observed.isAsRecorded === true || observed.live !== undefined
}

/** What the engine holds of one set. */
export interface SetState {
  readonly set: string
  readonly resources: ReadonlyMap<Address, Observed>
  /** keys that the query wanted and somebody else holds → who, as far as the engine tells */
  readonly foreign: ReadonlyMap<Guid, string>
  /** the set's owner stands, and no object under it */
  readonly abandoned?: boolean
  /** 32 bytes that key the digests of this set's secrets; absent before the first apply, and for those who may not read it */
  readonly digestKey?: Uint8Array
}

/** What is declared of one set, and what this run may do to it. */
export interface SetContext {
  readonly set: TunnelSet
  /** absent: no other set is known of */
  readonly moves?: Moves
  /** the set's own resources */
  readonly resources: readonly Resource[]
  readonly policy: Policy
  /** keys of session-bound objects (key managers) registered by anybody at present; absent: the engine did not tell, or nobody asked */
  readonly registered?: ReadonlySet<Guid> | undefined
}

/** Keyed digests of one resource's secrets, by pointer; a pointer is missing where the set's digest key cannot be read. */
export type SecretDigests = ReadonlyMap<Pointer, string>

/** Everything that one set's plan depends on. */
export interface PlanInput extends SetContext {
  readonly state: SetState
  /** of the declared secrets, by address */
  readonly digests: ReadonlyMap<Address, SecretDigests>
}

/** Names are unique on a host, across its sets: what is declared in one set and held by another one moves. */
export interface Moves {
  /** what stands in another set and is declared in this one */
  readonly here: ReadonlyMap<Address, Observed>
  /** what stands in this set, is declared in another one, and does not stand there yet */
  readonly away: ReadonlySet<Address>
}

/** Why something changes: the declaration changed, the engine drifted, both, or nothing declares the object any more. */
export type Cause = 'spec' | 'drift' | 'both' | 'prune'
/** `record`: the object stays as it is, only what is recorded of it is rewritten. */
export type Action = 'create' | 'replace' | 'record' | 'delete'

export interface ChangeBase {
  readonly address: Address
  /** the key after the change; for a delete, the key that goes */
  readonly key: Guid
  readonly cause: Cause
  readonly impact: Impact
  readonly differences: readonly Difference[]
}

/** Something that stands after the change, and its declaration in comparable form. */
export interface Standing {
  readonly after: Resource
  readonly form: JsonObject
}

/** One step of a plan. A replacement whose `before` stands in another set moves the object into this one. */
export type Change =
  | (ChangeBase &
      Standing & { readonly action: 'create' /** a record without its object */; readonly before?: Observed })
  | (ChangeBase & Standing & { readonly action: 'replace' | 'record'; readonly before: Observed })
  | (ChangeBase & { readonly action: 'delete'; readonly before: Observed; readonly after?: never })

/** Differences of display text alone, which an engine without an update call keeps. */
export interface Cosmetic {
  readonly address: Address
  readonly differences: readonly Difference[]
}

/** A set that the engine holds and that nobody declares. */
export interface UndeclaredSet {
  readonly set: string
  readonly orphans: readonly Orphan[]
}

/** An owned object that no manifest declares and that this plan leaves alone. */
export interface Orphan {
  readonly address: Address
  readonly key: Guid
  readonly protected: boolean
  /** only the record is left */
  readonly missing: boolean
  /** the record is gone, too */
  readonly leftover?: true
  /** where it was declared when it was applied */
  readonly source: AppliedRecord['source']
}

/** A step that no transaction can hold: a key manager lives as long as the process that registered it. */
export interface OutsideStep {
  readonly address: Address
  readonly key: Guid
  readonly action: 'register' | 'unregister'
  /** `unknown`: the engine does not tell what is registered */
  readonly state: 'held' | 'needs-watch' | 'unknown'
  readonly resource: Resource
}

/** What would happen to one set. */
export interface SetPlan {
  readonly set: TunnelSet
  /** digest of the effects: equal digests promise equal effects */
  readonly digest: string
  readonly changes: readonly Change[]
  readonly outsideTransaction: readonly OutsideStep[]
  /** differences of display text that are not applied without --apply-cosmetic */
  readonly cosmetic: readonly Cosmetic[]
  readonly blocked: readonly Blocked[]
  readonly orphans: readonly Orphan[]
  /** leaves taken from the record since the engine shows them nowhere */
  readonly unverified: readonly { readonly address: Address; readonly paths: readonly Pointer[] }[]
  /** the set's owner is all that is left of it, and goes */
  readonly removesOwner: boolean
  /** the set belongs to another host */
  readonly skipped: boolean
  readonly unchanged: number
}

/** @returns true when safety refuses the whole set */
export function isRefused(plan: SetPlan): boolean {
  return plan.blocked.some((b) => b.scope === 'set')
}

/** @returns whether there is nothing to approve in it */
export function changesNothing({ changes, removesOwner }: SetPlan): boolean {
  return changes.length === 0 && !removesOwner
}

/** @returns the set that an object moves out of */
export function movedFrom({ action, before, after }: Change): string | undefined {
  return action === 'replace' && before.set !== after.set ? before.set : undefined
}

/** @returns whether the engine is not what was last applied */
export function isDrift({ cause }: Change): boolean {
  return cause === 'drift' || cause === 'both'
}
