/**
 * The inner traffic ⇄ filter conditions.
 *
 * Conditions on different fields are and-ed, several on one field are or-ed: so two lists of addresses are a cross product.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_filter_condition0
 */

import type { JsonObject } from '../../../../base/index.ts'
import type { Traffic } from '../../../../kinds/ipsec-tunnel/spec.ts'
import { type AddressValue, ipv6BitsOf, ipv6Bytes } from '../../../../kinds/values/address.ts'
import {
  type AddressSetValue,
  addressSet,
  parseAddressSet,
  sortedAddressSets,
} from '../../../../kinds/values/network.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import { plain } from '../../engine/index.ts'
import {
  type Bound,
  type Condition,
  type ConditionValue,
  decodePorts,
  decodeProtocol,
  encodePorts,
  encodeProtocol,
  unknown,
} from './words.ts'

export function encodeConditions(traffic: Traffic): Condition[] {
  const { local, remote, protocol, localPort, remotePort, interface: luid, profile } = traffic
  return [
    ...local.map((set) => matching(sdk.FWPM_CONDITION_IP_LOCAL_ADDRESS, addressValue(set))),
    ...remote.map((set) => matching(sdk.FWPM_CONDITION_IP_REMOTE_ADDRESS, addressValue(set))),
    ...some(protocol, (it) =>
      matching(sdk.FWPM_CONDITION_IP_PROTOCOL, { type: sdk.FWP_UINT8, uint8: encodeProtocol(it) }),
    ),
    ...some(localPort, (it) => matching(sdk.FWPM_CONDITION_IP_LOCAL_PORT, portValue(it))),
    ...some(remotePort, (it) => matching(sdk.FWPM_CONDITION_IP_REMOTE_PORT, portValue(it))),
    ...some(luid, (it) =>
      matching(sdk.FWPM_CONDITION_IP_LOCAL_INTERFACE, { type: sdk.FWP_UINT64, uint64: BigInt(it) }),
    ),
    ...some(profile, (it) => matching(sdk.FWPM_CONDITION_CURRENT_PROFILE_ID, { type: sdk.FWP_UINT32, uint32: it })),
  ]
}

/** The traffic that conditions describe, in normal form; what no manifest can say stands there as `unknown(…)`. */
export function decodeConditions(conditions: readonly Condition[]): JsonObject {
  const of = (field: string): readonly Condition[] => conditions.filter(({ fieldKey }) => fieldKey === field)
  const others = conditions.filter(({ fieldKey }) => !(fieldKey in SCALARS) && !ADDRESSES.includes(fieldKey))
  const scalars = Object.entries(SCALARS).flatMap(([field, [name, decode]]) => {
    const values = of(field).map(decode)
    return values.length === 0 ? [] : [[name, values.length === 1 ? values[0]! : unknown(...values)] as const]
  })
  return {
    local: decodeAddresses(of(sdk.FWPM_CONDITION_IP_LOCAL_ADDRESS)),
    remote: decodeAddresses(of(sdk.FWPM_CONDITION_IP_REMOTE_ADDRESS)),
    ...Object.fromEntries(scalars),
    ...(others.length > 0 && { others: others.map((it) => unknown(it.fieldKey, conditionText(it))).sort() }),
  }
}

type Scalar = number | string
const ADDRESSES: readonly string[] = [sdk.FWPM_CONDITION_IP_LOCAL_ADDRESS, sdk.FWPM_CONDITION_IP_REMOTE_ADDRESS]

/** Fields that a tunnel names once: where they stand in `traffic`, and how they are read. */
const SCALARS: { readonly [field: string]: readonly [string, (condition: Condition) => Scalar] } = {
  [sdk.FWPM_CONDITION_IP_PROTOCOL]: ['protocol', decodeProtocolCondition],
  [sdk.FWPM_CONDITION_IP_LOCAL_PORT]: ['localPort', decodePortCondition],
  [sdk.FWPM_CONDITION_IP_REMOTE_PORT]: ['remotePort', decodePortCondition],
  [sdk.FWPM_CONDITION_IP_LOCAL_INTERFACE]: ['interface', decodeInterface],
  [sdk.FWPM_CONDITION_CURRENT_PROFILE_ID]: ['profile', decodeProfile],
}

function matching(fieldKey: string, conditionValue: ConditionValue): Condition {
  const matchType = conditionValue.type === sdk.FWP_RANGE_TYPE ? sdk.FWP_MATCH_RANGE : sdk.FWP_MATCH_EQUAL
  return { fieldKey, matchType, conditionValue }
}

/** IPv4 in host order, IPv6 as bytes; a prefix as address and mask, a range by its bounds. */
function addressValue(text: string): ConditionValue {
  const set = addressSetOf(text)
  if (set.first === set.last) return bound(set, set.first)
  if (set.prefixLength === undefined)
    return {
      type: sdk.FWP_RANGE_TYPE,
      rangeValue: { valueLow: bound(set, set.first), valueHigh: bound(set, set.last) },
    }
  if (set.family === 6)
    return { type: sdk.FWP_V6_ADDR_MASK, v6AddrMask: { addr: ipv6Bytes(set.first), prefixLength: set.prefixLength } }
  const mask = Number(0xffff_ffffn ^ (set.first ^ set.last))
  return { type: sdk.FWP_V4_ADDR_MASK, v4AddrMask: { addr: Number(set.first), mask } }
}

