/** What was read, file by file and text by text, and what is kept of it for the next reading. */

import {
  type Checked,
  type Diagnostic,
  type JsonObject,
  type OnProgress,
  type RememberedResults,
  type SourceFile,
  untold,
} from '../base/index.ts'
import { Agreement } from './agreement.ts'
import type { Manifest, Origin } from './document.ts'
import type { Form, Resource } from './model.ts'
import type { Places } from './yaml/split.ts'

/** A manifest in its place. */
export interface Declared {
  readonly manifest: Manifest
  /** the same one with places that count from the start of its text: one object for as long as that text stands somewhere */
  readonly unplaced: Manifest
  /** absent: a template has made it, and its places are those of the rows and of the template */
  readonly origin?: Origin
  /** of its text, where results are remembered */
  readonly digest?: string
}

/** What the documents hold, one by one. */
export interface ReadFiles {
  readonly declared: readonly Declared[]
  readonly diagnostics: readonly Diagnostic[]
  /** something could not be read at all, so what seems to be missing may stand there */
  readonly incomplete: boolean
  /** of all texts together, where results are remembered */
  readonly digest?: string
}

/** A manifest in normal form, as far as it could be read. */
export interface Normalised {
  readonly resource: Resource
  /** nothing of it is missing or wrong */
  readonly isWhole: boolean
  readonly diagnostics: readonly Diagnostic[]
}

/** What one text says, with places that count from its start. */
export interface Part {
  readonly text: string
  /** where results are remembered */
  readonly digest?: string
  readonly manifests: readonly Manifest[]
  readonly diagnostics: readonly Diagnostic[]
  readonly incomplete: boolean
}

/** A file as it was read, and the parts that it was made of. */
export interface KnownFile extends ReadFiles {
  readonly parts: readonly Part[]
}

/** What the last reading has read. For one collection of kinds. */
export class Memory {
  /** what earlier processes have read, with these kinds and this program; nothing, once this one has read it all */
  results: RememberedResults | undefined
  readonly files = new WeakMap<SourceFile, KnownFile>()
  /** by text; what the last reading did not meet is forgotten */
  parts: ReadonlyMap<string, Part> = new Map()
  /** what is remembered of documents that templates have made and nothing is to be found in, by their content as JSON */
  made: ReadonlyMap<string, string> = new Map()
  /** by `Declared.unplaced` */
  readonly specs = new WeakMap<Manifest, Checked<JsonObject>>()
  /** of those specs, as far as it was made */
  readonly forms = new WeakMap<Manifest, Form>()
  /** by `Declared.manifest` */
  readonly resources = new WeakMap<Manifest, Normalised>()

  readonly agreement = new Agreement()

  /** told of each document */
  readonly progress: OnProgress
  /** all that is to be read; absent: everything */
  readonly places: Places | undefined

  constructor(results?: RememberedResults, progress: OnProgress = untold, places?: Places) {
    this.results = results
    this.progress = progress
    this.places = places
  }
}
