/**
 * Authentication methods of main and extended mode, versions 0 (Vista), 1 (Windows 7) and 2 (Windows 8).
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_authentication_method2
 */

import { blob, bytes, type CType, list, ptr, str, struct, tagged, u8, u32, wstr } from '../../ctype/index.ts'
import * as C from '../constants/index.ts'

export const IKEEXT_PRESHARED_KEY_AUTHENTICATION0 = struct('IKEEXT_PRESHARED_KEY_AUTHENTICATION0', {
  presharedKey: blob,
})
export const IKEEXT_PRESHARED_KEY_AUTHENTICATION1 = struct('IKEEXT_PRESHARED_KEY_AUTHENTICATION1', {
  presharedKey: blob,
  flags: u32,
})

export const IKEEXT_CERT_ROOT_CONFIG0 = struct('IKEEXT_CERT_ROOT_CONFIG0', {
  certData: blob,
  flags: u32,
})

const inboundRoots = {
  [C.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST]: {
    inboundRootArraySize: u32,
    inboundRootArray: list(IKEEXT_CERT_ROOT_CONFIG0, 'inboundRootArraySize'),
  },
  [C.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE]: { inboundEnterpriseStoreConfig: ptr(IKEEXT_CERT_ROOT_CONFIG0) },
  [C.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE]: { inboundTrustedRootStoreConfig: ptr(IKEEXT_CERT_ROOT_CONFIG0) },
  [C.IKEEXT_CERT_CONFIG_UNSPECIFIED]: {},
} as const
const outboundRoots = {
  [C.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST]: {
    outboundRootArraySize: u32,
    outboundRootArray: list(IKEEXT_CERT_ROOT_CONFIG0, 'outboundRootArraySize'),
  },
  [C.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE]: { outboundEnterpriseStoreConfig: ptr(IKEEXT_CERT_ROOT_CONFIG0) },
  [C.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE]: { outboundTrustedRootStoreConfig: ptr(IKEEXT_CERT_ROOT_CONFIG0) },
  [C.IKEEXT_CERT_CONFIG_UNSPECIFIED]: {},
} as const

export const IKEEXT_CERTIFICATE_AUTHENTICATION0 = struct('IKEEXT_CERTIFICATE_AUTHENTICATION0', {
  inboundConfigType: u32,
  inbound: tagged('inboundConfigType', inboundRoots),
  outboundConfigType: u32,
  outbound: tagged('outboundConfigType', outboundRoots),
  flags: u32,
})
export const IKEEXT_CERTIFICATE_AUTHENTICATION1 = struct('IKEEXT_CERTIFICATE_AUTHENTICATION1', {
  inboundConfigType: u32,
  inbound: tagged('inboundConfigType', inboundRoots),
  outboundConfigType: u32,
  outbound: tagged('outboundConfigType', outboundRoots),
  flags: u32,
  localCertLocationUrl: blob,
})

/** Extended key usages, dotted OIDs. */
export const IKEEXT_CERT_EKUS0 = struct('IKEEXT_CERT_EKUS0', {
  numEku: u32,
  eku: list(str, 'numEku'),
})
export const IKEEXT_CERT_NAME0 = struct('IKEEXT_CERT_NAME0', {
  nameType: u32,
  certName: wstr,
})
export const IKEEXT_CERTIFICATE_CRITERIA0 = struct('IKEEXT_CERTIFICATE_CRITERIA0', {
  certData: blob,
  certHash: blob,
  eku: ptr(IKEEXT_CERT_EKUS0),
  name: ptr(IKEEXT_CERT_NAME0),
  flags: u32,
})
export const IKEEXT_CERTIFICATE_AUTHENTICATION2 = struct('IKEEXT_CERTIFICATE_AUTHENTICATION2', {
  inboundConfigType: u32,
  inbound: tagged('inboundConfigType', {
    [C.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST]: {
      inboundRootArraySize: u32,
      inboundRootCriteria: list(IKEEXT_CERTIFICATE_CRITERIA0, 'inboundRootArraySize'),
    },
    [C.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE]: {
      inboundEnterpriseStoreArraySize: u32,
      inboundEnterpriseStoreCriteria: list(IKEEXT_CERTIFICATE_CRITERIA0, 'inboundEnterpriseStoreArraySize'),
    },
    [C.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE]: {
      inboundRootStoreArraySize: u32,
      inboundTrustedRootStoreCriteria: list(IKEEXT_CERTIFICATE_CRITERIA0, 'inboundRootStoreArraySize'),
    },
    [C.IKEEXT_CERT_CONFIG_UNSPECIFIED]: {},
  }),
  outboundConfigType: u32,
  outbound: tagged('outboundConfigType', {
    [C.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST]: {
      outboundRootArraySize: u32,
      outboundRootCriteria: list(IKEEXT_CERTIFICATE_CRITERIA0, 'outboundRootArraySize'),
    },
    [C.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE]: {
      outboundEnterpriseStoreArraySize: u32,
      outboundEnterpriseStoreCriteria: list(IKEEXT_CERTIFICATE_CRITERIA0, 'outboundEnterpriseStoreArraySize'),
    },
    [C.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE]: {
      outboundRootStoreArraySize: u32,
      outboundTrustedRootStoreCriteria: list(IKEEXT_CERTIFICATE_CRITERIA0, 'outboundRootStoreArraySize'),
    },
    [C.IKEEXT_CERT_CONFIG_UNSPECIFIED]: {},
  }),
  flags: u32,
  localCertLocationUrl: blob,
})

