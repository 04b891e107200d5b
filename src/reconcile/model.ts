/** The core types: what is wanted, what is found, what would change. Nothing here knows about Windows. */

import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** Lower-case, hyphenated, without braces: `c86fd1bf-21cd-497e-a0bb-17425c885c58`. */
export type Guid = string
/** JSON Pointer (RFC 6901) into a spec: `/quickMode/proposals/0/lifetime/time`. */
export type Pointer = string

/** A value, or the reasons why there is none. Findings of a success are warnings. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

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

/** A sort of resource and everything the core needs to know about it. */
export interface ResourceKind {
  readonly kind: string
  readonly lifetime: Lifetime
  /** Pure. Fills defaults, canonicalises, sorts sets; reports every finding. Equal meaning gives deep-equal results. */
  normalise(manifest: Manifest): Checked<JsonObject>
  /** Findings that need the other resources of the same host: a second dictator, overlapping traffic. */
  crossCheck?(resources: readonly Resource[]): readonly Diagnostic[]
  /** Paths of secret references inside a normal form. */
  secretPaths(spec: JsonObject): readonly Pointer[]
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
