/** Key managers live as long as the process that registered them: this keeps the declared ones registered. For `apply --hold` and `watch`. */

import { digestOf, type Guid } from '../../base/index.ts'
import type { Address } from '../../manifest/index.ts'
import { type OutsideStep, type SetPlan, stateOf } from '../plan/index.ts'
import { EngineRefusal, type Provider, type Registration, UnusableResource } from '../provider.ts'
import { Backoff, nextWait } from './backoff.ts'
import { type Clock, pause, type Timer } from './clock.ts'

const HANDLER_HELP = 'a handler gives its thread back at once, and does not end it'
const RETRY = { firstMilliseconds: 500, longestMilliseconds: 300_000 }

/** What became of one declared registration. */
export interface Holding {
  readonly step: OutsideStep
  /** `waiting`: the last attempt failed, and it is too early for another */
  readonly status: 'held' | 'held-elsewhere' | 'registered' | 'failed' | 'waiting'
  readonly refusal?: EngineRefusal
}

export interface HolderOptions {
  readonly clock: Clock
  readonly random: () => number
  /** told of each registration that ends */
  unregistered?(set: string, address: Address): void
  /** for which a look waits for a registration that takes its time (a handler that loads); absent: until it is over */
  readonly patienceMilliseconds?: number
  /** told when there is more to say of a registration than a look was told */
  changed?(): void
}

/** A registration that has begun, and what came of it. */
interface Attempt {
  readonly set: string
  readonly digest: string
  ended?: { readonly registration: Registration } | { readonly error: unknown }
  over: Promise<void>
}

interface Held {
  readonly set: string
  readonly digest: string
  readonly registration: Registration
}

export class Holder {
  readonly #options: HolderOptions
  readonly #held = new Map<Address, Held>()
  readonly #retries = new Map<Address, Backoff>()
  readonly #attempts = new Map<Address, Attempt>()
  /** why a registration of ours is of no use any more */
  readonly #broken = new Map<Address, string>()

  constructor(options: HolderOptions) {
    this.#options = options
  }

