/**
 * Mistakes in the structure of a YAML text, by what the parser says of them and what is written there. The parser notices late and thinks in
 * its grammar; a finding stands where somebody has to write something else, and says what.
 */

import { type DiagnosticCode, type Pointer, parsePointer, type SourceFile, type Span } from '../../base/index.ts'
import { oddIndentation, oddSpaceBesideColon, quoteOn } from './lookalikes.ts'

export interface YamlError {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

/** An error of the parser, and what it stands in. */
export interface Complaint {
  readonly text: string
  readonly error: YamlError
  /** all of the document, in the order of the text */
  readonly errors: readonly YamlError[]
}

/** Offsets in the text. */
export interface StructureFinding {
  readonly code: DiagnosticCode
  readonly start: number
  readonly end: number
  readonly message: string
  readonly help?: string
}

/** A text that is not YAML (E110), or not because of its indentation (E111). */
export function at(
  [start, length]: readonly [start: number, length: number],
  code: 'E110' | 'E111',
  message: string,
  help?: string,
): StructureFinding {
  return { code, start, end: start + Math.max(1, length), message, ...(help !== undefined && { help }) }
}

const SAME_INDENT = 'give fields of one mapping the same indentation, with spaces'
const SAME_LIST = 'give the items of one list the same indentation; a field needs no dash'
const ONE_PAIR = 'put the whole text in one pair of quotes'
const NAME_AND_VALUE = 'write `name: value`, with a colon and a space after the name'
const DASH_AND_ITEM = 'write items of a list as `- item`'

type Explain = (complaint: Complaint) => StructureFinding

/** By the parser's code and words; the first that fits. */
const RULES: readonly (readonly [RegExp, Explain])[] = [
  [/^TAB_AS_INDENT/, whole('E111', 'a tab indents this line', 'YAML indents with spaces only')],
  [/^BLOCK_IN_FLOW|Missing , (?:or : )?between/, missingComma],
  [/^MULTILINE_IMPLICIT_KEY/, keyOverLines],
  [/Implicit map keys need/, missingColon],
  [/^BLOCK_AS_IMPLICIT_KEY/, mappingInLine],
  [/must start at the same column|Sequence item without -/, otherIndentation],
  [/Block scalar (?:values|lines)|Block scalars with/, textIndentation],
  [
    /same line with key/,
    whole('E110', 'a list begins on the line of its key', 'write its items below, or in brackets: [a, b]'),
  ],
  [
    /same line with directives-end/,
    whole('E110', 'a mapping begins on the line of `---`', 'begin it on the next line'),
  ],
  [/at node end|Unexpected (?:[\w-]*scalar|flow-\w+-start) token$/, textAfterEnd],
  [/flow-(?:map|seq)-end token/, whole('E110', 'this bracket closes nothing', 'remove it')],
  [/token in YAML (?:stream|document)/, otherIndentation],
  [/Unexpected (?:,|empty item) /, whole('E110', 'nothing stands before this comma', 'remove the comma')],
  [/Comments must be/, ({ error }) => at([error.pos[0], 1], 'E110', 'a comment needs a space before `#`', ONE_PAIR)],
  [/Missing space after :/, whole('E110', 'a space is missing after this colon', NAME_AND_VALUE)],
  [
    /must be separated/,
    whole('E110', 'a space is missing after a tag or an anchor', 'put text that begins with `!` or `&` in quotes'),
  ],
  [/Missing directives-end/, mereDirective],
  [
    /Not a YAML token|header includes/,
    whole('E110', 'text stands on the line of `|` or `>`', 'begin the text on the next line, or put it in quotes'),
  ],
]

/** @returns the mistake that made the first error */
export function explain(complaint: Complaint): StructureFinding {
  return lookalikeNear(complaint) ?? explainByRule({ ...complaint, error: clearest(complaint) })
}

/** A line indented too deep makes two errors at one place; the second says it better. */
function clearest({ error, errors }: Complaint): YamlError {
  const twin = errors.find(({ code, pos }) => code === 'MULTILINE_IMPLICIT_KEY' && pos[0] === error.pos[0])
  return twin ?? error
}

function explainByRule(complaint: Complaint): StructureFinding {
  const { code, message, pos } = complaint.error
  const rule = RULES.find(([words]) => words.test(`${code} ${message}`))
  return rule ? rule[1](complaint) : at([pos[0], pos[1] - pos[0]], 'E110', lowerFirst(withoutQuote(message)))
}

/** All that the parser complains of. */
function whole(code: 'E110' | 'E111', message: string, help: string): Explain {
  return ({ error: { pos } }) => at([pos[0], pos[1] - pos[0]], code, message, help)
}

/** In the indentation of any line so far, or on the lines that the parser speaks of. */
function lookalikeNear({ text, error: { pos } }: Complaint): StructureFinding | undefined {
  const start = lineStart(text, pos[0])
  const end = lineEnd(text, Math.max(pos[0], pos[1] - 1))
  const indentation = oddIndentation(text.slice(0, end))
  if (indentation !== undefined) return { ...indentation, code: 'E130' }
  const lines = text.slice(start, end)
  const found = oddSpaceBesideColon(lines) ?? quoteOn(lines)
  return found && { ...found, code: 'E130', start: start + found.start, end: start + found.end }
}

/** Inside braces or brackets: after the line that lacks it, or before the name that came too early. */
function missingComma({ text, error: { pos } }: Complaint): StructureFinding {
  const help = 'separate fields and items by commas'
  const colon = text.slice(pos[0], pos[1]).search(/:\s/)
  const start = colon < 0 ? pos[0] : wordStart(text, pos[0] + colon)
  const ofLine = lineStart(text, start)
  const isFirst = ofLine > 0 && text.slice(ofLine, start).trim() === ''
  const word = isFirst ? wordStart(text, ofLine - 1) : start
  const message = `a comma is missing ${isFirst ? 'after' : 'before'} this`
  return at([word, wordLength(text, word)], 'E110', message, help)
}

/** The parser takes lines without a colon, up to the first that has one, for a name. */
function keyOverLines(complaint: Complaint): StructureFinding {
  const { text, error, errors } = complaint
  const [start, end] = error.pos
  const inBraces = errors.find(({ code, pos }) => code === 'BLOCK_IN_FLOW' && pos[0] <= start && start < pos[1])
  if (inBraces) return missingComma({ ...complaint, error: inBraces })
  if (beginsLine(text, start) && /^[A-Za-z_-]/.test(text[start]!)) return missingColon(complaint)
  const lastLine = /[^\r\n]*$/.exec(text.slice(lineStart(text, end), end))![0].trimStart()
  const place = [end - lastLine.length, lastLine.length] as const
  return at(place, 'E111', 'this line is indented deeper than it may be', SAME_INDENT)
}

/** What a line that has no colon was meant to be. */
const WITHOUT_COLON: readonly (readonly [RegExp, message: string, help: string])[] = [
  [/^-{2,}$/, 'this line is not a document marker', 'separate documents by a line `---`'],
  [/^-(?=\S)/, 'a space is missing after the dash', DASH_AND_ITEM],
  [/^[A-Za-z_][\w-]*:(?=[^\s:/])/, 'a space is missing after the colon', NAME_AND_VALUE],
  [/^.*/, 'this line has no colon', NAME_AND_VALUE],
]

function missingColon({ text, error }: Complaint): StructureFinding {
  const start = error.pos[0]
  const line = restOfLine(text, start)
  if (/(?:^|\s)[|>][-+\d]*$/.test(lineAbove(text, start))) {
    const help = 'indent text below `|` or `>` deeper than its key'
    return at([start, line.length], 'E111', 'this text is not indented', help)
  }
  const [words, message, help] = WITHOUT_COLON.find(([pattern]) => pattern.test(line))!
  return at([start, words.exec(line)![0].length], 'E110', message, help)
}

function mappingInLine(complaint: Complaint): StructureFinding {
  const { text, error } = complaint
  const start = firstFrom(text, error.pos[0])
  if (beginsLine(text, start)) return otherIndentation(complaint)
  const line = restOfLine(text, start)
  if (line.startsWith('? ')) return at([start, 1], 'E110', 'text without quotes may not begin with `? `', ONE_PAIR)
  const help = 'put text that contains `: ` in quotes, or start the mapping on a line of its own'
  return at([start, line.length], 'E110', 'a mapping starts in the middle of a line', help)
}

/** The parser speaks of the line below. */
function mereDirective({ text }: Complaint): StructureFinding {
  const line = /^%.*/m.exec(text)
  const place = [line?.index ?? 0, line?.[0].trimEnd().length ?? 1] as const
  return at(place, 'E110', 'this directive is not followed by a line `---`', 'remove it: manifests need no directive')
}

/** A line that stands at no column where its collection could go on. */
function otherIndentation({ text, error }: Complaint): StructureFinding {
  const start = firstFrom(text, error.pos[0])
  const line = restOfLine(text, start)
  if (/^-(?:\s|$)/.test(line)) return at([start, 1], 'E111', 'this list item is not in line with its list', SAME_LIST)
  if (line.startsWith('-')) return at([start, 1], 'E110', 'a space is missing after the dash', DASH_AND_ITEM)
  const name = [start, /^[^\s:]*/.exec(line)![0].length] as const
  const column = start - lineStart(text, start)
  const isAmongItems = lineAbove(text, start).startsWith('- ', column)
  if (isAmongItems) return at(name, 'E111', 'a field stands where the next item of a list would', SAME_LIST)
  return at(name, 'E111', 'this line is not in line with the fields above it', SAME_INDENT)
}

function textIndentation({ text, error }: Complaint): StructureFinding {
  const start = firstFrom(text, error.pos[0])
  const place = [start, restOfLine(text, start).length] as const
  return at(place, 'E111', 'this line is not in line with its text', 'indent all lines of a text like its first')
}

/** What to do about text that follows the last character of a value. */
const AFTER: { readonly [last: string]: readonly [message: string, help: string] } = {
  ']': ['text stands after a closing bracket', 'put text that begins with a bracket in quotes'],
  '}': ['text stands after a closing bracket', 'put text that begins with a bracket in quotes'],
  '"': ['text stands after a closing quote', 'put text that holds double quotes in single quotes'],
  "'": ['text stands after a closing quote', "write '' for a quote inside single quotes"],
}

/** A quote that was left open is closed by the next one, on a line below. */
function textAfterEnd(complaint: Complaint): StructureFinding {
  const {
    text,
    error: { pos },
  } = complaint
  const before = text.slice(0, pos[0]).trimEnd()
  const last = before.at(-1) ?? ''
  if (/[\]}]/.test(last) && /[[{]/.test(text[pos[0]]!)) return missingComma(complaint)
  const opening = last === '"' || last === "'" ? openingQuote(before, last) : before.length
  if (opening < lineStart(text, before.length)) {
    const place = [opening, restOfLine(text, opening).length] as const
    return at(place, 'E110', 'this quote is not closed on its line', 'close it where the text ends')
  }
  if (beginsLine(text, pos[0])) return otherIndentation(complaint)
  const [message, help] = AFTER[last] ?? ['text stands after the end of a value', ONE_PAIR]
  return at([pos[0], pos[1] - pos[0]], 'E110', message, help)
}

function openingQuote(before: string, quote: string): number {
  let opening = before.length - 1
  do opening = before.lastIndexOf(quote, opening - 1)
  while (opening > 0 && (before[opening - 1] === '\\' || before[opening - 1] === "'"))
  return opening
}

/** `Block scalar header includes extra characters: |xyz` → without `: |xyz`: the frame shows the text, or hides it when it is a secret */
function withoutQuote(message: string): string {
  return message.replace(/(?:(?<=\S): | \\).*$/s, '')
}

/** `Flow map must end with a }` → `flow map must end with a }` */
function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1)
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** @returns the offset of the next line feed, or of the end of the text */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** From an offset on, without white space at its end. */
function restOfLine(text: string, offset: number): string {
  return text.slice(offset, lineEnd(text, offset)).trimEnd()
}

