/** What `apply` and `destroy` say of a pass that was to change something. */

import { type SetReport, unapproved } from '../../reconcile/apply/report.ts'
import type { Reconciled } from '../../reconcile/reconcile.ts'
import type { Holding } from '../../reconcile/watch/holder.ts'
import { bugText, EXIT, type ExitCode, exitCodeOf, exitCodeOfHost, worst } from '../exit.ts'
import {
  applyJson,
  diagnosticsToJson,
  findingOfHolding,
  outcomeOfHolding,
  renderReports,
  toJson,
} from '../render/index.ts'
import type { Terminal } from '../terminal.ts'

/** A set that has ended: its findings at once, while the others are still to come. */
export function tellReport(report: SetReport, terminal: Terminal): void {
  terminal.findings(report.diagnostics)
  if (report.result === 'bug') terminal.talk(bugText(report.error))
}

/** The answer and the exit code. Where nobody approved, everything was skipped. */
export function answerApply(
  { planned, reports }: Extract<Reconciled, { ok: true }>,
  holdings: readonly Holding[],
  terminal: Terminal,
): ExitCode {
  if (!reports && !terminal.json) return EXIT.refusedBySafety
  const ended = reports ?? planned.plans.map(unapproved)
  const failures = holdings.flatMap(findingOfHolding)
  terminal.findings(failures)
  const findings = [...planned.diagnostics, ...ended.flatMap((r) => r.diagnostics), ...failures]
  const outcomes = holdings.map(outcomeOfHolding)
  terminal.answer(
    terminal.json
      ? toJson(applyJson(planned, ended, outcomes, diagnosticsToJson(findings)))
      : renderReports(ended, outcomes, terminal.paint),
  )
  if (!reports) return EXIT.refusedBySafety
  return worst([
    exitCodeOfHost(planned.plans),
    ...reports.map(exitCodeOf),
    ...(failures.length > 0 ? [EXIT.keyManagerFailed] : []),
  ])
}
