/** When to try again what failed: later each time, never at the same moment as everybody else, at once after a success. */

import type { Clock } from './clock.ts'

export interface BackoffLimits {
  readonly firstMilliseconds: number
  readonly longestMilliseconds: number
}

/** For one thing that fails: a set, a key manager, the engine. */
export class Backoff {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #limits: BackoffLimits
  #failures = 0
  /** in the clock's time */
  #due = 0

  constructor(clock: Clock, random: () => number, limits: BackoffLimits) {
    this.#clock = clock
    this.#random = random
    this.#limits = limits
  }

  /** in a row */
  get failures(): number {
    return this.#failures
  }

  get isDue(): boolean {
    return this.waitMilliseconds === 0
  }

  /** until it may be tried again; 0: now */
  get waitMilliseconds(): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#due - this.#clock.now())
  }

  /** Notes one more failure. @returns milliseconds until the next attempt: doubled each time, half of it by chance */
  failed(): number {
    const { firstMilliseconds, longestMilliseconds } = this.#limits
    const full = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(this.#failures, 30))
    const wait = Math.ceil(full * (0.5 + 0.5 * this.#random()))
    this.#failures += 1
    this.#due = this.#clock.now() + wait
    return wait
  }

  /** It went well, what was declared has changed, or somebody asked. */
  reset(): void {
    this.#failures = 0
  }
}

/** Milliseconds until the first of those that are waiting may be tried again. */
export function nextWait(waiting: Iterable<Pick<Backoff, 'waitMilliseconds'>>): number | undefined {
  const waits = Array.from(waiting, ({ waitMilliseconds }) => waitMilliseconds).filter((wait) => wait > 0)
  return waits.length === 0 ? undefined : Math.min(...waits)
}
