/**
 * Certificate authentication ⇄ IKEEXT_CERTIFICATE_AUTHENTICATION2.
 *
 * @see https://learn.microsoft.com/windows/win32/api/iketypes/ns-iketypes-ikeext_certificate_authentication2
 */

import type { JsonObject } from '../../../../base/json.ts'
import { CERTIFICATE_FLAGS, CRITERIA_FLAGS, encodeFlags } from '../../../../kinds/ipsec-tunnel/flags.ts'
import { SUBJECT_TYPES, TRUST_TYPES } from '../../../../kinds/ipsec-tunnel/methods.ts'
import type { Certificate, CertificateCriteria, Trust } from '../../../../kinds/ipsec-tunnel/spec.ts'
import { decodeDistinguishedName, encodeDistinguishedName } from '../../../../kinds/values/distinguished-name.ts'
import { inboundArm, inboundTrust, outboundArm, outboundTrust, type TrustValue } from './trust.ts'
import type { CertificateMethod, Criteria } from './values.ts'
import { bytesOf, constant, flagWords, hex, optional, unknown, wordOf } from './words.ts'

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
