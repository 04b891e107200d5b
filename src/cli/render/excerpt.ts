/** The line of a finding as a terminal shows it, and where the carets go. Pure text: no colour. */

import { lineOf, positionOf, printable, type Span } from '../../base/index.ts'
import { secretsWithin } from './masking.ts'
import type { TextRange } from './written-secrets.ts'

export interface Excerpt {
  readonly line: number
  /** printable: tabs are spaces, control characters are `·`, secrets are `•`, long lines are cut around the span */
  readonly text: string
  /** what stands before the carets */
  readonly indent: string
  /** how many carets, in terminal cells */
  readonly carets: number
}

const MAX_WIDTH = 160
/** A line may be as long as a file: only so much of it, in both directions, is taken apart. */
const MAX_REACH = 400
const TAB_WIDTH = 4

/** A character of the line, as it is shown. */
interface Glyph {
  /** offset in the line */
  readonly at: number
  readonly text: string
  readonly cells: number
}

/**
 * @param secrets in order of place, apart from each other
 * @returns nothing for a file whose text was never read
 */
export function excerptOf(span: Span, secrets: readonly TextRange[]): Excerpt | undefined {
  if (span.file.text === '') return undefined
  const { line } = positionOf(span.file, span.start)
  const whole = lineOf(span.file, line)
  const start = Math.max(whole.start, span.start - MAX_REACH)
  const text = whole.text.slice(start - whole.start, span.start + MAX_REACH - whole.start)
  const glyphs = glyphsOf(maskSecrets(text, start, secrets))
  const from = span.start - start
  const to = Math.max(from + 1, Math.min(span.end - start, text.length))
  const shown = cutAround(glyphs, from, to)
  const marked = shown.filter(({ at }) => at >= from && at < to)
  return {
    line,
    text: shown
      .map((glyph) => glyph.text)
      .join('')
      .trimEnd(),
    indent: ' '.repeat(cellsOf(shown.filter(({ at }) => at < from))),
    carets: Math.max(1, cellsOf(marked)),
  }
}

function maskSecrets(text: string, start: number, secrets: readonly TextRange[]): string {
  return secretsWithin(secrets, start, start + text.length).reduce((masked, secret) => {
    const from = Math.max(0, secret[0] - start)
    const to = Math.min(text.length, secret[1] - start)
    return masked.slice(0, from) + '•'.repeat(to - from) + masked.slice(to)
  }, text)
}

/** Made at the first line that needs it: it takes as long to make as half a bare start. */
let graphemes: Intl.Segmenter | undefined

function glyphsOf(text: string): Glyph[] {
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

/** At most `maxWidth` cells, with the beginning of the span among them; `…` stands for what is left out. */
function cutAround(glyphs: readonly Glyph[], from: number, to: number): readonly Glyph[] {
  if (cellsOf(glyphs) <= MAX_WIDTH) return glyphs
  const first = glyphs.findIndex(({ at }) => at >= from)
  const length = glyphs.filter(({ at }) => at >= from && at < to).length
  const context = Math.max(20, Math.floor((MAX_WIDTH - length) / 2))
  const begin = first < 0 ? Math.max(0, glyphs.length - MAX_WIDTH / 2) : Math.max(0, first - context)
  const kept: Glyph[] = []
  let cells = 0
  for (const glyph of glyphs.slice(begin)) {
    if (cells + glyph.cells > MAX_WIDTH - 2) break
    kept.push(glyph)
    cells += glyph.cells
  }
  const dots = (at: number): Glyph => ({ at, text: '…', cells: 1 })
  const end = begin + kept.length
  return [...(begin > 0 ? [dots(-1)] : []), ...kept, ...(end < glyphs.length ? [dots(Number.POSITIVE_INFINITY)] : [])]
}

function cellsOf(glyphs: readonly Glyph[]): number {
  return glyphs.reduce((sum, { cells }) => sum + cells, 0)
}
