/** An open engine: transactions that keep the first error, enumeration page by page, and a new session when the old one died. */

import type { Library } from '../binding/call/bind.ts'
import { FWPM_TXN_READ_ONLY } from '../binding/tables/constants/index.ts'
import { openEngine } from './open.ts'
import { isLost, isStatus } from './refusals.ts'

const PAGE = 256

export type TransactionMode = 'read' | 'write'

/** What one call gives: objects, or how many it has shown. */
interface Page {
  readonly length: number
}

/** How one sort of objects is enumerated. */
export interface Enumerator<P extends Page> {
  create(engineHandle: number): Promise<{ readonly enumHandle: number }>
  next(args: {
    engineHandle: number
    enumHandle: number
    numEntriesRequested: number
  }): Promise<{ readonly entries: P }>
  destroy(args: { engineHandle: number; enumHandle: number }): Promise<unknown>
}

/** How one sort of objects is shown. `next` tells how many it has shown. */
export interface Display extends Pick<Enumerator<Page>, 'create' | 'destroy'> {
  next(args: { engineHandle: number; enumHandle: number; numEntriesRequested: number }): Promise<number>
}

/**
 * One session with the filter engine. Never shared between tasks that run at the same time: an engine handle has one transaction.
 * @see https://learn.microsoft.com/windows/win32/fwp/object-management
 */
export class Session {
  readonly fwp: Library
  /** Off while other sessions of ours matter (a subscription, a claim): they died as well, and who holds them has to hear of it. */
  reconnects = true
  readonly #lockTimeoutMilliseconds: number
  #handle: number | undefined
  #connection = 0

  private constructor(fwp: Library, lockTimeoutMilliseconds: number) {
    this.fwp = fwp
    this.#lockTimeoutMilliseconds = lockTimeoutMilliseconds
  }

  static async open(fwp: Library, lockTimeoutMilliseconds: number): Promise<Session> {
    const session = new Session(fwp, lockTimeoutMilliseconds)
    await session.#connect()
    return session
  }

  get engineHandle(): number {
    if (this.#handle === undefined) throw new Error('the session is closed')
    return this.#handle
  }

  /** Rises with each new session that had to be opened in place of a lost one. */
  get connection(): number {
    return this.#connection
  }

  /**
   * Runs work inside one transaction and commits when it says so.
   *
   * Whatever goes wrong, the transaction is aborted and the *first* error is the one that is thrown. When the session itself was lost,
   * everything was rolled back: a new one is opened and the work runs once more from the start, if `reconnects` says so.
   */
  transaction<T>(
    mode: TransactionMode,
    work: () => Promise<{ readonly commit: boolean; readonly value: T }>,
  ): Promise<T> {
    return this.#connected(() => this.#attempt(mode, work))
  }

  /** Runs calls that are refused inside a transaction. */
  outside<T>(work: () => Promise<T>): Promise<T> {
    return this.#connected(work)
  }

  async #connected<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      if (this.#handle === undefined) await this.#connect()
      return await attempt()
    } catch (error) {
      if (!this.reconnects || !isLost(error)) throw error
      await this.#drop()
      await this.#connect()
      return attempt()
    }
  }

  async read<T>(work: () => Promise<T>): Promise<T> {
    return this.transaction('read', async () => ({ commit: false, value: await work() }))
  }

  async #attempt<T>(
    mode: TransactionMode,
    work: () => Promise<{ readonly commit: boolean; readonly value: T }>,
  ): Promise<T> {
    const { engineHandle, fwp } = this
    let ended = false
    try {
      await fwp.FwpmTransactionBegin0({ engineHandle, flags: mode === 'read' ? FWPM_TXN_READ_ONLY : 0 })
      const { commit, value } = await work()
      if (commit) await fwp.FwpmTransactionCommit0({ engineHandle })
      ended = commit
      return value
    } finally {
      if (!ended) await this.#abort(engineHandle)
    }
  }

  /**
   * Never fails: why we abort is what counts, also where the begin failed, which may have begun all the same. A transaction that is not aborted would hold the engine's lock and refuse the next one;
   * it ends with its session.
   */
  async #abort(engineHandle: number): Promise<void> {
    try {
      await this.fwp.FwpmTransactionAbort0({ engineHandle })
    } catch (error) {
      // a failed commit may have ended the transaction already, and a lost session is noticed by the next call
      if (!isStatus(error, 'FWP_E_NO_TXN_IN_PROGRESS') && !isLost(error)) await this.#drop()
    }
  }

  /** Closes whatever is open; the next transaction opens a new session. */
  async #drop(): Promise<void> {
    await this.close().catch(() => {}) // it is given up for a reason that says more
  }

  /** Page by page. What was read stands, and the first error counts, however the destroying of the enumerator ends. */
  async *enumerate<P extends Page>(enumerator: Enumerator<P>): AsyncGenerator<P> {
    const { engineHandle } = this
    const { enumHandle } = await enumerator.create(engineHandle)
    try {
      for (;;) {
        const { entries } = await enumerator.next({ engineHandle, enumHandle, numEntriesRequested: PAGE })
        yield entries
        if (entries.length < PAGE) return
      }
    } finally {
      await enumerator.destroy({ engineHandle, enumHandle }).catch(() => {}) // it ends with the session at the latest
    }
  }

  /** Page by page, each of which its call shows to somebody. */
  async look({ create, next, destroy }: Display): Promise<void> {
    const pages = this.enumerate({
      create,
      next: async (args) => ({ entries: { length: await next(args) } }),
      destroy,
    })
    for await (const _ of pages);
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    if (handle === undefined) return
    try {
      await this.fwp.FwpmEngineClose0({ engineHandle: handle })
    } catch (error) {
      if (!isLost(error)) throw error // a dead session is closed all the same
    }
  }

  async #connect(): Promise<void> {
    this.#handle = await openEngine(this.fwp, {
      name: 'wfpctl',
      lockTimeoutMilliseconds: this.#lockTimeoutMilliseconds,
    })
    this.#connection += 1
  }
}
