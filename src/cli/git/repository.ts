/** A bare clone of ours that knows one branch. What a watch followed last is remembered in it, also across restarts. */

import { createHash } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Diagnostic, hasErrors } from '../../base/diagnostic.ts'
import type { SourceFile } from '../../base/source.ts'
import { MANIFEST_NAME, manifestFileOf } from '../../manifest/files.ts'
import { GitFailure, git, gitText } from './git.ts'

export interface BranchOptions {
  readonly url: string
  readonly branch: string
  /** directory inside the repository; empty for all of it */
  readonly folder: string
  /** where clones are kept; absent: the user's cache directory */
  readonly cache?: string
  readonly requireSigned: boolean
}

export interface RepositoryOptions extends BranchOptions {
  /** also follow a commit that does not contain the one followed before */
  readonly allowHistoryRewrite?: boolean
  readonly signal?: AbortSignal
}

export interface Commit {
  readonly id: string
  readonly files: readonly SourceFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/** The commit that is being enforced. Ours alone, and only ever moved to a commit that was looked at. */
const FOLLOWED = 'refs/wfpctl/followed'
const INCOMING = 'refs/wfpctl/incoming'
/** What was looked at without being followed: a name of its own, so that a plan is never in a watch's way. */
const SEEN = 'refs/wfpctl/seen'

export class Repository {
  readonly #options: RepositoryOptions
  readonly #directory: string

  private constructor(options: RepositoryOptions, directory: string) {
    this.#options = options
    this.#directory = directory
  }

  static async open(options: RepositoryOptions): Promise<Repository> {
    const { url, branch } = options
    const name = createHash('sha256').update(`${url}\0${branch}`).digest('hex').slice(0, 32)
    const directory = join(options.cache ?? defaultCache(), `${name}.git`)
    await makeDirectory(directory)
    await git(['init', '--quiet', '--bare', '--template=', directory]) // no hooks of anybody's template
    return new Repository(options, directory)
  }

  /** The commit that was followed last, here or before a restart. */
  async followed(): Promise<string | undefined> {
    return this.#resolve(FOLLOWED)
  }

  /**
   * Fetches, and moves on to the branch's commit when it may be followed.
   *
   * @returns the commit that is followed now
   * @throws GitFailure when the remote is away, when history was rewritten, or when a signature is missing; nothing has moved then
   */
  async advance(): Promise<string> {
    const incoming = await this.#fetch(INCOMING)
    const followed = await this.followed()
    if (incoming === followed) return incoming
    if (followed !== undefined) await this.#requireDescent(followed, incoming)
    await this.#requireSignature(incoming)
    await this.#git(['update-ref', FOLLOWED, incoming])
    return incoming
  }

  /**
   * The branch's commit as it is now, for one look at it. A watch that uses the same clone is not moved by this.
   *
   * @throws GitFailure when the remote is away
   */
  async tip(): Promise<string> {
    return this.#fetch(SEEN)
  }

  /** Manifests as the commit has them: nothing of a work tree is involved. */
  async read(id: string): Promise<Commit> {
    await this.#requireSignature(id)
    const entries = manifestEntries(
      await this.#git(['ls-tree', '-r', '-z', '--full-tree', id, ...this.#pathspec()]),
      this.#options.folder,
    )
    const blobs = await this.#blobs(entries.map((entry) => entry.blob))
    const read = entries.flatMap((entry, i) => manifestFileOf(blobs[i] as Buffer, entry.path) ?? [])
    const diagnostics = read.filter((file) => 'message' in file)
    const files = read.filter((file) => 'text' in file)
    if (entries.length === 0 && !hasErrors(diagnostics))
      throw new GitFailure(`commit ${id} has no manifest in ${this.#options.folder || 'it'}`)
    return { id, files, diagnostics }
  }

