/** The documents of one file, for tests of what comes before manifests. */

import type { SourceFile } from '../../../src/base/source.ts'
import { type Document, type Documents, type Origin, relocateDiagnostic } from '../../../src/manifest/document.ts'
import { readPart } from '../../../src/manifest/yaml/exact.ts'
import { splitDocuments } from '../../../src/manifest/yaml/split.ts'

export function readDocuments(file: SourceFile): Documents {
  const { segments, diagnostics } = splitDocuments(file)
  const parts = segments.map(({ text, offset }) => ({ ...readPart(text), origin: { file, offset } }))
  return {
    documents: parts.flatMap(({ documents, origin }) => documents.map((one) => relocate(one, origin))),
    diagnostics: [
      ...diagnostics,
      ...parts.flatMap((part) => part.diagnostics.map((found) => relocateDiagnostic(found, part.origin))),
    ],
    incomplete: diagnostics.length > 0 || parts.some(({ incomplete }) => incomplete),
  }
}

function relocate(document: Document, { file, offset }: Origin): Document {
  const at: Document['at'] = (pointer, part) => {
    const { start, end } = document.at(pointer, part)
    return { file, start: start + offset, end: end + offset }
  }
  return { ...document, file, at }
}
