/**
 * YAML text → documents whose every value can say where it was written. The only door to the `yaml` package.
 *
 * A document is plain JSON as soon as it leaves here: aliases are replaced by what they stand for, tags, merge keys, duplicate
 * keys and numbers that JSON cannot hold are findings. Hostile text costs no more than it is long.
 */

import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, type Node, type Pair, Parser, stringify } from 'yaml'
import { type Diagnostic, diagnostic } from '../base/diagnostic.ts'
import { isJsonObject, type Json, type JsonObject, type Pointer } from '../base/json.ts'
import { joinPointer } from '../base/pointer.ts'
import type { SourceFile, Span } from '../base/source.ts'
import type { Document, Documents } from './document.ts'
import { locate, type Place, type Range } from './places.ts'
import { describeYamlErrors } from './yaml-errors.ts'

export type { Manifest } from './document.ts'

/** It and every character below it are white space to YAML. */
const SPACE = 0x20
/** A manifest is about nine levels deep. */
const MAX_DEPTH = 64
/** Values that aliases may add to a document beyond what is written in it. */
const MAX_ALIASED_VALUES = 10_000

const YAML_OPTIONS = {
  version: '1.2',
  schema: 'core',
  uniqueKeys: false,
  merge: false,
  resolveKnownTags: false,
} as const

/**
 * @param text one part of a file (split.ts); several documents, where some end with `...`
 * @returns documents and findings with places that count from the start of the text
 */
export function readPart(text: string): Documents {
  const file = { path: '', text }
  const parts: Documents[] = []
  const tooDeep = compose(text, (root, errors) => {
    const syntax = describeYamlErrors(file, errors, lastLeaf(root)?.range?.[0])
    if (syntax.fatal) parts.push({ documents: [], diagnostics: syntax.diagnostics, incomplete: true })
    else parts.push(readRoot(file, root, syntax.diagnostics))
  })
  const diagnostics = parts.flatMap((part) => part.diagnostics)
  if (tooDeep !== undefined) {
    const span = { file, start: tooDeep, end: tooDeep + 1 }
    diagnostics.push(diagnostic('E114', span, `more than ${MAX_DEPTH} levels of lists and mappings`))
  }
  const incomplete = tooDeep !== undefined || parts.some((part) => part.incomplete)
  return { documents: parts.flatMap((part) => part.documents), diagnostics, incomplete }
}

/** One document as text, in the order of its members. */
export function writeYaml(document: JsonObject): string {
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })
}

type YamlErrors = readonly { readonly code: string; readonly message: string; readonly pos: [number, number] }[]

/**
 * Lexer, parser and composer are driven token by token, because the parser recurses as deep as the text is nested.
 *
 * @returns the offset where the nesting became too deep; the rest of the text is then unread
 */
function compose(text: string, found: (root: Node | null, errors: YamlErrors) => void): number | undefined {
  const parser = new Parser()
  const composer = new Composer<never>(YAML_OPTIONS)
  const emit = (documents: Iterable<{ contents: Node | null; errors: YamlErrors }>) => {
    for (const document of documents) found(document.contents, document.errors)
  }
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) emit(composer.next(token))
    if (parser.stack.length > MAX_DEPTH) return parser.offset
  }
  for (const token of parser.end()) emit(composer.next(token))
  emit(composer.end(false, text.length))
  return undefined
}

function readRoot(file: SourceFile, root: Node | null, syntax: readonly Diagnostic[]): Documents {
  if (root === null || (isScalar(root) && root.value === null && !root.source)) {
    return { documents: [], diagnostics: syntax, incomplete: syntax.length > 0 }
  }
  const reader = new NodeReader(file, syntax)
  const { value, place } = reader.read(root, '')
  const { broken, diagnostics } = reader
  if (isJsonObject(value)) {
    const at: Document['at'] = (pointer, part) => locate(file, place, pointer, part)
    return { documents: [{ file, value, broken, at }], diagnostics, incomplete: false }
  }
  if (value === undefined) return { documents: [], diagnostics, incomplete: true }
  const notMapping = diagnostic('E120', locate(file, place, ''), 'a manifest is a mapping of fields', {
    label: `this is ${isSeq(root) ? 'a list' : 'a single value'}`,
    help: 'start with `apiVersion: wfpctl/v1alpha1` and `kind: …`; separate documents by a line `---`',
  })
  return { documents: [], diagnostics: [...diagnostics, notMapping], incomplete: true }
}

