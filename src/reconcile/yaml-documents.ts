/**
 * One text → the texts of its documents. A line `---` at the first column starts a document wherever it stands, inside quotes and
 * block text too (YAML 1.2, 9.1.2 and 9.2), so a document that cannot be read hides nothing in the others.
 */

import { type Diagnostic, diagnostic } from './diagnostic.ts'
import type { SourceFile } from './source.ts'

/** A part of a file, with its marker line and directives. */
export interface Segment {
  readonly text: string
  readonly offset: number
}

/** 2 000 tunnels take about 1 MB; a single tunnel never does. */
const maxDocumentLength = 1_000_000
const maxDocuments = 50_000

export function splitDocuments(file: SourceFile): { segments: Segment[]; diagnostics: Diagnostic[] } {
  const segments: Segment[] = []
  const diagnostics: Diagnostic[] = []
  for (const segment of markedParts(file.text)) {
    if (!hasContent(segment.text)) continue
    const refusal = refuse(file, segment, segments.length)
    if (refusal) diagnostics.push(refusal)
    else segments.push(segment)
    if (segments.length > maxDocuments) break
  }
  return { segments, diagnostics }
}

function refuse(file: SourceFile, { text, offset }: Segment, before: number): Diagnostic | undefined {
  const start = { file, start: offset, end: offset + Math.min(3, text.length) }
  if (text.length > maxDocumentLength) {
    return diagnostic('E104', start, `a document of ${text.length} characters; the limit is ${maxDocumentLength}`)
  }
  if (before === maxDocuments) return diagnostic('E104', start, `more than ${maxDocuments} documents in one file`)
  const directive = /^%(?!YAML[ \t]+1\.2\s).*$/m.exec(text.slice(0, directivesEnd(text)))
  if (directive === null) return undefined
  const span = { file, start: offset + directive.index, end: offset + directive.index + directive[0].trimEnd().length }
  return diagnostic('E119', span, `the directive \`${directive[0].trimEnd()}\` is not supported`, {
    help: 'manifests are YAML 1.2; remove the line',
  })
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
