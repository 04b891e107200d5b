/**
 * A session that the engine calls back through. It is its own: what it registers dies with it, its own changes are not told to it, and
 * registering is refused while a transaction runs on the same handle.
 */

import type { Library } from '../binding/call/bind.ts'
import { GUID_NULL } from '../binding/tables/constants/index.ts'
import { openEngine } from './open.ts'
import { isLost } from './refusals.ts'

/** How long registering waits for another writer. */
const LOCK_TIMEOUT_MILLISECONDS = 15_000

interface Releasable {
  release(): void
}

export class CallbackSession {
  readonly fwp: Library
  readonly engineHandle: number
  readonly #callbacks: Releasable[] = []
  readonly #endings: (() => Promise<unknown>)[] = []
  #closing: Promise<void> | undefined

  private constructor(fwp: Library, engineHandle: number) {
    this.fwp = fwp
    this.engineHandle = engineHandle
  }

  /** @param name what `netsh wfp show state` will call it */
  static async open(fwp: Library, name: string): Promise<CallbackSession> {
    const engineHandle = await openEngine(fwp, { name, lockTimeoutMilliseconds: LOCK_TIMEOUT_MILLISECONDS })
    return new CallbackSession(fwp, engineHandle)
  }

  /** Opens a session for `work`, and closes it again should `work` fail. */
  static async with<T>(fwp: Library, name: string, work: (session: CallbackSession) => Promise<T>): Promise<T> {
    const session = await CallbackSession.open(fwp, name)
    try {
      return await work(session)
    } catch (error) {
      await session.close().catch(() => {}) // the first error says more
      throw error
    }
  }

  /** Keeps a C function valid until the session is closed. */
  keep<R extends Releasable>(callback: R): R {
    this.#callbacks.push(callback)
    return callback
  }

  /** A call to make before the session is closed: the undoing of a subscription or a registration. */
  atClose(ending: () => Promise<unknown>): void {
    this.#endings.push(ending)
  }

  /** @returns whether the engine still knows it: one that was restarted has forgotten, with all that was registered here, and tells nobody */
  async stands(): Promise<boolean> {
    try {
      await this.fwp.FwpmProviderGetByKey0({ engineHandle: this.engineHandle, key: GUID_NULL })
      return true
    } catch (error) {
      return !isLost(error)
    }
  }

  /**
   * Undoes, closes, and only then lets go of the callbacks: unsubscribing and unregistering wait for one that runs.
   *
   * @throws EngineError the first thing that went wrong, after everything was tried; a lost session is not an error
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const errors: unknown[] = []
    for (const ending of [...this.#endings].reverse()) await attempt(ending(), errors)
    const failedBefore = errors.length
    await attempt(this.fwp.FwpmEngineClose0({ engineHandle: this.engineHandle }), errors)
    // while the engine may still call them they stay: a few bytes against a jump into freed memory
    if (errors.length === failedBefore) for (const callback of this.#callbacks.splice(0)) callback.release()
    if (errors.length > 0) throw errors[0]
  }
}

async function attempt(call: Promise<unknown>, errors: unknown[]): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!isLost(error)) errors.push(error)
  }
}
