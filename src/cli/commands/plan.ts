/** `plan`: the spine up to its third step. */

import type { SetResult } from '../../reconcile/apply/apply.ts'
import type { Provider } from '../../reconcile/provider.ts'
import { applyAll } from '../../reconcile/reconcile.ts'
import { withProvider } from '../engine.ts'
import { EXIT, type ExitCode, exitCodeOf, worst } from '../exit.ts'
import { loadOrReject, type Planned, planOrReject } from '../planning.ts'
import { diagnosticsToJson } from '../render/frames.ts'
import { planJson, toJson } from '../render/json.ts'
import { renderPlan } from '../render/plan.ts'
import { savePlan } from '../saved-plan.ts'
import type { Terminal } from '../terminal.ts'
import type { Invocation } from './index.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const loaded = await loadOrReject(args, options, terminal)
  if (!loaded) return EXIT.invalid
  return withProvider(options, terminal, async (provider) => {
    const planned = await planOrReject(loaded, provider, terminal)
    if (!planned) return EXIT.invalid
    const checked = options.check === true ? await check(provider, planned, terminal) : { codes: [], findings: [] }
    terminal.findings(planned.diagnostics)
    const findings = diagnosticsToJson([...planned.diagnostics, ...checked.findings])
    terminal.answer(
      terminal.json
        ? toJson(planJson({ engine: provider.name, commit: planned.commit }, planned.plans, findings))
        : renderPlan(planned.plans, terminal.paint, planned.commit),
    )
    if (typeof options.out === 'string') savePlan(options.out, planned, provider.name, args, options)
    const failed = worst(checked.codes)
    if (failed !== EXIT.done) return failed
    return options.detailedExitcode === true && planned.plans.some((p) => p.changes.length > 0)
      ? EXIT.changes
      : EXIT.done
  })
}

/** A plan lists what safety blocks; that is no failure of planning. */
const CHECK_IGNORES: readonly SetResult[] = ['refused', 'checked', 'unchanged']

/** Tries every call inside a write transaction and aborts it: the engine itself says what it would refuse. */
async function check(provider: Provider, planned: Planned, terminal: Terminal) {
  const findings = []
  const codes: ExitCode[] = []
  for await (const report of applyAll(planned.desired, planned.plans, provider, planned.policy, () => ({
    mode: 'check',
  }))) {
    findings.push(...report.diagnostics)
    codes.push(CHECK_IGNORES.includes(report.result) ? EXIT.done : exitCodeOf(report))
    if (report.result === 'checked') terminal.talk(`Set ${report.plan.set.name}: the engine accepts every call.\n`)
  }
  terminal.findings(findings)
  return { codes, findings }
}
