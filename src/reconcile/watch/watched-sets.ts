/** All sets that are declared, and one pass over them: who may work on which, and the spine for those that are ours. */

import { compareText, same } from '../../base/index.ts'
import type { Desired, Resource, TunnelSet } from '../../manifest/index.ts'
import type { SetReport } from '../apply/report.ts'
import { isForHost, type Policy, type SetPlan, type UndeclaredSet } from '../plan/index.ts'
import { reconcile } from '../reconcile.ts'
import type { EngineLink } from './engine-link.ts'
import { type SetStatus, undeclaredStatus } from './set-status.ts'
import { type PassInput, type WatchContext, WatchedSet } from './watched-set.ts'

export class WatchedSets {
  readonly #context: WatchContext
  readonly #engine: EngineLink
  readonly #policy: Policy
  readonly #sets = new Map<string, WatchedSet>()
  #undeclared = new Map<string, SetStatus>()

  constructor(context: WatchContext, engine: EngineLink, policy: Policy) {
    this.#context = context
    this.#engine = engine
    this.#policy = policy
  }

  /** by name */
  get statuses(): readonly SetStatus[] {
    const statuses = [...Array.from(this.#sets.values(), ({ status }) => status), ...this.#undeclared.values()]
    return statuses.sort((a, b) => compareText(a.set, b.set))
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
  unlooked(desired: Desired | undefined, why: string): void {
    if (desired) this.#declare(desired)
    for (const set of this.#sets.values()) set.unlooked(why)
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
    const left = await this.#leftToOthers(desired)
    const commit = input.commit === undefined ? {} : { commit: input.commit }
    const { progress } = this.#context
    const reports: SetReport[] = []
    const outcome = await reconcile({
      load: async () => ({ ok: true, value: desired, diagnostics: [], left, ...commit }),
      open: async () => input.provider,
      policy: this.#policy,
      ...(progress && { progress }),
      ...(this.#context.actor && { actor: this.#context.actor }),
      unplanned: ({ set }, diagnostics) => this.#setOf(set).unplanned(diagnostics),
      approve: async () => (plan) => this.#setOf(plan.set).decide(plan, input),
      applied: async (report) => {
        reports.push(report)
        await this.#setOf(report.plan.set).ended(report, input)
      },
    })
    if (outcome.ok) for (const plan of outcome.planned.plans) await this.#setOf(plan.set).takeBackOver(plan, input)
    if (outcome.ok) this.#noteUndeclared(outcome.planned.undeclared)
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
    const declared = new Map(sets.map(({ name }): [string, Resource[]] => [name, []]))
    for (const resource of resources) declared.get(resource.set)?.push(resource)
    for (const set of sets) this.#setOf(set).declare(set, declared.get(set.name) ?? [])
  }

  /** Sets that another process works on: one instance per set and machine. Sets of other hosts are nobody's. */
  async #leftToOthers({ sets }: Desired): Promise<ReadonlySet<string>> {
    const left = new Set<string>()
    for (const set of sets) {
      const holder = isForHost(set, this.#policy) ? await this.#engine.claim(set.name) : undefined
      if (holder === undefined) continue
      left.add(set.name)
      this.#setOf(set).heldBy(holder)
    }
    return left
  }

  /** Told when there is something new about it; it stands in every status until somebody declares or destroys it. */
  #noteUndeclared(undeclared: readonly UndeclaredSet[]): void {
    const { clock, tell } = this.#context
    const before = this.#undeclared
    this.#undeclared = new Map()
    for (const { set, orphans } of undeclared) {
      const known = before.get(set)
      const status = undeclaredStatus(known, { set, orphans, now: clock.date().toISOString() })
      const addresses = status.resources.map(({ address }) => address)
      if (
        !same(
          known?.resources.map(({ address }) => address),
          addresses,
        )
      )
        tell('undeclared', { set, resources: addresses })
      this.#undeclared.set(set, status)
    }
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
