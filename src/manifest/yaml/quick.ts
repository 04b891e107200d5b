/**
 * The YAML that manifests are written in → values alone, at a fraction of what the exact reader (exact.ts) needs for values with places.
 *
 * It never guesses: where a text holds anything that it does not know for certain, it gives nothing, and the exact reader decides. It knows
 * block and flow mappings and lists, scalars on one line, literal text and comments. It does not know anchors, aliases, tags, directives,
 * folded text, explicit and repeated keys, tabs, and whatever the exact reader has a finding for.
 */

import { isJsonObject, type JsonObject } from '../../base/index.ts'
import type { Document, Documents } from '../document.ts'
import { QuickPlaces } from './quick-places.ts'
import { QuickReader } from './quick-reader.ts'
import type { Sections } from './sections.ts'

/** More than any part of a file may have. */
const MAX_LENGTH = 1_000_000

/**
 * @param text one part of a file (split.ts)
 * @param sections of the texts before; absent: none are known
 * @returns the value that the exact reader gives, where that finds one document, a mapping, and nothing wrong. Undefined: not known here.
 */
export function readQuickly(text: string, sections?: Sections): JsonObject | undefined {
  return readFrom(text, sections)?.value
}

/**
 * The same as a document. Where its values stand is found out when somebody asks: of scalars and of names by reading once more, of the rest by
 * the exact reader.
 *
 * @param readExactly `readPart` (exact.ts)
 */
export function quickDocument(
  text: string,
  readExactly: (text: string) => Documents,
  sections?: Sections,
): Document | undefined {
  const read = readFrom(text, sections)
  if (read === undefined) return undefined
  const file = { path: '', text }
  let places: QuickPlaces | undefined
  let exact: Document | undefined
  const at: Document['at'] = (pointer, part) => {
    places ??= placesIn(text)
    const range = places.at(pointer, part)
    if (range) return { file, start: range[0], end: range[1] }
    exact ??= readExactly(text).documents[0]!
    return { ...exact.at(pointer, part), file }
  }
  return { value: read.value, start: read.start, file, at, broken: NOTHING_BROKEN }
}

const NOTHING_BROKEN: Document['broken'] = new Set()

/** Of scalars, and of names. @param text that was read quickly */
export function placesIn(text: string): QuickPlaces {
  const places = new QuickPlaces()
  new QuickReader(text, undefined, places).readDocument()
  return places
}

/** @returns with the offset of the first field */
function readFrom(text: string, sections?: Sections): Pick<Document, 'value' | 'start'> | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const reader = new QuickReader(text, sections)
  const value = reader.readDocument()
  return isJsonObject(value) ? { value, start: reader.start } : undefined
}
