/**
 * YAML text → documents whose every value can say where it was written. The only door to the `yaml` package.
 *
 * A document is plain JSON as soon as it leaves here: aliases are replaced by what they stand for, tags, merge keys, duplicate
 * keys and numbers that JSON cannot hold are findings. Hostile text costs no more than it is long.
 */

import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, type Node, type Pair, Parser } from 'yaml'
import { type Diagnostic, diagnostic } from './diagnostic.ts'
import type { Documents, Written } from './document.ts'
import type { Json, JsonObject, Pointer } from './model.ts'
import { joinPointer, parsePointer } from './pointer.ts'
import { positionOf, type SourceFile, type Span } from './source.ts'
import { type Segment, splitDocuments } from './yaml-documents.ts'
import { describeYamlErrors } from './yaml-errors.ts'

/** One YAML document: the envelope, and the spec as written (not yet in normal form). */
export interface Manifest extends Written {
  readonly kind: string
  readonly name: string
  readonly set: string
  readonly labels: { readonly [key: string]: string }
  /** as written; values that broke the schema are left out, so that readers see only what can be read. Lists keep their places: null */
  readonly spec: JsonObject
}

/** A manifest is about nine levels deep. */
const maxDepth = 64
/** Values that aliases may add to a document beyond what is written in it. */
const maxAliasedValues = 10_000

const yamlOptions = {
  version: '1.2',
  schema: 'core',
  uniqueKeys: false,
  merge: false,
  resolveKnownTags: false,
} as const

export function readDocuments(file: SourceFile): Documents {
  const { segments, diagnostics } = splitDocuments(file)
  const read = segments.map((segment) => readSegment(file, segment))
  return {
    documents: read.flatMap((one) => one.documents),
    diagnostics: [...diagnostics, ...read.flatMap((one) => one.diagnostics)],
    incomplete: diagnostics.length > 0 || read.some((one) => one.incomplete),
  }
}

function readSegment(file: SourceFile, segment: Segment): Documents {
  const parts: Documents[] = []
  const tooDeep = composeSegment(segment, (root, errors) => {
    const syntax = describeYamlErrors(file, errors, lastLeaf(root)?.range?.[0])
    if (syntax.fatal) parts.push({ documents: [], diagnostics: syntax.diagnostics, incomplete: true })
    else parts.push(readRoot(file, root, syntax.diagnostics))
  })
  const diagnostics = parts.flatMap((part) => part.diagnostics)
  if (tooDeep !== undefined) {
    const span = { file, start: tooDeep, end: tooDeep + 1 }
    diagnostics.push(diagnostic('E114', span, `more than ${maxDepth} levels of lists and mappings`))
  }
  const incomplete = tooDeep !== undefined || parts.some((part) => part.incomplete)
  return { documents: parts.flatMap((part) => part.documents), diagnostics, incomplete }
}

type YamlErrors = readonly { readonly code: string; readonly message: string; readonly pos: [number, number] }[]

/**
 * Lexer, parser and composer are driven token by token, because the parser recurses as deep as the text is nested.
 *
 * @returns the offset where the nesting became too deep; the rest of the segment is then unread
 */
function composeSegment(segment: Segment, found: (root: Node | null, errors: YamlErrors) => void): number | undefined {
  const parser = new Parser()
  parser.offset = segment.offset
  const composer = new Composer<never>(yamlOptions)
  const emit = (documents: Iterable<{ contents: Node | null; errors: YamlErrors }>) => {
    for (const document of documents) found(document.contents, document.errors)
  }
  for (const lexeme of new Lexer().lex(segment.text)) {
    for (const token of parser.next(lexeme)) emit(composer.next(token))
    if (parser.stack.length > maxDepth) return parser.offset
  }
  for (const token of parser.end()) emit(composer.next(token))
  emit(composer.end(false, segment.offset + segment.text.length))
  return undefined
}

