/**
 * One watcher a set and machine: a session of a fixed key, which the engine opens once only and ends with its process, however that ends.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_session0 (sessionKey)
 */

import type { Claim, OpenSession } from '../../../reconcile/provider.ts'
import type { Library } from '../binding/call/bind.ts'
import { RPC_C_AUTHN_WINNT } from '../binding/tables/constants/index.ts'
import { EngineError } from '../binding/tables/status/index.ts'
import { watchSessionKeyOf } from './keys.ts'

const PAGE = 100

export async function claimSet(fwp: Library, set: string): Promise<Claim> {
  try {
    const engineHandle = await openFixed(fwp, set)
    return { held: true, release: async () => void (await fwp.FwpmEngineClose0({ engineHandle })) }
  } catch (error) {
    if (!(error instanceof EngineError && error.name === 'FWP_E_ALREADY_EXISTS')) throw error
    const holder = (await sessionsOf(fwp)).find((session) => session.sessionKey === watchSessionKeyOf(set))
    return {
      held: false,
      holder: holder ? `process ${holder.processId} (${holder.displayData.name})` : 'another process',
    }
  }
}

/** Sessions of other processes. An administrator's session is worth knowing of; one of the system's own is among them, too. */
export async function otherSessions(fwp: Library): Promise<OpenSession[]> {
  const sessions = await sessionsOf(fwp)
  const others = sessions.filter(({ processId }) => processId !== process.pid && processId !== 0)
  return others.map(({ processId, displayData }) => ({ processId, name: displayData.name ?? 'without a name' }))
}

async function openFixed(fwp: Library, set: string): Promise<number> {
  const { engineHandle } = await fwp.FwpmEngineOpen0({
    serverName: null,
    authnService: RPC_C_AUTHN_WINNT,
    authIdentity: null,
    session: {
      sessionKey: watchSessionKeyOf(set),
      displayData: { name: `wfpctl watch of set ${set}`, description: null },
      flags: 0,
      txnWaitTimeoutInMSec: 0,
      processId: 0,
      sid: null,
      username: null,
      kernelMode: 0,
    },
  })
  return engineHandle
}

/** In a session of its own: the enumeration is outside of whatever our other sessions are doing. */
async function sessionsOf(fwp: Library) {
  const { engineHandle } = await fwp.FwpmEngineOpen0({
    serverName: null,
    authnService: RPC_C_AUTHN_WINNT,
    authIdentity: null,
    session: null,
  })
  try {
    const { enumHandle } = await fwp.FwpmSessionCreateEnumHandle0({ engineHandle, enumTemplate: null })
    const sessions = []
    for (;;) {
      const { entries } = await fwp.FwpmSessionEnum0({ engineHandle, enumHandle, numEntriesRequested: PAGE })
      for (const entry of entries) if (entry) sessions.push(entry)
      if (entries.length < PAGE) break
    }
    await fwp.FwpmSessionDestroyEnumHandle0({ engineHandle, enumHandle })
    return sessions
  } finally {
    await fwp.FwpmEngineClose0({ engineHandle })
  }
}
