/** `destroy SET`: a pass with nothing declared, allowed to be empty. Protection holds, budgets do not apply. */

import { hostname } from 'node:os'
import type { Desired } from '../../manifest/index.ts'
import type { Provider } from '../../reconcile/provider.ts'
import { type Approval, reconcile } from '../../reconcile/reconcile.ts'
import { withProvider } from '../engine.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { actorOf } from '../process.ts'
import { planJson, renderPlan, toJson } from '../render/index.ts'
import { answerApply, tellReport } from './applying.ts'
import type { Invocation } from './command.ts'

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const name = args[0] as string
  return withProvider(options, terminal, async (provider) => {
    if (!(await isHeld(provider, name))) {
      throw new CommandFailure(
        EXIT.invalid,
        `this engine holds nothing of a set named ${name}; \`wfpctl get\` lists what it holds`,
      )
    }
    const ofSet = { undeclared: [], reason: `of set ${name}` } // the other sets are not spoken of
    const isDry = Boolean(options.dryRun || options.whatIf || options.noop)
    const result = await reconcile({
      load: async () => ({ ok: true, value: nothingOf(name), diagnostics: [] }),
      open: async () => provider,
      progress: terminal.progress,
      actor: actorOf('destroy'),
      policy: { host: hostname(), allowEmpty: true },
      approve: async (planned) => {
        if (!terminal.json)
          terminal.answer(renderPlan({ ...planned, ...ofSet, full: options.full === true }, terminal.paint))
        return isDry ? undefined : approve(name, { options, terminal })
      },
      applied: (report) => tellReport(report, terminal),
    })
    if (!result.ok) throw new Error('a plan without manifests has no findings')
    const planned = { ...result.planned, undeclared: [] }
    if (!isDry) {
      const code = answerApply({ ...result, planned }, [], terminal)
      if (code === EXIT.done && (await provider.ownedSets()).includes(name)) terminal.talk(STAYS)
      return code
    }
    if (terminal.json) terminal.answer(toJson(planJson(planned, [])))
    return EXIT.done
  })
}

/** An owner that stands only because tunnels that moved out of its set still carry it is nothing of the set any more. */
async function isHeld(provider: Provider, name: string): Promise<boolean> {
  const [state, ...others] = await provider.observe([{ set: name, wanted: [] }])
  if (!state || state.resources.size > 0 || state.abandoned) return state !== undefined
  const isCarried = others.some(({ resources }) => [...resources.values()].some(({ record }) => record.owner === name))
  return !isCarried && (await provider.ownedSets()).includes(name)
}

const STAYS =
  "note: the set's owner stays: something stands under it that no record of ours names; `wfpctl get --all` shows tunnels\n"

async function approve(
  name: string,
  { options, terminal }: Pick<Invocation, 'options' | 'terminal'>,
): Promise<Approval | undefined> {
  if (options.autoApprove === true) return () => ({ mode: 'commit' })
  if (await terminal.confirm(`Destroy set ${name}?`)) return (plan) => ({ mode: 'commit', approved: plan.digest })
  terminal.talk('Not approved; nothing was changed. Pass --auto-approve to go ahead without being asked.\n')
  return undefined
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
