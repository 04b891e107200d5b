/** Where the values of one document were written: a tree beside the value, of the same shape. */

import type { Pointer } from '../../base/json.ts'
import { parsePointer } from '../../base/pointer.ts'
import type { SourceFile, Span } from '../../base/source.ts'

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
