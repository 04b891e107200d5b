/** Manifest words ⇄ SDK numbers, through tables whose entries name SDK constants. What has no word is printed, never dropped. */

import { decodeFlags, type FlagTable } from '../../../../kinds/ipsec-tunnel/flags.ts'
import { PROTOCOLS, type ProtocolWord } from '../../../../kinds/ipsec-tunnel/traffic.ts'
import type { Value } from '../../binding/ctype/index.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import type * as structs from '../../binding/tables/structs/index.ts'
import type { CallVersion, Condition } from '../../engine/index.ts'

/** A plain object is looked into faster than a module; most commands need neither. */
let constants: typeof sdk | undefined

/** The number (or key) behind the name of an SDK constant. */
export function constant<N extends keyof typeof sdk>(name: N): (typeof sdk)[N] {
  constants ??= { ...sdk }
  return constants[name]
}

/** Word → name of an SDK constant: the tables of algorithms.ts and methods.ts. */
export type Names = { readonly [word: string]: keyof typeof sdk }

/** How a value without a word is shown. It is not a word of any manifest, so it never equals a normal form. */
export function unknown(...what: readonly (number | bigint | string)[]): string {
  return `unknown(${what.join(', ')})`
}

/** @returns the word whose constant has this number, or `unknown(17)` */
export function wordOf(table: Names, number: number): string {
  return Object.keys(table).find((word) => constant(table[word]!) === number) ?? unknown(number)
}

/** @returns the words of the bits, sorted, and one `unknown(0x8000)` for those without a word */
export function flagWords(table: FlagTable, bits: number): string[] {
  const { words, unknown: rest } = decodeFlags(table, bits)
  return rest === 0 ? words : [...words, unknown(`0x${rest.toString(16)}`)]
}

export function encodeProtocol(protocol: ProtocolWord | number): number {
  return typeof protocol === 'number' ? protocol : PROTOCOLS[protocol]
}

export function decodeProtocol(number: number): ProtocolWord | number {
  const words = Object.keys(PROTOCOLS) as ProtocolWord[]
  return words.find((word) => PROTOCOLS[word] === number) ?? number
}

/** `8080` → [8080, 8080], `1-9` → [1, 9] */
export function encodePorts(ports: number | string): readonly [number, number] {
  const [first, last] = String(ports).split('-').map(Number)
  return [first!, last ?? first!]
}

export function decodePorts(first: number, last: number): number | string {
  if (first === last) return first
  return first < last ? `${first}-${last}` : unknown(`${first}-${last}`)
}

/** Text → bytes, plain ones, as the binding reads them back. */
export function bytesOf(text: string, encoding: 'utf8' | 'hex'): Uint8Array {
  return new Uint8Array(Buffer.from(text, encoding))
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** `{ [key]: value }`, or nothing when there is no value: optional properties are absent, never undefined. */
export function optional<K extends string, V>(key: K, value: V | null | undefined): { readonly [P in K]?: V } {
  return (value === null || value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }
}

export type { AnyContext, CallVersion, Condition, Filter } from '../../engine/index.ts'

export interface TunnelPolicyOf {
  readonly 1: Value<typeof structs.IPSEC_TUNNEL_POLICY1>
  readonly 2: Value<typeof structs.IPSEC_TUNNEL_POLICY2>
  readonly 3: Value<typeof structs.IPSEC_TUNNEL_POLICY3>
}
export interface MainModePolicyOf {
  readonly 1: Value<typeof structs.IKEEXT_POLICY1>
  readonly 2: Value<typeof structs.IKEEXT_POLICY2>
  readonly 3: Value<typeof structs.IKEEXT_POLICY2>
}
export type AnyTunnelPolicy = TunnelPolicyOf[CallVersion]
export type AnyMainModePolicy = MainModePolicyOf[CallVersion]

/** The newest of each. */
export type TunnelPolicy = TunnelPolicyOf[3]
export type MainModePolicy = MainModePolicyOf[3]
export type TunnelEndpoints = Value<typeof structs.IPSEC_TUNNEL_ENDPOINTS2>
export type Endpoint = Value<typeof structs.IPSEC_TUNNEL_ENDPOINT0>
export type EmPolicy = Value<typeof structs.IKEEXT_EM_POLICY2>
export type Method = Value<typeof structs.IKEEXT_AUTHENTICATION_METHOD2>
export type CertificateMethod = Value<typeof structs.IKEEXT_CERTIFICATE_AUTHENTICATION2>
export type CgaMethod = Value<typeof structs.IKEEXT_IPV6_CGA_AUTHENTICATION0>
export type Criteria = Value<typeof structs.IKEEXT_CERTIFICATE_CRITERIA0>
export type IkeProposal = Value<typeof structs.IKEEXT_PROPOSAL0>
export type IpsecProposal = Value<typeof structs.IPSEC_PROPOSAL0>
export type Transform = Value<typeof structs.IPSEC_SA_TRANSFORM0>
export type AuthTransform = Value<typeof structs.IPSEC_AUTH_TRANSFORM0>
export type CipherTransform = Value<typeof structs.IPSEC_CIPHER_TRANSFORM0>
export type AuthAndCipherTransform = Value<typeof structs.IPSEC_AUTH_AND_CIPHER_TRANSFORM0>
export type SelectorPolicy = Value<typeof structs.IPSEC_TRAFFIC_SELECTOR_POLICY0>
export type Selector = Value<typeof structs.IPSEC_TRAFFIC_SELECTOR0>
export type ConditionValue = Condition['conditionValue']
/** FWP_VALUE0, a bound of a range. */
export type Bound = Value<typeof structs.FWP_VALUE0>

/** The forms that only older versions have. */
export type Endpoints1 = Value<typeof structs.IPSEC_TUNNEL_ENDPOINTS1>
export type Method1 = Value<typeof structs.IKEEXT_AUTHENTICATION_METHOD1>
export type CertificateMethod1 = Value<typeof structs.IKEEXT_CERTIFICATE_AUTHENTICATION1>
export type RootConfig = Value<typeof structs.IKEEXT_CERT_ROOT_CONFIG0>
