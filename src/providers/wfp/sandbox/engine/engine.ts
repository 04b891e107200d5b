/** One opened sandbox: its store, and the sessions, subscriptions and key managers that this process has in it. */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import * as C from '../../binding/tables/constants/index.ts'
import { FAULT_VARIABLE, FaultLine } from '../fault.ts'
import { sessionImage } from '../images.ts'
import { refuse, require } from '../refusal.ts'
import type { Connection, Store, StoredKind, StoredObject } from '../store/store.ts'
import { leaving } from '../store/unusable.ts'
import { switchValue } from '../switches.ts'
import type { SessionValue } from '../values.ts'
import { Enumerations } from './enumerations.ts'
import { KeyManagerTable } from './key-managers.ts'
import { Notifications } from './notifications.ts'
import { checkFlags, keyOrNew } from './objects.ts'
import { changeOf, EngineSession, isNotified } from './session.ts'

/** What a session leaves behind, in an order that breaks no reference. */
const OWNED: readonly StoredKind[] = ['filter', 'context', 'provider', 'keyManager']
const FIRST_HANDLE = 0x1000

const DEFAULT_SESSION: SessionValue = {
  sessionKey: C.GUID_NULL,
  displayData: { name: null, description: null },
  flags: 0,
  txnWaitTimeoutInMSec: 0,
  processId: 0,
  sid: null,
  username: null,
  kernelMode: 0,
}

export interface OpenHandle {
  readonly session: EngineSession
  readonly enumerations: Enumerations
}

export class Engine {
  readonly store: Store
  readonly notifications: Notifications
  readonly keyManagers = new KeyManagerTable()
  readonly faults = new FaultLine(() => process.env[FAULT_VARIABLE] ?? this.#switchedFault())
  readonly #open = new Map<number, OpenHandle>()
  #lastHandle = FIRST_HANDLE

  constructor(store: Store) {
    this.store = store
    this.notifications = new Notifications(store)
  }

  newHandle(): number {
    this.#lastHandle += 1
    return this.#lastHandle
  }

  /** FwpmEngineOpen0. */
  open(given: SessionValue | null): number {
    const value = { ...DEFAULT_SESSION, ...given }
    checkFlags(value.flags, C.FWPM_SESSION_FLAG_DYNAMIC)
    const owner = randomUUID()
    const key = keyOrNew(value.sessionKey)
    const image = sessionImage.encode({
      ...value,
      sessionKey: key,
      processId: process.pid,
      username: userInfo().username,
    })
    require(this.store.sessions.add({ owner, key, image }), 'FWP_E_ALREADY_EXISTS', `session ${key} is open`)
    const options = {
      owner,
      key,
      dynamic: (value.flags & C.FWPM_SESSION_FLAG_DYNAMIC) !== 0,
      txnWaitTimeoutInMSec: value.txnWaitTimeoutInMSec,
    }
    const session = new EngineSession(options, this.store.connect(), {
      reap: (asking, writing) => this.#reap(asking, writing),
      loggingWanted: () => this.store.sessions.anySubscribed(),
    })
    const handle = this.newHandle()
    this.#open.set(handle, { session, enumerations: new Enumerations() })
    return handle
  }

  find(handle: number): OpenHandle {
    return this.#open.get(handle) ?? refuse('ERROR_INVALID_HANDLE', `no engine handle ${handle}`)
  }

  /** FwpmEngineClose0: ends the transaction, the subscriptions, the key managers and the dynamic objects of the session. */
  async close(handle: number): Promise<void> {
    const { session } = this.find(handle)
    this.#open.delete(handle)
    await session.close()
    this.notifications.endSession(session.owner)
    leaving(() => this.store.sessions.end(session.owner))
    if (session.ownsObjects) await session.untilUnlocked()
    leaving(() => this.#reap(session, false))
    session.connection.close()
  }

  /** What a lost session is: closed by the engine. Whoever holds the handle learns it at the next call. */
  async lose(handle: number): Promise<void> {
    if (this.#open.has(handle)) await this.close(handle)
  }

  /** Lets go of everything at once; what dynamic sessions leave is taken away by whoever comes next. */
  shutDown(): void {
    this.notifications.close()
    for (const { session } of this.#open.values()) {
      leaving(() => this.store.sessions.end(session.owner))
      session.connection.close()
    }
    this.#open.clear()
    this.store.close()
  }

  #switchedFault(): string {
    const connection = this.store.connect()
    try {
      return switchValue(connection.switches(), 'fault')
    } finally {
      connection.close()
    }
  }

  /** Removes what sessions left that are over. Without the lock now, it can wait until the next look. */
  #reap(session: EngineSession, writing: boolean): void {
    const owners = this.store.sessions.gone()
    if (owners.length === 0) return
    const { connection } = session
    if (writing) {
      for (const object of ownedBy(connection, owners)) session.remove(object)
      return
    }
    if (!connection.tryWrite()) return
    const objects = ownedBy(connection, owners)
    for (const object of objects) connection.remove(object)
    const changes = objects
      .filter(isNotified)
      .map((object) => changeOf(object, { id: object.id, session: object.session ?? '', added: false }))
    connection.commit(this.store.sessions.anySubscribed() ? changes : [])
    this.store.sessions.forget(owners)
  }
}

function ownedBy(connection: Connection, owners: readonly string[]): StoredObject[] {
  return owners.flatMap((owner) => OWNED.flatMap((kind) => connection.select(kind, { session: owner })))
}
