/**
 * A document is read by its own text alone, whatever stands around it; so what was found in it holds for as long as its text does. Here
 * that gets its place in a file.
 */

import type { Diagnostic } from '../base/diagnostic.ts'
import { positionOf, type SourceFile, type Span } from '../base/source.ts'
import type { Manifest, Written } from './document.ts'

/** Where the text of a document begins. */
export interface Origin {
  readonly file: SourceFile
  readonly offset: number
}

/** @param span in the document's own text */
function relocateSpan({ start, end }: Span, { file, offset }: Origin): Span {
  return { file, start: start + offset, end: end + offset }
}

/** The same document, standing in a file. */
export function relocateWritten<T extends Written>(written: T, origin: Origin): T {
  return { ...written, file: origin.file, at: (pointer, part) => relocateSpan(written.at(pointer, part), origin) }
}

/** The same manifest, standing in a file. */
export function relocateManifest(manifest: Manifest, origin: Origin): Manifest {
  return { ...relocateWritten(manifest, origin), start: manifest.start + origin.offset }
}

/** The same finding, standing in a file: what it relates to is written out, for a line has a number now. */
export function relocateDiagnostic({ related, ...diagnostic }: Diagnostic, origin: Origin): Diagnostic {
  const { span, secrets, notes } = diagnostic
  return {
    ...diagnostic,
    ...(span && { span: relocateSpan(span, origin) }),
    ...(secrets && { secrets: secrets.map((secret) => relocateSpan(secret, origin)) }),
    ...(related && { notes: [...related.map(({ text, at }) => `${text} at ${where(at, origin)}`), ...(notes ?? [])] }),
  }
}

function where(span: Span, origin: Origin): string {
  const { file, start } = relocateSpan(span, origin)
  const { line, column } = positionOf(file, start)
  return `${file.path}:${line}:${column}`
}