function readRoot(file: SourceFile, root: Node | null, syntax: readonly Diagnostic[]): Documents {
  if (root === null || (isScalar(root) && root.value === null && !root.source)) {
    return { documents: [], diagnostics: syntax, incomplete: syntax.length > 0 }
  }
  const reader = new NodeReader(file, syntax)
  const value = reader.read(root, '')
  if (isObject(value)) {
    const at = (pointer: Pointer, part: 'key' | 'value' = 'value') => reader.locate(root, pointer, part)
    const document = { file, value, broken: reader.broken, at }
    return { documents: [document], diagnostics: reader.diagnostics, incomplete: false }
  }
  const notMapping = diagnostic('E120', reader.spanOf(root), 'a manifest is a mapping of fields', {
    label: `this is ${isSeq(root) ? 'a list' : 'a single value'}`,
    help: 'start with `apiVersion: wfpctl/v1alpha1` and `kind: …`; separate documents by a line `---`',
  })
  const diagnostics = value === undefined ? reader.diagnostics : [...reader.diagnostics, notMapping]
  return { documents: [], diagnostics, incomplete: true }
}

interface Anchored {
  readonly node: Node
  readonly value: Json | undefined
  readonly size: number
}

/** Turns the nodes of one document into JSON, once, in the order of writing; afterwards it knows where everything stands. */
class NodeReader {
  readonly broken = new Set<Pointer>()
  readonly diagnostics: Diagnostic[]
  private readonly file: SourceFile
  private readonly anchors = new Map<string, Anchored>()
  private readonly aliases = new Map<Node, Anchored>()
  private values = 0
  private aliased = 0

  constructor(file: SourceFile, syntax: readonly Diagnostic[]) {
    this.file = file
    this.diagnostics = [...syntax]
  }

  /** @returns `undefined` for a value that is left out, with its finding */
  read(node: Node, pointer: Pointer): Json | undefined {
    if (isAlias(node)) return this.readAlias(node, node.source, pointer)
    const before = this.values++
    const value = node.tag === undefined ? this.readContent(node, pointer) : this.tagged(node, pointer)
    const anchor = 'anchor' in node ? node.anchor : undefined
    if (anchor !== undefined) this.anchors.set(anchor, { node, value, size: this.values - before })
    return value
  }

  locate(root: Node, pointer: Pointer, part: 'key' | 'value'): Span {
    let key: Node | undefined
    let node: Node | null = root
    for (const segment of parsePointer(pointer)) {
      const parent: Node | null = node && (this.aliases.get(node)?.node ?? node)
      if (isMap<Node, Node | null>(parent)) {
        const pair: Pair<Node, Node | null> | undefined = parent.items.find((item) => keyText(item.key) === segment)
        if (pair === undefined) break
        key = pair.key
        node = pair.value
      } else if (isSeq<Node>(parent) && parent.items[Number(segment)] !== undefined) {
        key = undefined
        node = parent.items[Number(segment)]!
      } else break
    }
    if (key === undefined && part === 'key' && isMap<Node>(root) && node === root) key = root.items[0]?.key
    const value = node && this.spanOf(node)
    return key && (part === 'key' || !value || value.start === value.end) ? this.spanOf(key) : value!
  }

  spanOf(node: Node): Span {
    const [start, end] = node.range ?? [0, 0]
    const written = this.file.text.slice(start, end).trimEnd()
    return { file: this.file, start, end: start + written.length }
  }

  private readContent(node: Node, pointer: Pointer): Json | undefined {
    if (isMap<Node, Node | null>(node)) return this.readMap(node.items, pointer)
    if (isSeq<Node>(node)) return this.readList(node.items, pointer)
    return isScalar(node) ? this.readScalar(node, node.value, pointer) : undefined
  }

  private readMap(pairs: readonly Pair<Node, Node | null>[], pointer: Pointer): JsonObject {
    const entries = new Map<string, Json>()
    const firstKeys = new Map<string, Node>()
    for (const { key, value } of pairs) {
      const name = keyText(key)
      if (name === undefined) this.find('E117', key, 'a field name is plain text')
      else if (name === '<<' && isScalar(key) && key.type === 'PLAIN') this.readMerge(key, value, pointer, entries)
      else if (firstKeys.has(name)) this.duplicate(name, key, firstKeys.get(name)!)
      else {
        firstKeys.set(name, key)
        const content = value === null ? null : this.read(value, joinPointer(pointer, name))
        if (content === undefined) entries.delete(name)
        else entries.set(name, content)
      }
    }
    return Object.fromEntries(entries)
  }

