/* Quick-mode policies, security associations and key managers, as ipsectypes.h of the Windows SDK declares them.
   Written out because mingw-w64 lacks the newer ones and has some wrong; layouts_assert.h holds every offset. */
#pragma once
#include "iketypes.h"

typedef enum IPSEC_AUTH_TYPE_ {
  IPSEC_AUTH_MD5 = 0,
  IPSEC_AUTH_SHA_1 = 1,
  IPSEC_AUTH_SHA_256 = 2,
  IPSEC_AUTH_AES_128 = 3,
  IPSEC_AUTH_AES_192 = 4,
  IPSEC_AUTH_AES_256 = 5,
} IPSEC_AUTH_TYPE;

typedef enum IPSEC_CIPHER_TYPE_ {
  IPSEC_CIPHER_TYPE_DES = 1,
  IPSEC_CIPHER_TYPE_3DES = 2,
  IPSEC_CIPHER_TYPE_AES_128 = 3,
  IPSEC_CIPHER_TYPE_AES_192 = 4,
  IPSEC_CIPHER_TYPE_AES_256 = 5,
} IPSEC_CIPHER_TYPE;

typedef UINT32 IPSEC_DOSP_FLAGS;

typedef enum IPSEC_PFS_GROUP_ {
  IPSEC_PFS_NONE = 0,
  IPSEC_PFS_1 = 1,
  IPSEC_PFS_2 = 2,
  IPSEC_PFS_2048 = 3,
  IPSEC_PFS_14 = 3,
  IPSEC_PFS_ECP_256 = 4,
  IPSEC_PFS_ECP_384 = 5,
  IPSEC_PFS_MM = 6,
  IPSEC_PFS_24 = 7,
} IPSEC_PFS_GROUP;

typedef UINT32 IPSEC_POLICY_FLAG;

typedef UINT32 IPSEC_SA_BUNDLE_FLAGS;

typedef enum IPSEC_TOKEN_MODE_ {
  IPSEC_TOKEN_MODE_MAIN = 0,
  IPSEC_TOKEN_MODE_EXTENDED = 1,
} IPSEC_TOKEN_MODE;

typedef enum IPSEC_TOKEN_PRINCIPAL_ {
  IPSEC_TOKEN_PRINCIPAL_LOCAL = 0,
  IPSEC_TOKEN_PRINCIPAL_PEER = 1,
} IPSEC_TOKEN_PRINCIPAL;

typedef enum IPSEC_TOKEN_TYPE_ {
  IPSEC_TOKEN_TYPE_MACHINE = 0,
  IPSEC_TOKEN_TYPE_IMPERSONATION = 1,
} IPSEC_TOKEN_TYPE;

typedef enum IPSEC_TRAFFIC_TYPE_ {
  IPSEC_TRAFFIC_TYPE_TRANSPORT = 0,
  IPSEC_TRAFFIC_TYPE_TUNNEL = 1,
} IPSEC_TRAFFIC_TYPE;

typedef enum IPSEC_TRANSFORM_TYPE_ {
  IPSEC_TRANSFORM_AH = 1,
  IPSEC_TRANSFORM_ESP_AUTH = 2,
  IPSEC_TRANSFORM_ESP_CIPHER = 3,
  IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER = 4,
  IPSEC_TRANSFORM_ESP_AUTH_FW = 5,
} IPSEC_TRANSFORM_TYPE;

typedef struct IPSEC_KEYING_POLICY0_ {
  UINT32 numKeyMods;
  GUID *keyModKeys;
} IPSEC_KEYING_POLICY0;

typedef struct IPSEC_SA_LIFETIME0_ {
  UINT32 lifetimeSeconds;
  UINT32 lifetimeKilobytes;
  UINT32 lifetimePackets;
} IPSEC_SA_LIFETIME0;

typedef struct IPSEC_AUTH_TRANSFORM_ID0_ {
  IPSEC_AUTH_TYPE authType;
  UINT8 authConfig;
} IPSEC_AUTH_TRANSFORM_ID0;

