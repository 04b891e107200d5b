/** What manifests declare: sets, kinds and resources. Nothing here knows about Windows. */

import type { Budget, Checked, Diagnostic, Guid, Json, JsonObject, Pointer } from '../base/index.ts'
import type { Manifest } from './document.ts'
import type { MaintenanceWindow } from './maintenance.ts'

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
  readonly drift: {
    readonly mode: 'correct' | 'report'
    readonly resyncSeconds: number
    /** when a watch may correct; absent: always */
    readonly windows?: readonly MaintenanceWindow[]
  }
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

/** What a kind has to say to a value that its schema does not take. */
export interface Advice {
  /** what to write instead, or why there is nothing to write */
  readonly help: string
  /** what the value is called elsewhere */
  readonly label?: string
}

/**
 * @param vocabulary the `x-words` or `x-form` of the schema at that place
 * @param written the value as the user spelled it; empty where none is given
 */
export type Advise = (vocabulary: string, written: string) => Advice | undefined

/** A resource in a few words, with neither a secret nor a reference to one. */
export interface Outline {
  /** of what leads from here to there */
  readonly ends?: { readonly local: string; readonly remote: string }
  /** `['traffic', '10.1.0.0/16 ↔ 10.2.0.0/16']` */
  readonly facts: readonly (readonly [label: string, text: string])[]
}

/** A sort of resource and everything that manifests say about it. What it is in an engine is a provider's affair. */
export interface Kind {
  /** as manifests write it: `IPsecTunnel` */
  readonly name: string
  /** what people call one: `tunnel` */
  readonly noun: string
  readonly lifetime: Lifetime
  /** JSON Schema (2020-12) of the whole document */
  readonly schema: object
  /** pointers into a spec whose difference is not disruptive; every other one is */
  readonly impacts: { readonly [pointer: Pointer]: Exclude<Impact, 'disruptive'> }
  /** Knows the words that people bring from other tools. */
  readonly advise?: Advise
  /** Pure. Fills defaults, canonicalises, sorts sets; reports every finding. Equal meaning gives deep-equal results. */
  normalise(manifest: Manifest): Checked<JsonObject>
  /**
   * Findings that need the other resources of the same host: a second dictator, overlapping traffic.
   *
   * @param resources also those with findings of their own: their specs lack what could not be read
   */
  crossCheck?(resources: readonly Resource[], sets: readonly TunnelSet[]): readonly Diagnostic[]
  /** Two of them of which no boxes meet have no finding together. Absent: any of them may. */
  reach?(spec: JsonObject): Reach
  /** Whether two values of one place mean the same in other words: an engine may show what it was given so. Absent: never. */
  isSame?(pointer: Pointer, applied: Json | undefined, shown: Json | undefined): boolean
  /** What tells one from another at a glance, by the head of its column: `{ peer: '198.51.100.7', … }`. Absent: the name does. */
  columns?(spec: JsonObject): { readonly [column: string]: string }
  /** Makes what an engine shows of somebody else's object into what manifests say, where the kind knows better than to leave it out. */
  present?(shown: JsonObject): { readonly spec: JsonObject; readonly remarks: readonly string[] }
  /** What a review is shown of one that is new to it. Absent: its name is all. */
  review?(form: JsonObject): Outline
  /** Paths of secret references inside a normal form. */
  secretPaths(spec: JsonObject): readonly Pointer[]
  /** The key the engine knows the resource by. */
  keyOf(resource: { readonly set: string; readonly name: string; readonly spec: JsonObject }): Guid
}

/** Boxes in named spaces: the least and the greatest of each dimension. */
export type Reach = readonly (readonly [space: string, ...bounds: number[]])[]

/** Whether two resources may have something to say to each other. */
export function meet(a: Reach, b: Reach): boolean {
  return a.some((box) => b.some((other) => boxesMeet(box, other)))
}

function boxesMeet(box: Reach[number], other: Reach[number]): boolean {
  if (box[0] !== other[0]) return false
  for (let i = 1; i + 1 < box.length; i += 2) if (box[i]! > other[i + 1]! || box[i + 1]! < other[i]!) return false
  return true
}

export type Kinds = ReadonlyMap<string, Kind>

/** One object that manifests declare. `spec` is in normal form. */
export interface Resource {
  readonly kind: Kind
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  readonly spec: JsonObject
  /** names that it had before; absent: none */
  readonly formerly?: readonly string[]
  readonly manifest: Manifest
  /** of its spec, where that is known without reading it; see `formOf` */
  readonly form?: Form
  /** made once, where many ask for it; see `addressOf` */
  readonly address?: Address
}

/** What a normal form is compared and looked up by. */
export interface Form {
  /** the spec as JSON, in the order that `normalise` gives it: another order is another text */
  readonly text: string
  /** the key that the engine knows the resource by */
  readonly key: Guid
  /** where the bytes of its secrets are, by pointer into the spec */
  readonly references: { readonly [pointer: Pointer]: JsonObject }
  /** declared and off */
  readonly off?: true
}

/** @returns false for what is declared and off: no engine holds it */
export function isEnabled(one: { readonly spec: JsonObject; readonly form?: Form }): boolean {
  return one.form ? one.form.off !== true : one.spec.enabled !== false
}

/** `IPsecTunnel/hq-dallas`: how people name a resource. Unique on a host. */
export type Address = string
export function addressOf({ address, kind, name }: Named): Address {
  return address ?? `${kind.name}/${name}`
}

interface Named {
  readonly kind: Kind
  readonly name: string
  readonly address?: Address
}

/** What all manifests together ask for. */
export interface Desired {
  readonly sets: readonly TunnelSet[]
  readonly resources: readonly Resource[]
  /** which way packets must go: manifests of kind TrafficTest; absent: there are none */
  readonly tests?: readonly Manifest[]
}

/** Every document that something is declared in. */
export function manifestsOf({ sets, resources }: Desired): Manifest[] {
  return [...sets.flatMap(({ manifest }) => manifest ?? []), ...resources.map(({ manifest }) => manifest)]
}
