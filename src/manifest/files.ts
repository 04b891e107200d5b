/** Paths on the command line → manifest files. The only place that walks directories. */

import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { compareText, type Diagnostic, type SourceFile, YieldToLoop } from '../base/index.ts'
import { fileFinding, MAX_FILE_BYTES, manifestFileOf, noFile, Reader, shownPath, unreadable } from './file-reader.ts'
import { IGNORE_NAME, Ignored } from './ignore.ts'
import type { KnownFiles } from './known-files.ts'
import { readRegularFile } from './regular-file.ts'
import { knowTemplates, type NamedTable } from './templated.ts'
import { Trust } from './trust.ts'

export interface ManifestFiles {
  /** sorted by path, each file once */
  readonly files: readonly SourceFile[]
  readonly diagnostics: readonly Diagnostic[]
  /** when a file was written to last, as their dates tell: milliseconds since 1970 */
  readonly changedAt?: number
}

/** A list of rules that a person has written. */
export const MAX_IGNORE_BYTES = 64_000

export const MANIFEST_NAME = /\.ya?ml$/i

export interface ReadingOptions {
  /** false where nothing is done with what is read: then it does not matter who else could have written it */
  readonly acts?: boolean
  /** what earlier readings have read; absent: everything is read */
  readonly known?: KnownFiles
}

/** @param paths files, whatever they are called, and directories, searched for `*.yaml` and `*.yml` at any depth */
export async function readManifestFiles(
  paths: readonly string[],
  { acts = true, known }: ReadingOptions = {},
): Promise<ManifestFiles> {
  const loop = new YieldToLoop()
  const walk = new Walk(loop, acts ? new Trust() : undefined)
  const piped = paths.includes(STDIN) ? await readStdin(walk) : []
  for (const path of paths) if (path !== STDIN) await walk.enter(path)
  const found = [...walk.files].sort(([a], [b]) => compareText(a, b))
  known?.begin()
  const reader = new Reader(loop, known)
  const files: SourceFile[] = [...piped]
  for (const [shown, { path }] of found) {
    const read = await reader.read(path, shown)
    if (read === undefined) continue
    if ('message' in read) walk.diagnostics.push(read)
    else files.push(read)
  }
  return {
    files: withTables(files, await readTables(await knowTemplates(files), walk, reader)),
    diagnostics: walk.diagnostics,
    ...(files.length > 0 && { changedAt: reader.changedAt }),
  }
}

/** As a PATH, and as findings show it. */
export const STDIN = '-'
export const STDIN_NAME = '<stdin>'

/** What another program writes: relative paths in it begin in the working directory. */
async function readStdin(walk: Walk): Promise<SourceFile[]> {
  if (process.stdin.isTTY) {
    const help = 'let a program write manifests to it: kustomize build | wfpctl plan -'
    walk.diagnostics.push(fileFinding('E102', STDIN_NAME, 'is a terminal', help))
    return []
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (length > MAX_FILE_BYTES) break
  }
  const read = manifestFileOf(Buffer.concat(chunks), STDIN_NAME)
  walk.takeStdin(STDIN_NAME)
  if (read === undefined) return []
  if ('text' in read) return [read]
  walk.diagnostics.push(read)
  return []
}

/** A file that somebody names as a table is no manifest. */
export function withTables(files: readonly SourceFile[], tables: readonly SourceFile[]): readonly SourceFile[] {
  if (tables.length === 0) return files
  const named = new Set(tables.map(({ path }) => path))
  return [...files.filter(({ path }) => !named.has(path)), ...tables]
}

/** What cannot be read says why: the finding stands where the manifest names it. */
async function readTables(named: readonly NamedTable[], walk: Walk, reader: Reader): Promise<SourceFile[]> {
  const tables: SourceFile[] = []
  for (const { path, by } of named) {
    const flaw = walk.admitTable(path, by)
    const read = flaw === undefined ? await reader.read(path, path) : fileFinding('E102', path, flaw)
    tables.push(tableFrom(path, read))
  }
  return tables
}

/** @param read undefined: a store of secrets */
export function tableFrom(path: string, read: SourceFile | Diagnostic | undefined): SourceFile {
  if (read === undefined) return { path, text: '', holds: 'rows', flaw: 'is a store of secrets' }
  if ('text' in read) return { ...read, holds: 'rows' }
  return { path, text: '', holds: 'rows', flaw: read.message.slice(path.length + 1) }
}

export const OUTSIDE = 'lies outside of the tree that its manifest stands in, or in a hidden directory'

/** Names that a walk leaves out, and so does a watch. */
export const HIDDEN = /(?:^|\/)(?:\.(?!\.?\/)[^/]*|node_modules)(?:\/|$)/

/** What a host gives to templates (`--values`), with the guards of manifests. */
export async function readValuesFile(path: string, { acts = true } = {}): Promise<ManifestFiles> {
  const loop = new YieldToLoop()
  const walk = new Walk(loop, acts ? new Trust() : undefined)
  walk.admitValues(path)
  const read = await new Reader(loop).read(path, shownPath(path))
  if (read !== undefined && 'text' in read)
    return { files: [{ ...read, holds: 'values' }], diagnostics: walk.diagnostics }
  return {
    files: [],
    diagnostics: [...walk.diagnostics, read ?? fileFinding('E102', shownPath(path), 'is a store of secrets')],
  }
}

/** What stands around an entry of a directory. */
export interface Surroundings {
  /** real paths of the directories that it lies in */
  readonly above: ReadonlySet<string>
  readonly ignored: Ignored
}

/** In the form that ignore files have; the working directory itself is the root. */
function slashed(path: string): string {
  const text = path.replaceAll('\\', '/').replace(/\/+$/, '')
  return text === '.' ? '' : text
}

