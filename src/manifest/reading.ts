/**
 * Files → the manifests in them. What was read before is not read again: a file that is still the same object, and a document whose text
 * is the same, wherever it stands now.
 */

import { hash } from 'node:crypto'
import {
  apart,
  type Diagnostic,
  hasErrors,
  type Json,
  type JsonObject,
  joined,
  OWN_DIGEST,
  type Pointer,
  recall,
  type SourceFile,
} from '../base/index.ts'
import {
  type Document,
  type Documents,
  LazyManifest,
  type Manifest,
  type Origin,
  relocateDiagnostic,
  relocateManifest,
  withRelatedPlaces,
} from './document.ts'
import { readEnvelope, toManifest } from './envelope.ts'
import { makeForm } from './form.ts'
import type { Declared, KnownFile, Memory, Part, ReadFiles } from './memory.ts'
import type { Advise, Form, Kinds } from './model.ts'
import { readSchema } from './schema/files.ts'
import { validateDocument } from './schema/validate.ts'
import { CORE_KINDS, renderTemplates } from './templated.ts'
import { readPart } from './yaml/exact.ts'
import { quickDocument } from './yaml/quick.ts'
import { Sections } from './yaml/sections.ts'
import { segmentsAt, splitDocuments } from './yaml/split.ts'

export function readFiles(files: readonly SourceFile[], kinds: Kinds, memory: Memory): ReadFiles {
  let documents = 0
  const tick = () => memory.progress('reading manifests', documents++)
  const { places } = memory
  const reading = { kinds, memory, sections: new Sections(), tick }
  const holding = files.filter(({ path, holds }) => holds === undefined && (!places || places.has(path)))
  const read = holding.map((file) => recall(memory.files, file, () => readFile(file, reading)))
  const parts = read.flatMap((file) => file.parts)
  memory.parts = byText(parts)
  const declared = read.flatMap((file) => file.declared)
  const isWhole = !read.some(({ incomplete }) => incomplete)
  const made = madeByTemplates({ declared, files, isWhole }, kinds, memory)
  const digests = [...parts, ...made.parts].map(({ digest }) => digest)
  return {
    ...(memory.results && { digest: hash(OWN_DIGEST, digests.join(' ')) }),
    declared: [...declared, ...made.declared],
    diagnostics: [...read.flatMap(({ diagnostics }) => diagnostics), ...made.diagnostics],
    incomplete: made.incomplete || !isWhole,
  }
}

/** All that was read. */
interface Whole {
  readonly declared: readonly Declared[]
  readonly files: readonly SourceFile[]
  readonly isWhole: boolean
}

const MADE_BY_NONE: KnownFile = { parts: [], declared: [], diagnostics: [], incomplete: false }

/** Each document that a template has made is read as if somebody had written it. */
function madeByTemplates({ declared, files, isWhole }: Whole, kinds: Kinds, memory: Memory): KnownFile {
  const manifests = declared.map(({ manifest }) => manifest)
  const made = renderTemplates(manifests, files, isWhole)
  if (!made) return MADE_BY_NONE
  const known = new Map<string, string>()
  const parts = made.documents.map((document) => readMade(document, { kinds, memory, known }))
  memory.made = known
  return {
    parts,
    declared: parts.flatMap(({ manifests }) => manifests.map((manifest) => ({ manifest, unplaced: manifest }))),
    diagnostics: [...made.diagnostics, ...parts.flatMap(({ diagnostics }) => diagnostics).map(withRelatedPlaces)],
    incomplete: made.incomplete || parts.some(({ incomplete }) => incomplete),
  }
}

interface Making {
  readonly kinds: Kinds
  readonly memory: Memory
  /** gains what is clean, by text */
  readonly known: Map<string, string>
}

