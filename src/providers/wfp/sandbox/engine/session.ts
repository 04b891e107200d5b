/** One open engine handle: its transaction, its enumerations, its subscriptions; what it may read and write, and when. */
import { setTimeout as sleep } from 'node:timers/promises'
import { refuse, require } from '../refusal.ts'
import type { Connection, NewObject, StoredChange, StoredObject } from '../store/store.ts'
import { type SwitchName, switchValue } from '../switches.ts'

/** How long an object lives. Later ones live longer. */
export interface ObjectLifetime {
  readonly persistent: boolean
  /** Owner token of the session it ends with. */
  readonly session: string | null
  readonly provider: string | null
}

const DEFAULT_WAIT_MILLISECONDS = 15_000
const FOREVER = 0xffff_ffff
/** Kinds that have change notifications. */
const NOTIFIED: ReadonlySet<string> = new Set(['context', 'filter'])

export interface SessionTraits {
  readonly owner: string
  readonly key: string
  readonly dynamic: boolean
  readonly txnWaitTimeoutInMSec: number
}

/** What a session asks of the engine it belongs to. */
export interface SessionHooks {
  /** Removes what sessions left behind that are over; inside a write of this session, or on its own. */
  reap(session: EngineSession, writing: boolean): void
  /** Does anybody subscribe to changes? */
  loggingWanted(): boolean
}

export class EngineSession {
  readonly owner: string
  readonly key: string
  readonly dynamic: boolean
  readonly connection: Connection
  /** What closing the handle ends: subscriptions, key managers. */
  readonly onClose = new Set<() => void>()
  /** What the transaction has learnt of the providers it names: a set of tunnels asks for the same one again and again. */
  readonly providers = new Map<string, ObjectLifetime>()
  /** Whether objects may be left that end with the session. */
  ownsObjects = false
  readonly #wait: number
  readonly #hooks: SessionHooks
  #transaction: 'none' | 'read' | 'write' = 'none'
  #changes: StoredChange[] = []
  #queue: Promise<unknown> = Promise.resolve()
  #closing = false

  constructor(options: SessionTraits, connection: Connection, hooks: SessionHooks) {
    this.owner = options.owner
    this.key = options.key
    this.dynamic = options.dynamic
    this.connection = connection
    this.#wait = options.txnWaitTimeoutInMSec === 0 ? DEFAULT_WAIT_MILLISECONDS : options.txnWaitTimeoutInMSec
    this.#hooks = hooks
  }

  get inTransaction(): boolean {
    return this.#transaction !== 'none'
  }

  /** How the engine behaves, as this session sees it. */
  switched(name: SwitchName): string {
    return switchValue(this.connection.switches(), name)
  }

