/**
 * IPsecKeyManager*: processes that are told, or dictate, the keys of SAs.
 *
 * The list is the machine's; the callbacks are this process's. A registration lives as long as its session.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-ipseckeymanageraddandregister0
 */

import type { Value } from '../../binding/ctype/index.ts'
import { GUID_NULL, IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY } from '../../binding/tables/constants/index.ts'
import type { IPSEC_KEY_MANAGER_CALLBACKS0 } from '../../binding/tables/structs/index.ts'
import { keyManagerImage } from '../images.ts'
import { refuse, require } from '../refusal.ts'
import type { Connection } from '../store/store.ts'
import type { KeyManager } from '../values.ts'
import { checkDisplay, checkFlags, keyOrNew, requireNew } from './objects.ts'
import type { EngineSession } from './session.ts'

export type CallbackAddresses = Value<typeof IPSEC_KEY_MANAGER_CALLBACKS0>

const MAX_DICTATION_SECONDS = 10

export interface RegisteredManager {
  readonly owner: string
  readonly manager: KeyManager
  readonly callbacks: CallbackAddresses
}

export class KeyManagerTable {
  readonly #registered = new Map<number, RegisteredManager>()
  /** Called when a key manager came or went. */
  onChange: () => void = () => {}

  /** Those registered through this library. */
  get registered(): readonly RegisteredManager[] {
    return [...this.#registered.values()]
  }

  /** Stores the manager; in a write of the session. */
  add(session: EngineSession, handle: number, given: KeyManager, callbacks: CallbackAddresses): void {
    checkManager(given)
    checkCallbacks(given, callbacks)
    const { connection } = session
    require(session.switched('integrity') === 'ok', 'SEC_E_CANNOT_INSTALL', 'the image does not carry FORCE_INTEGRITY')
    const manager = { ...given, keyManagerKey: keyOrNew(given.keyManagerKey) }
    requireNew(connection, 'keyManager', manager.keyManagerKey)
    const taken = dictates(manager) && decodeManagers(connection).some(dictates)
    require(!taken, 'FWP_E_KEY_DICTATOR_ALREADY_REGISTERED', 'another key manager dictates keys')
    session.insert({
      kind: 'keyManager',
      key: manager.keyManagerKey,
      provider: null,
      type: null,
      link: null,
      session: session.owner,
      sd: null,
      image: keyManagerImage.encode(manager),
    })
    this.#registered.set(handle, { owner: session.owner, manager, callbacks })
    session.onClose.add(() => this.#drop(handle))
    this.onChange()
  }

  remove(session: EngineSession, handle: number): void {
    const found = this.#registered.get(handle)
    if (found === undefined) refuse('FWP_E_NOT_FOUND', `no key manager ${handle}`)
    require(found.owner === session.owner, 'FWP_E_WRONG_SESSION', 'another session registered the key manager')
    for (const object of session.connection.select('keyManager', { key: found.manager.keyManagerKey }))
      session.remove(object)
    this.#drop(handle)
  }

  #drop(handle: number): void {
    if (this.#registered.delete(handle)) this.onChange()
  }
}

/** Nothing documents where IPsecKeyManagersGet0 is allowed: the switch `manager-list` says it. */
export function checkListing(session: EngineSession): void {
  const where = session.switched('manager-list')
  require(where !== 'denied', 'ERROR_ACCESS_DENIED', 'key managers may not be listed')
  if (where === 'outside') session.requireNoTransaction()
}

/** The key managers of all processes whose sessions are alive. */
export function liveKeyManagers(connection: Connection, owners: ReadonlySet<string>): KeyManager[] {
  const found = connection.select('keyManager').filter(({ session }) => session !== null && owners.has(session))
  return found.map(({ image }) => keyManagerImage.decode(image))
}

export function dictates({ flags }: KeyManager): boolean {
  return (flags & IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY) !== 0
}

function decodeManagers(connection: Connection): KeyManager[] {
  return connection.select('keyManager').map(({ image }) => keyManagerImage.decode(image))
}

function checkManager({ displayData, flags, keyDictationTimeoutHint }: KeyManager): void {
  checkDisplay(displayData)
  checkFlags(flags, IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY)
  require(keyDictationTimeoutHint <=
    MAX_DICTATION_SECONDS, 'FWP_E_INVALID_INTERVAL', 'keyDictationTimeoutHint is at most 10')
}

/** "If IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY is set, all three callbacks must be specified; otherwise only keyNotify." */
function checkCallbacks(
  manager: KeyManager,
  { reserved, flags, keyDictationCheck, keyDictation, keyNotify }: CallbackAddresses,
): void {
  require(reserved === GUID_NULL, 'FWP_E_RESERVED', 'reserved must be zero')
  checkFlags(flags, 0)
  require(keyNotify !== null, 'FWP_E_NULL_POINTER', 'every key manager has keyNotify')
  const given = [keyDictationCheck, keyDictation].filter((callback) => callback !== null).length
  if (dictates(manager)) require(given === 2, 'FWP_E_NULL_POINTER', 'a dictating key manager has all three callbacks')
  else require(given === 0, 'FWP_E_INVALID_PARAMETER', 'only a dictating key manager has dictation callbacks')
}