  async #fetch(into: string): Promise<string> {
    const { url, branch } = this.#options
    const refspec = `refs/heads/${branch}:${into}`
    await this.#git(['fetch', '--quiet', '--no-tags', '--force', '--no-write-fetch-head', '--', url, refspec])
    const id = await this.#resolve(into)
    if (id === undefined) throw new GitFailure(`${branch} has no commit`)
    return id
  }

  #pathspec(): string[] {
    return this.#options.folder === '' ? [] : ['--', this.#options.folder]
  }

  async #requireDescent(followed: string, incoming: string): Promise<void> {
    if (this.#options.allowHistoryRewrite || (await this.#isAncestor(followed, incoming))) return
    throw new GitFailure(
      `history was rewritten: ${short(incoming)} does not contain ${short(followed)}, which is being enforced; to follow it all the same, start with --allow-history-rewrite`,
    )
  }

  async #isAncestor(older: string, newer: string): Promise<boolean> {
    return (await this.#text(['merge-base', older, newer]).catch(() => '')) === older
  }

  async #requireSignature(id: string): Promise<void> {
    if (!this.#options.requireSigned) return
    try {
      await this.#git(['verify-commit', id])
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error
      throw new GitFailure(`commit ${short(id)} has no good signature: ${error.message}`)
    }
  }

  async #resolve(name: string): Promise<string | undefined> {
    const id = await this.#text(['for-each-ref', '--format=%(objectname)', name])
    return id === '' ? undefined : id
  }

  /** Contents of blobs, in the order of their ids. */
  async #blobs(ids: readonly string[]): Promise<Buffer[]> {
    if (ids.length === 0) return []
    const output = await this.#git(['cat-file', '--batch'], `${ids.join('\n')}\n`)
    const blobs: Buffer[] = []
    let at = 0
    for (const id of ids) {
      const lineEnd = output.indexOf(0x0a, at)
      const [name, type, size] = output.toString('latin1', at, lineEnd).split(' ')
      if (name !== id || type !== 'blob') throw new GitFailure(`object ${id} is not in the clone`)
      blobs.push(output.subarray(lineEnd + 1, lineEnd + 1 + Number(size)))
      at = lineEnd + 1 + Number(size) + 1
    }
    return blobs
  }

  #git(args: readonly string[], input?: string): Promise<Buffer> {
    return git(args, { ...this.#context(), ...(input !== undefined && { input }) })
  }

  #text(args: readonly string[]): Promise<string> {
    return gitText(args, this.#context())
  }

  #context() {
    const { signal } = this.#options
    return { directory: this.#directory, ...(signal && { signal }) }
  }
}

/** What is in the repository is for nobody else. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await chmod(path, 0o700)
  } catch (error) {
    throw new GitFailure(`no clone can be kept there: ${(error as Error).message}`)
  }
}

interface Entry {
  readonly path: string
  readonly blob: string
}

/** Regular files that are called like manifests; what a walk over directories leaves out is left out here too. Links are not followed. */
function manifestEntries(listing: Buffer, folder: string): Entry[] {
  const lines = listing
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
  return lines.flatMap((line) => {
    const tab = line.indexOf('\t') // a path may hold more of them
    const [head, path] = [line.slice(0, tab), line.slice(tab + 1)]
    const [mode = '', , blob = ''] = head.split(' ')
    const below = folder === '' ? path : path.slice(folder.length + 1)
    const isHidden = below.split('/').some((step) => step.startsWith('.') || step === 'node_modules')
    const isManifest = mode.startsWith('100') && MANIFEST_NAME.test(path) && !isHidden
    return isManifest ? [{ path, blob }] : []
  })
}

function short(id: string): string {
  return id.slice(0, 12)
}

function defaultCache(): string {
  const { CACHE_DIRECTORY, LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  if (CACHE_DIRECTORY) return join(CACHE_DIRECTORY, 'git') // set by systemd
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'wfpctl', 'git')
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'wfpctl', 'git')
}
