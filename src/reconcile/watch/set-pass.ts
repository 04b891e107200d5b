/** What one pass does about one set: correct it or report it, tell what was done, note how the set stands. */

import type { Diagnostic } from '../../base/diagnostic.ts'
import type { Address, Desired } from '../../manifest/model.ts'
import type { SetReport } from '../apply/apply.ts'
import type { Change, SetPlan } from '../plan/plan.ts'
import type { Policy } from '../plan/policy.ts'
import type { WatchableProvider } from '../provider.ts'
import { applyAll } from '../reconcile.ts'
import type { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import type { Deviation, Mode, SetSyncState, Tell } from './events.ts'
import type { Fights } from './fights.ts'
import type { KeyManagers, Trouble } from './key-managers.ts'
import { openChanges, type StatusBoard } from './status-board.ts'
import { stoppable } from './stoppable.ts'

/** What the passes of all sets share, for as long as the loop runs. */
export interface Shared {
  readonly clock: Clock
  readonly tell: Tell
  readonly board: StatusBoard
  readonly retries: Backoff
  readonly fights: Fights
  readonly keyManagers: KeyManagers
  readonly policy: Policy
  readonly signal: AbortSignal
  /** digest of the plan that a set in `report` mode has told last: what has been told is not told again */
  readonly told: Map<string, string>
  /** `--mode`; absent: what each set says */
  readonly mode?: Mode
}

/** What one pass works on. */
export interface PassInput {
  readonly provider: WatchableProvider
  readonly desired: Desired
  readonly commit?: string
  /** when the first sign came that led to this pass */
  readonly since: number
}

/** How a set's turn ended; `report` is there when applying was tried. */
export interface SetTurn {
  readonly plan: SetPlan
  readonly report?: SetReport
  readonly drifted: boolean
}

/** The engine went away while a set was applied; nothing of the set was changed. */
export class EngineGone extends Error {}

/** @throws EngineGone, EngineRefusal */
export async function passSet(shared: Shared, input: PassInput, plan: SetPlan): Promise<SetTurn> {
  const mode = shared.mode ?? plan.set.drift.mode
  const drifts = plan.changes.filter(isDrift)
  const turn = { plan, drifted: drifts.length > 0 }
  if (plan.skipped) {
    note(shared, input, plan, mode, 'skipped', new Map())
    return turn
  }
  if (mode === 'report') {
    reportChanges(shared, input, plan)
    const state = drifts.length > 0 ? 'drifted' : plan.changes.length + plan.blocked.length > 0 ? 'pending' : 'synced'
    note(shared, input, plan, mode, state, openChanges(plan))
    return turn
  }
  if (shared.fights.holdOf(plan.set.name) > 0 && plan.changes.length > 0) {
    note(
      shared,
      input,
      plan,
      mode,
      'conflict',
      openChanges(plan),
      'left alone for a while: somebody else keeps changing it',
    )
    return turn
  }
  if (!shared.retries.isDue(plan.set.name) && plan.changes.length > 0) {
    note(shared, input, plan, mode, 'failing', openChanges(plan), 'the last attempt failed; to be tried again')
    return turn
  }
  for (const change of drifts) shared.tell('drift', { ...deviation(input, plan, change), mode })
  const report = await applyOne(shared, input, plan)
  const troubles = await shared.keyManagers.keep(input.provider, plan)
  noteOutcome(shared, input, report, mode, troubles)
  return { ...turn, report }
}

/** Applies one set and tells every correction. */
async function applyOne(shared: Shared, input: PassInput, plan: SetPlan): Promise<SetReport> {
  const { clock, tell } = shared
  const { writer, lockMilliseconds } = stoppable(input.provider, shared.signal, clock)
  const began = clock.now()
  const { commit } = input
  const options = { mode: 'commit', ...(commit !== undefined && { commit }) } as const
  const reports = applyAll(input.desired, [plan], writer, shared.policy, () => options)
  const { value: report } = (await reports.next()) as { value: SetReport }
  if (report.result !== 'applied') return report
  const ended = clock.now()
  const times = {
    healMilliseconds: round(ended - input.since),
    durationMilliseconds: round(ended - began),
    lockMilliseconds: round(lockMilliseconds()),
  }
  for (const change of report.plan.changes) {
    tell('correction', { ...deviation(input, plan, change), ...times })
  }
  for (const change of report.plan.changes.filter(isDrift)) await noteFight(shared, input.provider, plan, change)
  return report
}

/** Corrected again and again: somebody else wants it otherwise, and both of us flapping helps nobody. */
async function noteFight(shared: Shared, provider: WatchableProvider, plan: SetPlan, change: Change): Promise<void> {
  const fight = shared.fights.corrected(plan.set.name, change.address)
  if (!fight) return
  const { address, differences } = change
  shared.tell('conflict', {
    set: plan.set.name,
    address,
    differences,
    corrections: fight.corrections,
    retryMilliseconds: fight.holdMilliseconds,
    suspects: await provider.others(),
  })
}

const GOOD = ['applied', 'unchanged', 'checked']

/** Notes how a set stands after applying was tried. */
function noteOutcome(
  shared: Shared,
  input: PassInput,
  report: SetReport,
  mode: Mode,
  troubles: readonly Trouble[],
): void {
  const { set } = report.plan
  const open = openAfter(report, troubles)
  if (GOOD.includes(report.result)) {
    shared.retries.succeeded(set.name)
    const state = open.size === 0 ? 'synced' : troubles.length > 0 ? 'failing' : 'pending'
    note(shared, input, report.plan, mode, state, open)
    return
  }
  if (report.result === 'unavailable') throw new EngineGone(report.diagnostics.flatMap((d) => d.notes ?? [])[0])
  const message = sentenceOf(report)
  failSet(shared, set.name, { result: report.result, message, diagnostics: report.diagnostics })
  note(shared, input, report.plan, mode, 'failing', open, message)
}

function openAfter(report: SetReport, troubles: readonly Trouble[]): Map<Address, string> {
  const isDone = report.result === 'applied' || report.result === 'unchanged'
  const open = openChanges(isDone ? { ...report.plan, changes: [] } : report.plan)
  for (const { address, why } of troubles) open.set(address, why)
  return open
}

/** The name under which a failure that is no single set's is counted; no set can be called so. */
export const WHOLE_PASS = '*'

/** Tells a failure and puts the next attempt off. @param set absent: the whole pass failed */
export function failSet(
  shared: Shared,
  set: string | undefined,
  failure: {
    readonly result: SetReport['result'] | 'invalid' | 'bug'
    readonly message: string
    readonly diagnostics: readonly Diagnostic[]
  },
): void {
  const name = set ?? WHOLE_PASS
  const retryMilliseconds = shared.retries.failed(name)
  const consecutive = shared.retries.failures(name)
  shared.tell('failure', { ...(set !== undefined && { set }), ...failure, consecutive, retryMilliseconds })
}

/** In `report` mode the differences are told, and nothing is written: no key manager is registered either. */
function reportChanges(shared: Shared, input: PassInput, plan: SetPlan): void {
  if (shared.told.get(plan.set.name) === plan.digest) return
  shared.told.set(plan.set.name, plan.digest)
  for (const change of plan.changes) {
    const content = deviation(input, plan, change)
    if (isDrift(change)) shared.tell('drift', { ...content, mode: 'report' })
    else shared.tell('pending', content)
  }
}

export function isDrift(change: Change): boolean {
  return change.cause === 'drift' || change.cause === 'both'
}

function deviation({ commit }: PassInput, plan: SetPlan, change: Change): Deviation {
  const { address, action, cause, impact, differences } = change
  const place = commit === undefined ? {} : { commit }
  return { set: plan.set.name, address, action, cause, impact, differences, ...place }
}

function note(
  shared: Shared,
  input: PassInput,
  plan: SetPlan,
  mode: Mode,
  state: SetSyncState,
  open: ReadonlyMap<Address, string>,
  why?: string,
): void {
  const consecutiveErrors = shared.retries.failures(plan.set.name)
  shared.board.note(plan.set.name, input.desired, {
    state,
    mode,
    open,
    consecutiveErrors,
    ...(why !== undefined && { why }),
  })
}

function sentenceOf(report: SetReport): string {
  const reasons = [...report.diagnostics.map((d) => d.message), ...report.plan.blocked.map((b) => b.message)]
  return reasons.length === 0 ? report.result : reasons.join('; ')
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
