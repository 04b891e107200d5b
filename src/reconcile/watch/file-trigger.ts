/**
 * Files on a disk → "look again". The only door to chokidar.
 *
 * chokidar alone loses a root that is deleted and made again, a directory that is, and every link that is exchanged for another one
 * (measured with 5.0 on Linux: docs/watch.md). So it is given the single directories that were read, the places where links on the way to
 * them stand, and their parents; and what it is given is compared after each reading with what should be watched by then. It answers in
 * a spelling of its own, so whatever comes from it is looked up by `pathKey`.
 */

import { existsSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FSWatcher } from 'chokidar'
import { KnownFiles, readManifestFiles, readValuesFile } from '../../manifest/index.ts'
import { directoriesToWatch, type Watched } from './directories.ts'
import { mayBeShortName, pathKey } from './path-key.ts'
import type { ManifestSource, SourceReading } from './source.ts'
import type { Trigger } from './triggers.ts'

/** Manifests, what is no manifest, and the tables of templates. */
const MANIFEST = /\.(?:ya?ml|json|csv|tsv|txt)$|\.wfpctlignore$/i

/** A directory tells of its files, but for macOS, where each file has to be watched. */
const WATCHES_FILES = process.platform === 'darwin'

/** What stands in a directory is asked by who reads it. chokidar would list all of it at each event, and look at each of a thousand files. */
class DirectoryWatcher extends FSWatcher {
  override _readdirp(...asked: Parameters<FSWatcher['_readdirp']>): ReturnType<FSWatcher['_readdirp']> {
    return WATCHES_FILES ? super._readdirp(...asked) : undefined
  }
}

export class FileTrigger {
  readonly #roots: readonly string[]
  readonly #mark: (path?: string) => void
  #armed = ''
  #watcher: FSWatcher | undefined
  #closed = false

  /** @param mark called with the path of what has changed, where that is known */
  constructor(roots: readonly string[], mark: (path?: string) => void) {
    this.#roots = roots
    this.#mark = mark
  }

