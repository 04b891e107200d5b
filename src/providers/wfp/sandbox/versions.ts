/**
 * Provider contexts of versions 0 to 2 become version 3 on the way in and what was asked for on the way out.
 *
 * Going up, a field the older structure lacks gets the value that means "unset". Going down needs little: packing an older
 * structure leaves out what it has no place for. Only certificates changed their shape (roots became criteria in version 2).
 */
import type { Value } from '../binding/ctype/index.ts'
import type {
  FWPM_PROVIDER_CONTEXT0,
  FWPM_PROVIDER_CONTEXT1,
  FWPM_PROVIDER_CONTEXT2,
} from '../binding/tables/structs/index.ts'
import { contextTypeOf } from './rules/context-types.ts'
import type { Context } from './values.ts'

export type Context0 = Value<typeof FWPM_PROVIDER_CONTEXT0>
export type Context1 = Value<typeof FWPM_PROVIDER_CONTEXT1>
export type Context2 = Value<typeof FWPM_PROVIDER_CONTEXT2>

export type VersionedContext = Context0 | Context1 | Context2 | Context

/** A structure, whichever. */
export type AnyFields = Readonly<Record<string, unknown>>

const NOTHING = new Uint8Array(0)
const TUNNEL_POLICY: AnyFields = { fwdPathSaLifetime: 0, compartmentId: 0, trafficSelectorPolicies: [] }
const ENDPOINTS: AnyFields = { localIfLuid: 0n, remoteFqdn: null, remoteAddresses: [] }
const MAIN_MODE_POLICY: AnyFields = { retransmitDurationSecs: 0 }
/** Fields that came to an authentication method, by arm. */
const METHOD_ARMS: Readonly<Record<string, AnyFields>> = {
  presharedKeyAuthentication: { flags: 0 },
  kerberosAuthentication: { proxyServer: null },
  certificateAuthentication: { localCertLocationUrl: NOTHING },
  sslAuthentication: { localCertLocationUrl: NOTHING },
}
const CERTIFICATE_ARMS: ReadonlySet<string> = new Set(['certificateAuthentication', 'sslAuthentication'])

/** Criteria field of version 2 → root field of versions 0 and 1, and whether that one was a single pointer. */
const ROOTS = [
  { criteria: 'RootCriteria', root: 'RootArray', single: false },
  { criteria: 'EnterpriseStoreCriteria', root: 'EnterpriseStoreConfig', single: true },
  { criteria: 'TrustedRootStoreCriteria', root: 'TrustedRootStoreConfig', single: true },
] as const
const DIRECTIONS = ['inbound', 'outbound'] as const

/** Any version, given by a caller, as version 3. */
export function raise(context: VersionedContext): Context {
  const fields = context as AnyFields
  const kind = contextTypeOf(context.type)
  if ('keyingPolicy' in fields)
    return { ...fields, keyingPolicy: { flags: 0, ...(fields.keyingPolicy as AnyFields) } } as Context
  if (kind === undefined || !(kind.arm in fields)) return fields as Context
  return { ...fields, [kind.arm]: raisePolicy(fields[kind.arm] as AnyFields, kind.mode) } as Context
}

/** Version 3 as versions 0 and 1 show it. Version 2 is a part of version 3. */
export function lower(context: Context): Context0 & Context1 {
  const arm = contextTypeOf(context.type)?.arm
  const fields = context as AnyFields
  if (arm === undefined || !(arm in fields)) return fields as Context0 & Context1
  return { ...fields, [arm]: mapMethods(fields[arm] as AnyFields, lowerMethod) } as Context0 & Context1
}

function raisePolicy(policy: AnyFields, mode: 'tunnel' | 'mainMode' | 'transport'): AnyFields {
  const raised = mapMethods(policy, raiseMethod)
  if (mode === 'transport') return raised
  if (mode === 'mainMode') return { ...MAIN_MODE_POLICY, ...raised }
  return { ...TUNNEL_POLICY, ...raised, tunnelEndpoints: { ...ENDPOINTS, ...(raised.tunnelEndpoints as AnyFields) } }
}

/** A policy with other authentication methods: they stand in a main-mode policy and in the extended-mode policy of a quick-mode one. */
export function mapMethods(policy: AnyFields, map: (method: AnyFields) => AnyFields): AnyFields {
  const methods = policy.authenticationMethods as readonly AnyFields[] | undefined
  const extended = policy.emPolicy as AnyFields | null | undefined
  return {
    ...policy,
    ...(methods !== undefined && { authenticationMethods: methods.map(map) }),
    ...(extended != null && { emPolicy: mapMethods(extended, map) }),
  }
}

function raiseMethod(method: AnyFields): AnyFields {
  return mapArms(method, (arm, value) => ({
    ...METHOD_ARMS[arm],
    ...(CERTIFICATE_ARMS.has(arm) ? raiseCertificate(value) : value),
  }))
}

function lowerMethod(method: AnyFields): AnyFields {
  return mapArms(method, (arm, value) => (CERTIFICATE_ARMS.has(arm) ? lowerCertificate(value) : value))
}

function mapArms(method: AnyFields, map: (arm: string, value: AnyFields) => AnyFields): AnyFields {
  const entries = Object.entries(method).map(([arm, value]) => [
    arm,
    arm in METHOD_ARMS ? map(arm, value as AnyFields) : value,
  ])
  return Object.fromEntries(entries)
}

function raiseCertificate(certificate: AnyFields): AnyFields {
  return mapRoots(certificate, 'root', 'criteria', (given) => {
    const roots = given === null ? [] : Array.isArray(given) ? (given as AnyFields[]) : [given as AnyFields]
    return roots.map((root) => ({ certHash: NOTHING, eku: null, name: null, ...root }))
  })
}

function lowerCertificate(certificate: AnyFields): AnyFields {
  return mapRoots(certificate, 'criteria', 'root', (given, single) => {
    const roots = (given as readonly AnyFields[]).map(({ certData, flags }) => ({ certData, flags }))
    return single ? (roots[0] ?? null) : roots
  })
}

function mapRoots(
  certificate: AnyFields,
  from: 'root' | 'criteria',
  to: 'root' | 'criteria',
  map: (given: unknown, single: boolean) => unknown,
): AnyFields {
  const result: Record<string, unknown> = { ...certificate }
  for (const direction of DIRECTIONS) {
    for (const names of ROOTS) {
      const name = direction + names[from]
      if (!(name in result)) continue
      result[direction + names[to]] = map(result[name], names.single)
      delete result[name]
    }
  }
  return result
}
