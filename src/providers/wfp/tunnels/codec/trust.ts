/**
 * Certificate authentication ⇄ IKEEXT_CERTIFICATE_AUTHENTICATION2.
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_certificate_authentication2
 */

import type { JsonObject } from '../../../../base/index.ts'
import { SUBJECT_TYPES, TRUST_TYPES } from '../../../../kinds/ipsec-tunnel/authentication.ts'
import { CERTIFICATE_FLAGS, CRITERIA_FLAGS, encodeFlags } from '../../../../kinds/ipsec-tunnel/flags.ts'
import type { Certificate, CertificateCriteria, Trust } from '../../../../kinds/ipsec-tunnel/spec.ts'
import { decodeDistinguishedName, encodeDistinguishedName } from '../../../../kinds/values/distinguished-name.ts'
import * as sdk from '../../binding/tables/constants/index.ts'
import {
  bytesOf,
  type CertificateMethod,
  type CertificateMethod1,
  type Criteria,
  constant,
  flagWords,
  hex,
  optional,
  type RootConfig,
  unknown,
  wordOf,
} from './words.ts'

/** The URL is bytes without a terminator, as IKEv2 sends it (RFC 7296, section 3.6, "Hash and URL"). */
export function encodeCertificate(certificate: Certificate): CertificateMethod {
  return {
    ...inboundArm(encodeTrust(certificate.inbound)),
    ...outboundArm(encodeTrust(certificate.outbound)),
    flags: encodeFlags(CERTIFICATE_FLAGS, certificate.flags),
    localCertLocationUrl: bytesOf(certificate.localCertificateUrl ?? '', 'utf8'),
  }
}

/** All of a `Certificate` but its `signature`, which the method's type tells. */
export function decodeCertificate(certificate: CertificateMethod): JsonObject {
  const url = certificate.localCertLocationUrl
  return {
    inbound: decodeTrust(inboundTrust(certificate)),
    outbound: decodeTrust(outboundTrust(certificate)),
    flags: flagWords(CERTIFICATE_FLAGS, certificate.flags),
    ...(url.length > 0 && { localCertificateUrl: textOf(url) }),
  }
}

function encodeTrust({ store, criteria }: Trust): TrustValue {
  return { configType: constant(TRUST_TYPES[store ?? 'ca']), criteria: criteria.map(encodeCriteria) }
}

function decodeTrust({ configType, criteria }: TrustValue): JsonObject {
  const store = wordOf(TRUST_TYPES, configType)
  return { ...(store !== 'ca' && { store }), criteria: criteria.map(decodeCriteria) }
}

function encodeCriteria({ ca, thumbprint, ekus, subject, flags }: CertificateCriteria): Criteria {
  return {
    certData: new Uint8Array(ca === undefined ? [] : encodeDistinguishedName(ca)),
    certHash: bytesOf(thumbprint ?? '', 'hex'),
    eku: ekus === undefined ? null : { eku: ekus },
    name: subject === undefined ? null : { nameType: constant(SUBJECT_TYPES[subject.type]), certName: subject.name },
    flags: encodeFlags(CRITERIA_FLAGS, flags),
  }
}

function decodeCriteria({ certData, certHash, eku, name, flags }: Criteria): JsonObject {
  const ca = certData.length === 0 ? undefined : (decodeDistinguishedName(certData) ?? unknown(hex(certData)))
  const isSha1 = certHash.length === 20
  return {
    ...optional('ca', ca),
    ...(certHash.length > 0 && { thumbprint: isSha1 ? hex(certHash) : unknown(hex(certHash)) }),
    ...(eku && { ekus: eku.eku.map((oid) => oid ?? unknown('null')).sort() }),
    ...(name && { subject: { type: wordOf(SUBJECT_TYPES, name.nameType), name: name.certName ?? unknown('null') } }),
    flags: flagWords(CRITERIA_FLAGS, flags),
  }
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : unknown(hex(bytes))
}

/** One direction's union, without the direction in its names. */
export interface TrustValue {
  /** IKEEXT_CERT_CONFIG_*, or a number that is none */
  readonly configType: number
  readonly criteria: readonly Criteria[]
}

type AnyCertificate = CertificateMethod | CertificateMethod1

export function inboundTrust(certificate: AnyCertificate): TrustValue {
  return { configType: certificate.inboundConfigType, criteria: inboundCriteria(certificate) }
}

export function outboundTrust(certificate: AnyCertificate): TrustValue {
  return { configType: certificate.outboundConfigType, criteria: outboundCriteria(certificate) }
}

