/**
 * FwpmProviderContext*: policies and other data under a key.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_provider_context2
 */
import { FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT } from '../../binding/tables/constants/index.ts'
import { answerContext, decodeContext, encodeContext } from '../images.ts'
import { require } from '../refusal.ts'
import { checkPolicy } from '../rules/policy.ts'
import type { Connection, StoredImage } from '../store/store.ts'
import { readBack, readsBackUnchanged, type SwitchValues } from '../switches.ts'
import type { Context } from '../values.ts'
import { checkDeletable, checkDisplay, checkFlags, find, keyOrNew, lifetimeFor, requireNew } from './objects.ts'
import { checkProvider } from './providers.ts'
import type { EngineSession, ObjectLifetime } from './session.ts'

/** A context that has passed every rule and may be stored. */
export interface ReadyContext {
  readonly context: Context
  readonly lifetime: ObjectLifetime
}

/** Checks everything and writes nothing: a call that fails leaves the transaction as it was. */
export function prepareContext(session: EngineSession, given: Context): ReadyContext {
  checkDisplay(given.displayData)
  checkFlags(given.flags, FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT)
  checkPolicy(given, () => session.switched('retransmission') === 'strict')
  const context = { ...given, providerContextKey: keyOrNew(given.providerContextKey) }
  const persistent = (context.flags & FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT) !== 0
  const lifetime = lifetimeFor(session, persistent, context.providerKey)
  checkProvider(session, lifetime)
  requireNew(session.connection, 'context', context.providerContextKey)
  return { context, lifetime }
}

export function insertContext(
  session: EngineSession,
  { context, lifetime }: ReadyContext,
  sd: Uint8Array | null,
): bigint {
  const id = session.insert({
    kind: 'context',
    key: context.providerContextKey,
    provider: context.providerKey,
    type: context.type,
    link: null,
    session: lifetime.session,
    sd,
    image: encodeContext(context),
  })
  return BigInt(id)
}

export function addContext(session: EngineSession, given: Context, sd: Uint8Array | null): bigint {
  return insertContext(session, prepareContext(session, given), sd)
}

export function removeContext(session: EngineSession, key: string): void {
  const object = find(session.connection, 'context', key)
  checkDeletable(session, object)
  require(!session.connection.exists('filter', { link: key }), 'FWP_E_IN_USE', `a filter refers to context ${key}`)
  session.remove(object)
}

export type Showing = (stored: StoredImage) => Context

/** How the engine shows a stored context: `hide` and `rewrite` applied. To be looked at here, as older call versions have to. */
export function shownWith(switches: SwitchValues): Showing {
  return readsBackUnchanged(switches) ? decodeContext : (stored) => readBack(decodeContext(stored), switches)
}

/** The same for the newest call version, whose structure is the stored one: unread, where nothing is hidden or rewritten. */
export function answeredWith(switches: SwitchValues): Showing {
  return readsBackUnchanged(switches) ? answerContext : shownWith(switches)
}

export function contextLifetime(connection: Connection, key: string): ObjectLifetime {
  const object = find(connection, 'context', key)
  const { flags, providerKey } = decodeContext(object)
  const persistent = (flags & FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT) !== 0
  return { persistent, session: object.session, provider: providerKey }
}
