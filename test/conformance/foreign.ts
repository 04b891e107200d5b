/** Tunnels of other owners, added by the calls that any program has. */
import type { Library } from '../../src/providers/wfp/binding/call/bind.ts'
import { FOREIGN_SHAPES, type ForeignShape, furtherFilters } from '../../src/providers/wfp/sandbox/foreign.ts'
import type { Machine } from './machine.ts'

/** @returns the tunnel's key, and that of the main-mode policy beside it */
export async function addForeign(
  machine: Machine,
  engineHandle: number,
  shape: ForeignShape,
): Promise<{ readonly key: string; readonly mainMode: string | undefined }> {
  const { fwp } = machine
  const foreign = FOREIGN_SHAPES[shape]()
  const { key, provider, tunnel } = foreign
  if (provider !== null) await fwp.FwpmProviderAdd0({ engineHandle, provider, sd: null })
  // every Windows has this one; what its structures have no place for is unset here
  await fwp.FwpmIPsecTunnelAdd1({ ...tunnel, engineHandle } as Parameters<Library['FwpmIPsecTunnelAdd1']>[0])
  const made = await machine.filtersOf(engineHandle, key)
  for (const filter of furtherFilters(made, foreign)) await fwp.FwpmFilterAdd0({ engineHandle, filter, sd: null })
  return { key, mainMode: tunnel.mainModePolicy?.providerContextKey }
}
