/**
 * The versions of a policy and the ways between them.
 *
 * Everything is encoded in the newest form and narrowed to the call at hand, and what an older call shows is widened before it is
 * decoded: so each member is encoded and decoded in one place.
 */

import { inboundArm, inboundArm1, inboundTrust, outboundArm, outboundArm1, outboundTrust } from './trust.ts'
import type * as v from './words.ts'

type Narrowing<V extends v.CallVersion> = {
  readonly tunnel: (policy: v.TunnelPolicy) => v.TunnelPolicyOf[V]
  readonly mainMode: (policy: v.MainModePolicy) => v.MainModePolicyOf[V]
}

/** From the newest form to that of a call. What the call lacks must be unset: `unsupportedFields` tells. */
export const NARROW: { readonly [V in v.CallVersion]: Narrowing<V> } = {
  1: { tunnel: narrowTunnelPolicy1, mainMode: narrowMainModePolicy },
  2: { tunnel: narrowTunnelPolicy2, mainMode: (policy) => policy },
  3: { tunnel: (policy) => policy, mainMode: (policy) => policy },
}

/** A tunnel policy of any version, in the newest form; what it lacks is unset. */
export function widenTunnelPolicy(policy: v.AnyTunnelPolicy): v.TunnelPolicy {
  const { flags, ipsecProposals, saIdleTimeout, tunnelEndpoints, emPolicy } = policy
  return {
    flags,
    ipsecProposals,
    tunnelEndpoints: widenEndpoints(tunnelEndpoints),
    saIdleTimeout,
    emPolicy: emPolicy && widenMethods(emPolicy),
    fwdPathSaLifetime: 'fwdPathSaLifetime' in policy ? policy.fwdPathSaLifetime : 0,
    compartmentId: 'compartmentId' in policy ? policy.compartmentId : 0,
    trafficSelectorPolicies: 'trafficSelectorPolicies' in policy ? policy.trafficSelectorPolicies : [],
  }
}

/** A main-mode policy of any version, in the newest form. */
export function widenMainModePolicy(policy: v.AnyMainModePolicy): v.MainModePolicy {
  return widenMethods(policy)
}

function narrowTunnelPolicy2(policy: v.TunnelPolicy): v.TunnelPolicyOf[2] {
  const { compartmentId, trafficSelectorPolicies, ...rest } = policy
  return rest
}

function narrowTunnelPolicy1(policy: v.TunnelPolicy): v.TunnelPolicyOf[1] {
  const { fwdPathSaLifetime, ...rest } = narrowTunnelPolicy2(policy)
  const { remoteFqdn, remoteAddresses, ...tunnelEndpoints } = rest.tunnelEndpoints
  const em = rest.emPolicy
  const emPolicy = em && { ...em, authenticationMethods: em.authenticationMethods.map(narrowMethod) }
  return { ...rest, tunnelEndpoints, emPolicy }
}

function narrowMainModePolicy(policy: v.MainModePolicy): v.MainModePolicyOf[1] {
  return { ...policy, authenticationMethods: policy.authenticationMethods.map(narrowMethod) }
}

function narrowMethod(method: v.Method): v.Method1 {
  if ('certificateAuthentication' in method)
    return { ...method, certificateAuthentication: narrowCertificate(method.certificateAuthentication) }
  if ('sslAuthentication' in method)
    return { ...method, sslAuthentication: narrowCertificate(method.sslAuthentication) }
  if ('kerberosAuthentication' in method)
    return { ...method, kerberosAuthentication: { flags: method.kerberosAuthentication.flags } }
  if ('reservedAuthentication' in method) throw new Error('IKEEXT_RESERVED has no place in version 1')
  return method
}

function narrowCertificate(certificate: v.CertificateMethod): v.CertificateMethod1 {
  const { flags, localCertLocationUrl } = certificate
  const trust = { ...inboundArm1(inboundTrust(certificate)), ...outboundArm1(outboundTrust(certificate)) }
  return { ...trust, flags, localCertLocationUrl }
}

function widenEndpoints(endpoints: v.TunnelEndpoints | v.Endpoints1): v.TunnelEndpoints {
  return { remoteFqdn: null, remoteAddresses: [], ...endpoints }
}

function widenMethods<P extends { readonly authenticationMethods: readonly (v.Method | v.Method1)[] }>(policy: P) {
  return { ...policy, authenticationMethods: policy.authenticationMethods.map(widenMethod) }
}

function widenMethod(method: v.Method | v.Method1): v.Method {
  if ('certificateAuthentication' in method)
    return { ...method, certificateAuthentication: widenCertificate(method.certificateAuthentication) }
  if ('sslAuthentication' in method) return { ...method, sslAuthentication: widenCertificate(method.sslAuthentication) }
  if ('kerberosAuthentication' in method)
    return { ...method, kerberosAuthentication: { proxyServer: null, ...method.kerberosAuthentication } }
  return method
}

function widenCertificate(certificate: v.CertificateMethod | v.CertificateMethod1): v.CertificateMethod {
  const { flags, localCertLocationUrl } = certificate
  const trust = { ...inboundArm(inboundTrust(certificate)), ...outboundArm(outboundTrust(certificate)) }
  return { ...trust, flags, localCertLocationUrl }
}
