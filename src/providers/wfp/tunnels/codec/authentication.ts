/**
 * Authentication methods ⇄ IKEEXT_AUTHENTICATION_METHOD2, in order of preference.
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_authentication_method2
 */

import { type Json, type JsonObject, joinPointer, type Pointer } from '../../../../base/index.ts'
import { EAP_FLAGS, encodeFlags, KERBEROS_FLAGS, NTLM_FLAGS, PSK_FLAGS } from '../../../../kinds/ipsec-tunnel/flags.ts'
import type { Authentication, Certificate } from '../../../../kinds/ipsec-tunnel/spec.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import type { SecretOf } from '../../resources/kind.ts'
import { decodeCertificate, encodeCertificate } from './trust.ts'
import { bytesOf, type CgaMethod, flagWords, hex, type Method, optional, unknown } from './words.ts'

/** Secrets that the engine shows, by pointer; null where it blanked them. */
export type ShownSecrets = Map<Pointer, Uint8Array | null>

/** @param base pointer of the list: `/mainMode/authentication` */
export function encodeMethods(methods: readonly Authentication[], base: Pointer, secretOf: SecretOf): Method[] {
  return methods.map((method, i) => encodeMethod(method, joinPointer(base, i), secretOf))
}

/** @param secrets takes the pre-shared keys found, each at the pointer of its `presharedKey` */
export function decodeMethods(methods: readonly Method[], base: Pointer, secrets: ShownSecrets): JsonObject[] {
  return methods.map((method, i) => decodeMethod(method, joinPointer(base, i), secrets))
}

function encodeMethod(method: Authentication, at: Pointer, secretOf: SecretOf): Method {
  if ('presharedKey' in method)
    return encodePresharedKey(method.presharedKey, secretOf(joinPointer(at, 'presharedKey')))
  if ('certificate' in method) return encodeCertificateMethod(method.certificate)
  if ('ssl' in method) return encodeSsl(method.ssl)
  if ('kerberos' in method) return encodeKerberos(method.kerberos)
  if ('ntlmv2' in method) return encodeNtlm(method.ntlmv2)
  if ('eap' in method) return encodeEap(method.eap)
  if ('cga' in method) return encodeCga(method.cga)
  return { authenticationMethodType: sdk.IKEEXT_ANONYMOUS }
}

function encodePresharedKey({ flags }: { flags: readonly string[] }, presharedKey: Uint8Array): Method {
  return {
    authenticationMethodType: sdk.IKEEXT_PRESHARED_KEY,
    presharedKeyAuthentication: { presharedKey, flags: encodeFlags(PSK_FLAGS, flags) },
  }
}

const CERTIFICATE_TYPES = {
  rsa: sdk.IKEEXT_CERTIFICATE,
  ecdsaP256: sdk.IKEEXT_CERTIFICATE_ECDSA_P256,
  ecdsaP384: sdk.IKEEXT_CERTIFICATE_ECDSA_P384,
} as const

function encodeCertificateMethod(certificate: Certificate): Method {
  return {
    authenticationMethodType: CERTIFICATE_TYPES[certificate.signature],
    certificateAuthentication: encodeCertificate(certificate),
  }
}

const SSL_TYPES = {
  rsa: sdk.IKEEXT_SSL,
  ecdsaP256: sdk.IKEEXT_SSL_ECDSA_P256,
  ecdsaP384: sdk.IKEEXT_SSL_ECDSA_P384,
} as const

function encodeSsl(certificate: Certificate): Method {
  return {
    authenticationMethodType: SSL_TYPES[certificate.signature],
    sslAuthentication: encodeCertificate(certificate),
  }
}

type Of<K extends string> = Authentication extends infer A
  ? A extends { readonly [P in K]: infer T }
    ? T
    : never
  : never

function encodeKerberos({ flags, proxyServer }: Of<'kerberos'>): Method {
  return {
    authenticationMethodType: sdk.IKEEXT_KERBEROS,
    kerberosAuthentication: { flags: encodeFlags(KERBEROS_FLAGS, flags), proxyServer: proxyServer ?? null },
  }
}

function encodeNtlm({ flags }: Of<'ntlmv2'>): Method {
  return {
    authenticationMethodType: sdk.IKEEXT_NTLM_V2,
    ntlmV2Authentication: { flags: encodeFlags(NTLM_FLAGS, flags) },
  }
}

function encodeEap({ flags }: Of<'eap'>): Method {
  return {
    authenticationMethodType: sdk.IKEEXT_EAP,
    eapAuthentication: { flags: encodeFlags(EAP_FLAGS, flags) },
  }
}

function encodeCga({ keyContainer, csp, cspType, modifier, collisionCount }: Of<'cga'>): Method {
  return {
    authenticationMethodType: sdk.IKEEXT_IPV6_CGA,
    cgaAuthentication: {
      keyContainerName: keyContainer,
      cspName: csp,
      cspType,
      cgaModifier: bytesOf(modifier, 'hex'),
      cgaCollisionCount: collisionCount,
    },
  }
}

function decodeMethod(method: Method, at: Pointer, secrets: ShownSecrets): JsonObject {
  if ('presharedKeyAuthentication' in method) {
    const { presharedKey, flags } = method.presharedKeyAuthentication
    secrets.set(joinPointer(at, 'presharedKey'), isBlank(presharedKey) ? null : presharedKey)
    return { presharedKey: { flags: flagWords(PSK_FLAGS, flags) } }
  }
  if ('certificateAuthentication' in method) {
    const signature = signatureOf(CERTIFICATE_TYPES, method.authenticationMethodType)
    return { certificate: { signature, ...decodeCertificate(method.certificateAuthentication) } }
  }
  if ('sslAuthentication' in method) {
    const signature = signatureOf(SSL_TYPES, method.authenticationMethodType)
    return { ssl: { signature, ...decodeCertificate(method.sslAuthentication) } }
  }
  return decodePlainMethod(method)
}

function decodePlainMethod(method: Method): JsonObject {
  if ('kerberosAuthentication' in method) {
    const { flags, proxyServer } = method.kerberosAuthentication
    return { kerberos: { flags: flagWords(KERBEROS_FLAGS, flags), ...optional('proxyServer', proxyServer) } }
  }
  if ('ntlmV2Authentication' in method)
    return { ntlmv2: { flags: flagWords(NTLM_FLAGS, method.ntlmV2Authentication.flags) } }
  if ('eapAuthentication' in method) return { eap: { flags: flagWords(EAP_FLAGS, method.eapAuthentication.flags) } }
  if ('cgaAuthentication' in method) return { cga: decodeCga(method.cgaAuthentication) }
  if (method.authenticationMethodType === sdk.IKEEXT_ANONYMOUS) return { anonymous: {} }
  return { [unknown(method.authenticationMethodType)]: {} }
}

function decodeCga(cga: CgaMethod): Json {
  return {
    keyContainer: cga.keyContainerName ?? unknown('null'),
    csp: cga.cspName ?? unknown('null'),
    cspType: cga.cspType,
    modifier: hex(cga.cgaModifier),
    collisionCount: cga.cgaCollisionCount,
  }
}

function signatureOf(types: { readonly [signature: string]: number }, type: number): string {
  return Object.keys(types).find((signature) => types[signature] === type) ?? unknown(type)
}

/** The engine may hide a key by dropping or by zeroing its bytes. */
function isBlank(presharedKey: Uint8Array): boolean {
  return presharedKey.every((byte) => byte === 0)
}
