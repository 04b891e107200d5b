/**
 * A host's side of the fleet: it learns which commit is wanted here, and tells how this host stands. Nothing waits for the plane. While it is
 * away the last commit stays enforced, and what was to be told is told later.
 */

import type { Clock, Timer } from '../reconcile/watch/clock.ts'
import type { FleetLink, FleetWish, Tell } from '../reconcile/watch/events.ts'
import { hostStatus, type Refusal, type WatchStanding } from './host-status.ts'
import { type Desired, type HostToken, sameDesired } from './model.ts'
import { FleetError, type HostPlane } from './plane.ts'

export interface AgentOptions {
  /** as the fleet knows this host */
  readonly host: HostToken
  /** of wfpctl */
  readonly version: string
  /** @throws FleetError where the plane is away, or does not let this host in */
  open(): Promise<HostPlane>
  readonly clock: Clock
  /** 0 to 1: hosts that started together are not to ask together */
  readonly random: () => number
  /** of the attempts to reach the plane */
  readonly backoff: Waiting
  readonly tell: Tell
}

/** When to try again what failed. */
export interface Waiting {
  /** 0: now */
  readonly waitMilliseconds: number
  /** @returns milliseconds until the next attempt */
  failed(): number
  reset(): void
}

/** Hints can be lost: so often, at most, what is wanted is read anyway, and the plane told that this host is alive. */
export const INTERVAL_MILLISECONDS = 25_000
/** So often it is told anyway how this host stands: what was told may have been lost, or somebody may have written over it. */
export const REPEAT_MILLISECONDS = 300_000
/** However much happens here, the plane is asked and told no more often. */
const GAP_MILLISECONDS = 500
/** A closing connection is not waited for longer. */
const CLOSE_MILLISECONDS = 500

/** What is done with the plane, in this order: what is wanted is known before it is told how it stands. */
const STEPS = ['read', 'report', 'beat'] as const
type Step = (typeof STEPS)[number]

export class Agent {
  readonly #options: AgentOptions
  readonly #due = new Set<Step>()
  #listener = () => {}
  #plane: HostPlane | undefined
  #desired: Desired | undefined
  #wantedAt = 0
  #seen: { readonly standing: WatchStanding; readonly beganAt: number } | undefined
  #refusal: Refusal | undefined
  #unusable: string | undefined
  /** what the plane has acknowledged, without its time */
  #told = ''
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #lastRound = Number.NEGATIVE_INFINITY
  #nextBeat = Number.NEGATIVE_INFINITY
  #toldAt = Number.NEGATIVE_INFINITY
  #link: Pick<FleetLink, 'connected' | 'since' | 'why'>
  #downSince: number | undefined
  #ended = false

  constructor(options: AgentOptions) {
    this.#options = options
    this.#link = { connected: false, since: this.#date() }
    this.#downSince = options.clock.now()
  }

  start(): void {
    this.#rest()
  }

  /** The commit that is wanted here; undefined while that is not known. */
  commit(): string | undefined {
    return this.#desired?.commit
  }

  /** Calls when something is wanted, be it the same commit again. */
  onChange(listener: () => void): void {
    this.#listener = listener
  }

  /** A pass has ended. */
  passed(standing: WatchStanding, durationMilliseconds: number): void {
    this.#seen = { standing, beganAt: this.#options.clock.now() - durationMilliseconds }
    this.#wake('report')
  }

  /** The repository was asked for a commit: it is followed now, or why not. */
  tried(commit: string, refusal?: Omit<Refusal, 'commit'>): void {
    this.#refusal = refusal && { commit, ...refusal }
    this.#wake('report')
  }

