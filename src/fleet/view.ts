/** What a fleet looks like to people: the data of `fleet status`, of `fleet serve` and of its page. */

import type { Commit, HostState, HostStatus, HostToken, RolloutState } from './model.ts'

/** `untold`: nothing was asked of it yet; `unreported`: it was told, and has not answered to that. */
export type ShownState = HostState | 'unreported' | 'untold'

export interface HostView {
  readonly host: HostToken
  readonly state: ShownState
  /** what it enforces */
  readonly commit?: Commit
  /** what it was told */
  readonly desired?: Commit
  readonly rollout?: string
  readonly wave?: number
  readonly drift: number
  readonly failure?: string
  readonly version?: string
  readonly sets: HostStatus['sets']
  /** ISO 8601; since when it has said nothing, where it beats no more */
  readonly silentSince?: string
  readonly reported?: string
}

export interface WaveView {
  readonly name: string
  readonly share: string
  /** hosts of this wave that are in none before it */
  readonly hosts: number
  readonly synced: number
  readonly failed: number
  /** told, or to be told, and without an answer that settles it */
  readonly waiting: number
  readonly state: 'done' | 'current' | 'ahead'
}

export interface RolloutView {
  readonly id: string
  readonly commit?: Commit
  readonly back?: string
  readonly state: RolloutState
  /** 0: no wave yet */
  readonly wave: number
  readonly since: string
  readonly started: string
  readonly by: string
  readonly why?: string
  readonly maxFailures: number
  readonly waves: readonly WaveView[]
}

export interface FleetView {
  /** ISO 8601: when this was true */
  readonly time: string
  /** the plane's answer is old where it is away */
  readonly connected: boolean
  readonly hosts: readonly HostView[]
  /** how many hosts are in each state; silent ones count in theirs, too */
  readonly states: { readonly [state in ShownState]?: number }
  readonly silent: number
  /** how many hosts run each commit, most first */
  readonly commits: readonly { readonly commit: Commit; readonly hosts: number }[]
  /** the newest */
  readonly rollout?: RolloutView
}
