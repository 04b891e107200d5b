/** Text files and places in them. Lines and columns are 1-based; columns count UTF-16 code units. */

import { remembering } from './memo.ts'

export interface SourceFile {
  /** as the user would write it: relative to the working directory where possible, with forward slashes */
  readonly path: string
  readonly text: string
  /** rows that a manifest names, or the values of a host; absent: manifests */
  readonly holds?: 'rows' | 'values'
  /** why nothing could be read; the text is empty then */
  readonly flaw?: string
}

/** A half-open range of UTF-16 offsets in one file. */
export interface Span {
  readonly file: SourceFile
  readonly start: number
  readonly end: number
  /** of a value that a template has made: where else it comes from */
  readonly other?: OtherPlace
}

/** `used by template branch`, and where that is. */
interface OtherPlace {
  readonly text: string
  readonly at: Span
  /** the same for all values of one manifest */
  readonly rendering: object
}

export interface Position {
  readonly line: number
  readonly column: number
}

/** @returns the 1-based line and column of a UTF-16 offset; `\n`, `\r\n` and `\r` end a line */
export function positionOf(file: SourceFile, offset: number): Position {
  const end = Math.max(0, Math.min(offset, file.text.length))
  const starts = linesOf(file).startsUpTo(end)
  const line = lastAtOrBelow(starts, end)
  return { line: line + 1, column: end - starts[line]! + 1 }
}

/** @returns the text of a 1-based line, without its line end, and the offset where it starts */
export function lineOf(file: SourceFile, line: number): { readonly text: string; readonly start: number } {
  const starts = linesOf(file).firstStarts(line + 1)
  const start = starts[line - 1] ?? file.text.length
  let end = starts[line] ?? file.text.length
  // not by a pattern: it would go through all of a line that is as long as its file, for each finding there
  while (end > start && '\r\n'.includes(file.text.charAt(end - 1))) end--
  return { text: file.text.slice(start, end), start }
}

/** Where lines start, as far as somebody has asked, and once a file: ten thousand resources of one file each ask for their line. */
class Lines {
  readonly #text: string
  readonly #hasReturns: boolean
  readonly #starts = [0]
  #last = 0
  #isWhole = false

  constructor({ text }: SourceFile) {
    this.#text = text
    this.#hasReturns = text.includes('\r')
  }

  /** @returns at least those that are not behind the offset */
  startsUpTo(offset: number): readonly number[] {
    while (!this.#isWhole && this.#last < offset) this.#findNext()
    return this.#starts
  }

  /** @returns at least so many, or all */
  firstStarts(count: number): readonly number[] {
    while (!this.#isWhole && this.#starts.length < count) this.#findNext()
    return this.#starts
  }

  #findNext(): void {
    const next = this.#hasReturns ? this.#afterLineEnd() : this.#text.indexOf('\n', this.#last) + 1
    this.#isWhole = next === 0
    if (this.#isWhole) return
    this.#starts.push(next)
    this.#last = next
  }

  /** The same where there are others. A pattern takes five times as long. @returns 0: there is none */
  #afterLineEnd(): number {
    LINE_END.lastIndex = this.#last
    return LINE_END.test(this.#text) ? LINE_END.lastIndex : 0
  }
}

const LINE_END = /\r\n|\n|\r/g

const linesOf = remembering((file: SourceFile) => new Lines(file))

function lastAtOrBelow(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}
