/** FwpmIPsecTunnel*. */
import type { EngineSession } from '../engine/session.ts'
import { addTunnel, deleteTunnel } from '../engine/tunnels.ts'
import type { Condition } from '../values.ts'
import { raise, type VersionedContext } from '../versions.ts'
import type { Calls, Gates, OnEngine } from './gates.ts'

interface Given extends OnEngine {
  readonly flags: number
  readonly mainModePolicy: VersionedContext | null
  readonly tunnelPolicy: VersionedContext
  readonly filterConditions: readonly Condition[]
  /** Version 0 has none. */
  readonly keyModKey?: string | null
  readonly sd: Uint8Array | null
}

export function tunnelCalls({ write }: Gates): Calls<'FwpmIPsecTunnel'> {
  const add = (session: EngineSession, given: Given): undefined => {
    const { mainModePolicy, tunnelPolicy, keyModKey } = given
    addTunnel(session, {
      ...given,
      mainModePolicy: mainModePolicy === null ? null : raise(mainModePolicy),
      tunnelPolicy: raise(tunnelPolicy),
      keyModKey: keyModKey ?? null,
    })
  }
  return {
    FwpmIPsecTunnelAdd0: write(add),
    FwpmIPsecTunnelAdd1: write(add),
    FwpmIPsecTunnelAdd2: write(add),
    FwpmIPsecTunnelAdd3: write((session, given) => addTunnel(session, given) as undefined),
    FwpmIPsecTunnelDeleteByKey0: write((session, { key }) => deleteTunnel(session, key) as undefined),
  }
}
