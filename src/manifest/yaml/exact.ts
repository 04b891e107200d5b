/**
 * YAML text → documents whose every value can say where it was written.
 *
 * A document is plain JSON as soon as it leaves here: aliases are replaced by what they stand for, tags, merge keys, duplicate
 * keys and numbers that JSON cannot hold are findings. Hostile text costs no more than it is long.
 */

import type { CST, Node, Pair } from 'yaml'
import {
  type Diagnostic,
  diagnostic,
  isJsonObject,
  type Json,
  joinPointer,
  type Pointer,
  type SourceFile,
  type Span,
} from '../../base/index.ts'
import type { Document, Documents } from '../document.ts'
import { isStrangeList, stranger } from '../ignore.ts'
import { describeYamlErrors, type SyntaxToken } from './errors.ts'
import { yaml } from './library.ts'
import { suspicion, withoutLookalikes } from './lookalikes.ts'
import { beginsLine, locate, type Place, type Range } from './structure.ts'

/** It and every character below it are white space to YAML. */
const SPACE = 0x20
/** A manifest is about nine levels deep. */
export const MAX_DEPTH = 64
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
  const tooDeep = compose(text, (root, errors, tree) => {
    const { fatal, local } = describeYamlErrors(file, errors, tree)
    if (fatal !== undefined) parts.push({ documents: [], diagnostics: [fatal], incomplete: true })
    else parts.push(readRoot(file, root, local))
  })
  const diagnostics = parts.flatMap((part) => part.diagnostics)
  if (tooDeep !== undefined) {
    const span = { file, start: tooDeep, end: tooDeep + 1 }
    diagnostics.push(diagnostic('E114', span, `more than ${MAX_DEPTH} levels of lists and mappings`))
  }
  const incomplete = tooDeep !== undefined || parts.some((part) => part.incomplete)
  return { documents: parts.flatMap((part) => part.documents), diagnostics, incomplete }
}

type YamlErrors = readonly { readonly code: string; readonly message: string; readonly pos: [number, number] }[]
/** @param tree what the document is made of; absent where the text ends without one */
type Found = (root: Node | null, errors: YamlErrors, tree: SyntaxToken | undefined) => void

/**
 * Lexer, parser and composer are driven token by token, because the parser recurses as deep as the text is nested.
 *
 * @returns the offset where the nesting became too deep; the rest of the text is then unread
 */
export function compose(text: string, found: Found): number | undefined {
  const parser = new (yaml().Parser)()
  const composer = new (yaml().Composer)<never>(YAML_OPTIONS)
  const trees: CST.Document[] = []
  const emit = (documents: Iterable<{ contents: Node | null; errors: YamlErrors }>) => {
    for (const document of documents)
      found(document.contents, document.errors, trees.shift() as SyntaxToken | undefined)
  }
  const take = (token: CST.Token) => {
    if (token.type === 'document') trees.push(token)
    emit(composer.next(token))
  }
  for (const lexeme of new (yaml().Lexer)().lex(text)) {
    for (const token of parser.next(lexeme)) take(token)
    if (parser.stack.length > MAX_DEPTH) return parser.offset
  }
  for (const token of parser.end()) take(token)
  emit(composer.end(false, text.length))
  return undefined
}

