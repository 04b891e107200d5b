/** Characters that YAML is made of, by the numbers that `charCodeAt` gives. */

export const TAB = 9
export const LF = 10
export const CR = 13
export const SPACE = 32
export const DOUBLE_QUOTE = 34
export const HASH = 35
export const SINGLE_QUOTE = 39
export const COMMA = 44
export const DASH = 45
export const COLON = 58
export const OPEN_LIST = 91
export const BACKSLASH = 92
export const CLOSE_LIST = 93
export const OPEN_MAPPING = 123
export const PIPE = 124
export const CLOSE_MAPPING = 125

/** @param code NaN where the text ends, here and below */
export function isLineEnd(code: number): boolean {
  return code === LF || code === CR || Number.isNaN(code)
}

export function isBlank(code: number): boolean {
  return code === SPACE || isLineEnd(code)
}

/** Of ASCII. */
export function isLetter(code: number): boolean {
  const small = code | SPACE
  return small >= 97 && small <= 122
}
