/** Flags of IPsec policies and keying modules, and the algorithm configurations. Names and values are the SDK's. */

// IPSEC_POLICY_FLAG
/** Negotiation discovery, secure ring. */
export const IPSEC_POLICY_FLAG_ND_SECURE = 2
/** Negotiation discovery, perimeter. */
export const IPSEC_POLICY_FLAG_ND_BOUNDARY = 4
/** Tunnel only: clear Do-not-Fragment on the outer header. */
export const IPSEC_POLICY_FLAG_CLEAR_DF_ON_TUNNEL = 8
/** Assume UDP 4500/4500 when exactly one side is behind NAT (default: only when just the local side is). */
export const IPSEC_POLICY_FLAG_NAT_ENCAP_ALLOW_PEER_BEHIND_NAT = 0x10
/** Assume UDP 4500/4500 even when both sides are behind NAT; least strict. */
export const IPSEC_POLICY_FLAG_NAT_ENCAP_ALLOW_GENERAL_NAT_TRAVERSAL = 0x20
/** IKE leaves out the seconds-lifetime attribute in quick mode. */
export const IPSEC_POLICY_FLAG_DONT_NEGOTIATE_SECOND_LIFETIME = 0x40
/** IKE leaves out the byte-lifetime attribute in quick mode. */
export const IPSEC_POLICY_FLAG_DONT_NEGOTIATE_BYTE_LIFETIME = 0x80
/** Tunnel only, IKEv2 only. */
export const IPSEC_POLICY_FLAG_ENABLE_V6_IN_V4_TUNNELING = 0x100
/** Tunnel only, IKEv2 only: address assignment through the RAS server. */
export const IPSEC_POLICY_FLAG_ENABLE_SERVER_ADDR_ASSIGNMENT = 0x200
/** Tunnel gateways only, never on a client: outbound connections may go in clear. */
export const IPSEC_POLICY_FLAG_TUNNEL_ALLOW_OUTBOUND_CLEAR_CONNECTION = 0x400
/** Tunnel only: ESP and UDP 500/4500 go outside the tunnel. */
export const IPSEC_POLICY_FLAG_TUNNEL_BYPASS_ALREADY_SECURE_CONNECTION = 0x800
/** Tunnel only: ICMPv6 goes outside the tunnel. */
export const IPSEC_POLICY_FLAG_TUNNEL_BYPASS_ICMPV6 = 0x1000
/** Lets a dictating key manager set the keys of SAs from this policy. Page: AuthIP policies only. */
export const IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_DICTATE_KEY = 0x2000
/** Lets key managers be told the keys of SAs from this policy. AuthIP, IKE and IKEv2. */
export const IPSEC_POLICY_FLAG_KEY_MANAGER_ALLOW_NOTIFY_KEY = 0x4000
export const IPSEC_POLICY_FLAG_RESERVED1 = 0x8000
/** Site-to-site tunnel policy (Windows 10 1709+); undocumented beyond the header. */
export const IPSEC_POLICY_FLAG_SITE_TO_SITE_TUNNEL = 0x10000
/** Point-to-site tunnel policy; recent header, documented by sdk-api PR 2132 (Nov 2025); reported supported only on newest Windows. */
export const IPSEC_POLICY_FLAG_POINT_TO_SITE_TUNNEL = 0x20000
export const IPSEC_POLICY_FLAG_BANDWIDTH1 = 0x10000000
export const IPSEC_POLICY_FLAG_BANDWIDTH2 = 0x20000000
export const IPSEC_POLICY_FLAG_BANDWIDTH3 = 0x40000000
export const IPSEC_POLICY_FLAG_BANDWIDTH4 = 0x80000000

// IPSEC_KEYING_POLICY_FLAG
/** The published description (Kerberos proxy) is a copy error from another flag; real meaning undocumented. */
export const IPSEC_KEYING_POLICY_FLAG_TERMINATING_MATCH = 1

// IPSEC_KEY_MANAGER_FLAG
/** The key manager may dictate keys as well as be notified. */
export const IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY = 1

