/**
 * What somebody reviews, as one page: the plans of one host or of several, what they are of, and what was found. Loaded only where a page
 * is asked for, `-o markdown` or `-o html`.
 */

import { type Diagnostic, plural } from '../../base/index.ts'
import type { Desired, Resource } from '../../manifest/index.ts'
import type { Change, HostPlan, SetPlan, UndeclaredSet } from '../../reconcile/plan/index.ts'
import type { Planned } from '../../reconcile/reconcile.ts'
import {
  AS_APPLIED,
  asideLines,
  type DiagnosticJson,
  diagnosticsToJson,
  isTouched,
  noteLines,
  partialLines,
  summarise,
  summaryLine,
  type Telling,
  touchedText,
} from '../render/index.ts'

export interface Review extends Telling {
  /** `wfpctl plan` */
  readonly title: string
  /** what it is all about, in a few words */
  readonly summary: string
  /** host, engine, commit: `['engine', 'sandbox']` */
  readonly head: readonly (readonly [name: string, text: string])[]
  readonly hosts: readonly HostReview[]
  /** what to know of it beside: a part alone was planned, no secret was read */
  readonly notes: readonly string[]
  readonly findings: readonly DiagnosticJson[]
  /** may be approved as it is: the digests of its sets are shown */
  readonly approvable: boolean
}

/** What would change on one machine. */
export interface HostReview {
  /** absent: the page is about one alone, and its head names it; `any`: sets that name none */
  readonly host?: string
  readonly plans: readonly SetPlan[]
  readonly undeclared: readonly UndeclaredSet[]
  /** what is declared, changed or not: for the picture */
  readonly declared: readonly Resource[]
}

/** What stands below the changes of a set, a sentence each. */
export function remarksOf(plan: SetPlan, telling: Telling): readonly string[] {
  const skipped = plan.skipped ? [`skipped: the set belongs to host ${plan.set.host}`] : []
  return [...skipped, ...noteLines(plan), ...asideLines(plan, telling)].map((line) => line.trim().replace(/ +/g, ' '))
}

/** What is said of a set around its name. */
export function undeclaredWords({ orphans }: UndeclaredSet): readonly [before: string, after: string] {
  return ['the engine holds set ', ` with ${plural(orphans.length, 'resource')}, and no manifest given declares it`]
}

/** Changes after which something is not there, if only for a moment: they are shown open. */
export function isLoss({ action }: Change): boolean {
  return ['delete', 'disable', 'replace'].includes(action)
}

/** @param beside what the plan does not hold itself */
export function reviewOfPlan(
  { plans, undeclared, selection, ...head }: Planned,
  { declared, notes, findings }: Pick<Review, 'notes' | 'findings'> & Pick<HostReview, 'declared'>,
): Review {
  const { host, engine, commit } = head
  return {
    title: 'wfpctl plan',
    summary: summaryLine(plans)
      .trim()
      .replace(/^Plan: /, ''),
    head: Object.entries({ host, engine, ...(commit !== undefined && { commit }) }),
    hosts: [{ plans, undeclared, declared }],
    ...AS_APPLIED,
    approvable: true,
    notes: [
      ...notes,
      ...partialLines(plans, selection)
        .split('\n')
        .filter((line) => line !== ''),
    ],
    findings,
  }
}

interface Hosts extends Pick<Review, 'title' | 'head'> {
  readonly hosts: readonly HostPlan[]
  readonly telling: Telling
  readonly diagnostics: readonly Diagnostic[]
  readonly declared: Desired
}

/** What is said of no host is left out. */
export function reviewOfHosts({ title, head, hosts, telling, diagnostics, declared }: Hosts): Review {
  const touched = hosts.filter(isTouched)
  return {
    title,
    summary: `${summaryLine(hosts.flatMap(({ plans }) => plans))
      .trim()
      .replace(/^Plan: /, '')} ${touchedText(hosts)}`,
    head,
    hosts: touched.map((one) => ({ ...one, host: one.host ?? 'any', declared: declaredIn(one, declared) })),
    ...telling,
    approvable: false,
    notes: [],
    findings: diagnosticsToJson(diagnostics),
  }
}

function declaredIn({ plans }: HostPlan, { resources }: Desired): Resource[] {
  const sets = new Set(plans.map(({ set }) => set.name))
  return resources.filter(({ set }) => sets.has(set))
}

/** The manifests have errors. */
export function reviewOfNothing(title: string, diagnostics: readonly Diagnostic[]): Review {
  const summary = `nothing was planned, ${summarise(diagnostics)}`
  return {
    title,
    summary,
    head: [],
    hosts: [],
    ...AS_APPLIED,
    approvable: false,
    notes: [],
    findings: diagnosticsToJson(diagnostics),
  }
}
