/**
 * The filters a tunnel stands for.
 *
 * FwpmIPsecTunnelAdd "instantiates the appropriate tunnel mode filters at the appropriate layers on behalf of the caller";
 * which ones is not documented. This table is made of the building blocks that exist for tunnels. The key of a filter is
 * derived from the tunnel's key, so that deleting the tunnel finds its filters, and no others.
 *
 * What a caller can read from them: the conditions as given (layers IPSEC, transport, forward and ALE), that it is a gateway
 * (the forward layers are there), that a main-mode policy belongs to it (IKEEXT names that policy), and which keying module
 * was asked for (IPSEC_KM_DEMUX: `action.filterType` is the module's key, a GUID the policy's owner may choose).
 */
import { createHash } from 'node:crypto'
import * as C from '../../binding/tables/constants/index.ts'
import type { AddressFamily } from '../rules/conditions.ts'
import type { Condition, Context, Filter, TunnelPolicy } from '../values.ts'

/** A tunnel whose parameters have been checked. */
export interface Tunnel {
  readonly gateway: boolean
  readonly context: Context
  readonly policy: TunnelPolicy
  /** providerContextKey of the main-mode policy. */
  readonly mainModeKey: string | null
  readonly keyModKey: string | null
  readonly conditions: readonly Condition[]
  readonly innerFamily: AddressFamily
  readonly persistent: boolean
}

type ByFamily = Readonly<Record<AddressFamily, string>>

interface Slot {
  readonly name: string
  readonly layer: ByFamily
  readonly subLayer: string
  readonly callout?: ByFamily
  /** Inner: the traffic as given. Outer: the tunnel endpoints, which is what keying modules see. */
  readonly traffic: 'inner' | 'outer'
  readonly when: (tunnel: Tunnel) => boolean
}

const always = () => true
const gateway = (tunnel: Tunnel) => tunnel.gateway

