/**
 * The rules all objects share: keys, names, lifetimes, who may delete what.
 *
 * @see https://learn.microsoft.com/windows/win32/fwp/object-management
 */
import { randomUUID } from 'node:crypto'
import { GUID_NULL } from '../../binding/tables/constants/index.ts'
import { refuse, require, type StatusName } from '../refusal.ts'
import type { Connection, StoredKind, StoredObject } from '../store/store.ts'
import type { EngineSession, ObjectLifetime } from './session.ts'

const NOT_FOUND: Readonly<Record<StoredKind, StatusName>> = {
  provider: 'FWP_E_PROVIDER_NOT_FOUND',
  context: 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND',
  filter: 'FWP_E_FILTER_NOT_FOUND',
  keyManager: 'FWP_E_NOT_FOUND',
}

/** "If the GUID is initialized to zero, the base filtering engine will generate one." */
export function keyOrNew(key: string): string {
  return key === GUID_NULL ? randomUUID() : key
}

export function checkDisplay({
  name,
  description,
}: {
  readonly name: string | null
  readonly description: string | null
}): void {
  require(name !== null && name !== '', 'FWP_E_NULL_DISPLAY_NAME', 'an object needs a display name')
  for (const text of [name, description ?? '']) {
    require(isPrintable(text), 'FWP_E_INVALID_PARAMETER', 'strings must be valid printable Unicode')
  }
}

function isPrintable(text: string): boolean {
  return !/\p{Cs}/u.test(text) && !/\p{Cc}/u.test(text.replace(/[\t\r\n]/g, ''))
}

export function checkFlags(flags: number, allowed: number): void {
  require((flags & ~allowed) === 0, 'FWP_E_INVALID_FLAGS', `flags 0x${flags.toString(16)}`)
}

export function find(connection: Connection, kind: StoredKind, key: string): StoredObject {
  return connection.get(kind, key) ?? refuse(NOT_FOUND[kind], `no ${kind} ${key}`)
}

export function requireNew(connection: Connection, kind: StoredKind, key: string): void {
  require(!connection.exists(kind, { key }), 'FWP_E_ALREADY_EXISTS', `${kind} ${key} exists`)
}

/** A persistent object cannot be made in a dynamic session: everything made there is dynamic. */
export function lifetimeFor(session: EngineSession, persistent: boolean, provider: string | null): ObjectLifetime {
  require(!(
    session.dynamic && persistent
  ), 'FWP_E_DYNAMIC_SESSION_IN_PROGRESS', 'a dynamic session makes dynamic objects')
  return { persistent, session: session.dynamic ? session.owner : null, provider }
}

/**
 * "An object cannot reference another object with a shorter lifetime": dynamic to another session's dynamic, static to dynamic,
 * persistent to non-persistent. Nor may a persistent object reference a persistent object of a different provider.
 */
export function checkLink(from: ObjectLifetime, to: ObjectLifetime, sameProvider: boolean): void {
  const outlives = to.session === null || to.session === from.session
  const persists = !from.persistent || to.persistent
  const related = !(sameProvider && from.persistent) || from.provider === to.provider
  require(outlives && persists && related, 'FWP_E_LIFETIME_MISMATCH', 'the object referred to may end sooner')
}

/** Who may delete: a dynamic session only what it added itself; nobody another dynamic session's objects. */
export function checkDeletable(session: EngineSession, object: StoredObject): void {
  if (object.session === session.owner) return
  require(object.session === null, 'FWP_E_WRONG_SESSION', 'the object belongs to another dynamic session')
  require(!session.dynamic, 'FWP_E_DYNAMIC_SESSION_IN_PROGRESS', 'a dynamic session deletes only its own objects')
}
