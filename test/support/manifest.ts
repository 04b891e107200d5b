/** Manifests for tests that need no YAML: the text is JSON, and every value knows where it stands in it. */

import { type Json, type JsonObject, joinPointer, type Pointer } from '../../src/base/json.ts'
import type { Manifest } from '../../src/manifest/document.ts'

export interface Envelope {
  readonly name?: string
  readonly set?: string
  readonly path?: string
  readonly broken?: ReadonlySet<Pointer>
}

export function manifestOf(kind: string, spec: JsonObject, envelope: Envelope = {}): Manifest {
  const { name = 'hq-dallas', set = 'default', path = 'test.yaml', broken = new Set() } = envelope
  const starts = new Map<Pointer, number>()
  const text = write({ apiVersion: 'wfpctl/v1alpha1', kind, metadata: { name, set }, spec }, '', 0, starts)
  const file = { path, text }
  const at: Manifest['at'] = (pointer) => {
    let place = pointer
    while (!starts.has(place)) place = place.slice(0, place.lastIndexOf('/'))
    const start = starts.get(place) ?? 0
    return { file, start, end: start + 1 }
  }
  return { file, kind, name, set, labels: {}, waive: [], spec, at, start: 0, broken }
}

function write(value: Json, pointer: Pointer, start: number, starts: Map<Pointer, number>): string {
  starts.set(pointer, start)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  let text = isList ? '[' : '{'
  for (const [key, item] of Object.entries(value)) {
    text += `\n${isList ? '' : `${JSON.stringify(key)}: `}`
    text += `${write(item as Json, joinPointer(pointer, key), start + text.length, starts)},`
  }
  return `${text.replace(/,$/, '')}${isList ? ']' : '}'}`
}
