/**
 * One text → the texts of its documents. A line `---` at the first column starts a document wherever it stands, inside quotes and
 * block text too (YAML 1.2, 9.1.2 and 9.2), so a document that cannot be read hides nothing in the others. A byte order mark may stand before
 * each document (5.2): files are joined with theirs.
 */

import { type Diagnostic, diagnostic, remembering, type SourceFile, type Span } from '../../base/index.ts'

/** A part of a file, with its marker line and directives. */
export interface Segment {
  readonly text: string
  readonly offset: number
}

/** By the path of a file: offsets into its text, each of something in a document. */
export type Places = ReadonlyMap<string, readonly number[]>

/** A document is one tunnel: 250 000 characters hold ten thousand networks. */
export const MAX_DOCUMENT_LENGTH = 250_000
const MAX_DOCUMENTS = 50_000
const BYTE_ORDER_MARK = '\ufeff'

/** The documents of a file, and of those that cannot be one, why. */
export interface Documents {
  readonly segments: readonly Segment[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Once for each file: a part of what is edited is read, and then what it may not agree with. */
export const splitDocuments = remembering((file: SourceFile): Documents => {
  const segments: Segment[] = []
  const diagnostics: Diagnostic[] = []
  const conflict = findConflict(file)
  if (conflict !== undefined) return { segments, diagnostics: [conflict] }
  for (const segment of jsonParts(file.text) ?? markedParts(file.text)) {
    if (!hasContent(segment.text)) continue
    if (segments.length + diagnostics.length === MAX_DOCUMENTS) {
      diagnostics.push(diagnostic('E104', startOf(file, segment), `more than ${MAX_DOCUMENTS} documents in one file`))
      break
    }
    const refusal = refuse(file, segment)
    if (refusal) diagnostics.push(refusal)
    else segments.push(segment)
  }
  return { segments, diagnostics }
})

/** @returns those in which one of the offsets lies */
export function segmentsAt(segments: readonly Segment[], offsets: readonly number[]): readonly Segment[] {
  const sorted = [...offsets].sort((a, b) => a - b)
  let next = 0
  return segments.filter(({ offset, text }) => {
    while (next < sorted.length && sorted[next]! < offset) next += 1
    return next < sorted.length && sorted[next]! < offset + text.length
  })
}

/** What Git leaves in both versions of a text that it cannot merge: which lines hold is unknown, so nothing of the file is read. */
const CONFLICT_MARKER = /^(?:<{7}|>{7}|\|{7})(?: .*|(?=\r?$))|^={7}(?=\r?$)/m
/** Searching for them is much faster than for a pattern. */
const CONFLICT_SIGNS = ['<<<<<<<', '=======', '>>>>>>>']

function findConflict(file: SourceFile): Diagnostic | undefined {
  if (!CONFLICT_SIGNS.some((sign) => file.text.includes(sign))) return undefined
  const marker = CONFLICT_MARKER.exec(file.text)
  if (marker === null) return undefined
  const span = { file, start: marker.index, end: marker.index + marker[0].trimEnd().length }
  const help = 'choose what of both sides holds, and remove the lines of `<<<<<<<`, `=======` and `>>>>>>>`'
  return diagnostic('E131', span, 'the file holds an unresolved merge conflict', { help })
}

/** Text that comes after a byte order mark, with no end of a document before it. */
const INNER_MARK = /(?<!^\.\.\.[ \t]*\r?\n)^\ufeff/m

function refuse(file: SourceFile, segment: Segment): Diagnostic | undefined {
  const { text, offset } = segment
  if (text.length > MAX_DOCUMENT_LENGTH) {
    const message = `a document of ${text.length} characters; the limit is ${MAX_DOCUMENT_LENGTH}`
    return diagnostic('E104', startOf(file, segment), message)
  }
  const mark = text.includes('\n\ufeff') ? INNER_MARK.exec(text) : null
  if (mark !== null) {
    const start = offset + mark.index
    const help = 'write a line `---` between files that are joined'
    return diagnostic('E130', { file, start, end: start + 1 }, 'a byte order mark stands inside a document', { help })
  }
  if (!text.includes('%')) return undefined
  const directive = /^%(?!YAML[ \t]+1\.2\s).*$/m.exec(text.slice(0, directivesEnd(text)))
  if (directive === null) return undefined
  const line = directive[0].trimEnd()
  const start = offset + directive.index
  return diagnostic('E119', { file, start, end: start + line.length }, `the directive \`${line}\` is not supported`, {
    help: 'manifests are YAML 1.2; remove the line',
  })
}

/** Strings, numbers and words, white space, and what structure is made of: of a text that is JSON there is nothing else. */
const JSON_LEXEME = /"(?:[^"\\\r\n]|\\.)*"|[-+.\w]+|\s+|[[\]{}:,]/y
const OPENING = /^[[{]$/
const CLOSING = /^[\]}]$/

