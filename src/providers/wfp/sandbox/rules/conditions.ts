/**
 * Which conditions a tunnel takes.
 *
 * "If FWPM_TUNNEL_FLAG_POINT_TO_POINT is not set in the flags parameter, then only IP_LOCAL_ADDRESS and IP_REMOTE_ADDRESS may be
 * specified": the forward layers know nothing else. With it, the fields of the IPSEC layers are the bound.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmipsectunneladd2
 * @see https://learn.microsoft.com/windows/win32/fwp/filtering-conditions-available-at-each-filtering-layer
 */
import * as C from '../../binding/tables/constants/index.ts'
import { refuse, require } from '../refusal.ts'
import type { Condition } from '../values.ts'

export type AddressFamily = 'v4' | 'v6'
type ConditionValue = Condition['conditionValue']

const ADDRESS_FIELDS: ReadonlySet<string> = new Set([
  C.FWPM_CONDITION_IP_LOCAL_ADDRESS,
  C.FWPM_CONDITION_IP_REMOTE_ADDRESS,
])

/** The other fields of FWPM_LAYER_IPSEC_V4/V6 and the data type of each. */
const POINT_TO_POINT_FIELDS: Readonly<Record<string, number>> = {
  [C.FWPM_CONDITION_IP_PROTOCOL]: C.FWP_UINT8,
  [C.FWPM_CONDITION_IP_LOCAL_PORT]: C.FWP_UINT16,
  [C.FWPM_CONDITION_IP_REMOTE_PORT]: C.FWP_UINT16,
  [C.FWPM_CONDITION_IP_LOCAL_INTERFACE]: C.FWP_UINT64,
  [C.FWPM_CONDITION_CURRENT_PROFILE_ID]: C.FWP_UINT32,
}

const FAMILY_OF_TYPE: Readonly<Record<number, AddressFamily>> = {
  [C.FWP_UINT32]: 'v4',
  [C.FWP_V4_ADDR_MASK]: 'v4',
  [C.FWP_BYTE_ARRAY16_TYPE]: 'v6',
  [C.FWP_V6_ADDR_MASK]: 'v6',
}

/**
 * Checks all conditions; the family of the inner traffic, if an address says it.
 *
 * @param tunnelFlags FWPM_TUNNEL_FLAG_*: what goes through a virtual interface needs no condition
 */
export function checkConditions(conditions: readonly Condition[], tunnelFlags: number): AddressFamily | undefined {
  const pointToPoint = (tunnelFlags & C.FWPM_TUNNEL_FLAG_POINT_TO_POINT) !== 0
  const virtual = (tunnelFlags & C.FWPM_TUNNEL_FLAG_ENABLE_VIRTUAL_IF_TUNNELING) !== 0
  require(conditions.length > 0 || virtual, 'FWP_E_INVALID_PARAMETER', 'a tunnel needs a condition')
  const families = new Set<AddressFamily>()
  for (const { fieldKey, matchType, conditionValue } of conditions) {
    checkMatch(matchType, conditionValue)
    if (ADDRESS_FIELDS.has(fieldKey)) families.add(addressFamily(conditionValue))
    else checkOtherField(fieldKey, conditionValue, pointToPoint)
  }
  require(families.size < 2, 'FWP_E_INVALID_PARAMETER', 'IPv4 and IPv6 conditions are mixed')
  return [...families][0]
}

function checkOtherField(field: string, value: ConditionValue, pointToPoint: boolean): void {
  require(pointToPoint, 'FWP_E_INVALID_PARAMETER', 'a gateway tunnel takes address conditions only')
  const type = POINT_TO_POINT_FIELDS[field]
  if (type === undefined) refuse('FWP_E_CONDITION_NOT_FOUND', `the IPsec layers have no field ${field}`)
  require(singleType(value) === type, 'FWP_E_TYPE_MISMATCH', `field ${field} has another data type`)
}

/** FWP_MATCH_RANGE and a range belong together; the IPsec layers test for equality otherwise. */
function checkMatch(matchType: number, value: ConditionValue): void {
  const expected = value.type === C.FWP_RANGE_TYPE ? C.FWP_MATCH_RANGE : C.FWP_MATCH_EQUAL
  require(matchType === expected, 'FWP_E_MATCH_TYPE_MISMATCH', `match type ${matchType} does not suit the value`)
}

function addressFamily(value: ConditionValue): AddressFamily {
  const family = FAMILY_OF_TYPE[singleType(value)]
  if (family === undefined) refuse('FWP_E_TYPE_MISMATCH', 'not an address')
  if (value.type === C.FWP_V4_ADDR_MASK) checkMask(value.v4AddrMask.mask)
  if (value.type === C.FWP_V6_ADDR_MASK) {
    require(value.v6AddrMask.prefixLength <= 128, 'FWP_E_INVALID_NET_MASK', 'an IPv6 prefix has 0 to 128 bits')
  }
  return family
}

/** Ones, then zeros. */
function checkMask(mask: number): void {
  const inverted = ~mask >>> 0
  require((inverted & (inverted + 1)) === 0, 'FWP_E_INVALID_NET_MASK', `0x${mask.toString(16)} is not a network mask`)
}

/** The data type of a value, or of both ends of a range. */
function singleType(value: ConditionValue): number {
  if (value.type !== C.FWP_RANGE_TYPE) return value.type
  const { valueLow, valueHigh } = value.rangeValue
  require(valueLow.type === valueHigh.type, 'FWP_E_INVALID_RANGE', 'the ends of a range are of different types')
  require(compare(comparable(valueLow), comparable(valueHigh)) <=
    0, 'FWP_E_INVALID_RANGE', 'the range ends before it starts')
  return valueLow.type
}

type RangeEnd = Extract<ConditionValue, { rangeValue: unknown }>['rangeValue']['valueLow']

function comparable(end: RangeEnd): bigint | Uint8Array {
  switch (end.type) {
    case C.FWP_UINT8:
      return BigInt(end.uint8)
    case C.FWP_UINT16:
      return BigInt(end.uint16)
    case C.FWP_UINT32:
      return BigInt(end.uint32)
    case C.FWP_UINT64:
      return end.uint64
    case C.FWP_BYTE_ARRAY16_TYPE:
      return end.byteArray16
    default:
      return refuse('FWP_E_TYPE_MISMATCH', `values of type ${end.type} make no range`)
  }
}

function compare(low: bigint | Uint8Array, high: bigint | Uint8Array): number {
  if (typeof low !== 'bigint' && typeof high !== 'bigint') return Buffer.compare(low, high)
  return low <= high ? 0 : 1
}
