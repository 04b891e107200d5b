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

/** What a manifest says of itself, and where it stands. */
type About = Pick<Manifest, 'file' | 'broken' | 'start' | 'kind' | 'name' | 'set' | 'labels' | 'formerly' | 'waive'>

/**
 * A manifest whose spec and places are made when somebody asks for them. Of a class, for there are many: an accessor in a literal gives each
 * object a shape of its own (`src/base/joined.ts`).
 */
export abstract class LazyManifest implements Manifest {
  readonly file: SourceFile
  readonly broken: ReadonlySet<Pointer>
  readonly start: number
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  declare readonly formerly?: readonly string[]
  readonly waive: readonly Json[]
  /** to be called by itself, too */
  abstract readonly at: Manifest['at']

  constructor({ file, broken, start, kind, name, set, labels, formerly, waive }: About) {
    this.file = file
    this.broken = broken
    this.start = start
    this.kind = kind
    this.name = name
    this.set = set
    this.labels = labels
    if (formerly) this.formerly = formerly
    this.waive = waive
  }

  abstract get spec(): JsonObject
}

/** The same manifest, standing in a file. */
export function relocateManifest(manifest: Manifest, origin: Origin): Manifest {
  return new Relocated(manifest, origin)
}

class Relocated extends LazyManifest {
  readonly #manifest: Manifest
  readonly #origin: Origin

  constructor(manifest: Manifest, origin: Origin) {
    const { start, kind, name, set, labels, formerly, waive, broken } = manifest
    const own = { file: origin.file, broken, start: start + origin.offset, kind, name, set, labels, waive }
    super(formerly ? { ...own, formerly } : own)
    this.#manifest = manifest
    this.#origin = origin
  }

  readonly at: Manifest['at'] = (pointer, part) => relocateSpan(this.#manifest.at(pointer, part), this.#origin)

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