/**
 * What programs write: one JSON object after the other, or a list of them. Each is a document.
 *
 * @returns undefined where the text is anything else; YAML will tell
 */
function jsonParts(text: string): Segment[] | undefined {
  const first = /^\ufeff?\s*([[{])/.exec(text)
  if (first === null || (first[1] === '[' && !text.includes('"apiVersion"'))) return undefined
  const outside = first[1] === '[' ? 1 : 0
  const parts: Segment[] = []
  let depth = 0
  let start = 0
  for (let at = first[0].length - 1; at < text.length; at = JSON_LEXEME.lastIndex) {
    JSON_LEXEME.lastIndex = at
    const [lexeme] = JSON_LEXEME.exec(text) ?? ['']
    if (lexeme === '' || (depth <= outside && !isBetween(lexeme, depth, outside))) return undefined
    if (OPENING.test(lexeme) && depth++ === outside) start = at
    if (CLOSING.test(lexeme) && --depth === outside)
      parts.push({ text: text.slice(start, JSON_LEXEME.lastIndex), offset: start })
  }
  return depth === 0 ? parts : undefined
}

/** White space, the brackets of the list, the commas in it, and beginnings of objects. */
function isBetween(lexeme: string, depth: number, outside: number): boolean {
  if (lexeme.trim() === '') return true
  if (depth < outside) return lexeme === '['
  return lexeme === '{' || (outside === 1 && (lexeme === ',' || lexeme === ']'))
}

function startOf(file: SourceFile, { text, offset }: Segment): Span {
  return { file, start: offset, end: offset + Math.min(3, text.length) }
}

const MARKER_BEHIND_MARK = /^\ufeff?---(?=[ \t\r\n]|$)/gm

/** A marker ends the part before it, unless that part is only directives and comments: they belong to the document that follows. */
function* markedParts(text: string): Generator<Segment> {
  const hasMarks = text.includes(BYTE_ORDER_MARK)
  let offset = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  for (const marker of hasMarks ? markersBehindMarks(text) : markersIn(text)) {
    const before = text.slice(offset, marker.start)
    const mayOpen = before.length < 1000 && before.includes('%') && /^%/m.test(before)
    if (mayOpen && directivesEnd(before) === before.length) continue
    yield { text: hasMarks ? withoutNextPrefix(before) : before, offset }
    offset = marker.at
  }
  yield { text: text.slice(offset), offset }
}

interface Marker {
  /** with a byte order mark before it */
  readonly start: number
  readonly at: number
}

function* markersBehindMarks(text: string): Generator<Marker> {
  for (const { 0: marker, index } of text.matchAll(MARKER_BEHIND_MARK))
    yield { start: index, at: index + marker.indexOf('-') }
}

/** The same where there is no such mark: searching for three characters is much faster than for a pattern. */
function* markersIn(text: string): Generator<Marker> {
  for (let at = text.indexOf('---'); at >= 0; at = text.indexOf('---', at + 1))
    if ((at === 0 || isIn(LINE_ENDS, text[at - 1]!)) && isIn(ENDS_MARKER, text[at + 3] ?? '\n')) yield { start: at, at }
}

/** What `^` takes for the end of a line. */
const LINE_ENDS = '\n\r\u2028\u2029'
const ENDS_MARKER = ` \t${LINE_ENDS}`

function isIn(characters: string, character: string): boolean {
  return characters.includes(character)
}

/** A byte order mark with nothing but comments behind it belongs to the document that follows. */
function withoutNextPrefix(part: string): string {
  const mark = part.lastIndexOf(`\n${BYTE_ORDER_MARK}`) + 1
  return mark > 0 && directivesEnd(part.slice(mark + 1)) === part.length - mark - 1 ? part.slice(0, mark) : part
}

/** How far a text is only directives, comments and empty lines. */
function directivesEnd(text: string): number {
  return /^(?:[ \t]*(?:#.*)?(?:\r?\n|$)|%.*(?:\r?\n|$))*/.exec(text)![0].length
}

/** A letter behind the marker's line is what nearly every document begins with. */
const USUAL_BEGINNING = /^(?:---\r?\n)?[A-Za-z]/

function hasContent(text: string): boolean {
  if (USUAL_BEGINNING.test(text)) return true
  return /^(?:---)?[ \t]*[^\s#]/m.test(text.startsWith('---') ? text.slice(3) : text)
}
