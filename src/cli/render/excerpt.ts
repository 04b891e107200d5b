/** The line of a finding as a terminal shows it, and where the carets go. Pure text: no colour. */

import { lineOf, positionOf, type Span } from '../../base/index.ts'
import { cellsOf, type Glyph, glyphsOf } from '../width.ts'
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

/** Where nobody looks at a terminal, or at a very wide one. */
const MAX_WIDTH = 160
/** A line may be as long as a file: only so much of it, in both directions, is taken apart. */
const MAX_REACH = 400

/**
 * @param secrets in order of place, apart from each other
 * @param width cells that the line may take
 * @returns nothing for a file whose text was never read
 */
export function excerptOf(span: Span, secrets: readonly TextRange[], width = MAX_WIDTH): Excerpt | undefined {
  if (span.file.text === '') return undefined
  const { line } = positionOf(span.file, span.start)
  const whole = lineOf(span.file, line)
  const start = Math.max(whole.start, span.start - MAX_REACH)
  const text = whole.text.slice(start - whole.start, span.start + MAX_REACH - whole.start)
  const glyphs = glyphsOf(maskSecrets(text, start, secrets))
  const from = span.start - start
  const to = Math.max(from + 1, Math.min(span.end - start, text.length))
  const shown = cutAround(glyphs, from, to, Math.min(width, MAX_WIDTH))
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

/** At most `maxWidth` cells, with the beginning of the span among them; `…` stands for what is left out. */
function cutAround(glyphs: readonly Glyph[], from: number, to: number, maxWidth: number): readonly Glyph[] {
  if (cellsOf(glyphs) <= maxWidth) return glyphs
  const first = glyphs.findIndex(({ at }) => at >= from)
  const length = glyphs.filter(({ at }) => at >= from && at < to).length
  const context = Math.max(20, Math.floor((maxWidth - length) / 2))
  const latest = latestBegin(glyphs, maxWidth - 2)
  const begin = first < 0 ? latest : Math.max(0, Math.min(latest, first - context))
  const kept: Glyph[] = []
  let cells = 0
  for (const glyph of glyphs.slice(begin)) {
    if (cells + glyph.cells > maxWidth - 2) break
    kept.push(glyph)
    cells += glyph.cells
  }
  const dots = (at: number): Glyph => ({ at, text: '…', cells: 1 })
  const end = begin + kept.length
  return [...(begin > 0 ? [dots(-1)] : []), ...kept, ...(end < glyphs.length ? [dots(Number.POSITIVE_INFINITY)] : [])]
}

/** Where the line's end begins, as much of it as fits. */
function latestBegin(glyphs: readonly Glyph[], maxWidth: number): number {
  let begin = glyphs.length
  for (let room = maxWidth; begin > 0 && room >= glyphs[begin - 1]!.cells; begin--) room -= glyphs[begin - 1]!.cells
  return begin
}
