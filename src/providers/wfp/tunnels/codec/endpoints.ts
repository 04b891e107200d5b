/**
 * The outer addresses ⇄ IPSEC_TUNNEL_ENDPOINTS2, and the traffic that IKEv2 proposes ⇄ IPSEC_TRAFFIC_SELECTOR_POLICY0.
 *
 * `remoteFqdn` and `remoteAddresses`, when set, stand in for the one remote address (ipsectypes.h).
 */

import { type JsonObject, joined } from '../../../../base/index.ts'
import type { Endpoints, TrafficSelector, TrafficSelectorPolicy } from '../../../../kinds/ipsec-tunnel/spec.ts'
import {
  type AddressValue,
  type Family,
  formatAddress,
  ipv6BitsOf,
  ipv6Bytes,
  parseAddress,
} from '../../../../kinds/values/address.ts'
import { addressSet, formatAddressSet } from '../../../../kinds/values/network.ts'
import { FWP_IP_VERSION_V4, FWP_IP_VERSION_V6 } from '../../binding/tables/constants/index.ts'
import { addressSetOf } from './conditions.ts'
import {
  decodePorts,
  decodeProtocol,
  type Endpoint,
  type TunnelEndpoints as EndpointsValue,
  encodePorts,
  encodeProtocol,
  type Selector,
  type SelectorPolicy,
  unknown,
} from './words.ts'

export function encodeEndpoints(endpoints: Endpoints): EndpointsValue {
  const { local, remote, remoteFqdn = null, localInterface = '0' } = endpoints
  const several = Array.isArray(remote) ? (remote as readonly string[]) : []
  const first = typeof remote === 'string' ? remote : several[0]
  return joined(encodePair(addressValue(local), first === undefined ? undefined : addressValue(first)), {
    localIfLuid: BigInt(localInterface),
    remoteFqdn,
    remoteAddresses: several.map((text) => encodeEndpoint(addressValue(text))),
  })
}

/** @param compartmentId of IPSEC_TUNNEL_POLICY3; 0 is unset */
export function decodeEndpoints(endpoints: EndpointsValue, compartmentId: number): JsonObject {
  return {
    local: decodeLocal(endpoints),
    ...decodeRemote(endpoints),
    ...(endpoints.localIfLuid !== 0n && { localInterface: String(endpoints.localIfLuid) }),
    ...(compartmentId !== 0 && { compartment: compartmentId }),
  }
}

function decodeLocal(endpoints: EndpointsValue): string {
  if (endpoints.ipVersion === FWP_IP_VERSION_V4) return formatAddress(4, BigInt(endpoints.localV4Address))
  if (endpoints.ipVersion === FWP_IP_VERSION_V6) return formatAddress(6, ipv6BitsOf(endpoints.localV6Address))
  return unknown(`ipVersion ${endpoints.ipVersion}`)
}

function decodeRemote(endpoints: EndpointsValue): JsonObject {
  // what the name resolved to may stand in remoteAddresses: the name is what was asked for
  if (endpoints.remoteFqdn) return { remoteFqdn: endpoints.remoteFqdn }
  const several = endpoints.remoteAddresses.map(decodeEndpoint)
  if (several.length > 0) return { remote: several.length === 1 ? several[0]! : several }
  if (endpoints.ipVersion === FWP_IP_VERSION_V4) return { remote: formatAddress(4, BigInt(endpoints.remoteV4Address)) }
  if (endpoints.ipVersion === FWP_IP_VERSION_V6)
    return { remote: formatAddress(6, ipv6BitsOf(endpoints.remoteV6Address)) }
  return { remote: unknown(`ipVersion ${endpoints.ipVersion}`) }
}

function decodeEndpoint(endpoint: Endpoint): string {
  if (endpoint.ipVersion === FWP_IP_VERSION_V4) return formatAddress(4, BigInt(endpoint.v4Address))
  if (endpoint.ipVersion === FWP_IP_VERSION_V6) return formatAddress(6, ipv6BitsOf(endpoint.v6Address))
  return unknown(`ipVersion ${endpoint.ipVersion}`)
}

function encodePair(local: AddressValue, remote: AddressValue | undefined) {
  const bits = remote?.bits ?? 0n
  return local.family === 4
    ? ({ ipVersion: FWP_IP_VERSION_V4, localV4Address: Number(local.bits), remoteV4Address: Number(bits) } as const)
    : ({
        ipVersion: FWP_IP_VERSION_V6,
        localV6Address: ipv6Bytes(local.bits),
        remoteV6Address: ipv6Bytes(bits),
      } as const)
}

function encodeEndpoint({ family, bits }: AddressValue): Endpoint {
  return family === 4
    ? { ipVersion: FWP_IP_VERSION_V4, v4Address: Number(bits) }
    : { ipVersion: FWP_IP_VERSION_V6, v6Address: ipv6Bytes(bits) }
}

function addressValue(text: string): AddressValue {
  const read = parseAddress(text)
  if ('problem' in read) throw new Error(`not in normal form: ${text}`)
  return read.value
}

export function encodeSelectorPolicy({ flags, local, remote }: TrafficSelectorPolicy): SelectorPolicy {
  return {
    flags,
    localTrafficSelectors: local.map(encodeSelector),
    remoteTrafficSelectors: remote.map(encodeSelector),
  }
}

export function decodeSelectorPolicy(policy: SelectorPolicy): JsonObject {
  return {
    flags: policy.flags,
    local: policy.localTrafficSelectors.map(decodeSelector),
    remote: policy.remoteTrafficSelectors.map(decodeSelector),
  }
}

function encodeSelector({ address, protocol, port }: TrafficSelector): Selector {
  const [portStart, portEnd] = encodePorts(port)
  return { protocolId: encodeProtocol(protocol), portStart, portEnd, ...encodeBounds(address) }
}

function encodeBounds(address: string) {
  const { family, first, last } = addressSetOf(address)
  return family === 4
    ? ({ ipVersion: FWP_IP_VERSION_V4, startV4Address: Number(first), endV4Address: Number(last) } as const)
    : ({ ipVersion: FWP_IP_VERSION_V6, startV6Address: ipv6Bytes(first), endV6Address: ipv6Bytes(last) } as const)
}

function decodeSelector(selector: Selector): JsonObject {
  return {
    address: decodeBounds(selector),
    protocol: decodeProtocol(selector.protocolId),
    port: decodePorts(selector.portStart, selector.portEnd),
  }
}

function decodeBounds(selector: Selector): string {
  if (selector.ipVersion === FWP_IP_VERSION_V4)
    return decodeSpan(4, BigInt(selector.startV4Address), BigInt(selector.endV4Address))
  if (selector.ipVersion === FWP_IP_VERSION_V6)
    return decodeSpan(6, ipv6BitsOf(selector.startV6Address), ipv6BitsOf(selector.endV6Address))
  return unknown(`ipVersion ${selector.ipVersion}`)
}

function decodeSpan(family: Family, first: bigint, last: bigint): string {
  if (first <= last) return formatAddressSet(addressSet(family, first, last))
  return unknown(`${formatAddress(family, first)}-${formatAddress(family, last)}`)
}
