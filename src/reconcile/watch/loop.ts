/** One pass at a time. A mark says "look again"; marks during a pass collapse into one more. Nothing else is remembered. */

import type { Clock, Timer } from './clock.ts'
import { has, type Marks, type Trigger } from './triggers.ts'

/** A pass begins once nobody has marked for this long: editors and tools write in bursts. */
const QUIET_MILLISECONDS = 25
/** Nobody may put a pass off for longer by marking on and on. */
const PATIENCE_MILLISECONDS = 250

export class Loop {
  readonly #clock: Clock
  readonly #pass: (marks: Marks) => Promise<void>
  readonly #wakes = new Map<Trigger, Timer>()
  #triggers = new Set<Trigger>()
  #since = 0
  #quiet: Timer | undefined
  #running: Promise<void> | undefined
  #ended = false

  /** @param pass never rejects: what goes wrong in it is its own affair */
  constructor(clock: Clock, pass: (marks: Marks) => Promise<void>) {
    this.#clock = clock
    this.#pass = pass
  }

  mark(trigger: Trigger): void {
    if (this.#ended) return
    if (this.#triggers.size === 0) this.#since = this.#clock.now()
    this.#triggers.add(trigger)
    if (!this.#running) this.#gather()
  }

  /** Marks later; a second call for the same trigger takes the place of the first. */
  wake(trigger: Trigger, milliseconds: number): void {
    this.#wakes.get(trigger)?.cancel()
    if (this.#ended) return
    const timer = this.#clock.after(milliseconds, () => {
      this.#wakes.delete(trigger)
      this.mark(trigger)
    })
    this.#wakes.set(trigger, timer)
  }

  /** @returns when the running pass is over */
  async idle(): Promise<void> {
    await this.#running
  }

  /** No pass begins any more. @returns when the running one is over */
  async end(): Promise<void> {
    this.#ended = true
    this.#quiet?.cancel()
    for (const timer of this.#wakes.values()) timer.cancel()
    this.#wakes.clear()
    await this.idle()
  }

  #gather(): void {
    this.#quiet?.cancel()
    const patience = this.#since + PATIENCE_MILLISECONDS - this.#clock.now()
    // what does not come in bursts is as true now as it will be in a moment
    const gathers = has({ triggers: this.#triggers }, 'gathers')
    const wait = gathers ? Math.max(0, Math.min(QUIET_MILLISECONDS, patience)) : 0
    this.#quiet = this.#clock.after(wait, () => void this.#run())
  }

  async #run(): Promise<void> {
    const marks = { triggers: this.#triggers, since: this.#since }
    this.#triggers = new Set()
    this.#running = this.#pass(marks)
    await this.#running
    this.#running = undefined
    if (this.#triggers.size > 0 && !this.#ended) this.#gather()
  }
}