typedef struct IPSEC_AUTH_TRANSFORM0_ {
  IPSEC_AUTH_TRANSFORM_ID0 authTransformId;
  GUID *cryptoModuleId;
} IPSEC_AUTH_TRANSFORM0;

typedef struct IPSEC_CIPHER_TRANSFORM_ID0_ {
  IPSEC_CIPHER_TYPE cipherType;
  UINT8 cipherConfig;
} IPSEC_CIPHER_TRANSFORM_ID0;

typedef struct IPSEC_CIPHER_TRANSFORM0_ {
  IPSEC_CIPHER_TRANSFORM_ID0 cipherTransformId;
  GUID *cryptoModuleId;
} IPSEC_CIPHER_TRANSFORM0;

typedef struct IPSEC_AUTH_AND_CIPHER_TRANSFORM0_ {
  IPSEC_AUTH_TRANSFORM0 authTransform;
  IPSEC_CIPHER_TRANSFORM0 cipherTransform;
} IPSEC_AUTH_AND_CIPHER_TRANSFORM0;

typedef struct IPSEC_SA_TRANSFORM0_ {
  IPSEC_TRANSFORM_TYPE ipsecTransformType;
  union {
    IPSEC_AUTH_TRANSFORM0 *ahTransform;
    IPSEC_AUTH_TRANSFORM0 *espAuthTransform;
    IPSEC_CIPHER_TRANSFORM0 *espCipherTransform;
    IPSEC_AUTH_AND_CIPHER_TRANSFORM0 *espAuthAndCipherTransform;
    IPSEC_AUTH_TRANSFORM0 *espAuthFwTransform;
  };
} IPSEC_SA_TRANSFORM0;

typedef struct IPSEC_PROPOSAL0_ {
  IPSEC_SA_LIFETIME0 lifetime;
  UINT32 numSaTransforms;
  IPSEC_SA_TRANSFORM0 *saTransforms;
  IPSEC_PFS_GROUP pfsGroup;
} IPSEC_PROPOSAL0;

typedef struct IPSEC_SA_IDLE_TIMEOUT0_ {
  UINT32 idleTimeoutSeconds;
  UINT32 idleTimeoutSecondsFailOver;
} IPSEC_SA_IDLE_TIMEOUT0;

typedef struct IPSEC_TRANSPORT_POLICY0_ {
  UINT32 numIpsecProposals;
  IPSEC_PROPOSAL0 *ipsecProposals;
  IPSEC_POLICY_FLAG flags;
  UINT32 ndAllowClearTimeoutSeconds;
  IPSEC_SA_IDLE_TIMEOUT0 saIdleTimeout;
  IKEEXT_EM_POLICY0 *emPolicy;
} IPSEC_TRANSPORT_POLICY0;

typedef struct IPSEC_TUNNEL_ENDPOINTS0_ {
  FWP_IP_VERSION ipVersion;
  union {
    UINT32 localV4Address;
    UINT8 localV6Address[16];
  };
  union {
    UINT32 remoteV4Address;
    UINT8 remoteV6Address[16];
  };
} IPSEC_TUNNEL_ENDPOINTS0;

typedef struct IPSEC_TUNNEL_POLICY0_ {
  IPSEC_POLICY_FLAG flags;
  UINT32 numIpsecProposals;
  IPSEC_PROPOSAL0 *ipsecProposals;
  IPSEC_TUNNEL_ENDPOINTS0 tunnelEndpoints;
  IPSEC_SA_IDLE_TIMEOUT0 saIdleTimeout;
  IKEEXT_EM_POLICY0 *emPolicy;
} IPSEC_TUNNEL_POLICY0;

typedef struct IPSEC_TRANSPORT_POLICY1_ {
  UINT32 numIpsecProposals;
  IPSEC_PROPOSAL0 *ipsecProposals;
  IPSEC_POLICY_FLAG flags;
  UINT32 ndAllowClearTimeoutSeconds;
  IPSEC_SA_IDLE_TIMEOUT0 saIdleTimeout;
  IKEEXT_EM_POLICY1 *emPolicy;
} IPSEC_TRANSPORT_POLICY1;

