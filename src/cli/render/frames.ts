/** Findings as code frames for people, and as JSON for scripts. */

import picocolors from 'picocolors'
import { byPosition, type Diagnostic, plural, positionOf, printable, type Span } from '../../base/index.ts'
import { type Excerpt, excerptOf } from './excerpt.ts'
import { mapTexts, type SecretRanges, secretsOf, withoutQuotes } from './masking.ts'

export interface FrameOptions {
  readonly color: boolean
}

/** All findings, in order of file and place, with an empty line between; ends with a line end. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: FrameOptions): string {
  const secrets = secretsOf(diagnostics)
  const frames = [...diagnostics].sort(byPosition).map((finding) =>
    renderFrame(
      mapTexts(withoutQuotes(finding, secrets), (text) => printable(text)),
      secrets,
      options,
    ),
  )
  return frames.map((frame) => `${frame}\n`).join('\n')
}

/** `8 errors, 1 warning in 3 files` */
export function summarise(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((finding) => finding.severity === 'error').length
  const files = new Set(diagnostics.flatMap((finding) => finding.span?.file.path ?? []))
  const parts = [plural(errors, 'error'), plural(diagnostics.length - errors, 'warning')].filter(
    (part) => !part.startsWith('0 '),
  )
  const where = files.size === 0 ? '' : ` in ${plural(files.size, 'file')}`
  return parts.length === 0 ? 'no findings' : parts.join(', ') + where
}

/** The contract's shape; `file` to `endColumn` are absent where a finding has no place. */
export interface DiagnosticJson {
  readonly severity: string
  readonly code: string
  readonly message: string
  readonly help?: string
  readonly notes?: readonly string[]
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly endLine?: number
  readonly endColumn?: number
}

export function diagnosticsToJson(diagnostics: readonly Diagnostic[]): DiagnosticJson[] {
  const secrets = secretsOf(diagnostics)
  const findings = [...diagnostics].sort(byPosition).map((finding) => withoutQuotes(finding, secrets))
  return findings.map(({ severity, code, message, help, notes, span }) => ({
    severity,
    code,
    message,
    ...(help !== undefined && { help }),
    ...(notes !== undefined && { notes }),
    ...(span && placeToJson(span)),
  }))
}

function placeToJson({ file, start, end }: Span) {
  const from = positionOf(file, start)
  const to = positionOf(file, end)
  return { file: file.path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
}

function renderFrame(finding: Diagnostic, secrets: SecretRanges, { color }: FrameOptions): string {
  const paint = picocolors.createColors(color)
  const loud = finding.severity === 'error' ? paint.red : paint.yellow
  const { span } = finding
  const excerpt = span && excerptOf(span, secrets(span.file))
  const margin = ' '.repeat(String(excerpt?.line ?? '').length || 1)
  const gutter = (number: string, text: string) =>
    text === '' ? paint.blue(`${number} |`) : `${paint.blue(`${number} |`)} ${text}`
  const tail = [
    ...(finding.notes ?? []).map((note) => `${paint.bold('note')}: ${note}`),
    ...(finding.help === undefined ? [] : [`${paint.bold('help')}: ${finding.help}`]),
  ]
  const lines = [`${loud(paint.bold(`${finding.severity}[${finding.code}]`))}: ${paint.bold(finding.message)}`]
  if (span) lines.push(`${margin}${paint.blue('-->')} ${whereOf(span)}`)
  if (excerpt) {
    lines.push(gutter(margin, ''), gutter(String(excerpt.line), excerpt.text))
    lines.push(gutter(margin, excerpt.indent + loud(marks(excerpt, finding.label))))
  }
  if (tail.length > 0 && span) lines.push(gutter(margin, ''))
  lines.push(...tail.map((text) => `${margin} ${paint.blue('=')} ${text}`))
  return lines.join('\n')
}

function marks({ carets }: Excerpt, label: string | undefined): string {
  return '^'.repeat(carets) + (label === undefined ? '' : ` ${label}`)
}

/** A file whose text was never read has no lines. */
function whereOf({ file, start }: Span): string {
  if (file.text === '') return printable(file.path)
  const { line, column } = positionOf(file, start)
  return `${printable(file.path)}:${line}:${column}`
}
