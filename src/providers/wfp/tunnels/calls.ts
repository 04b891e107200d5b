/** The engine's calls for tunnels, in the newest version it has. */

import type { Guid } from '../../../base/json.ts'
import { type CallVersion, callVersionOf, deleteContext, unlessGone } from '../engine/contexts.ts'
import { type Filter, filtersByHome, linkOf } from '../engine/filters.ts'
import { mainModeKeyOf } from '../engine/keys.ts'
import type { Session } from '../engine/session.ts'
import type { EncodedTunnel } from './codec/index.ts'

/** Makes the arguments of one version of the call. */
export type EncodeFor = <V extends CallVersion>(version: V) => EncodedTunnel<V>

const ADD: {
  readonly [version in CallVersion]: (session: Session, encode: EncodeFor, sd: Uint8Array | null) => Promise<unknown>
} = {
  1: ({ engineHandle, fwp }, encode, sd) => fwp.FwpmIPsecTunnelAdd1({ engineHandle, ...encode(1), sd }),
  2: ({ engineHandle, fwp }, encode, sd) => fwp.FwpmIPsecTunnelAdd2!({ engineHandle, ...encode(2), sd }),
  3: ({ engineHandle, fwp }, encode, sd) => fwp.FwpmIPsecTunnelAdd3!({ engineHandle, ...encode(3), sd }),
}

/**
 * @param sd self-relative; null: the engine's default
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneladd2
 */
export async function addTunnel(session: Session, encode: EncodeFor, sd: Uint8Array | null): Promise<void> {
  await ADD[callVersionOf(session.fwp)](session, encode, sd)
}

/** Whether the call takes the main-mode context along is not documented. */
export async function removeTunnel(session: Session, key: Guid): Promise<void> {
  const { engineHandle, fwp } = session
  await unlessGone(fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key }))
  await deleteContext(session, mainModeKeyOf(key))
}

/** The filters that refer to a tunnel's quick-mode or main-mode context, by an enumeration of all. */
export async function filtersOfTunnel(session: Session, key: Guid): Promise<readonly Filter[]> {
  const contexts: readonly (Guid | undefined)[] = [key, mainModeKeyOf(key)]
  const found = await filtersByHome(session, (filter) => (contexts.includes(linkOf(filter)) ? key : undefined))
  return found.get(key) ?? []
}
