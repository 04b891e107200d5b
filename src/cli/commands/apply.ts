/** `apply`: plan, ask, carry out, verify. */

import type { SetReport } from '../../reconcile/apply/apply.ts'
import { unapproved } from '../../reconcile/apply/report.ts'
import type { SetPlan } from '../../reconcile/plan/plan.ts'
import type { Provider } from '../../reconcile/provider.ts'
import { applyAll } from '../../reconcile/reconcile.ts'
import { withProvider } from '../engine.ts'
import { EXIT, type ExitCode, exitCodeOf, worst } from '../exit.ts'
import { type Held, holdKeyManagers, untilInterrupted } from '../hold.ts'
import { loadOrReject, type Planned, planOrReject } from '../planning.ts'
import { diagnosticsToJson } from '../render/frames.ts'
import { applyJson, toJson } from '../render/json.ts'
import { renderPlan } from '../render/plan.ts'
import { renderReports } from '../render/report.ts'
import { readSavedPlan, refuseMissingSets, type SavedPlan } from '../saved-plan.ts'
import type { Terminal } from '../terminal.ts'
import type { Invocation } from './index.ts'
import { run as plan } from './plan.ts'

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { options, terminal } = invocation
  if (options.dryRun || options.whatIf || options.noop) return plan(invocation)
  const saved = typeof options.plan === 'string' ? readSavedPlan(options.plan) : undefined
  const source = sourceOf(invocation, saved)
  const loaded = await loadOrReject(source.paths, { ...source.options, ...saved?.options }, terminal)
  if (!loaded) return EXIT.invalid
  return withProvider(options, terminal, async (provider) => {
    const planned = await planOrReject(loaded, provider, terminal)
    if (!planned) return EXIT.invalid
    if (saved) refuseMissingSets(saved, planned.plans)
    terminal.findings(planned.diagnostics)
    const approval = await approve(planned, options, saved, terminal)
    if (approval !== undefined) return carryOut(provider, planned, approval, options.hold === true, terminal)
    if (terminal.json) answer(provider.name, planned, planned.plans.map(unapproved), NONE_HELD, terminal)
    return EXIT.refusedBySafety
  })
}

/**
 * A plan that was saved is read where it came from, unless PATHs or a repository are named anew. What is not named of a repository stays
 * what it was: its address is given again because a password is not saved, and signatures are required all the same.
 */
function sourceOf({ args, options }: Invocation, saved: SavedPlan | undefined) {
  if (args.length > 0 || !saved) return { paths: args, options }
  return { paths: options.git === undefined ? saved.paths : [], options: { ...saved.git, ...options } }
}

/** The digest that a set's plan must have; undefined: whatever the plan is under the lock. */
type Approval = (plan: SetPlan) => string | undefined

/** @returns undefined when nobody approved */
async function approve(
  { plans, commit }: Planned,
  options: Readonly<Record<string, unknown>>,
  saved: SavedPlan | undefined,
  terminal: Terminal,
): Promise<Approval | undefined> {
  if (!terminal.json) terminal.answer(renderPlan(plans, terminal.paint, commit))
  if (saved) return (plan) => saved.digests.get(plan.set.name) ?? 'not in the saved plan'
  if (typeof options.planDigest === 'string') {
    const digests = options.planDigest.split(',')
    return (plan) => (digests.includes(plan.digest) ? plan.digest : digests[0])
  }
  if (options.autoApprove === true || plans.every((p) => p.changes.length === 0)) return () => undefined
  const answer = await terminal.confirm('Apply this plan?')
  if (answer) return (plan) => plan.digest
  terminal.talk(
    answer === false
      ? 'Not approved; nothing was changed.\n'
      : 'Not approved: nobody to ask. Pass --auto-approve, --plan FILE or --plan-digest.\n',
  )
  return undefined
}

const NONE_HELD: Held = { outcomes: [], diagnostics: [], release: async () => {} }

async function carryOut(
  provider: Provider,
  planned: Planned,
  approval: Approval,
  hold: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  const reports: SetReport[] = []
  const { commit } = planned
  const reporting = applyAll(planned.desired, planned.plans, provider, planned.policy, (plan) => {
    const approved = approval(plan)
    return { mode: 'commit', ...(approved !== undefined && { approved }), ...(commit !== undefined && { commit }) }
  })
  for await (const done of reporting) {
    reports.push(done)
    terminal.findings(done.diagnostics)
    announceNewPlan(planned.plans, done, terminal)
  }
  const held: Held = hold ? await holdKeyManagers(provider, planned.plans, { talk: terminal.talk }) : NONE_HELD
  terminal.findings(held.diagnostics)
  answer(provider.name, planned, reports, held, terminal)
  const codes = [...reports.map(exitCodeOf), ...(held.diagnostics.length > 0 ? [EXIT.keyManagerFailed] : [])]
  if (held.outcomes.some((o) => o.status === 'applied')) {
    terminal.talk('Holding key managers; Ctrl-C unregisters them and ends.\n')
    await untilInterrupted()
  }
  await held.release()
  return worst(codes)
}

/** The lock showed another plan than the one printed before: print what was really done. */
function announceNewPlan(before: readonly SetPlan[], report: SetReport, terminal: Terminal): void {
  const printed = before.find((p) => p.set.name === report.plan.set.name)
  if (terminal.json || printed?.digest === report.plan.digest) return
  terminal.answer(
    `\nUnder the lock the plan of set ${report.plan.set.name} is:\n${renderPlan([report.plan], terminal.paint)}`,
  )
}

function answer(engine: string, planned: Planned, reports: readonly SetReport[], held: Held, terminal: Terminal): void {
  const findings = [...planned.diagnostics, ...reports.flatMap((r) => r.diagnostics), ...held.diagnostics]
  const origin = { engine, commit: planned.commit }
  if (terminal.json) terminal.answer(toJson(applyJson(origin, reports, held.outcomes, diagnosticsToJson(findings))))
  else terminal.answer(renderReports(reports, held.outcomes, terminal.paint))
}
