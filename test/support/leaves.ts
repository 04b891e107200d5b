/** The leaves of a JSON value: scalars and empty containers, each by its pointer. */

import { type Json, joinPointer, type Pointer } from '../../src/base/json.ts'

export interface Leaf {
  readonly pointer: Pointer
  readonly value: Json
}

export function leavesOf(value: Json, pointer: Pointer = ''): Leaf[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [{ pointer, value }]
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item as Json, joinPointer(pointer, key)))
}