const SLOTS: readonly Slot[] = [
  {
    name: 'outbound-transport',
    layer: { v4: C.FWPM_LAYER_OUTBOUND_TRANSPORT_V4, v6: C.FWPM_LAYER_OUTBOUND_TRANSPORT_V6 },
    subLayer: C.FWPM_SUBLAYER_IPSEC_TUNNEL,
    callout: { v4: C.FWPM_CALLOUT_IPSEC_OUTBOUND_TUNNEL_V4, v6: C.FWPM_CALLOUT_IPSEC_OUTBOUND_TUNNEL_V6 },
    traffic: 'inner',
    when: always,
  },
  {
    name: 'inbound-transport',
    layer: { v4: C.FWPM_LAYER_INBOUND_TRANSPORT_V4, v6: C.FWPM_LAYER_INBOUND_TRANSPORT_V6 },
    subLayer: C.FWPM_SUBLAYER_IPSEC_TUNNEL,
    callout: { v4: C.FWPM_CALLOUT_IPSEC_INBOUND_TUNNEL_V4, v6: C.FWPM_CALLOUT_IPSEC_INBOUND_TUNNEL_V6 },
    traffic: 'inner',
    when: always,
  },
  {
    name: 'forward-outbound',
    layer: { v4: C.FWPM_LAYER_IPFORWARD_V4, v6: C.FWPM_LAYER_IPFORWARD_V6 },
    subLayer: C.FWPM_SUBLAYER_IPSEC_FORWARD_OUTBOUND_TUNNEL,
    callout: {
      v4: C.FWPM_CALLOUT_IPSEC_FORWARD_OUTBOUND_TUNNEL_V4,
      v6: C.FWPM_CALLOUT_IPSEC_FORWARD_OUTBOUND_TUNNEL_V6,
    },
    traffic: 'inner',
    when: gateway,
  },
  {
    name: 'forward-inbound',
    layer: { v4: C.FWPM_LAYER_IPFORWARD_V4, v6: C.FWPM_LAYER_IPFORWARD_V6 },
    subLayer: C.FWPM_SUBLAYER_IPSEC_TUNNEL,
    callout: { v4: C.FWPM_CALLOUT_IPSEC_FORWARD_INBOUND_TUNNEL_V4, v6: C.FWPM_CALLOUT_IPSEC_FORWARD_INBOUND_TUNNEL_V6 },
    traffic: 'inner',
    when: gateway,
  },
  {
    name: 'ale-accept',
    layer: { v4: C.FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4, v6: C.FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V6 },
    subLayer: C.FWPM_SUBLAYER_UNIVERSAL,
    callout: {
      v4: C.FWPM_CALLOUT_IPSEC_INBOUND_TUNNEL_ALE_ACCEPT_V4,
      v6: C.FWPM_CALLOUT_IPSEC_INBOUND_TUNNEL_ALE_ACCEPT_V6,
    },
    traffic: 'inner',
    when: always,
  },
  {
    name: 'ale-connect',
    layer: { v4: C.FWPM_LAYER_ALE_AUTH_CONNECT_V4, v6: C.FWPM_LAYER_ALE_AUTH_CONNECT_V6 },
    subLayer: C.FWPM_SUBLAYER_UNIVERSAL,
    callout: { v4: C.FWPM_CALLOUT_IPSEC_ALE_CONNECT_V4, v6: C.FWPM_CALLOUT_IPSEC_ALE_CONNECT_V6 },
    traffic: 'inner',
    when: always,
  },
  {
    name: 'ipsec',
    layer: { v4: C.FWPM_LAYER_IPSEC_V4, v6: C.FWPM_LAYER_IPSEC_V6 },
    subLayer: C.FWPM_SUBLAYER_UNIVERSAL,
    traffic: 'inner',
    when: always,
  },
  {
    name: 'ikeext',
    layer: { v4: C.FWPM_LAYER_IKEEXT_V4, v6: C.FWPM_LAYER_IKEEXT_V6 },
    subLayer: C.FWPM_SUBLAYER_UNIVERSAL,
    traffic: 'outer',
    when: (tunnel) => tunnel.mainModeKey !== null,
  },
  {
    name: 'km-demux',
    layer: { v4: C.FWPM_LAYER_IPSEC_KM_DEMUX_V4, v6: C.FWPM_LAYER_IPSEC_KM_DEMUX_V6 },
    subLayer: C.FWPM_SUBLAYER_UNIVERSAL,
    traffic: 'outer',
    when: (tunnel) => tunnel.keyModKey !== null,
  },
]

/** Part of the keys: new slots go to the end. */
const SLOT_NUMBERS = new Map(SLOTS.map(({ name }, index) => [name, index.toString(16).padStart(2, '0')]))
const MAIN_MODE_SLOT = 'ikeext'
const KEYING_SLOT = 'km-demux'

/** Keys of all filters a tunnel may have: those that point at the tunnel, and the one that points at the main-mode policy. */
export function filterKeysOf(tunnelKey: string): { readonly tunnel: ReadonlySet<string>; readonly mainMode: string } {
  const keyOf = filterKeyMaker(tunnelKey)
  const others = SLOTS.filter(({ name }) => name !== MAIN_MODE_SLOT).map(({ name }) => keyOf(name))
  return { tunnel: new Set(others), mainMode: keyOf(MAIN_MODE_SLOT) }
}

export function filtersFor(tunnel: Tunnel): Filter[] {
  const traffic = { inner: tunnel.conditions, outer: endpointConditions(tunnel.policy.tunnelEndpoints) }
  const families = { inner: tunnel.innerFamily, outer: outerFamily(tunnel.policy) }
  const keyOf = filterKeyMaker(tunnel.context.providerContextKey)
  return SLOTS.filter(({ when }) => when(tunnel)).map((slot) => {
    const place = { filterKey: keyOf(slot.name), family: families[slot.traffic], conditions: traffic[slot.traffic] }
    return filterAt(slot, tunnel, place)
  })
}

