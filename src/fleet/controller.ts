/** The loop of a controller: look, take the next step, look again. Any number may run at once, and each may be killed at any moment. */

import { type Clock, sleep } from '../reconcile/watch/clock.ts'
import type { Rollout } from './model.ts'
import { type ControllerPlane, FleetError, type Outcome, type Versioned } from './plane.ts'
import { afterVerb, isFinal, type Look, newRollout, type Order, step, type Verb } from './rollout.ts'

/**
 * The hosts first, the documents after them. Whoever told a host something newer than the documents seen here did so after the host was
 * looked at, and then its revision has changed: what is told here is lost. The other way round an old document could overwrite a new word.
 */
export async function look(plane: ControllerPlane, clock: Clock): Promise<Look> {
  const hosts = await plane.hosts()
  const rollouts = await plane.rollouts()
  return { hosts, rollouts, now: clock.date().getTime() }
}

/** So many are told before the documents are looked at again: somebody may have paused. */
const MOST_AT_ONCE = 256

/** @returns whether there may be more to do at once */
export async function turn(plane: ControllerPlane, seen: Look): Promise<boolean> {
  const { change, tell } = step(seen)
  if (change) await plane.update(change.value, change.revision) // lost: somebody was faster, and it is looked at again
  const told = await Promise.all(tell.slice(0, MOST_AT_ONCE).map(({ value, revision }) => plane.tell(value, revision)))
  return change !== undefined || told.length > 0
}

export interface Controlling {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** whether it takes steps; absent: it does. Otherwise it only looks */
  readonly acts?: boolean
  /** after each look; @returns whether it is enough */
  seen(look: Look): boolean
  /** the plane is away, or refuses; it is tried again */
  trouble(error: FleetError): void
}

const IDLE_MILLISECONDS = 1_000
const SETTLE_MILLISECONDS = 100

/** Takes steps until it is enough, or the signal comes. */
export async function control(plane: ControllerPlane, controlling: Controlling): Promise<void> {
  const { clock, signal } = controlling
  const bell = new Bell(plane, signal)
  try {
    while (!signal.aborted) {
      const next = await once(plane, controlling)
      if (next === 'enough') return
      if (next === 'rest') await bell.next(clock)
    }
  } finally {
    bell.stop()
  }
}

async function once(
  plane: ControllerPlane,
  { clock, seen, trouble, acts = true }: Controlling,
): Promise<'enough' | 'again' | 'rest'> {
  try {
    const found = await look(plane, clock)
    const isEnough = seen(found)
    if (acts && (await turn(plane, found))) return 'again' // a host that came after the end is told, too
    return isEnough ? 'enough' : 'rest'
  } catch (error) {
    if (!(error instanceof FleetError)) throw error
    trouble(error)
    return 'rest'
  }
}

/** Rings a moment after something has changed, for changes come many at once; and every second, for silence changes nothing. */
class Bell {
  readonly stop: () => void
  #ring: () => void = () => {}
  #isRung = false

  constructor(plane: ControllerPlane, signal: AbortSignal) {
    this.stop = plane.onChange(() => {
      this.#isRung = true
      this.#ring()
    })
    signal.addEventListener('abort', () => this.#ring(), { once: true })
  }

  async next(clock: Clock): Promise<void> {
    if (!this.#isRung) await this.#rungOr(clock)
    if (this.#isRung) await sleep(clock, SETTLE_MILLISECONDS)
    this.#isRung = false
  }

  #rungOr(clock: Clock): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(IDLE_MILLISECONDS, resolve)
      this.#ring = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}

/** Starts a rollout. @throws FleetError where another goes on, or somebody started one at the same moment */
export async function start(plane: ControllerPlane, order: Order, clock: Clock): Promise<Rollout> {
  const rollout = newRollout(order, await look(plane, clock))
  if ((await plane.create(rollout)) === 'done') return rollout
  throw new FleetError('invalid', `somebody else started rollout ${rollout.id} at the same moment; look at it first`)
}

/** @param id absent: the newest @throws FleetError where there is none, or it is in no state for that */
export async function act(
  plane: ControllerPlane,
  { verb, id, clock }: { readonly verb: Verb; readonly id?: string | undefined; readonly clock: Clock },
): Promise<Rollout> {
  let outcome: Outcome = 'lost'
  let next: Rollout | undefined
  while (outcome === 'lost') {
    const found = newestOf(await plane.rollouts(), id)
    next = afterVerb(found.value, verb, clock.date().getTime())
    outcome = await plane.update(next, found.revision)
  }
  return next as Rollout
}

/** Takes a rollout back; where it still goes on, it is aborted first. */
export async function back(
  plane: ControllerPlane,
  order: Omit<Order, 'aim'>,
  { id, clock }: { readonly id?: string | undefined; readonly clock: Clock },
): Promise<Rollout> {
  const { value } = newestOf(await plane.rollouts(), id)
  if (!isFinal(value)) await act(plane, { verb: 'abort', id, clock })
  return start(plane, { ...order, aim: { back: value.id } }, clock)
}

/** Only the newest can be acted upon: those before it have ended. */
function newestOf(rollouts: readonly Versioned<Rollout>[], id: string | undefined): Versioned<Rollout> {
  const newest = rollouts.at(-1)
  if (!newest)
    throw new FleetError('invalid', 'there is no rollout; start one with `wfpctl fleet rollout start COMMIT`')
  if (id !== undefined && id !== newest.value.id)
    throw new FleetError('invalid', `rollout ${id} is not the newest, which is ${newest.value.id}`)
  return newest
}
