/** Findings about what the user wrote or asked for: never thrown, all reported at once. */

import type { DiagnosticCode } from './codes.ts'
import { positionOf, type Span } from './source.ts'
import { compareText } from './text.ts'

export type { DiagnosticCode } from './codes.ts'
export type Severity = 'error' | 'warning'

export interface Diagnostic {
  readonly severity: Severity
  /** stable; the catalogue is codes.ts */
  readonly code: DiagnosticCode
  /** what is wrong, in the user's words; lower case, no full stop */
  readonly message: string
  readonly span?: Span
  /** what stands beside the carets in the code frame */
  readonly label?: string
  readonly notes?: readonly string[]
  /** other places in the same document; they become the first notes when the document gets its place in a file (relocate.ts) */
  readonly related?: readonly Related[]
  /** what to write instead */
  readonly help?: string
  /** text that no output may show: a key written into the manifest. Frames print it masked. */
  readonly secrets?: readonly Span[]
}

/** `first given`, and where that is. */
export interface Related {
  readonly text: string
  readonly at: Span
}

/** A value, or the reasons why there is none and what could be read all the same. Findings of a success are warnings. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly partial?: Partial<T> }

/** Builds a diagnostic; the severity follows from the code's letter. What a template has made is said to come from two places. */
export function diagnostic(
  code: DiagnosticCode,
  span: Span | undefined,
  message: string,
  more: Pick<Diagnostic, 'label' | 'notes' | 'related' | 'help' | 'secrets'> = {},
): Diagnostic {
  const severity = code.startsWith('W') ? 'warning' : 'error'
  const notes = [...(more.notes ?? []), ...otherPlaces(span)]
  return { severity, code, message, ...(span && { span }), ...more, ...(notes.length > 0 && { notes }) }
}

function otherPlaces(span: Span | undefined): string[] {
  return span?.other ? [`${span.other.text} at ${placeText(span.other.at)}`] : []
}

/** `gw/hq.yaml:14:9` */
export function placeText({ file, start }: Span): string {
  const { line, column } = positionOf(file, start)
  return `${file.path}:${line}:${column}`
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error')
}

/** By file, place and code; what has no place comes first. For `sort`. */
export function byPosition(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.span?.file.path ?? '', b.span?.file.path ?? '') ||
    (a.span?.start ?? 0) - (b.span?.start ?? 0) ||
    compareText(a.code, b.code)
  )
}

/** A mistake in an anchored value is met again at each of its aliases: same place, same words. */
export function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>()
  return diagnostics.filter(({ code, message, span }) => {
    const identity = JSON.stringify([code, message, span?.file.path, span?.start, span?.end])
    const isNew = !seen.has(identity)
    seen.add(identity)
    return isNew
  })
}
