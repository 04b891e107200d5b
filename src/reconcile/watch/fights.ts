/** Notices that somebody else keeps changing what we keep correcting, and says how long to let it be. */

import type { Address, Resource } from '../../manifest/index.ts'
import { type Change, isDrift } from '../plan/index.ts'
import { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'

/** So many corrections of one object within the window are a fight. */
export const FIGHT_CORRECTIONS = 5
export const FIGHT_WINDOW_MILLISECONDS = 60_000
const HOLD = { firstMilliseconds: 2_000, longestMilliseconds: 600_000 }

export interface Fight {
  /** corrections of this object within the window, or since the fight began */
  readonly corrections: number
  /** its set is left alone for this long */
  readonly holdMilliseconds: number
}

const NOTHING_DONE = { made: undefined, unmade: false }

/** A fight that was noticed goes on until the object has been left in peace for as long as we would have held back twice. */
interface Contest {
  readonly corrections: number
  readonly overAt: number
}

/** What was done last to one object, and for which declaration. */
interface Done {
  readonly made: Resource | undefined
  readonly unmade: boolean
  readonly at: number
}

/** The fights over the objects of one set. */
export class Fights {
  readonly #clock: Clock
  readonly #hold: Backoff
  readonly #recent = new Map<Address, readonly number[]>()
  readonly #contests = new Map<Address, Contest>()
  readonly #done = new Map<Address, Done>()

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock
    this.#hold = new Backoff(clock, random, HOLD)
  }

  /** for which the set is to be left alone; 0: it may be corrected */
  get waitMilliseconds(): number {
    return this.#hold.waitMilliseconds
  }

  /** objects that are fought over */
  get contested(): readonly Address[] {
    return [...this.#contests.keys()]
  }

  /** Notes a change that was made. @returns the fight that it is part of, if it is one */
  corrected(change: Change): Fight | undefined {
    const isAgain = this.#repeats(change)
    return isAgain || isDrift(change) ? this.#correctedAgain(change.address) : undefined
  }

  /** Whether the same was done before, and nothing was declared anew since: somebody has undone it, record and all. */
  #repeats({ action, address, after }: Change): boolean {
    if (action === 'replace' || action === 'move') return false
    const { made, unmade } = this.#done.get(address) ?? NOTHING_DONE
    const isAgain = action === 'create' ? after === made : unmade
    // a new declaration of it makes deleting it later a new decision
    const next = action === 'create' ? { made: after, unmade: isAgain && unmade } : { made, unmade: true }
    this.#done.set(address, { ...next, at: this.#clock.now() })
    return isAgain
  }

  #correctedAgain(address: Address): Fight | undefined {
    const now = this.#clock.now()
    const recent = [...(this.#recent.get(address) ?? []).filter((time) => time > now - FIGHT_WINDOW_MILLISECONDS), now]
    this.#recent.set(address, recent)
    const before = this.#contests.get(address)
    if (!before && recent.length < FIGHT_CORRECTIONS) return undefined
    const corrections = before ? before.corrections + 1 : recent.length
    const holdMilliseconds = Math.max(this.#hold.waitMilliseconds, this.#hold.failed())
    this.#contests.set(address, { corrections, overAt: now + 2 * holdMilliseconds + FIGHT_WINDOW_MILLISECONDS })
    return { corrections, holdMilliseconds }
  }

  /** Drops what is long over: memory stays flat however many objects there were. */
  forgetOld(): void {
    const now = this.#clock.now()
    for (const [address, times] of this.#recent) {
      if ((times.at(-1) ?? 0) <= now - FIGHT_WINDOW_MILLISECONDS) this.#recent.delete(address)
    }
    for (const [address, { overAt }] of this.#contests) {
      if (overAt <= now) this.#contests.delete(address)
    }
    for (const [address, { at }] of this.#done) {
      if (at <= now - FIGHT_WINDOW_MILLISECONDS && !this.#contests.has(address)) this.#done.delete(address)
    }
    if (this.#contests.size === 0) this.#hold.reset()
  }
}
