/** What a parser of one value answers: the value, or what is wrong with it in the user's words. */

import { clip, oddCharacterIn, straightened } from '../../base/characters.ts'
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

/**
 * Reads a value as it was written. Where that fails for a character that does not show, or that looks like a plain one, the problem says
 * which and where; text that came along with a copy is never quoted as it is.
 */
export function readWritten<T>(written: string, parse: (text: string) => Parsed<T>): Parsed<T> {
  const reading = parse(written)
  const odd = 'problem' in reading ? oddCharacterIn(written) : undefined
  if (!('problem' in reading) || !odd) return reading
  const plain = straightened(written)
  const meant = parse(plain)
  const help = 'value' in meant ? `write \`${plain}\`` : meant.problem.help
  return problem(reading.problem.code, `\`${clip(written)}\` holds ${odd.name} ${odd.where}`, {
    label: odd.isInvisible ? 'it does not show' : 'it is not the plain character',
    ...(help !== undefined && { help }),
  })
}
