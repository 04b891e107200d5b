/** How applying a set can end, and what is said about it. */

import { type Diagnostic, diagnostic, dotted, type OnProgress } from '../../base/index.ts'
import type { Address } from '../../manifest/index.ts'
import type { Actor } from '../history.ts'
import type { Confirmation, ConfirmWithin } from '../notes/index.ts'
import {
  type Change,
  changesNothing,
  type Difference,
  type PlanInput,
  type SetContext,
  type SetPlan,
  type SetState,
} from '../plan/index.ts'
import type { EngineRefusal, PartQuery, Unsettled } from '../provider.ts'
import type { Secrets } from '../secrets.ts'

export type OutcomeStatus = 'applied' | 'unchanged' | 'failed' | 'rolled-back' | 'skipped'

/** What became of one change. */
export interface Outcome {
  readonly address: Address
  readonly action: string
  readonly status: OutcomeStatus
  readonly error?: { readonly name: string; readonly code: string; readonly call: string; readonly message: string }
}

/** How a set ended; every result but `applied` and `unchanged` leaves the set as it was. */
export type SetResult =
  | 'applied'
  | 'unchanged'
  | 'checked'
  | 'refused'
  | 'stale'
  | 'failed'
  | 'mismatch'
  /** planned under the lock, something that is declared cannot be used: a secret that cannot be read */
  | 'invalid'
  | 'busy'
  /** the rights are missing */
  | 'denied'
  | 'unavailable'
  /** told to stop, between two calls */
  | 'interrupted'
  /** an error that is ours: see `error` */
  | 'bug'

export interface SetReport {
  /** the plan as it was under the lock, or before it when the lock was never taken */
  readonly plan: SetPlan
  readonly result: SetResult
  readonly outcomes: readonly Outcome[]
  /** what was changed was read back equal */
  readonly verified: boolean
  /** it was applied on condition, and waits for a confirmation */
  readonly confirmation?: Confirmation
  readonly diagnostics: readonly Diagnostic[]
  /** of the set's transaction, planning and reading back included, and how much of it the engine's write lock was held */
  readonly times?: { readonly durationMilliseconds: number; readonly lockMilliseconds: number }
  /** of a bug: whatever was thrown */
  readonly error?: unknown
}

/** A change that the engine refused. */
export interface Failure {
  readonly change: Change
  readonly refusal: EngineRefusal
}

/** A change that reads back differently from what was declared. */
export interface Mismatch {
  readonly change: Change
  readonly differences: readonly Difference[]
}

export function report(plan: SetPlan, result: SetResult, status: OutcomeStatus): SetReport {
  const outcomes = plan.changes.map((c) => ({ address: c.address, action: c.action, status }))
  return { plan, result, outcomes, verified: false, diagnostics: [] }
}

/** The changes of a plan that somebody else has carried out before we got the lock. */
export function alreadyDone(before: SetPlan): Outcome[] {
  return before.changes.map((c) => ({ address: c.address, action: c.action, status: 'unchanged' }))
}

/** Nobody approved: what was to be done was skipped. */
export function unapproved(plan: SetPlan): SetReport {
  return report(plan, changesNothing(plan) ? 'unchanged' : 'refused', 'skipped')
}

export function invalid(plan: SetPlan, diagnostics: readonly Diagnostic[]): SetReport {
  return { ...report(plan, 'invalid', 'skipped'), diagnostics }
}

export function stale(plan: SetPlan): SetReport {
  const finding = diagnostic(
    'E320',
    undefined,
    `the plan of set ${plan.set.name} is stale: the engine or the manifests changed since it was approved`,
    {
      notes: ['nothing was changed'],
      help: 'plan again, look at the result, and approve that',
    },
  )
  return { ...report(plan, 'stale', 'skipped'), diagnostics: [finding] }
}

export function failed(plan: SetPlan, failures: readonly Failure[]): SetReport {
  const refusals = new Map(failures.map((f) => [f.change.address, f.refusal]))
  const outcomes = plan.changes.map((c): Outcome => {
    const refusal = refusals.get(c.address)
    if (!refusal) return { address: c.address, action: c.action, status: 'rolled-back' }
    const error = { name: refusal.status, code: refusal.code, call: refusal.call, message: refusal.message }
    return { address: c.address, action: c.action, status: 'failed', error }
  })
  return { plan, result: 'failed', outcomes, verified: false, diagnostics: failures.map(refusalFinding) }
}

function refusalFinding({ change, refusal }: Failure): Diagnostic {
  const place = refusal.pointer === undefined ? '' : `/spec${refusal.pointer}`
  return diagnostic('E412', change.after?.manifest.at(place), `the engine refused ${change.address}`, {
    notes: [refusal.message, 'nothing was changed; the transaction was rolled back'],
    ...(refusal.help && { help: refusal.help }),
  })
}

