/** The documents of one file, for tests of what comes before manifests. */

import type { SourceFile } from '../../../src/base/source.ts'
import type { Documents } from '../../../src/manifest/document.ts'
import { relocateDiagnostic, relocateWritten } from '../../../src/manifest/document.ts'
import { readPart } from '../../../src/manifest/yaml/exact.ts'
import { splitDocuments } from '../../../src/manifest/yaml/split.ts'

export function readDocuments(file: SourceFile): Documents {
  const { segments, diagnostics } = splitDocuments(file)
  const parts = segments.map(({ text, offset }) => ({ ...readPart(text), origin: { file, offset } }))
  return {
    documents: parts.flatMap(({ documents, origin }) => documents.map((one) => relocateWritten(one, origin))),
    diagnostics: [
      ...diagnostics,
      ...parts.flatMap((part) => part.diagnostics.map((found) => relocateDiagnostic(found, part.origin))),
    ],
    incomplete: diagnostics.length > 0 || parts.some(({ incomplete }) => incomplete),
  }
}
