/** Scalars that are right to YAML, and that nobody means. */

import type { DiagnosticCode } from '../../base/diagnostic.ts'
import { lookalikeBeside } from './lookalikes.ts'

/** Offsets count from the start of the scalar. */
export interface Suspicion {
  readonly code: DiagnosticCode & ('E110' | 'E111' | 'E130')
  readonly start: number
  readonly end: number
  readonly message: string
  readonly help: string
}

/** `"C:\temp"`: a tab and `emp`. The quick reader refuses it too. */
export const DRIVE_IN_QUOTES = /^"[A-Za-z]:\\[^\\]/

/** @param written the scalar with its quotes; `type` is that of the `yaml` package */
export function suspicion(written: string, type: string | undefined): Suspicion | undefined {
  if (type === 'QUOTE_DOUBLE' && DRIVE_IN_QUOTES.test(written)) {
    const help = 'write the path in single quotes, where a backslash is only a backslash'
    return {
      code: 'E110',
      start: 0,
      end: written.length,
      message: 'a backslash in double quotes begins an escape',
      help,
    }
  }
  if (type !== 'PLAIN') return undefined
  const lookalike = lookalikeBeside(written)
  if (lookalike !== undefined) return { ...lookalike, code: 'E130' }
  return itemInText(written)
}

/** The second of two lines is an item, and the first one is not, or stands too far out. */
function itemInText(written: string): Suspicion | undefined {
  const dash = /\n[ \t]*(-)[ \t]/.exec(written)
  if (dash === null) return undefined
  if (/^-\S/.test(written)) {
    return {
      code: 'E110',
      start: 0,
      end: 1,
      message: 'a space is missing after the dash',
      help: 'write items of a list as `- item`',
    }
  }
  const start = dash.index + dash[0].length - 2
  const help = 'give the items of one list the same indentation; write text of several lines below `|`'
  return { code: 'E111', start, end: start + 1, message: 'this list item is indented deeper than its list', help }
}