typedef struct IPSEC_TUNNEL_ENDPOINTS1_ {
  FWP_IP_VERSION ipVersion;
  union {
    UINT32 localV4Address;
    UINT8 localV6Address[16];
  };
  union {
    UINT32 remoteV4Address;
    UINT8 remoteV6Address[16];
  };
  UINT64 localIfLuid;
} IPSEC_TUNNEL_ENDPOINTS1;

typedef struct IPSEC_TUNNEL_POLICY1_ {
  IPSEC_POLICY_FLAG flags;
  UINT32 numIpsecProposals;
  IPSEC_PROPOSAL0 *ipsecProposals;
  IPSEC_TUNNEL_ENDPOINTS1 tunnelEndpoints;
  IPSEC_SA_IDLE_TIMEOUT0 saIdleTimeout;
  IKEEXT_EM_POLICY1 *emPolicy;
} IPSEC_TUNNEL_POLICY1;

typedef struct IPSEC_DOSP_OPTIONS0_ {
  UINT32 stateIdleTimeoutSeconds;
  UINT32 perIPRateLimitQueueIdleTimeoutSeconds;
  UINT8 ipV6IPsecUnauthDscp;
  UINT32 ipV6IPsecUnauthRateLimitBytesPerSec;
  UINT32 ipV6IPsecUnauthPerIPRateLimitBytesPerSec;
  UINT8 ipV6IPsecAuthDscp;
  UINT32 ipV6IPsecAuthRateLimitBytesPerSec;
  UINT8 icmpV6Dscp;
  UINT32 icmpV6RateLimitBytesPerSec;
  UINT8 ipV6FilterExemptDscp;
  UINT32 ipV6FilterExemptRateLimitBytesPerSec;
  UINT8 defBlockExemptDscp;
  UINT32 defBlockExemptRateLimitBytesPerSec;
  UINT32 maxStateEntries;
  UINT32 maxPerIPRateLimitQueues;
  IPSEC_DOSP_FLAGS flags;
  UINT32 numPublicIFLuids;
  UINT64 *publicIFLuids;
  UINT32 numInternalIFLuids;
  UINT64 *internalIFLuids;
  FWP_V6_ADDR_AND_MASK publicV6AddrMask;
  FWP_V6_ADDR_AND_MASK internalV6AddrMask;
} IPSEC_DOSP_OPTIONS0;

typedef struct IPSEC_KEYING_POLICY1_ {
  UINT32 numKeyMods;
  GUID *keyModKeys;
  UINT32 flags;
} IPSEC_KEYING_POLICY1;

typedef struct IPSEC_TRANSPORT_POLICY2_ {
  UINT32 numIpsecProposals;
  IPSEC_PROPOSAL0 *ipsecProposals;
  IPSEC_POLICY_FLAG flags;
  UINT32 ndAllowClearTimeoutSeconds;
  IPSEC_SA_IDLE_TIMEOUT0 saIdleTimeout;
  IKEEXT_EM_POLICY2 *emPolicy;
} IPSEC_TRANSPORT_POLICY2;

typedef struct IPSEC_TUNNEL_ENDPOINT0_ {
  FWP_IP_VERSION ipVersion;
  union {
    UINT32 v4Address;
    UINT8 v6Address[16];
  };
} IPSEC_TUNNEL_ENDPOINT0;

typedef struct IPSEC_TUNNEL_ENDPOINTS2_ {
  FWP_IP_VERSION ipVersion;
  union {
    UINT32 localV4Address;
    UINT8 localV6Address[16];
  };
  union {
    UINT32 remoteV4Address;
    UINT8 remoteV6Address[16];
  };
  UINT64 localIfLuid;
  wchar_t *remoteFqdn;
  UINT32 numAddresses;
  IPSEC_TUNNEL_ENDPOINT0 *remoteAddresses;
} IPSEC_TUNNEL_ENDPOINTS2;

