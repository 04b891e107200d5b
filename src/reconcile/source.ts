/** Text files and places in them. Lines and columns are 1-based; columns count UTF-16 code units. */

export interface SourceFile {
  /** as the user would write it: relative to the working directory where possible, with forward slashes */
  readonly path: string
  readonly text: string
}

/** A half-open range of UTF-16 offsets in one file. */
export interface Span {
  readonly file: SourceFile
  readonly start: number
  readonly end: number
}

export interface Position {
  readonly line: number
  readonly column: number
}

/** @returns the 1-based line and column of a UTF-16 offset; `\n`, `\r\n` and `\r` end a line */
export function positionOf(file: SourceFile, offset: number): Position {
  let line = 1
  let lineStart = 0
  const end = Math.min(offset, file.text.length)
  for (let i = 0; i < end; i++) {
    const code = file.text.charCodeAt(i)
    if (code === 13 && file.text.charCodeAt(i + 1) === 10) continue
    if (code === 10 || code === 13) {
      line++
      lineStart = i + 1
    }
  }
  return { line, column: end - lineStart + 1 }
}
