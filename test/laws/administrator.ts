/** Another administrator of the machine: uses the engine through the library as any program can, and never touches a record. */

import type { Guid, JsonObject } from '../../src/base/json.ts'
import type { TunnelSpec } from '../../src/kinds/ipsec-tunnel/spec.ts'
import { bind, type Library, type RawLibrary } from '../../src/providers/wfp/binding/call/bind.ts'
import { SDDL_REVISION_1 } from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { mainModeKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { isStatus } from '../../src/providers/wfp/engine/refusals.ts'
import { Session } from '../../src/providers/wfp/engine/session.ts'
import { encodeTunnel, type TunnelIdentity } from '../../src/providers/wfp/tunnels/codec/index.ts'

export interface Administrator {
  readonly fwp: Library
  readonly session: Session
  /** Runs calls in a write transaction of their own. */
  write(calls: (engineHandle: number, fwp: Library) => Promise<void>): Promise<void>
  /** Deletes a tunnel with its main mode, and adds one in its place. */
  replaceTunnel(key: Guid, spec: JsonObject, identity: TunnelIdentity): Promise<void>
}

/** Does some work as another administrator, in a session that ends with it. */
export async function asAdministrator<T>(raw: RawLibrary, work: (other: Administrator) => Promise<T>): Promise<T> {
  const fwp = bind(raw)
  const session = await Session.open(fwp, 1000)
  const write: Administrator['write'] = (calls) =>
    session.transaction('write', async () => {
      await calls(session.engineHandle, fwp)
      return { commit: true, value: undefined }
    })
  try {
    return await work({
      fwp,
      session,
      write,
      replaceTunnel: (key, spec, identity) =>
        write(async (engineHandle) => {
          await fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key })
          if (spec.mainMode) await deleteLeft(fwp, engineHandle, mainModeKeyOf(key))
          await addTunnel(fwp, engineHandle, spec, identity)
        }),
    })
  } finally {
    await session.close()
  }
}

/** What the engine did not take along with its tunnel. */
async function deleteLeft(fwp: Library, engineHandle: number, key: Guid): Promise<void> {
  await fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key }).catch((error: unknown) => {
    if (!isStatus(error, 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND')) throw error
  })
}

/** Adds a tunnel as its manifest would have it; every pre-shared key is the same word. */
export async function addTunnel(
  fwp: Library,
  engineHandle: number,
  spec: JsonObject,
  identity: TunnelIdentity,
): Promise<void> {
  const { sd, ...call } = encodeTunnel(spec as unknown as TunnelSpec, identity, () => Buffer.from('swordfish'), 3)
  await fwp.FwpmIPsecTunnelAdd3!({ engineHandle, ...call, sd: sd === null ? null : await descriptor(fwp, sd) })
}

async function descriptor(fwp: Library, StringSecurityDescriptor: string): Promise<Uint8Array | null> {
  const { securityDescriptor } = await fwp.ConvertStringSecurityDescriptorToSecurityDescriptorW({
    StringSecurityDescriptor,
    StringSDRevision: SDDL_REVISION_1,
  })
  return securityDescriptor
}
