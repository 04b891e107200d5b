/** The engine's contexts and filters, read in the newest version it has. The only place that chooses between call versions. */

import { same } from '../../../base/equal.ts'
import type { Guid } from '../../../base/json.ts'
import type { Library } from '../binding/call/bind.ts'
import {
  FWPM_GENERAL_CONTEXT,
  FWPM_IPSEC_AUTHIP_MM_CONTEXT,
  FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_IKE_MM_CONTEXT,
  FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_IKEV2_MM_CONTEXT,
  FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
} from '../binding/tables/constants/index.ts'
import type { AnyContext, CallVersion, Filter } from '../tunnels/codec/index.ts'
import { mainModeKeyOf } from './keys.ts'
import { isStatus } from './refusals.ts'
import type { Session } from './session.ts'

/** There is no "any" type in a template: 0 is a real type, so a tunnel's contexts take one enumeration each. */
export const TUNNEL_CONTEXT_TYPES = [
  FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT,
  FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
] as const
export const MAIN_MODE_CONTEXT_TYPES = [
  FWPM_IPSEC_IKE_MM_CONTEXT,
  FWPM_IPSEC_AUTHIP_MM_CONTEXT,
  FWPM_IPSEC_IKEV2_MM_CONTEXT,
] as const
export const RECORD_CONTEXT_TYPES = [FWPM_GENERAL_CONTEXT] as const

export const CONTEXT_NOT_FOUND = [
  'FWP_E_PROVIDER_CONTEXT_NOT_FOUND',
  'FWP_E_FILTER_NOT_FOUND',
  'FWP_E_NOT_FOUND',
] as const

/** The newest tunnel call the library exports. Add1 is the floor: below it there is no IKEv2 and no pinned key module. */
export function callVersionOf(fwp: Library): CallVersion {
  if (fwp.FwpmIPsecTunnelAdd3) return 3
  return fwp.FwpmIPsecTunnelAdd2 ? 2 : 1
}

/** Contexts of the given types, of one owner or (null) of all. */
export async function contextsOf(
  session: Session,
  providerKey: Guid | null,
  types: readonly number[],
): Promise<AnyContext[]> {
  const found: AnyContext[] = []
  for (const type of types) {
    const pages = session.enumerate<AnyContext>({
      create: (engineHandle) =>
        session.fwp.FwpmProviderContextCreateEnumHandle0({
          engineHandle,
          enumTemplate: { providerKey, providerContextType: type },
        }),
      next: CONTEXT_ENUM[callVersionOf(session.fwp)](session.fwp),
      destroy: (args) => session.fwp.FwpmProviderContextDestroyEnumHandle0(args),
    })
    for await (const page of pages) found.push(...page)
  }
  return found
}

type NextPage = (args: { engineHandle: number; enumHandle: number; numEntriesRequested: number }) => Promise<{
  readonly entries: readonly AnyContext[]
}>

const CONTEXT_ENUM: { readonly [version in CallVersion]: (fwp: Library) => NextPage } = {
  1: (fwp) => (args) => fwp.FwpmProviderContextEnum1(args),
  2: (fwp) => (args) => fwp.FwpmProviderContextEnum2!(args),
  3: (fwp) => (args) => fwp.FwpmProviderContextEnum3!(args),
}

const CONTEXT_GET: {
  readonly [version in CallVersion]: (
    fwp: Library,
    args: { engineHandle: number; key: Guid },
  ) => Promise<{ providerContext: AnyContext }>
} = {
  1: (fwp, args) => fwp.FwpmProviderContextGetByKey1(args),
  2: (fwp, args) => fwp.FwpmProviderContextGetByKey2!(args),
  3: (fwp, args) => fwp.FwpmProviderContextGetByKey3!(args),
}

/** @returns undefined when no context has this key */
export async function contextByKey(session: Session, key: Guid): Promise<AnyContext | undefined> {
  const { engineHandle, fwp } = session
  try {
    return (await CONTEXT_GET[callVersionOf(fwp)](fwp, { engineHandle, key })).providerContext
  } catch (error) {
    if (isStatus(error, ...CONTEXT_NOT_FOUND)) return undefined
    throw error
  }
}

/**
 * All filters of these tunnels, by tunnel key: those that refer to its quick-mode or its main-mode context. A template would need a
 * pass per layer, and whether the helper's filters carry our provider is not documented: so every filter is read, and matched here.
 */
export async function filtersOfTunnels(
  session: Session,
  tunnelKeys: Iterable<Guid>,
): Promise<ReadonlyMap<Guid, readonly Filter[]>> {
  const { fwp } = session
  const byTunnel = new Map([...tunnelKeys].map((key): [Guid, Filter[]] => [key, []]))
  if (byTunnel.size === 0) return byTunnel
  const byContext = new Map(byTunnel)
  for (const [key, filters] of byTunnel) byContext.set(mainModeKeyOf(key), filters)
  const pages = session.enumerate<Filter>({
    create: (engineHandle) => fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null }),
    next: (args) => fwp.FwpmFilterEnum0(args),
    destroy: (args) => fwp.FwpmFilterDestroyEnumHandle0(args),
  })
  for await (const page of pages) {
    for (const filter of page) {
      const key = linkOf(filter)
      const filters = key === undefined ? undefined : byContext.get(key)
      filters?.push(sharing(filter, filters.at(-1)))
    }
  }
  return byTunnel
}

/** Most filters of a tunnel carry the same conditions: one list of them is kept, which is most of what ten thousand tunnels weigh. */
function sharing(filter: Filter, last: Filter | undefined): Filter {
  if (last === undefined || !same(last.filterCondition, filter.filterCondition)) return filter
  return { ...filter, filterCondition: last.filterCondition }
}

/** @returns undefined when no filter has this key */
export async function filterByKey({ engineHandle, fwp }: Session, key: Guid): Promise<Filter | undefined> {
  try {
    return (await fwp.FwpmFilterGetByKey0({ engineHandle, key })).filter
  } catch (error) {
    if (isStatus(error, 'FWP_E_FILTER_NOT_FOUND', 'FWP_E_NOT_FOUND')) return undefined
    throw error
  }
}

/**
 * The context that a filter refers to: by key only when its flag says so; otherwise the same bytes are a raw context.
 */
export function linkOf(filter: Filter): Guid | undefined {
  return 'providerContextKey' in filter ? filter.providerContextKey : undefined
}
