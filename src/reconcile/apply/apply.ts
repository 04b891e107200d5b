/** One set's plan, made again under the engine's lock and carried out there: all of it, or nothing, also when it is told to stop. */

import { type Diagnostic, formatDuration, type Guid, hasErrors, untold } from '../../base/index.ts'
import { type Address, addressOf, formOf, type Kinds } from '../../manifest/index.ts'
import type { Promising } from '../confirm/promise.ts'
import { deedsOf, remember } from '../history.ts'
import type { Confirmation, ConfirmWithin } from '../notes/index.ts'
import {
  type Arrival,
  type Change,
  changesNothing,
  digestKeysOf,
  isRefused,
  type Moves,
  makePlan,
  makesObject,
  type SetPlan,
  type SetState,
  selectedFrom,
} from '../plan/index.ts'
import { EngineRefusal, type Provider, type SetTransaction } from '../provider.ts'
import type { Secrets } from '../secrets.ts'
import {
  type ApplyContext,
  type ApplyOptions,
  alreadyDone,
  type Failure,
  failed,
  ineffective,
  invalid,
  mismatch,
  refusedBy,
  report,
  rewritten,
  type SetReport,
  stale,
} from './report.ts'
import { verifyAndRecord } from './verify.ts'

type Target = Pick<Provider, 'transaction' | 'kinds'>

/** @param before the plan of this set made before the lock; where it changes nothing, no write transaction is opened */
export async function applySet(
  provider: Target,
  before: SetPlan,
  context: ApplyContext,
  options: ApplyOptions,
): Promise<SetReport> {
  const early = endedBeforeCalls(before, options)
  if (early) return early
  if (!options.confirm || options.mode === 'check') return carryOut(provider, before, context, options)
  const rehearsed = await rehearse(provider, before, context, options)
  if (rehearsed.result !== 'checked') return rehearsed
  return carryOut(provider, before, context, { ...options, approved: rehearsed.plan.digest })
}

/** There and back again, in a transaction that is aborted: what follows is exactly this plan, or nothing. */
function rehearse(provider: Target, before: SetPlan, context: ApplyContext, options: ApplyOptions): Promise<SetReport> {
  return attempt(before, () =>
    provider.transaction(before.set.name, async (stoppable) => {
      const tx = interruptible(stoppable, options.signal)
      const steps = { ...options, kinds: provider.kinds, rehearses: true }
      return { commit: false, value: await applyLocked(tx, before, context, steps) }
    }),
  )
}

async function carryOut(
  provider: Target,
  before: SetPlan,
  context: ApplyContext,
  options: ApplyOptions,
): Promise<SetReport> {
  const began = performance.now()
  let locked = began
  let committing: SetReport | undefined
  // a commit may have landed although it was answered by an error: the engine tells by what it holds
  const isLanded = () =>
    provider
      .transaction(before.set.name, async (tx) => {
        const { plan } = await planLocked(tx, before, context)
        return { commit: false, value: isDone(before, plan) }
      })
      .catch(() => false)
  const made = await attempt(before, () =>
    provider.transaction(before.set.name, async (stoppable) => {
      locked = performance.now()
      const tx = interruptible(stoppable, options.signal)
      // again, in a new session: the commit had landed, and only its answer was lost
      if (committing && isDone(before, (await planLocked(tx, before, context)).plan))
        return { commit: false, value: committing }
      const value = await applyLocked(tx, before, context, { ...options, kinds: provider.kinds })
      committing = value.result === 'applied' ? value : undefined
      return { commit: value.result === 'applied', value }
    }),
  )
  const ended = committing && made.result !== 'applied' && (await isLanded()) ? committing : made
  const now = performance.now()
  return { ...ended, times: { durationMilliseconds: now - began, lockMilliseconds: now - locked } }
}

