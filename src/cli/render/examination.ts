/** What doctor found, as people read it. */

import type { Examination, Finding, ProbeAnswer } from '../../providers/index.ts'
import type { Paint } from './paint.ts'

const STATUS_WIDTH = 8

export function renderExamination({ findings, answers }: Examination, paint: Paint): string {
  const parts = [findings.map((finding) => renderFinding(finding, paint)).join('')]
  if (answers) parts.push(`What this engine does where nothing is documented:\n${answers.map(renderAnswer).join('')}`)
  return `${parts.join('\n')}\n${verdict(findings)}\n`
}

function renderFinding({ status, message, fix }: Finding, paint: Paint): string {
  const word = status.padEnd(STATUS_WIDTH)
  const line = `${status === 'error' ? paint.red(word) : word} ${message}\n`
  return fix === undefined ? line : `${line}${' '.repeat(STATUS_WIDTH)} fix: ${fix}\n`
}

function renderAnswer({ question, answer }: ProbeAnswer): string {
  return `  ${question}\n    ${answer}\n`
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