  /** milliseconds until one that failed may be tried again */
  nextWait(): number | undefined {
    return nextWait(this.#retries.values())
  }

  /** failures in a row, and milliseconds until the next attempt */
  retryOf(address: Address): { readonly failures: number; readonly waitMilliseconds: number } {
    return this.#retries.get(address) ?? { failures: 0, waitMilliseconds: 0 }
  }

  /** What failed may be tried again at once. */
  retryNow(): void {
    this.#retries.clear()
  }

  /**
   * Makes what is held of a set equal to what is declared of it. The steps say which keys the engine shows as registered: one of ours that
   * it does not show was lost with a session and is registered again; one that we do not hold belongs to another process. Where the engine
   * does not tell, what we hold counts for as long as its session stands. What is declared and off is not held.
   */
  async keep(provider: Pick<Provider, 'register'>, set: string, all: readonly OutsideStep[]): Promise<Holding[]> {
    const steps = all.filter(({ action }) => action === 'register')
    const declared = new Map(steps.map((step) => [step.address, step]))
    const released = new Set<Address>()
    for (const [address, attempt] of this.#attempts) {
      if (attempt.set === set && !declares(declared.get(address), attempt.digest)) await this.#abandon(address, attempt)
    }
    for (const [address, held] of this.#held) {
      if (held.set !== set || ((await isCurrent(held, declared.get(address))) && !this.#broken.has(address))) continue
      released.add(address)
      await this.#unregister(address)
    }
    const holdings: Holding[] = []
    for (const step of steps) holdings.push(await this.#hold(provider, step, released.has(step.address)))
    return holdings
  }

  /** Waits for what is being registered. @returns whether there was anything to wait for */
  async attempted(): Promise<boolean> {
    const attempts = [...this.#attempts.values()]
    await Promise.all(attempts.map(({ over }) => over))
    return attempts.length > 0
  }

  /** Unregisters what belongs to other sets than these, the last first; none waits for another, whose handler may be stuck. */
  async releaseExcept(sets: ReadonlySet<string>): Promise<void> {
    for (const [address, attempt] of this.#attempts) if (!sets.has(attempt.set)) await this.#abandon(address, attempt)
    const others = [...this.#held].reverse().filter(([, { set }]) => !sets.has(set))
    await Promise.all(others.map(([address]) => this.#unregister(address)))
  }

  async #hold(provider: Pick<Provider, 'register'>, step: OutsideStep, wasOurs: boolean): Promise<Holding> {
    const { address, state } = step
    const broken = this.#broken.get(address)
    if (broken !== undefined)
      return this.#refused(step, new UnusableResource('handler', '/handler', broken, HANDLER_HELP))
    if (this.#held.has(address)) return { step, status: 'held' }
    if (state === 'held' && !wasOurs && !this.#attempts.has(address)) return { step, status: 'held-elsewhere' }
    if (this.#retries.get(address)?.isDue === false) return { step, status: 'waiting' }
    const attempt = this.#attempts.get(address) ?? this.#begin(provider, step)
    await this.#patience(attempt)
    if (!attempt.ended) return { step, status: 'waiting' }
    this.#attempts.delete(address)
    if ('error' in attempt.ended) return this.#refused(step, attempt.ended.error)
    this.#keep(address, attempt, attempt.ended.registration)
    return { step, status: 'registered' }
  }

  #keep(address: Address, { set, digest }: Attempt, registration: Registration): void {
    const held = { set, digest, registration }
    this.#held.set(address, held)
    this.#retries.delete(address)
    void registration.failed?.then((why) => {
      if (this.#held.get(address) !== held) return
      this.#broken.set(address, why)
      this.#options.changed?.()
    })
  }

  #begin(provider: Pick<Provider, 'register'>, { address, resource }: OutsideStep): Attempt {
    const work = async (): Promise<void> => {
      try {
        attempt.ended = { registration: await provider.register(resource) }
      } catch (error) {
        attempt.ended = { error }
      }
    }
    const attempt: Attempt = { set: resource.set, digest: digestOf(resource.spec), over: Promise.resolve() }
    attempt.over = work()
    this.#attempts.set(address, attempt)
    return attempt
  }

  /** What does not end in time is asked after by a later look; other work goes on. */
  async #patience({ over }: Attempt): Promise<void> {
    const { clock, patienceMilliseconds } = this.#options
    if (patienceMilliseconds === undefined) return over
    let timer: Timer | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = clock.after(patienceMilliseconds, () => resolve('late'))
    })
    const first = await Promise.race([over, late])
    timer?.cancel()
    if (first === 'late') void over.then(() => this.#options.changed?.())
  }

  /** Should it still come to a registration, that is taken back. */
  async #abandon(address: Address, attempt: Attempt): Promise<void> {
    this.#attempts.delete(address)
    const takeBack = attempt.over.then(() => {
      if (attempt.ended && 'registration' in attempt.ended) return attempt.ended.registration.unregister()
      return undefined
    })
    if (attempt.ended) await takeBack
    else void takeBack.catch(() => {}) // the engine takes back what its process leaves
  }

  #refused(step: OutsideStep, error: unknown): Holding {
    if (!(error instanceof EngineRefusal)) throw error
    this.#broken.delete(step.address)
    this.#failed(step.address)
    return { step, status: 'failed', refusal: error }
  }

  #failed(address: Address): void {
    const { clock, random } = this.#options
    const retry = this.#retries.get(address) ?? new Backoff(clock, random, RETRY)
    this.#retries.set(address, retry)
    retry.failed()
  }

  /** A refusal says that the engine had forgotten it already. */
  async #unregister(address: Address): Promise<void> {
    const held = this.#held.get(address)
    if (!held) return
    this.#held.delete(address)
    try {
      await held.registration.unregister()
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error
    }
    this.#options.unregistered?.(held.set, address)
  }
}

async function isCurrent({ digest, registration }: Held, step: OutsideStep | undefined): Promise<boolean> {
  if (!declares(step, digest) || step?.state === 'needs-watch') return false
  return step?.state === 'held' || registration.stands()
}

function declares(step: OutsideStep | undefined, digest: string): boolean {
  return step !== undefined && digestOf(step.resource.spec) === digest
}

const CHECK_MILLISECONDS = 10_000

export interface Staying {
  readonly provider: Pick<Provider, 'register' | 'registered'>
  readonly plans: readonly Pick<SetPlan, 'set' | 'outsideTransaction'>[]
  readonly clock: Clock
  readonly signal: AbortSignal
  /** told of each that had to be registered again */
  again(holding: Holding): void
}

/** Looks again and again, until the signal, whether the engine still knows what is held: one that was restarted has forgotten, and tells nobody. */
export async function stayHolding(holder: Holder, { provider, plans, clock, signal, again }: Staying): Promise<void> {
  for (;;) {
    await pause(clock, CHECK_MILLISECONDS, signal)
    if (signal.aborted) return
    try {
      const registered = await provider.registered()
      for (const { set, outsideTransaction } of plans) {
        const holdings = await holder.keep(provider, set.name, asOfNow(outsideTransaction, registered))
        for (const holding of holdings) if (holding.status === 'registered') again(holding)
      }
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error // else the next look tries again
    }
  }
}

function asOfNow(steps: readonly OutsideStep[], registered: ReadonlySet<Guid> | undefined): OutsideStep[] {
  return steps.map((step) => (step.action === 'register' ? { ...step, state: stateOf(step.key, registered) } : step))
}
