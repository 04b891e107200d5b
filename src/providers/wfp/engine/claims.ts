/** What stands beside the resources of a set, under derived keys (UUIDv5) so that it can be found again; and the claim of a running watch. */

import { type Guid, rememberingLast, uuidv5 } from '../../../base/index.ts'
import { WFPCTL_NAMESPACE } from '../../../kinds/keys.ts'
import type { Claim, OpenSession } from '../../../reconcile/provider.ts'
import type { Library, OutsOf } from '../binding/call/bind.ts'
import { EngineError } from '../binding/tables/status/index.ts'
import { openEngine } from './open.ts'
import { isStatus, refusing } from './refusals.ts'

/** The `FWPM_PROVIDER0` that owns everything of a set. */
export const providerKeyOf = rememberingLast((set): Guid => uuidv5(WFPCTL_NAMESPACE, `${set}/TunnelSet`))

/** The main-mode context of a tunnel, derived from the tunnel's key whether that was derived or declared. */
export const mainModeKeyOf = rememberingLast((tunnelKey): Guid => uuidv5(tunnelKey, 'mainMode'))

/** The general context that remembers what was last applied to a resource. */
export const recordKeyOf = rememberingLast((resourceKey): Guid => uuidv5(resourceKey, 'record'))

/** The general context that holds a set's 32 random bytes, with which secrets are digested. */
export function digestKeyKeyOf(set: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/digestKey`)
}

/** The general context that holds one of a set's notes: derived from the key of its owner. */
export function noteKeyOf(owner: Guid, note: string): Guid {
  return uuidv5(owner, `note/${note}`)
}

/** The engine session that the one watcher of a set keeps open. */
function watchSessionKeyOf(set: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/watch`)
}

const PAGE = 100

type OpenedSession = NonNullable<OutsOf<'FwpmSessionEnum0'>['entries'][number]>

/** Sets whose claim this process may have without a handle of it: opening or closing its session was answered by an error. */
const doubtful = new Set<string>()

export async function claimSet(fwp: Library, set: string): Promise<Claim> {
  const sessionKey = watchSessionKeyOf(set)
  try {
    const engineHandle = await doubting(set, () => openEngine(fwp, { name: `wfpctl watch of set ${set}`, sessionKey }))
    const close = async () => void (await fwp.FwpmEngineClose0({ engineHandle }))
    return { held: true, release: () => refusing(() => doubting(set, close)) }
  } catch (error) {
    if (!isStatus(error, 'FWP_E_ALREADY_EXISTS')) throw error
    const holder = (await sessionsOf(fwp)).find((session) => session.sessionKey === sessionKey)
    // nobody can close it: it ends with this process, as a claim does
    if (holder?.processId === process.pid && doubtful.has(set)) return { held: true, release: async () => {} }
    return {
      held: false,
      holder: holder ? `process ${holder.processId} (${holder.displayData.name})` : 'another process',
    }
  }
}

async function doubting<T>(set: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!isStatus(error, 'FWP_E_ALREADY_EXISTS')) doubtful.add(set)
    throw error
  }
}

/** Sessions of other processes. An administrator's session is worth knowing of; one of the system's own is among them, too. */
export async function otherSessions(fwp: Library): Promise<OpenSession[]> {
  const sessions = await sessionsOf(fwp)
  const others = sessions.filter(({ processId }) => processId !== process.pid && processId !== 0)
  return others.map(({ processId, displayData }) => ({ processId, name: displayData.name ?? 'without a name' }))
}

/** Where this account may not list them, none: who they are is worth knowing, and nothing depends on it. */
async function sessionsOf(fwp: Library): Promise<readonly OpenedSession[]> {
  try {
    return await enumerateSessions(fwp)
  } catch (error) {
    if (!(error instanceof EngineError) || error.lost) throw error
    return []
  }
}

/** In a session of its own: the enumeration is outside of whatever our other sessions are doing. */
async function enumerateSessions(fwp: Library): Promise<readonly OpenedSession[]> {
  const engineHandle = await openEngine(fwp, { name: 'wfpctl looks at sessions' })
  try {
    const { enumHandle } = await fwp.FwpmSessionCreateEnumHandle0({ engineHandle, enumTemplate: null })
    const sessions: OpenedSession[] = []
    for (;;) {
      const { entries } = await fwp.FwpmSessionEnum0({ engineHandle, enumHandle, numEntriesRequested: PAGE })
      for (const entry of entries) if (entry) sessions.push(entry)
      if (entries.length < PAGE) return sessions
    }
  } finally {
    // with the session goes the enumeration; what was read stands, and the first error counts
    await fwp.FwpmEngineClose0({ engineHandle }).catch(() => {})
  }
}
