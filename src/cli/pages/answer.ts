/** Answers that are about every host: of `diff`, and of `plan --all-hosts`. And pages where nothing was planned. */

import type { Diagnostic } from '../../base/index.ts'
import type { Desired } from '../../manifest/index.ts'
import type { HostPlan } from '../../reconcile/plan/index.ts'
import type { Invocation } from '../commands/command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { diagnosticsToJson, FORMAT_VERSION, hostsJson, renderHosts, type Telling, toJson } from '../render/index.ts'
import { type Review, reviewOfHosts, reviewOfNothing } from './review.ts'

const PAGES: Readonly<Record<string, () => Promise<(review: Review) => string>>> = {
  markdown: async () => (await import('./markdown.ts')).markdownPage,
  html: async () => (await import('./html.ts')).htmlPage,
}

export async function pageOf(output: unknown, review: Review): Promise<string> {
  const load = PAGES[String(output)]
  if (!load) throw new Error(`${output} is no page`)
  return (await load())(review)
}

type Shown = Pick<Invocation, 'options' | 'terminal'>

/** A commit that is compared, as it was asked for. */
interface Revision {
  readonly revision: string
  readonly commit: string
}

export interface HostsAnswer {
  readonly title: string
  /** what was compared; empty: the tree, with nothing */
  readonly about: { readonly from?: Revision; readonly to?: Revision; readonly commit?: string }
  readonly hosts: readonly HostPlan[]
  readonly telling: Telling
  readonly diagnostics: readonly Diagnostic[]
  /** what stands after it */
  readonly declared: Desired
}

export async function answerForHosts(answer: HostsAnswer, { options, terminal }: Shown): Promise<ExitCode> {
  terminal.findings(answer.diagnostics)
  terminal.answer(await textOf(answer, { options, terminal }))
  const changes = answer.hosts.some(({ plans }) => plans.some((plan) => plan.changes.length > 0))
  return options.detailedExitcode === true && changes ? EXIT.changes : EXIT.done
}

async function textOf(answer: HostsAnswer, { options, terminal }: Shown): Promise<string> {
  const { about, hosts, telling, diagnostics } = answer
  if (terminal.findingsAlone) return terminal.findingsAlone(diagnostics)
  if (terminal.json)
    return toJson({ formatVersion: FORMAT_VERSION, ...about, ...hostsJson(hosts, diagnosticsToJson(diagnostics)) })
  const head = Object.entries(about).map(([name, one]) => [name, revisionText(one)] as const)
  if (options.output === 'human')
    return renderHosts(hosts, { ...telling, head, full: options.full === true }, terminal.paint)
  return pageOf(options.output, reviewOfHosts({ ...answer, head }))
}

function revisionText(one: Revision | string): string {
  return typeof one === 'string' ? one : `${one.revision}, commit ${one.commit}`
}

/** The manifests have errors: a page says so where one was asked for, and the frames go where they always do. */
export async function rejected(
  title: string,
  diagnostics: readonly Diagnostic[],
  { options, terminal }: Shown,
): Promise<ExitCode> {
  const isPage = !terminal.json && !terminal.findingsAlone && options.output !== 'human'
  if (isPage) terminal.answer(await pageOf(options.output, reviewOfNothing(title, diagnostics)))
  return terminal.reject(diagnostics)
}
