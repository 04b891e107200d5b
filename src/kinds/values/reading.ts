/** What a parser of one value answers: the value, or what is wrong with it in the user's words. */

import type { Diagnostic, DiagnosticCode } from '../../base/diagnostic.ts'

export interface Problem extends Pick<Diagnostic, 'label' | 'help'> {
  readonly code: DiagnosticCode
  readonly message: string
}

export type Parsed<T> = { readonly value: T } | { readonly problem: Problem }

export function problem(
  code: DiagnosticCode,
  message: string,
  more: Pick<Problem, 'label' | 'help'> = {},
): { readonly problem: Problem } {
  return { problem: { code, message, ...more } }
}
