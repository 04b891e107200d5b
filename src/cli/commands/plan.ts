/** `plan`: a pass that nobody approves. With `--check` every call is tried in a write transaction that is aborted. */

import type { Diagnostic } from '../../base/index.ts'
import type { SetReport, SetResult } from '../../reconcile/apply/report.ts'
import { plansBetween } from '../../reconcile/plan/index.ts'
import { type Loaded, type Planned, reconcile } from '../../reconcile/reconcile.ts'
import { withEngine } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode, exitCodeOf, exitCodeOfHost, worst } from '../exit.ts'
import { loadManifests, policyFrom } from '../load.ts'
import { diagnosticsToJson, planJson, renderPlan, toJson } from '../render/index.ts'
import { savePlan } from '../saved-plan.ts'
import { selectionFrom } from '../selector.ts'
import type { Terminal } from '../terminal.ts'
import { type Invocation, isGiven } from './command.ts'
import { ENGINE, MANIFESTS } from './options.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  if (options.allHosts === true) return planAllHosts({ args, options, terminal })
  if (options.secrets === false) tellUnread(options, terminal)
  return withEngine(options, terminal, async (open) => {
    let loaded: Loaded | undefined
    const result = await reconcile({
      load: async () => {
        loaded = await loadManifests(args, options, terminal)
        return loaded
      },
      open,
      progress: terminal.progress,
      recalls: options.check !== true && options.out === undefined,
      policy: policyFrom(options, args),
      approve: async () => (options.check === true ? () => ({ mode: 'check' }) : undefined),
      applied: (report) => tellChecked(report, terminal),
    })
    if (!result.ok)
      return (await import('../pages/answer.ts')).rejected('wfpctl plan', result.diagnostics, { options, terminal })
    const { planned, reports = [] } = result
    terminal.findings(planned.diagnostics)
    const findings = [...planned.diagnostics, ...reports.flatMap((r) => r.diagnostics)]
    terminal.answer(await answerOf({ planned, findings, loaded }, { options, terminal }))
    if (typeof options.out === 'string') savePlan(options.out, planned, { paths: args, options })
    const failed = worst(reports.map(codeOfCheck))
    if (failed !== EXIT.done) return failed
    if (options.detailedExitcode !== true) return EXIT.done
    return planned.plans.some((plan) => plan.changes.length > 0) ? EXIT.changes : exitCodeOfHost(planned.plans)
  })
}

interface Answer {
  readonly planned: Planned
  readonly findings: readonly Diagnostic[]
  /** what it declares is read when a page asks for it */
  readonly loaded: Loaded | undefined
}

async function answerOf(answer: Answer, invocation: Pick<Invocation, 'options' | 'terminal'>): Promise<string> {
  const { planned, findings } = answer
  const { options, terminal } = invocation
  if (terminal.findingsAlone) return terminal.findingsAlone(findings)
  if (terminal.json) return toJson(planJson(planned, diagnosticsToJson(findings)))
  if (options.output !== 'human') return page(answer, options)
  return renderPlan({ ...planned, full: options.full === true }, terminal.paint)
}

async function page({ planned, findings, loaded }: Answer, options: Invocation['options']): Promise<string> {
  const [{ pageOf }, { reviewOfPlan }] = await Promise.all([import('../pages/answer.ts'), import('../pages/review.ts')])
  const declared = loaded?.ok ? loaded.value.resources : []
  const notes = options.secrets === false ? [UNREAD] : []
  return pageOf(options.output, reviewOfPlan(planned, { declared, notes, findings: diagnosticsToJson(findings) }))
}

const UNREAD = 'Secrets were not read: whether one has changed is not known.'

/** They say something of one host and of what its engine holds. */
const OF_ONE_HOST = ['--out', '--check', ...[...ENGINE, ...MANIFESTS].map(([flags]) => flags.replace(/ .*/, ''))]

/** What each host would get that holds nothing yet. No engine is asked: it knows one host. */
async function planAllHosts({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const alone = OF_ONE_HOST.find((flag) => isGiven(flag, options))
  if (alone !== undefined)
    throw new CommandFailure(EXIT.usage, `--all-hosts asks no engine and plans for every host: leave out ${alone}`)
  const { answerForHosts, rejected } = await import('../pages/answer.ts')
  const loaded = await loadManifests(args, options, terminal)
  if (!loaded.ok) return rejected('wfpctl plan', loaded.diagnostics, { options, terminal })
  const { value: declared, diagnostics, commit } = loaded
  const hosts = plansBetween({ sets: [], resources: [] }, declared, selectionFrom(options))
  const about = commit === undefined ? {} : { commit }
  const telling = { reason: '', origin: 'declared' } as const // nothing stands that could go
  return answerForHosts(
    { title: 'wfpctl plan --all-hosts', about, hosts, telling, diagnostics, declared },
    { options, terminal },
  )
}

/** What was planned without the keys says nothing of them, so it can neither be approved nor tried. */
function tellUnread({ out, check }: Readonly<Record<string, unknown>>, terminal: Terminal): void {
  if (out !== undefined || check === true)
    throw new CommandFailure(
      EXIT.usage,
      'a plan with --no-secrets cannot be saved or checked; leave out --out and --check',
    )
  terminal.talk(`${UNREAD}\n`)
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