/** @param mistakes inside single values, in the order of the text */
function readRoot(file: SourceFile, root: Node | null, mistakes: readonly Diagnostic[]): Documents {
  if (root === null || (yaml().isScalar(root) && root.value === null && !root.source)) {
    return { documents: [], diagnostics: mistakes, incomplete: mistakes.length > 0 }
  }
  const reader = new NodeReader(file, mistakes)
  const { value, place } = reader.read(root, '')
  const { broken, misread } = reader
  if (misread !== undefined) return { documents: [], diagnostics: [misread], incomplete: true }
  const diagnostics = reader.finish()
  if (isJsonObject(value)) {
    const at: Document['at'] = (pointer, part) => locate(file, place, pointer, part)
    return { documents: [{ file, value, start: place.value[0], broken, at }], diagnostics, incomplete: false }
  }
  if (value === undefined) return { documents: [], diagnostics, incomplete: true }
  if (isStrangeList(value)) {
    const left = [...diagnostics, stranger(locate(file, place, ''))]
    return { documents: [], diagnostics: left, incomplete: false }
  }
  const notMapping = diagnostic('E120', locate(file, place, ''), 'a manifest is a mapping of fields', {
    label: `this is ${yaml().isSeq(root) ? 'a list' : 'a single value'}`,
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
export class NodeReader {
  readonly broken = new Set<Pointer>()
  /** the first line that is indented with what is not an indentation: what belongs where is unknown */
  misread: Diagnostic | undefined
  readonly #diagnostics: Diagnostic[] = []
  readonly #file: SourceFile
  /** not told yet */
  readonly #mistakes: Diagnostic[]
  readonly #anchors = new Map<string, Read & { readonly size: number }>()
  #values = 0
  #aliased = 0

  constructor(file: SourceFile, mistakes: readonly Diagnostic[]) {
    this.#file = file
    this.#mistakes = [...mistakes].reverse()
  }

  read(node: Node, pointer: Pointer): Read {
    if (yaml().isAlias(node)) return this.#readAlias(node, node.source, pointer)
    const before = this.#values++
    const read = node.tag === undefined ? this.#readContent(node, pointer) : this.#tagged(node, pointer)
    const anchor = 'anchor' in node ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, { ...read, size: this.#values - before })
    const isMere = anchor !== undefined && yaml().isScalar(node) && node.source === '' && node.type === 'PLAIN'
    return isMere && node.tag === undefined ? this.#readMereAnchor(node, pointer) : read
  }

  finish(): readonly Diagnostic[] {
    return [...this.#diagnostics, ...this.#mistakes.reverse()]
  }

  /** `name: &x` has no value. */
  #readMereAnchor(node: Node, pointer: Pointer): Read {
    const end = this.#rangeOf(node)[0]
    const start = this.#file.text.lastIndexOf('&', end)
    const span = { file: this.#file, start, end: start + /^\S*/.exec(this.#file.text.slice(start, end))![0].length }
    const help = 'put text that begins with `&` in quotes'
    this.#diagnostics.push(diagnostic('E110', span, 'this anchor stands before nothing', { help }))
    return this.#leaveOut(node, pointer)
  }

  #readContent(node: Node, pointer: Pointer): Read {
    if (yaml().isMap<Node, Node | null>(node)) return this.#readMap(node, node.items, pointer)
    if (yaml().isSeq<Node>(node)) return this.#readList(node, node.items, pointer)
    return this.#readScalar(node, yaml().isScalar(node) ? node.value : null, pointer)
  }

  #readMap(node: Node, pairs: readonly Pair<Node, Node | null>[], pointer: Pointer): Read {
    if (yaml().isMap(pairs[0]?.key) && this.#file.text.startsWith('{{', this.#rangeOf(node)[0])) {
      this.#find('E117', node, 'a template that was not filled in', 'fill it in before, or put the text in quotes')
      return this.#leaveOut(node, pointer)
    }
    const content: Record<string, Json> = {}
    const fields = new Map<string, Place>()
    for (const { key, value } of pairs) {
      if (value === null && this.#readGlued(key, pointer)) continue
      const name = this.#readName(key)
      const first = name === undefined ? undefined : fields.get(name)
      if (name === undefined) this.#find('E117', key, 'a field name is plain text')
      else if (name === '<<' && yaml().isScalar(key) && key.type === 'PLAIN')
        this.#readMerge(key, value, pointer, content)
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

  /** What a name was meant to be; `1: x` has the name `1`. A list, a mapping, an alias or nothing is not a name. */
  #readName(key: Node | null): string | undefined {
    if (!yaml().isScalar(key) || key.tag !== undefined) return undefined
    const name = typeof key.value === 'string' ? key.value : key.source || undefined
    const isWrong = this.#tellMistake(key)
    if (key.type !== 'PLAIN' || name === undefined) return name
    if (isWrong) return name.slice(1)
    if (!this.#tellSuspicion(key)) return name
    const finding = this.#diagnostics.at(-1)!
    if (beginsLine(this.#file.text, finding.span!.start)) this.misread ??= finding
    return withoutLookalikes(name)
  }

  /** `{ time:1h }` is one name to YAML. */
  #readGlued(key: Node | null, pointer: Pointer): boolean {
    const glued = yaml().isScalar(key) && key.type === 'PLAIN' ? /^([A-Za-z_][\w-]*):(?=[^:/])/.exec(key.source!) : null
    if (glued === null) return false
    this.#find('E110', key as Node, 'a space is missing after the colon', 'write `name: value`')
    this.broken.add(joinPointer(pointer, glued[1]!))
    return true
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
    if (this.#tellMistake(node) || this.#tellSuspicion(node)) return this.#leaveOut(node, pointer)
    const range = this.#rangeOf(node)
    if (typeof value !== 'number') return { value: value as string | boolean | null, place: { value: range } }
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
    if (exact) return { value: value === 0 ? 0 : value, place: { value: range } }
    const help = Number.isFinite(value) ? 'write large numbers as text, in quotes' : undefined
    this.#find('E118', node, 'this number cannot be held exactly', help)
    return this.#leaveOut(node, pointer)
  }

  /** Whether the parser has found a mistake in a scalar or an alias. The first is told, and those before it, which lie in no value. */
  #tellMistake(node: Node): boolean {
    const [start, end] = this.#rangeOf(node)
    let isTold = false
    while ((this.#mistakes.at(-1)?.span?.start ?? end) < end) {
      const mistake = this.#mistakes.pop()!
      if (!isTold) this.#diagnostics.push(mistake)
      isTold ||= mistake.span!.start >= start
    }
    return isTold
  }

  #tellSuspicion(node: Node): boolean {
    if (!yaml().isScalar(node)) return false
    const [start, end] = this.#rangeOf(node)
    const found = suspicion(this.#file.text.slice(start, end), node.type)
    if (found === undefined) return false
    const span = { file: this.#file, start: start + found.start, end: start + found.end }
    this.#diagnostics.push(diagnostic(found.code, span, found.message, { help: found.help }))
    return true
  }

  #readAlias(node: Node, name: string, pointer: Pointer): Read {
    if (this.#tellMistake(node)) return this.#leaveOut(node, pointer)
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) {
      const help = 'put text that begins with `*` in quotes'
      this.#find('E113', node, `no anchor \`&${name}\` stands before this alias`, help)
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
    this.#diagnostics.push(diagnostic('E115', span, `the YAML tag \`${tag}\` is not allowed in a manifest`, { help }))
    return this.#leaveOut(node, pointer)
  }

  #leaveOut(node: Node, pointer: Pointer): Read {
    this.broken.add(pointer)
    return { value: undefined, place: { value: this.#rangeOf(node) } }
  }

  #duplicate(name: string, key: Node, first: Place): void {
    const [start, end] = first.key!
    const related = [{ text: 'first given', at: { file: this.#file, start, end } }]
    this.#diagnostics.push(diagnostic('E112', this.#spanOf(key), `\`${name}\` is given twice`, { related }))
  }

  #find(code: 'E110' | 'E113' | 'E116' | 'E117' | 'E118', node: Node, message: string, help?: string): void {
    this.#diagnostics.push(diagnostic(code, this.#spanOf(node), message, help === undefined ? {} : { help }))
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

/** Assigning to `__proto__` would make no field. Assigning to any other is six times faster than Object.fromEntries of a map. */
function put(content: Record<string, Json>, name: string, value: Json): void {
  if (name !== '__proto__') content[name] = value
  else Object.defineProperty(content, name, { value, enumerable: true, configurable: true, writable: true })
}
