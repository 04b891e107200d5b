/** A clock that stands still until a test moves it. */

import type { Clock } from '../../../src/reconcile/watch/clock.ts'

interface Waiting {
  readonly at: number
  readonly run: () => void
}

export class ManualClock implements Clock {
  #now = 0
  #waiting: Waiting[] = []
  /** what somebody has set the date forward, or back, by */
  shiftMilliseconds = 0

  now(): number {
    return this.#now
  }

  uptime(): number {
    return 1_000 + this.#now / 1000
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now + this.shiftMilliseconds)
  }

  after(milliseconds: number, run: () => void): { cancel(): void } {
    const waiting = { at: this.#now + milliseconds, run }
    this.#waiting.push(waiting)
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting)
      },
    }
  }

  /** How many timers are set: a watcher that ended has none. */
  get pending(): number {
    return this.#waiting.length
  }

  /** Moves on, timer by timer; between two timers everything that can happen by itself happens. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settled()
    for (;;) {
      const next = this.#waiting.filter((w) => w.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = end
  }
}

/** Lets promises, and the engine's own short waits, run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