typedef struct IPSEC_TUNNEL_POLICY2_ {
  IPSEC_POLICY_FLAG flags;
  UINT32 numIpsecProposals;
  IPSEC_PROPOSAL0 *ipsecProposals;
  IPSEC_TUNNEL_ENDPOINTS2 tunnelEndpoints;
  IPSEC_SA_IDLE_TIMEOUT0 saIdleTimeout;
  IKEEXT_EM_POLICY2 *emPolicy;
  UINT32 fwdPathSaLifetime;
} IPSEC_TUNNEL_POLICY2;

typedef struct IPSEC_TRAFFIC_SELECTOR0_ {
  UINT8 protocolId;
  UINT16 portStart;
  UINT16 portEnd;
  FWP_IP_VERSION ipVersion;
  union {
    UINT32 startV4Address;
    UINT8 startV6Address[16];
  };
  union {
    UINT32 endV4Address;
    UINT8 endV6Address[16];
  };
} IPSEC_TRAFFIC_SELECTOR0;

typedef struct IPSEC_TRAFFIC_SELECTOR_POLICY0_ {
  UINT32 flags;
  UINT32 numLocalTrafficSelectors;
  IPSEC_TRAFFIC_SELECTOR0 *localTrafficSelectors;
  UINT32 numRemoteTrafficSelectors;
  IPSEC_TRAFFIC_SELECTOR0 *remoteTrafficSelectors;
} IPSEC_TRAFFIC_SELECTOR_POLICY0;

typedef struct IPSEC_TUNNEL_POLICY3_ {
  UINT32 flags;
  UINT32 numIpsecProposals;
  IPSEC_PROPOSAL0 *ipsecProposals;
  IPSEC_TUNNEL_ENDPOINTS2 tunnelEndpoints;
  IPSEC_SA_IDLE_TIMEOUT0 saIdleTimeout;
  IKEEXT_EM_POLICY2 *emPolicy;
  UINT32 fwdPathSaLifetime;
  UINT32 compartmentId;
  UINT32 numTrafficSelectorPolicy;
  IPSEC_TRAFFIC_SELECTOR_POLICY0 *trafficSelectorPolicies;
} IPSEC_TUNNEL_POLICY3;

typedef struct IPSEC_KEY_MANAGER0_ {
  GUID keyManagerKey;
  FWPM_DISPLAY_DATA0 displayData;
  UINT32 flags;
  UINT8 keyDictationTimeoutHint;
} IPSEC_KEY_MANAGER0;

typedef struct IPSEC_TRAFFIC1_ {
  FWP_IP_VERSION ipVersion;
  union {
    UINT32 localV4Address;
    UINT8 localV6Address[16];
  };
  union {
    UINT32 remoteV4Address;
    UINT8 remoteV6Address[16];
  };
  IPSEC_TRAFFIC_TYPE trafficType;
  union {
    UINT64 ipsecFilterId;
    UINT64 tunnelPolicyId;
  };
  UINT16 remotePort;
  UINT16 localPort;
  UINT8 ipProtocol;
  UINT64 localIfLuid;
  UINT32 realIfProfileId;
} IPSEC_TRAFFIC1;

typedef struct IPSEC_TOKEN0_ {
  IPSEC_TOKEN_TYPE type;
  IPSEC_TOKEN_PRINCIPAL principal;
  IPSEC_TOKEN_MODE mode;
  UINT64 token;
} IPSEC_TOKEN0;

typedef struct IPSEC_ID0_ {
  wchar_t *mmTargetName;
  wchar_t *emTargetName;
  UINT32 numTokens;
  IPSEC_TOKEN0 *tokens;
  UINT64 explicitCredentials;
  UINT64 logonId;
} IPSEC_ID0;

typedef struct IPSEC_SA_AUTH_INFORMATION0_ {
  IPSEC_AUTH_TRANSFORM0 authTransform;
  FWP_BYTE_BLOB authKey;
} IPSEC_SA_AUTH_INFORMATION0;

typedef struct IPSEC_SA_CIPHER_INFORMATION0_ {
  IPSEC_CIPHER_TRANSFORM0 cipherTransform;
  FWP_BYTE_BLOB cipherKey;
} IPSEC_SA_CIPHER_INFORMATION0;