export function outerFamily({ tunnelEndpoints }: TunnelPolicy): AddressFamily {
  return tunnelEndpoints.ipVersion === C.FWP_IP_VERSION_V4 ? 'v4' : 'v6'
}

interface FilterPlace {
  readonly filterKey: string
  readonly family: AddressFamily
  readonly conditions: readonly Condition[]
}

function filterAt(slot: Slot, tunnel: Tunnel, { filterKey, family, conditions }: FilterPlace): Filter {
  const { providerContextKey, displayData, providerKey } = tunnel.context
  const persistence = tunnel.persistent ? C.FWPM_FILTER_FLAG_PERSISTENT : 0
  return {
    filterKey,
    displayData,
    flags: C.FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT | persistence,
    providerKey,
    providerData: new Uint8Array(0),
    layerKey: slot.layer[family],
    subLayerKey: slot.subLayer,
    weight: { type: C.FWP_EMPTY },
    filterCondition: conditions,
    action: actionOf(slot, family, tunnel),
    providerContextKey: slot.name === MAIN_MODE_SLOT ? (tunnel.mainModeKey ?? providerContextKey) : providerContextKey,
    reserved: null,
    filterId: 0n,
    effectiveWeight: { type: C.FWP_EMPTY },
  }
}

function actionOf({ name, callout }: Slot, family: AddressFamily, { keyModKey }: Tunnel): Filter['action'] {
  if (callout !== undefined) return { type: C.FWP_ACTION_CALLOUT_TERMINATING, calloutKey: callout[family] }
  return { type: C.FWP_ACTION_PERMIT, filterType: name === KEYING_SLOT && keyModKey !== null ? keyModKey : C.GUID_NULL }
}

/** The endpoints as conditions; a peer known by name, and 0.0.0.0 or ::, restrict nothing. */
function endpointConditions(endpoints: TunnelPolicy['tunnelEndpoints']): Condition[] {
  const [local, remote] = addressesOf(endpoints)
  const remotes = endpoints.remoteAddresses.length > 0 ? endpoints.remoteAddresses.flatMap(addressesOf) : [remote]
  const peers = endpoints.remoteFqdn === null ? remotes : []
  return [
    ...[local].flatMap((value) => conditionOn(C.FWPM_CONDITION_IP_LOCAL_ADDRESS, value)),
    ...peers.flatMap((value) => conditionOn(C.FWPM_CONDITION_IP_REMOTE_ADDRESS, value)),
  ]
}

type Address = number | Uint8Array
type Addressed = TunnelPolicy['tunnelEndpoints'] | TunnelPolicy['tunnelEndpoints']['remoteAddresses'][number]

/** Every address field of a structure, in its order. */
function addressesOf(value: Addressed): Address[] {
  const fields = value as Record<string, Address | undefined>
  const names = ['localV4Address', 'localV6Address', 'remoteV4Address', 'remoteV6Address', 'v4Address', 'v6Address']
  return names.flatMap((name) => fields[name] ?? [])
}

function conditionOn(fieldKey: string, address: Address | undefined): Condition[] {
  if (address === undefined || isUnspecified(address)) return []
  const conditionValue: Condition['conditionValue'] =
    typeof address === 'number'
      ? { type: C.FWP_UINT32, uint32: address }
      : { type: C.FWP_BYTE_ARRAY16_TYPE, byteArray16: address }
  return [{ fieldKey, matchType: C.FWP_MATCH_EQUAL, conditionValue }]
}

function isUnspecified(address: Address): boolean {
  return typeof address === 'number' ? address === 0 : address.every((byte) => byte === 0)
}

/** A version 8 UUID (RFC 9562: content of the maker's choice): hash of the tunnel's key, the slot in the last byte. */
function filterKeyMaker(tunnelKey: string): (slot: string) => string {
  const hash = createHash('sha256').update(tunnelKey).digest('hex')
  const stem = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(12, 15)}-a${hash.slice(15, 18)}-${hash.slice(18, 28)}`
  return (slot) => stem + SLOT_NUMBERS.get(slot)
}
