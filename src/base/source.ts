/** Text files and places in them. Lines and columns are 1-based; columns count UTF-16 code units. */

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
  const starts = lineStarts(file)
  const end = Math.max(0, Math.min(offset, file.text.length))
  const line = lastAtOrBelow(starts, end)
  return { line: line + 1, column: end - starts[line]! + 1 }
}

/** @returns the text of a 1-based line, without its line end, and the offset where it starts */
export function lineOf(file: SourceFile, line: number): { readonly text: string; readonly start: number } {
  const starts = lineStarts(file)
  const start = starts[line - 1] ?? file.text.length
  let end = starts[line] ?? file.text.length
  // not by a pattern: it would go through all of a line that is as long as its file, for each finding there
  while (end > start && '\r\n'.includes(file.text.charAt(end - 1))) end--
  return { text: file.text.slice(start, end), start }
}

/** Counted once per file: ten thousand resources of one file each ask for their line. */
const knownStarts = new WeakMap<SourceFile, readonly number[]>()

function lineStarts(file: SourceFile): readonly number[] {
  let starts = knownStarts.get(file)
  if (starts === undefined) {
    starts = file.text.includes('\r') ? startsAfter(/\r\n|\n|\r/g, file.text) : startsAfterNewLines(file.text)
    knownStarts.set(file, starts)
  }
  return starts
}

function startsAfter(end: RegExp, text: string): number[] {
  return [0, ...Array.from(text.matchAll(end), (found) => found.index + found[0].length)]
}

/** Five times as fast as a pattern. */
function startsAfterNewLines(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

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
