/* What each field of iketypes.h is: a number, a text, a pointer to how many of what, alive under which tag. */
#include "../shape.h"

#define T IKEEXT_PRESHARED_KEY_AUTHENTICATION0
SHAPE(
  {PART(presharedKey, FWP_BYTE_BLOB), SECRET}
)
#undef T

#define T IKEEXT_CERT_ROOT_CONFIG0
SHAPE(
  {PART(certData, FWP_BYTE_BLOB)},
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_CERTIFICATE_AUTHENTICATION0
SHAPE(
  {NUMBER(inboundConfigType)},
  {NUMBER(inboundRootArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {ONE(inboundEnterpriseStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {ONE(inboundTrustedRootStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {MANY(inboundRootArray, IKEEXT_CERT_ROOT_CONFIG0, inboundRootArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {NUMBER(outboundConfigType)},
  {NUMBER(outboundRootArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {ONE(outboundEnterpriseStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {ONE(outboundTrustedRootStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {MANY(outboundRootArray, IKEEXT_CERT_ROOT_CONFIG0, outboundRootArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_KERBEROS_AUTHENTICATION0
SHAPE(
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_NTLM_V2_AUTHENTICATION0
SHAPE(
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_IPV6_CGA_AUTHENTICATION0
SHAPE(
  {WIDE(keyContainerName)},
  {WIDE(cspName)},
  {NUMBER(cspType)},
  {PART(cgaModifier, FWP_BYTE_ARRAY16)},
  {NUMBER(cgaCollisionCount)}
)
#undef T

#define T IKEEXT_AUTHENTICATION_METHOD0
SHAPE(
  {NUMBER(authenticationMethodType)},
  {PART(presharedKeyAuthentication, IKEEXT_PRESHARED_KEY_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_PRESHARED_KEY)},
  {PART(certificateAuthentication, IKEEXT_CERTIFICATE_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_CERTIFICATE, IKEEXT_CERTIFICATE_ECDSA_P256, IKEEXT_CERTIFICATE_ECDSA_P384)},
  {PART(kerberosAuthentication, IKEEXT_KERBEROS_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_KERBEROS)},
  {PART(ntlmV2Authentication, IKEEXT_NTLM_V2_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_NTLM_V2)},
  {PART(sslAuthentication, IKEEXT_CERTIFICATE_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_SSL, IKEEXT_SSL_ECDSA_P256, IKEEXT_SSL_ECDSA_P384)},
  {PART(cgaAuthentication, IKEEXT_IPV6_CGA_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_IPV6_CGA)}
)
#undef T

#define T IKEEXT_EM_POLICY0
SHAPE(
  {NUMBER(numAuthenticationMethods)},
  {MANY(authenticationMethods, IKEEXT_AUTHENTICATION_METHOD0, numAuthenticationMethods)},
  {NUMBER(initiatorImpersonationType)}
)
#undef T

#define T IKEEXT_CIPHER_ALGORITHM0
SHAPE(
  {NUMBER(algoIdentifier)},
  {NUMBER(keyLen)},
  {NUMBER(rounds)}
)
#undef T

#define T IKEEXT_INTEGRITY_ALGORITHM0
SHAPE(
  {NUMBER(algoIdentifier)}
)
#undef T

#define T IKEEXT_PROPOSAL0
SHAPE(
  {PART(cipherAlgorithm, IKEEXT_CIPHER_ALGORITHM0)},
  {PART(integrityAlgorithm, IKEEXT_INTEGRITY_ALGORITHM0)},
  {NUMBER(maxLifetimeSeconds)},
  {NUMBER(dhGroup)},
  {NUMBER(quickModeLimit)}
)
#undef T

#define T IKEEXT_POLICY0
SHAPE(
  {NUMBER(softExpirationTime)},
  {NUMBER(numAuthenticationMethods)},
  {MANY(authenticationMethods, IKEEXT_AUTHENTICATION_METHOD0, numAuthenticationMethods)},
  {NUMBER(initiatorImpersonationType)},
  {NUMBER(numIkeProposals)},
  {MANY(ikeProposals, IKEEXT_PROPOSAL0, numIkeProposals)},
  {NUMBER(flags)},
  {NUMBER(maxDynamicFilters)}
)
#undef T

#define T IKEEXT_PRESHARED_KEY_AUTHENTICATION1
SHAPE(
  {PART(presharedKey, FWP_BYTE_BLOB), SECRET},
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_CERTIFICATE_AUTHENTICATION1
SHAPE(
  {NUMBER(inboundConfigType)},
  {NUMBER(inboundRootArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {ONE(inboundEnterpriseStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {ONE(inboundTrustedRootStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {MANY(inboundRootArray, IKEEXT_CERT_ROOT_CONFIG0, inboundRootArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {NUMBER(outboundConfigType)},
  {NUMBER(outboundRootArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {ONE(outboundEnterpriseStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {ONE(outboundTrustedRootStoreConfig, IKEEXT_CERT_ROOT_CONFIG0), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {MANY(outboundRootArray, IKEEXT_CERT_ROOT_CONFIG0, outboundRootArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {NUMBER(flags)},
  {PART(localCertLocationUrl, FWP_BYTE_BLOB)}
)
#undef T

#define T IKEEXT_EAP_AUTHENTICATION0
SHAPE(
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_AUTHENTICATION_METHOD1
SHAPE(
  {NUMBER(authenticationMethodType)},
  {PART(presharedKeyAuthentication, IKEEXT_PRESHARED_KEY_AUTHENTICATION1), WHEN(authenticationMethodType, IKEEXT_PRESHARED_KEY)},
  {PART(certificateAuthentication, IKEEXT_CERTIFICATE_AUTHENTICATION1), WHEN(authenticationMethodType, IKEEXT_CERTIFICATE, IKEEXT_CERTIFICATE_ECDSA_P256, IKEEXT_CERTIFICATE_ECDSA_P384)},
  {PART(kerberosAuthentication, IKEEXT_KERBEROS_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_KERBEROS)},
  {PART(ntlmV2Authentication, IKEEXT_NTLM_V2_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_NTLM_V2)},
  {PART(sslAuthentication, IKEEXT_CERTIFICATE_AUTHENTICATION1), WHEN(authenticationMethodType, IKEEXT_SSL, IKEEXT_SSL_ECDSA_P256, IKEEXT_SSL_ECDSA_P384)},
  {PART(cgaAuthentication, IKEEXT_IPV6_CGA_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_IPV6_CGA)},
  {PART(eapAuthentication, IKEEXT_EAP_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_EAP)}
)
#undef T

#define T IKEEXT_EM_POLICY1
SHAPE(
  {NUMBER(numAuthenticationMethods)},
  {MANY(authenticationMethods, IKEEXT_AUTHENTICATION_METHOD1, numAuthenticationMethods)},
  {NUMBER(initiatorImpersonationType)}
)
#undef T

#define T IKEEXT_POLICY1
SHAPE(
  {NUMBER(softExpirationTime)},
  {NUMBER(numAuthenticationMethods)},
  {MANY(authenticationMethods, IKEEXT_AUTHENTICATION_METHOD1, numAuthenticationMethods)},
  {NUMBER(initiatorImpersonationType)},
  {NUMBER(numIkeProposals)},
  {MANY(ikeProposals, IKEEXT_PROPOSAL0, numIkeProposals)},
  {NUMBER(flags)},
  {NUMBER(maxDynamicFilters)},
  {NUMBER(retransmitDurationSecs)}
)
#undef T

#define T IKEEXT_CERT_EKUS0
SHAPE(
  {NUMBER(numEku)},
  {MANY(eku, PSTR, numEku)}
)
#undef T

#define T IKEEXT_CERT_NAME0
SHAPE(
  {NUMBER(nameType)},
  {WIDE(certName)}
)
#undef T

#define T IKEEXT_CERTIFICATE_CRITERIA0
SHAPE(
  {PART(certData, FWP_BYTE_BLOB)},
  {PART(certHash, FWP_BYTE_BLOB)},
  {ONE(eku, IKEEXT_CERT_EKUS0)},
  {ONE(name, IKEEXT_CERT_NAME0)},
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_CERTIFICATE_AUTHENTICATION2
SHAPE(
  {NUMBER(inboundConfigType)},
  {NUMBER(inboundRootArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {NUMBER(inboundEnterpriseStoreArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {NUMBER(inboundRootStoreArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {MANY(inboundRootCriteria, IKEEXT_CERTIFICATE_CRITERIA0, inboundRootArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {MANY(inboundEnterpriseStoreCriteria, IKEEXT_CERTIFICATE_CRITERIA0, inboundEnterpriseStoreArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {MANY(inboundTrustedRootStoreCriteria, IKEEXT_CERTIFICATE_CRITERIA0, inboundRootStoreArraySize), WHEN(inboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {NUMBER(outboundConfigType)},
  {NUMBER(outboundRootArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {NUMBER(outboundEnterpriseStoreArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {NUMBER(outboundRootStoreArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {MANY(outboundRootCriteria, IKEEXT_CERTIFICATE_CRITERIA0, outboundRootArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST)},
  {MANY(outboundEnterpriseStoreCriteria, IKEEXT_CERTIFICATE_CRITERIA0, outboundEnterpriseStoreArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_ENTERPRISE_STORE)},
  {MANY(outboundTrustedRootStoreCriteria, IKEEXT_CERTIFICATE_CRITERIA0, outboundRootStoreArraySize), WHEN(outboundConfigType, IKEEXT_CERT_CONFIG_TRUSTED_ROOT_STORE)},
  {NUMBER(flags)},
  {PART(localCertLocationUrl, FWP_BYTE_BLOB)}
)
#undef T

#define T IKEEXT_KERBEROS_AUTHENTICATION1
SHAPE(
  {NUMBER(flags)},
  {WIDE(proxyServer)}
)
#undef T

#define T IKEEXT_RESERVED_AUTHENTICATION0
SHAPE(
  {NUMBER(flags)}
)
#undef T

#define T IKEEXT_AUTHENTICATION_METHOD2
SHAPE(
  {NUMBER(authenticationMethodType)},
  {PART(presharedKeyAuthentication, IKEEXT_PRESHARED_KEY_AUTHENTICATION1), WHEN(authenticationMethodType, IKEEXT_PRESHARED_KEY)},
  {PART(certificateAuthentication, IKEEXT_CERTIFICATE_AUTHENTICATION2), WHEN(authenticationMethodType, IKEEXT_CERTIFICATE, IKEEXT_CERTIFICATE_ECDSA_P256, IKEEXT_CERTIFICATE_ECDSA_P384)},
  {PART(kerberosAuthentication, IKEEXT_KERBEROS_AUTHENTICATION1), WHEN(authenticationMethodType, IKEEXT_KERBEROS)},
  {PART(reservedAuthentication, IKEEXT_RESERVED_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_RESERVED)},
  {PART(ntlmV2Authentication, IKEEXT_NTLM_V2_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_NTLM_V2)},
  {PART(sslAuthentication, IKEEXT_CERTIFICATE_AUTHENTICATION2), WHEN(authenticationMethodType, IKEEXT_SSL, IKEEXT_SSL_ECDSA_P256, IKEEXT_SSL_ECDSA_P384)},
  {PART(cgaAuthentication, IKEEXT_IPV6_CGA_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_IPV6_CGA)},
  {PART(eapAuthentication, IKEEXT_EAP_AUTHENTICATION0), WHEN(authenticationMethodType, IKEEXT_EAP)}
)
#undef T

#define T IKEEXT_EM_POLICY2
SHAPE(
  {NUMBER(numAuthenticationMethods)},
  {MANY(authenticationMethods, IKEEXT_AUTHENTICATION_METHOD2, numAuthenticationMethods)},
  {NUMBER(initiatorImpersonationType)}
)
#undef T

#define T IKEEXT_POLICY2
SHAPE(
  {NUMBER(softExpirationTime)},
  {NUMBER(numAuthenticationMethods)},
  {MANY(authenticationMethods, IKEEXT_AUTHENTICATION_METHOD2, numAuthenticationMethods)},
  {NUMBER(initiatorImpersonationType)},
  {NUMBER(numIkeProposals)},
  {MANY(ikeProposals, IKEEXT_PROPOSAL0, numIkeProposals)},
  {NUMBER(flags)},
  {NUMBER(maxDynamicFilters)},
  {NUMBER(retransmitDurationSecs)}
)
#undef T

#define T IKEEXT_TRAFFIC0
SHAPE(
  {NUMBER(ipVersion)},
  {NUMBER(localV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(localV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(remoteV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(remoteV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(authIpFilterId)}
)
#undef T