/** The inbound union of IKEEXT_CERTIFICATE_AUTHENTICATION2. */
export function inboundArm({ configType, criteria }: TrustValue) {
  if (configType === sdk.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)
    return { inboundConfigType: configType, inboundRootCriteria: criteria } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)
    return { inboundConfigType: configType, inboundEnterpriseStoreCriteria: criteria } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)
    return { inboundConfigType: configType, inboundTrustedRootStoreCriteria: criteria } as const
  return { inboundConfigType: armless(configType) } as const
}

/** The outbound union of IKEEXT_CERTIFICATE_AUTHENTICATION2. */
export function outboundArm({ configType, criteria }: TrustValue) {
  if (configType === sdk.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)
    return { outboundConfigType: configType, outboundRootCriteria: criteria } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)
    return { outboundConfigType: configType, outboundEnterpriseStoreCriteria: criteria } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)
    return { outboundConfigType: configType, outboundTrustedRootStoreCriteria: criteria } as const
  return { outboundConfigType: armless(configType) } as const
}

/** The inbound union of IKEEXT_CERTIFICATE_AUTHENTICATION1. */
export function inboundArm1({ configType, criteria }: TrustValue) {
  if (configType === sdk.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)
    return { inboundConfigType: configType, inboundRootArray: criteria.map(rootOf) } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)
    return { inboundConfigType: configType, inboundEnterpriseStoreConfig: onlyRoot(criteria) } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)
    return { inboundConfigType: configType, inboundTrustedRootStoreConfig: onlyRoot(criteria) } as const
  return { inboundConfigType: armless(configType) } as const
}

/** The outbound union of IKEEXT_CERTIFICATE_AUTHENTICATION1. */
export function outboundArm1({ configType, criteria }: TrustValue) {
  if (configType === sdk.IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)
    return { outboundConfigType: configType, outboundRootArray: criteria.map(rootOf) } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)
    return { outboundConfigType: configType, outboundEnterpriseStoreConfig: onlyRoot(criteria) } as const
  if (configType === sdk.IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)
    return { outboundConfigType: configType, outboundTrustedRootStoreConfig: onlyRoot(criteria) } as const
  return { outboundConfigType: armless(configType) } as const
}

/** UNSPECIFIED has no arm; neither has a number that is not a configuration type, and it keeps that number. */
function armless(configType: number): typeof sdk.IKEEXT_CERT_CONFIG_UNSPECIFIED {
  return configType as typeof sdk.IKEEXT_CERT_CONFIG_UNSPECIFIED
}

function inboundCriteria(it: AnyCertificate): readonly Criteria[] {
  if ('inboundRootCriteria' in it) return it.inboundRootCriteria
  if ('inboundEnterpriseStoreCriteria' in it) return it.inboundEnterpriseStoreCriteria
  if ('inboundTrustedRootStoreCriteria' in it) return it.inboundTrustedRootStoreCriteria
  if ('inboundRootArray' in it) return it.inboundRootArray.map(criteriaOf)
  if ('inboundEnterpriseStoreConfig' in it) return onlyCriteria(it.inboundEnterpriseStoreConfig)
  return 'inboundTrustedRootStoreConfig' in it ? onlyCriteria(it.inboundTrustedRootStoreConfig) : []
}

function outboundCriteria(it: AnyCertificate): readonly Criteria[] {
  if ('outboundRootCriteria' in it) return it.outboundRootCriteria
  if ('outboundEnterpriseStoreCriteria' in it) return it.outboundEnterpriseStoreCriteria
  if ('outboundTrustedRootStoreCriteria' in it) return it.outboundTrustedRootStoreCriteria
  if ('outboundRootArray' in it) return it.outboundRootArray.map(criteriaOf)
  if ('outboundEnterpriseStoreConfig' in it) return onlyCriteria(it.outboundEnterpriseStoreConfig)
  return 'outboundTrustedRootStoreConfig' in it ? onlyCriteria(it.outboundTrustedRootStoreConfig) : []
}

function rootOf({ certData, flags }: Criteria): RootConfig {
  return { certData, flags }
}

function onlyRoot(criteria: readonly Criteria[]): RootConfig | null {
  return criteria[0] ? rootOf(criteria[0]) : null
}

function criteriaOf({ certData, flags }: RootConfig): Criteria {
  return { certData, certHash: new Uint8Array(0), eku: null, name: null, flags }
}

function onlyCriteria(root: RootConfig | null): readonly Criteria[] {
  return root ? [criteriaOf(root)] : []
}
