/** Registrations of key managers, as outcomes and as findings. */

import { type Diagnostic, diagnostic } from '../../base/diagnostic.ts'
import type { Outcome, OutcomeStatus } from '../../reconcile/apply/report.ts'
import { UnusableResource } from '../../reconcile/provider.ts'
import type { Holding } from '../../reconcile/watch/holder.ts'

const STATUSES: { readonly [status in Holding['status']]: OutcomeStatus } = {
  held: 'unchanged',
  'held-elsewhere': 'unchanged',
  registered: 'applied',
  failed: 'failed',
  waiting: 'failed',
}

export function outcomeOfHolding({ step, status, refusal }: Holding): Outcome {
  const { address, action } = step
  const error = refusal && { name: refusal.status, code: refusal.code, call: refusal.call, message: refusal.message }
  return { address, action, status: STATUSES[status], ...(error && { error }) }
}

/** One finding where it could not be registered: at the field that names what cannot be used, or at the document. */
export function findingOfHolding({ step, refusal }: Holding): Diagnostic[] {
  if (!refusal) return []
  const { manifest } = step.resource
  const help = refusal.help && { help: refusal.help }
  if (!(refusal instanceof UnusableResource)) {
    const notes = [refusal.message]
    return [diagnostic('E413', manifest.at(''), `the engine refused ${step.address}`, { notes, ...help })]
  }
  const notes = ['the engine was not asked']
  return [diagnostic('E414', manifest.at(`/spec${refusal.pointer}`), refusal.message, { notes, ...help })]
}
