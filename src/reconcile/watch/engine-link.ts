/** The engine for as long as the loop runs: opened, subscribed to, lost, opened again. */

import { type Claim, EngineRefusal, type WatchableProvider } from '../provider.ts'
import { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Tell } from './events.ts'

const RECONNECT = { firstMilliseconds: 250, longestMilliseconds: 30_000 }

export interface EngineOptions {
  open(): Promise<WatchableProvider>
  /** called at every change notification */
  onChange(): void
  readonly clock: Clock
  readonly random: () => number
  readonly tell: Tell
}

export class EngineLink {
  readonly #options: EngineOptions
  readonly #backoff: Backoff
  readonly #claims = new Map<string, Extract<Claim, { held: true }>>()
  #provider: WatchableProvider | undefined
  #subscription: { close(): Promise<void> } | undefined
  #lostAt: number | undefined

  constructor(options: EngineOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.clock, options.random, RECONNECT)
  }

  get connected(): boolean {
    return this.#provider !== undefined
  }

  /** until it is tried again; 0: now, or it is open */
  get waitMilliseconds(): number {
    return this.#backoff.waitMilliseconds
  }

  /** The open engine. @returns undefined while it is away; it is tried again when the time has come */
  async provider(): Promise<WatchableProvider | undefined> {
    if (this.#provider) return this.#provider
    if (!this.#backoff.isDue) return undefined
    try {
      const provider = await this.#options.open()
      this.#provider = provider
      this.#subscription = await provider.onChange(() => this.#options.onChange())
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error
      await this.lost(error.message)
      return undefined
    }
    return this.#provider
  }

  /** A whole pass went well: only now it counts as healed, since an engine may open and then refuse whatever it is asked. */
  served(): void {
    this.#backoff.reset()
    if (this.#lostAt === undefined) return
    this.#options.tell('healed', { downMilliseconds: Math.round(this.#options.clock.now() - this.#lostAt) })
    this.#lostAt = undefined
  }

  /** The engine is gone, and with it everything that lived in our sessions: claims, registrations, the subscription. */
  async lost(message: string): Promise<void> {
    this.#lostAt ??= this.#options.clock.now()
    await this.#drop()
    const retryMilliseconds = this.#backoff.failed()
    this.#options.tell('engine-lost', { message, retryMilliseconds })
  }

  /** Drift that no notification announced: perhaps none come any more. A new subscription costs little. */
  async resubscribe(): Promise<void> {
    if (!this.#provider) return
    await quietly(this.#subscription?.close())
    this.#subscription = await this.#provider.onChange(() => this.#options.onChange())
  }

  /** Makes a set ours alone. @returns who holds it, when that is somebody else */
  async claim(set: string): Promise<string | undefined> {
    if (this.#claims.has(set) || !this.#provider) return undefined
    const claim = await this.#provider.claim(set)
    if (!claim.held) return claim.holder
    this.#claims.set(set, claim)
    return undefined
  }

  async releaseClaims(except: ReadonlySet<string>): Promise<void> {
    for (const [set, claim] of this.#claims) {
      if (except.has(set)) continue
      this.#claims.delete(set)
      await quietly(claim.release())
    }
  }

  async close(): Promise<void> {
    await this.#drop()
  }

  async #drop(): Promise<void> {
    const provider = this.#provider
    const subscription = this.#subscription
    this.#provider = undefined
    this.#subscription = undefined
    await this.releaseClaims(new Set())
    await quietly(subscription?.close())
    await quietly(provider?.close())
  }
}

/** What is closed because it is dead may complain about it. */
async function quietly(closing: Promise<void> | undefined): Promise<void> {
  try {
    await closing
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error
  }
}
