/**
 * What a fleet is asked for, whatever carries it: NATS (`nats/`), or memory in tests. A change is made by compare-and-set on a revision;
 * `lost` says that somebody else was faster, and nothing was changed.
 */

import type { Desired, HostStatus, HostToken, Rollout } from './model.ts'

export type Outcome = 'done' | 'lost'

export interface Versioned<T> {
  readonly value: T
  readonly revision: number
}

/** A host, as far as the plane heard of it. Times are milliseconds since 1970, by the plane's clock. */
export interface HostRecord {
  readonly host: HostToken
  readonly desired?: Desired
  /** of its desired entry, valid or not; 0: there is none */
  readonly revision: number
  /** when it was told */
  readonly toldAt?: number
  readonly status?: HostStatus
  readonly reportedAt?: number
  /** of its newest beat; a beat is gone after 90 s */
  readonly beatAt?: number
}

/** A controller's hands. Any number of controllers may hold one. */
export interface ControllerPlane {
  /** All hosts, as heard last: perhaps not the newest. */
  hosts(): Promise<ReadonlyMap<HostToken, HostRecord>>
  /** All rollouts, oldest first, and none older than what was known when this was called. */
  rollouts(): Promise<readonly Versioned<Rollout>[]>
  /** @returns `lost` where one of this id exists */
  create(rollout: Rollout): Promise<Outcome>
  update(rollout: Rollout, revision: number): Promise<Outcome>
  /** @param revision of the host's desired entry, 0 for none */
  tell(desired: Desired, revision: number): Promise<Outcome>
  /** Forgets a host that is no more: its desired and its status. */
  forget(host: HostToken): Promise<void>
  /** @returns what stops the calls */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

/** A host's hands: its own entries and nobody else's. All reject with a FleetError while the plane is away. */
export interface HostPlane {
  /** @returns what this host is told; undefined: nothing, or nothing that can be believed */
  desired(): Promise<Desired | undefined>
  /** Calls at each hint that it may have changed, and whenever a connection is back. @returns what stops the calls */
  onDesired(listener: () => void): () => void
  /** Resolves when the plane keeps it. To be called when something has changed, and after a connection is back. */
  report(status: HostStatus): Promise<void>
  beat(): Promise<void>
  close(): Promise<void>
}

/** `unavailable`: no server answers, for now. `denied`: it answers and refuses us. `invalid`: what we were given cannot be used. */
export type FleetErrorSort = 'unavailable' | 'denied' | 'invalid'

/** Plain words without a secret. */
export class FleetError extends Error {
  readonly sort: FleetErrorSort

  constructor(sort: FleetErrorSort, message: string) {
    super(message)
    this.name = 'FleetError'
    this.sort = sort
  }
}