/** What it says decides, wherever its values come from: of the same content, the same is known. What is broken of it is left out of it. */
function readMade(document: Document, { kinds, memory, known }: Making): Part {
  const text = JSON.stringify([document.value, ...document.broken])
  const digest = memory.results && hash(OWN_DIGEST, `made ${text}`)
  const remembered = memory.made.get(text) ?? (digest === undefined ? undefined : memory.results?.texts.get(digest))
  const part = remembered === undefined ? readHere(document, text, kinds) : recalledMade(document, text, remembered)
  const clean = remembered ?? cleanOf(part, kinds, memory)
  if (remembered !== undefined) recallSpec(part.manifests[0]!, cleanIn(remembered), memory)
  if (clean !== undefined) known.set(text, clean)
  if (clean !== undefined && digest !== undefined && remembered === undefined) memory.results?.texts.put(digest, clean)
  return { ...part, ...(digest !== undefined && { digest }) }
}

function readHere(document: Document, text: string, kinds: Kinds): Part {
  const { manifest, diagnostics } = readManifest(document, [...kinds.keys()], kinds)
  return { text, diagnostics, manifests: manifest ? [manifest] : [], incomplete: manifest === undefined }
}

function recalledMade(document: Document, text: string, remembered: string): Part {
  const { kind } = cleanIn(remembered).clean
  const manifest = toManifest({ document, kind, diagnostics: [], broken: NOTHING_BROKEN }, NOTHING_BROKEN)
  return { text, manifests: [manifest], diagnostics: [], incomplete: false }
}

function byText(parts: readonly Part[]): Map<string, Part> {
  return new Map(parts.map((part) => [part.text, part]))
}

/** Of some files, one after the other. */
interface Reading {
  readonly kinds: Kinds
  readonly memory: Memory
  readonly sections: Sections
  /** told of each document */
  tick(): void
}

function readFile(file: SourceFile, reading: Reading): KnownFile {
  const { memory, tick } = reading
  const { segments: all, diagnostics } = splitDocuments(file)
  const segments = memory.places ? segmentsAt(all, memory.places.get(file.path) ?? []) : all
  const parts = segments.map(({ text }) => {
    tick()
    return memory.parts.get(text) ?? (memory.results ? readOrRecall(text, reading) : readText(apart(text), reading))
  })
  const origins = segments.map(({ offset }) => ({ file, offset }))
  const place = (found: Diagnostic, i: number) => relocateDiagnostic(found, origins[i]!)
  return {
    parts,
    declared: parts.flatMap((part, i) => declaredIn(part, origins[i]!)),
    diagnostics: [...diagnostics, ...parts.flatMap((part, i) => part.diagnostics.map((found) => place(found, i)))],
    incomplete: diagnostics.length > 0 || parts.some((part) => part.incomplete),
  }
}

function declaredIn({ manifests, digest }: Part, origin: Origin): Declared[] {
  return manifests.map((unplaced) => {
    const manifest = relocateManifest(unplaced, origin)
    return digest === undefined ? { manifest, unplaced, origin } : { manifest, unplaced, origin, digest }
  })
}

/** What is remembered of a text in which one manifest stands and nothing is to be found; behind it, the spec in normal form. */
interface Clean {
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  readonly formerly?: readonly string[]
  readonly waive: readonly Json[]
  readonly start: number
  /** absent: the kind is the core's own */
  readonly form?: Omit<Form, 'text'>
}

/** Between what is remembered and the spec: JSON has none of its own. */
const TAB = '\t'

const NOTHING_BROKEN: ReadonlySet<Pointer> = new Set()

function readOrRecall(text: string, reading: Reading): Part {
  const { kinds, memory } = reading
  const digest = hash(OWN_DIGEST, text)
  const known = memory.results?.texts.get(digest)
  if (known !== undefined) return recalledPart(text, digest, known, memory)
  const part = readText(text, reading)
  const clean = cleanOf(part, kinds, memory)
  if (clean !== undefined) memory.results?.texts.put(digest, clean)
  return joined(part, { digest })
}

/** The normal form goes into the memory, too: whoever asks for it next has it. */
function cleanOf(
  { manifests, diagnostics, incomplete }: Part,
  kinds: Kinds,
  { specs, forms }: Memory,
): string | undefined {
  const [manifest] = manifests
  if (!manifest || manifests.length > 1 || diagnostics.length > 0 || incomplete) return undefined
  const { kind: kindName, name, set, labels, formerly, waive, start } = manifest
  const clean: Clean = { kind: kindName, name, set, labels, ...(formerly && { formerly }), waive, start }
  const kind = kinds.get(kindName)
  if (!kind) return JSON.stringify(clean)
  const checked = recall(specs, manifest, () => kind.normalise(manifest))
  if (!checked.ok || checked.diagnostics.length > 0) return undefined
  const made = makeForm({ kind, name, set, spec: checked.value })
  forms.set(manifest, made)
  const { text, ...form } = made
  return `${JSON.stringify(joined(clean, { form }) satisfies Clean)}${TAB}${text}`
}

