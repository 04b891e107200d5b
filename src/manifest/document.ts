/** A YAML document that can say where each of its values was written, also when it has moved inside its file. */

import {
  type Diagnostic,
  type Json,
  type JsonObject,
  type Pointer,
  placeText,
  type SourceFile,
  type Span,
} from '../base/index.ts'

/** Where a value was written, and what is wrong with it already. */
export interface Written {
  readonly file: SourceFile
  /**
   * Where a value was written.
   *
   * @param pointer from the document's root: `/spec/endpoints/local`. Where nothing stands there, the nearest ancestor answers.
   * @param part `key` for the name before the colon (an unknown field), `value` (the default) for what follows it.
   *   An item of a list has no key, so its value answers; a key without a value answers for the value.
   */
  at(pointer: Pointer, part?: 'key' | 'value'): Span
  /**
   * Pointers (from the root) that have a finding already: nothing at or below them is reported again. `/a/b/-` stands for an
   * item of list `/a/b` that was left out.
   */
  readonly broken: ReadonlySet<Pointer>
  /** of what a template has made: the same as in all of its places */
  readonly rendering?: object
}

/** One YAML document: the envelope, and the spec as written (not yet in normal form). */
export interface Manifest extends Written {
  /** offset of its first field: the order of the manifests of one file */
  readonly start: number
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  /** `metadata.formerly`: names that it had before; absent: none */
  readonly formerly?: readonly string[]
  /** `metadata.waive`: warnings that it answers; an item that broke the schema is null */
  readonly waive: readonly Json[]
  /** as written; values that broke the schema are left out, so that readers see only what can be read. Lists keep their places: null */
  readonly spec: JsonObject
}

/** One YAML document as it stands: any mapping. */
export interface Document extends Written {
  readonly value: JsonObject
  /** offset of its first field */
  readonly start: number
}

export interface Documents {
  readonly documents: readonly Document[]
  readonly diagnostics: readonly Diagnostic[]
  /** a document could not be read at all, so what it declares is unknown */
  readonly incomplete: boolean
}

/** Where the text of a document begins. */
export interface Origin {
  readonly file: SourceFile
  readonly offset: number
}

/** @param span in the document's own text */
function relocateSpan({ start, end }: Span, { file, offset }: Origin): Span {
  return { file, start: start + offset, end: end + offset }
}

/** The same manifest, standing in a file. */
export function relocateManifest(manifest: Manifest, origin: Origin): Manifest {
  return new Relocated(manifest, origin)
}

/** Of a class, for there are many: V8 gives an object with accessors of its own a shape of its own, which weighs more than the object. */
class Relocated implements Manifest {
  readonly file: SourceFile
  readonly broken: ReadonlySet<Pointer>
  readonly start: number
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  declare readonly formerly?: readonly string[]
  readonly waive: readonly Json[]
  readonly #manifest: Manifest
  readonly #offset: number

  constructor(manifest: Manifest, { file, offset }: Origin) {
    const { start, kind, name, set, labels, formerly, waive, broken } = manifest
    this.file = file
    this.broken = broken
    this.start = start + offset
    this.kind = kind
    this.name = name
    this.set = set
    this.labels = labels
    if (formerly) this.formerly = formerly
    this.waive = waive
    this.#manifest = manifest
    this.#offset = offset
  }

  readonly at = (pointer: Pointer, part?: 'key' | 'value'): Span =>
    relocateSpan(this.#manifest.at(pointer, part), { file: this.file, offset: this.#offset })

  /** Not copied: nearly nobody asks for it, and then the text may have to be read. */
  get spec(): JsonObject {
    return this.#manifest.spec
  }
}

/** The same finding, standing in a file: what it relates to is written out, for a line has a number now. */
export function relocateDiagnostic(diagnostic: Diagnostic, origin: Origin): Diagnostic {
  const { span, secrets, related } = diagnostic
  return withRelatedPlaces({
    ...diagnostic,
    ...(span && { span: relocateSpan(span, origin) }),
    ...(secrets && { secrets: secrets.map((secret) => relocateSpan(secret, origin)) }),
    ...(related && { related: related.map(({ text, at }) => ({ text, at: relocateSpan(at, origin) })) }),
  })
}

/** What a finding relates to becomes its first notes. */
export function withRelatedPlaces({ related, ...diagnostic }: Diagnostic): Diagnostic {
  if (!related) return diagnostic
  const notes = related.map(({ text, at }) => `${text} at ${placeText(at)}`)
  return { ...diagnostic, notes: [...notes, ...(diagnostic.notes ?? [])] }
}
