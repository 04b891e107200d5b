/** Patterns for names of files: in `.wfpctlignore`, and as PATHs where no shell expands them. */

import { existsSync, readdirSync } from 'node:fs'
import { compareText, type Diagnostic, diagnostic, isJsonObject, type Json, type Span } from '../base/index.ts'

/** What below its directory holds no manifests. Its lines are those of gitignore(5); the last one that fits decides. */

export const IGNORE_NAME = '.wfpctlignore'

/** Names of a manifest's fields; a document without any of them is another tool's. */
export const MANIFEST_FIELDS: readonly string[] = ['apiVersion', 'kind', 'metadata', 'spec']

/** A document of another tool is left out, and said to be. */
export function stranger(at: Span): Diagnostic {
  return diagnostic('W121', at, 'this is not a manifest but something else, and is left out: it has no field of one', {
    help: `give PATHs that hold manifests only, or name the file in ${IGNORE_NAME}`,
  })
}

/** Mappings in a list, none of which has a field of a manifest: an Ansible playbook, say. */
export function isStrangeList(value: Json): boolean {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((item: Json) => isJsonObject(item) && !MANIFEST_FIELDS.some((field) => field in item))
}

interface Rule {
  readonly pattern: RegExp
  readonly ignores: boolean
  readonly directoriesOnly: boolean
}

interface IgnoreFile {
  readonly directory: string
  readonly rules: readonly Rule[]
}

/** The rules of a directory and of those above it. */
export class Ignored {
  static readonly nothing: Ignored = new Ignored([])
  readonly #files: readonly IgnoreFile[]

  private constructor(files: readonly IgnoreFile[]) {
    this.#files = files
  }

  /** @param directory of the file with this text, with forward slashes; '' where it is the root */
  with(directory: string, text: string): Ignored {
    return new Ignored([...this.#files, { directory, rules: rulesOf(text) }])
  }

  /** @param path below the directories of all the files */
  has(path: string, isDirectory: boolean): boolean {
    return this.#files.reduce((ignored, { directory, rules }) => {
      const below = directory === '' ? path : path.slice(directory.length + 1)
      const last = rules.findLast((rule) => (isDirectory || !rule.directoriesOnly) && rule.pattern.test(below))
      return last?.ignores ?? ignored
    }, false)
  }
}

function rulesOf(text: string): Rule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, negation, body = '', slash] = /^(!?)(.*?)(\/?)[ \t]*$/.exec(line) ?? []
    if (body === '' || body.startsWith('#')) return []
    return [{ pattern: patternOf(body), ignores: negation === '', directoriesOnly: slash === '/' }]
  })
}

/** A pattern with a slash in it begins at the directory; any other one fits at every depth. */
function patternOf(body: string): RegExp {
  const isAnchored = body.includes('/')
  try {
    return new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${globText(body.replace(/^\//, ''))}$`, 'su')
  } catch {
    return FITS_NOTHING // a range that ends before it begins, as in `[z-a]`: for git, too
  }
}

const FITS_NOTHING = /(?!)/

const GLOB = /\*\*\/|\/\*\*$|\*+|\?|\[(!?)([^\]/]+)\]|\\(.)|[^*?[\\]+|./gsu
const WILDCARDS: { readonly [glob: string]: string } = { '**/': '(?:.*/)?', '/**': '/.*', '?': '[^/]' }

/**
 * A glob as the text of a regular expression. A wildcard that another one follows takes the first place where what stands between them fits,
 * and keeps it: if any place leads to a fit, the first does. So a pattern of many wildcards is tried no longer than one of a few.
 */
function globText(glob: string): string {
  const parts = [...glob.matchAll(GLOB)].map(tokenText)
  const [first = [], ...deeper] = cutAt(parts, WILDCARDS['**/'] as string)
  const between = (part: readonly string[], i: number) =>
    i + 1 < deeper.length
      ? firstPlace(`d${i}`, `(?:.*?/)??${starText(part, `d${i}`)}`)
      : `(?:.*/)?${starText(part, `d${i}`)}`
  return starText(first, 'a') + deeper.map(between).join('')
}

function starText(part: readonly string[], name: string): string {
  const [first = [], ...chunks] = cutAt(part, STAR)
  const placed = chunks.map((chunk, i) =>
    i + 1 < chunks.length ? firstPlace(`${name}s${i}`, `[^/]*?${chunk.join('')}`) : `${STAR}${chunk.join('')}`,
  )
  return [...first, ...placed].join('')
}

/** What fits first, for good. */
function firstPlace(name: string, text: string): string {
  return `(?=(?<${name}>${text}))\\k<${name}>`
}

function cutAt(parts: readonly string[], cut: string): string[][] {
  const pieces: string[][] = [[]]
  for (const part of parts) {
    if (part === cut) pieces.push([])
    else pieces.at(-1)?.push(part)
  }
  return pieces
}

const STAR = '[^/]*'

function tokenText([part, negation, set, escaped]: RegExpMatchArray): string {
  if (set !== undefined) return `[${negation === '!' ? '^/' : ''}${set.replace(/[\\^]/g, '\\$&')}]`
  if (/^\*+$/.test(part)) return STAR
  return WILDCARDS[part] ?? literal(escaped ?? part)
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/**
 * cmd.exe and PowerShell hand `gw\*.yaml` over as it stands. What fits nothing stays, and has a finding of its own.
 *
 * @param platform elsewhere the shell has expanded what it was to expand
 */
export function expandWildcards(paths: readonly string[], platform: string = process.platform): readonly string[] {
  return platform === 'win32' ? paths.flatMap(expanded) : paths
}

function expanded(path: string): string[] {
  if (!/[*?]/.test(path) || existsSync(path)) return [path]
  const [first = '', ...steps] = path.replaceAll('\\', '/').split('/')
  const start = /[*?]/.test(first) ? matching('', first) : [first]
  const found = steps.reduce((bases, step) => bases.flatMap((base) => matching(`${base}/`, step)), start)
  return found.length === 0 ? [path] : found
}

/** @param base '' for the working directory, otherwise with a slash at its end */
function matching(base: string, step: string): string[] {
  if (!/[*?]/.test(step)) return existsSync(base + step) ? [base + step] : []
  const pattern = namePattern(step, 'iu')
  return namesIn(base || '.')
    .filter((name) => !name.startsWith('.') && pattern.test(name))
    .sort(compareText)
    .map((name) => base + name)
}

/** @param wildcards a name in which `*` and `?` alone mean something */
export function namePattern(wildcards: string, flags: 'u' | 'iu' = 'u'): RegExp {
  return new RegExp(`^${globText(wildcards.replace(/[[\\]/g, '\\$&'))}$`, flags)
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