function recalledPart(text: string, digest: string, remembered: string, memory: Memory): Part {
  const found = cleanIn(remembered)
  const manifest = new Recalled(found.clean, text)
  recallSpec(manifest, found, memory)
  return { text, digest, manifests: [manifest], diagnostics: [], incomplete: false }
}

/** Its text is read when somebody asks for what is written there, or where. */
class Recalled extends LazyManifest {
  #document: Document | undefined

  constructor(clean: Clean, text: string) {
    super(joined(clean, { file: { path: '', text }, broken: NOTHING_BROKEN }))
  }

  readonly at: Manifest['at'] = (pointer, part) => ({ ...this.#read().at(pointer, part), file: this.file })

  get spec(): JsonObject {
    return this.#read().value.spec as JsonObject
  }

  #read(): Document {
    this.#document ??= readDocuments(this.file.text).documents[0]!
    return this.#document
  }
}

interface Remembered {
  readonly clean: Clean
  readonly spec: string
}

function cleanIn(remembered: string): Remembered {
  const end = remembered.indexOf(TAB)
  const clean = JSON.parse(end < 0 ? remembered : remembered.slice(0, end)) as Clean
  return { clean, spec: end < 0 ? '' : remembered.slice(end + 1) }
}

function recallSpec(manifest: Manifest, { clean, spec }: Remembered, { specs, forms }: Memory): void {
  if (!clean.form) return
  forms.set(manifest, { text: spec, ...clean.form })
  specs.set(manifest, new RecalledSpec(spec))
}

class RecalledSpec {
  readonly ok = true
  readonly diagnostics: readonly Diagnostic[] = []
  readonly #text: string
  #value: JsonObject | undefined

  constructor(text: string) {
    this.#text = text
  }

  get value(): JsonObject {
    this.#value ??= JSON.parse(this.#text) as JsonObject
    return this.#value
  }
}

function readText(text: string, { kinds, sections }: Reading): Part {
  const known = [...CORE_KINDS, ...kinds.keys()]
  const read = readDocuments(text, sections)
  const manifests: Manifest[] = []
  // lists of lists: hostile text has more findings than a call may have arguments
  const found: (readonly Diagnostic[])[] = [read.diagnostics]
  let { incomplete } = read
  for (const document of read.documents) {
    const { manifest, diagnostics } = readManifest(document, known, kinds)
    found.push(diagnostics)
    if (manifest !== undefined) manifests.push(manifest)
    else if (hasErrors(diagnostics)) incomplete = true
  }
  return { text, manifests, diagnostics: found.flat(), incomplete }
}

/** The exact reader decides wherever the quick one is not certain, and says where a value stands. */
function readDocuments(text: string, sections?: Sections): Documents {
  const document = quickDocument(text, readPart, sections)
  return document ? { documents: [document], diagnostics: [], incomplete: false } : readPart(text)
}

/** What any kind knows of a word. */
function adviceOf(kinds: Kinds): Advise {
  return (vocabulary, written) => {
    for (const { advise } of kinds.values()) {
      const advice = advise?.(vocabulary, written)
      if (advice) return advice
    }
    return undefined
  }
}

/** No manifest: its kind cannot be told. */
function readManifest(document: Document, known: readonly string[], kinds: Kinds) {
  const enveloped = readEnvelope(document, known)
  if (enveloped.kind === undefined) return { diagnostics: enveloped.diagnostics }
  const schema = kinds.get(enveloped.kind)?.schema ?? readSchema(enveloped.kind)
  const validated = validateDocument({ ...document, broken: enveloped.broken }, schema, adviceOf(kinds))
  const diagnostics = [...enveloped.diagnostics, ...validated.diagnostics]
  return { manifest: toManifest(enveloped, validated.broken), diagnostics }
}
