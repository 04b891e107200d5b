/** All sets that are declared, and one pass over them: who may work on which, and the spine for those that are ours. */

import { compareText } from '../../base/text.ts'
import { type Address, addressOf, type Desired, type TunnelSet } from '../../manifest/model.ts'
import type { SetReport } from '../apply/report.ts'
import type { SetPlan } from '../plan/model.ts'
import { isForHost, type Policy } from '../plan/policy.ts'
import { reconcile } from '../reconcile.ts'
import type { EngineLink } from './engine-link.ts'
import type { SetStatus } from './set-status.ts'
import { type PassInput, type WatchContext, WatchedSet } from './watched-set.ts'

export class WatchedSets {
  readonly #context: WatchContext
  readonly #engine: EngineLink
  readonly #policy: Policy
  readonly #sets = new Map<string, WatchedSet>()

  constructor(context: WatchContext, engine: EngineLink, policy: Policy) {
    this.#context = context
    this.#engine = engine
    this.#policy = policy
  }

  /** by name */
  get statuses(): readonly SetStatus[] {
    return [...this.#sets].sort(([a], [b]) => compareText(a, b)).map(([, set]) => set.status)
  }

  /** whether the last pass found the engine to be otherwise than what was applied */
  get drifted(): boolean {
    return [...this.#sets.values()].some((set) => set.drifted)
  }

  nextWait(): number | undefined {
    const waits = [...this.#sets.values()].flatMap((set) => set.nextWait() ?? [])
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  retryNow(): void {
    for (const set of this.#sets.values()) set.retryNow()
  }

  /** Nobody can look at the engine: of no set anything is known. */
  engineAway(desired: Desired | undefined): void {
    if (desired) this.#declare(desired)
    for (const set of this.#sets.values()) set.engineAway()
  }

  /**
   * Plans all sets that this process may work on, and applies what each of them decides. One set's trouble does not stop the others.
   *
   * @throws EngineGone, or an EngineRefusal of sort `unavailable`, when the engine is gone; Interrupted when the loop is to end
   */
  async pass(
    desired: Desired,
    input: PassInput,
  ): Promise<{ readonly plans: readonly SetPlan[]; readonly reports: readonly SetReport[] }> {
    await this.#release(desired)
    this.#declare(desired)
    const ours = only(desired, await this.#claimed(desired))
    const commit = input.commit === undefined ? {} : { commit: input.commit }
    const reports: SetReport[] = []
    const outcome = await reconcile({
      load: async () => ({ ok: true, value: ours, diagnostics: [], ...commit }),
      open: async () => input.provider,
      policy: this.#policy,
      unplanned: ({ set }, diagnostics) => this.#setOf(set).unplanned(diagnostics),
      approve: async () => (plan) => this.#setOf(plan.set).decide(plan, input),
      applied: async (report) => {
        reports.push(report)
        await this.#setOf(report.plan.set).ended(report, input)
      },
    })
    return { plans: outcome.ok ? outcome.planned.plans : [], reports }
  }

  /** Sets that are declared no more are let go of, with everything that was held for them. */
  async #release({ sets }: Desired): Promise<void> {
    const names = new Set(sets.map(({ name }) => name))
    for (const name of this.#sets.keys()) if (!names.has(name)) this.#sets.delete(name)
    await this.#engine.releaseClaims(names)
    await this.#context.holder.releaseExcept(names)
  }

  #declare({ sets, resources }: Desired): void {
    const declared = new Map(sets.map(({ name }): [string, Address[]] => [name, []]))
    for (const resource of resources) declared.get(resource.set)?.push(addressOf(resource))
    for (const set of sets) this.#setOf(set).declare(set, declared.get(set.name) ?? [])
  }

  /** The sets that this process may work on: one instance per set and machine. Sets of other hosts are nobody's. */
  async #claimed({ sets }: Desired): Promise<TunnelSet[]> {
    const ours: TunnelSet[] = []
    for (const set of sets) {
      const holder = isForHost(set, this.#policy) ? await this.#engine.claim(set.name) : undefined
      if (holder === undefined) ours.push(set)
      else this.#setOf(set).heldBy(holder)
    }
    return ours
  }

  #setOf(set: TunnelSet): WatchedSet {
    let watched = this.#sets.get(set.name)
    if (!watched) {
      watched = new WatchedSet(this.#context, set)
      this.#sets.set(set.name, watched)
    }
    return watched
  }
}

function only(desired: Desired, sets: readonly TunnelSet[]): Desired {
  const names = new Set(sets.map(({ name }) => name))
  return { sets, resources: desired.resources.filter(({ set }) => names.has(set)) }
}
