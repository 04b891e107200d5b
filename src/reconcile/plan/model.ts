/** What the core reasons about: what an engine holds, what would change, and what this run may do. Data alone. */

import type { Guid, Json, JsonObject, Pointer } from '../../base/index.ts'
import { type Address, addressOf, type Impact, type Kind, type Resource, type TunnelSet } from '../../manifest/index.ts'
import type { Confirmation, Notes, Suspension } from '../notes/index.ts'
import type { Difference } from './diff.ts'
import type { Blocked, Policy } from './policy.ts'

/** What no plan may do to an object: nothing, delete it, or neither delete nor replace it. */
export type Protection = 'none' | 'delete' | 'replace'

/** What a spec says; what says nothing protects nothing. */
export function protectionOf(word: Json | undefined): Protection {
  return word === 'delete' || word === 'replace' ? word : 'none'
}

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
  /** declared and off: nothing stands beside the record, and the rest of what is recorded says nothing */
  readonly off?: true
  /** adopted without a manifest: nothing was applied, so what the engine does not show is unknown */
  readonly observed?: true
  /** the object has another key than set and name give, and no manifest says so: it was renamed, moved or adopted */
  readonly keptKey?: true
  /** whose owner the object carries in the engine, where it is not that of its set: another set, which it moved out of; null: somebody else */
  readonly owner?: string | null
  /** of an adopted object: key that a part of it would have → key that its maker gave it */
  readonly companions?: { readonly [key: Guid]: Guid }
  /** the spec of its TunnelSet as it was declared then; absent where the set had no document, and in older records */
  readonly setSpec?: JsonObject
  /** when, in ISO 8601; absent in older records */
  readonly appliedAt?: string
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
  /** made once, where many ask for it; see `addressOf` */
  readonly address?: Address
  readonly record: AppliedRecord
  /** live normal form, secrets as keyed digests; absent: somebody else deleted the object, only the record is left */
  readonly live?: JsonObject | undefined
  /** digest of all its parts as they stand; absent: nothing does */
  readonly parts?: string
  /** Its parts are those of which the record says what they mean. `live` is made when somebody asks for it. */
  readonly isAsRecorded?: boolean
  /** leaves of `live` that were taken from the record, since the engine shows them nowhere */
  readonly unverified: readonly Pointer[]
  /** leaves that the engine does not show and no record knows, of an object that was adopted without a manifest; absent: none */
  readonly unknown?: readonly Pointer[]
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
  /** those of them that belong to resources of our other sets; absent: none */
  readonly taken?: ReadonlySet<Guid>
  /** what is kept beside the set, unread; absent: nothing is */
  readonly notes?: Notes
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
  /** of the set's other resources, which are known to be as they are declared; absent: there are none */
  readonly others?: Pick<SetPlan, 'unchanged' | 'off' | 'unverified'>
}

/** Something that stands in another set or under a former name, and the key of the digests that its record holds. */
export interface Arrival {
  readonly observed: Observed
  readonly digestKey?: Uint8Array
}

/** Names are unique on a host, across its sets: what stands elsewhere and is declared here moves, or is renamed. */
export interface Moves {
  /** by the address that is declared in this set, and does not stand there yet */
  readonly here: ReadonlyMap<Address, Arrival>
  /** what stands in this set and becomes something that is declared, here or elsewhere */
  readonly away: ReadonlySet<Address>
}

/** Why something changes: the declaration changed, the engine drifted, both, or nothing declares the object any more. */
export type Cause = 'spec' | 'drift' | 'both' | 'prune'
/**
 * `record`: the object stays as it is, only what is recorded of it is rewritten. `move`: the same, and its name or its set is another.
 * `disable`: the object goes, its record stays.
 */
export type Action = 'create' | 'replace' | 'record' | 'move' | 'disable' | 'delete'

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

/** One step of a plan. A replacement whose `before` stands in another set or under another name moves the object, too. */
export type Change =
  | (ChangeBase &
      Standing & {
        readonly action: 'create' | 'record'
        /** of `create`: a record without its object; absent from `record` for what was never on */
        readonly before?: Observed
      })
  | (ChangeBase & Standing & { readonly action: 'replace' | 'move' | 'disable'; readonly before: Observed })
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
  /** and it says that nothing was to stand */
  readonly off?: true
  /** it was declared in a file that is none of those given */
  readonly elsewhere?: true
  /** the record is gone, too */
  readonly leftover?: true
  /** where it was declared when it was applied */
  readonly source: AppliedRecord['source']
}

/** A step that no transaction can hold: a key manager lives as long as the process that registered it. */
export interface OutsideStep {
  readonly address: Address
  readonly key: Guid
  /** `unregister`: it is declared and off */
  readonly action: 'register' | 'unregister'
  /** `unknown`: the engine does not tell what is registered; `off`: it is not registered, and is not to be */
  readonly state: 'held' | 'needs-watch' | 'unknown' | 'off'
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
  /** declared and off, and so it is */
  readonly off: readonly Address[]
  readonly blocked: readonly Blocked[]
  readonly orphans: readonly Orphan[]
  /** leaves taken from the record since the engine shows them nowhere */
  readonly unverified: readonly { readonly address: Address; readonly paths: readonly Pointer[] }[]
  /** what was applied waits for it: until then nothing else is changed */
  readonly confirmation?: Confirmation
  /** watches leave the set alone, or did until its time was over */
  readonly suspension?: Suspension
  /** the set's owner is all that is left of it, and goes */
  readonly removesOwner: boolean
  /** the set belongs to another host */
  readonly skipped: boolean
  readonly unchanged: number
  /** of a part of the set alone: how many are outside of it, declared or standing, and left alone */
  readonly outside?: number
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
export function movedFrom({ before, after }: Change): string | undefined {
  return before && after && before.set !== after.set ? before.set : undefined
}

/** @returns the address that an object had before */
export function renamedFrom({ before, after }: Change): Address | undefined {
  return before && after && before.name !== after.name ? addressOf(before) : undefined
}

/** @returns whether a change puts an object into the engine */
export function makesObject({ action }: Pick<Change, 'action'>): boolean {
  return action === 'create' || action === 'replace'
}

/** @returns whether the engine is not what was last applied */
export function isDrift({ cause }: Change): boolean {
  return cause === 'drift' || cause === 'both'
}
