/** Why a watch leaves a set alone although it could work on it: it is suspended, waits for a confirmation, or no window is open. */

import { isOpen, nextOpening, type TunnelSet } from '../../manifest/index.ts'
import { confirmationText, isSuspended, secondsLeft, suspensionText } from '../notes/index.ts'
import type { SetPlan } from '../plan/index.ts'
import type { Clock } from './clock.ts'
import type { SetSyncState, Tell } from './events.ts'

export interface Restraint {
  /** absent: as the differences are */
  readonly state?: Extract<SetSyncState, 'suspended' | 'unconfirmed'>
  readonly why: string
  /** until it is worth looking again; absent: until something changes */
  readonly milliseconds?: number
}

export function restraintOf(plan: SetPlan, set: TunnelSet, clock: Clock): Restraint | undefined {
  return unconfirmed(plan, clock) ?? suspended(plan, clock) ?? outside(plan, set, clock)
}

function unconfirmed({ confirmation }: SetPlan, clock: Clock): Restraint | undefined {
  if (!confirmation) return undefined
  const milliseconds = secondsLeft(confirmation, clock.uptime()) * 1000
  return { state: 'unconfirmed', why: `${confirmationText(confirmation)} waits for a confirmation`, milliseconds }
}

function suspended({ suspension }: SetPlan, clock: Clock): Restraint | undefined {
  const now = clock.date()
  if (!suspension || !isSuspended(suspension, now)) return undefined
  const { until } = suspension
  const left = until === undefined ? {} : { milliseconds: Date.parse(until) - now.getTime() }
  return { state: 'suspended', why: suspensionText(suspension), ...left }
}

/** Where nothing is to be corrected, no window is needed. */
function outside({ changes }: SetPlan, { drift: { windows } }: TunnelSet, clock: Clock): Restraint | undefined {
  const now = clock.date()
  if (!windows || changes.length === 0 || isOpen(windows, now)) return undefined
  const next = nextOpening(windows, now)
  if (!next) return { why: 'outside of its maintenance windows, of which none opens within two weeks' }
  const why = `outside of its maintenance windows; the next one opens at ${next.toISOString().slice(0, 16)}Z`
  return { why, milliseconds: next.getTime() - now.getTime() }
}

/** Told when it begins, and not at each pass. */
export function tellRestraint(
  { set: { name: set }, confirmation, suspension }: SetPlan,
  { clock, tell }: { readonly clock: Clock; readonly tell: Tell },
): void {
  if (confirmation) {
    const { by, commit } = confirmation
    const left = { secondsLeft: secondsLeft(confirmation, clock.uptime()) }
    tell('unconfirmed', { set, by, ...(commit !== undefined && { commit }), ...left })
  } else if (suspension) {
    const { by, until, reason } = suspension
    tell('suspended', { set, by, ...(until !== undefined && { until }), ...(reason !== undefined && { reason }) })
  }
}
