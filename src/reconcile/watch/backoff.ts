/** When to try again what failed: later each time, never at the same moment as everybody else, at once after a success. */

import type { Clock } from './clock.ts'

export interface BackoffLimits {
  readonly firstMilliseconds: number
  readonly longestMilliseconds: number
}

export interface Delay {
  /** failures in a row */
  readonly failures: number
  /** in the clock's time */
  readonly due: number
}

/** One delay for each thing that fails: a set, a key manager, the engine. */
export class Backoff {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #limits: BackoffLimits
  readonly #delays = new Map<string, Delay>()

  constructor(clock: Clock, random: () => number, limits: BackoffLimits) {
    this.#clock = clock
    this.#random = random
    this.#limits = limits
  }

  /** Notes one more failure. @returns milliseconds until the next attempt: doubled each time, half of it by chance */
  failed(name: string): number {
    const failures = this.failures(name) + 1
    const { firstMilliseconds, longestMilliseconds } = this.#limits
    const full = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(failures - 1, 30))
    const wait = Math.ceil(full * (0.5 + 0.5 * this.#random()))
    this.#delays.set(name, { failures, due: this.#clock.now() + wait })
    return wait
  }

  succeeded(name: string): void {
    this.#delays.delete(name)
  }

  /** Forgets everything: what was declared has changed, or somebody asked. */
  clear(): void {
    this.#delays.clear()
  }

  failures(name: string): number {
    return this.#delays.get(name)?.failures ?? 0
  }

  isDue(name: string): boolean {
    return this.waitOf(name) === 0
  }

  /** Milliseconds until this may be tried again. */
  waitOf(name: string): number {
    const due = this.#delays.get(name)?.due
    return due === undefined ? 0 : Math.max(0, due - this.#clock.now())
  }

  /** Milliseconds until the first of all that are waiting may be tried again. */
  nextWait(): number | undefined {
    const waits = [...this.#delays.keys()].map((name) => this.waitOf(name)).filter((wait) => wait > 0)
    return waits.length === 0 ? undefined : Math.min(...waits)
  }
}
