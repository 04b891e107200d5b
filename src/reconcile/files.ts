/** Paths on the command line → manifest files. The only place that walks directories. */

import type { Dirent, Stats } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Diagnostic, diagnostic } from './diagnostic.ts'
import type { SourceFile } from './source.ts'

export interface ManifestFiles {
  /** sorted by path, each file once */
  readonly files: readonly SourceFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/** 10 000 tunnels take about 7 MB. */
const maxFileBytes = 16_000_000

export const manifestName = /\.ya?ml$/i
/** A file that `sops` has encrypted holds secrets, no manifests. */
const sopsKey = /^(?:sops|"sops"|'sops')[ \t]*:/m

/** @param paths files, whatever they are called, and directories, searched for `*.yaml` and `*.yml` at any depth */
export async function readManifestFiles(paths: readonly string[]): Promise<ManifestFiles> {
  const walk = new Walk()
  for (const path of paths) await walk.enter(path)
  const found = [...walk.files].sort(([a], [b]) => (a < b ? -1 : 1))
  const files: SourceFile[] = []
  for (const [shown, path] of found) {
    const read = await readManifestFile(path, shown)
    if (read === undefined) continue
    if ('message' in read) walk.diagnostics.push(read)
    else files.push(read)
  }
  return { files, diagnostics: walk.diagnostics }
}

/** Collects files under the names that users see; a link that leads back above itself is a finding. */
class Walk {
  /** shown path → path to open */
  readonly files = new Map<string, string>()
  readonly diagnostics: Diagnostic[] = []
  private readonly seen = new Set<string>()

  async enter(path: string): Promise<void> {
    await this.guard(path, async () => {
      const found = await stat(path)
      if (found.isDirectory()) await this.directory(path, new Set())
      else if (found.isFile()) this.file(path, await realpath(path))
      else this.diagnostics.push(placed('E102', showPath(path), 'is neither a file nor a directory'))
    })
  }

  private async directory(path: string, above: ReadonlySet<string>): Promise<void> {
    const real = await realpath(path)
    if (above.has(real)) {
      this.diagnostics.push(placed('E103', showPath(path), 'leads back to a directory above it'))
      return
    }
    const inside = new Set([...above, real])
    const entries = await readdir(path, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      await this.guard(join(path, entry.name), () => this.entry(path, real, entry, inside))
    }
  }

  /** Directories of tools (`.git`, `node_modules`) hold no manifests. */
  private async entry(above: string, realAbove: string, entry: Dirent, loop: ReadonlySet<string>): Promise<void> {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return
    const path = join(above, entry.name)
    const isLink = entry.isSymbolicLink()
    const found: Dirent | Stats = isLink ? await stat(path) : entry
    if (found.isDirectory()) await this.directory(path, loop)
    else if (found.isFile() && manifestName.test(entry.name)) {
      // asking the system for the real path of each of ten thousand files takes longer than reading them
      this.file(path, isLink ? await realpath(path) : join(realAbove, entry.name))
    }
  }

  private file(path: string, real: string): void {
    if (this.seen.has(real)) return
    this.seen.add(real)
    this.files.set(showPath(path), path)
  }

  private async guard(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.diagnostics.push(explain(showPath(path), error))
    }
  }
}

async function readManifestFile(path: string, shown: string): Promise<SourceFile | Diagnostic | undefined> {
  try {
    const handle = await open(path)
    try {
      const { size } = await handle.stat()
      if (size > maxFileBytes) return tooLarge(shown, size)
      return manifestFileOf(await handle.readFile(), shown)
    } finally {
      await handle.close()
    }
  } catch (error) {
    return explain(shown, error)
  }
}

/** @returns a finding when the bytes are no manifest text, and undefined for a store of secrets */
export function manifestFileOf(bytes: Buffer, path: string): SourceFile | Diagnostic | undefined {
  if (bytes.length > maxFileBytes) return tooLarge(path, bytes.length)
  const file = decode(bytes, path)
  return 'text' in file && sopsKey.test(file.text) ? undefined : file
}

function decode(bytes: Buffer, path: string): SourceFile | Diagnostic {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return placed('E105', path, 'is UTF-16', 'save it as UTF-8')
  }
  const zero = bytes.indexOf(0)
  if (zero >= 0) return placed('E105', path, `is no text: byte ${zero} is zero`)
  try {
    // the decoder drops a byte order mark
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return placed('E105', path, 'is not UTF-8 text', 'save it as UTF-8')
  }
}

function tooLarge(path: string, size: number): Diagnostic {
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1_000_000)} MB`
  return placed('E104', path, `is too large: ${megabytes(size)}`, `the limit is ${megabytes(maxFileBytes)} a file`)
}

const systemErrors: { readonly [code: string]: readonly ['E101' | 'E102' | 'E103', string] } = {
  ENOENT: ['E101', 'does not exist'],
  ENOTDIR: ['E101', 'does not exist'],
  ELOOP: ['E103', 'leads back to itself'],
  EACCES: ['E102', 'may not be read'],
  EPERM: ['E102', 'may not be read'],
}

function explain(path: string, error: unknown): Diagnostic {
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) throw error
  const [finding, message] = systemErrors[code] ?? ['E102', `cannot be read (${code})`]
  return placed(finding, path, message)
}

/** A finding about a whole file stands at its first line; none of its text is shown. */
function placed(
  code: 'E101' | 'E102' | 'E103' | 'E104' | 'E105',
  path: string,
  what: string,
  help?: string,
): Diagnostic {
  const file = { path, text: '' }
  return diagnostic(code, { file, start: 0, end: 0 }, `${path} ${what}`, help === undefined ? {} : { help })
}

/** As the user would write it: relative to the working directory where it lies below, with forward slashes. */
function showPath(path: string): string {
  const below = relative(process.cwd(), path)
  const shown = below === '' ? '.' : below.startsWith('..') ? path : below
  return shown.replaceAll('\\', '/')
}
