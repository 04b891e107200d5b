/** The structures the engine works on, as JavaScript values. Inside the engine a provider context is always version 3. */
import type { Value } from '../binding/ctype/index.ts'
import type {
  FWPM_FILTER_CONDITION0,
  FWPM_FILTER0,
  FWPM_PROVIDER_CONTEXT3,
  FWPM_PROVIDER0,
  FWPM_SESSION0,
  IKEEXT_AUTHENTICATION_METHOD2,
  IKEEXT_POLICY2,
  IPSEC_KEY_MANAGER0,
  IPSEC_PROPOSAL0,
  IPSEC_TUNNEL_POLICY3,
} from '../binding/tables/structs/index.ts'
import { contextTypeOf } from './rules/context-types.ts'

export type SessionValue = Value<typeof FWPM_SESSION0>
export type ProviderValue = Value<typeof FWPM_PROVIDER0>
export type Context = Value<typeof FWPM_PROVIDER_CONTEXT3>
export type Filter = Value<typeof FWPM_FILTER0>
export type Condition = Value<typeof FWPM_FILTER_CONDITION0>
export type TunnelPolicy = Value<typeof IPSEC_TUNNEL_POLICY3>
export type MainModePolicy = Value<typeof IKEEXT_POLICY2>
export type AuthenticationMethod = Value<typeof IKEEXT_AUTHENTICATION_METHOD2>
export type Proposal = Value<typeof IPSEC_PROPOSAL0>
export type KeyManager = Value<typeof IPSEC_KEY_MANAGER0>

/** Reads a policy under its SDK arm name without a case for each type. */
export function storedTunnelPolicy(context: Context): TunnelPolicy | undefined {
  return contextTypeOf(context.type)?.mode === 'tunnel' ? (armOf(context) as TunnelPolicy) : undefined
}

export function storedMainModePolicy(context: Context): MainModePolicy | undefined {
  return contextTypeOf(context.type)?.mode === 'mainMode' ? (armOf(context) as MainModePolicy) : undefined
}

export function withPolicy(context: Context, policy: TunnelPolicy | MainModePolicy): Context {
  const arm = contextTypeOf(context.type)?.arm
  return arm === undefined ? context : { ...context, [arm]: policy }
}

function armOf(context: Context): unknown {
  const arm = contextTypeOf(context.type)?.arm
  return arm === undefined ? undefined : (context as Record<string, unknown>)[arm]
}