/** A value, and where it stands. Without `value` it is left out, and has its finding. */
interface Read {
  readonly value: Json | undefined
  readonly place: Place
}

/** Turns the nodes of one document into JSON, once, in the order of writing. */
class NodeReader {
  readonly broken = new Set<Pointer>()
  readonly diagnostics: Diagnostic[]
  readonly #file: SourceFile
  readonly #anchors = new Map<string, Read & { readonly size: number }>()
  #values = 0
  #aliased = 0

  constructor(file: SourceFile, syntax: readonly Diagnostic[]) {
    this.#file = file
    this.diagnostics = [...syntax]
  }

  read(node: Node, pointer: Pointer): Read {
    if (isAlias(node)) return this.#readAlias(node, node.source, pointer)
    const before = this.#values++
    const read = node.tag === undefined ? this.#readContent(node, pointer) : this.#tagged(node, pointer)
    const anchor = 'anchor' in node ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, { ...read, size: this.#values - before })
    return read
  }

  #readContent(node: Node, pointer: Pointer): Read {
    if (isMap<Node, Node | null>(node)) return this.#readMap(node, node.items, pointer)
    if (isSeq<Node>(node)) return this.#readList(node, node.items, pointer)
    return this.#readScalar(node, isScalar(node) ? node.value : null, pointer)
  }

