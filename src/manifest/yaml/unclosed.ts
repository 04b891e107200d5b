/** Quotes and brackets that are never closed, in what the YAML parser makes of a text: its own complaint stands where it noticed, lines below. */

/** As much of the parser's syntax tree as is looked at. */
export interface SyntaxToken {
  readonly type: string
  readonly offset: number
  readonly source?: string
  /** before a value; for brackets the bracket itself */
  readonly start?: SyntaxToken | readonly SyntaxToken[]
  readonly items?: readonly SyntaxItem[]
  readonly end?: readonly SyntaxToken[]
  readonly value?: SyntaxToken
}

interface SyntaxItem {
  readonly key?: SyntaxToken | null
  readonly value?: SyntaxToken
}

/** What is open, and the wrong bracket that stands where it should be closed. */
export interface Unclosed {
  readonly opening: SyntaxToken
  readonly wrong?: SyntaxToken
}

/** By the opening bracket. */
export const CLOSING: { readonly [opening: string]: string } = { '[': ']', '{': '}' }

/** @returns the first in the text; of brackets in brackets the innermost */
export function findUnclosed(token: SyntaxToken, closing = ''): Unclosed | undefined {
  const own = unclosedItself(token, closing)
  if (own !== undefined && token.items === undefined) return own
  const expected = closing + (CLOSING[openingOf(token)?.source ?? ''] ?? '')
  for (const inner of innerTokens(token)) {
    const found = findUnclosed(inner, expected)
    if (found !== undefined) return found
  }
  return own
}

function* innerTokens({ value, items }: SyntaxToken): Generator<SyntaxToken> {
  if (value !== undefined) yield value
  for (const item of items ?? []) {
    if (item.key) yield item.key
    if (item.value !== undefined) yield item.value
  }
}

/** @param closing the brackets that would close what is around it */
function unclosedItself(token: SyntaxToken, closing: string): Unclosed | undefined {
  if (token.type === 'double-quoted-scalar' || token.type === 'single-quoted-scalar') {
    return isQuoteClosed(token.source!) ? undefined : { opening: token }
  }
  const opening = openingOf(token)
  if (opening === undefined) return undefined
  const end = token.end?.[0]
  if (end?.source === CLOSING[opening.source!]) return undefined
  const isWrong = end !== undefined && (end.source === ']' || end.source === '}') && !closing.includes(end.source)
  return isWrong ? { opening, wrong: end } : { opening }
}

function openingOf({ type, start }: SyntaxToken): SyntaxToken | undefined {
  return type === 'flow-collection' ? (start as SyntaxToken) : undefined
}

function isQuoteClosed(source: string): boolean {
  if (source.length < 2 || source.at(-1) !== source[0]) return false
  const backslashes = /\\*$/.exec(source.slice(1, -1))![0].length
  return source[0] === "'" || backslashes % 2 === 0
}
