/**
 * swanctl.conf → a tree that knows where everything stands. The grammar is that of strongSwan's settings: sections, `key = value` to the
 * end of the line, strings in double quotes, `include`, sections that refer to others (`home : defaults`).
 *
 * @see https://docs.strongswan.org/docs/latest/config/strongswanConf.html
 */

import { type Diagnostic, diagnostic, type SourceFile } from '../base/index.ts'
import { type Branch, branchAt, branchOf, type Leaf } from './source.ts'

/** What an `include` names, beside the file that has it; or why it is not read. */
export type ReadBeside = (pattern: string, from: SourceFile) => readonly SourceFile[] | string

const MOST_LEVELS = 50

class NotSettings extends Error {
  readonly found: Diagnostic

  constructor(found: Diagnostic) {
    super(found.message)
    this.found = found
  }
}

export function readSettings(file: SourceFile, beside: ReadBeside): Branch | Diagnostic {
  const root = branchOf({ file, start: 0, end: file.text.length })
  try {
    new Settings(root, beside).read(file, root, 0)
    return root
  } catch (error) {
    if (!(error instanceof NotSettings)) throw error
    return error.found
  }
}

const BLANKS = /(?:[ \t\r\n]+|#[^\n]*)*/y
const INCLUDE = /include[ \t]+("(?:[^"\\]|\\.)*"|[^#}\s]+)/y
const SECTION = /([^#{}=":,\s]+)\s*(?::\s*([^#{}="\n]+?)\s*)?\{/y
const SETTING = /([^#{}="\s]+)[ \t\r]*=[ \t\r]*/y
/** to the end of the line, a comment or the section; a string may hold anything, and line ends */
const VALUE = /(?:"(?:[^"\\]|\\[\s\S])*"|[^#}"\n])*/y
const STRING = /"((?:[^"\\]|\\[\s\S])*)"/g

/** In these sections every value may be a key; elsewhere a word says so. */
const KEY_WORD = /^(?:secret|pin$)/i

class Settings {
  readonly #root: Branch
  readonly #beside: ReadBeside
  #included = 0

  constructor(root: Branch, beside: ReadBeside) {
    this.#root = root
    this.#beside = beside
  }

  /** @returns where a section ended: behind its brace, or at the end of the file */
  read(file: SourceFile, into: Branch, level: number, start = 0): number {
    if (level > MOST_LEVELS) throw refused(file, start, 'sections are nested too deeply')
    const { text } = file
    let at = start
    for (;;) {
      at = match(BLANKS, text, at)?.end ?? at
      if (at >= text.length) return at
      if (text[at] === '}') {
        if (level === 0) throw refused(file, at, 'a brace closes no section')
        return at + 1
      }
      at = this.#entry(file, into, level, at)
    }
  }

  #entry(file: SourceFile, into: Branch, level: number, at: number): number {
    const include = match(INCLUDE, file.text, at)
    if (include) return this.#include(file, into, level, { ...include, start: at })
    const setting = match(SETTING, file.text, at)
    if (setting) return this.#setting(file, into, setting.groups[0] as string, { start: at, from: setting.end })
    const section = match(SECTION, file.text, at)
    if (!section) throw refused(file, at, 'neither a section nor a setting')
    const [name, references] = section.groups as [string, string?]
    const branch = branchAt(into, name) ?? branchOf({ file, start: at, end: at + name.length })
    into.members.set(name, branch)
    const end = this.read(file, branch, level + 1, section.end)
    if (file.text[end - 1] !== '}') throw refused(file, at, `the section ${name} is not closed`)
    for (const reference of references?.split(/\s*,\s*/) ?? []) this.#refer(file, branch, reference, at)
    return end
  }

  #setting(file: SourceFile, into: Branch, word: string, { start, from }: { start: number; from: number }): number {
    const found = match(VALUE, file.text, from)
    const end = found?.end ?? from
    const written = file.text.slice(from, end).trim()
    if ((written.replace(STRING, '').match(/"/g) ?? []).length > 0 || file.text[end] === '"')
      throw refused(file, from, 'a string is not closed')
    const span = { file, start, end: Math.max(start + word.length, from + written.length) }
    const common = { sort: 'leaf', word, span, scope: '' } as const
    const leaf: Leaf = KEY_WORD.test(word)
      ? { ...common, value: null, secret: true }
      : { ...common, value: unquoted(written) }
    into.members.set(word, leaf)
    return end
  }

  #include(
    file: SourceFile,
    into: Branch,
    level: number,
    { start, end, groups }: Found & { readonly start: number },
  ): number {
    const pattern = unquoted(groups[0] as string)
    const files = this.#included > 100 ? 'files include each other' : this.#beside(pattern, file)
    if (typeof files === 'string') throw refused(file, start, `include ${pattern}: ${files}`, end)
    for (const one of files) {
      this.#included++
      const stopped = this.read(one, into, level, 0)
      if (stopped < one.text.length) throw refused(one, stopped - 1, 'a brace closes no section')
    }
    return end
  }

  /** What a section does not say itself, the one that it refers to says. */
  #refer(file: SourceFile, into: Branch, reference: string, at: number): void {
    const steps = reference.split('.')
    const other = steps.reduce<Branch | undefined>((branch, step) => branchAt(branch, step), this.#root)
    if (!other || other === into) throw refused(file, at, `it refers to ${reference}, which stands nowhere above`)
    inherit(into, other)
  }
}

function inherit(into: Branch, other: Branch, level = 0): void {
  for (const [name, node] of level > MOST_LEVELS ? [] : other.members) {
    const own = into.members.get(name)
    if (own === undefined) into.members.set(name, node)
    else if (own.sort === 'branch' && node.sort === 'branch') inherit(own, node, level + 1)
  }
}

interface Found {
  readonly end: number
  readonly groups: readonly (string | undefined)[]
}

function match(pattern: RegExp, text: string, at: number): Found | undefined {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  return found ? { end: pattern.lastIndex, groups: found.slice(1) } : undefined
}

const ESCAPES: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t', '\n': '' }

function unquoted(written: string): string {
  return written.replace(STRING, (_, inside: string) =>
    inside.replace(/\\([\s\S])/g, (_whole, letter: string) => ESCAPES[letter] ?? letter),
  )
}

function refused(file: SourceFile, at: number, message: string, end = at + 1): NotSettings {
  const start = Math.min(at, Math.max(0, file.text.length - 1))
  return new NotSettings(
    diagnostic('E160', { file, start, end: Math.max(start + 1, end) }, `not swanctl.conf: ${message}`),
  )
}
