/** `plan`: a pass that nobody approves. With `--check` every call is tried in a write transaction that is aborted. */

import type { Diagnostic } from '../../base/index.ts'
import type { SetReport, SetResult } from '../../reconcile/apply/report.ts'
import { type Planned, reconcile } from '../../reconcile/reconcile.ts'
import { withEngine } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode, exitCodeOf, exitCodeOfHost, worst } from '../exit.ts'
import { loadManifests, policyFrom } from '../load.ts'
import { diagnosticsToJson, planJson, renderPlan, toJson } from '../render/index.ts'
import { savePlan } from '../saved-plan.ts'
import type { Terminal } from '../terminal.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  if (options.secrets === false) tellUnread(options, terminal)
  return withEngine(options, terminal, async (open) => {
    const result = await reconcile({
      load: () => loadManifests(args, options, terminal),
      open,
      progress: terminal.progress,
      recalls: options.check !== true && options.out === undefined,
      policy: policyFrom(options, args),
      approve: async () => (options.check === true ? () => ({ mode: 'check' }) : undefined),
      applied: (report) => tellChecked(report, terminal),
    })
    if (!result.ok) return terminal.reject(result.diagnostics)
    const { planned, reports = [] } = result
    terminal.findings(planned.diagnostics)
    const findings = [...planned.diagnostics, ...reports.flatMap((r) => r.diagnostics)]
    terminal.answer(answerOf(planned, findings, { options, terminal }))
    if (typeof options.out === 'string') savePlan(options.out, planned, { paths: args, options })
    const failed = worst(reports.map(codeOfCheck))
    if (failed !== EXIT.done) return failed
    if (options.detailedExitcode !== true) return EXIT.done
    return planned.plans.some((plan) => plan.changes.length > 0) ? EXIT.changes : exitCodeOfHost(planned.plans)
  })
}

function answerOf(
  planned: Planned,
  findings: readonly Diagnostic[],
  { options, terminal }: Pick<Invocation, 'options' | 'terminal'>,
): string {
  if (terminal.findingsAlone) return terminal.findingsAlone(findings)
  if (terminal.json) return toJson(planJson(planned, diagnosticsToJson(findings)))
  return renderPlan({ ...planned, full: options.full === true }, terminal.paint)
}

/** What was planned without the keys says nothing of them, so it can neither be approved nor tried. */
function tellUnread({ out, check }: Readonly<Record<string, unknown>>, terminal: Terminal): void {
  if (out !== undefined || check === true)
    throw new CommandFailure(
      EXIT.usage,
      'a plan with --no-secrets cannot be saved or checked; leave out --out and --check',
    )
  terminal.talk('Secrets were not read: whether one has changed is not known.\n')
}

function tellChecked({ result, plan, diagnostics }: SetReport, terminal: Terminal): void {
  if (result === 'checked') terminal.talk(`Set ${plan.set.name}: the engine accepts every call.\n`)
  terminal.findings(diagnostics)
}

/** A plan lists what safety blocks; that is not a failure of planning. */
const CHECK_IGNORES: readonly SetResult[] = ['refused', 'checked', 'unchanged']

function codeOfCheck(report: SetReport): ExitCode {
  return CHECK_IGNORES.includes(report.result) ? EXIT.done : exitCodeOf(report)
}