  /** The fields that a merge key would bring are read, so that they are not reported as missing too. */
  private readMerge(key: Node, value: Node | null, pointer: Pointer, entries: Map<string, Json>): void {
    this.find(
      'E116',
      key,
      'merge keys are not part of YAML 1.2',
      'write the fields out, or give each an alias of its own',
    )
    const merged = value && this.read(value, joinPointer(pointer, '<<'))
    for (const source of Array.isArray(merged) ? merged : [merged]) {
      if (!isObject(source)) continue
      for (const [name, content] of Object.entries(source)) if (!entries.has(name)) entries.set(name, content)
    }
  }

  private readList(items: readonly Node[], pointer: Pointer): Json[] {
    // null keeps the place of an item that cannot be read: `broken` names it, and it is left out with the other broken values
    return items.map((item, i) => this.read(item, joinPointer(pointer, i)) ?? null)
  }

  private readScalar(node: Node, value: unknown, pointer: Pointer): Json | undefined {
    if (typeof value !== 'number') return value as string | boolean | null
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
    if (exact) return value === 0 ? 0 : value
    this.broken.add(pointer)
    const help = Number.isFinite(value) ? 'write large numbers as text, in quotes' : undefined
    return this.find('E118', node, `\`${this.textOf(node)}\` is not a number that can be held exactly`, help)
  }

  private readAlias(node: Node, name: string, pointer: Pointer): Json | undefined {
    const anchored = this.anchors.get(name)
    if (anchored === undefined) {
      this.broken.add(pointer)
      return this.find('E113', node, `no anchor \`&${name}\` stands before this alias`)
    }
    this.aliases.set(node, anchored)
    this.aliased += anchored.size
    this.values += anchored.size
    if (this.aliased <= maxAliasedValues && anchored.value !== undefined) return anchored.value
    this.broken.add(pointer)
    const tooMany = this.aliased > maxAliasedValues && this.aliased - anchored.size <= maxAliasedValues
    if (tooMany) this.find('E113', node, `aliases expand to more than ${maxAliasedValues} values`)
    return undefined
  }

  private tagged(node: Node, pointer: Pointer): undefined {
    this.broken.add(pointer)
    let start = Math.max(0, this.file.text.lastIndexOf('!', this.spanOf(node).start))
    while (this.file.text[start - 1] === '!') start--
    const tag = /^\S*/.exec(this.file.text.slice(start, start + 200))![0]
    const help = 'remove the tag; quotes make a value text'
    const span = { file: this.file, start, end: start + tag.length }
    this.diagnostics.push(diagnostic('E115', span, `the YAML tag \`${tag}\` is not allowed in a manifest`, { help }))
  }

  private duplicate(name: string, key: Node, first: Node): void {
    const { line, column } = positionOf(this.file, this.spanOf(first).start)
    const notes = [`first given at ${this.file.path}:${line}:${column}`]
    this.diagnostics.push(diagnostic('E112', this.spanOf(key), `\`${name}\` is given twice`, { notes }))
  }

  private find(code: 'E113' | 'E116' | 'E117' | 'E118', node: Node, message: string, help?: string): undefined {
    this.diagnostics.push(diagnostic(code, this.spanOf(node), message, help === undefined ? {} : { help }))
  }

  private textOf(node: Node): string {
    const { start, end } = this.spanOf(node)
    return end - start > 40 ? `${this.file.text.slice(start, start + 39)}…` : this.file.text.slice(start, end)
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

/** `1: x` has the key `1`; a list, a mapping, an alias or nothing is no key. */
function keyText(key: Node | null): string | undefined {
  if (!isScalar(key) || key.tag !== undefined) return undefined
  if (typeof key.value === 'string') return key.value
  return key.source || undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
