/** What an apply that is to be confirmed does more than another: it looks for the way back, tries it, and writes down the promise. */

import { randomUUID } from 'node:crypto'
import { diagnostic, hasErrors } from '../../base/index.ts'
import type { Kinds } from '../../manifest/index.ts'
import { type ApplyContext, report, type SetReport } from '../apply/report.ts'
import { deedsOf } from '../history.ts'
import { type Confirmation, type ConfirmWithin, encodeConfirmation } from '../notes/index.ts'
import type { SetPlan } from '../plan/index.ts'
import { EngineRefusal, type SetTransaction } from '../provider.ts'
import { type Former, formerOf, seal } from './former.ts'
import { type Obstacle, putBack } from './put-back.ts'

/** A set that is being applied on condition. */
export interface Promising {
  readonly plan: SetPlan
  readonly context: ApplyContext
  readonly kinds: Kinds
  readonly digestKey: Uint8Array
}

/** To be asked before anything is changed. @returns what stands there now; or a refusal, where it could not be brought back */
export async function formerState(
  tx: SetTransaction,
  { plan, context: { secrets }, digestKey }: Promising,
): Promise<readonly Former[] | SetReport> {
  const { former, diagnostics } = await formerOf(tx, plan.changes, { secrets, digestKey })
  return hasErrors(diagnostics) ? { ...report(plan, 'refused', 'skipped'), diagnostics } : former
}

/** After everything was changed, and before it is all aborted: goes the way back, to its end. */
export async function tryBack(
  tx: SetTransaction,
  former: readonly Former[],
  { plan, kinds, digestKey }: Promising,
): Promise<SetReport> {
  const obstacles = await putBack(tx, former, { set: plan.set.name, kinds, digestKey }).catch(obstacleOf)
  if (obstacles.length === 0) return report(plan, 'checked', 'rolled-back')
  const diagnostics = obstacles.map(({ address, why }) =>
    diagnostic('E330', undefined, `${address} could not be brought back as it is: ${why}`, {
      notes: ['the way back was tried in a transaction that was aborted; nothing was changed'],
      help: 'apply without --confirm-within, or remove first what stands in the way',
    }),
  )
  return { ...report(plan, 'refused', 'rolled-back'), diagnostics }
}

function obstacleOf(error: unknown): Obstacle[] {
  if (!(error instanceof EngineRefusal) || error.sort !== 'refused') throw error
  return [{ address: 'the former state', why: error.message }]
}

/** In the transaction that changed it. @returns what is to be confirmed */
export async function promise(
  tx: SetTransaction,
  former: readonly Former[],
  { plan, context, digestKey, within }: Promising & { readonly within: ConfirmWithin },
): Promise<Confirmation> {
  const { actor, commit } = context
  if (!actor) throw new Error('nobody asks for a confirmation')
  const kept = {
    id: randomUUID(),
    by: actor.by,
    time: actor.date().toISOString(),
    ...(commit !== undefined && { commit }),
    digest: plan.digest,
    withinSeconds: within.seconds,
    deadline: within.uptime() + within.seconds,
    ...changesOf(plan),
  }
  const about = encodeConfirmation(kept)
  await tx.note('former', seal(former, digestKey, about))
  await tx.note('confirmation', about)
  await tx.note('running', Buffer.from(kept.id, 'utf8'))
  return { ...kept, restarted: false }
}

const MOST_CHANGES = 20

function changesOf({ changes }: SetPlan): Pick<Confirmation, 'changes' | 'total'> {
  return { changes: deedsOf(changes.slice(0, MOST_CHANGES)), total: changes.length }
}