/** @returns whether what was planned is done, by what is left to do now */
function isDone(before: SetPlan, now: SetPlan): boolean {
  return now.changes.length === 0 && !(before.removesOwner && now.removesOwner)
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

interface Steps extends ApplyOptions {
  readonly kinds: Kinds
  /** what is to be confirmed is tried first, and the way back with it */
  readonly rehearses?: boolean
}

async function applyLocked(
  tx: SetTransaction,
  before: SetPlan,
  context: ApplyContext,
  options: Steps,
): Promise<SetReport> {
  const { plan, diagnostics } = await planLocked(tx, before, context, options)
  if (hasErrors(diagnostics)) return invalid(plan, diagnostics)
  const ended = endedBeforeCalls(plan, options)
  if (ended) return ended.result === 'unchanged' ? { ...ended, outcomes: alreadyDone(before) } : ended
  if (plan.removesOwner)
    return options.mode === 'check' ? report(plan, 'checked', 'rolled-back') : settle(tx, plan, context)
  const digestKey = await tx.ensureOwner()
  const condition = options.confirm && (await conditionOf(tx, { plan, context, digestKey, kinds: options.kinds }))
  if (condition && 'result' in condition) return condition
  const failures = await perform(tx, plan, context, options.mode === 'check')
  if (failures.length > 0) return failed(plan, failures)
  if (options.mode === 'check') return report(plan, 'checked', 'rolled-back')
  const { mismatches, rewrites } = await verifyAndRecord(tx, plan, { ...context, digestKey })
  if (mismatches.length > 0) return mismatch(plan, mismatches)
  if (condition && options.rehearses) return condition.tryBack()
  const confirmation = condition && options.confirm && (await condition.promise(options.confirm))
  const settled = await settle(tx, plan, context, confirmation)
  return settled.result === 'applied' ? { ...settled, diagnostics: rewrites.map(rewritten) } : settled
}

/** Found out before the first call. @returns what remains to be done about it, or a refusal */
async function conditionOf(tx: SetTransaction, promising: Promising) {
  const { formerState, promise, tryBack } = await import('../confirm/promise.ts')
  const former = await formerState(tx, promising)
  if ('result' in former) return former
  return {
    tryBack: () => tryBack(tx, former, promising),
    promise: (within: ConfirmWithin) => promise(tx, former, { ...promising, within }),
  }
}

/**
 * The last step: whose owners are of no use any more, what is remembered, and whether everything stands as it was written. Where the set
 * goes as a whole, what was done to it goes with it; unless it may have to come back.
 */
async function settle(
  tx: SetTransaction,
  plan: SetPlan,
  { actor, commit }: ApplyContext,
  confirmation?: Confirmation,
): Promise<SetReport> {
  const gone = new Set<string>()
  for (const set of ownersToRemove(plan))
    if (!(confirmation && set === plan.set.name) && (await tx.removeOwner(set))) gone.add(set)
  const reason = confirmation && { reason: `to be confirmed within ${formatDuration(confirmation.withinSeconds)}` }
  if (actor && !gone.has(plan.set.name))
    await remember(tx, { actor, commit, digest: plan.digest, changes: deedsOf(plan.changes), ...reason })
  const unsettled = await tx.unsettled()
  if (unsettled.length > 0) return ineffective(plan, unsettled)
  return { ...report(plan, 'applied', 'applied'), verified: true, ...(confirmation && { confirmation }) }
}

/** What keeps a plan from being carried out, before the lock and under it. */
function endedBeforeCalls(plan: SetPlan, { approved }: ApplyOptions): SetReport | undefined {
  if (approved !== undefined && approved !== plan.digest) return stale(plan)
  if (isRefused(plan)) return report(plan, 'refused', 'skipped')
  if (changesNothing(plan)) return report(plan, 'unchanged', 'skipped')
  return undefined
}

interface PlannedUnderLock {
  readonly plan: SetPlan
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The plan under the lock. Whatever it changes was read there: a provider may know the rest from before, and by half. A digest that somebody
 * approved stands for the whole set: where one is asked for, a part is planned alone only if all else stands as it did.
 */
async function planLocked(
  tx: SetTransaction,
  before: SetPlan,
  context: ApplyContext,
  { approved }: Pick<ApplyOptions, 'approved'> = {},
): Promise<PlannedUnderLock> {
  const { part } = context
  if (part) {
    const seen = await tx.observePart?.(part.query, approved === undefined ? undefined : part.engine)
    const state = seen?.find(({ set }) => set === context.set.name)
    return state && part.expects(state) ? planOf(context, state) : planLocked(tx, before, part.whole())
  }
  const wanted = context.resources.map((resource) => formOf(resource).key)
  const read = new Set<Guid>()
  let again = touchedKeys(before)
  for (;;) {
    const others = otherSets(before).map((set) => ({ set, wanted: [], again }))
    const states = await tx.observe([{ set: context.set.name, wanted, again }, ...others])
    const [state] = states
    if (!state) throw new Error('a set that was asked for was not observed')
    const moves = movesUnderLock(context, states)
    const { plan, diagnostics } = planOf({ ...context, moves }, state)
    for (const key of again) read.add(key)
    again = touchedKeys(plan).filter((key) => !read.has(key))
    if (again.length === 0) return { plan, diagnostics }
  }
}

function planOf(context: ApplyContext, state: SetState): PlannedUnderLock {
  const { resources, policy, secrets, moves, part } = context
  const selected = selectedFrom(resources, policy.selection)
  const { digests, diagnostics } = secrets.digestsOf(selected, digestKeysOf(state, moves))
  return { plan: makePlan({ ...context, state, digests, ...(part && { others: part.others }) }), diagnostics }
}

/** Sets that something moves out of. */
function otherSets({ changes, set }: SetPlan): string[] {
  return [...new Set(changes.flatMap(({ before }) => (before && before.set !== set.name ? [before.set] : [])))]
}

/** What is to move is what stands where it stood, now. */
function movesUnderLock({ moves }: ApplyContext, states: readonly SetState[]): Moves {
  const here = [...(moves?.here ?? [])].flatMap(([address, { observed }]): [Address, Arrival][] => {
    const origin = states.find(({ set }) => set === observed.set)
    const standing = origin?.resources.get(addressOf(observed))
    if (!origin || !standing) return []
    return [[address, { observed: standing, ...(origin.digestKey && { digestKey: origin.digestKey }) }]]
  })
  return { here: new Map(here), away: moves?.away ?? new Set() }
}

function touchedKeys({ changes }: SetPlan): Guid[] {
  return changes.flatMap((change) => [change.key, ...(change.before ? [change.before.key] : [])])
}

/** Sets of which nothing may stand after this plan: this one, if everything of it goes, and those that something moved out of. */
function ownersToRemove(plan: SetPlan): Set<string> {
  const { unchanged, orphans, changes, outside = 0 } = plan
  const leavesNothing = unchanged + orphans.length + outside === 0 && changes.every(({ action }) => action === 'delete')
  return new Set([...(leavesNothing ? [plan.set.name] : []), ...otherSets(plan), ...formerOwners(plan)])
}

/** Sets whose owner was kept for the sake of objects that had moved out of them, and go now. */
function formerOwners({ changes }: SetPlan): string[] {
  return changes.flatMap(({ action, before }) =>
    before && typeof before.record.owner === 'string' && !['record', 'move'].includes(action)
      ? [before.record.owner]
      : [],
  )
}

/** Makes the calls. The first refusal ends it, unless all of them are wanted. */
async function perform(
  tx: SetTransaction,
  { changes }: SetPlan,
  { secrets, progress = untold }: ApplyContext,
  collectAll: boolean,
): Promise<Failure[]> {
  const failures: Failure[] = []
  for (const [i, change] of changes.entries()) {
    progress('applying', i, changes.length)
    if (change.action === 'record' || change.action === 'move') continue // verifyAndRecord rewrites the record
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

async function performChange(tx: SetTransaction, change: Change, secrets: Secrets): Promise<void> {
  const { before, after, key } = change
  if (before) await tx.remove(before)
  if (!after || !makesObject(change)) return
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
    observe: unlessStopped((queries) => tx.observe(queries)),
    ...(tx.observePart && { observePart: unlessStopped(tx.observePart.bind(tx)) }),
    ensureOwner: unlessStopped(() => tx.ensureOwner()),
    removeOwner: unlessStopped((set) => tx.removeOwner(set)),
    add: unlessStopped((addition) => tx.add(addition)),
    remove: unlessStopped((observed) => tx.remove(observed)),
    readBack: unlessStopped((resources, digestKey) => tx.readBack(resources, digestKey)),
    record: unlessStopped((resource, key, record) => tx.record(resource, key, record)),
    find: unlessStopped((wanted, digestKey) => tx.find(wanted, digestKey)),
    forget: unlessStopped((observed) => tx.forget(observed)),
    shownSecrets: unlessStopped((observed) => tx.shownSecrets(observed)),
    noted: unlessStopped((note) => tx.noted(note)),
    note: unlessStopped((note, data) => tx.note(note, data)),
    unsettled: unlessStopped(() => tx.unsettled()),
  }
}