export function mismatch(plan: SetPlan, mismatches: readonly Mismatch[]): SetReport {
  const diagnostics = mismatches.map(({ change, differences }) => {
    const paths = differences.map((d) => d.path)
    return diagnostic(
      'E501',
      change.after?.manifest.at(`/spec${paths[0] ?? ''}`),
      `${change.address} reads back differently from what was applied`,
      {
        notes: [...differences.map(describeMismatch), 'nothing was changed; the transaction was rolled back'],
        help: `to accept what this engine shows, add to the set's spec.safety.acceptReadback: [${paths.join(', ')}], or to the spec.acceptReadback of this one alone`,
      },
    )
  })
  return { ...report(plan, 'mismatch', 'rolled-back'), diagnostics }
}

/** What the engine made of it, and was accepted by name. */
export function rewritten({ change, differences }: Mismatch): Diagnostic {
  return diagnostic(
    'W501',
    change.after?.manifest.at(`/spec${differences[0]?.path ?? ''}`),
    `${change.address} reads back differently from what was applied, as accepted`,
    { notes: differences.map(describeMismatch) },
  )
}

/** Calls that succeeded, and had no effect. */
export function ineffective(plan: SetPlan, unsettled: readonly Unsettled[]): SetReport {
  const diagnostics = unsettled.map(({ key, what }) => {
    const change = plan.changes.find((one) => one.key === key || one.before?.key === key)
    const subject = change?.address ?? `set ${plan.set.name}`
    return diagnostic('E501', change?.after?.manifest.at(''), `${subject} does not stand as it was written: ${what}`, {
      notes: ['the call succeeded without effect', 'nothing was changed; the transaction was rolled back'],
      help: 'look for what hides or restores it: rights on the object, or another program; `wfpctl doctor` shows both',
    })
  })
  return { ...report(plan, 'mismatch', 'rolled-back'), diagnostics }
}

function describeMismatch(d: Difference): string {
  if (d.path === '') return 'the engine does not show it at all'
  if (d.sensitive) return `${dotted(d.path)} differs (not shown)`
  if (d.before === undefined)
    return `${dotted(d.path)} was not applied and reads back as ${JSON.stringify(d.after ?? null)}`
  if (d.after === undefined)
    return `${dotted(d.path)} was applied as ${JSON.stringify(d.before)} and does not read back`
  return `${dotted(d.path)} was applied as ${JSON.stringify(d.before)} and reads back as ${JSON.stringify(d.after)}`
}

const FINDING_OF_SORT = {
  busy: { code: 'E420', result: 'busy', message: 'the engine is busy: its write lock was not obtained' },
  denied: { code: 'E430', result: 'denied', message: 'the engine cannot be used' },
  unavailable: { code: 'E430', result: 'unavailable', message: 'the engine cannot be used' },
  refused: { code: 'E411', result: 'failed', message: 'the engine refused the transaction' },
} as const

export function refusedBy(refusal: EngineRefusal, plan: SetPlan): SetReport {
  const { code, result, message } = FINDING_OF_SORT[refusal.sort]
  const finding = diagnostic(code, undefined, `${message} (set ${plan.set.name})`, {
    notes: [refusal.message, 'nothing was changed'],
    ...(refusal.help && { help: refusal.help }),
  })
  return { ...report(plan, result, 'rolled-back'), diagnostics: [finding] }
}

/** Where all but a few resources of a set are known to stand as they are declared. */
export interface ApplyPart extends Required<Pick<PlanInput, 'others'>> {
  readonly query: PartQuery
  /** digest of all that stood when it was planned */
  readonly engine: string
  /** whether nothing stands but what was looked for */
  expects(state: SetState): boolean
  /** for when that has changed */
  whole(): ApplyContext
}

/** A set with what this pass knows beside it. */
export interface ApplyContext extends SetContext {
  /** its resources are these alone; absent: they are all */
  readonly part?: ApplyPart
  readonly secrets: Secrets
  /** Git commit that the manifests come from */
  readonly commit?: string
  /** absent: nobody says who, and nothing is remembered of it */
  readonly actor?: Actor
  readonly progress?: OnProgress
}

export interface ApplyOptions {
  /** `check` tries every call, collects every refusal and aborts */
  readonly mode: 'commit' | 'check'
  /** the former state comes back unless somebody confirms in time; the way back is tried before the commit */
  readonly confirm?: ConfirmWithin
  /** the digest of exactly the plan that was approved; absent: whatever the plan is under the lock */
  readonly approved?: string
  /** aborts between two calls of the engine; everything is rolled back */
  readonly signal?: AbortSignal
}