/** One address as an FWP_VALUE0. */
function bound(set: AddressSetValue, bits: bigint): Bound {
  return set.family === 4
    ? { type: sdk.FWP_UINT32, uint32: Number(bits) }
    : { type: sdk.FWP_BYTE_ARRAY16_TYPE, byteArray16: ipv6Bytes(bits) }
}

function portValue(ports: number | string): ConditionValue {
  const [first, last] = encodePorts(ports)
  const port = (uint16: number) => ({ type: sdk.FWP_UINT16, uint16 }) as const
  if (first === last) return port(first)
  return { type: sdk.FWP_RANGE_TYPE, rangeValue: { valueLow: port(first), valueHigh: port(last) } }
}

/** A set of addresses from a normal form, so it does parse. */
export function addressSetOf(text: string): AddressSetValue {
  const read = parseAddressSet(text)
  if ('problem' in read) throw new Error(`not in normal form: ${text}`)
  return read.value
}

function decodeAddresses(conditions: readonly Condition[]): string[] {
  const sets = conditions.map((condition) => decodeAddressCondition(condition) ?? conditionText(condition))
  const odd = sets.filter((set) => typeof set === 'string').map((text) => unknown(text))
  return [...sortedAddressSets(sets.filter((set) => typeof set !== 'string')), ...odd.sort()]
}

function decodeAddressCondition({ matchType, conditionValue: value }: Condition): AddressSetValue | null {
  if (matchType !== (value.type === sdk.FWP_RANGE_TYPE ? sdk.FWP_MATCH_RANGE : sdk.FWP_MATCH_EQUAL)) return null
  if (value.type === sdk.FWP_V4_ADDR_MASK) return maskedSet(value.v4AddrMask)
  if (value.type === sdk.FWP_V6_ADDR_MASK) return prefixedSet(value.v6AddrMask)
  if (value.type !== sdk.FWP_RANGE_TYPE) return span(addressOf(value), addressOf(value))
  return span(addressOf(value.rangeValue.valueLow), addressOf(value.rangeValue.valueHigh))
}

function addressOf(value: ConditionValue | Bound): AddressValue | null {
  if (value.type === sdk.FWP_UINT32) return { family: 4, bits: BigInt(value.uint32) }
  return value.type === sdk.FWP_BYTE_ARRAY16_TYPE ? { family: 6, bits: ipv6BitsOf(value.byteArray16) } : null
}

function span(low: AddressValue | null, high: AddressValue | null): AddressSetValue | null {
  if (!low || !high || low.family !== high.family || low.bits > high.bits) return null
  return addressSet(low.family, low.bits, high.bits)
}

/** An address with a mask of leading ones; any other mask is not a set that a manifest can name. */
function maskedSet({ addr, mask }: { readonly addr: number; readonly mask: number }): AddressSetValue | null {
  const host = ~mask >>> 0
  if ((host & (host + 1)) !== 0) return null
  const first = BigInt((addr & mask) >>> 0)
  return addressSet(4, first, first | BigInt(host))
}

function prefixedSet({ addr, prefixLength }: { addr: Uint8Array; prefixLength: number }): AddressSetValue | null {
  if (prefixLength > 128) return null
  const host = (1n << BigInt(128 - prefixLength)) - 1n
  const first = ipv6BitsOf(addr) & ~host
  return addressSet(6, first, first | host)
}

function decodeProtocolCondition(condition: Condition): Scalar {
  const { matchType, conditionValue: value } = condition
  const isPlain = matchType === sdk.FWP_MATCH_EQUAL && value.type === sdk.FWP_UINT8
  return isPlain ? decodeProtocol(value.uint8) : unknown(conditionText(condition))
}

function decodePortCondition(condition: Condition): Scalar {
  const { matchType, conditionValue: value } = condition
  if (matchType === sdk.FWP_MATCH_EQUAL && value.type === sdk.FWP_UINT16) return value.uint16
  const range = matchType === sdk.FWP_MATCH_RANGE && value.type === sdk.FWP_RANGE_TYPE ? value.rangeValue : null
  const [low, high] = [range?.valueLow, range?.valueHigh]
  const arePorts = low?.type === sdk.FWP_UINT16 && high?.type === sdk.FWP_UINT16
  return arePorts ? decodePorts(low.uint16, high.uint16) : unknown(conditionText(condition))
}

function decodeInterface(condition: Condition): Scalar {
  const { matchType, conditionValue: value } = condition
  const isLuid = matchType === sdk.FWP_MATCH_EQUAL && value.type === sdk.FWP_UINT64
  return isLuid ? String(value.uint64) : unknown(conditionText(condition))
}

function decodeProfile(condition: Condition): Scalar {
  const { matchType, conditionValue: value } = condition
  const isPlain = matchType === sdk.FWP_MATCH_EQUAL && value.type === sdk.FWP_UINT32
  return isPlain ? value.uint32 : unknown(conditionText(condition))
}

/** Match type and value in one line, whatever they are. */
function conditionText({ matchType, conditionValue }: Condition): string {
  return `${matchType}:${JSON.stringify(plain(conditionValue))}`
}

function some<T, R>(value: T | undefined, make: (value: T) => R): readonly R[] {
  return value === undefined ? [] : [make(value)]
}
