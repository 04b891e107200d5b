/** What is true now, as far as the last pass saw: the answer of `/status`. */

import { compareText } from '../../base/text.ts'
import { type Address, addressOf, type Desired, type TunnelSet } from '../../manifest/model.ts'
import type { SetPlan } from '../plan/plan.ts'
import type { Clock } from './clock.ts'
import type { Mode, SetSummary, SetSyncState } from './events.ts'

export interface ResourceStatus {
  readonly address: Address
  readonly synced: boolean
  /** since when this has been so */
  readonly since: string
  readonly why?: string
}

export interface SetStatus {
  readonly set: string
  readonly mode: Mode
  readonly state: SetSyncState
  readonly since: string
  readonly why?: string
  readonly consecutiveErrors: number
  readonly lastSuccess?: string
  readonly resources: readonly ResourceStatus[]
}

/** How a set stands after a pass; `open` names what is not as declared, and why. */
export interface Standing {
  readonly state: SetSyncState
  readonly mode: Mode
  readonly why?: string
  readonly consecutiveErrors: number
  readonly open: ReadonlyMap<Address, string>
}

export class StatusBoard {
  readonly #clock: Clock
  #sets = new Map<string, SetStatus>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get sets(): readonly SetStatus[] {
    return [...this.#sets.values()].sort((a, b) => compareText(a.set, b.set))
  }

  /** Sets that are no longer declared are no longer shown. */
  keepOnly(sets: readonly TunnelSet[]): void {
    const names = new Set(sets.map((set) => set.name))
    this.#sets = new Map([...this.#sets].filter(([name]) => names.has(name)))
  }

  note(set: string, desired: Desired, verdict: Standing): void {
    const now = this.#clock.date().toISOString()
    const before = this.#sets.get(set)
    const { state, mode, why, consecutiveErrors } = verdict
    const lastSuccess = state === 'synced' ? now : before?.lastSuccess
    this.#sets.set(set, {
      set,
      mode,
      state,
      since: before?.state === state ? before.since : now,
      ...(why !== undefined && { why }),
      consecutiveErrors,
      ...(lastSuccess !== undefined && { lastSuccess }),
      resources: this.#resources(set, desired, verdict, before, now),
    })
  }

  /** Nobody can look: what was true a moment ago may be so no longer. */
  noteAway(desired: Desired | undefined, modeOf: (set: TunnelSet) => Mode): void {
    const now = this.#clock.date().toISOString()
    for (const set of desired?.sets ?? []) {
      if (this.#sets.has(set.name)) continue
      const unseen = { state: 'unknown', mode: modeOf(set), consecutiveErrors: 0, open: new Map(), why: AWAY } as const
      this.note(set.name, desired as Desired, unseen)
    }
    for (const [name, before] of this.#sets) {
      if (before.state === 'unknown') continue
      const resources = before.resources.map(({ address, synced, since }) => ({
        address,
        synced: false,
        since: synced ? now : since,
        why: AWAY,
      }))
      this.#sets.set(name, { ...before, state: 'unknown', since: now, why: AWAY, resources })
    }
  }

  summaries(): SetSummary[] {
    return this.sets.map(({ set, state, resources }) => ({
      set,
      state,
      resources: resources.length,
      unsynced: resources.filter((r) => !r.synced).length,
    }))
  }

  #resources(
    set: string,
    desired: Desired,
    verdict: Standing,
    before: SetStatus | undefined,
    now: string,
  ): ResourceStatus[] {
    const known = new Map(before?.resources.map((r) => [r.address, r]))
    const declared = desired.resources.filter((r) => r.set === set).map(addressOf)
    return [...new Set([...declared, ...verdict.open.keys()])].sort().map((address) => {
      const why = verdict.open.get(address) ?? blanket(verdict.state)
      const synced = why === undefined
      const last = known.get(address)
      const since = last?.synced === synced ? last.since : now
      return { address, synced, since, ...(why !== undefined && { why }) }
    })
  }
}

const AWAY = 'the engine is away'

/** Where nothing was looked at, nothing is known to be synced. */
const BLANKETS: { readonly [state in SetSyncState]?: string } = {
  unknown: 'not looked at yet',
  held: 'another process watches this set',
  skipped: 'the set belongs to another host',
}

function blanket(state: SetSyncState): string | undefined {
  return BLANKETS[state]
}

/** What a plan leaves open, in words. */
export function openChanges(plan: SetPlan): Map<Address, string> {
  const open = new Map<Address, string>()
  for (const { address, action, cause } of plan.changes) open.set(address, `to ${action} (${cause})`)
  for (const blocked of plan.blocked) if (blocked.address !== undefined) open.set(blocked.address, blocked.message)
  return open
}
