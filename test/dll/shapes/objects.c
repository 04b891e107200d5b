/* What each field of fwpmtypes.h is: a number, a text, a pointer to how many of what, alive under which tag. */
#include "../shape.h"

#define T FWPM_SESSION0
SHAPE(
  {PART(sessionKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {NUMBER(txnWaitTimeoutInMSec)},
  {NUMBER(processId)},
  {SIDP(sid)},
  {WIDE(username)},
  {NUMBER(kernelMode)}
)
#undef T

#define T FWPM_PROVIDER0
SHAPE(
  {PART(providerKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {PART(providerData, FWP_BYTE_BLOB)},
  {WIDE(serviceName)}
)
#undef T

#define T FWPM_CLASSIFY_OPTION0
SHAPE(
  {NUMBER(type)},
  {PART(value, FWP_VALUE0)}
)
#undef T

#define T FWPM_CLASSIFY_OPTIONS0
SHAPE(
  {NUMBER(numOptions)},
  {MANY(options, FWPM_CLASSIFY_OPTION0, numOptions)}
)
#undef T

#define T FWPM_PROVIDER_CONTEXT0
SHAPE(
  {PART(providerContextKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {ONE(providerKey, GUID)},
  {PART(providerData, FWP_BYTE_BLOB)},
  {NUMBER(type)},
  {ONE(keyingPolicy, IPSEC_KEYING_POLICY0), WHEN(type, FWPM_IPSEC_KEYING_CONTEXT)},
  {ONE(ikeQmTransportPolicy, IPSEC_TRANSPORT_POLICY0), WHEN(type, FWPM_IPSEC_IKE_QM_TRANSPORT_CONTEXT)},
  {ONE(ikeQmTunnelPolicy, IPSEC_TUNNEL_POLICY0), WHEN(type, FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT)},
  {ONE(authipQmTransportPolicy, IPSEC_TRANSPORT_POLICY0), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TRANSPORT_CONTEXT)},
  {ONE(authipQmTunnelPolicy, IPSEC_TUNNEL_POLICY0), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT)},
  {ONE(ikeMmPolicy, IKEEXT_POLICY0), WHEN(type, FWPM_IPSEC_IKE_MM_CONTEXT)},
  {ONE(authIpMmPolicy, IKEEXT_POLICY0), WHEN(type, FWPM_IPSEC_AUTHIP_MM_CONTEXT)},
  {ONE(dataBuffer, FWP_BYTE_BLOB), WHEN(type, FWPM_GENERAL_CONTEXT)},
  {ONE(classifyOptions, FWPM_CLASSIFY_OPTIONS0), WHEN(type, FWPM_CLASSIFY_OPTIONS_CONTEXT)},
  {NUMBER(providerContextId)}
)
#undef T

#define T FWPM_PROVIDER_CONTEXT1
SHAPE(
  {PART(providerContextKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {ONE(providerKey, GUID)},
  {PART(providerData, FWP_BYTE_BLOB)},
  {NUMBER(type)},
  {ONE(keyingPolicy, IPSEC_KEYING_POLICY0), WHEN(type, FWPM_IPSEC_KEYING_CONTEXT)},
  {ONE(ikeQmTransportPolicy, IPSEC_TRANSPORT_POLICY1), WHEN(type, FWPM_IPSEC_IKE_QM_TRANSPORT_CONTEXT)},
  {ONE(ikeQmTunnelPolicy, IPSEC_TUNNEL_POLICY1), WHEN(type, FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT)},
  {ONE(authipQmTransportPolicy, IPSEC_TRANSPORT_POLICY1), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TRANSPORT_CONTEXT)},
  {ONE(authipQmTunnelPolicy, IPSEC_TUNNEL_POLICY1), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT)},
  {ONE(ikeMmPolicy, IKEEXT_POLICY1), WHEN(type, FWPM_IPSEC_IKE_MM_CONTEXT)},
  {ONE(authIpMmPolicy, IKEEXT_POLICY1), WHEN(type, FWPM_IPSEC_AUTHIP_MM_CONTEXT)},
  {ONE(dataBuffer, FWP_BYTE_BLOB), WHEN(type, FWPM_GENERAL_CONTEXT)},
  {ONE(classifyOptions, FWPM_CLASSIFY_OPTIONS0), WHEN(type, FWPM_CLASSIFY_OPTIONS_CONTEXT)},
  {ONE(ikeV2QmTunnelPolicy, IPSEC_TUNNEL_POLICY1), WHEN(type, FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT)},
  {ONE(ikeV2MmPolicy, IKEEXT_POLICY1), WHEN(type, FWPM_IPSEC_IKEV2_MM_CONTEXT)},
  {ONE(idpOptions, IPSEC_DOSP_OPTIONS0), WHEN(type, FWPM_IPSEC_DOSP_CONTEXT)},
  {NUMBER(providerContextId)}
)
#undef T

#define T FWPM_PROVIDER_CONTEXT2
SHAPE(
  {PART(providerContextKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {ONE(providerKey, GUID)},
  {PART(providerData, FWP_BYTE_BLOB)},
  {NUMBER(type)},
  {ONE(keyingPolicy, IPSEC_KEYING_POLICY1), WHEN(type, FWPM_IPSEC_KEYING_CONTEXT)},
  {ONE(ikeQmTransportPolicy, IPSEC_TRANSPORT_POLICY2), WHEN(type, FWPM_IPSEC_IKE_QM_TRANSPORT_CONTEXT)},
  {ONE(ikeQmTunnelPolicy, IPSEC_TUNNEL_POLICY2), WHEN(type, FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT)},
  {ONE(authipQmTransportPolicy, IPSEC_TRANSPORT_POLICY2), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TRANSPORT_CONTEXT)},
  {ONE(authipQmTunnelPolicy, IPSEC_TUNNEL_POLICY2), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT)},
  {ONE(ikeMmPolicy, IKEEXT_POLICY2), WHEN(type, FWPM_IPSEC_IKE_MM_CONTEXT)},
  {ONE(authIpMmPolicy, IKEEXT_POLICY2), WHEN(type, FWPM_IPSEC_AUTHIP_MM_CONTEXT)},
  {ONE(dataBuffer, FWP_BYTE_BLOB), WHEN(type, FWPM_GENERAL_CONTEXT)},
  {ONE(classifyOptions, FWPM_CLASSIFY_OPTIONS0), WHEN(type, FWPM_CLASSIFY_OPTIONS_CONTEXT)},
  {ONE(ikeV2QmTunnelPolicy, IPSEC_TUNNEL_POLICY2), WHEN(type, FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT)},
  {ONE(ikeV2QmTransportPolicy, IPSEC_TRANSPORT_POLICY2), WHEN(type, FWPM_IPSEC_IKEV2_QM_TRANSPORT_CONTEXT)},
  {ONE(ikeV2MmPolicy, IKEEXT_POLICY2), WHEN(type, FWPM_IPSEC_IKEV2_MM_CONTEXT)},
  {ONE(idpOptions, IPSEC_DOSP_OPTIONS0), WHEN(type, FWPM_IPSEC_DOSP_CONTEXT)},
  {NUMBER(providerContextId)}
)
#undef T

#define T FWPM_NETWORK_CONNECTION_POLICY_SETTING0
SHAPE(
  {NUMBER(type)},
  {PART(value, FWP_VALUE0)}
)
#undef T

#define T FWPM_NETWORK_CONNECTION_POLICY_SETTINGS0
SHAPE(
  {NUMBER(numSettings)},
  {MANY(settings, FWPM_NETWORK_CONNECTION_POLICY_SETTING0, numSettings)}
)
#undef T

#define T FWPM_PROVIDER_CONTEXT3
SHAPE(
  {PART(providerContextKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {ONE(providerKey, GUID)},
  {PART(providerData, FWP_BYTE_BLOB)},
  {NUMBER(type)},
  {ONE(keyingPolicy, IPSEC_KEYING_POLICY1), WHEN(type, FWPM_IPSEC_KEYING_CONTEXT)},
  {ONE(ikeQmTransportPolicy, IPSEC_TRANSPORT_POLICY2), WHEN(type, FWPM_IPSEC_IKE_QM_TRANSPORT_CONTEXT)},
  {ONE(ikeQmTunnelPolicy, IPSEC_TUNNEL_POLICY3), WHEN(type, FWPM_IPSEC_IKE_QM_TUNNEL_CONTEXT)},
  {ONE(authipQmTransportPolicy, IPSEC_TRANSPORT_POLICY2), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TRANSPORT_CONTEXT)},
  {ONE(authipQmTunnelPolicy, IPSEC_TUNNEL_POLICY3), WHEN(type, FWPM_IPSEC_AUTHIP_QM_TUNNEL_CONTEXT)},
  {ONE(ikeMmPolicy, IKEEXT_POLICY2), WHEN(type, FWPM_IPSEC_IKE_MM_CONTEXT)},
  {ONE(authIpMmPolicy, IKEEXT_POLICY2), WHEN(type, FWPM_IPSEC_AUTHIP_MM_CONTEXT)},
  {ONE(dataBuffer, FWP_BYTE_BLOB), WHEN(type, FWPM_GENERAL_CONTEXT)},
  {ONE(classifyOptions, FWPM_CLASSIFY_OPTIONS0), WHEN(type, FWPM_CLASSIFY_OPTIONS_CONTEXT)},
  {ONE(ikeV2QmTunnelPolicy, IPSEC_TUNNEL_POLICY3), WHEN(type, FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT)},
  {ONE(ikeV2QmTransportPolicy, IPSEC_TRANSPORT_POLICY2), WHEN(type, FWPM_IPSEC_IKEV2_QM_TRANSPORT_CONTEXT)},
  {ONE(ikeV2MmPolicy, IKEEXT_POLICY2), WHEN(type, FWPM_IPSEC_IKEV2_MM_CONTEXT)},
  {ONE(idpOptions, IPSEC_DOSP_OPTIONS0), WHEN(type, FWPM_IPSEC_DOSP_CONTEXT)},
  {ONE(networkConnectionPolicy, FWPM_NETWORK_CONNECTION_POLICY_SETTINGS0), WHEN(type, FWPM_NETWORK_CONNECTION_POLICY_CONTEXT)},
  {NUMBER(providerContextId)}
)
#undef T

#define T FWPM_FILTER_CONDITION0
SHAPE(
  {PART(fieldKey, GUID)},
  {NUMBER(matchType)},
  {PART(conditionValue, FWP_CONDITION_VALUE0)}
)
#undef T

#define T FWPM_ACTION0
SHAPE(
  {NUMBER(type)},
  {PART(filterType, GUID), WHEN_MASKED(type, FWP_ACTION_FLAG_CALLOUT, 0)},
  {PART(calloutKey, GUID), WHEN_MASKED(type, FWP_ACTION_FLAG_CALLOUT, FWP_ACTION_FLAG_CALLOUT)}
)
#undef T

#define T FWPM_FILTER0
SHAPE(
  {PART(filterKey, GUID)},
  {PART(displayData, FWPM_DISPLAY_DATA0)},
  {NUMBER(flags)},
  {ONE(providerKey, GUID)},
  {PART(providerData, FWP_BYTE_BLOB)},
  {PART(layerKey, GUID)},
  {PART(subLayerKey, GUID)},
  {PART(weight, FWP_VALUE0)},
  {NUMBER(numFilterConditions)},
  {MANY(filterCondition, FWPM_FILTER_CONDITION0, numFilterConditions)},
  {PART(action, FWPM_ACTION0)},
  {NUMBER(rawContext), WHEN_MASKED(flags, FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT, 0)},
  {PART(providerContextKey, GUID), WHEN_MASKED(flags, FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT, FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT)},
  {ONE(reserved, GUID)},
  {NUMBER(filterId)},
  {PART(effectiveWeight, FWP_VALUE0)}
)
#undef T

#define T FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0
SHAPE(
  {ONE(providerKey, GUID)},
  {NUMBER(providerContextType)}
)
#undef T

#define T FWPM_PROVIDER_ENUM_TEMPLATE0
SHAPE(
  {NUMBER(reserved)}
)
#undef T

#define T FWPM_FILTER_ENUM_TEMPLATE0
SHAPE(
  {ONE(providerKey, GUID)},
  {PART(layerKey, GUID)},
  {NUMBER(enumType)},
  {NUMBER(flags)},
  {ONE(providerContextTemplate, FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0)},
  {NUMBER(numFilterConditions)},
  {MANY(filterCondition, FWPM_FILTER_CONDITION0, numFilterConditions)},
  {NUMBER(actionMask)},
  {ONE(calloutKey, GUID)}
)
#undef T

#define T FWPM_SESSION_ENUM_TEMPLATE0
SHAPE(
  {NUMBER(reserved)}
)
#undef T

#define T FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0
SHAPE(
  {ONE(enumTemplate, FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0)},
  {NUMBER(flags)},
  {PART(sessionKey, GUID)}
)
#undef T

#define T FWPM_FILTER_SUBSCRIPTION0
SHAPE(
  {ONE(enumTemplate, FWPM_FILTER_ENUM_TEMPLATE0)},
  {NUMBER(flags)},
  {PART(sessionKey, GUID)}
)
#undef T

#define T FWPM_PROVIDER_CONTEXT_CHANGE0
SHAPE(
  {NUMBER(changeType)},
  {PART(providerContextKey, GUID)},
  {NUMBER(providerContextId)}
)
#undef T

#define T FWPM_FILTER_CHANGE0
SHAPE(
  {NUMBER(changeType)},
  {PART(filterKey, GUID)},
  {NUMBER(filterId)}
)
#undef T