/** Whether nothing but spaces and dashes stands before an offset. */
export function beginsLine(text: string, offset: number): boolean {
  return /^[ -]*$/.test(text.slice(lineStart(text, offset), offset))
}

/** The last line above that says something. */
function lineAbove(text: string, offset: number): string {
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
function firstFrom(text: string, offset: number): number {
  GAP.lastIndex = offset
  GAP.test(text)
  return GAP.lastIndex < text.length ? GAP.lastIndex : offset
}

/** Of the last word that ends before an offset. */
function wordStart(text: string, offset: number): number {
  let start = offset
  while (start > 0 && isWhite(text, start - 1)) start--
  while (start > 0 && !isWhite(text, start - 1)) start--
  return start
}

/** Up to what ends a word inside brackets. */
function wordLength(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && !isWhite(text, end) && !',:]}'.includes(text[end]!)) end++
  return end - start
}

function isWhite(text: string, offset: number): boolean {
  return text.charCodeAt(offset) <= 0x20
}

/** A half-open range of UTF-16 offsets. */
export type Range = readonly [start: number, end: number]

export interface Place {
  readonly value: Range
  /** the name before the colon, where there is one */
  readonly key?: Range
  readonly fields?: ReadonlyMap<string, Place>
  readonly items?: readonly Place[]
}

/** `at` of a document: see there. */
export function locate(file: SourceFile, root: Place, pointer: Pointer, part: 'key' | 'value' = 'value'): Span {
  let place = root
  for (const step of parsePointer(pointer)) {
    const inner = place.fields?.get(step) ?? place.items?.[Number(step)]
    if (inner === undefined) break
    place = inner
  }
  const key = place === root ? firstKey(root) : place.key
  const isEmpty = place.value[0] === place.value[1]
  const [start, end] = key !== undefined && (part === 'key' || isEmpty) ? key : place.value
  return { file, start, end }
}

/** A document has no name: what is wrong with it as a whole is shown at its first field. */
function firstKey(root: Place): Range | undefined {
  const [first] = root.fields?.values() ?? []
  return first?.key
}