  #readMap(node: Node, pairs: readonly Pair<Node, Node | null>[], pointer: Pointer): Read {
    const content: Record<string, Json> = {}
    const fields = new Map<string, Place>()
    for (const { key, value } of pairs) {
      const name = keyText(key)
      const first = name === undefined ? undefined : fields.get(name)
      if (name === undefined) this.#find('E117', key, 'a field name is plain text')
      else if (name === '<<' && isScalar(key) && key.type === 'PLAIN') this.#readMerge(key, value, pointer, content)
      else if (first !== undefined) this.#duplicate(name, key, first)
      else {
        const range = this.#rangeOf(key)
        const empty = { value: null, place: { value: range } }
        const read = value === null ? empty : this.read(value, joinPointer(pointer, name))
        fields.set(name, { ...read.place, key: range })
        if (read.value !== undefined) put(content, name, read.value)
        else if (Object.hasOwn(content, name)) delete content[name]
      }
    }
    return { value: content, place: { value: this.#rangeOf(node), fields } }
  }

  /** The fields that a merge key would bring are read, so that they are not reported as missing too. */
  #readMerge(key: Node, value: Node | null, pointer: Pointer, content: Record<string, Json>): void {
    this.#find(
      'E116',
      key,
      'merge keys are not part of YAML 1.2',
      'write the fields out, or give each an alias of its own',
    )
    const merged = value && this.read(value, joinPointer(pointer, '<<')).value
    for (const source of Array.isArray(merged) ? merged : [merged]) {
      if (!isJsonObject(source)) continue
      for (const [name, field] of Object.entries(source)) if (!Object.hasOwn(content, name)) put(content, name, field)
    }
  }

  /** null keeps the place of an item that cannot be read: `broken` names it. */
  #readList(node: Node, items: readonly Node[], pointer: Pointer): Read {
    const read = items.map((item, i) => this.read(item, joinPointer(pointer, i)))
    const value = read.map((item) => item.value ?? null)
    return { value, place: { value: this.#rangeOf(node), items: read.map((item) => item.place) } }
  }

  #readScalar(node: Node, value: unknown, pointer: Pointer): Read {
    const range = this.#rangeOf(node)
    if (typeof value !== 'number') return { value: value as string | boolean | null, place: { value: range } }
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
    if (exact) return { value: value === 0 ? 0 : value, place: { value: range } }
    const help = Number.isFinite(value) ? 'write large numbers as text, in quotes' : undefined
    this.#find('E118', node, 'this number cannot be held exactly', help)
    return this.#leaveOut(node, pointer)
  }

  #readAlias(node: Node, name: string, pointer: Pointer): Read {
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) {
      this.#find('E113', node, `no anchor \`&${name}\` stands before this alias`)
      return this.#leaveOut(node, pointer)
    }
    const before = this.#aliased
    this.#aliased += anchored.size
    this.#values += anchored.size
    if (before <= MAX_ALIASED_VALUES && this.#aliased > MAX_ALIASED_VALUES) {
      this.#find('E113', node, `aliases expand to more than ${MAX_ALIASED_VALUES} values`)
    }
    if (this.#aliased > MAX_ALIASED_VALUES || anchored.value === undefined) return this.#leaveOut(node, pointer)
    return { value: anchored.value, place: { ...anchored.place, value: this.#rangeOf(node) } }
  }

  #tagged(node: Node, pointer: Pointer): Read {
    let start = Math.max(0, this.#file.text.lastIndexOf('!', this.#rangeOf(node)[0]))
    while (this.#file.text[start - 1] === '!') start--
    const tag = /^\S*/.exec(this.#file.text.slice(start, start + 200))![0]
    const span = { file: this.#file, start, end: start + tag.length }
    const help = 'remove the tag; quotes make a value text'
    this.diagnostics.push(diagnostic('E115', span, `the YAML tag \`${tag}\` is not allowed in a manifest`, { help }))
    return this.#leaveOut(node, pointer)
  }

  #leaveOut(node: Node, pointer: Pointer): Read {
    this.broken.add(pointer)
    return { value: undefined, place: { value: this.#rangeOf(node) } }
  }

  #duplicate(name: string, key: Node, first: Place): void {
    const [start, end] = first.key!
    const related = [{ text: 'first given', at: { file: this.#file, start, end } }]
    this.diagnostics.push(diagnostic('E112', this.#spanOf(key), `\`${name}\` is given twice`, { related }))
  }

  #find(code: 'E113' | 'E116' | 'E117' | 'E118', node: Node, message: string, help?: string): void {
    this.diagnostics.push(diagnostic(code, this.#spanOf(node), message, help === undefined ? {} : { help }))
  }

  #spanOf(node: Node): Span {
    const [start, end] = this.#rangeOf(node)
    return { file: this.#file, start, end }
  }

  /** Without the line ends that belong to a block. */
  #rangeOf(node: Node): Range {
    const [start, end] = node.range ?? [0, 0]
    let last = end
    while (last > start && this.#file.text.charCodeAt(last - 1) <= SPACE) last--
    return [start, last]
  }
}

function lastLeaf(root: Node | null): Node | null {
  let leaf = root
  for (;;) {
    if (isMap<Node, Node | null>(leaf) && leaf.items.length > 0)
      leaf = leaf.items.at(-1)!.value ?? leaf.items.at(-1)!.key
    else if (isSeq<Node>(leaf) && leaf.items.length > 0) leaf = leaf.items.at(-1)!
    else return leaf
  }
}

/** Assigning to `__proto__` would make no field. Assigning to any other is six times faster than Object.fromEntries of a map. */
function put(content: Record<string, Json>, name: string, value: Json): void {
  if (name !== '__proto__') content[name] = value
  else Object.defineProperty(content, name, { value, enumerable: true, configurable: true, writable: true })
}

/** `1: x` has the key `1`; a list, a mapping, an alias or nothing is no key. */
function keyText(key: Node | null): string | undefined {
  if (!isScalar(key) || key.tag !== undefined) return undefined
  if (typeof key.value === 'string') return key.value
  return key.source || undefined
}
