/**
 * One text → the texts of its documents. A line `---` at the first column starts a document wherever it stands, inside quotes and
 * block text too (YAML 1.2, 9.1.2 and 9.2), so a document that cannot be read hides nothing in the others.
 */

import { type Diagnostic, diagnostic } from '../base/diagnostic.ts'
import type { SourceFile, Span } from '../base/source.ts'

/** A part of a file, with its marker line and directives. */
export interface Segment {
  readonly text: string
  readonly offset: number
}

/** A document is one tunnel: 250 000 characters hold ten thousand networks. */
const MAX_DOCUMENT_LENGTH = 250_000
const MAX_DOCUMENTS = 50_000

export function splitDocuments(file: SourceFile): { segments: Segment[]; diagnostics: Diagnostic[] } {
  const segments: Segment[] = []
  const diagnostics: Diagnostic[] = []
  for (const segment of markedParts(file.text)) {
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
}

function refuse(file: SourceFile, segment: Segment): Diagnostic | undefined {
  const { text, offset } = segment
  if (text.length > MAX_DOCUMENT_LENGTH) {
    const message = `a document of ${text.length} characters; the limit is ${MAX_DOCUMENT_LENGTH}`
    return diagnostic('E104', startOf(file, segment), message)
  }
  const directive = /^%(?!YAML[ \t]+1\.2\s).*$/m.exec(text.slice(0, directivesEnd(text)))
  if (directive === null) return undefined
  const line = directive[0].trimEnd()
  const start = offset + directive.index
  return diagnostic('E119', { file, start, end: start + line.length }, `the directive \`${line}\` is not supported`, {
    help: 'manifests are YAML 1.2; remove the line',
  })
}

function startOf(file: SourceFile, { text, offset }: Segment): Span {
  return { file, start: offset, end: offset + Math.min(3, text.length) }
}

/** A marker ends the part before it, unless that part is only directives and comments: they belong to the document that follows. */
function* markedParts(text: string): Generator<Segment> {
  let offset = 0
  for (const marker of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    const before = text.slice(offset, marker.index)
    if (before.length < 1000 && /^%/m.test(before) && directivesEnd(before) === before.length) continue
    yield { text: before, offset }
    offset = marker.index
  }
  yield { text: text.slice(offset), offset }
}

/** How far a text is only directives, comments and empty lines. */
function directivesEnd(text: string): number {
  return /^(?:[ \t]*(?:#.*)?(?:\r?\n|$)|%.*(?:\r?\n|$))*/.exec(text)![0].length
}

function hasContent(text: string): boolean {
  return /^(?:---)?[ \t]*[^\s#]/m.test(text.replace(/^---/, ''))
}
