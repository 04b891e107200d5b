/**
 * Hints that something changed. They come late, may be lost, and leave out what the subscribing session itself did: hence a session
 * of its own, and listeners that look for themselves.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmprovidercontextsubscribechanges0
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmfiltersubscribechanges0
 */

import type { Guid } from '../../../base/index.ts'
import type { Library } from '../binding/call/bind.ts'
import { registered } from '../binding/call/callback.ts'
import {
  FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD,
  FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE,
  GUID_NULL,
} from '../binding/tables/constants/index.ts'
import { FWPM_FILTER_CHANGE_CALLBACK0, FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0 } from '../binding/tables/functions.ts'
import { CallbackSession } from './callback-session.ts'
import { refusing } from './refusals.ts'

export interface Subscription {
  /** Returns when no call of the listener will follow. */
  close(): Promise<void>
}

/** Everything of every owner: a template would filter by type or by layer, and foreign changes may matter as much as ours. */
const EVERYTHING = {
  enumTemplate: null,
  flags: FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD | FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE,
  sessionKey: GUID_NULL,
} as const
const NO_CONTEXT = 0

export interface Listeners {
  /** at each change, while the engine waits */
  changed(kind: 'context' | 'filter', key: Guid): void
  /** afterwards; a burst of changes while the event loop is busy is one call */
  listener(): void
}

/** Listens to changes of contexts and filters by anybody, this process's other sessions included. */
export function subscribe(fwp: Library, { changed, listener }: Listeners): Promise<Subscription> {
  return CallbackSession.with(fwp, 'wfpctl change notifications', async (session) => {
    const hint = coalesced(listener)
    const tell = (kind: 'context' | 'filter', key: Guid) => {
      changed(kind, key)
      hint.give()
      return {}
    }
    await subscribeContexts(session, (key) => tell('context', key))
    await subscribeFilters(session, (key) => tell('filter', key))
    return {
      close: () => {
        hint.end()
        return refusing(() => session.close())
      },
    }
  })
}

async function subscribeContexts(session: CallbackSession, tell: (key: Guid) => Record<never, never>): Promise<void> {
  const { engineHandle, fwp } = session
  const callback = session.keep(
    registered(FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0, ({ change }) => tell(change.providerContextKey)),
  )
  const { changeHandle } = await fwp.FwpmProviderContextSubscribeChanges0({
    engineHandle,
    subscription: EVERYTHING,
    callback,
    context: NO_CONTEXT,
  })
  session.atClose(() => fwp.FwpmProviderContextUnsubscribeChanges0({ engineHandle, changeHandle }))
}

async function subscribeFilters(session: CallbackSession, tell: (key: Guid) => Record<never, never>): Promise<void> {
  const { engineHandle, fwp } = session
  const callback = session.keep(registered(FWPM_FILTER_CHANGE_CALLBACK0, ({ change }) => tell(change.filterKey)))
  const { changeHandle } = await fwp.FwpmFilterSubscribeChanges0({
    engineHandle,
    subscription: EVERYTHING,
    callback,
    context: NO_CONTEXT,
  })
  session.atClose(() => fwp.FwpmFilterUnsubscribeChanges0({ engineHandle, changeHandle }))
}

/** The engine's thread waits for the callback to return: the listener runs afterwards, once for all hints until then. */
function coalesced(listener: () => void): { give(): void; end(): void } {
  let pending: NodeJS.Immediate | undefined
  let ended = false
  return {
    give: () => {
      if (ended || pending) return
      pending = setImmediate(() => {
        pending = undefined
        listener()
      })
    },
    end: () => {
      ended = true
      if (pending) clearImmediate(pending)
    },
  }
}
