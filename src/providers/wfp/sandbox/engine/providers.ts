/**
 * FwpmProvider*: owner tags.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_provider0
 */
import { FWPM_PROVIDER_FLAG_PERSISTENT } from '../../binding/tables/constants/index.ts'
import { providerImage } from '../images.ts'
import { require } from '../refusal.ts'
import type { Connection, StoredImage } from '../store/store.ts'
import type { ProviderValue } from '../values.ts'
import {
  checkDeletable,
  checkDisplay,
  checkFlags,
  checkLink,
  find,
  keyOrNew,
  lifetimeFor,
  requireNew,
} from './objects.ts'
import type { EngineSession, ObjectLifetime } from './session.ts'

export function addProvider(session: EngineSession, given: ProviderValue, sd: Uint8Array | null): void {
  checkDisplay(given.displayData)
  checkFlags(given.flags, FWPM_PROVIDER_FLAG_PERSISTENT)
  const provider = { ...given, providerKey: keyOrNew(given.providerKey) }
  const lifetime = lifetimeFor(session, isPersistent(provider), null)
  requireNew(session.connection, 'provider', provider.providerKey)
  session.insert({
    kind: 'provider',
    key: provider.providerKey,
    provider: null,
    type: null,
    link: null,
    session: lifetime.session,
    sd,
    image: providerImage.encode(provider),
  })
}

export function deleteProvider(session: EngineSession, key: string): void {
  const object = find(session.connection, 'provider', key)
  checkDeletable(session, object)
  for (const kind of ['context', 'filter'] as const) {
    require(!session.connection.exists(kind, { provider: key }), 'FWP_E_IN_USE', `a ${kind} refers to provider ${key}`)
  }
  session.remove(object)
}

export function getProvider(connection: Connection, key: string): ProviderValue {
  return decodeProvider(find(connection, 'provider', key))
}

export function decodeProvider({ image }: StoredImage): ProviderValue {
  return providerImage.decode(image)
}

/** The provider of a new object exists and outlives it. */
export function checkProvider(session: EngineSession, from: ObjectLifetime): void {
  if (from.provider === null) return
  const known = session.providers.get(from.provider) ?? providerLifetime(session.connection, from.provider)
  session.providers.set(from.provider, known)
  checkLink(from, known, false)
}

function providerLifetime(connection: Connection, key: string): ObjectLifetime {
  const object = find(connection, 'provider', key)
  return { persistent: isPersistent(decodeProvider(object)), session: object.session, provider: null }
}

function isPersistent({ flags }: ProviderValue): boolean {
  return (flags & FWPM_PROVIDER_FLAG_PERSISTENT) !== 0
}
