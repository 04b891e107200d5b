/** A bare clone of ours that knows one branch, tag or commit. What a watch followed last is remembered in it, also across restarts. */

import { createHash } from 'node:crypto'
import { chmod, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrors } from '../../base/index.ts'
import { keepFromOthers, Trust } from '../../manifest/index.ts'
import { cacheDirectory } from '../results.ts'
import { makeDirectories } from '../trusted.ts'
import { type Commit, readCommit, short } from './commit.ts'
import { GitFailure, type GitOptions, git, gitText, isCommitId, withHiddenCredentials } from './git.ts'

export interface BranchOptions {
  readonly url: string
  /** a branch, a tag, or the full id of a commit */
  readonly ref: string
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

/** The commit that is being enforced. Ours alone, and only ever moved to a commit that was looked at. */
const FOLLOWED = 'refs/wfpctl/followed'
const INCOMING = 'refs/wfpctl/incoming'
/** What was looked at without being followed: a name of its own, so that a plan is never in a watch's way. */
const SEEN = 'refs/wfpctl/seen'

/** It is the commit that cannot be followed, not the remote that cannot be asked. */
export class CommitRefusal extends GitFailure {}

export class Repository {
  readonly #options: RepositoryOptions
  readonly #directory: string
  /** its content cannot change */
  #read: Commit | undefined
  #fullName: string | undefined

  private constructor(options: RepositoryOptions, directory: string) {
    this.#options = options
    this.#directory = directory
  }

  static async open(options: RepositoryOptions): Promise<Repository> {
    const { url } = withHiddenCredentials(options.url) // a password may change
    const name = createHash('sha256').update(`${url}\0${options.ref}`).digest('hex').slice(0, 32)
    const directory = join(options.cache ?? cacheDirectory('git'), `${name}.git`)
    await makeDirectory(directory)
    const flaw = new Trust().flawOf(directory)
    if (flaw) throw new GitFailure(`the clone is not used: ${flaw.path} can be changed by ${flaw.who}; ${flaw.help}`)
    await removeStaleLocks(directory)
    await git(['init', '--quiet', '--bare', '--template=', directory]) // no hooks of anybody's template
    return new Repository(options, directory)
  }

  /** The commit that was followed last, here or before a restart. */
  async followed(): Promise<string | undefined> {
    return this.#resolve(FOLLOWED)
  }

  /**
   * Moves on to a commit when it may be followed: it must have been read whole by then.
   *
   * @param named by somebody else: a commit of the branch, which may lie behind the one that is followed; absent: the branch's newest
   * @returns the commit that is followed now
   * @throws GitFailure when the remote is away, when history was rewritten, when a signature is missing, when it cannot be read, when what was
   *   named is not on the branch; nothing has moved then
   */
  async advance(named?: string): Promise<Commit> {
    const followed = await this.followed()
    const incoming = named === undefined ? await this.#newest(followed) : await this.#onBranch(named, followed)
    const commit = await this.read(incoming)
    const [unread] = commit.diagnostics
    if (unread) throw new CommitRefusal(`commit ${short(incoming)} cannot be followed: ${unread.message}`)
    if (incoming !== followed) await this.#git(['update-ref', FOLLOWED, incoming])
    return commit
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
    if (this.#read?.id === id) return this.#read
    const commit = await readCommit(id, this.#options.folder, this.#context())
    if (commit.files.length === 0 && !hasErrors(commit.diagnostics))
      throw new CommitRefusal(`commit ${id} has no manifest in ${this.#options.folder || 'it'}`)
    this.#read = commit
    return this.#read
  }

  async #newest(followed: string | undefined): Promise<string> {
    const incoming = await this.#fetch(INCOMING)
    if (followed !== undefined && incoming !== followed) await this.#requireDescent(followed, incoming)
    return incoming
  }

  /** What is followed already needs no fetch. What was on the branch when it could last be asked may be gone back to while it is away. */
  async #onBranch(named: string, followed: string | undefined): Promise<string> {
    if (named === followed) return named
    const away = await this.#fetch(INCOMING).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (isCommitId(named) && (await this.#isAncestor(named, INCOMING))) return named
    if (away !== undefined) throw away
    throw new CommitRefusal(
      `commit ${short(named)} is not on ${this.#options.ref} of the repository; it is not followed`,
    )
  }

  async #fetch(into: string): Promise<string> {
    const { url, config } = withHiddenCredentials(this.#options.url)
    this.#fullName ??= await this.#findName(url, config)
    const refspec = `${this.#fullName}:${into}`
    const args = ['fetch', '--quiet', '--no-tags', '--force', '--no-write-fetch-head', '--', url, refspec]
    await this.#git(args, { config })
    const id = await this.#resolve(into)
    if (id === undefined) throw new GitFailure(`${this.#options.ref} has no commit`)
    return id
  }

  /** `main` → `refs/heads/main`. What is both a branch and a tag is not guessed at. */
  async #findName(url: string, config: { readonly [name: string]: string }): Promise<string> {
    const { ref } = this.#options
    if (isCommitId(ref) || ref.startsWith('refs/')) return ref
    const names = [`refs/heads/${ref}`, `refs/tags/${ref}`]
    const listing = (await this.#git(['ls-remote', '--quiet', '--', url, ...names], { config })).toString('utf8')
    const found = names.filter((name) => listing.split('\n').some((line) => line.endsWith(`\t${name}`)))
    if (found.length > 1) throw new GitFailure(`${ref} is a branch and a tag; write ${found.join(' or ')}`)
    if (found[0] === undefined)
      throw new GitFailure(`couldn't find remote ref ${ref}: no branch and no tag is called so`)
    return found[0]
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
      throw new CommitRefusal(`commit ${short(id)} has no good signature: ${error.message}`)
    }
  }

  async #resolve(name: string): Promise<string | undefined> {
    const format = '--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)' // a tag's commit
    const id = await this.#text(['for-each-ref', format, name])
    return id === '' ? undefined : id
  }

  #git(args: readonly string[], more: Pick<GitOptions, 'input' | 'maxBytes' | 'config'> = {}): Promise<Buffer> {
    return git(args, { ...this.#context(), ...more })
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
    if (makeDirectories(path, 0o700)) keepFromOthers(path)
    await chmod(path, 0o700)
  } catch (error) {
    throw new GitFailure(`no clone can be kept there: ${(error as Error).message}`)
  }
}

/** A git that was killed leaves its lock behind, and every later one would refuse. No call of ours takes as long. */
const STALE_MILLISECONDS = 600_000
const LOCKS = [
  'config.lock',
  'packed-refs.lock',
  'shallow.lock',
  ...[FOLLOWED, INCOMING, SEEN].map((ref) => `${ref}.lock`),
]

async function removeStaleLocks(directory: string): Promise<void> {
  for (const lock of LOCKS) {
    const found = await stat(join(directory, lock)).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > STALE_MILLISECONDS) await rm(join(directory, lock), { force: true })
  }
}
