/** One set's plan, made again under the engine's lock and carried out there: all of it, or nothing. */

import type { Diagnostic } from '../../base/diagnostic.ts'
import type { Guid } from '../../base/json.ts'
import type { Resource } from '../../manifest/model.ts'
import { kindOf, type PlanInput } from '../plan/change.ts'
import { isRefused, makePlan, type SetPlan } from '../plan/plan.ts'
import { EngineRefusal, type SetTransaction, type Writer } from '../provider.ts'
import { digestSecrets, readSecrets, wipeSecrets } from '../secrets.ts'
import { type Failure, failed, mismatch, refusedBy, report, type SetReport, settled, stale } from './report.ts'
import { verifyAndRecord } from './verify.ts'

export type { Outcome, OutcomeStatus, SetReport, SetResult } from './report.ts'

export interface ApplyOptions {
  /** `check` tries every call, collects every refusal and aborts */
  readonly mode: 'commit' | 'check'
  /** the digest of exactly the plan that was approved; absent: whatever the plan is under the lock */
  readonly approved?: string
  /** Git commit the manifests come from */
  readonly commit?: string
}

/** @param plan the plan of this set made before the lock; without changes no write transaction is opened */
export async function applySet(
  provider: Writer,
  plan: SetPlan,
  input: Omit<PlanInput, 'state' | 'secrets'>,
  options: ApplyOptions,
): Promise<SetReport> {
  if (options.approved !== undefined && options.approved !== plan.digest) return stale(plan)
  if (isRefused(plan)) return report(plan, 'refused', 'skipped')
  if (plan.changes.length === 0) return report(plan, 'unchanged', 'skipped')
  try {
    return await provider.transaction(plan.set.name, async (tx) => {
      const value = await applyLocked(tx, plan, input, options)
      return { commit: value.result === 'applied', value }
    })
  } catch (error) {
    if (error instanceof SecretGone)
      return { ...report(plan, 'invalid', 'rolled-back'), diagnostics: error.diagnostics }
    if (!(error instanceof EngineRefusal)) throw error
    return refusedBy(error, plan)
  }
}

async function applyLocked(
  tx: SetTransaction,
  before: SetPlan,
  base: Omit<PlanInput, 'state' | 'secrets'>,
  options: ApplyOptions,
): Promise<SetReport> {
  const { plan, diagnostics } = await planLocked(tx, before, base)
  if (diagnostics.length > 0) return { ...report(plan, 'invalid', 'skipped'), diagnostics }
  if (options.approved !== undefined && options.approved !== plan.digest) return stale(plan)
  if (isRefused(plan)) return report(plan, 'refused', 'skipped')
  if (plan.changes.length === 0) return { ...report(plan, 'unchanged', 'skipped'), outcomes: settled(before) }
  const digestKey = await tx.ensureOwner()
  const failures = await perform(tx, plan, base, options.mode === 'check')
  if (failures.length > 0) return failed(plan, failures)
  if (options.mode === 'check') return report(plan, 'checked', 'rolled-back')
  const verified = await verifyAndRecord(tx, plan, { ...base, digestKey, commit: options.commit })
  if (verified.length > 0) return mismatch(plan, verified)
  if (leavesNothing(plan)) await tx.removeOwner()
  return { ...report(plan, 'applied', 'applied'), verified: true }
}

/** The plan under the lock. Whatever it changes was read there: a provider may know the rest from before, and by half. */
async function planLocked(
  tx: SetTransaction,
  before: SetPlan,
  base: Omit<PlanInput, 'state' | 'secrets'>,
): Promise<{ readonly plan: SetPlan; readonly diagnostics: readonly Diagnostic[] }> {
  const wanted = base.resources.map((r) => kindOf(base, r.kind).keyOf(r))
  const read = new Set<Guid>()
  let again = touchedKeys(before)
  for (;;) {
    const state = await tx.observe({ set: base.set.name, wanted, again })
    const { digests, diagnostics } = digestSecrets(base.kinds, base.resources, state.digestKey)
    const plan = makePlan({ ...base, state, secrets: digests })
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
async function perform(
  tx: SetTransaction,
  plan: SetPlan,
  base: Pick<PlanInput, 'kinds'>,
  collectAll: boolean,
): Promise<Failure[]> {
  const failures: Failure[] = []
  for (const change of plan.changes) {
    if (change.action === 'replace' && change.impact === 'none') continue // verifyAndRecord rewrites the record
    try {
      if (change.before) await tx.remove(change.before)
      if (change.after) await addWithSecrets(tx, change.after, change.key, base.kinds)
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.sort !== 'refused') throw error
      failures.push({ change, refusal: error })
      if (!collectAll) break
    }
  }
  return failures
}

/** Somebody took a secret away after it was read for the plan. */
class SecretGone extends Error {
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: readonly Diagnostic[]) {
    super('a secret cannot be read any more')
    this.diagnostics = diagnostics
  }
}

async function addWithSecrets(
  tx: SetTransaction,
  resource: Resource,
  key: string,
  kinds: PlanInput['kinds'],
): Promise<void> {
  const secrets = readSecrets(kindOf({ kinds }, resource.kind), resource)
  if (!secrets.ok) throw new SecretGone(secrets.diagnostics)
  try {
    await tx.add(resource, key, secrets.value)
  } finally {
    wipeSecrets(secrets.value)
  }
}
