/** The documents of one file, for tests of what comes before manifests. */

import type { Documents } from '../../src/reconcile/document.ts'
import { readPart } from '../../src/reconcile/manifest.ts'
import { placeDiagnostic, placeWritten } from '../../src/reconcile/origin.ts'
import type { SourceFile } from '../../src/reconcile/source.ts'
import { splitDocuments } from '../../src/reconcile/yaml-documents.ts'

export function readDocuments(file: SourceFile): Documents {
  const { segments, diagnostics } = splitDocuments(file)
  const parts = segments.map(({ text, offset }) => ({ ...readPart(text), origin: { file, offset } }))
  return {
    documents: parts.flatMap(({ documents, origin }) => documents.map((one) => placeWritten(one, origin))),
    diagnostics: [
      ...diagnostics,
      ...parts.flatMap((part) => part.diagnostics.map((found) => placeDiagnostic(found, part.origin))),
    ],
    incomplete: diagnostics.length > 0 || parts.some(({ incomplete }) => incomplete),
  }
}
