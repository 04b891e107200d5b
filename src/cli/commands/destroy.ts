/** `destroy SET`: apply with nothing desired, allowed to be empty. Protection holds, budgets do not apply. */

import { hostname } from 'node:os'
import type { Desired } from '../../manifest/model.ts'
import { unapproved } from '../../reconcile/apply/report.ts'
import { applyAll, planAll } from '../../reconcile/reconcile.ts'
import { withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode, exitCodeOf, worst } from '../exit.ts'
import { diagnosticsToJson } from '../render/frames.ts'
import { applyJson, planJson, toJson } from '../render/json.ts'
import { renderPlan } from '../render/plan.ts'
import { renderReports } from '../render/report.ts'
import type { Invocation } from './index.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const name = args[0] as string
  return withProvider(options, terminal, async (provider) => {
    if (!(await provider.ownedSets()).includes(name)) {
      throw new CommandFailure(
        EXIT.invalid,
        `this engine holds nothing of a set named ${name}; \`wfpctl get\` lists what it holds`,
      )
    }
    const desired = nothingOf(name)
    const policy = { host: hostname(), allowEmpty: true }
    const planned = await planAll(desired, provider, policy)
    if (!planned.ok) throw new Error('a plan without manifests has no findings')
    const dry = options.dryRun || options.whatIf || options.noop
    if (!terminal.json) terminal.answer(renderPlan(planned.value, terminal.paint))
    else if (dry) terminal.answer(toJson(planJson({ engine: provider.name }, planned.value, [])))
    if (dry) return EXIT.done
    const approved = options.autoApprove === true || (await terminal.confirm(`Destroy set ${name}?`))
    if (!approved) {
      terminal.talk('Not approved; nothing was changed. Pass --auto-approve to go ahead without being asked.\n')
      if (terminal.json)
        terminal.answer(toJson(applyJson({ engine: provider.name }, planned.value.map(unapproved), [], [])))
      return EXIT.refusedBySafety
    }
    const reports = []
    const digestOf = (digest: string) => (options.autoApprove === true ? {} : { approved: digest })
    for await (const report of applyAll(desired, planned.value, provider, policy, (plan) => ({
      mode: 'commit',
      ...digestOf(plan.digest),
    }))) {
      reports.push(report)
      terminal.findings(report.diagnostics)
    }
    const findings = diagnosticsToJson(reports.flatMap((r) => r.diagnostics))
    terminal.answer(
      terminal.json
        ? toJson(applyJson({ engine: provider.name }, reports, [], findings))
        : renderReports(reports, [], terminal.paint),
    )
    return worst(reports.map(exitCodeOf))
  })
}

function nothingOf(name: string): Desired {
  const set = {
    name,
    prune: true,
    safety: { acceptReadback: [] },
    drift: { mode: 'correct', resyncSeconds: 60 },
  } as const
  return { sets: [set], resources: [] }
}
