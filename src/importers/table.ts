/**
 * Their word → our field: the one table that the importers settle by, that `explain` answers from and that docs/words.md is made of.
 *
 * @see https://learn.microsoft.com/windows/win32/fwp/wmi/wfascimprov/wfascimprov-provider (netipsec)
 * @see https://learn.microsoft.com/powershell/module/netsecurity/new-netipsecrule (powershell)
 * @see https://docs.strongswan.org/docs/latest/swanctl/swanctlConf.html (swanctl)
 * @see https://learn.microsoft.com/azure/templates/microsoft.network/connections (azure)
 */

export type Tool = 'netipsec' | 'powershell' | 'netsh' | 'swanctl' | 'ipsec.conf' | 'azure'

/** Of phase 1 and of phase 2 alike. */
const AUTH_SET = `
InstanceID ElementName DisplayName Description RuleGroup | - | a set has no name of its own: it stands in the tunnel
Proposals | spec.mainMode.authentication | the methods, in order; those of a phase 2 set are 'spec.extendedMode'
AuthenticationMethod | spec.mainMode.authentication | 2 preshared key, 65001 anonymous, 65002 Kerberos, 65003 NTLM, 65006 certificate
PreSharedKey | spec.mainMode.authentication.presharedKey | a key is never copied: name the place where it is kept
TrustedCA | spec.mainMode.authentication.certificate.trust.ca | the name of the authority, written leaf first
TrustedCAType | spec.mainMode.authentication.certificate.trust.criteria | 2, an intermediate authority, is the flag 'intermediateCa'
SigningAlgorithm | spec.mainMode.authentication.certificate.signature | 1 rsa, 2 ecdsaP256, 3 ecdsaP384
MapToAccount | spec.mainMode.authentication.certificate.trust.criteria | the flag 'enableAccountMapping'
FollowRenewal | spec.mainMode.authentication.certificate.trust.criteria | the flag 'followRenewalCertificate'
CertName CertNameType | spec.mainMode.authentication.certificate.trust.criteria.subject | the name that the certificate must have
EKUs | spec.mainMode.authentication.certificate.trust.criteria.ekus | object identifiers
Thumbprint | spec.mainMode.authentication.certificate.trust.criteria.thumbprint | 40 hexadecimal digits
SelectionCriteria ValidationCriteria | spec.mainMode.authentication.certificate.trust.criteria | criteria under 'trust' hold for both; say 'inbound' or 'outbound' for one
ProxyServer | spec.mainMode.authentication.kerberos.proxyServer | of Kerberos
ExcludeCAName |  | whether a request names its authorities has no flag that is documented for tunnels
`

