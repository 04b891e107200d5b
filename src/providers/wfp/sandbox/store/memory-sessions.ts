/** The sessions of a store in memory: they are all of this process, and so alive until they are ended. */
import type { Sessions, StoredSession } from './store.ts'

export class MemorySessions implements Sessions {
  readonly #live = new Map<string, StoredSession>()
  readonly #ended = new Set<string>()
  readonly #subscribed = new Set<string>()

  add(session: StoredSession): boolean {
    for (const { key } of this.#live.values()) if (key === session.key) return false
    this.#live.set(session.owner, session)
    return true
  }

  end(owner: string): void {
    if (this.#live.delete(owner)) this.#ended.add(owner)
    this.#subscribed.delete(owner)
  }

  live(): StoredSession[] {
    return [...this.#live.values()]
  }

  gone(): string[] {
    return [...this.#ended]
  }

  forget(owners: readonly string[]): void {
    for (const owner of owners) this.#ended.delete(owner)
  }

  setSubscribed(owner: string, subscribed: boolean): void {
    if (subscribed) this.#subscribed.add(owner)
    else this.#subscribed.delete(owner)
  }

  anySubscribed(): boolean {
    return this.#subscribed.size > 0
  }
}
