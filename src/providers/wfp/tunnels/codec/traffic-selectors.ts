/**
 * Traffic selectors ⇄ IPSEC_TRAFFIC_SELECTOR_POLICY0 (Add3).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_traffic_selector0
 */

import type { JsonObject } from '../../../../base/json.ts'
import type { TrafficSelector, TrafficSelectorPolicy } from '../../../../kinds/ipsec-tunnel/spec.ts'
import { type Family, formatAddress, ipv6BitsOf, ipv6Bytes } from '../../../../kinds/values/address.ts'
import { addressSet, formatAddressSet } from '../../../../kinds/values/network.ts'
import { FWP_IP_VERSION_V4, FWP_IP_VERSION_V6 } from '../../binding/tables/constants/index.ts'
import { addressSetOf } from './conditions.ts'
import type { Selector, SelectorPolicy } from './values.ts'
import { decodePorts, decodeProtocol, encodePorts, encodeProtocol, unknown } from './words.ts'

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
