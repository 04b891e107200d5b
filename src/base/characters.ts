/** Characters that come along when text is copied from a web page, a document or a dialogue: they do not show, or stand for a plain one. */

const NAMES: { readonly [code: string]: string } = {
  'U+00A0': 'no-break space',
  'U+00AD': 'soft hyphen',
  'U+200B': 'zero width space',
  'U+200C': 'zero width non-joiner',
  'U+200D': 'zero width joiner',
  'U+200E': 'left-to-right mark',
  'U+200F': 'right-to-left mark',
  'U+202F': 'narrow no-break space',
  'U+2060': 'word joiner',
  'U+3000': 'ideographic space',
  'U+FEFF': 'byte order mark',
  'U+2010': 'hyphen',
  'U+2011': 'non-breaking hyphen',
  'U+2012': 'figure dash',
  'U+2013': 'en dash',
  'U+2014': 'em dash',
  'U+2015': 'horizontal bar',
  'U+2212': 'minus sign',
  'U+2018': 'typographic quote',
  'U+2019': 'typographic quote',
  'U+201A': 'typographic quote',
  'U+201C': 'typographic quote',
  'U+201D': 'typographic quote',
  'U+201E': 'typographic quote',
  'U+00AB': 'typographic quote',
  'U+00BB': 'typographic quote',
}

/** Format characters, every blank but the plain one, fillers: nothing of them can be seen. */
export const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\p{Variation_Selector}|(?! )\p{Zs}/gu
const BLANK = /(?! )\p{Zs}|[\p{Zl}\p{Zp}]/gu
const DASHES = /(?!-)\p{Pd}|\u2212/gu
const DOUBLE_QUOTES = /[\u201c-\u201f\u00ab\u00bb\u2033\uff02]/gu
const SINGLE_QUOTES = /[\u2018-\u201b\u2039\u203a\u2032\uff07]/gu
const FIRST_INVISIBLE = anyOf(INVISIBLE)
const FIRST_ODD = anyOf(INVISIBLE, DASHES, DOUBLE_QUOTES, SINGLE_QUOTES)

export interface OddCharacter {
  /** `U+200B (zero width space)` */
  readonly name: string
  /** `at its start`, `at its end`, ``after `198.51` `` */
  readonly where: string
  readonly isInvisible: boolean
}

/** The first character that does not show, or that stands for a plain dash or quote. */
export function oddCharacterIn(text: string): OddCharacter | undefined {
  return describe(text, FIRST_ODD)
}

/** The first character that cannot be seen, but for the joiners that words of some scripts need. */
export function invisibleIn(text: string): OddCharacter | undefined {
  return describe(text.replace(/(?<=\p{L}|\p{M})[\u200c\u200d](?=\p{L})/gu, ''), FIRST_INVISIBLE)
}

function describe(text: string, pattern: RegExp): OddCharacter | undefined {
  const found = pattern.exec(text)
  if (!found) return undefined
  const code = codeOf(found[0])
  const name = NAMES[code]
  return {
    name: name === undefined ? code : `${code} (${name})`,
    where: whereIn(text, found.index, found[0].length),
    isInvisible: FIRST_INVISIBLE.test(found[0]),
  }
}

function whereIn(text: string, index: number, length: number): string {
  if (index === 0) return 'at its start'
  if (index + length === text.length) return 'at its end'
  return `after \`${visible(text.slice(Math.max(0, index - 20), index))}\``
}

/** The text with what cannot be seen written out: `198.51.100.7<U+200B>`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => `<${codeOf(character)}>`)
}

/** What a terminal obeys instead of showing it: controls (C0, DEL, C1), what turns or hides text, ends of lines, half characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const SHORT_ESCAPES: { readonly [character: string]: string } = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text from a file, a path, a repository or an engine as one line that a terminal can be given: `x\n` for a line end, `<U+001B>` for the
 * rest. Everything that people are shown goes through here.
 */
export function printable(text: string, write = escaped): string {
  return text.replace(UNPRINTABLE, write)
}

function escaped(character: string): string {
  return SHORT_ESCAPES[character] ?? `<${codeOf(character)}>`
}

/** JSON text without characters that a terminal obeys: they stand in strings alone, where an escape means the same. */
export function printableJson(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === '\n' ? character : jsonEscaped(character)))
}

function jsonEscaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }).join('')
}

/** A text as a message quotes it: on one line, not too long, nothing in it that does not show. */
export function clip(text: string): string {
  const line = visible(text.replace(/[ \t\r\n]+/g, ' '))
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

/** What was probably meant: without what cannot be seen, with plain blanks, dashes and quotes, and not in quotes. */
export function straightened(text: string): string {
  const plain = text
    .replace(BLANK, ' ')
    .replace(INVISIBLE, '')
    .replace(DASHES, '-')
    .replace(DOUBLE_QUOTES, '"')
    .replace(SINGLE_QUOTES, "'")
  return plain.replace(/^\s*(["'])(.*)\1\s*$/s, '$2').trim()
}

/** `U+200B` */
export function codeOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}

function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), 'u')
}