  /**
   * Watches what should be watched by now. Marks when that is something new: a change may have come before we were ready for it.
   *
   * @param tables files that the manifests name
   */
  async refresh(tables: readonly string[] = []): Promise<void> {
    const watched = await directoriesToWatch([...this.#roots, ...tables])
    const names = [...watched.onlyNames].map(([directory, inIt]) => [directory, ...inIt])
    const wanted = JSON.stringify([[...watched.directories], names])
    if (wanted === this.#armed || this.#closed) return
    const isFirst = this.#watcher === undefined
    await this.#watcher?.close() // first: two watchers of one path share one handle, and the old one looks at what is gone
    this.#watcher = await this.#arm(watched)
    this.#armed = wanted
    if (this.#closed) await this.#watcher.close()
    else if (!isFirst) this.#mark()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#watcher?.close()
  }

  async #arm({ directories, onlyNames }: Watched): Promise<FSWatcher> {
    const watched = keyed(directories.keys())
    const watcher = new DirectoryWatcher({
      ignoreInitial: true,
      depth: 0,
      ignored: (path, stats) => !watched.has(pathKey(path)) && (!WATCHES_FILES || stats?.isFile() !== true),
    })
    watcher.add([...directories.keys()])
    const concerns = concernedBy(onlyNames)
    // `raw` is what the system says; chokidar's own events leave links and re-created directories out
    watcher.on('raw', (_event, name, details) => {
      const { watchedPath } = details as { readonly watchedPath: string }
      const isItself = name === null || name === basename(watchedPath) // deleted or moved away: it has to be watched anew
      if (isItself) this.#armed = ''
      void this.#consider(isItself ? watchedPath : join(watchedPath, name), concerns)
    })
    // what cannot be watched (too many watches, a directory we may not read) is found by the resync, or is a finding of the reading
    watcher.on('error', () => {})
    await new Promise<void>((resolve) => watcher.once('ready', resolve))
    return watcher
  }

  async #consider(path: string, concerns: Concern): Promise<void> {
    if (concerns(path) ?? (await mayMatter(path))) this.#mark(path)
  }
}

/** Undefined: every name in that directory matters, if it is of a kind that does. */
type Concern = (path: string) => boolean | undefined

function concernedBy(onlyNames: Watched['onlyNames']): Concern {
  const places = new Map([...onlyNames].map(([directory, names]) => [pathKey(directory), keyed(names)]))
  return (path) => {
    const names = places.get(pathKey(dirname(path)))
    if (names === undefined) return undefined
    return names.has(pathKey(path)) || [path, ...names].some((name) => mayBeShortName(basename(name)))
  }
}

function keyed(paths: Iterable<string>): ReadonlySet<string> {
  return new Set([...paths].map((path) => pathKey(path)))
}

/** Logs and swap files beside the manifests do not. What has disappeared was perhaps a directory. */
async function mayMatter(path: string): Promise<boolean> {
  if (MANIFEST.test(path) || mayBeShortName(basename(path))) return true
  try {
    return !(await lstat(path)).isFile()
  } catch {
    return !/\.(tmp|swp|swx|log|ndjson)$|~$/.test(path)
  }
}

export class FileSource implements ManifestSource {
  readonly #paths: readonly string[]
  readonly #locks: readonly string[]
  readonly #known = new KnownFiles()
  #trigger: FileTrigger | undefined

  constructor(paths: readonly string[]) {
    this.#paths = paths.length === 0 ? ['.'] : paths
    this.#locks = [...new Set(this.#paths.flatMap((path) => locksAbove(resolve(path))))]
  }

  async read({ anew = false } = {}): Promise<SourceReading> {
    const busyBefore = this.#gitAtWork()
    if (anew) this.#known.forget()
    const { files, diagnostics, changedAt } = await readManifestFiles(this.#paths, { known: this.#known })
    const quiet = changedAt !== undefined && { quietMilliseconds: Math.max(0, Date.now() - changedAt) }
    await this.#trigger?.refresh(files.flatMap(({ path, holds }) => (holds === 'rows' ? [path] : [])))
    return { files, diagnostics, state: busyBefore || this.#gitAtWork() ? 'busy' : 'moving', ...quiet }
  }

  async onChange(listener: (trigger: 'files') => void): Promise<{ close(): Promise<void> }> {
    const trigger = new FileTrigger(this.#paths, (path) => {
      if (path !== undefined) this.#tell(path)
      listener('files')
    })
    this.#trigger = trigger
    await trigger.refresh()
    return trigger
  }

  #tell(path: string): void {
    if (mayBeShortName(basename(path))) this.#known.forget()
    else this.#known.tell(path)
  }

  /** Git holds this lock for as long as it rewrites a work tree. */
  #gitAtWork(): boolean {
    return this.#locks.some((lock) => existsSync(lock))
  }
}

/** Any source, and beside it a file that this host gives to templates. */
export class WithValues implements ManifestSource {
  readonly #source: ManifestSource
  readonly #path: string

  constructor(source: ManifestSource, path: string) {
    this.#source = source
    this.#path = path
  }

  async read(options?: { readonly anew?: boolean }): Promise<SourceReading | undefined> {
    const reading = await this.#source.read(options)
    if (!reading) return undefined
    const { files, diagnostics } = await readValuesFile(this.#path)
    return {
      ...reading,
      files: [...reading.files, ...files],
      diagnostics: [...reading.diagnostics, ...diagnostics],
    }
  }

  async onChange(listener: (trigger: Trigger) => void): Promise<{ close(): Promise<void> }> {
    const trigger = new FileTrigger([this.#path], () => listener('files'))
    await trigger.refresh()
    const inner = await this.#source.onChange(listener)
    return {
      close: async () => {
        await Promise.all([trigger.close(), inner.close()])
      },
    }
  }

  async ready(): Promise<void> {
    await this.#source.ready?.()
  }
}

function locksAbove(path: string): string[] {
  const own = join(path, '.git', 'index.lock')
  return path === dirname(path) ? [own] : [own, ...locksAbove(dirname(path))]
}
