/** The core types: what is wanted, what is found, what would change. Nothing here knows about Windows. */

import type { Diagnostic } from '../base/diagnostic.ts'
import type { Manifest } from '../manifest/yaml.ts'
import type { Difference } from './plan/diff.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** Lower-case, hyphenated, without braces: `c86fd1bf-21cd-497e-a0bb-17425c885c58`. */
export type Guid = string
/** JSON Pointer (RFC 6901) into a spec: `/quickMode/proposals/0/lifetime/time`. */
export type Pointer = string

/** A value, or the reasons why there is none and what could be read all the same. Findings of a success are warnings. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly partial?: Partial<T> }

/** A budget: a number of objects, or a share (0–1) of the set's live tunnels, rounded up, at least 1. */
export type Budget = { readonly count: number } | { readonly share: number }

/** The resources that are planned, applied, pruned and owned together, and what may be done to them. */
export interface TunnelSet {
  readonly name: string
  /** only this machine (hostname, any case) applies the set */
  readonly host?: string
  readonly prune: boolean
  readonly safety: {
    readonly maxDelete?: Budget
    readonly maxReplace?: Budget
    /** pointers whose read-back may differ from what was declared */
    readonly acceptReadback: readonly Pointer[]
  }
  readonly drift: { readonly mode: 'correct' | 'report'; readonly resyncSeconds: number }
  /** absent for the implicit `default` set and for a set that only the engine knows */
  readonly manifest?: Manifest
}

/** `transactional` kinds change inside the set's transaction; `session` kinds live as long as the process that holds them. */
export type Lifetime = 'transactional' | 'session'

/**
 * What a change does to running traffic. `none`: only our record is rewritten. `cosmetic`: display text, which an engine without an
 * update call can only change by replacing. `disruptive`: the object is replaced, its security associations must be assumed lost.
 */
export type Impact = 'none' | 'cosmetic' | 'disruptive'

/** A sort of resource and everything the core needs to know about it. */
export interface ResourceKind {
  readonly kind: string
  readonly lifetime: Lifetime
  /** JSON Schema (2020-12) of the whole document */
  readonly schema: object
  /** pointers into a spec whose difference is not disruptive; every other one is */
  readonly impacts: { readonly [pointer: Pointer]: Exclude<Impact, 'disruptive'> }
  /** Pure. Fills defaults, canonicalises, sorts sets; reports every finding. Equal meaning gives deep-equal results. */
  normalise(manifest: Manifest): Checked<JsonObject>
  /**
   * Findings that need the other resources of the same host: a second dictator, overlapping traffic.
   *
   * @param resources also those with findings of their own: their specs lack what could not be read
   */
  crossCheck?(resources: readonly Resource[], sets: readonly TunnelSet[]): readonly Diagnostic[]
  /** Paths of secret references inside a normal form. */
  secretPaths(spec: JsonObject): readonly Pointer[]
  /** The key the engine knows the resource by. */
  keyOf(resource: { readonly set: string; readonly name: string; readonly spec: JsonObject }): Guid
}

/** One object that manifests declare. `spec` is in normal form. */
export interface Resource {
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  readonly spec: JsonObject
  readonly manifest: Manifest
}

/** `IPsecTunnel/hq-dallas`: how people name a resource. Unique on a host. */
export type Address = string
export function addressOf(resource: { readonly kind: string; readonly name: string }): Address {
  return `${resource.kind}/${resource.name}`
}

/** What all manifests together ask for. */
export interface Desired {
  readonly sets: readonly TunnelSet[]
  readonly resources: readonly Resource[]
}

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
