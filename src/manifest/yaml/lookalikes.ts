/** Characters that look like a space, like nothing, or like a straight quote. To YAML they are letters, so a text with them says what nobody meant. */

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

/** The first line that is indented with what is no indentation. */
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
