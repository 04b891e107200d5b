/**
 * A kind, as the Windows Filtering Platform knows it: what its objects are made of, and the calls that make and unmake them. To add one: its
 * language under src/kinds, one of these in a folder beside this, one line in kinds.ts.
 */

import type { Guid, JsonObject, Pointer } from '../../../base/index.ts'
import type { Kind, Resource } from '../../../manifest/index.ts'
import type { AppliedRecord } from '../../../reconcile/plan/index.ts'
import type { Registration } from '../../../reconcile/provider.ts'
import type { Library } from '../binding/call/bind.ts'
import type { AnyContext, CallVersion, Filter, Session } from '../engine/index.ts'

/** A place in a spec that the engine's calls have no room for, and the call that has. */
export interface UnsupportedField {
  readonly pointer: Pointer
  /** `FwpmIPsecTunnelAdd2` */
  readonly needs: string
}

/** A point that no document settles, and the probe's question that does. */
export interface UnsettledPoint {
  readonly pointer: Pointer
  /** of the probe's answer */
  readonly id: string
  /** `whether …` */
  readonly question: string
}

/** What an object is called in the engine. */
export interface ObjectIdentity {
  readonly set: string
  readonly name: string
  /** of its root: the context or the filter that carries the object's own key */
  readonly key: Guid
  /** of the set's owner */
  readonly providerKey: Guid
}

/** What the engine has under an object's key and under those that follow from it. */
export interface Parts {
  readonly key: Guid
  /** of the root and its companions, as far as they stand */
  readonly contexts: ReadonlyMap<Guid, AnyContext>
  /** those that refer to one of the contexts, or that are the root themselves */
  readonly filters: readonly Filter[]
}

/** The same, while it is collected. */
export interface ReadParts {
  readonly contexts: Map<Guid, AnyContext>
  readonly filters: Filter[]
}

/** What may belong to an object of another owner. */
export interface ForeignContexts {
  /** that no root is known to have */
  readonly contexts: readonly AnyContext[]
  /** that refer to a context */
  filtersOf(context: Guid): readonly Filter[]
}

/** An object in the manifest's language, as far as the engine shows it. */
export interface Decoded {
  /** without the hidden leaves */
  readonly spec: JsonObject
  /** leaves that the engine does not report back: absent from `spec` */
  readonly hidden: readonly Pointer[]
  /** secrets by pointer of their place; null where the engine blanked the bytes */
  readonly secrets: ReadonlyMap<Pointer, Uint8Array | null>
}

/** A kind whose objects stand in the engine and change in transactions. */
export interface ObjectKind {
  readonly kind: Kind
  /** types of the provider contexts that its objects are made of, by what they are for; without `root` the object is a filter */
  readonly purposes: { readonly root: readonly number[]; readonly [purpose: string]: readonly number[] }
  /** keys of the contexts beside the root, derived from its key */
  companionsOf(key: Guid): readonly Guid[]
  /** The spec need not be read to say that the newest call has a place for everything. */
  unsupportedFields(resource: Pick<Resource, 'spec'>, version: CallVersion): readonly UnsupportedField[]
  /** What no document settles of what a spec asks for. Absent: nothing. */
  unsettled?(spec: JsonObject): readonly UnsettledPoint[]
  /** @returns whether the object outlives a restart of the machine; its record does, too, then */
  isPersistent(spec: JsonObject): boolean
  /** Adds it within the session's transaction. */
  add(session: Session, spec: JsonObject, identity: ObjectIdentity, secretOf: SecretOf): Promise<void>
  /** Removes it within the session's transaction; a part that is already gone is not an error. */
  remove(session: Session, key: Guid): Promise<void>
  /**
   * Contexts that belong to an object of another owner, who chose their keys: each under the key that `companionsOf` gives it here. Absent:
   * only those under such a key are known to belong to it.
   */
  foreignCompanions?(root: AnyContext, others: ForeignContexts): ReadonlyMap<Guid, AnyContext>
  /** Never throws, whatever stands there. @returns undefined where the root does not stand */
  decode(parts: Parts): Decoded | undefined
  /**
   * What an older normal form left to the engine and the present one fills in: no object is replaced for that alone.
   *
   * @param form version of the normal form under which the object was applied
   */
  shadowsOfForm?(form: number, live: JsonObject): AppliedRecord['shadows']
  /** leaves of a spec that the record alone holds */
  recorded(record: AppliedRecord): JsonObject
}

/** Resolves the pointer of a secret to its bytes. */
export type SecretOf = (pointer: Pointer) => Uint8Array

/** A kind whose objects live as long as the process that registered them. */
export interface SessionKind {
  readonly kind: Kind
  register(fwp: Library, resource: Resource): Promise<Registration>
  /** All that any process of this machine has registered. Outside of every transaction. @throws EngineError where nobody may know */
  registered(session: Session): Promise<readonly RegisteredObject[]>
}

export interface RegisteredObject {
  readonly key: Guid
  /** what its maker called it */
  readonly name: string | null
  readonly spec: JsonObject
  readonly hidden: readonly Pointer[]
}

export type WfpKind = ObjectKind | SessionKind

/** The kinds of one provider, each where it is used. */
export interface WfpKinds {
  readonly objects: readonly ObjectKind[]
  readonly sessions: readonly SessionKind[]
}

export function kindsOf(kinds: readonly WfpKind[]): WfpKinds {
  return {
    objects: kinds.filter((kind): kind is ObjectKind => 'purposes' in kind),
    sessions: kinds.filter((kind): kind is SessionKind => 'register' in kind),
  }
}
