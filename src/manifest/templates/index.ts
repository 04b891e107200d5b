/** TunnelTemplate and TunnelInstances → the documents that they stand for. */

import { isJsonObject, type SourceFile } from '../../base/index.ts'
import { readPart } from '../yaml/exact.ts'
import { quickDocument } from '../yaml/quick.ts'
import { splitDocuments } from '../yaml/split.ts'
import { tablePath } from './render.ts'

export { type Rendered, render } from './render.ts'

/** @returns paths of the files whose rows the manifests of a file name; what cannot be read names none */
export function tablesNamedBy(file: SourceFile): string[] {
  const { segments } = splitDocuments(file)
  const speaking = segments.filter(({ text }) => text.includes('TunnelInstances'))
  return speaking.flatMap(({ text }) => {
    const quick = quickDocument(text, readPart)
    return (quick ? [quick] : readPart(text).documents).flatMap(({ value: { kind, spec } }) =>
      kind === 'TunnelInstances' && isJsonObject(spec) && typeof spec.file === 'string'
        ? [tablePath(file.path, spec.file)]
        : [],
    )
  })
}