  /** One call of a session at a time; a call that waits for the lock does not block the process. */
  serially<T>(step: () => T | Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      if (this.#closing) refuse('FWP_E_SESSION_ABORTED', 'the session is closed')
      return step()
    })
    this.#queue = result.catch(() => undefined)
    return result
  }

  async begin(readOnly: boolean): Promise<void> {
    this.requireNoTransaction()
    if (readOnly) {
      await this.#waitForWriter()
      this.#hooks.reap(this, false)
      this.connection.beginRead()
    } else await this.#lock(this.#wait)
    this.#transaction = readOnly ? 'read' : 'write'
  }

  commit(): void {
    require(this.inTransaction, 'FWP_E_NO_TXN_IN_PROGRESS', 'nothing to commit')
    const writes = this.#transaction === 'write'
    this.#transaction = 'none' // also when it cannot be committed: the lock is gone then
    if (writes) this.#commit()
    else this.connection.abort()
  }

  abort(): void {
    require(this.inTransaction, 'FWP_E_NO_TXN_IN_PROGRESS', 'nothing to abort')
    this.#transaction = 'none'
    this.#changes = []
    this.connection.abort()
  }

  requireNoTransaction(): void {
    require(!this.inTransaction, 'FWP_E_TXN_IN_PROGRESS', 'the call is for outside a transaction')
  }

  /** Allowed in any transaction, and in none. */
  async read<T>(step: () => T): Promise<T> {
    if (!this.inTransaction) {
      await this.#waitForWriter()
      this.#hooks.reap(this, false)
    }
    return step()
  }

  /** Allowed in a write transaction, and in none: then the call is a transaction of its own. */
  async write<T>(step: () => T): Promise<T> {
    require(this.#transaction !== 'read', 'FWP_E_INCOMPATIBLE_TXN', 'the transaction is read-only')
    if (this.#transaction === 'write') return step()
    await this.#lock(this.#wait)
    try {
      const result = step()
      this.#commit()
      return result
    } catch (error) {
      this.#changes = []
      this.connection.abort()
      throw error
    }
  }

  /** Notes a change in place as what it is to a subscriber: the old object gone, a new one there. */
  replaceImage(object: StoredObject, image: Uint8Array): void {
    this.connection.update(object, { image })
    this.#note(object, object.id, false)
    this.#note(object, object.id, true)
  }

  insert(object: NewObject): number {
    const id = this.connection.insert(object)
    if (object.session !== null) this.ownsObjects = true
    this.#note(object, id, true)
    return id
  }

  remove(object: StoredObject): void {
    this.connection.remove(object)
    this.providers.delete(object.key)
    this.#note(object, object.id, false)
  }

  /** Ends the session: an open transaction is aborted, dynamic objects go as soon as the lock is free. */
  async close(): Promise<void> {
    this.#closing = true
    await this.#queue
    if (this.inTransaction) this.abort()
    for (const end of this.onClose) end()
  }

  /** Waits until nobody writes, as long as a call of this session would. */
  async untilUnlocked(): Promise<void> {
    const locked = await this.#tryLock(Math.min(this.#wait, DEFAULT_WAIT_MILLISECONDS), () => false)
    if (locked) this.connection.abort()
  }

  #commit(): void {
    const changes = this.#changes
    this.#changes = []
    const wanted = changes.length > 0 && this.#hooks.loggingWanted() && this.switched('notifications') === 'on'
    this.connection.commit(wanted ? changes : [])
  }

  #note(object: NewObject, id: number, added: boolean): void {
    if (isNotified(object)) this.#changes.push(changeOf(object, { id, session: this.owner, added }))
  }

  async #lock(milliseconds: number): Promise<void> {
    const locked = await this.#tryLock(milliseconds, () => this.#closing)
    if (this.#closing && locked) this.connection.abort()
    require(!this.#closing, 'FWP_E_SESSION_ABORTED', 'the session is being closed')
    require(locked, 'FWP_E_TIMEOUT', 'another session has the transaction lock')
    this.providers.clear()
    try {
      this.#hooks.reap(this, true)
    } catch (error) {
      this.connection.abort()
      throw error
    }
  }

  /** Asks again and again, less and less often, and never blocks the event loop. */
  async #tryLock(milliseconds: number, givenUp: () => boolean): Promise<boolean> {
    const deadline = milliseconds === FOREVER ? Number.POSITIVE_INFINITY : Date.now() + milliseconds
    for (let pause = 1; !this.connection.tryWrite(); pause = Math.min(pause * 2, 25)) {
      if (Date.now() >= deadline || givenUp()) return false
      await sleep(Math.min(pause, Math.max(1, deadline - Date.now())))
    }
    return true
  }

  /** The switch `reader-wait`: an implicit transaction may time out on the lock like any other. */
  async #waitForWriter(): Promise<void> {
    const wait = Number(this.switched('reader-wait'))
    if (wait === 0) return
    const free = await this.#tryLock(wait, () => this.#closing)
    if (free) this.connection.abort()
    require(free, 'FWP_E_TIMEOUT', 'another session has the transaction lock')
  }
}

/** Can anybody subscribe to changes of objects like this one? */
export function isNotified({ kind }: NewObject): boolean {
  return NOTIFIED.has(kind)
}

/** What the change log says of an object. */
export function changeOf(
  { kind, key, provider, type }: NewObject,
  { id, session, added }: Pick<StoredChange, 'id' | 'session' | 'added'>,
): StoredChange {
  return { kind, key, id, provider, type, session, added }
}
