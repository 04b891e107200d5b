/** Key managers live as long as the process that registered them. This keeps the declared ones registered. */

import { digestOf } from '../../base/digest.ts'
import type { Address, Resource } from '../../manifest/model.ts'
import type { OutsideStep, SetPlan } from '../plan/plan.ts'
import { EngineRefusal, type Provider, type Registration } from '../provider.ts'
import type { Backoff } from './backoff.ts'
import type { Tell } from './events.ts'

interface Held {
  readonly set: string
  readonly digest: string
  readonly registration: Registration
}

export interface Trouble {
  readonly address: Address
  readonly why: string
}

export class KeyManagers {
  readonly #tell: Tell
  readonly #backoff: Backoff
  readonly #held = new Map<Address, Held>()

  constructor(tell: Tell, backoff: Backoff) {
    this.#tell = tell
    this.#backoff = backoff
  }

  nextWait(): number | undefined {
    return this.#backoff.nextWait()
  }

  /**
   * Makes what is held equal to what is declared. The plan says which keys the engine shows as registered: one of ours that it does
   * not show was lost with a session and is registered again; one that we do not hold belongs to another process.
   */
  async keep(provider: Provider, plan: SetPlan): Promise<Trouble[]> {
    const steps = new Map(plan.outsideTransaction.map((step) => [step.address, step]))
    for (const [address, held] of this.#held) {
      if (held.set !== plan.set.name) continue
      const step = steps.get(address)
      const isCurrent = step && step.state === 'held' && digestOf(step.resource.spec) === held.digest
      if (!isCurrent) await this.#unregister(address)
    }
    const troubles: Trouble[] = []
    for (const [address, step] of steps) {
      if (this.#held.has(address)) continue
      const why = await this.#register(provider, step)
      if (why !== undefined) troubles.push({ address, why })
    }
    return troubles
  }

  /** Unregisters what belongs to other sets than these, the last first. */
  async releaseExcept(sets: ReadonlySet<string>): Promise<void> {
    for (const [address, held] of [...this.#held].reverse()) {
      if (!sets.has(held.set)) await this.#unregister(address)
    }
  }

  async #register(provider: Provider, step: OutsideStep): Promise<string | undefined> {
    const { address, resource } = step
    if (!this.#backoff.isDue(address)) return 'registering failed; to be tried again'
    try {
      const registration = await provider.register(resource)
      this.#held.set(address, { set: resource.set, digest: digestOf(resource.spec), registration })
      this.#backoff.succeeded(address)
      this.#tell('registered', { set: resource.set, address })
      return undefined
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.sort === 'unavailable') throw error
      return this.#failed(resource, address, error.message)
    }
  }

  #failed(resource: Resource, address: Address, message: string): string {
    const retryMilliseconds = this.#backoff.failed(address)
    const consecutive = this.#backoff.failures(address)
    this.#tell('failure', {
      set: resource.set,
      address,
      result: 'failed',
      message,
      diagnostics: [],
      consecutive,
      retryMilliseconds,
    })
    return message
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
    this.#tell('unregistered', { set: held.set, address })
  }
}
