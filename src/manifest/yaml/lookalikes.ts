/**
 * Characters that look like a space, like nothing, or like a straight quote. To YAML they are letters, so a text with them says what
 * nobody meant. So do a few other scalars that are right to YAML.
 */

import type { DiagnosticCode } from '../../base/index.ts'

/** White space and invisible characters beyond ASCII, for the inside of a character class. */
const SPACES = '\\x80-\\xa0\\xad\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ufeff'
const QUOTES = '\\xab\\xbb\\u2018-\\u201f\\u2039\\u203a'
export const LOOKALIKES = SPACES + QUOTES

/** Beside a plain scalar it was meant as white space; inside it, it is text. */
const BESIDE_TEXT = new RegExp(`^[${SPACES}]+|(?<![${SPACES}])[${SPACES}]+$`)
const AROUND_TEXT = new RegExp(`^[${QUOTES}][\\s\\S]*[${QUOTES}]$`)
const ANY = new RegExp(`[${LOOKALIKES}]`, 'g')
const INDENTS_LINE = new RegExp(`^[ -]*[${SPACES}]+`, 'm')
/** Where else white space belongs on a line: after a colon, and before one. */
const BESIDE_COLON = new RegExp(`:[${SPACES}]+|(?<![${SPACES}])[${SPACES}]+ *(?=:(?: |$))`, 'm')
const QUOTE_ON_LINE = new RegExp(`(?:^|[:-]) *[${QUOTES}].*`, 'm')

const NAMES: { readonly [character: string]: string } = {
  '\u0085': 'next line character',
  '\u00a0': 'no-break space',
  '\u00ad': 'soft hyphen',
  '\u200b': 'zero-width space',
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  '\u202f': 'narrow no-break space',
  '\u2060': 'word joiner',
  '\u3000': 'ideographic space',
  '\ufeff': 'byte order mark',
}

/** Offsets count from the start of the text that was looked at. */
export interface Lookalike {
  readonly start: number
  readonly end: number
  readonly message: string
  readonly help: string
}

/** @param written a plain scalar, or a key */
export function lookalikeBeside(written: string): Lookalike | undefined {
  const space = BESIDE_TEXT.exec(written)
  if (space !== null) return oddSpace(space[0], space.index)
  return AROUND_TEXT.test(written) ? oddQuotes(written, 0) : undefined
}

/** What a name was meant to be. */
export function withoutLookalikes(name: string): string {
  return name.replaceAll(ANY, '')
}

/** The first line that is indented with what is not an indentation. */
export function oddIndentation(text: string): Lookalike | undefined {
  return firstSpace(INDENTS_LINE.exec(text))
}

export function oddSpaceBesideColon(text: string): Lookalike | undefined {
  return firstSpace(BESIDE_COLON.exec(text))
}

function firstSpace(found: RegExpExecArray | null): Lookalike | undefined {
  if (found === null) return undefined
  const odd = new RegExp(`[${SPACES}]+`).exec(found[0])!
  return oddSpace(odd[0], found.index + odd.index)
}

/** Quotes where a key or a value begins. */
export function quoteOn(line: string): Lookalike | undefined {
  const found = QUOTE_ON_LINE.exec(line)
  if (found === null) return undefined
  const start = found.index + found[0].search(new RegExp(`[${QUOTES}]`))
  return oddQuotes(line.slice(start, found.index + found[0].length), start)
}

function oddSpace(written: string, start: number): Lookalike {
  const code = written.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  const name = NAMES[written.charAt(0)] ?? 'invisible character'
  const message = `the ${name} U+${code} is not white space to YAML`
  return { start, end: start + written.length, message, help: 'remove it, or write a plain space in its place' }
}

function oddQuotes(written: string, start: number): Lookalike {
  const message = `${written.charAt(0)} is not a quote to YAML`
  return { start, end: start + written.length, message, help: 'write straight quotes: "…" or \'…\'' }
}

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
