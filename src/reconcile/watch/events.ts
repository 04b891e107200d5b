/** What the loop tells. Printed as lines or NDJSON, counted by metrics; the published form is schemas/watch-event.schema.json. */

import type { Diagnostic } from '../../base/index.ts'
import type { Address, Impact } from '../../manifest/index.ts'
import type { SetResult } from '../apply/report.ts'
import type { Action, Cause, Difference } from '../plan/index.ts'
import type { OpenSession } from '../provider.ts'
import type { Clock } from './clock.ts'
import type { Look } from './tree.ts'
import type { Trigger } from './triggers.ts'

export type Mode = 'correct' | 'report'

/**
 * How what is declared was found at the last reading. `good`: it is what is enforced. `unsettled`: no errors, and perhaps half of
 * something, so a second reading is awaited. `invalid`: it has errors. `nothing`: there was nothing to read yet.
 */
export type TreeState = Look['verdict']

/** One object that is not as declared. Differences never show a secret. */
export interface Deviation {
  readonly set: string
  readonly address: Address
  readonly action: Action
  readonly cause: Cause
  readonly impact: Impact
  readonly differences: readonly Difference[]
  /** Git commit that what is declared was read from */
  readonly commit?: string
}

export type SetSyncState =
  | 'synced'
  | 'drifted'
  | 'pending'
  | 'failing'
  | 'conflict'
  | 'held'
  | 'skipped'
  | 'suspended'
  | 'unconfirmed'
  | 'undeclared'
  | 'unknown'

export interface SetSummary {
  readonly set: string
  readonly state: SetSyncState
  readonly resources: number
  readonly unsynced: number
}

/** What a fleet wants of this host. */
export interface FleetWish {
  readonly commit: string
  /** id of the rollout that says so */
  readonly rollout: string
  readonly wave: number
}

/** How this host stands with its fleet. */
export interface FleetLink {
  readonly host: string
  readonly connected: boolean
  readonly since: string
  readonly why?: string
  readonly wanted?: FleetWish
}

/** Each member: what an event of that name says beside its name and time. */
export interface WatchEvents {
  started: {
    readonly engine: string
    readonly processId: number
    readonly mode: Mode | 'by set'
    readonly sources: readonly string[]
  }
  /** a reading took the place of the last good one */
  accepted: { readonly sets: number; readonly resources: number; readonly commit?: string }
  /** something that was declared is missing from this reading; it counts when the next one agrees */
  unsettled: { readonly missing: readonly Address[] }
  /** the tree has errors: nothing is changed, the last good one stays enforced */
  invalid: { readonly diagnostics: readonly Diagnostic[] }
  /** found beside what was last applied; in `correct` mode a correction follows */
  drift: Deviation & { readonly mode: Mode }
  /** declared and not yet applied, in `report` mode */
  pending: Deviation
  correction: Deviation & {
    /** from the first sign to the commit */
    readonly healMilliseconds: number
    /** of the set's transaction, planning and reading back included */
    readonly durationMilliseconds: number
    /** how much of it the engine's write lock was held */
    readonly lockMilliseconds: number
  }
  conflict: Pick<Deviation, 'set' | 'address' | 'differences'> & {
    readonly corrections: number
    readonly retryMilliseconds: number
    readonly suspects: readonly OpenSession[]
  }
  failure: {
    readonly set?: string
    readonly address?: Address
    readonly result: SetResult
    readonly message: string
    readonly diagnostics: readonly Diagnostic[]
    readonly consecutive: number
    readonly retryMilliseconds: number
  }
  /** another process watches this set */
  held: { readonly set: string; readonly holder: string; readonly retryMilliseconds: number }
  /** the engine holds this set, and no manifest declares it: told when it is found, and when it changes */
  undeclared: { readonly set: string; readonly resources: readonly Address[] }
  /** this set belongs to another host: nothing is done to it here */
  skipped: { readonly set: string; readonly host: string }
  /** somebody wants watches to leave this set alone: differences are only reported */
  suspended: { readonly set: string; readonly by: string; readonly until?: string; readonly reason?: string }
  /** what was applied waits for a confirmation: until then nothing is done here */
  unconfirmed: { readonly set: string; readonly by: string; readonly commit?: string; readonly secondsLeft: number }
  /** nobody confirmed in time: the former state was brought back, and the set is suspended */
  'rolled-back': { readonly set: string; readonly by: string; readonly commit?: string; readonly reason: string }
  registered: { readonly set: string; readonly address: Address }
  unregistered: { readonly set: string; readonly address: Address }
  /** something that nobody asked could be told to: a handler of a key manager threw, or answered what cannot be used */
  warning: { readonly name: string; readonly message: string }
  'engine-lost': { readonly message: string; readonly retryMilliseconds: number }
  healed: { readonly downMilliseconds: number }
  /** the repository was looked at and cannot be followed; the last good commit stays enforced */
  'git-refused': { readonly message: string; readonly commit?: string }
  'git-healed': { readonly commit: string }
  /** the fleet is reached: what it wants here is followed */
  'fleet-joined': { readonly host: string; readonly downMilliseconds: number }
  /** the fleet cannot be asked or told; the last commit stays enforced */
  'fleet-lost': { readonly message: string; readonly retryMilliseconds: number }
  'fleet-wanted': FleetWish
  /** what the fleet says cannot be used; the last commit stays enforced */
  'fleet-refused': { readonly message: string }
  pass: {
    readonly number: number
    readonly triggers: readonly Trigger[]
    readonly durationMilliseconds: number
    readonly sets: readonly SetSummary[]
    readonly tree: TreeState
    readonly commit?: string
  }
  heartbeat: {
    readonly passes: number
    readonly uptimeSeconds: number
    readonly sets: readonly SetSummary[]
    readonly tree: TreeState
  }
  stopped: { readonly reason: string }
}

export type EventName = keyof WatchEvents
export type WatchEvent = {
  [E in EventName]: { readonly event: E; readonly time: string } & WatchEvents[E]
}[EventName]

/** Tells one event; the time is added. */
export type Tell = <E extends EventName>(event: E, content: WatchEvents[E]) => void

/** Tells somebody, with the time of the clock. */
export function tellTo(listener: (event: WatchEvent) => void, clock: Pick<Clock, 'date'>): Tell {
  return (event, content) => listener({ event, time: clock.date().toISOString(), ...content } as unknown as WatchEvent)
}
