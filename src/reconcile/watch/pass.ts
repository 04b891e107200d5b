/** One pass over all sets: plan what is declared, and give each set its turn. One set's trouble does not stop the others. */

import { type Diagnostic, hasErrors } from '../../base/diagnostic.ts'
import type { Desired, TunnelSet } from '../../manifest/model.ts'
import type { SetPlan } from '../plan/plan.ts'
import { isForHost } from '../plan/policy.ts'
import { EngineRefusal } from '../provider.ts'
import { planAll } from '../reconcile.ts'
import type { EngineLink } from './engine-link.ts'
import { EngineGone, failSet, type PassInput, passSet, type SetTurn, type Shared } from './set-pass.ts'
import { Stopped } from './stoppable.ts'

/** @throws EngineGone, or an EngineRefusal of sort `unavailable`, when the engine is gone; Stopped when the loop is to end */
export async function passAll(shared: Shared, engine: EngineLink, input: PassInput): Promise<SetTurn[]> {
  const { desired, provider } = input
  shared.board.keepOnly(desired.sets)
  await engine.releaseClaims(new Set(desired.sets.map((set) => set.name)))
  await shared.keyManagers.releaseExcept(new Set(desired.sets.map((set) => set.name)))
  const ours = await claimed(shared, engine, desired)
  const turns: SetTurn[] = []
  for (const plan of await planEach(shared, { ...input, desired: only(desired, ours) })) {
    const turn = await isolated(shared, plan.set.name, () => passSet(shared, { ...input, provider }, plan))
    if (turn) turns.push(turn)
  }
  shared.fights.forgetOld()
  return turns
}

/** The sets that this process may work on: one instance per set and machine. Sets of other hosts are nobody's. */
async function claimed(shared: Shared, engine: EngineLink, desired: Desired): Promise<TunnelSet[]> {
  const ours: TunnelSet[] = []
  for (const set of desired.sets) {
    const holder = isForHost(set, shared.policy) ? await engine.claim(set.name) : undefined
    if (holder === undefined) ours.push(set)
    else noteHeld(shared, desired, set, holder)
  }
  return ours
}

function noteHeld(shared: Shared, desired: Desired, set: TunnelSet, holder: string): void {
  const mode = shared.mode ?? set.drift.mode
  const verdict = { state: 'held', mode, why: `watched by ${holder}`, consecutiveErrors: 0, open: new Map() } as const
  shared.board.note(set.name, desired, verdict)
  if (!shared.retries.isDue(set.name)) return
  shared.tell('held', { set: set.name, holder, retryMilliseconds: shared.retries.failed(set.name) })
}

/** All sets in one look at the engine; when one of them cannot be planned, each on its own. */
async function planEach(shared: Shared, input: PassInput): Promise<readonly SetPlan[]> {
  const { desired, provider } = input
  const together = await planAll(desired, provider, shared.policy)
  if (together.ok) return together.value
  const plans: SetPlan[] = []
  for (const set of desired.sets) {
    const alone = only(desired, [set])
    const planned = await planAll(alone, provider, shared.policy)
    if (planned.ok) plans.push(...planned.value)
    else noteUnplanned(shared, alone, set, planned.diagnostics)
  }
  return plans
}

/** A secret that is missing, or something that this engine cannot do: told when it is due, like any failure. */
function noteUnplanned(shared: Shared, desired: Desired, set: TunnelSet, diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((d) => hasErrors([d]))
  const message = errors.map((d) => d.message).join('; ')
  if (shared.retries.isDue(set.name)) failSet(shared, set.name, { result: 'invalid', message, diagnostics: errors })
  noteFailing(shared, desired, set, message)
}

/** Whatever goes wrong with one set stays with it, unless it is the engine that went away. */
async function isolated(shared: Shared, set: string, turn: () => Promise<SetTurn>): Promise<SetTurn | undefined> {
  try {
    return await turn()
  } catch (error) {
    if (error instanceof EngineGone || error instanceof Stopped) throw error
    if (error instanceof EngineRefusal && error.sort === 'unavailable') throw error
    const result = error instanceof EngineRefusal ? 'failed' : 'bug'
    failSet(shared, set, { result, message: describeError(error), diagnostics: [] })
    return undefined
  }
}

function noteFailing(shared: Shared, desired: Desired, set: TunnelSet, why: string): void {
  const mode = shared.mode ?? set.drift.mode
  const open = new Map(desired.resources.map((r) => [`${r.kind}/${r.name}`, why]))
  const consecutiveErrors = shared.retries.failures(set.name)
  shared.board.note(set.name, desired, { state: 'failing', mode, why, consecutiveErrors, open })
}

function only(desired: Desired, sets: readonly TunnelSet[]): Desired {
  const names = new Set(sets.map((set) => set.name))
  return { sets, resources: desired.resources.filter((r) => names.has(r.set)) }
}

/** A bug is told with its place: the daemon goes on, somebody should read it all the same. */
export function describeError(error: unknown): string {
  if (error instanceof EngineRefusal) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