// IPSEC_SA_BUNDLE_FLAG
export const IPSEC_SA_BUNDLE_FLAG_ND_SECURE = 1
export const IPSEC_SA_BUNDLE_FLAG_ND_BOUNDARY = 2
export const IPSEC_SA_BUNDLE_FLAG_ND_PEER_NAT_BOUNDARY = 4
export const IPSEC_SA_BUNDLE_FLAG_GUARANTEE_ENCRYPTION = 8
export const IPSEC_SA_BUNDLE_FLAG_NLB = 0x10
export const IPSEC_SA_BUNDLE_FLAG_NO_MACHINE_LUID_VERIFY = 0x20
export const IPSEC_SA_BUNDLE_FLAG_NO_IMPERSONATION_LUID_VERIFY = 0x40
export const IPSEC_SA_BUNDLE_FLAG_NO_EXPLICIT_CRED_MATCH = 0x80
export const IPSEC_SA_BUNDLE_FLAG_ALLOW_NULL_TARGET_NAME_MATCH = 0x200
export const IPSEC_SA_BUNDLE_FLAG_CLEAR_DF_ON_TUNNEL = 0x400
export const IPSEC_SA_BUNDLE_FLAG_ASSUME_UDP_CONTEXT_OUTBOUND = 0x800
export const IPSEC_SA_BUNDLE_FLAG_ND_PEER_BOUNDARY = 0x1000
export const IPSEC_SA_BUNDLE_FLAG_SUPPRESS_DUPLICATE_DELETION = 0x2000
export const IPSEC_SA_BUNDLE_FLAG_PEER_SUPPORTS_GUARANTEE_ENCRYPTION = 0x4000
export const IPSEC_SA_BUNDLE_FLAG_FORCE_INBOUND_CONNECTIONS = 0x8000
export const IPSEC_SA_BUNDLE_FLAG_FORCE_OUTBOUND_CONNECTIONS = 0x10000
export const IPSEC_SA_BUNDLE_FLAG_FORWARD_PATH_INITIATOR = 0x20000
export const IPSEC_SA_BUNDLE_FLAG_ENABLE_OPTIONAL_ASYMMETRIC_IDLE = 0x40000
/** Keys came from a key manager. */
export const IPSEC_SA_BUNDLE_FLAG_USING_DICTATED_KEYS = 0x80000
/** Keys came from the local key manager. */
export const IPSEC_SA_BUNDLE_FLAG_LOCALLY_DICTATED_KEYS = 0x100000
export const IPSEC_SA_BUNDLE_FLAG_SA_OFFLOADED = 0x200000
export const IPSEC_SA_BUNDLE_FLAG_IP_IN_IP_PKT = 0x400000
export const IPSEC_SA_BUNDLE_FLAG_LOW_POWER_MODE_SUPPORT = 0x800000
export const IPSEC_SA_BUNDLE_FLAG_TUNNEL_BANDWIDTH1 = 0x10000000
export const IPSEC_SA_BUNDLE_FLAG_TUNNEL_BANDWIDTH2 = 0x20000000
export const IPSEC_SA_BUNDLE_FLAG_TUNNEL_BANDWIDTH3 = 0x40000000
export const IPSEC_SA_BUNDLE_FLAG_TUNNEL_BANDWIDTH4 = 0x80000000

// IKEEXT_POLICY_FLAG
export const IKEEXT_POLICY_FLAG_DISABLE_DIAGNOSTICS = 1
export const IKEEXT_POLICY_FLAG_NO_MACHINE_LUID_VERIFY = 2
export const IKEEXT_POLICY_FLAG_NO_IMPERSONATION_LUID_VERIFY = 4
/** AuthIP only. */
export const IKEEXT_POLICY_FLAG_ENABLE_OPTIONAL_DH = 8
/** IKEv2 only. */
export const IKEEXT_POLICY_FLAG_MOBIKE_NOT_SUPPORTED = 0x10
/** IKEv2 site-to-site. */
export const IKEEXT_POLICY_FLAG_SITE_TO_SITE = 0x20
export const IKEEXT_POLICY_FLAG_IMS_VPN = 0x40
/** The name says enable; the SDK comment above it says "do not allow". Treat as enable, verify on a real machine. */
export const IKEEXT_POLICY_ENABLE_IKEV2_FRAGMENTATION = 0x80
export const IKEEXT_POLICY_SUPPORT_LOW_POWER_MODE = 0x100
/** IKEv2 point-to-site (recent). */
export const IKEEXT_POLICY_FLAG_POINT_TO_SITE = 0x200

