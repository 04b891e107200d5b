/** Key managers live as long as the process that registered them: this keeps the declared ones registered. For `apply --hold` and `watch`. */

import { digestOf } from '../../base/digest.ts'
import type { Guid } from '../../base/json.ts'
import type { Address } from '../../manifest/model.ts'
import type { OutsideStep, SetPlan } from '../plan/model.ts'
import { stateOf } from '../plan/plan.ts'
import { EngineRefusal, type Provider, type Registration } from '../provider.ts'
import { Backoff, nextWait } from './backoff.ts'
import { type Clock, pause } from './clock.ts'

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
   * does not tell, what we hold counts.
   */
  async keep(provider: Pick<Provider, 'register'>, set: string, steps: readonly OutsideStep[]): Promise<Holding[]> {
    const declared = new Map(steps.map((step) => [step.address, step]))
    const released = new Set<Address>()
    for (const [address, held] of this.#held) {
      if (held.set !== set || isCurrent(held, declared.get(address))) continue
      released.add(address)
      await this.#unregister(address)
    }
    const holdings: Holding[] = []
    for (const step of steps) holdings.push(await this.#hold(provider, step, released.has(step.address)))
    return holdings
  }

  /** Unregisters what belongs to other sets than these, the last first. */
  async releaseExcept(sets: ReadonlySet<string>): Promise<void> {
    for (const [address, held] of [...this.#held].reverse()) {
      if (!sets.has(held.set)) await this.#unregister(address)
    }
  }

  async #hold(provider: Pick<Provider, 'register'>, step: OutsideStep, wasOurs: boolean): Promise<Holding> {
    const { address, resource, state } = step
    if (this.#held.has(address)) return { step, status: 'held' }
    if (state === 'held' && !wasOurs) return { step, status: 'held-elsewhere' }
    if (this.#retries.get(address)?.isDue === false) return { step, status: 'waiting' }
    try {
      const registration = await provider.register(resource)
      this.#held.set(address, { set: resource.set, digest: digestOf(resource.spec), registration })
      this.#retries.delete(address)
      return { step, status: 'registered' }
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error
      this.#failed(address)
      return { step, status: 'failed', refusal: error }
    }
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

function isCurrent({ digest }: Held, step: OutsideStep | undefined): boolean {
  return step !== undefined && step.state !== 'needs-watch' && digestOf(step.resource.spec) === digest
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
  return steps.map((step) => ({ ...step, state: stateOf(step.key, registered) }))
}
