/** Manifests in the commits of a branch: fetched now and then, read from the commit, enforced while the remote is away. */

import type { Clock, Timer } from '../../reconcile/watch/clock.ts'
import type { ManifestSource, SourceReading } from '../../reconcile/watch/source.ts'
import { GitFailure } from './git.ts'
import { type Commit, Repository, type RepositoryOptions } from './repository.ts'

export interface GitSourceOptions extends RepositoryOptions {
  readonly intervalMilliseconds: number
  readonly clock: Clock
  /** the branch cannot be followed: away, rewritten, not signed. The last good commit stays. */
  refused(message: string, commit: string | undefined): void
  /** it can be followed again */
  healed(commit: string): void
}

export class GitSource implements ManifestSource {
  readonly #options: GitSourceOptions
  #repository: Repository | undefined
  #commit: Commit | undefined
  readonly #refusals = new Map<'fetch' | 'read', string>()
  #timer: Timer | undefined
  #fetching: Promise<void> | undefined
  #closed = false

  constructor(options: GitSourceOptions) {
    this.#options = options
  }

  async read(): Promise<SourceReading | undefined> {
    await this.#attempt('read', async () => {
      const id = await this.#repository?.followed()
      if (id !== undefined && id !== this.#commit?.id) this.#commit = await this.#repository?.read(id)
    })
    if (!this.#commit) return undefined
    const { id: commit, files, diagnostics } = this.#commit
    return { files, diagnostics, state: 'finished', commit }
  }

  /** Fetches now, and then again and again. */
  async onChange(listener: (trigger: 'git') => void): Promise<{ close(): Promise<void> }> {
    const round = async () => {
      const before = this.#commit?.id
      this.#fetching = this.#fetch()
      await this.#fetching
      if (this.#closed) return
      if ((await this.#repository?.followed()) !== before) listener('git')
      this.#timer = this.#options.clock.after(this.#options.intervalMilliseconds, () => void round())
    }
    await round()
    return {
      close: async () => {
        this.#closed = true
        this.#timer?.cancel()
        await this.#fetching
      },
    }
  }

  async #fetch(): Promise<void> {
    await this.#attempt('fetch', async () => {
      this.#repository ??= await Repository.open(this.#options)
      const commit = await this.#repository.advance()
      if (this.#refusals.delete('fetch')) this.#options.healed(commit)
    })
  }

  /** A refusal is told when it is new. */
  async #attempt(step: 'fetch' | 'read', work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof GitFailure) && !isSystemError(error)) throw error
      if (this.#closed || this.#refusals.get(step) === error.message) return
      this.#refusals.set(step, error.message)
      this.#options.refused(error.message, this.#commit?.id)
    }
  }
}

/** The directory of the clone cannot be made or read. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
}
