/**
 * Change notifications: asynchronous, from all processes, never for the subscriber's own changes.
 *
 * "Change notifications are not guaranteed": a subscriber that sleeps through more than the log keeps has missed some.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmprovidercontextsubscribechanges0
 */
import {
  FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD,
  FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE,
} from '../../binding/tables/constants/index.ts'
import { refuse, require } from '../refusal.ts'
import type { Connection, Store, StoredChange, Where } from '../store/store.ts'
import { leaving } from '../store/unusable.ts'
import { checkFlags } from './objects.ts'

const BOTH = FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD | FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE
/** Callbacks run on the event loop; it gets a breath after so many. */
const BATCH = 100

export interface EngineSubscription {
  /** Owner token of the subscribing session. */
  readonly owner: string
  readonly kind: 'context' | 'filter'
  /** FWPM_SUBSCRIPTION_FLAG_*. */
  readonly flags: number
  /** What the template asks for. */
  readonly where: Where
  readonly notify: (change: StoredChange) => void
}

/** All subscriptions made through one library. */
export class Notifications {
  readonly #store: Store
  readonly #subscriptions = new Map<number, EngineSubscription>()
  #queue: { readonly handle: number; readonly change: StoredChange }[] = []
  #reader: Connection | undefined
  #place = 0
  #stop: (() => void) | undefined
  #pumping = false

  constructor(store: Store) {
    this.#store = store
  }

  subscribe(handle: number, subscription: EngineSubscription): void {
    require((subscription.flags & BOTH) !== 0, 'FWP_E_INVALID_FLAGS', 'a subscription asks for additions or deletions')
    checkFlags(subscription.flags, BOTH)
    this.#store.sessions.setSubscribed(subscription.owner, true)
    if (this.#reader === undefined) this.#start()
    else this.#read() // what happened before belongs to the earlier subscribers alone
    this.#subscriptions.set(handle, subscription)
  }

  unsubscribe(handle: number, owner: string): void {
    if (this.#subscriptions.get(handle)?.owner !== owner) refuse('ERROR_INVALID_HANDLE', `no subscription ${handle}`)
    this.#drop(handle)
    const more = [...this.#subscriptions.values()].some((other) => other.owner === owner)
    if (!more) this.#store.sessions.setSubscribed(owner, false)
  }

  endSession(owner: string): void {
    for (const [handle, subscription] of this.#subscriptions) if (subscription.owner === owner) this.#drop(handle)
  }

  #drop(handle: number): void {
    this.#subscriptions.delete(handle)
    this.#queue = this.#queue.filter((waiting) => waiting.handle !== handle)
    if (this.#subscriptions.size === 0) this.close()
  }

  close(): void {
    this.#stop?.()
    this.#reader?.close()
    this.#subscriptions.clear()
    this.#queue = []
    this.#stop = undefined
    this.#reader = undefined
  }

  #start(): void {
    this.#reader = this.#store.connect()
    this.#place = this.#reader.lastChange()
    this.#stop = this.#store.onCommit(() => this.#wake())
  }

  #wake(): void {
    if (this.#pumping) return
    this.#pumping = true
    setImmediate(() => this.#pump())
  }

  #pump(): void {
    this.#pumping = false
    leaving(() => this.#read()) // nobody to tell; the subscriber's next call is told
    for (const { handle, change } of this.#queue.splice(0, BATCH)) this.#subscriptions.get(handle)?.notify(change)
    if (this.#queue.length > 0) this.#wake()
  }

  /** Moves what the log has gained into the queue. */
  #read(): void {
    if (this.#reader === undefined) return
    const { place, changes } = this.#reader.changesAfter(this.#place)
    this.#place = place
    for (const change of changes) {
      for (const [handle, subscription] of this.#subscriptions) {
        if (concerns(subscription, change)) this.#queue.push({ handle, change })
      }
    }
  }
}

function concerns({ owner, kind, flags, where }: EngineSubscription, change: StoredChange): boolean {
  const wanted = change.added ? FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD : FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE
  if (change.session === owner || change.kind !== kind || (flags & wanted) === 0) return false
  const typed = where.type === undefined || where.type === change.type
  return typed && (where.provider === undefined || where.provider === change.provider)
}
