/** JSON → a tree that knows where everything stands. Nothing else is taken: no comment, no comma too many. */

import { type Diagnostic, diagnostic, type SourceFile } from '../base/index.ts'
import { type Branch, branchOf, type Leaf, type Node } from './source.ts'

/** Names of members that hold a key, in whatever export. */
const KEY_MEMBERS: ReadonlySet<string> = new Set(['presharedkey', 'sharedkey', 'psk', 'authorizationkey'])

const TOKEN =
  /[\t\n\r ]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|([^\t\n\r {}[\],:"]+))/uy
const MOST_LEVELS = 100

/** What stops the reading: where, and what is wrong there. */
class NotJson extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

interface Token {
  readonly text: string
  readonly start: number
  readonly end: number
}

export function readJson(file: SourceFile): Branch | Diagnostic {
  try {
    const reader = new JsonReader(file)
    const root = reader.whole()
    if (root.sort === 'branch') return root
    throw new NotJson(0, 'an object or a list has to stand here')
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    const start = Math.min(error.at, Math.max(0, file.text.length - 1))
    const help = 'save what the command printed as it is'
    return diagnostic('E160', { file, start, end: start + 1 }, `not JSON: ${error.message}`, { help })
  }
}

class JsonReader {
  readonly #file: SourceFile
  #at = 0

  constructor(file: SourceFile) {
    this.#file = file
  }

  whole(): Node {
    const root = this.#value('', 0)
    if (this.#file.text.slice(this.#at).trim() !== '') throw new NotJson(this.#at, 'something follows the end')
    return root
  }

  #next(): Token {
    TOKEN.lastIndex = this.#at
    const found = TOKEN.exec(this.#file.text)
    if (!found)
      throw new NotJson(this.#at, this.#at >= this.#file.text.trimEnd().length ? 'the end is missing' : 'no value')
    const text = (found[1] ?? found[2] ?? found[3]) as string
    this.#at = TOKEN.lastIndex
    return { text, start: this.#at - text.length, end: this.#at }
  }

  #value(word: string, level: number): Node {
    if (level > MOST_LEVELS) throw new NotJson(this.#at, 'it is nested too deeply')
    const token = this.#next()
    if (token.text === '{') return this.#members(token, '}', level, word)
    if (token.text === '[') return this.#members(token, ']', level, word)
    return this.#leaf(word, token)
  }

  #leaf(word: string, { text, start, end }: Token): Leaf {
    if (!/^(?:"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$|true$|false$|null$)/.test(text))
      throw new NotJson(start, 'no value')
    const span = { file: this.#file, start, end }
    const isKey = KEY_MEMBERS.has(word.toLowerCase())
    return isKey
      ? { sort: 'leaf', word, value: null, secret: true, span, scope: '' }
      : { sort: 'leaf', word, value: JSON.parse(text), span, scope: '' }
  }

  /** Of an object or a list; an item of a list has the name of the list. */
  #members(open: Token, close: string, level: number, word: string): Branch {
    const members = new Map<string, Node>()
    const isObject = close === '}'
    let token = this.#next()
    if (token.text !== close) this.#at = token.start
    while (token.text !== close) {
      const name = isObject ? this.#name(members) : String(members.size)
      members.set(name, this.#value(isObject ? name : word, level + 1))
      token = this.#next()
      if (token.text !== ',' && token.text !== close) throw new NotJson(token.start, `, or ${close} is missing`)
    }
    return branchOf({ file: this.#file, start: open.start, end: this.#at }, members)
  }

  #name(members: ReadonlyMap<string, Node>): string {
    const { text, start } = this.#next()
    if (!text.startsWith('"')) throw new NotJson(start, 'a name in double quotes has to stand here')
    const name = JSON.parse(text) as string
    if (members.has(name)) throw new NotJson(start, 'a name is given twice')
    if (this.#next().text !== ':') throw new NotJson(this.#at, 'a colon is missing')
    return name
  }
}