// IKEEXT_PSK_FLAG
export const IKEEXT_PSK_FLAG_LOCAL_AUTH_ONLY = 1
export const IKEEXT_PSK_FLAG_REMOTE_AUTH_ONLY = 2

// IKEEXT_CERT_FLAG
export const IKEEXT_CERT_FLAG_ENABLE_ACCOUNT_MAPPING = 1
export const IKEEXT_CERT_FLAG_DISABLE_REQUEST_PAYLOAD = 2
export const IKEEXT_CERT_FLAG_USE_NAP_CERTIFICATE = 4
export const IKEEXT_CERT_FLAG_INTERMEDIATE_CA = 8
export const IKEEXT_CERT_FLAG_IGNORE_INIT_CERT_MAP_FAILURE = 0x10
export const IKEEXT_CERT_FLAG_PREFER_NAP_CERTIFICATE_OUTBOUND = 0x20
export const IKEEXT_CERT_FLAG_SELECT_NAP_CERTIFICATE = 0x40
export const IKEEXT_CERT_FLAG_VERIFY_NAP_CERTIFICATE = 0x80
export const IKEEXT_CERT_FLAG_FOLLOW_RENEWAL_CERTIFICATE = 0x100

// IKEEXT_CERT_AUTH
export const IKEEXT_CERT_AUTH_FLAG_SSL_ONE_WAY = 1
export const IKEEXT_CERT_AUTH_FLAG_DISABLE_CRL_CHECK = 2
export const IKEEXT_CERT_AUTH_ENABLE_CRL_CHECK_STRONG = 4
export const IKEEXT_CERT_AUTH_DISABLE_SSL_CERT_VALIDATION = 8
export const IKEEXT_CERT_AUTH_ALLOW_HTTP_CERT_LOOKUP = 0x10
export const IKEEXT_CERT_AUTH_URL_CONTAINS_BUNDLE = 0x20
export const IKEEXT_CERT_AUTH_FLAG_DISABLE_REQUEST_PAYLOAD = 0x40

// IKEEXT_KERB_AUTH
export const IKEEXT_KERB_AUTH_DISABLE_INITIATOR_TOKEN_GENERATION = 1
export const IKEEXT_KERB_AUTH_DONT_ACCEPT_EXPLICIT_CREDENTIALS = 2
export const IKEEXT_KERB_AUTH_FORCE_PROXY_ON_INITIATOR = 4

// IKEEXT_NTLM_V2_AUTH
export const IKEEXT_NTLM_V2_AUTH_DONT_ACCEPT_EXPLICIT_CREDENTIALS = 1

// IKEEXT_EAP_FLAG
export const IKEEXT_EAP_FLAG_LOCAL_AUTH_ONLY = 1
export const IKEEXT_EAP_FLAG_REMOTE_AUTH_ONLY = 2

// IKEEXT_RESERVED_AUTH
export const IKEEXT_RESERVED_AUTH_DISABLE_INITIATOR_TOKEN_GENERATION = 1

// IPSEC_AUTH_CONFIG
export const IPSEC_AUTH_CONFIG_HMAC_MD5_96 = 0
export const IPSEC_AUTH_CONFIG_HMAC_SHA_1_96 = 1
export const IPSEC_AUTH_CONFIG_HMAC_SHA_256_128 = 2
export const IPSEC_AUTH_CONFIG_GCM_AES_128 = 3
export const IPSEC_AUTH_CONFIG_GCM_AES_192 = 4
export const IPSEC_AUTH_CONFIG_GCM_AES_256 = 5
export const IPSEC_AUTH_CONFIG_MAX = 6

// IPSEC_CIPHER_CONFIG
export const IPSEC_CIPHER_CONFIG_CBC_DES = 1
export const IPSEC_CIPHER_CONFIG_CBC_3DES = 2
export const IPSEC_CIPHER_CONFIG_CBC_AES_128 = 3
export const IPSEC_CIPHER_CONFIG_CBC_AES_192 = 4
export const IPSEC_CIPHER_CONFIG_CBC_AES_256 = 5
export const IPSEC_CIPHER_CONFIG_GCM_AES_128 = 6
export const IPSEC_CIPHER_CONFIG_GCM_AES_192 = 7
export const IPSEC_CIPHER_CONFIG_GCM_AES_256 = 8
export const IPSEC_CIPHER_CONFIG_MAX = 9
