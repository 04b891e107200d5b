/**
 * Authentication methods: which key module knows which, and the SDK constants they become.
 *
 * From the page of IKEEXT_AUTHENTICATION_METHOD_TYPE, with two corrections: it allows a pre-shared key to IKE alone, but the
 * IKEEXT_PSK_FLAG_* are documented as IKEv2's own, so both modules have it; it puts no limit on Kerberos, but IKEv2 has no GSS method.
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ne-iketypes-ikeext_authentication_method_type
 */

import type { KeyModule } from './spec.ts'

export const METHODS = {
  presharedKey: { modules: ['ikev1', 'ikev2'], types: { '': 'IKEEXT_PRESHARED_KEY' } },
  certificate: {
    modules: ['ikev1', 'ikev2'],
    types: {
      rsa: 'IKEEXT_CERTIFICATE',
      ecdsaP256: 'IKEEXT_CERTIFICATE_ECDSA_P256',
      ecdsaP384: 'IKEEXT_CERTIFICATE_ECDSA_P384',
    },
  },
  kerberos: { modules: ['ikev1', 'authip'], types: { '': 'IKEEXT_KERBEROS' } },
  ntlmv2: { modules: ['authip'], types: { '': 'IKEEXT_NTLM_V2' } },
  anonymous: { modules: ['authip'], types: { '': 'IKEEXT_ANONYMOUS' } },
  ssl: {
    modules: ['authip'],
    types: { rsa: 'IKEEXT_SSL', ecdsaP256: 'IKEEXT_SSL_ECDSA_P256', ecdsaP384: 'IKEEXT_SSL_ECDSA_P384' },
  },
  eap: { modules: ['ikev2'], types: { '': 'IKEEXT_EAP' } },
  cga: { modules: ['ikev1'], types: { '': 'IKEEXT_IPV6_CGA' } },
} as const satisfies Record<
  string,
  { readonly modules: readonly KeyModule[]; readonly types: { readonly [signature: string]: string } }
>

export type MethodWord = keyof typeof METHODS

/** Words of a method in the order in which help texts list them. */
export const METHOD_WORDS = Object.keys(METHODS) as readonly MethodWord[]

/** @returns the methods that a key module knows: `['presharedKey', 'certificate', 'eap']` for ikev2 */
export function methodsOf(module: KeyModule): MethodWord[] {
  return METHOD_WORDS.filter((word) => (METHODS[word].modules as readonly KeyModule[]).includes(module))
}

/** IKEEXT_CERT_CONFIG_*: where the trusted certification authorities are listed; `ca` is the list in the manifest itself. */
export const TRUST_TYPES = {
  ca: 'IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST',
  enterprise: 'IKEEXT_CERT_CONFIG_ENTERPRISE_STORE',
  trustedRoot: 'IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE',
  unspecified: 'IKEEXT_CERT_CONFIG_UNSPECIFIED',
} as const

/** IKEEXT_CERT_CRITERIA_NAME_TYPE by word. */
export const SUBJECT_TYPES = {
  dns: 'IKEEXT_CERT_CRITERIA_DNS',
  upn: 'IKEEXT_CERT_CRITERIA_UPN',
  rfc822: 'IKEEXT_CERT_CRITERIA_RFC822',
  cn: 'IKEEXT_CERT_CRITERIA_CN',
  ou: 'IKEEXT_CERT_CRITERIA_OU',
  o: 'IKEEXT_CERT_CRITERIA_O',
  dc: 'IKEEXT_CERT_CRITERIA_DC',
} as const

/** IKEEXT_AUTHENTICATION_IMPERSONATION_TYPE by word. */
export const IMPERSONATIONS = {
  none: 'IKEEXT_IMPERSONATION_NONE',
  socketPrincipal: 'IKEEXT_IMPERSONATION_SOCKET_PRINCIPAL',
} as const
