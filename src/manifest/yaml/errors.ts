/**
 * The YAML parser's complaints, in plain words and where the mistake stands: a mistake in the structure is told once, though the parser
 * stumbles on. A finding quotes nothing but punctuation: what stands around may be a key.
 */

import { type Diagnostic, diagnostic, type SourceFile } from '../../base/index.ts'
import { at, explain, type StructureFinding, type YamlError } from './structure.ts'

/** What is wrong with a text as YAML. */
export interface SyntaxFindings {
  /** the structure is in doubt: its first mistake */
  readonly fatal?: Diagnostic
  /** mistakes inside single values, in the order of the text: what is around them can be read all the same */
  readonly local: readonly Diagnostic[]
}

/** @param tree what the parser made of the document */
export function describeYamlErrors(
  file: SourceFile,
  errors: readonly YamlError[],
  tree: SyntaxToken | undefined,
): SyntaxFindings {
  const inOrder = errors.filter((error) => !isWrong(file.text, error)).sort((a, b) => a.pos[0] - b.pos[0])
  const first = inOrder.find(({ code }) => LOCAL[code] === undefined)
  if (first === undefined) return { local: inOrder.map((error) => describeLocal(file, error)) }
  const open = unclosed(tree)
  // what is opened behind an error has not made it
  const isCause = open !== undefined && open.start <= first.pos[0]
  const { code, start, end, message, help } = isCause
    ? open
    : explain({ text: file.text, error: first, errors: inOrder })
  return { fatal: diagnostic(code, { file, start, end }, message, help === undefined ? {} : { help }), local: [] }
}

/** Inside brackets the parser forgets that a line end stands before a comment at the first column. */
function isWrong(text: string, { message, pos }: YamlError): boolean {
  return message.startsWith('Comments must be') && text[pos[0] - 1] === '\n'
}

const LOCAL: { readonly [code: string]: (character: string) => { readonly message: string; readonly help?: string } } =
  {
    BAD_DQ_ESCAPE: () => ({
      message: 'a backslash in double quotes begins an escape, and there is none by this name',
      help: 'write the text in single quotes, where a backslash is only a backslash',
    }),
    BAD_SCALAR_START: () => ({
      message: 'text without quotes may not begin with this character',
      help: 'put the text in quotes',
    }),
    BAD_ALIAS: (character) => ({
      message: `\`${character}\` is not followed by the name of an anchor`,
      help: `put text that begins with \`${character}\` in quotes`,
    }),
    MULTIPLE_ANCHORS: () => ({ message: 'a value has two anchors' }),
    MULTIPLE_TAGS: () => ({ message: 'a value has two tags', help: 'remove the tags; quotes make a value text' }),
  }

function describeLocal(file: SourceFile, { code, pos: [start, end] }: YamlError): Diagnostic {
  const { message, help } = LOCAL[code]!(file.text.charAt(start))
  const width = code === 'BAD_DQ_ESCAPE' ? 2 : Math.max(1, end - start)
  return diagnostic('E110', { file, start, end: start + width }, message, help === undefined ? {} : { help })
}

function unclosed(tree: SyntaxToken | undefined): StructureFinding | undefined {
  const found = tree && findUnclosed(tree)
  if (!found) return undefined
  const { opening, wrong } = found
  const bracket = opening.source!.charAt(0)
  const closing = CLOSING[bracket]
  if (closing === undefined) {
    const length = /^[^\r\n]*/.exec(opening.source!)![0].length
    return at([opening.offset, length], 'E110', 'this quote is never closed', 'close it where the text ends')
  }
  const help = `close it with \`${closing}\``
  if (wrong === undefined) return at([opening.offset, 1], 'E110', `this \`${bracket}\` is never closed`, help)
  return at([wrong.offset, 1], 'E110', `\`${wrong.source}\` does not close \`${bracket}\``, help)
}

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
const CLOSING: { readonly [opening: string]: string } = { '[': ']', '{': '}' }

/** @returns the first in the text; of brackets in brackets the innermost */
function findUnclosed(token: SyntaxToken, closing = ''): Unclosed | undefined {
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