/** A line a row: `their words | our field | what to know`. No field: a manifest has nothing of the kind. `-`: and nothing depends on it. */
export const WORDS: { readonly [tool in Tool]: { readonly [scope: string]: string } } = {
  netipsec: {
    MSFT_NetConSecRule: `
DisplayName ElementName InstanceID | metadata.name | made of letters, digits, '-' and '.'
Description | spec.description | as it is
Enabled | spec.enabled | 2, disabled, is 'enabled: false': declared, and off
Mode | spec.mode | tunnel mode alone: 'gateway', or 'pointToPoint' where a protocol or ports are given
KeyModule | spec.keyModule | 1 ikev1, 2 authip, 4 ikev2; a tunnel has one, and never the default of the system
LocalTunnelEndpoint | spec.endpoints.local | one address
RemoteTunnelEndpoint | spec.endpoints.remote | one address, or a list
RemoteTunnelEndpointDNSName | spec.endpoints.remoteFqdn | instead of an address
QuickModeCryptoSet | spec.quickMode.proposals | the set stands in the tunnel itself
MainModeCryptoSet | spec.mainMode.proposals | the rule's own set, else that of a main mode rule, else the default set
Phase1AuthSet | spec.mainMode.authentication | the set stands in the tunnel itself
Phase2AuthSet | spec.extendedMode.authentication | authip alone
AllowWatchKey | spec.quickMode.keyManagers.notify | may key managers see the keys?
AllowSetKey | spec.quickMode.keyManagers.dictate | may a key manager choose the keys? authip alone
MaxReturnPathLifetimeSeconds | spec.quickMode.forwardPathLifetime | seconds
BypassTunnelIfEncrypted | spec.quickMode.flags | the flag 'tunnelBypassAlreadySecureConnection'
InboundSecurity OutboundSecurity | spec.quickMode.flags | a tunnel requires both; 'None' outbound is 'tunnelAllowOutboundClearConnection'
RequireAuthorization Users Machines |  | who may use a tunnel is checked by the firewall, not by a tunnel
Profiles |  | a tunnel stands in every profile
Platforms RuleGroup |  | a tunnel belongs to no group and to any Windows
TunnelType |  | a tunnel that wfpctl declares is between two addresses
`,
    MSFT_NetMainModeRule: `
MainModeCryptoSet | spec.mainMode.proposals | of the rule whose addresses are the ends of the tunnel
Phase1AuthSet | spec.mainMode.authentication | of the rule whose addresses are the ends of the tunnel
DisplayName ElementName InstanceID Description Enabled Profiles Platforms RuleGroup Phase2AuthSet QuickModeCryptoSet | - | a main mode rule is part of a tunnel here
`,
    MSFT_NetAddressFilter: `
LocalAddress | spec.traffic.local | prefixes, ranges and addresses; 'Any' becomes 0.0.0.0/0 or ::/0
RemoteAddress | spec.traffic.remote | prefixes, ranges and addresses; 'Any' becomes 0.0.0.0/0 or ::/0
`,
    MSFT_NetProtocolPortFilter: `
Protocol | spec.traffic.protocol | a tunnel of one protocol is 'pointToPoint'
LocalPort | spec.traffic.localPort | one port or range; a tunnel with ports is 'pointToPoint'
RemotePort | spec.traffic.remotePort | one port or range; a tunnel with ports is 'pointToPoint'
IcmpType DynamicTransport |  | a tunnel takes a protocol as a whole
`,
    MSFT_NetInterfaceFilter: `
InterfaceAlias |  | a LUID in 'spec.endpoints.localInterface' says it: see Get-NetAdapter
`,
    MSFT_NetInterfaceTypeFilter: `
InterfaceType |  | a tunnel takes any type of interface
`,
    MSFT_NetIKEQMCryptoSet: `
InstanceID ElementName DisplayName Description RuleGroup | - | a set has no name of its own: it stands in the tunnel
Proposals | spec.quickMode.proposals | in order
PfsGroupID | spec.quickMode.pfs | dh1, dh2, dh14, dh19, dh20, dh24
`,
    MSFT_NetIKEQMCryptoProposal: `
Encapsulation | spec.quickMode.proposals | 1 ah, 2 esp, 3 both; none has no word
CipherAlgorithm | spec.quickMode.proposals.esp | 2 des, 6 3des, 65001 to 65003 aes128 to aes256, 65004 to 65006 are 'aead: aes128gcm' to 'aes256gcm'
HashAlgorithmESP | spec.quickMode.proposals.esp.integrity | 2 md5, 3 sha1, 65001 sha256, 65003 to 65005 aes128gmac to aes256gmac
HashAlgorithmAH | spec.quickMode.proposals.ah.integrity | 2 md5, 3 sha1, 65001 sha256, 65003 to 65005 aes128gmac to aes256gmac
MaxLifetimeMinutes | spec.quickMode.proposals.lifetime.time | minutes
MaxLifetimeKilobytes | spec.quickMode.proposals.lifetime.data | kilobytes
AuthenticationMethod HashAlgorithm InstanceID Description ElementName | - | ignored by Windows
`,
    MSFT_NetIKEMMCryptoSet: `
InstanceID ElementName DisplayName Description RuleGroup | - | a set has no name of its own: it stands in the tunnel
Proposals | spec.mainMode.proposals | in order
MaxLifetimeMinutes | spec.mainMode.proposals.lifetime | minutes; every proposal has it
MaxLifetimeSessions | spec.mainMode.proposals.quickModeLimit | 0 is no limit
ForceDiffieHellman |  | a proposal with a group always uses it
`,
    MSFT_NetIKEMMCryptoProposal: `
CipherAlgorithm | spec.mainMode.proposals.encryption | 2 des, 6 3des, 65001 to 65003 aes128 to aes256
HashAlgorithm | spec.mainMode.proposals.integrity | 2 md5, 3 sha1, 65001 sha256, 65002 sha384
GroupID GroupId | spec.mainMode.proposals.dh | dh1, dh2, dh14, dh19, dh20, dh24
AuthenticationMethod MaxLifetimeKilobytes InstanceID Description ElementName | - | ignored by Windows
`,
    MSFT_NetIKEP1AuthSet: AUTH_SET,
    MSFT_NetIKEP2AuthSet: AUTH_SET,
    export: `
format tool exportedAt computer store | - | about the file
`,
  },
  powershell: {
    'New-NetIPsecRule': `
-DisplayName -IPsecRuleName -Name -ID | metadata.name | made of letters, digits, '-' and '.'
-Description | spec.description | as it is
-Enabled | spec.enabled | 'False' is 'enabled: false': declared, and off
-Mode | spec.mode | 'Tunnel' alone: 'gateway', or 'pointToPoint' where a protocol or ports are given
-KeyModule | spec.keyModule | IKEv1, IKEv2 or AuthIP; a tunnel has one, and never the default of the system
-LocalTunnelEndpoint | spec.endpoints.local | one address
-RemoteTunnelEndpoint | spec.endpoints.remote | one address, or a list
-RemoteTunnelHostname | spec.endpoints.remoteFqdn | instead of an address
-QuickModeCryptoSet | spec.quickMode.proposals | the set stands in the tunnel itself
-Phase1AuthSet | spec.mainMode.authentication | the set stands in the tunnel itself
-Phase2AuthSet | spec.extendedMode.authentication | authip alone
-AllowWatchKey | spec.quickMode.keyManagers.notify | may key managers see the keys?
-AllowSetKey | spec.quickMode.keyManagers.dictate | may a key manager choose the keys? authip alone
-ForwardPathLifetime | spec.quickMode.forwardPathLifetime | seconds, as the class behind it has them
-EncryptedTunnelBypass | spec.quickMode.flags | the flag 'tunnelBypassAlreadySecureConnection'
-InboundSecurity -OutboundSecurity | spec.quickMode.flags | a tunnel requires both; 'None' outbound is 'tunnelAllowOutboundClearConnection'
-LocalAddress | spec.traffic.local | prefixes, ranges and addresses; 'Any' becomes 0.0.0.0/0 or ::/0
-RemoteAddress | spec.traffic.remote | prefixes, ranges and addresses; 'Any' becomes 0.0.0.0/0 or ::/0
-Protocol | spec.traffic.protocol | a tunnel of one protocol is 'pointToPoint'
-LocalPort | spec.traffic.localPort | one port or range; a tunnel with ports is 'pointToPoint'
-RemotePort | spec.traffic.remotePort | one port or range; a tunnel with ports is 'pointToPoint'
-RequireAuthorization -User -Machine |  | who may use a tunnel is checked by the firewall, not by a tunnel
-Profile |  | a tunnel stands in every profile
-InterfaceAlias -InterfaceType |  | a LUID in 'spec.endpoints.localInterface' says it: see Get-NetAdapter
-Group -Platform -TunnelType |  | a tunnel belongs to no group and to any Windows
-PolicyStore -GPOSession -CimSession |  | a tunnel is applied on the host itself
`,
    'New-NetIPsecQuickModeCryptoSet': `
-Proposal | spec.quickMode.proposals | in order
-PerfectForwardSecrecyGroup -PfsGroup | spec.quickMode.pfs | DH1 to DH24, or SameAsMainMode
-DisplayName -Name -ID -Description -Default -Group -PolicyStore -GPOSession | - | a set has no name of its own: it stands in the tunnel
`,
    'New-NetIPsecQuickModeCryptoProposal': `
-Encapsulation | spec.quickMode.proposals | ESP, AH or both
-Encryption | spec.quickMode.proposals.esp | AESGCM128 to AESGCM256 are 'aead'
-ESPHash | spec.quickMode.proposals.esp.integrity | as it is, in small letters
-AHHash | spec.quickMode.proposals.ah.integrity | as it is, in small letters
-MaxMinutes | spec.quickMode.proposals.lifetime.time | minutes
-MaxKiloBytes | spec.quickMode.proposals.lifetime.data | kilobytes
`,
    'New-NetIPsecMainModeCryptoSet': `
-Proposal | spec.mainMode.proposals | in order
-MaxMinutes | spec.mainMode.proposals.lifetime | minutes; every proposal has it
-MaxSessions | spec.mainMode.proposals.quickModeLimit | 0 is no limit
-ForceDiffieHellman |  | a proposal with a group always uses it
-DisplayName -Name -ID -Description -Default -Group -PolicyStore -GPOSession | - | a set has no name of its own: it stands in the tunnel
`,
    'New-NetIPsecMainModeCryptoProposal': `
-Encryption | spec.mainMode.proposals.encryption | as it is, in small letters
-Hash | spec.mainMode.proposals.integrity | as it is, in small letters
-KeyExchange | spec.mainMode.proposals.dh | as it is, in small letters
`,
    'New-NetIPsecMainModeRule': `
-MainModeCryptoSet | spec.mainMode.proposals | of the rule whose addresses are the ends of the tunnel
-Phase1AuthSet | spec.mainMode.authentication | of the rule whose addresses are the ends of the tunnel
-LocalAddress -RemoteAddress |  | the ends of the tunnel that the rule is for
-DisplayName -Name -ID -Description -Enabled -Profile -Platform -Group -PolicyStore -GPOSession | - | a main mode rule is part of a tunnel here
`,
    'New-NetIPsecPhase1AuthSet': `
-Proposal | spec.mainMode.authentication | in order
-DisplayName -Name -ID -Description -Default -Group -PolicyStore -GPOSession | - | a set has no name of its own: it stands in the tunnel
`,
    'New-NetIPsecPhase2AuthSet': `
-Proposal | spec.extendedMode.authentication | in order; authip alone
-DisplayName -Name -ID -Description -Default -Group -PolicyStore -GPOSession | - | a set has no name of its own: it stands in the tunnel
`,
    'New-NetIPsecAuthProposal': `
-Machine -User -Cert -Kerberos -Ntlm -Anonymous | spec.mainMode.authentication | the method, and whose; those of a user are 'spec.extendedMode'
-Health |  | a tunnel has no such method
-PreSharedKey | spec.mainMode.authentication.presharedKey | a key is never copied: name the place where it is kept
-Authority | spec.mainMode.authentication.certificate.trust.ca | the name of the authority, written leaf first
-AuthorityType | spec.mainMode.authentication.certificate.trust.criteria | 'Intermediate' is the flag 'intermediateCa'
-SigningAlgorithm | spec.mainMode.authentication.certificate.signature | RSA, ECDSA256, ECDSA384
-AccountMapping | spec.mainMode.authentication.certificate.trust.criteria | the flag 'enableAccountMapping'
-FollowRenewal | spec.mainMode.authentication.certificate.trust.criteria | the flag 'followRenewalCertificate'
-SubjectName -SubjectNameType | spec.mainMode.authentication.certificate.trust.criteria.subject | the name that the certificate must have
-ExtendedKeyUsage -EKUs | spec.mainMode.authentication.certificate.trust.criteria.ekus | object identifiers
-Thumbprint | spec.mainMode.authentication.certificate.trust.criteria.thumbprint | 40 hexadecimal digits
-SelectionCriteria -ValidationCriteria | spec.mainMode.authentication.certificate.trust.criteria | criteria under 'trust' hold for both; say 'inbound' or 'outbound' for one
-Proxy | spec.mainMode.authentication.kerberos.proxyServer | of Kerberos
-ExcludeCAName |  | whether a request names its authorities has no flag that is documented for tunnels
`,
  },
  netsh: {
    'advfirewall consec add rule': `
name | metadata.name | made of letters, digits, '-' and '.'
description | spec.description | as it is
enable | spec.enabled | 'no' is 'enabled: false': declared, and off
mode | spec.mode | 'tunnel' alone: 'gateway', or 'pointToPoint' where a protocol or ports are given
endpoint1 | spec.traffic.local | prefixes, ranges and addresses; 'any' becomes 0.0.0.0/0 or ::/0
endpoint2 | spec.traffic.remote | prefixes, ranges and addresses; 'any' becomes 0.0.0.0/0 or ::/0
localtunnelendpoint | spec.endpoints.local | one address
remotetunnelendpoint | spec.endpoints.remote | one address
protocol | spec.traffic.protocol | a tunnel of one protocol is 'pointToPoint'
port1 | spec.traffic.localPort | one port or range; a tunnel with ports is 'pointToPoint'
port2 | spec.traffic.remotePort | one port or range; a tunnel with ports is 'pointToPoint'
action | spec.quickMode.flags | a tunnel requires both; 'requireinclearout' is 'tunnelAllowOutboundClearConnection'
auth1 | spec.mainMode.authentication | computerpsk, computerkerb, computerntlm, computercert, anonymous
auth1psk | spec.mainMode.authentication.presharedKey | a key is never copied: name the place where it is kept
auth1ca auth1ecdsap256ca auth1ecdsap384ca | spec.mainMode.authentication.certificate.trust.ca | the name of the authority, written leaf first
auth1kerbproxyfqdn | spec.mainMode.authentication.kerberos.proxyServer | of Kerberos
auth2 | spec.extendedMode.authentication | authip alone
qmpfs | spec.quickMode.pfs | dhgroup1 to dhgroup24, ecdhp256, ecdhp384, mainmode, none
qmsecmethods | spec.quickMode.proposals | esp:integrity-encryption+minutes+kilobytes, in order
exemptipsecprotectedconnections | spec.quickMode.flags | the flag 'tunnelBypassAlreadySecureConnection'
profile |  | a tunnel stands in every profile
interfacetype |  | a tunnel takes any type of interface
type |  | 'persistence' says how long a tunnel stands
applyauthz auth1healthcert auth1ecdsap256healthcert auth1ecdsap384healthcert auth2ca auth2ecdsap256ca auth2ecdsap384ca auth2kerbproxyfqdn |  | a tunnel has no such check
`,
  },
  swanctl: {
    connections: `
name | metadata.name | of the connection, and of the child where there are several
version | spec.keyModule | 1 ikev1, 2 ikev2; 0, either, becomes ikev2
local_addrs | spec.endpoints.local | one address
remote_addrs | spec.endpoints.remote | one address or several, or a name: 'spec.endpoints.remoteFqdn'
proposals | spec.mainMode.proposals | cipher-hash-group, in order
rekey_time reauth_time | spec.mainMode.proposals.lifetime | the lifetime of main mode
fragmentation | spec.mainMode.flags | 'yes' or 'force' is the flag 'enableIkev2Fragmentation'; the default of strongSwan is yes
mobike | spec.mainMode.flags | 'no' is the flag 'mobikeNotSupported'
over_time rand_time local_port remote_port vips aggressive pull dscp encap dpd_delay dpd_timeout childless send_certreq send_cert ocsp ppk_id ppk_required keyingtries unique pools if_id_in if_id_out mediation mediated_by mediation_peer |  | Windows decides it for every tunnel
`,
    local: `
auth | spec.mainMode.authentication | psk is 'presharedKey', pubkey is 'certificate'
id certs cert cert_policy pubkeys round eap_id aaa_id xauth_id |  | Windows sends its address or the subject of its certificate; choose the certificate by 'criteria'
`,
    remote: `
auth | spec.mainMode.authentication | psk is 'presharedKey', pubkey is 'certificate'
cacerts cacert | spec.mainMode.authentication.certificate.trust.ca | write the name of the authority that the file holds
id certs cert cert_policy pubkeys round eap_id groups revocation ca_id |  | Windows takes any peer that proves the key or certificate; narrow a certificate by 'criteria'
`,
    children: `
local_ts | spec.traffic.local | prefixes and ranges; absent ('dynamic'): the end of the tunnel itself
remote_ts | spec.traffic.remote | prefixes and ranges; absent ('dynamic'): the end of the tunnel itself
esp_proposals | spec.quickMode.proposals | cipher-hash-group, in order; the group is 'spec.quickMode.pfs'
ah_proposals | spec.quickMode.proposals.ah | hash-group, in order
life_time rekey_time | spec.quickMode.proposals.lifetime.time | strongSwan makes new keys at 'rekey_time', ten percent before 'life_time'
life_bytes rekey_bytes | spec.quickMode.proposals.lifetime.data | bytes there, kilobytes here
life_packets rekey_packets | spec.quickMode.proposals.lifetime.packets | packets
inactivity | spec.quickMode.idleTimeout.normal | strongSwan closes the child, Windows the pair of keys
mode | spec.mode | 'tunnel' alone
copy_df | spec.quickMode.flags | 'no' is the flag 'clearDfOnTunnel'
sha256_96 rand_time rand_bytes rand_packets updown hostaccess policies policies_fwd_out dpd_action ipcomp reqid priority interface mark_in mark_in_sa mark_out set_mark_in set_mark_out if_id_in if_id_out label label_mode tfc_padding replay_window hw_offload copy_ecn copy_dscp start_action close_action per_cpu_sas |  | Windows decides it for every tunnel
`,
    secrets: `
secret |  | a key is never copied: the tunnel names a variable to be filled
id file filename pin slot handle module |  | Windows has one key for a tunnel
`,
  },
  'ipsec.conf': {
    conn: `
conn | metadata.name | made of letters, digits, '-' and '.'
keyexchange ikev2 | spec.keyModule | ikev1 or ikev2
left | spec.endpoints.local | the end that is this host
right | spec.endpoints.remote | or 'spec.endpoints.remoteFqdn'
leftsubnet leftsubnets | spec.traffic.local | the networks on this side
rightsubnet rightsubnets | spec.traffic.remote | the networks on the other side
authby leftauth rightauth | spec.mainMode.authentication | psk or secret is 'presharedKey', pubkey or rsasig is 'certificate'
rightca | spec.mainMode.authentication.certificate.trust.ca | the name of the authority, written leaf first
ike | spec.mainMode.proposals | cipher-hash-group, in order
esp phase2alg | spec.quickMode.proposals | cipher-hash-group, in order; the group is 'spec.quickMode.pfs'
ah | spec.quickMode.proposals.ah | hash-group, in order
ikelifetime | spec.mainMode.proposals.lifetime | the lifetime of main mode
lifetime keylife salifetime | spec.quickMode.proposals.lifetime.time | the lifetime of quick mode
lifebytes | spec.quickMode.proposals.lifetime.data | bytes there, kilobytes here
lifepackets | spec.quickMode.proposals.lifetime.packets | packets
pfs | spec.quickMode.pfs | a group, or mainMode
type | spec.mode | 'tunnel' alone
inactivity | spec.quickMode.idleTimeout.normal | of quick mode
auto dpdaction dpddelay dpdtimeout rekey rekeymargin margintime keyingtries closeaction compress leftid rightid leftcert rightcert forceencaps mobike |  | Windows decides it for every tunnel
`,
  },
  azure: {
    connection: `
name | metadata.name | made of letters, digits, '-' and '.'
connectionType | spec.mode | 'IPsec' alone
connectionProtocol | spec.keyModule | IKEv1 or IKEv2
sharedKey authenticationType | spec.mainMode.authentication.presharedKey | a key is never copied: name the place where it is kept
usePolicyBasedTrafficSelectors | spec.traffic | without it the gateway of Azure offers 0.0.0.0/0
dpdTimeoutSeconds connectionMode routingWeight enableBgp useLocalAzureIpAddress expressRouteGatewayBypass enablePrivateLinkFastPath gatewayCustomBgpIpAddresses |  | it is a matter of the gateway of Azure
authorizationKey egressNatRules ingressNatRules peer tunnelProperties virtualNetworkGateway2 |  | it is a matter of the gateway of Azure
`,
    ipsecPolicies: `
ikeEncryption | spec.mainMode.proposals.encryption | AES256 is aes256; GCM has no word in main mode
ikeIntegrity | spec.mainMode.proposals.integrity | SHA256 is sha256
dhGroup | spec.mainMode.proposals.dh | DHGroup14 or DHGroup2048 is dh14, ECP384 is dh20
ipsecEncryption | spec.quickMode.proposals.esp | GCMAES256 is 'aead: aes256gcm'
ipsecIntegrity | spec.quickMode.proposals.esp.integrity | SHA256 is sha256; beside an 'aead' it is not said
pfsGroup | spec.quickMode.pfs | PFS2048 is dh14, PFSMM is mainMode
saLifeTimeSeconds saLifetimeSeconds | spec.quickMode.proposals.lifetime.time | seconds
saDataSizeKilobytes | spec.quickMode.proposals.lifetime.data | kilobytes
`,
    trafficSelectorPolicies: `
localAddressRanges | spec.traffic.remote | what is local to Azure is remote here
remoteAddressRanges | spec.traffic.local | what is remote to Azure is local here
`,
    localNetworkGateway: `
gatewayIpAddress | spec.endpoints.local | the end that Azure knows this host by
fqdn |  | a tunnel ends here at an address
addressPrefixes | spec.traffic.local | what is remote to Azure is local here
name |  | the connection names the tunnel
bgpSettings |  | routes are learned beside a tunnel
`,
    virtualNetworkGateway: `
ipAddress | spec.endpoints.remote | the gateway's public address: 'az network public-ip show'
addressPrefixes | spec.traffic.remote | what is local to Azure is remote here
`,
    other: `
id etag type location resourceGuid resourceGroup provisioningState connectionStatus egressBytesTransferred ingressBytesTransferred tunnelConnectionStatus tags kind apiVersion | - | says nothing of the tunnel
`,
  },
}
