/**
 * The two unions of a certificate method: whom to trust for inbound and for outbound.
 *
 * Version 2 lists criteria. Version 1 has the authority's name and flags alone, and for a store not a list but one of them.
 */

import * as sdk from '../../binding/tables/constants/index.ts'
import type { CertificateMethod, CertificateMethod1, Criteria, RootConfig } from './values.ts'

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

/** UNSPECIFIED has no arm; neither has a number that is no configuration type, and it keeps that number. */
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
