/** Opening the engine: the one place that does. */

import type { Guid } from '../../../base/index.ts'
import type { Library } from '../binding/call/bind.ts'
import { GUID_NULL, RPC_C_AUTHN_WINNT } from '../binding/tables/constants/index.ts'

export interface SessionOptions {
  /** what `netsh wfp show state` will call it */
  readonly name: string
  /** a fixed key can be open once only; absent: the engine makes one up */
  readonly sessionKey?: Guid
  /** how long a call waits for another writer; 0: the engine's own 15 seconds */
  readonly lockTimeoutMilliseconds?: number
}

/**
 * Opens a session of the calling process, with the lifetime rules of a non-dynamic one.
 *
 * @throws EngineError FWP_E_ALREADY_EXISTS for a session key that is open already; a lost status where there is no engine
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmengineopen0
 */
export async function openEngine(fwp: Library, options: SessionOptions): Promise<number> {
  const { name, sessionKey = GUID_NULL, lockTimeoutMilliseconds = 0 } = options
  const { engineHandle } = await fwp.FwpmEngineOpen0({
    serverName: null,
    authnService: RPC_C_AUTHN_WINNT,
    authIdentity: null,
    session: {
      sessionKey,
      displayData: { name, description: null },
      flags: 0,
      txnWaitTimeoutInMSec: lockTimeoutMilliseconds,
      processId: 0,
      sid: null,
      username: null,
      kernelMode: 0,
    },
  })
  return engineHandle
}
