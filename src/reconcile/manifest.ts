/** YAML text → manifests whose every value can say where it was written. */

import type { JsonObject, Pointer } from './model.ts'
import type { SourceFile, Span } from './source.ts'

/** One YAML document: the envelope, and the spec as written (not yet in normal form). */
export interface Manifest {
  readonly file: SourceFile
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  /** as written; values that broke the schema are left out, so that readers see only what can be read */
  readonly spec: JsonObject
  /**
   * Where a value was written.
   *
   * @param pointer from the document's root: `/spec/endpoints/local`. Where nothing stands there, the nearest ancestor answers.
   * @param part `key` for the name before the colon (an unknown field), `value` (the default) for what follows it
   */
  at(pointer: Pointer, part?: 'key' | 'value'): Span
  /** Pointers (from the root) that have a finding already: nothing at or below them is reported again. */
  readonly broken: ReadonlySet<Pointer>
}
