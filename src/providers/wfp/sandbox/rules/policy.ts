/**
 * What the policy inside a provider context must obey, whoever adds it: FwpmProviderContextAdd or FwpmIPsecTunnelAdd.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_tunnel_policy2
 */
import * as C from '../../binding/tables/constants/index.ts'
import { refuse, require } from '../refusal.ts'
import { type Context, storedMainModePolicy, storedTunnelPolicy, type TunnelPolicy } from '../values.ts'
import { checkImpersonation, checkMainMode, checkMethods } from './authentication.ts'
import { contextTypeOf, type ModuleName, PLAIN_TYPES, UNSUPPORTED_TYPES } from './context-types.ts'
import { checkProposals } from './transforms.ts'

const IKEV2_ONLY = C.IPSEC_POLICY_FLAG_ENABLE_V6_IN_V4_TUNNELING | C.IPSEC_POLICY_FLAG_ENABLE_SERVER_ADDR_ASSIGNMENT
const AUTHIP_ONLY = C.IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY

/**
 * Refuses a context whose policy the engine would not take.
 *
 * @param insistsOnRetransmission whether IKEv2 must say how long it retransmits; asked only where it does not
 */
export function checkPolicy(context: Context, insistsOnRetransmission: () => boolean): void {
  const type: number = context.type
  const kind = contextTypeOf(type)
  if (kind === undefined) {
    checkPlainType(type)
    return
  }
  require(kind.arm in context, 'RPC_S_INVALID_TAG', `this version has no context type ${type}`)
  const mainMode = storedMainModePolicy(context)
  if (mainMode !== undefined) checkMainMode(mainMode, kind.module, insistsOnRetransmission)
  const tunnel = storedTunnelPolicy(context)
  if (tunnel !== undefined) checkTunnelPolicy(tunnel, kind.module)
}

function checkPlainType(type: number): void {
  if (PLAIN_TYPES.has(type)) return
  if (UNSUPPORTED_TYPES.has(type)) refuse('ERROR_NOT_SUPPORTED', `the sandbox keeps no contexts of type ${type}`)
  refuse('RPC_S_INVALID_TAG', `there is no context type ${type}`)
}

function checkTunnelPolicy(policy: TunnelPolicy, module: ModuleName): void {
  checkFlags(policy.flags, module)
  checkProposals(policy.ipsecProposals)
  checkEndpoints(policy.tunnelEndpoints)
  if (policy.emPolicy === null) return
  require(module === 'authip', 'FWP_E_EM_NOT_SUPPORTED', 'only AuthIP has an extended mode')
  checkMethods(policy.emPolicy.authenticationMethods, module)
  checkImpersonation(policy.emPolicy.initiatorImpersonationType, module)
}

function checkFlags(flags: number, module: ModuleName): void {
  require((flags & IKEV2_ONLY) === 0 || module === 'ikev2', 'FWP_E_INVALID_FLAGS', 'a flag of IKEv2 alone')
  require((flags & AUTHIP_ONLY) === 0 ||
    module === 'authip', 'FWP_E_INVALID_FLAGS', 'only AuthIP lets keys be dictated')
}

function checkEndpoints(endpoints: TunnelPolicy['tunnelEndpoints']): void {
  const family: number = endpoints.ipVersion
  const known = family === C.FWP_IP_VERSION_V4 || family === C.FWP_IP_VERSION_V6
  require(known, 'FWP_E_INVALID_TUNNEL_ENDPOINT', 'tunnel endpoints are IPv4 or IPv6')
  const oneFamily = endpoints.remoteAddresses.every(({ ipVersion }) => ipVersion === family)
  require(oneFamily, 'FWP_E_INVALID_TUNNEL_ENDPOINT', 'tunnel endpoints are of one family')
  const name = endpoints.remoteFqdn
  require(name === null || isDnsName(name), 'FWP_E_INVALID_DNS_NAME', `\`${name}\` is not a DNS name`)
}

function isDnsName(name: string): boolean {
  return (
    name.length <= 253 && /^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/i.test(name)
  )
}
