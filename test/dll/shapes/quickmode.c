/* What each field of ipsectypes.h is: a number, a text, a pointer to how many of what, alive under which tag. */
#include "../shape.h"

#define T IPSEC_KEYING_POLICY0
SHAPE(
  {NUMBER(numKeyMods)},
  {MANY(keyModKeys, GUID, numKeyMods)}
)
#undef T

#define T IPSEC_SA_LIFETIME0
SHAPE(
  {NUMBER(lifetimeSeconds)},
  {NUMBER(lifetimeKilobytes)},
  {NUMBER(lifetimePackets)}
)
#undef T

#define T IPSEC_AUTH_TRANSFORM_ID0
SHAPE(
  {NUMBER(authType)},
  {NUMBER(authConfig)}
)
#undef T

#define T IPSEC_AUTH_TRANSFORM0
SHAPE(
  {PART(authTransformId, IPSEC_AUTH_TRANSFORM_ID0)},
  {ONE(cryptoModuleId, GUID)}
)
#undef T

#define T IPSEC_CIPHER_TRANSFORM_ID0
SHAPE(
  {NUMBER(cipherType)},
  {NUMBER(cipherConfig)}
)
#undef T

#define T IPSEC_CIPHER_TRANSFORM0
SHAPE(
  {PART(cipherTransformId, IPSEC_CIPHER_TRANSFORM_ID0)},
  {ONE(cryptoModuleId, GUID)}
)
#undef T

#define T IPSEC_AUTH_AND_CIPHER_TRANSFORM0
SHAPE(
  {PART(authTransform, IPSEC_AUTH_TRANSFORM0)},
  {PART(cipherTransform, IPSEC_CIPHER_TRANSFORM0)}
)
#undef T

#define T IPSEC_SA_TRANSFORM0
SHAPE(
  {NUMBER(ipsecTransformType)},
  {ONE(ahTransform, IPSEC_AUTH_TRANSFORM0), WHEN(ipsecTransformType, IPSEC_TRANSFORM_AH)},
  {ONE(espAuthTransform, IPSEC_AUTH_TRANSFORM0), WHEN(ipsecTransformType, IPSEC_TRANSFORM_ESP_AUTH)},
  {ONE(espCipherTransform, IPSEC_CIPHER_TRANSFORM0), WHEN(ipsecTransformType, IPSEC_TRANSFORM_ESP_CIPHER)},
  {ONE(espAuthAndCipherTransform, IPSEC_AUTH_AND_CIPHER_TRANSFORM0), WHEN(ipsecTransformType, IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER)},
  {ONE(espAuthFwTransform, IPSEC_AUTH_TRANSFORM0), WHEN(ipsecTransformType, IPSEC_TRANSFORM_ESP_AUTH_FW)}
)
#undef T

#define T IPSEC_PROPOSAL0
SHAPE(
  {PART(lifetime, IPSEC_SA_LIFETIME0)},
  {NUMBER(numSaTransforms)},
  {MANY(saTransforms, IPSEC_SA_TRANSFORM0, numSaTransforms)},
  {NUMBER(pfsGroup)}
)
#undef T

#define T IPSEC_SA_IDLE_TIMEOUT0
SHAPE(
  {NUMBER(idleTimeoutSeconds)},
  {NUMBER(idleTimeoutSecondsFailOver)}
)
#undef T

#define T IPSEC_TRANSPORT_POLICY0
SHAPE(
  {NUMBER(numIpsecProposals)},
  {MANY(ipsecProposals, IPSEC_PROPOSAL0, numIpsecProposals)},
  {NUMBER(flags)},
  {NUMBER(ndAllowClearTimeoutSeconds)},
  {PART(saIdleTimeout, IPSEC_SA_IDLE_TIMEOUT0)},
  {ONE(emPolicy, IKEEXT_EM_POLICY0)}
)
#undef T

