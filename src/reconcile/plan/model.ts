/** What the engine holds, as the core sees it: observed resources and the records that make them ours. */

import type { Guid, Json, JsonObject, Pointer } from '../../base/json.ts'
import type { Address } from '../../manifest/model.ts'
import type { Difference } from './diff.ts'

/** What the engine remembers of our last apply: an object of its own beside each tunnel. Holds no secret. */
export interface AppliedRecord {
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  /** the text shown beside the tunnel; it is no part of `digest` */
  readonly description?: string
  readonly protect: boolean
  /** version of the normal form that `digest` was made from; a digest of another version says nothing */
  readonly form: number
  /** digest of the applied normal form, without what is only recorded or shown */
  readonly digest: string
  /** secret references and keyed digests, by pointer */
  readonly secrets: { readonly [pointer: Pointer]: { readonly ref: JsonObject; readonly digest: string } }
  /** leaves that read back otherwise than applied (`shown` absent: not at all); where the engine still shows that, `applied` stands */
  readonly shadows: { readonly [pointer: Pointer]: { readonly applied: Json; readonly shown?: Json } }
  /** digest of the filters the engine showed right after the add */
  readonly filters: string
  readonly source: { readonly file: string; readonly commit?: string }
}

/** One object found in the engine under a set's ownership, with the record that makes it ours. */
export interface Observed {
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly key: Guid
  readonly record: AppliedRecord
  /** live normal form, secrets as keyed digests; absent: somebody else deleted the object, only the record is left */
  readonly live?: JsonObject
  /** leaves of `live` that were taken from the record, since the engine shows them nowhere */
  readonly unverified: readonly Pointer[]
  /** drift that no leaf expresses, such as a filter that somebody removed */
  readonly anomalies: readonly Difference[]
}

/** What the engine holds of one set. */
export interface SetState {
  readonly set: string
  readonly resources: ReadonlyMap<Address, Observed>
  /** keys that the query wanted and somebody else holds → who, as far as the engine tells */
  readonly foreign: ReadonlyMap<Guid, string>
  /** keys of session-bound objects (key managers) registered by anybody at present */
  readonly registered: ReadonlySet<Guid>
  /** 32 bytes that key the digests of this set's secrets; absent before the first apply, and for those who may not read it */
  readonly digestKey?: Uint8Array
}
