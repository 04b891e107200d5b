/** One text → its value, for the quick reader (quick.ts). */

import type { Json } from '../../base/index.ts'
import {
  CLOSE_LIST,
  CLOSE_MAPPING,
  COLON,
  COMMA,
  DASH,
  DOUBLE_QUOTE,
  HASH,
  isBlank,
  isLetter,
  isLineEnd,
  OPEN_LIST,
  OPEN_MAPPING,
  PIPE,
  SINGLE_QUOTE,
  SPACE,
} from './codes.ts'
import type { QuickPlaces } from './quick-places.ts'
import { BLOCK_PLAIN, FLOW_PLAIN, literalText, plainEnd, plainValue, quotedEnd, quotedValue } from './quick-scalars.ts'
import type { Sections, SectionsOfKey } from './sections.ts'

/** The exact reader goes twice as deep. */
const MAX_DEPTH = 32
/** YAML allows 1024 characters up to the colon. */
const MAX_KEY_LENGTH = 1_000

/** From the end of a value, over lines that say nothing, to the first character that does. A comment needs a blank before it. */
const GAP = /(?: +#[^\n]*| *)(?:\r?\n *(?:#[^\n]*)?)*/y
/** The same from the beginning of a line. */
const FIRST_GAP = /(?: *#[^\n]*| *)(?:\r?\n *(?:#[^\n]*)?)*/y

/** The column behind the last line, and of what a document as a whole stands in. */
const NOWHERE = -1

/**
 * Goes through a text once: each method begins where `#at` stands and leaves it behind what it has read. Undefined ends the reading. A line at
 * a column where nothing can go on ends one collection after the other, and so the document before the text.
 */
export class QuickReader {
  start = 0
  readonly #text: string
  readonly #sections: Sections | undefined
  readonly #places: QuickPlaces | undefined
  #at = 0
  /** where the current line begins */
  #line = 0
  /** where on the current line its first character stands, until that is read */
  #column = 0
  #depth = 0
  #flowDepth = 0
  /** of the scalar read last */
  #isQuoted = false
  #scalarStart = 0
  #scalarEnd = 0
  /** the one read last */
  #key = ''

  /**
   * @param sections of the texts before; absent: none are known
   * @param places to note where scalars and names stand; then no section is taken from another text
   */
  constructor(text: string, sections?: Sections, places?: QuickPlaces) {
    this.#text = text
    this.#sections = sections
    this.#places = places
  }

  readDocument(): Json | undefined {
    if (!this.#startDocument() || this.#column !== 0) return undefined
    this.start = this.#at
    const isFlow = this.#code() === OPEN_MAPPING
    const root = isFlow ? this.#last(this.#readFlow(NOWHERE)) : this.#readMapping(0, this.#readKey())
    return this.#at === this.#text.length ? root : undefined
  }

  /** A marker has its line for itself. */
  #startDocument(): boolean {
    if (!this.#text.startsWith('---')) {
      this.#pass(FIRST_GAP)
      return true
    }
    this.#at = 3
    return this.#nextLine()
  }

  /** @param firstKey with its colon it is read already */
  #readMapping(column: number, firstKey: string | undefined): Json | undefined {
    if (++this.#depth > MAX_DEPTH) return undefined
    const content: Record<string, Json> = {}
    const pointer = this.#places?.pointer ?? ''
    let key = firstKey
    for (;;) {
      // also where every object has something by that name: `__proto__`, `constructor`
      if (key === undefined || content[key] !== undefined) return undefined
      this.#places?.enterField(pointer, key, [this.#scalarStart, this.#scalarEnd])
      const value = this.#readValue(column, false)
      if (value === undefined) return undefined
      content[key] = value
      if (this.#column !== column) break
      key = this.#readKey()
    }
    this.#depth--
    return content
  }

  #readList(column: number): Json | undefined {
    if (++this.#depth > MAX_DEPTH) return undefined
    const items: Json[] = []
    const pointer = this.#places?.pointer ?? ''
    do {
      this.#at++
      this.#places?.enterItem(pointer, items.length)
      const item = this.#readValue(column, true)
      if (item === undefined) return undefined
      items.push(item)
    } while (this.#column === column && this.#isDash())
    this.#depth--
    return items
  }

  /** What follows the colon or the dash of a collection at a column, up to the next line that says something. */
  #readValue(column: number, isItem: boolean): Json | undefined {
    this.#skipSpaces()
    const code = this.#code()
    if (code === HASH || isLineEnd(code)) return this.#readBelow(column, isItem)
    if (code === OPEN_LIST || code === OPEN_MAPPING) return this.#last(this.#readFlow(column))
    if (code === PIPE) return this.#last(this.#readLiteral(column))
    const here = this.#at - this.#line
    if (isItem && this.#isDash()) return this.#readList(here)
    const written = this.#readScalar(BLOCK_PLAIN)
    if (isItem && written !== undefined && this.#takeColon()) return this.#readMapping(here, this.#asKey(written))
    return this.#last(this.#scalarValue(written))
  }

  /** A value that begins on a line of its own. A list may stand at the column of its key. */
  #readBelow(column: number, isItem: boolean): Json | undefined {
    if (!this.#nextLine()) return undefined
    const here = this.#column
    if (here < column) return null
    if (here === column) return !isItem && this.#isDash() ? this.#readList(here) : null
    const code = this.#code()
    if (code === OPEN_LIST || code === OPEN_MAPPING) return this.#last(this.#readFlow(column))
    const known = this.#sections?.below(this.#key)
    return known ? this.#recallSection(known) : this.#readCollection()
  }

  /** A collection whose first character stands here, at a column of its own. */
  #readCollection(): Json | undefined {
    const here = this.#column
    return this.#isDash() ? this.#readList(here) : this.#readMapping(here, this.#readKey())
  }

  /** The same where it stood in another text as it stands here. */
  #recallSection(sections: SectionsOfKey): Json | undefined {
    const [text, at, column, depth] = [this.#text, this.#at, this.#column, this.#depth]
    const known = sections.find(text, { at, column, depth })
    if (known) {
      this.#goTo(at + known.text.length)
      return known.value
    }
    const value = this.#readCollection()
    const isLast = this.#at === text.length
    if (value !== undefined && (isLast || isLetter(this.#code())))
      sections.keep({ text: text.slice(at, this.#at), isLast, column, depth, value })
    return value
  }

  /** A key and its colon. */
  #readKey(): string | undefined {
    const written = this.#readScalar(BLOCK_PLAIN)
    return written !== undefined && this.#takeColon() ? this.#asKey(written) : undefined
  }

  #asKey(written: string): string | undefined {
    if (written.length > MAX_KEY_LENGTH) return undefined
    this.#key = written
    return this.#isQuoted ? quotedValue(written) : written
  }

  #scalarValue(written: string | undefined): Json | undefined {
    if (written === undefined) return undefined
    this.#places?.note([this.#scalarStart, this.#scalarEnd])
    return this.#isQuoted ? quotedValue(written) : plainValue(written)
  }

  /** As it is written, with its quotes. */
  #readScalar(pattern: RegExp): string | undefined {
    const start = this.#at
    const code = this.#code()
    this.#isQuoted = code === DOUBLE_QUOTE || code === SINGLE_QUOTE
    const end = this.#isQuoted ? quotedEnd(this.#text, start) : plainEnd(this.#text, start, pattern)
    if (end < 0) return undefined
    this.#at = end
    this.#scalarStart = start
    this.#scalarEnd = end
    return this.#text.slice(start, end)
  }

  #readLiteral(column: number): Json | undefined {
    const read = literalText(this.#text, this.#at, column)
    if (read === undefined) return undefined
    this.#at = read.end
    return read.value
  }

  /** @param column of the block collection around it: its lines stand further in, a last bracket may stand there too */
  #readFlow(column: number): Json | undefined {
    if (++this.#depth > MAX_DEPTH) return undefined
    this.#flowDepth++
    const isMapping = this.#code() === OPEN_MAPPING
    this.#at++
    const value = isMapping ? this.#readFlowMapping(column) : this.#readFlowList(column)
    this.#flowDepth--
    this.#depth--
    return value
  }

  #readFlowMapping(column: number): Json | undefined {
    const content: Record<string, Json> = {}
    const pointer = this.#places?.pointer ?? ''
    for (;;) {
      if (!this.#skipFlowBlanks(column)) return undefined
      if (this.#take(CLOSE_MAPPING)) return content
      const key = this.#readFlowKey()
      if (key === undefined || content[key] !== undefined) return undefined
      this.#places?.enterField(pointer, key, [this.#scalarStart, this.#scalarEnd])
      const value = this.#readFlowValue(column)
      if (value === undefined) return undefined
      content[key] = value
      if (!this.#take(COMMA) && this.#code() !== CLOSE_MAPPING) return undefined
    }
  }

  #readFlowList(column: number): Json | undefined {
    const items: Json[] = []
    const pointer = this.#places?.pointer ?? ''
    for (;;) {
      if (!this.#skipFlowBlanks(column)) return undefined
      if (this.#take(CLOSE_LIST)) return items
      this.#places?.enterItem(pointer, items.length)
      const item = this.#readFlowValue(column)
      if (item === undefined) return undefined
      items.push(item)
      if (!this.#take(COMMA) && this.#code() !== CLOSE_LIST) return undefined
    }
  }

  /** The colon of a key in quotes may stand without a blank after it, as in JSON. */
  #readFlowKey(): string | undefined {
    const written = this.#readScalar(FLOW_PLAIN)
    if (written === undefined) return undefined
    const isTaken = this.#isQuoted ? this.#take(COLON) : this.#takeColon()
    return isTaken ? this.#asKey(written) : undefined
  }

  /** With the blanks around it. */
  #readFlowValue(column: number): Json | undefined {
    if (!this.#skipFlowBlanks(column)) return undefined
    const code = this.#code()
    const isFlow = code === OPEN_LIST || code === OPEN_MAPPING
    const value = isFlow ? this.#readFlow(column) : this.#scalarValue(this.#readScalar(FLOW_PLAIN))
    return value !== undefined && this.#skipFlowBlanks(column) ? value : undefined
  }

  /** @returns false where the next line does not stand far enough in */
  #skipFlowBlanks(column: number): boolean {
    this.#skipSpaces()
    const code = this.#code()
    if (!isLineEnd(code) && code !== HASH) return true
    if (!this.#nextLine()) return false
    if (this.#column > column) return true
    const next = this.#code()
    return this.#column === column && this.#flowDepth === 1 && (next === CLOSE_LIST || next === CLOSE_MAPPING)
  }

  /** A value that is the last on its line. */
  #last(value: Json | undefined): Json | undefined {
    return value !== undefined && this.#nextLine() ? value : undefined
  }

  /** @returns false where this line says more */
  #nextLine(): boolean {
    const line = this.#line
    this.#pass(GAP)
    return this.#line > line || this.#column === NOWHERE
  }

  #pass(gap: RegExp): void {
    gap.lastIndex = this.#at
    gap.test(this.#text)
    this.#goTo(gap.lastIndex)
  }

  /** To the first character of a line, or to the end. */
  #goTo(offset: number): void {
    this.#at = offset
    if (this.#at < this.#text.length) this.#line = this.#text.lastIndexOf('\n', this.#at - 1) + 1
    this.#column = this.#at < this.#text.length ? this.#at - this.#line : NOWHERE
  }

  /** The colon of a key, which a blank follows. */
  #takeColon(): boolean {
    this.#skipSpaces()
    return isBlank(this.#text.charCodeAt(this.#at + 1)) && this.#take(COLON)
  }

  #isDash(): boolean {
    return this.#code() === DASH && isBlank(this.#text.charCodeAt(this.#at + 1))
  }

  #take(code: number): boolean {
    const isThere = this.#code() === code
    if (isThere) this.#at++
    return isThere
  }

  #skipSpaces(): void {
    while (this.#code() === SPACE) this.#at++
  }

  /** NaN where the text ends */
  #code(): number {
    return this.#text.charCodeAt(this.#at)
  }
}