#define T IPSEC_TUNNEL_ENDPOINTS0
SHAPE(
  {NUMBER(ipVersion)},
  {NUMBER(localV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(localV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(remoteV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(remoteV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)}
)
#undef T

#define T IPSEC_TUNNEL_POLICY0
SHAPE(
  {NUMBER(flags)},
  {NUMBER(numIpsecProposals)},
  {MANY(ipsecProposals, IPSEC_PROPOSAL0, numIpsecProposals)},
  {PART(tunnelEndpoints, IPSEC_TUNNEL_ENDPOINTS0)},
  {PART(saIdleTimeout, IPSEC_SA_IDLE_TIMEOUT0)},
  {ONE(emPolicy, IKEEXT_EM_POLICY0)}
)
#undef T

#define T IPSEC_TRANSPORT_POLICY1
SHAPE(
  {NUMBER(numIpsecProposals)},
  {MANY(ipsecProposals, IPSEC_PROPOSAL0, numIpsecProposals)},
  {NUMBER(flags)},
  {NUMBER(ndAllowClearTimeoutSeconds)},
  {PART(saIdleTimeout, IPSEC_SA_IDLE_TIMEOUT0)},
  {ONE(emPolicy, IKEEXT_EM_POLICY1)}
)
#undef T

#define T IPSEC_TUNNEL_ENDPOINTS1
SHAPE(
  {NUMBER(ipVersion)},
  {NUMBER(localV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(localV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(remoteV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(remoteV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(localIfLuid)}
)
#undef T

#define T IPSEC_TUNNEL_POLICY1
SHAPE(
  {NUMBER(flags)},
  {NUMBER(numIpsecProposals)},
  {MANY(ipsecProposals, IPSEC_PROPOSAL0, numIpsecProposals)},
  {PART(tunnelEndpoints, IPSEC_TUNNEL_ENDPOINTS1)},
  {PART(saIdleTimeout, IPSEC_SA_IDLE_TIMEOUT0)},
  {ONE(emPolicy, IKEEXT_EM_POLICY1)}
)
#undef T

#define T IPSEC_DOSP_OPTIONS0
SHAPE(
  {NUMBER(stateIdleTimeoutSeconds)},
  {NUMBER(perIPRateLimitQueueIdleTimeoutSeconds)},
  {NUMBER(ipV6IPsecUnauthDscp)},
  {NUMBER(ipV6IPsecUnauthRateLimitBytesPerSec)},
  {NUMBER(ipV6IPsecUnauthPerIPRateLimitBytesPerSec)},
  {NUMBER(ipV6IPsecAuthDscp)},
  {NUMBER(ipV6IPsecAuthRateLimitBytesPerSec)},
  {NUMBER(icmpV6Dscp)},
  {NUMBER(icmpV6RateLimitBytesPerSec)},
  {NUMBER(ipV6FilterExemptDscp)},
  {NUMBER(ipV6FilterExemptRateLimitBytesPerSec)},
  {NUMBER(defBlockExemptDscp)},
  {NUMBER(defBlockExemptRateLimitBytesPerSec)},
  {NUMBER(maxStateEntries)},
  {NUMBER(maxPerIPRateLimitQueues)},
  {NUMBER(flags)},
  {NUMBER(numPublicIFLuids)},
  {MANY(publicIFLuids, UINT64, numPublicIFLuids)},
  {NUMBER(numInternalIFLuids)},
  {MANY(internalIFLuids, UINT64, numInternalIFLuids)},
  {PART(publicV6AddrMask, FWP_V6_ADDR_AND_MASK)},
  {PART(internalV6AddrMask, FWP_V6_ADDR_AND_MASK)}
)
#undef T

#define T IPSEC_KEYING_POLICY1
SHAPE(
  {NUMBER(numKeyMods)},
  {MANY(keyModKeys, GUID, numKeyMods)},
  {NUMBER(flags)}
)
#undef T

#define T IPSEC_TRANSPORT_POLICY2
SHAPE(
  {NUMBER(numIpsecProposals)},
  {MANY(ipsecProposals, IPSEC_PROPOSAL0, numIpsecProposals)},
  {NUMBER(flags)},
  {NUMBER(ndAllowClearTimeoutSeconds)},
  {PART(saIdleTimeout, IPSEC_SA_IDLE_TIMEOUT0)},
  {ONE(emPolicy, IKEEXT_EM_POLICY2)}
)
#undef T

#define T IPSEC_TUNNEL_ENDPOINT0
SHAPE(
  {NUMBER(ipVersion)},
  {NUMBER(v4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(v6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)}
)
#undef T

#define T IPSEC_TUNNEL_ENDPOINTS2
SHAPE(
  {NUMBER(ipVersion)},
  {NUMBER(localV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(localV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(remoteV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(remoteV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(localIfLuid)},
  {WIDE(remoteFqdn)},
  {NUMBER(numAddresses)},
  {MANY(remoteAddresses, IPSEC_TUNNEL_ENDPOINT0, numAddresses)}
)
#undef T

#define T IPSEC_TUNNEL_POLICY2
SHAPE(
  {NUMBER(flags)},
  {NUMBER(numIpsecProposals)},
  {MANY(ipsecProposals, IPSEC_PROPOSAL0, numIpsecProposals)},
  {PART(tunnelEndpoints, IPSEC_TUNNEL_ENDPOINTS2)},
  {PART(saIdleTimeout, IPSEC_SA_IDLE_TIMEOUT0)},
  {ONE(emPolicy, IKEEXT_EM_POLICY2)},
  {NUMBER(fwdPathSaLifetime)}
)
#undef T

#define T IPSEC_TRAFFIC_SELECTOR0
SHAPE(
  {NUMBER(protocolId)},
  {NUMBER(portStart)},
  {NUMBER(portEnd)},
  {NUMBER(ipVersion)},
  {NUMBER(startV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(startV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(endV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(endV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)}
)
#undef T

#define T IPSEC_TRAFFIC_SELECTOR_POLICY0
SHAPE(
  {NUMBER(flags)},
  {NUMBER(numLocalTrafficSelectors)},
  {MANY(localTrafficSelectors, IPSEC_TRAFFIC_SELECTOR0, numLocalTrafficSelectors)},
  {NUMBER(numRemoteTrafficSelectors)},
  {MANY(remoteTrafficSelectors, IPSEC_TRAFFIC_SELECTOR0, numRemoteTrafficSelectors)}
)
#undef T

#define T IPSEC_TUNNEL_POLICY3
SHAPE(
  {NUMBER(flags)},
  {NUMBER(numIpsecProposals)},
  {MANY(ipsecProposals, IPSEC_PROPOSAL0, numIpsecProposals)},
  {PART(tunnelEndpoints, IPSEC_TUNNEL_ENDPOINTS2)},
  {PART(saIdleTimeout, IPSEC_SA_IDLE_TIMEOUT0)},
  {ONE(emPolicy, IKEEXT_EM_POLICY2)},
  {NUMBER(fwdPathSaLifetime)},
  {NUMBER(compartmentId)},
  {NUMBER(numTrafficSelectorPolicy)},
  {MANY(trafficSelectorPolicies, IPSEC_TRAFFIC_SELECTOR_POLICY0, numTrafficSelectorPolicy)}
)
#undef T

#define T IPSEC_KEY_MANAGER0
SHAPE(
  {PART(keyManagerKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {NUMBER(keyDictationTimeoutHint)}
)
#undef T

#define T IPSEC_TRAFFIC1
SHAPE(
  {NUMBER(ipVersion)},
  {NUMBER(localV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(localV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(remoteV4Address), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {BYTES(remoteV6Address), WHEN(ipVersion, FWP_IP_VERSION_V6)},
  {NUMBER(trafficType)},
  {NUMBER(ipsecFilterId), WHEN(trafficType, IPSEC_TRAFFIC_TYPE_TRANSPORT)},
  {NUMBER(tunnelPolicyId), WHEN(trafficType, IPSEC_TRAFFIC_TYPE_TUNNEL)},
  {NUMBER(remotePort)},
  {NUMBER(localPort)},
  {NUMBER(ipProtocol)},
  {NUMBER(localIfLuid)},
  {NUMBER(realIfProfileId)}
)
#undef T

#define T IPSEC_TOKEN0
SHAPE(
  {NUMBER(type)},
  {NUMBER(principal)},
  {NUMBER(mode)},
  {NUMBER(token)}
)
#undef T

#define T IPSEC_ID0
SHAPE(
  {WIDE(mmTargetName)},
  {WIDE(emTargetName)},
  {NUMBER(numTokens)},
  {MANY(tokens, IPSEC_TOKEN0, numTokens)},
  {NUMBER(explicitCredentials)},
  {NUMBER(logonId)}
)
#undef T

#define T IPSEC_SA_AUTH_INFORMATION0
SHAPE(
  {PART(authTransform, IPSEC_AUTH_TRANSFORM0)},
  {PART(authKey, FWP_BYTE_BLOB)}
)
#undef T

#define T IPSEC_SA_CIPHER_INFORMATION0
SHAPE(
  {PART(cipherTransform, IPSEC_CIPHER_TRANSFORM0)},
  {PART(cipherKey, FWP_BYTE_BLOB)}
)
#undef T

#define T IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0
SHAPE(
  {PART(saCipherInformation, IPSEC_SA_CIPHER_INFORMATION0)},
  {PART(saAuthInformation, IPSEC_SA_AUTH_INFORMATION0)}
)
#undef T

#define T IPSEC_SA0
SHAPE(
  {NUMBER(spi)},
  {NUMBER(saTransformType)},
  {ONE(ahInformation, IPSEC_SA_AUTH_INFORMATION0), WHEN(saTransformType, IPSEC_TRANSFORM_AH)},
  {ONE(espAuthInformation, IPSEC_SA_AUTH_INFORMATION0), WHEN(saTransformType, IPSEC_TRANSFORM_ESP_AUTH)},
  {ONE(espCipherInformation, IPSEC_SA_CIPHER_INFORMATION0), WHEN(saTransformType, IPSEC_TRANSFORM_ESP_CIPHER)},
  {ONE(espAuthAndCipherInformation, IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0), WHEN(saTransformType, IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER)},
  {ONE(espAuthFwInformation, IPSEC_SA_AUTH_INFORMATION0), WHEN(saTransformType, IPSEC_TRANSFORM_ESP_AUTH_FW)}
)
#undef T

#define T IPSEC_KEYMODULE_STATE0
SHAPE(
  {PART(keyModuleKey, GUID)},
  {PART(stateBlob, FWP_BYTE_BLOB)}
)
#undef T

#define T IPSEC_SA_BUNDLE1
SHAPE(
  {NUMBER(flags)},
  {PART(lifetime, IPSEC_SA_LIFETIME0)},
  {NUMBER(idleTimeoutSeconds)},
  {NUMBER(ndAllowClearTimeoutSeconds)},
  {ONE(ipsecId, IPSEC_ID0)},
  {NUMBER(napContext)},
  {NUMBER(qmSaId)},
  {NUMBER(numSAs)},
  {MANY(saList, IPSEC_SA0, numSAs)},
  {ONE(keyModuleState, IPSEC_KEYMODULE_STATE0)},
  {NUMBER(ipVersion)},
  {NUMBER(peerV4PrivateAddress), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {NUMBER(mmSaId)},
  {NUMBER(pfsGroup)},
  {PART(saLookupContext, GUID)},
  {NUMBER(qmFilterId)}
)
#undef T

#define T IPSEC_V4_UDP_ENCAPSULATION0
SHAPE(
  {NUMBER(localUdpEncapPort)},
  {NUMBER(remoteUdpEncapPort)}
)
#undef T

#define T IPSEC_VIRTUAL_IF_TUNNEL_INFO0
SHAPE(
  {NUMBER(virtualIfTunnelId)},
  {NUMBER(trafficSelectorId)}
)
#undef T

#define T IPSEC_SA_DETAILS1
SHAPE(
  {NUMBER(ipVersion)},
  {NUMBER(saDirection)},
  {PART(traffic, IPSEC_TRAFFIC1)},
  {PART(saBundle, IPSEC_SA_BUNDLE1)},
  {ONE(udpEncapsulation, IPSEC_V4_UDP_ENCAPSULATION0), WHEN(ipVersion, FWP_IP_VERSION_V4)},
  {ONE(transportFilter, FWPM_FILTER0)},
  {PART(virtualIfTunnelInfo, IPSEC_VIRTUAL_IF_TUNNEL_INFO0)}
)
#undef T