  get link(): FleetLink {
    const wanted = this.#desired && { wanted: wishOf(this.#desired) }
    return { host: this.#options.host, ...this.#link, ...wanted }
  }

  async stop(): Promise<void> {
    this.#ended = true
    this.#timer?.cancel()
    const { clock } = this.#options
    const patience = new Promise<void>((resolve) => clock.after(CLOSE_MILLISECONDS, resolve))
    await Promise.race([this.#drop(), patience])
  }

  #wake(step: Step): void {
    this.#due.add(step)
    if (!this.#running) this.#rest()
  }

  /** Until there is something to do, and it may be done. */
  #rest(): void {
    const { clock, backoff } = this.#options
    this.#timer?.cancel()
    if (this.#ended) return
    const next = this.#due.size > 0 ? this.#lastRound + GAP_MILLISECONDS : this.#nextBeat
    const wait = Math.max(0, next - clock.now(), backoff.waitMilliseconds)
    this.#timer = clock.after(wait, () => {
      this.#running = this.#round().finally(() => {
        this.#running = undefined
        this.#rest()
      })
    })
  }

  async #round(): Promise<void> {
    const { clock, random } = this.#options
    this.#lastRound = clock.now()
    if (this.#nextBeat <= this.#lastRound) {
      for (const step of STEPS) this.#due.add(step)
      this.#nextBeat = this.#lastRound + INTERVAL_MILLISECONDS * (1 - random() / 5)
    }
    try {
      const plane = await this.#connected()
      for (const step of STEPS) if (this.#due.delete(step)) await this.#carryOut(step, plane)
      this.#served()
    } catch (error) {
      await this.#lost(error)
    }
  }

  /** What could not be done is still to be done. */
  async #carryOut(step: Step, plane: HostPlane): Promise<void> {
    try {
      await this.#steps[step](plane)
    } catch (error) {
      this.#due.add(step)
      throw error
    }
  }

  readonly #steps: { readonly [step in Step]: (plane: HostPlane) => Promise<void> } = {
    read: async (plane) => {
      try {
        this.#take(await plane.desired())
      } catch (error) {
        if (!(error instanceof FleetError) || error.sort !== 'invalid') throw error
        this.#refuse(error.message)
      }
    },
    report: async (plane) => {
      const status = this.#status()
      const told = JSON.stringify({ ...status, time: '' })
      const now = this.#options.clock.now()
      if (told === this.#told && now - this.#toldAt < REPEAT_MILLISECONDS) return
      await plane.report(status)
      this.#told = told
      this.#toldAt = now
    },
    // it has just answered: where it keeps no beats, a server has lost them with its memory, and a controller is to come
    beat: (plane) =>
      plane.beat().catch((error: unknown) => {
        if (!(error instanceof FleetError) || error.sort !== 'unavailable') throw error
      }),
  }

  #status() {
    const { host, version } = this.#options
    return hostStatus({
      ...{ host, version, time: this.#date() },
      ...(this.#desired && { desired: this.#desired }),
      ...(this.#seen && { standing: this.#seen.standing }),
      fresh: this.#seen !== undefined && this.#seen.beganAt >= this.#wantedAt,
      ...(this.#refusal && { refusal: this.#refusal }),
      ...(this.#unusable !== undefined && { unusable: this.#unusable }),
    })
  }

  /** Where nothing is wanted any more, what was wanted last is. */
  #take(desired: Desired | undefined): void {
    this.#unusable = undefined
    if (!desired || sameDesired(desired, this.#desired)) return
    this.#desired = desired
    this.#wantedAt = this.#options.clock.now()
    this.#refusal = undefined
    this.#due.add('report')
    this.#options.tell('fleet-wanted', wishOf(desired))
    this.#listener()
  }

  #refuse(message: string): void {
    if (this.#unusable !== message) this.#options.tell('fleet-refused', { message })
    this.#unusable = message
    this.#due.add('report')
  }

  async #connected(): Promise<HostPlane> {
    if (this.#plane) return this.#plane
    const plane = await this.#options.open()
    this.#plane = plane
    if (this.#ended) await this.#drop()
    plane.onDesired(() => {
      this.#options.backoff.reset() // it is heard from
      this.#wake('read')
    })
    return plane
  }

  #served(): void {
    const { clock, host, tell, backoff } = this.#options
    backoff.reset()
    if (this.#downSince === undefined) return
    const downMilliseconds = Math.round(clock.now() - this.#downSince)
    this.#downSince = undefined
    this.#link = { connected: true, since: this.#date() }
    tell('fleet-joined', { host, downMilliseconds })
  }

  /** A server that is away may come back to the same connection; one that refuses us is asked anew, perhaps with other credentials. */
  async #lost(error: unknown): Promise<void> {
    if (this.#ended) return
    const { clock, backoff, tell } = this.#options
    const why = error instanceof Error ? error.message : String(error)
    const retryMilliseconds = backoff.failed()
    this.#told = '' // it may have lost what it had acknowledged
    this.#nextBeat = Math.min(this.#nextBeat, clock.now())
    if (!(error instanceof FleetError) || error.sort !== 'unavailable') await this.#drop()
    if (this.#link.why === why) return
    const since = this.#link.connected ? this.#date() : this.#link.since
    this.#link = { connected: false, since, why }
    this.#downSince ??= clock.now()
    tell('fleet-lost', { message: why, retryMilliseconds })
  }

  async #drop(): Promise<void> {
    const plane = this.#plane
    this.#plane = undefined
    await plane?.close().catch(() => {}) // what is closed because it is dead may complain about it
  }

  #date(): string {
    return this.#options.clock.date().toISOString()
  }
}

function wishOf({ commit, rollout, wave }: Desired): FleetWish {
  return { commit, rollout, wave }
}
