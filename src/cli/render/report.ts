/** What was done and what was found, as people read it: an apply, registrations of key managers, an examination. */

import { type Diagnostic, diagnostic, formatDuration, printable } from '../../base/index.ts'
import type { Examination, Finding, ProbeAnswer } from '../../providers/index.ts'
import type { Outcome, OutcomeStatus, SetReport, SetResult } from '../../reconcile/apply/report.ts'
import { UnusableResource } from '../../reconcile/provider.ts'
import type { Holding } from '../../reconcile/watch/holder.ts'
import type { Paint } from './paint.ts'

const SENTENCES: { readonly [result in SetResult]: (report: SetReport) => string } = {
  applied: (r) =>
    r.plan.removesOwner
      ? 'what was left of it was removed'
      : `applied ${r.plan.changes.length === 1 ? '1 change' : `${r.plan.changes.length} changes`}, read back and verified`,
  unchanged: (r) => (r.plan.skipped ? 'skipped: another host' : 'nothing to do'),
  checked: () => 'every call was accepted; rolled back',
  refused: () => 'refused by safety; nothing was changed',
  stale: () => 'the plan is stale; nothing was changed',
  failed: () => 'the engine refused; nothing was changed',
  mismatch: () => 'read back differently; nothing was changed',
  invalid: () => 'what is declared cannot be used; nothing was changed',
  busy: () => 'the engine is busy; nothing was changed',
  denied: () => 'the rights are missing; nothing was changed',
  unavailable: () => 'the engine cannot be used; nothing was changed',
  interrupted: () => 'interrupted; nothing was changed',
  bug: () => 'wfpctl failed; nothing was changed',
}

export function renderReports(reports: readonly SetReport[], keyManagers: readonly Outcome[], paint: Paint): string {
  const sets = reports.map((report) => {
    const line = printable(`Set ${report.plan.set.name}: ${SENTENCES[report.result](report)}.`)
    const lines = [line, ...conditionLines(report)].join('\n')
    return ['applied', 'unchanged', 'checked'].includes(report.result) ? lines : paint.red(lines)
  })
  const registrations = keyManagers.map((o) =>
    printable(`${o.address}: ${o.status === 'applied' ? 'registered' : o.status}.`),
  )
  return `${[...sets, ...registrations].join('\n')}\n`
}

/** What is to be done now, and what happens otherwise. */
function conditionLines({ confirmation, plan }: SetReport): string[] {
  if (!confirmation) return []
  const { time, withinSeconds } = confirmation
  const until = new Date(Date.parse(time) + withinSeconds * 1000).toISOString().slice(0, 19)
  return [
    `  It is to be confirmed within ${formatDuration(withinSeconds)} (by ${until}Z): \`wfpctl confirm ${plan.set.name}\` keeps it.`,
    `  Otherwise, or at once with \`wfpctl confirm ${plan.set.name} --revert\`, the former state comes back.`,
  ]
}

const STATUSES: { readonly [status in Holding['status']]: OutcomeStatus } = {
  held: 'unchanged',
  'held-elsewhere': 'unchanged',
  registered: 'applied',
  failed: 'failed',
  waiting: 'failed',
}

export function outcomeOfHolding({ step, status, refusal }: Holding): Outcome {
  const { address, action } = step
  const error = refusal && { name: refusal.status, code: refusal.code, call: refusal.call, message: refusal.message }
  return { address, action, status: STATUSES[status], ...(error && { error }) }
}

/** One finding where it could not be registered: at the field that names what cannot be used, or at the document. */
export function findingOfHolding({ step, refusal }: Holding): Diagnostic[] {
  if (!refusal) return []
  const { manifest } = step.resource
  const help = refusal.help && { help: refusal.help }
  if (!(refusal instanceof UnusableResource)) {
    const notes = [refusal.message]
    return [diagnostic('E413', manifest.at(''), `the engine refused ${step.address}`, { notes, ...help })]
  }
  const notes = ['the engine was not asked']
  return [diagnostic('E414', manifest.at(`/spec${refusal.pointer ?? ''}`), refusal.message, { notes, ...help })]
}

const STATUS_WIDTH = 8

export function renderExamination({ findings, answers }: Examination, paint: Paint): string {
  const parts = [findings.map((finding) => renderFinding(finding, paint)).join('')]
  if (answers) parts.push(`What this engine does where nothing is documented:\n${answers.map(renderAnswer).join('')}`)
  return `${parts.join('\n')}\n${verdict(findings)}\n`
}

function renderFinding({ status, message, fix }: Finding, paint: Paint): string {
  const word = status.padEnd(STATUS_WIDTH)
  const line = `${status === 'error' ? paint.red(word) : word} ${printable(message)}\n`
  return fix === undefined ? line : `${line}${' '.repeat(STATUS_WIDTH)} fix: ${printable(fix)}\n`
}

function renderAnswer({ question, answer }: ProbeAnswer): string {
  return `  ${question}\n    ${printable(answer)}\n`
}

function verdict(findings: readonly Finding[]): string {
  const errors = findings.filter(({ status }) => status === 'error').length
  const warnings = findings.filter(({ status }) => status === 'warning').length
  if (errors === 0) return warnings === 0 ? 'Ready.' : `Ready, with ${counted(warnings, 'warning')}.`
  return `Not ready: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`
}

function counted(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`
}
