/** `apply`: a pass that a person, a saved plan or a flag approves. */

import { parseDuration } from '../../base/index.ts'
import type { SetReport } from '../../reconcile/apply/report.ts'
import type { ConfirmWithin } from '../../reconcile/notes/index.ts'
import { changesNothing, type SetPlan } from '../../reconcile/plan/index.ts'
import { type Approval, type Planned, type Reconciled, reconcile } from '../../reconcile/reconcile.ts'
import { systemClock } from '../../reconcile/watch/clock.ts'
import { Holder, type Holding, stayHolding } from '../../reconcile/watch/holder.ts'
import { type OpenProvider, withEngine } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import type { Guard } from '../guard.ts'
import { loadManifests, policyFrom } from '../load.ts'
import { actorOf, interrupted } from '../process.ts'
import { renderPlan } from '../render/index.ts'
import { readSavedPlan, refuseMissingSets, refuseOtherEngine, type SavedPlan } from '../saved-plan.ts'
import type { Terminal } from '../terminal.ts'
import { requireTrusted } from '../trusted.ts'
import { answerApply, tellReport } from './applying.ts'
import type { Invocation } from './command.ts'
import { run as plan } from './plan.ts'

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { options, terminal } = invocation
  if (options.dryRun || options.whatIf || options.noop) return plan(invocation)
  const saved = typeof options.plan === 'string' ? await trustedPlan(options.plan) : undefined
  if (saved) refuseOtherEngine(saved, options)
  const source = sourceOf(invocation, saved)
  const shaping = { ...source.options, ...saved?.options }
  const within = confirmWithin(options)
  return withEngine(options, terminal, async (open) => {
    let guard: Guard | undefined
    let printed: readonly SetPlan[] = []
    const result = await reconcile({
      load: () => loadManifests(source.paths, shaping, terminal),
      open,
      progress: terminal.progress,
      actor: actorOf('apply'),
      recalls: within === undefined,
      policy: policyFrom(shaping, source.paths),
      approve: async (planned) => {
        printed = planned.plans
        const approval = await approve(planned, saved, invocation)
        if (!approval || !within) return approval
        const { startGuard } = await import('../guard.ts')
        guard = await startGuard(options)
        return (plan) => ({ ...approval(plan), mode: 'commit', confirm: within })
      },
      applied: (report) => {
        tellReport(report, terminal)
        tellNewPlan(printed, report, invocation)
      },
    })
    guard?.leave()
    if (!result.ok) return terminal.reject(result.diagnostics)
    return options.hold === true && result.reports ? hold(result, open, terminal) : answerApply(result, [], terminal)
  })
}

/** How long somebody has to confirm. */
function confirmWithin({ confirmWithin: text, hold }: Invocation['options']): ConfirmWithin | undefined {
  if (text === undefined) return undefined
  const seconds = parseDuration(String(text))
  if (!seconds || seconds > LONGEST_SECONDS)
    throw new CommandFailure(EXIT.usage, `${text} is not a time to confirm within; write 1s to 24h, for instance 2m`)
  if (hold === true) throw new CommandFailure(EXIT.usage, '--hold and --confirm-within exclude each other')
  return { seconds, uptime: systemClock.uptime }
}

const LONGEST_SECONDS = 86_400

async function trustedPlan(file: string): Promise<SavedPlan> {
  await requireTrusted(file, 'the saved plan', EXIT.invalid)
  return readSavedPlan(file)
}

/**
 * A plan that was saved is read where it came from, unless PATHs or a repository are named anew. What is not named of a repository stays
 * what it was: its address is given again because a password is not saved, and signatures are required all the same.
 */
function sourceOf({ args, options }: Invocation, saved: SavedPlan | undefined) {
  if (args.length > 0 || !saved) return { paths: args, options }
  return { paths: options.git === undefined ? saved.paths : [], options: { ...saved.git, ...options } }
}

/** @returns undefined when nobody approved */
async function approve(
  planned: Planned,
  saved: SavedPlan | undefined,
  { options, terminal }: Invocation,
): Promise<Approval | undefined> {
  const { plans } = planned
  if (saved) refuseMissingSets(saved, plans)
  terminal.findings(planned.diagnostics)
  if (!terminal.json) terminal.answer(renderPlan({ ...planned, full: options.full === true }, terminal.paint))
  if (saved) return exactly((plan) => saved.digests.get(plan.set.name) ?? 'not in the saved plan')
  if (typeof options.planDigest === 'string') {
    const digests = options.planDigest.split(',')
    const needsNone = (plan: SetPlan) => changesNothing(plan) || digests.includes(plan.digest)
    return exactly((plan) => (needsNone(plan) ? plan.digest : String(digests[0])))
  }
  if (options.autoApprove === true || plans.every(changesNothing)) return () => ({ mode: 'commit' })
  const answer = await terminal.confirm('Apply this plan?')
  if (answer) return exactly((plan) => plan.digest)
  terminal.talk(
    answer === false
      ? 'Not approved; nothing was changed.\n'
      : 'Not approved: nobody to ask. Pass --auto-approve, --plan FILE or --plan-digest.\n',
  )
  return undefined
}

/** @param digestOf the digest that a set's plan must have under the lock */
function exactly(digestOf: (plan: SetPlan) => string): Approval {
  return (plan) => ({ mode: 'commit', approved: digestOf(plan) })
}

/** The lock showed another plan than the one printed before: print what was really done. */
function tellNewPlan(printed: readonly SetPlan[], { plan }: SetReport, { terminal, options }: Invocation): void {
  const before = printed.find((one) => one.set.name === plan.set.name)
  if (terminal.json || before?.digest === plan.digest) return
  const text = renderPlan({ plans: [plan], full: options.full === true }, terminal.paint)
  terminal.answer(`\nUnder the lock the plan of set ${plan.set.name} is:\n${text}`)
}

/** Registers what is declared, answers, and stays for as long as something is held. */
async function hold(
  result: Extract<Reconciled, { ok: true }>,
  open: OpenProvider,
  terminal: Terminal,
): Promise<ExitCode> {
  const provider = await open()
  const holder = new Holder({ clock: systemClock, random: Math.random })
  const holdings: Holding[] = []
  for (const { set, outsideTransaction } of result.planned.plans)
    holdings.push(...(await holder.keep(provider, set.name, outsideTransaction)))
  const code = answerApply(result, holdings, terminal)
  if (holdings.some(({ status }) => status === 'registered')) {
    terminal.talk('Holding key managers; Ctrl-C unregisters them and ends.\n')
    const again = ({ step }: Holding) =>
      terminal.talk(`${step.address}: the engine had forgotten it; registered again\n`)
    await stayHolding(holder, {
      provider,
      plans: result.planned.plans,
      clock: systemClock,
      signal: interrupted(),
      again,
    })
  }
  await holder.releaseExcept(new Set())
  return code
}
