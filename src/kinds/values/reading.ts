/** What a parser of one value answers: the value, or what is wrong with it in the user's words. */

import { clip, type Diagnostic, type DiagnosticCode, oddCharacterIn, straightened } from '../../base/index.ts'
import { type Descriptor, encodeDescriptor, parseSddl, SddlError } from '../../base/sddl/index.ts'

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

/** As long as any SID of a domain: five parts. Which domain it is, Windows alone knows. */
const SOME_ACCOUNT = 'S-1-5-21-0-0-0-500'

/** Reads a descriptor such as `D:(A;;GA;;;BA)(A;;GR;;;WD)` as the engine's machine will; accounts of a domain are believed. */
export function sddl(text: string): Parsed<Descriptor> {
  try {
    const descriptor = parseSddl(text)
    encodeDescriptor(descriptor, () => SOME_ACCOUNT)
    if (!descriptor.sacl) return { value: descriptor }
    return problem('E243', 'the engine ignores a SACL', { help: 'leave out the part from `S:` on' })
  } catch (error) {
    if (!(error instanceof SddlError)) throw error
    return problem('E243', error.message, {
      ...(error.why !== undefined && { label: error.why }),
      help: error.help ?? 'write SDDL, e.g. D:(A;;GA;;;BA)(A;;GA;;;SY)(A;;GR;;;WD)',
    })
  }
}
