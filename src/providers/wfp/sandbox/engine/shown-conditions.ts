/**
 * What an engine may make of the conditions that a tunnel is added with: which ones its filters carry is not documented. The switch
 * `conditions` names the changes; without it the filters carry what was given.
 */
import * as C from '../../binding/tables/constants/index.ts'
import type { Condition } from '../values.ts'

type Change = (conditions: readonly Condition[]) => readonly Condition[]
type Value = Condition['conditionValue']

const PROFILE: Condition = {
  fieldKey: C.FWPM_CONDITION_CURRENT_PROFILE_ID,
  matchType: C.FWP_MATCH_EQUAL,
  conditionValue: { type: C.FWP_UINT32, uint32: 1 },
}
const INTERFACE: Condition = {
  fieldKey: C.FWPM_CONDITION_IP_LOCAL_INTERFACE,
  matchType: C.FWP_MATCH_EQUAL,
  conditionValue: { type: C.FWP_UINT64, uint64: 0x6_0080_0000_0000n },
}

const ADDRESS_FIELDS: ReadonlySet<string> = new Set([
  C.FWPM_CONDITION_IP_LOCAL_ADDRESS,
  C.FWPM_CONDITION_IP_REMOTE_ADDRESS,
])

/** In the order in which they are made. */
const CHANGES = {
  /** a subnet as its two halves: two values of one field */
  split: addresses(halvesOf),
  /** an address as the subnet of its own */
  masked: addresses((condition) => [withValue(condition, maskedValue(condition.conditionValue))]),
  /** a subnet with the last bit of its address set, beyond the mask */
  'host-bits': addresses((condition) => [withValue(condition, withHostBit(condition.conditionValue))]),
  /** a condition more: on the profile of the network */
  profile: (conditions) => [...conditions, PROFILE],
  /** a condition more: on the interface */
  interface: (conditions) => [...conditions, INTERFACE],
} as const satisfies Readonly<Record<string, Change>>

export const CONDITION_CHANGES: readonly string[] = Object.keys(CHANGES)

/** @param changes names of changes, separated by commas */
export function shownConditions(given: readonly Condition[], changes: string): readonly Condition[] {
  const wanted = new Set(changes.split(','))
  return Object.entries(CHANGES).reduce(
    (conditions, [name, change]) => (wanted.has(name) ? change(conditions) : conditions),
    given,
  )
}

/** A change of each condition on an address; the others stay. */
function addresses(change: (condition: Condition) => readonly Condition[]): Change {
  return (conditions) =>
    conditions.flatMap((condition) => (ADDRESS_FIELDS.has(condition.fieldKey) ? change(condition) : [condition]))
}

function withValue(condition: Condition, conditionValue: Value): Condition {
  return { ...condition, conditionValue }
}

function maskedValue(value: Value): Value {
  if (value.type === C.FWP_UINT32)
    return { type: C.FWP_V4_ADDR_MASK, v4AddrMask: { addr: value.uint32, mask: 0xffff_ffff } }
  if (value.type === C.FWP_BYTE_ARRAY16_TYPE)
    return { type: C.FWP_V6_ADDR_MASK, v6AddrMask: { addr: value.byteArray16, prefixLength: 128 } }
  return value
}

function withHostBit(value: Value): Value {
  const subnet = subnetOf(value)
  if (subnet === undefined || subnet.prefix === subnet.bytes.length * 8) return value
  return subnetValue({ ...subnet, bytes: withBit(subnet.bytes, subnet.bytes.length * 8 - 1) })
}

function halvesOf(condition: Condition): Condition[] {
  const subnet = subnetOf(condition.conditionValue)
  if (subnet === undefined || subnet.prefix === subnet.bytes.length * 8) return [condition]
  const halves = [subnet.bytes, withBit(subnet.bytes, subnet.prefix)]
  return halves.map((bytes) => withValue(condition, subnetValue({ bytes, prefix: subnet.prefix + 1 })))
}

interface Subnet {
  /** in network order: 4 or 16 */
  readonly bytes: Uint8Array
  readonly prefix: number
}

function subnetOf(value: Value): Subnet | undefined {
  if (value.type === C.FWP_V6_ADDR_MASK) return { bytes: value.v6AddrMask.addr, prefix: value.v6AddrMask.prefixLength }
  if (value.type !== C.FWP_V4_ADDR_MASK) return undefined
  const { addr, mask } = value.v4AddrMask
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(addr)
  return { bytes, prefix: Math.clz32(~mask) }
}

function subnetValue({ bytes, prefix }: Subnet): Value {
  if (bytes.length === 16) return { type: C.FWP_V6_ADDR_MASK, v6AddrMask: { addr: bytes, prefixLength: prefix } }
  const addr = Buffer.from(bytes).readUInt32BE()
  return { type: C.FWP_V4_ADDR_MASK, v4AddrMask: { addr, mask: prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0 } }
}

function withBit(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return changed
}
