/** A branch that is followed, as a source of manifests. */

import type { Clock, Timer } from '../../reconcile/watch/clock.ts'
import type { ManifestSource, SourceReading } from '../../reconcile/watch/source.ts'
import type { Commit } from './commit.ts'
import { GitFailure } from './git.ts'
import { CommitRefusal, Repository, type RepositoryOptions } from './repository.ts'

/** Somebody else says which commit of the branch is to be enforced. */
export interface NamedCommit {
  /** @returns undefined while none was named: what was followed last stays */
  commit(): string | undefined
  onChange(listener: () => void): void
  /** It was tried: it is followed now, or why not. `final`: it is this commit that cannot be followed, whoever is asked. */
  tried(commit: string, refusal?: { readonly message: string; readonly final: boolean }): void
}

export interface GitSourceOptions extends RepositoryOptions {
  readonly intervalMilliseconds: number
  readonly clock: Clock
  /** absent: the branch's newest commit is the one */
  readonly named?: NamedCommit
  /** the branch cannot be followed: away, rewritten, not signed. The last good commit stays. */
  refused(message: string, commit: string | undefined): void
  /** it can be followed again */
  healed(commit: string): void
}

export class GitSource implements ManifestSource {
  readonly #options: GitSourceOptions
  #repository: Promise<Repository> | undefined
  #commit: Commit | undefined
  readonly #refusals = new Map<'fetch' | 'read', string>()
  #timer: Timer | undefined
  #first: Promise<void> | undefined
  #closed = false

  constructor(options: GitSourceOptions) {
    this.#options = options
  }

  async read(): Promise<SourceReading | undefined> {
    if (!this.#commit) await this.#attempt('read', async () => this.#readRemembered())
    if (!this.#commit) return undefined
    const { id: commit, files, diagnostics } = this.#commit
    return { files, diagnostics, state: 'finished', commit }
  }

  /** Fetches now, and then again and again; nobody waits for a remote that does not answer. */
  async onChange(listener: (trigger: 'git') => void): Promise<{ close(): Promise<void> }> {
    let running = false
    let again = false
    const round = async (): Promise<void> => {
      again = running
      if (running || this.#closed) return
      running = true
      this.#timer?.cancel()
      const before = this.#commit?.id
      await this.#fetch()
      running = false
      if (this.#closed) return
      if (this.#commit?.id !== before) listener('git')
      if (again) return round()
      this.#timer = this.#options.clock.after(this.#options.intervalMilliseconds, () => void round())
    }
    this.#options.named?.onChange(() => void round())
    this.#first = round()
    return {
      close: async () => {
        this.#closed = true
        this.#timer?.cancel()
      },
    }
  }

  async ready(): Promise<void> {
    await this.#first
  }

  /** The commit that was followed before a restart. */
  async #readRemembered(): Promise<void> {
    const repository = await this.#open()
    const id = await repository.followed()
    if (id === undefined) return
    const commit = await repository.read(id)
    this.#commit ??= commit // a fetch may have brought a newer one meanwhile
  }

  async #fetch(): Promise<void> {
    const { named, healed } = this.#options
    const name = named?.commit()
    if (named && name === undefined) return
    await this.#attempt('fetch', async () => {
      const commit = await this.#advance(name)
      if (commit.id !== this.#commit?.id) this.#commit = commit
      if (this.#refusals.delete('fetch')) healed(commit.id)
    })
  }

  /** Whoever named the commit is told each time: a second try may be asked for because of the first. */
  async #advance(name: string | undefined): Promise<Commit> {
    const tried = (refusal?: Parameters<NamedCommit['tried']>[1]) => {
      if (name !== undefined) this.#options.named?.tried(name, refusal)
    }
    try {
      const commit = await (await this.#open()).advance(name)
      tried()
      return commit
    } catch (error) {
      tried({ message: (error as Error).message, final: error instanceof CommitRefusal })
      throw error
    }
  }

  /** One opening, for whoever comes first. */
  #open(): Promise<Repository> {
    this.#repository ??= Repository.open(this.#options).catch((error: unknown) => {
      this.#repository = undefined
      throw error
    })
    return this.#repository
  }

  /** A refusal is told when it is new. */
  async #attempt(step: 'fetch' | 'read', work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof GitFailure) && !isSystemError(error)) throw error
      if (this.#closed || this.#options.signal?.aborted || this.#refusals.get(step) === error.message) return
      this.#refusals.set(step, error.message)
      this.#options.refused(error.message, this.#commit?.id)
    }
  }
}

/** The directory of the clone cannot be made or read. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
}