typedef struct IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0_ {
  IPSEC_SA_CIPHER_INFORMATION0 saCipherInformation;
  IPSEC_SA_AUTH_INFORMATION0 saAuthInformation;
} IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0;

typedef struct IPSEC_SA0_ {
  UINT32 spi;
  IPSEC_TRANSFORM_TYPE saTransformType;
  union {
    IPSEC_SA_AUTH_INFORMATION0 *ahInformation;
    IPSEC_SA_AUTH_INFORMATION0 *espAuthInformation;
    IPSEC_SA_CIPHER_INFORMATION0 *espCipherInformation;
    IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0 *espAuthAndCipherInformation;
    IPSEC_SA_AUTH_INFORMATION0 *espAuthFwInformation;
  };
} IPSEC_SA0;

typedef struct IPSEC_KEYMODULE_STATE0_ {
  GUID keyModuleKey;
  FWP_BYTE_BLOB stateBlob;
} IPSEC_KEYMODULE_STATE0;

typedef struct IPSEC_SA_BUNDLE1_ {
  IPSEC_SA_BUNDLE_FLAGS flags;
  IPSEC_SA_LIFETIME0 lifetime;
  UINT32 idleTimeoutSeconds;
  UINT32 ndAllowClearTimeoutSeconds;
  IPSEC_ID0 *ipsecId;
  UINT32 napContext;
  UINT32 qmSaId;
  UINT32 numSAs;
  IPSEC_SA0 *saList;
  IPSEC_KEYMODULE_STATE0 *keyModuleState;
  FWP_IP_VERSION ipVersion;
  union {
    UINT32 peerV4PrivateAddress;
  };
  UINT64 mmSaId;
  IPSEC_PFS_GROUP pfsGroup;
  GUID saLookupContext;
  UINT64 qmFilterId;
} IPSEC_SA_BUNDLE1;

typedef struct IPSEC_V4_UDP_ENCAPSULATION0_ {
  UINT16 localUdpEncapPort;
  UINT16 remoteUdpEncapPort;
} IPSEC_V4_UDP_ENCAPSULATION0;

typedef struct IPSEC_VIRTUAL_IF_TUNNEL_INFO0_ {
  UINT64 virtualIfTunnelId;
  UINT64 trafficSelectorId;
} IPSEC_VIRTUAL_IF_TUNNEL_INFO0;

typedef struct IPSEC_SA_DETAILS1_ {
  FWP_IP_VERSION ipVersion;
  FWP_DIRECTION saDirection;
  IPSEC_TRAFFIC1 traffic;
  IPSEC_SA_BUNDLE1 saBundle;
  union {
    IPSEC_V4_UDP_ENCAPSULATION0 *udpEncapsulation;
  };
  struct FWPM_FILTER0_ *transportFilter;
  IPSEC_VIRTUAL_IF_TUNNEL_INFO0 virtualIfTunnelInfo;
} IPSEC_SA_DETAILS1;

typedef void(CALLBACK *IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0)(const IKEEXT_TRAFFIC0 *ikeTraffic, BOOL *willDictateKey, UINT32 *weight);

typedef DWORD(CALLBACK *IPSEC_KEY_MANAGER_DICTATE_KEY0)(IPSEC_SA_DETAILS1 *inboundSaDetails, IPSEC_SA_DETAILS1 *outboundSaDetails, BOOL *keyingModuleGenKey);

typedef void(CALLBACK *IPSEC_KEY_MANAGER_NOTIFY_KEY0)(const IPSEC_SA_DETAILS1 *inboundSa, const IPSEC_SA_DETAILS1 *outboundSa);

typedef struct IPSEC_KEY_MANAGER_CALLBACKS0_ {
  GUID reserved;
  UINT32 flags;
  IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0 keyDictationCheck;
  IPSEC_KEY_MANAGER_DICTATE_KEY0 keyDictation;
  IPSEC_KEY_MANAGER_NOTIFY_KEY0 keyNotify;
} IPSEC_KEY_MANAGER_CALLBACKS0;
