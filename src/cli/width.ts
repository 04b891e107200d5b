/** How wide a text is on a terminal, and lines that fit it: broken at blanks, with a hanging indent. */

import { stripVTControlCharacters } from 'node:util'
import { printable } from '../base/index.ts'

/** A character of a line, as it is shown. */
export interface Glyph {
  /** offset in the line */
  readonly at: number
  readonly text: string
  readonly cells: number
}

const TAB_WIDTH = 4

/** Made at the first line that needs it: it takes as long to make as half a bare start. */
let graphemes: Intl.Segmenter | undefined

export function glyphsOf(text: string): Glyph[] {
  // nearly all lines: every character is one glyph of one cell
  if (/^[\x20-\x7e]*$/.test(text)) return Array.from(text, (character, at) => ({ at, text: character, cells: 1 }))
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  let column = 0
  return Array.from(graphemes.segment(text), ({ segment, index }) => {
    const tab = ' '.repeat(TAB_WIDTH - (column % TAB_WIDTH))
    const shown = segment === '\t' ? tab : shownAs(segment)
    const cells = segment === '\t' ? tab.length : isWide(shown) ? 2 : 1
    column += cells
    return { at: index, text: shown, cells }
  })
}

/** Nothing that moves the cursor or turns the direction of text; pictures keep the joiners that hold them together. */
function shownAs(segment: string): string {
  return /^\p{Extended_Pictographic}/u.test(segment) ? segment : printable(segment, () => '·')
}

/** Scripts and pictures that terminals draw two cells wide (Unicode East Asian Width W and F, and emoji). */
function isWide(glyph: string): boolean {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u.test(
    glyph,
  )
}

export function cellsOf(glyphs: readonly Glyph[]): number {
  return glyphs.reduce((sum, { cells }) => sum + cells, 0)
}

/** How many cells a line of ours takes: text that was made printable, perhaps in colour. */
export function widthOf(line: string): number {
  const plain = stripVTControlCharacters(line)
  return /^[\x20-\x7e]*$/.test(plain) ? plain.length : cellsOf(glyphsOf(plain))
}

/** What stands before the words of a line: blanks, the symbol of a change, `help:` or the first column. */
const LEAD = /^(?<indent> *(?:-\/\+ |[-+~!*=] +)?)(?<label>\S+(?:: +| {2,}))?/
const LONGEST_LABEL = 24
/** A word with the blanks before it. What stands in backticks is to be copied: it stays together. */
const WORDS = / *(?:[^ `]|`[^`]{1,30}`|`)+/g
const HANG = 4

/**
 * @param width of the terminal; absent: nobody looks at one, and nothing is broken
 * @returns the text with lines that fit, as far as its words do: no word is broken
 */
export function wrapped(text: string, width: number | undefined): string {
  if (width === undefined) return text
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= width ? line : wrappedLine(line, width)))
    .join('\n')
}

function wrappedLine(line: string, width: number): string {
  const hang = Math.min(hangOf(stripVTControlCharacters(line)), width >> 1)
  const [first = '', ...words] = line.match(WORDS) ?? []
  const lines = [first]
  for (const word of words) {
    const longer = lines.at(-1)! + word
    if (widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(hanging(word.trimStart(), hang, width))
  }
  return lines.join('\n')
}

/** A long word stands further to the left, if only there it fits. */
function hanging(word: string, hang: number, width: number): string {
  return ' '.repeat(Math.max(0, Math.min(hang, width - widthOf(word)))) + word
}

/** Behind a label; a paragraph keeps its indent, and the rest of a row stands deeper than the row. */
function hangOf(line: string): number {
  const { indent = '', label = '' } = LEAD.exec(line)!.groups!
  if (label !== '' && indent.length + label.length <= LONGEST_LABEL) return indent.length + label.length
  return indent === '' || /\S {2,}\S/.test(line) ? indent.length + HANG : indent.length
}
