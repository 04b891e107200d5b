/** Lines and words around an offset of a text. */

export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** @returns the offset of the next line feed, or of the end of the text */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** From an offset on, without white space at its end. */
export function restOfLine(text: string, offset: number): string {
  return text.slice(offset, lineEnd(text, offset)).trimEnd()
}

/** Whether nothing but spaces and dashes stands before an offset. */
export function beginsLine(text: string, offset: number): boolean {
  return /^[ -]*$/.test(text.slice(lineStart(text, offset), offset))
}

/** The last line above that says something. */
export function lineAbove(text: string, offset: number): string {
  let end = lineStart(text, offset) - 1
  while (end >= 0) {
    const start = lineStart(text, end)
    const line = text.slice(start, end).trimEnd()
    if (/^ *[^ #]/.test(line)) return line
    end = start - 1
  }
  return ''
}

const GAP = /(?:\s|(?<!\S)#.*)*/y

/** Over white space and comments. */
export function firstFrom(text: string, offset: number): number {
  GAP.lastIndex = offset
  GAP.test(text)
  return GAP.lastIndex < text.length ? GAP.lastIndex : offset
}

/** Of the last word that ends before an offset. */
export function wordStart(text: string, offset: number): number {
  let start = offset
  while (start > 0 && isWhite(text, start - 1)) start--
  while (start > 0 && !isWhite(text, start - 1)) start--
  return start
}

/** Up to what ends a word inside brackets. */
export function wordLength(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && !isWhite(text, end) && !',:]}'.includes(text[end]!)) end++
  return end - start
}

function isWhite(text: string, offset: number): boolean {
  return text.charCodeAt(offset) <= 0x20
}
