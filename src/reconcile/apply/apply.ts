/** One set's plan, made again under the engine's lock and carried out there: all of it, or nothing, also when it is told to stop. */

import { type Diagnostic, hasErrors } from '../../base/diagnostic.ts'
import type { Guid } from '../../base/json.ts'
import { type Change, isRecordOnly, isRefused, type SetPlan } from '../plan/model.ts'
import { makePlan } from '../plan/plan.ts'
import { EngineRefusal, type Provider, type SetTransaction } from '../provider.ts'
import type { Secrets } from '../secrets.ts'
import type { ApplyContext, ApplyOptions } from './report.ts'
import {
  alreadyDone,
  type Failure,
  failed,
  invalid,
  mismatch,
  refusedBy,
  report,
  type SetReport,
  stale,
} from './report.ts'
import { verifyAndRecord } from './verify.ts'

/** @param before the plan of this set made before the lock; where it changes nothing, no write transaction is opened */
export async function applySet(
  provider: Pick<Provider, 'transaction'>,
  before: SetPlan,
  context: ApplyContext,
  options: ApplyOptions,
): Promise<SetReport> {
  const ended = endedBeforeCalls(before, options)
  if (ended) return ended
  const began = performance.now()
  let locked = began
  const made = await attempt(before, () =>
    provider.transaction(before.set.name, async (tx) => {
      locked = performance.now()
      const value = await applyLocked(interruptible(tx, options.signal), before, context, options)
      return { commit: value.result === 'applied', value }
    }),
  )
  const now = performance.now()
  return { ...made, times: { durationMilliseconds: now - began, lockMilliseconds: now - locked } }
}

/** Sets are independent of each other: whatever goes wrong with one is its own ending. */
async function attempt(plan: SetPlan, work: () => Promise<SetReport>): Promise<SetReport> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Interrupted) return report(plan, 'interrupted', 'rolled-back')
    if (error instanceof EngineRefusal) return refusedBy(error, plan)
    return { ...report(plan, 'bug', 'rolled-back'), error }
  }
}

async function applyLocked(
  tx: SetTransaction,
  before: SetPlan,
  context: ApplyContext,
  options: ApplyOptions,
): Promise<SetReport> {
  const { plan, diagnostics } = await planLocked(tx, before, context)
  if (hasErrors(diagnostics)) return invalid(plan, diagnostics)
  const ended = endedBeforeCalls(plan, options)
  if (ended) return ended.result === 'unchanged' ? { ...ended, outcomes: alreadyDone(before) } : ended
  const digestKey = await tx.ensureOwner()
  const failures = await perform(tx, plan, context.secrets, options.mode === 'check')
  if (failures.length > 0) return failed(plan, failures)
  if (options.mode === 'check') return report(plan, 'checked', 'rolled-back')
  const mismatches = await verifyAndRecord(tx, plan, { ...context, digestKey })
  if (mismatches.length > 0) return mismatch(plan, mismatches)
  if (leavesNothing(plan)) await tx.removeOwner()
  return { ...report(plan, 'applied', 'applied'), verified: true }
}

/** What keeps a plan from being carried out, before the lock and under it. */
function endedBeforeCalls(plan: SetPlan, { approved }: ApplyOptions): SetReport | undefined {
  if (approved !== undefined && approved !== plan.digest) return stale(plan)
  if (isRefused(plan)) return report(plan, 'refused', 'skipped')
  if (plan.changes.length === 0) return report(plan, 'unchanged', 'skipped')
  return undefined
}

/** The plan under the lock. Whatever it changes was read there: a provider may know the rest from before, and by half. */
async function planLocked(
  tx: SetTransaction,
  before: SetPlan,
  context: ApplyContext,
): Promise<{ readonly plan: SetPlan; readonly diagnostics: readonly Diagnostic[] }> {
  const wanted = context.resources.map((resource) => resource.kind.keyOf(resource))
  const read = new Set<Guid>()
  let again = touchedKeys(before)
  for (;;) {
    const state = await tx.observe({ set: context.set.name, wanted, again })
    const { digests, diagnostics } = context.secrets.digestsOf(context.resources, state.digestKey)
    const plan = makePlan({ ...context, state, digests })
    for (const key of again) read.add(key)
    again = touchedKeys(plan).filter((key) => !read.has(key))
    if (again.length === 0) return { plan, diagnostics }
  }
}

function touchedKeys({ changes }: SetPlan): Guid[] {
  return changes.flatMap((change) => [change.key, ...(change.before ? [change.before.key] : [])])
}

/** After this plan nothing of the set stands, so its owner has nothing to own. */
function leavesNothing(plan: SetPlan): boolean {
  return plan.unchanged === 0 && plan.orphans.length === 0 && plan.changes.every((c) => c.action === 'delete')
}

/** Makes the calls. The first refusal ends it, unless all of them are wanted. */
async function perform(tx: SetTransaction, plan: SetPlan, secrets: Secrets, collectAll: boolean): Promise<Failure[]> {
  const failures: Failure[] = []
  for (const change of plan.changes) {
    if (isRecordOnly(change)) continue // verifyAndRecord rewrites the record
    try {
      await performChange(tx, change, secrets)
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.sort !== 'refused') throw error
      failures.push({ change, refusal: error })
      if (!collectAll) break
    }
  }
  return failures
}

async function performChange(tx: SetTransaction, { before, after, key }: Change, secrets: Secrets): Promise<void> {
  if (before) await tx.remove(before)
  if (!after) return
  const read = secrets.bytesOf(after)
  if (!read.ok) throw new Error('planned without its secrets')
  await tx.add({ resource: after, key, secrets: read.value })
}

/** The transaction is to be aborted. */
export class Interrupted extends Error {}

/** Each call looks at the signal first. */
function interruptible(tx: SetTransaction, signal: AbortSignal | undefined): SetTransaction {
  if (!signal) return tx
  const unlessStopped =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (signal.aborted) throw new Interrupted('interrupted')
      return call(...args)
    }
  return {
    observe: unlessStopped((query) => tx.observe(query)),
    ensureOwner: unlessStopped(() => tx.ensureOwner()),
    removeOwner: unlessStopped(() => tx.removeOwner()),
    add: unlessStopped((addition) => tx.add(addition)),
    remove: unlessStopped((observed) => tx.remove(observed)),
    readBack: unlessStopped((resources, digestKey) => tx.readBack(resources, digestKey)),
    record: unlessStopped((resource, key, record) => tx.record(resource, key, record)),
  }
}
