/** Findings about what the user wrote or asked for: never thrown, all reported at once. */

import type { Span } from './source.ts'

export type Severity = 'error' | 'warning'
export type DiagnosticCode = `${'E' | 'W'}${number}`

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
  /** what to write instead */
  readonly help?: string
  /** text that no output may show: a key written into the manifest. Frames print it masked. */
  readonly secrets?: readonly Span[]
}

/** Builds a diagnostic; the severity follows from the code's letter. */
export function diagnostic(
  code: DiagnosticCode,
  span: Span | undefined,
  message: string,
  more: Pick<Diagnostic, 'label' | 'notes' | 'help' | 'secrets'> = {},
): Diagnostic {
  const severity = code.startsWith('W') ? 'warning' : 'error'
  return { severity, code, message, ...(span && { span }), ...more }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error')
}
