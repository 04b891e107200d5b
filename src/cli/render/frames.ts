/** Findings as code frames for people, and as JSON for scripts. */

import picocolors from 'picocolors'
import { type Diagnostic, plural, positionOf, printable, type Span } from '../../base/index.ts'
import { widthOf, wrapped } from '../width.ts'
import { type Excerpt, excerptOf } from './excerpt.ts'
import { mapTexts, masked, type SecretRanges, secretsOf } from './masking.ts'

/** ` | ` between the line's number and its text */
const GUTTER_WIDTH = 3

export interface FrameOptions {
  readonly color: boolean
  /** of the terminal that they are shown on; absent: there is none */
  readonly width?: number | undefined
}

/** One mistake, such as a variable that is not set, may be found wherever it matters: so many of its places are shown. */
const MOST_ALIKE_SHOWN = 3

/**
 * The findings in order of file and place, with an empty line between; ends with a line end. Of many that say the same, the last that is shown
 * tells where the next are, and how many.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: FrameOptions): string {
  const secrets = secretsOf(diagnostics)
  const findings = masked(diagnostics, secrets).map((finding) => mapTexts(finding, (text) => printable(text)))
  const alike = new Map<string, Diagnostic[]>()
  for (const finding of findings) {
    const { severity, code, message, label, notes, help } = finding
    const words = JSON.stringify([severity, code, message, label, notes, help])
    const same = alike.get(words)
    if (same) same.push(finding)
    else alike.set(words, [finding])
  }
  const shown = new Map([...alike.values()].flatMap(shownOf))
  const frames = findings.flatMap((finding) => {
    const one = shown.get(finding)
    return one ? [`${renderFrame(one, secrets, options)}\n`] : []
  })
  return frames.join('\n')
}

/** @returns those of findings alike that are shown, and as what */
function shownOf(alike: readonly Diagnostic[]): [Diagnostic, Diagnostic][] {
  const [shown, rest] = [alike.slice(0, MOST_ALIKE_SHOWN), alike.slice(MOST_ALIKE_SHOWN)]
  const last = shown.at(-1)
  return shown.map((finding) => [finding, finding === last && rest.length > 0 ? withMore(finding, rest) : finding])
}

function withMore(finding: Diagnostic, rest: readonly Diagnostic[]): Diagnostic {
  const places = rest.slice(0, MOST_ALIKE_SHOWN).map(({ span }) => (span ? whereOf(span) : 'no place'))
  const more = rest.length - places.length
  const also = `the same at ${places.join(', ')}${more > 0 ? ` and ${plural(more, 'more place')}; -o json has them all` : ''}`
  return { ...finding, notes: [also, ...(finding.notes ?? [])] }
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
  return masked(diagnostics, secretsOf(diagnostics)).map(({ severity, code, message, help, notes, span }) => ({
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

function renderFrame(finding: Diagnostic, secrets: SecretRanges, { color, width }: FrameOptions): string {
  const paint = picocolors.createColors(color)
  const loud = finding.severity === 'error' ? paint.red : paint.yellow
  const { span } = finding
  const lineNumber = span && span.file.text !== '' ? String(positionOf(span.file, span.start).line) : ' '
  const margin = ' '.repeat(lineNumber.length)
  const room = width && width - margin.length - GUTTER_WIDTH
  const excerpt = span && excerptOf(span, secrets(span.file), room)
  const gutter = (number: string, text: string) =>
    text === '' ? paint.blue(`${number} |`) : `${paint.blue(`${number} |`)} ${text}`
  const tail = [
    ...(finding.notes ?? []).map((note) => `${paint.bold('note')}: ${note}`),
    ...(finding.help === undefined ? [] : [`${paint.bold('help')}: ${finding.help}`]),
  ]
  const lines = [`${loud(paint.bold(`${finding.severity}[${finding.code}]`))}: ${paint.bold(finding.message)}`]
  if (span) lines.push(`${margin}${paint.blue('-->')} ${whereOf(span)}`)
  if (excerpt) {
    lines.push(gutter(margin, ''), gutter(lineNumber, excerpt.text))
    lines.push(...marks(excerpt, finding.label, room).map((text) => gutter(margin, loud(text))))
  }
  if (tail.length > 0 && span) lines.push(gutter(margin, ''))
  lines.push(...tail.map((text) => `${margin} ${paint.blue('=')} ${text}`))
  return wrapped(lines.join('\n'), width)
}

/** The carets, and the label beside them, or below where there is no room. */
function marks({ indent, carets }: Excerpt, label: string | undefined, room: number | undefined): string[] {
  const line = indent + '^'.repeat(carets)
  if (label === undefined) return [line]
  const beside = `${line} ${label}`
  if (room === undefined || widthOf(beside) <= room) return [beside]
  const below = indent.slice(0, Math.max(0, room - Math.max(widthOf(label), room >> 1))) + label
  return [line, ...wrapped(below, room).split('\n')]
}

/** A file whose text was never read has no lines. */
function whereOf({ file, start }: Span): string {
  if (file.text === '') return printable(file.path)
  const { line, column } = positionOf(file, start)
  return `${printable(file.path)}:${line}:${column}`
}