/** Real paths of the directory of a manifest, and of the tree that it was found in. */
interface Standing {
  readonly directory: string
  readonly root: string
}

/** Collects files under the names that users see; a link that leads back above itself is a finding. */
class Walk {
  /** by shown path; with the path to open */
  readonly files = new Map<string, Standing & { readonly path: string }>()
  readonly diagnostics: Diagnostic[] = []
  readonly #seen = new Set<string>()
  readonly #loop: YieldToLoop
  readonly #trust: Trust | undefined
  readonly #untrusted = new Set<string>()
  #root = ''
  #piped: (Standing & { readonly name: string }) | undefined

  /** @param trust absent where nothing is done with what is read */
  constructor(loop: YieldToLoop, trust: Trust | undefined) {
    this.#loop = loop
    this.#trust = trust
  }

  async enter(path: string): Promise<void> {
    await this.#guard(path, async () => {
      const found = statSync(path)
      const real = realpathSync.native(path)
      this.#root = found.isDirectory() ? real : dirname(real)
      if (found.isDirectory()) await this.#directory(path, { above: new Set(), ignored: Ignored.nothing })
      else if (found.isFile()) this.#file(path, real)
      else this.diagnostics.push(noFile(shownPath(path)))
    })
  }

  async #directory(path: string, { above, ignored }: Surroundings): Promise<void> {
    const real = realpathSync.native(path)
    if (above.has(real)) {
      this.diagnostics.push(fileFinding('E103', shownPath(path), 'leads back to a directory above it'))
      return
    }
    const entries = readdirSync(path, { withFileTypes: true })
    const hasRules = entries.some(({ name }) => name === IGNORE_NAME)
    const rules = hasRules ? ignored.with(slashed(path), this.#rulesIn(path, real)) : ignored
    const inside = { above: new Set([...above, real]), ignored: rules }
    for (const entry of entries.sort((a, b) => compareText(a.name, b.name))) {
      const below = join(path, entry.name)
      await this.#guard(below, () => this.#entry(below, real, entry, inside))
    }
  }

  /** Directories of tools (`.git`, `node_modules`) hold no manifests. */
  async #entry(path: string, realAbove: string, entry: Dirent, inside: Surroundings): Promise<void> {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return
    const isLink = entry.isSymbolicLink()
    const found: Dirent | Stats = isLink ? statSync(path) : entry
    if (inside.ignored !== Ignored.nothing && inside.ignored.has(slashed(path), found.isDirectory())) return
    const isNamed = MANIFEST_NAME.test(entry.name)
    // what was a manifest a moment ago, and is none any more, is not taken for one that was deleted
    if (isNamed && !found.isFile()) this.diagnostics.push(noFile(shownPath(path), found.isDirectory()))
    else if (found.isDirectory()) await this.#directory(path, inside)
    else if (isNamed) {
      // asking the system for the real path of each of ten thousand files takes longer than reading them
      this.#file(path, isLink ? realpathSync.native(path) : join(realAbove, entry.name))
    }
  }

  /** Who can change it can take manifests away. */
  #rulesIn(directory: string, real: string): string {
    const path = join(directory, IGNORE_NAME)
    this.#refuseOthers(path, join(real, IGNORE_NAME))
    try {
      return readRegularFile(path, MAX_IGNORE_BYTES).toString('utf8')
    } catch (error) {
      this.diagnostics.push(unreadable(shownPath(path), error))
      return ''
    }
  }

  #file(path: string, real: string): void {
    if (this.#seen.has(real)) return
    this.#seen.add(real)
    this.#refuseOthers(path, real)
    this.files.set(shownPath(path), { path, directory: dirname(real), root: this.#root })
  }

  /**
   * @param by shown path of the manifest that names it
   * @returns why it is not read
   */
  admitTable(path: string, by: string): string | undefined {
    const { directory, root } = (by === this.#piped?.name ? this.#piped : this.files.get(by)) as Standing
    const real = realPathOf(path)
    if (real === undefined) return 'does not exist'
    if (HIDDEN.test(path.slice(commonStart(path, by))) || ![root, directory].some((place) => isBelow(real, place)))
      return OUTSIDE
    this.#refuseOthers(path, real)
    return undefined
  }

  /** It stands in the working directory. */
  takeStdin(name: string): void {
    const here = realpathSync.native('.')
    this.#piped = { name, directory: here, root: here }
  }

  admitValues(path: string): void {
    const real = realPathOf(path)
    if (real !== undefined) this.#refuseOthers(path, real)
  }

  /** One finding for each entry that others can change, however many files lie below it. */
  #refuseOthers(path: string, real: string): void {
    const flaw = this.#trust?.flawOf(path, real)
    if (!flaw || this.#untrusted.has(flaw.path)) return
    this.#untrusted.add(flaw.path)
    this.diagnostics.push(
      fileFinding(
        'E106',
        shownPath(flaw.path),
        `can be changed by ${flaw.who}, and what is read there is done`,
        flaw.help,
      ),
    )
  }

  async #guard(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.diagnostics.push(unreadable(shownPath(path), error))
    }
    await this.#loop.give()
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

/** @param real paths of a file and of a directory */
function isBelow(real: string, directory: string): boolean {
  return real.startsWith(directory.endsWith(sep) ? directory : directory + sep)
}

/** How far the directories of two shown paths are the same: only what is below them was not walked already. */
function commonStart(path: string, other: string): number {
  const [steps, others] = [path.split('/').slice(0, -1), other.split('/')]
  const count = steps.findIndex((step, i) => step !== others[i])
  return steps.slice(0, count < 0 ? steps.length : count).join('/').length
}
