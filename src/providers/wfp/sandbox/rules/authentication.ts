/**
 * What main-mode and extended-mode policies must obey.
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_policy2
 */

import { pack } from '../../binding/ctype/index.ts'
import * as C from '../../binding/tables/constants/index.ts'
import { IKEEXT_AUTHENTICATION_METHOD2 } from '../../binding/tables/structs/index.ts'
import { withoutSecrets } from '../images.ts'
import { require } from '../refusal.ts'
import type { AuthenticationMethod, MainModePolicy } from '../values.ts'
import type { ModuleName } from './context-types.ts'

/** @see https://learn.microsoft.com/windows/win32/api/iketypes/ne-iketypes-ikeext_authentication_method_type */
const METHOD_MODULES: Readonly<Record<number, readonly ModuleName[]>> = {
  [C.IKEEXT_PRESHARED_KEY]: ['ike', 'ikev2'],
  [C.IKEEXT_CERTIFICATE]: ['ike', 'ikev2'],
  [C.IKEEXT_KERBEROS]: ['ike', 'authip'],
  [C.IKEEXT_ANONYMOUS]: ['authip'],
  [C.IKEEXT_SSL]: ['authip'],
  [C.IKEEXT_NTLM_V2]: ['authip'],
  [C.IKEEXT_IPV6_CGA]: ['ike'],
  [C.IKEEXT_CERTIFICATE_ECDSA_P256]: ['ike', 'ikev2'],
  [C.IKEEXT_CERTIFICATE_ECDSA_P384]: ['ike', 'ikev2'],
  [C.IKEEXT_SSL_ECDSA_P256]: ['authip'],
  [C.IKEEXT_SSL_ECDSA_P384]: ['authip'],
  [C.IKEEXT_EAP]: ['ikev2'],
}

/** Documented: IKEv2 retransmits for at least two minutes. */
const MIN_RETRANSMIT_SECONDS = 120

export function checkMainMode(
  policy: MainModePolicy,
  module: ModuleName,
  insistsOnRetransmission: () => boolean,
): void {
  require(policy.softExpirationTime === 0, 'FWP_E_RESERVED', 'softExpirationTime must be 0')
  checkMethods(policy.authenticationMethods, module)
  checkImpersonation(policy.initiatorImpersonationType, module)
  require(policy.ikeProposals.length > 0, 'FWP_E_ZERO_LENGTH_ARRAY', 'a main-mode policy needs a proposal')
  for (const proposal of policy.ikeProposals) checkIkeProposal(proposal, module)
  const { retransmitDurationSecs: seconds } = policy
  const isUnset = seconds === 0 && !(module === 'ikev2' && insistsOnRetransmission())
  require(isUnset || seconds >= MIN_RETRANSMIT_SECONDS, 'FWP_E_OUT_OF_BOUNDS', 'retransmitDurationSecs is at least 120')
}

export function checkMethods(methods: readonly AuthenticationMethod[], module: ModuleName): void {
  require(methods.length > 0, 'FWP_E_ZERO_LENGTH_ARRAY', 'a policy needs an authentication method')
  for (const method of methods) {
    const type: number = method.authenticationMethodType
    const allowed = METHOD_MODULES[type]?.includes(module) ?? false
    require(allowed, 'FWP_E_INCOMPATIBLE_AUTH_METHOD', `${module} has no authentication method ${type}`)
    const known = type === C.IKEEXT_ANONYMOUS || Object.keys(method).length > 1
    require(known, 'RPC_S_INVALID_TAG', `this version has no authentication method ${type}`)
    checkMethodFlags(method, module)
  }
  require(areDistinct(methods), 'FWP_E_DUPLICATE_AUTH_METHOD', 'an authentication method stands there twice')
}

/** Two preshared keys with the same flags are one method twice, whatever the keys are. */
function areDistinct(methods: readonly AuthenticationMethod[]): boolean {
  if (methods.length === 1) return true
  const images = methods.map((method) => pack(IKEEXT_AUTHENTICATION_METHOD2, withoutSecrets(method)).toString('base64'))
  return new Set(images).size === images.length
}

/** IKEEXT_PSK_FLAG_* are documented for IKEv2 alone. */
function checkMethodFlags(method: AuthenticationMethod, module: ModuleName): void {
  if (method.authenticationMethodType !== C.IKEEXT_PRESHARED_KEY || module === 'ikev2') return
  require(method.presharedKeyAuthentication.flags === 0, 'FWP_E_INVALID_FLAGS', 'preshared-key flags are for IKEv2')
}

export function checkImpersonation(type: number, module: ModuleName): void {
  require(type <= C.IKEEXT_IMPERSONATION_SOCKET_PRINCIPAL, 'FWP_E_INVALID_ENUMERATOR', `no impersonation type ${type}`)
  const allowed = type === C.IKEEXT_IMPERSONATION_NONE || module === 'authip'
  require(allowed, 'FWP_E_INVALID_PARAMETER', 'only AuthIP impersonates')
}

function checkIkeProposal(proposal: MainModePolicy['ikeProposals'][number], module: ModuleName): void {
  const { cipherAlgorithm, integrityAlgorithm, dhGroup } = proposal
  require(cipherAlgorithm.keyLen === 0 && cipherAlgorithm.rounds === 0, 'FWP_E_RESERVED', 'keyLen and rounds must be 0')
  const known =
    cipherAlgorithm.algoIdentifier <= C.IKEEXT_CIPHER_AES_GCM_256_16ICV &&
    integrityAlgorithm.algoIdentifier <= C.IKEEXT_INTEGRITY_SHA_384 &&
    dhGroup <= C.IKEEXT_DH_GROUP_24
  require(known, 'FWP_E_INVALID_ENUMERATOR', 'an algorithm of the main-mode proposal is not known')
  const allowed = dhGroup !== C.IKEEXT_DH_GROUP_NONE || module === 'authip'
  require(allowed, 'FWP_E_INCOMPATIBLE_DH_GROUP', 'only AuthIP goes without Diffie-Hellman')
}