export const IKEEXT_KERBEROS_AUTHENTICATION0 = struct('IKEEXT_KERBEROS_AUTHENTICATION0', { flags: u32 })
export const IKEEXT_KERBEROS_AUTHENTICATION1 = struct('IKEEXT_KERBEROS_AUTHENTICATION1', {
  flags: u32,
  proxyServer: wstr,
})
export const IKEEXT_NTLM_V2_AUTHENTICATION0 = struct('IKEEXT_NTLM_V2_AUTHENTICATION0', { flags: u32 })
export const IKEEXT_EAP_AUTHENTICATION0 = struct('IKEEXT_EAP_AUTHENTICATION0', { flags: u32 })
export const IKEEXT_RESERVED_AUTHENTICATION0 = struct('IKEEXT_RESERVED_AUTHENTICATION0', { flags: u32 })

export const IKEEXT_IPV6_CGA_AUTHENTICATION0 = struct('IKEEXT_IPV6_CGA_AUTHENTICATION0', {
  keyContainerName: wstr,
  cspName: wstr,
  cspType: u32,
  cgaModifier: bytes(16),
  cgaCollisionCount: u8,
})

/** The arms every version has; only the types behind some of them changed. */
function methods<Psk, Certificate, Kerberos>(
  psk: CType<Psk>,
  certificate: CType<Certificate>,
  kerberos: CType<Kerberos>,
) {
  return {
    [C.IKEEXT_PRESHARED_KEY]: { presharedKeyAuthentication: psk },
    [C.IKEEXT_CERTIFICATE]: { certificateAuthentication: certificate },
    [C.IKEEXT_KERBEROS]: { kerberosAuthentication: kerberos },
    [C.IKEEXT_ANONYMOUS]: {},
    [C.IKEEXT_SSL]: { sslAuthentication: certificate },
    [C.IKEEXT_NTLM_V2]: { ntlmV2Authentication: IKEEXT_NTLM_V2_AUTHENTICATION0 },
    [C.IKEEXT_IPV6_CGA]: { cgaAuthentication: IKEEXT_IPV6_CGA_AUTHENTICATION0 },
    [C.IKEEXT_CERTIFICATE_ECDSA_P256]: { certificateAuthentication: certificate },
    [C.IKEEXT_CERTIFICATE_ECDSA_P384]: { certificateAuthentication: certificate },
    [C.IKEEXT_SSL_ECDSA_P256]: { sslAuthentication: certificate },
    [C.IKEEXT_SSL_ECDSA_P384]: { sslAuthentication: certificate },
  } as const
}

export const IKEEXT_AUTHENTICATION_METHOD0 = struct('IKEEXT_AUTHENTICATION_METHOD0', {
  authenticationMethodType: u32,
  method: tagged(
    'authenticationMethodType',
    methods(IKEEXT_PRESHARED_KEY_AUTHENTICATION0, IKEEXT_CERTIFICATE_AUTHENTICATION0, IKEEXT_KERBEROS_AUTHENTICATION0),
  ),
})
export const IKEEXT_AUTHENTICATION_METHOD1 = struct('IKEEXT_AUTHENTICATION_METHOD1', {
  authenticationMethodType: u32,
  method: tagged('authenticationMethodType', {
    ...methods(
      IKEEXT_PRESHARED_KEY_AUTHENTICATION1,
      IKEEXT_CERTIFICATE_AUTHENTICATION1,
      IKEEXT_KERBEROS_AUTHENTICATION0,
    ),
    [C.IKEEXT_EAP]: { eapAuthentication: IKEEXT_EAP_AUTHENTICATION0 },
  }),
})
export const IKEEXT_AUTHENTICATION_METHOD2 = struct('IKEEXT_AUTHENTICATION_METHOD2', {
  authenticationMethodType: u32,
  method: tagged('authenticationMethodType', {
    ...methods(
      IKEEXT_PRESHARED_KEY_AUTHENTICATION1,
      IKEEXT_CERTIFICATE_AUTHENTICATION2,
      IKEEXT_KERBEROS_AUTHENTICATION1,
    ),
    [C.IKEEXT_EAP]: { eapAuthentication: IKEEXT_EAP_AUTHENTICATION0 },
    [C.IKEEXT_RESERVED]: { reservedAuthentication: IKEEXT_RESERVED_AUTHENTICATION0 },
  }),
})
