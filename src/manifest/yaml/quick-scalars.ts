/** Scalars for the quick reader (quick.ts): where each ends, and its value. An end of -1, and undefined, mean: not known here. */

import type { Json } from '../../base/index.ts'
import { BACKSLASH, CR, DOUBLE_QUOTE, LF, SINGLE_QUOTE, SPACE, TAB } from './codes.ts'
import { DRIVE_IN_QUOTES, LOOKALIKES } from './lookalikes.ts'

/** More goes to the exact reader: each word takes up memory of the expression. */
const MAX_WORDS = 1_000

/** Plain scalars, without blanks at their end: in block collections and in flow collections. */
export const BLOCK_PLAIN = plainPattern('')
export const FLOW_PLAIN = plainPattern(',[\\]{}')

/**
 * One native step for a scalar: as fast as a loop over characters is once that is compiled, and much faster until then, which is when most
 * commands have ended. Nothing follows the last group, so nothing is tried twice.
 */
function plainPattern(indicators: string): RegExp {
  const letter = `[^\\x00-\\x20\\x7f${LOOKALIKES}:#${indicators}]`
  const colon = `:(?=${letter}|[:#])`
  // merge keys, and at the start of a line markers of documents, are for the exact reader
  const first = `(?!<<|(?<![^\\n])(?:---|\\.\\.\\.)|[-?:](?!${letter}|:)|[>!"#%&'*,@\\[\\]\`{|}])`
  return new RegExp(`${first}(?:${letter}|:)(?:${letter}+|#|${colon}| +(?=${letter}|${colon})){0,${MAX_WORDS}}`, 'y')
}

/** @returns the offset behind the plain scalar that begins here */
export function plainEnd(text: string, start: number, pattern: RegExp): number {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : -1
}

/** `~` to `FALSE`, by their texts. */
const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ...['~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
])
const LONGEST_CONSTANT = 5
const NUMBER = /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|0x[\da-fA-F]+|0o[0-7]+)$/
const NO_NUMBER = /^(?:[-+]?\.inf|\.nan)$/i

/** By the core schema of YAML 1.2. */
export function plainValue(written: string): Json | undefined {
  const first = written.charCodeAt(0)
  if (first <= 57 /* 9 */) return numberOf(written)
  if (written.length > LONGEST_CONSTANT) return written
  const constant = CONSTANTS.get(written)
  return constant === undefined ? written : constant
}

/** A number that is not held exactly is not known here. */
function numberOf(written: string): Json | undefined {
  if (!NUMBER.test(written)) return NO_NUMBER.test(written) ? undefined : written
  const value = Number(written)
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  // without the sign of -0
  return isExact ? value + 0 : undefined
}

const QUOTED = /"[^"\\\r\n]*"|'[^'\r\n]*'(?!')/y

/** @returns the offset behind the closing quote of a scalar on one line that begins here */
export function quotedEnd(text: string, start: number): number {
  QUOTED.lastIndex = start
  return QUOTED.test(text) ? QUOTED.lastIndex : escapedEnd(text, start)
}

/** The same where a quote or a backslash stands inside. */
function escapedEnd(text: string, start: number): number {
  const quote = text.charCodeAt(start)
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === LF || code === CR) return -1
    if (code === BACKSLASH && quote === DOUBLE_QUOTE) i++
    else if (code === quote) {
      if (quote === DOUBLE_QUOTE || text.charCodeAt(i + 1) !== quote) return i + 1
      i++
    }
  }
  return -1
}

/** @param written with its quotes */
export function quotedValue(written: string): string | undefined {
  const inner = written.slice(1, -1)
  if (written.charCodeAt(0) === SINGLE_QUOTE) return inner.includes("'") ? inner.replaceAll("''", "'") : inner
  if (!inner.includes('\\')) return inner
  return DRIVE_IN_QUOTES.test(written) ? undefined : withoutEscapes(inner)
}

const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|([\s\S]))/g
const ESCAPES: { readonly [letter: string]: string } = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
}

function withoutEscapes(inner: string): string | undefined {
  let isKnown = true
  const value = inner.replace(ESCAPE, (written, byte?: string, unit?: string, letter?: string) => {
    const hex = byte ?? unit
    const character = hex === undefined ? ESCAPES[letter!] : String.fromCharCode(Number.parseInt(hex, 16))
    isKnown &&= character !== undefined
    return character ?? written
  })
  return isKnown ? value : undefined
}

const LITERAL_HEADER = /\|([1-9]?)([-+]?) *\n/y

/**
 * The literal text whose `|` stands here.
 *
 * @param column of the collection that it is a value of
 * @returns its value, and the offset of the line end (or the end of the text) behind it
 */
export function literalText(text: string, start: number, column: number): { value: string; end: number } | undefined {
  LITERAL_HEADER.lastIndex = start
  const header = LITERAL_HEADER.exec(text)
  if (header === null) return undefined
  const [, indentation, chomping] = header
  const found = literalLines(text, LITERAL_HEADER.lastIndex, column, column + Number(indentation))
  if (found === undefined) return undefined
  const { lines, filled, end } = found
  if (chomping === '+') return { value: `${lines.join('\n')}\n`, end }
  return { value: `${lines.slice(0, filled).join('\n')}${chomping === '-' ? '' : '\n'}`, end }
}

/** @param given indentation, or `column`: then the first line that says something shows it */
function literalLines(text: string, start: number, column: number, given: number) {
  const lines: string[] = []
  let filled = 0
  let indentation = given
  let widestBlank = 0
  let at = start
  while (at < text.length) {
    const lineFeed = text.indexOf('\n', at)
    const end = lineFeed < 0 ? text.length : lineFeed
    let inner = at
    while (text.charCodeAt(inner) === SPACE) inner++
    const width = inner - at
    if (text.charCodeAt(end - 1) === CR || text.charCodeAt(inner) === TAB) return undefined
    if (inner === end) {
      widestBlank = Math.max(widestBlank, width)
      if (end < text.length) lines.push('')
    } else {
      if (indentation === column) indentation = width
      if (width < indentation || width <= column) break
      filled = lines.push(text.slice(at + indentation, end))
    }
    at = end + 1
  }
  return filled === 0 || widestBlank > indentation ? undefined : { lines, filled, end: at - 1 }
}
