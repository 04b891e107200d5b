/**
 * The normal form of an `IPsecTunnel` spec.
 *
 * It is written in the manifest's own language: a normal form is a valid `spec`, every default filled in, every value in its
 * one canonical spelling (`90m` → `1h30m` never appears beside `5400s`). So paths, units and words are the user's everywhere:
 * in a plan, in a difference, in an export. Equal meaning ⇔ deep-equal.
 *
 * Optional properties are absent when not set: never `undefined`, never `null`.
 */

export type KeyModule = 'ikev2' | 'ikev1' | 'authip'

/** Canonical duration: `1h`, `90s`, `5m`: the largest unit of d, h, m, s that divides it. `0s` is not a duration. */
export type Duration = string
/** Canonical data volume in the engine's kilobytes: `100MB` = 100 000 KB; the largest unit of GB, MB, KB that divides it. */
export type DataSize = string
/** Canonical address (`10.1.0.5`), prefix (`10.1.0.0/16`) or range (`10.1.0.5-10.1.0.9`); IPv6 per RFC 5952. */
export type AddressSet = string
/** 64-bit interface LUID, decimal. A string, because a JSON number cannot hold it. */
export type Luid = string

/** Where a secret's bytes are read at the last moment: the fields of one source of `secret-sources.ts`. Never the bytes. */
export type SecretRef = {
  readonly [field: string]: string | readonly string[]
  readonly encoding: 'utf8' | 'utf16le' | 'hex' | 'base64'
}

export type TunnelSpec = {
  /** displayData.description; cosmetic */
  readonly description?: string
  /** declared and off; absent: on */
  readonly enabled?: false
  /** explicit providerContextKey of the quick-mode policy instead of the derived one */
  readonly key?: string
  readonly mode: 'gateway' | 'pointToPoint'
  readonly keyModule: KeyModule
  readonly virtualInterface: boolean
  readonly persistence: 'persistent' | 'static'
  /** kept in the record, not in the engine's policy */
  readonly protect: 'none' | 'delete' | 'replace'
  /** pointers whose read-back may differ from what was declared */
  readonly acceptReadback?: readonly string[]
  readonly endpoints: Endpoints
  readonly traffic: Traffic
  readonly mainMode?: MainMode
  readonly extendedMode?: ExtendedMode
  readonly quickMode: QuickMode
  /** SDDL as written, white space trimmed */
  readonly securityDescriptor?: string
}

export type Endpoints = {
  readonly local: string
  /** one address as a string, several (Add2+) as a list in the order written; absent exactly when `remoteFqdn` is given */
  readonly remote?: string | readonly string[]
  readonly remoteFqdn?: string
  readonly localInterface?: Luid
  /** IPSEC_TUNNEL_POLICY3.compartmentId, 1 and up */
  readonly compartment?: number
}

export type Traffic = {
  /** sorted, without duplicates: order has no meaning */
  readonly local: readonly AddressSet[]
  readonly remote: readonly AddressSet[]
  /** `tcp`, `udp`, `icmp`, `icmpv6` or a number that has none of these names */
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | number
  /** a number, or `a-b` with a < b */
  readonly localPort?: number | string
  readonly remotePort?: number | string
  readonly interface?: Luid
  /** FWPM_CONDITION_CURRENT_PROFILE_ID */
  readonly profile?: number
}

export type MainMode = {
  readonly authentication: readonly Authentication[]
  readonly proposals: readonly MainModeProposal[]
  /** IKEEXT_POLICY.maxDynamicFilters; 0 = the responder adds none */
  readonly maxDynamicFilters: number
  /** IKEEXT_POLICY.retransmitDurationSecs, at least 2m; present exactly with ikev2 */
  readonly retransmitFor?: Duration
  /** IKEEXT_POLICY_FLAG_* in manifest words, sorted */
  readonly flags: readonly string[]
  /** IKEEXT_POLICY.initiatorImpersonationType; authip only, otherwise absent */
  readonly impersonation?: 'none' | 'socketPrincipal'
}

export type MainModeProposal = {
  readonly encryption: 'des' | '3des' | 'aes128' | 'aes192' | 'aes256'
  readonly integrity: 'md5' | 'sha1' | 'sha256' | 'sha384'
  readonly dh: 'none' | 'dh1' | 'dh2' | 'dh14' | 'dh19' | 'dh20' | 'dh24'
  readonly lifetime: Duration
  /** IKEEXT_PROPOSAL0.quickModeLimit; 0 = unlimited */
  readonly quickModeLimit: number
}

export type ExtendedMode = {
  readonly authentication: readonly Authentication[]
  readonly impersonation: 'none' | 'socketPrincipal'
}

/** One method; exactly one of these keys. Order of methods is preference and is kept. */
export type Authentication =
  | { readonly presharedKey: SecretRef & { readonly flags: readonly string[] } }
  | { readonly certificate: Certificate }
  | { readonly ssl: Certificate }
  | { readonly kerberos: { readonly flags: readonly string[]; readonly proxyServer?: string } }
  | { readonly ntlmv2: { readonly flags: readonly string[] } }
  | { readonly anonymous: Record<string, never> }
  | { readonly eap: { readonly flags: readonly string[] } }
  | {
      readonly cga: {
        readonly keyContainer: string
        readonly csp: string
        readonly cspType: number
        /** 16 bytes, lower-case hex */
        readonly modifier: string
        readonly collisionCount: number
      }
    }

export type Certificate = {
  /** IKEEXT_CERTIFICATE | _ECDSA_P256 | _ECDSA_P384 (and the SSL three) */
  readonly signature: 'rsa' | 'ecdsaP256' | 'ecdsaP384'
  readonly inbound: Trust
  readonly outbound: Trust
  /** IKEEXT_CERT_AUTH_* in manifest words, sorted */
  readonly flags: readonly string[]
  /** localCertLocationUrl */
  readonly localCertificateUrl?: string
}

/** Whom to trust, one direction. `unspecified` is IKEEXT_CERT_CONFIG_UNSPECIFIED. */
export type Trust = {
  readonly store?: 'enterprise' | 'trustedRoot' | 'unspecified'
  /** IKEEXT_CERT_CONFIG_EXPLICIT_TRUST_LIST: absent exactly when `store` is given; at least one criterion has a `ca` */
  readonly criteria: readonly CertificateCriteria[]
}

export type CertificateCriteria = {
  /** RFC 4514 distinguished name; becomes the DER name in certData */
  readonly ca?: string
  /** SHA-1 thumbprint, 40 lower-case hex digits */
  readonly thumbprint?: string
  /** OIDs, sorted */
  readonly ekus?: readonly string[]
  readonly subject?: { readonly type: 'dns' | 'upn' | 'rfc822' | 'cn' | 'ou' | 'o' | 'dc'; readonly name: string }
  /** IKEEXT_CERT_FLAG_* in manifest words, sorted */
  readonly flags: readonly string[]
}

export type QuickMode = {
  readonly pfs: 'none' | 'mainMode' | 'dh1' | 'dh2' | 'dh14' | 'dh19' | 'dh20' | 'dh24'
  readonly proposals: readonly QuickModeProposal[]
  readonly idleTimeout: { readonly normal: Duration; readonly failover: Duration }
  /** fwdPathSaLifetime (Add2+); absent = unset */
  readonly forwardPathLifetime?: Duration
  /** IPSEC_POLICY_FLAG_* other than the two key-manager flags, in manifest words, sorted */
  readonly flags: readonly string[]
  readonly keyManagers: { readonly notify: boolean; readonly dictate: boolean }
  /** IPSEC_TRAFFIC_SELECTOR_POLICY0 (Add3); absent when none */
  readonly trafficSelectors?: readonly TrafficSelectorPolicy[]
}

/** `esp`, `ah` or both (an AH+ESP bundle). */
export type QuickModeProposal = {
  readonly esp?:
    | { readonly aead: string }
    | { readonly encryption: string; readonly integrity?: string }
    | { readonly integrity: string }
  readonly ah?: { readonly integrity: string }
  readonly lifetime: { readonly time: Duration; readonly data: DataSize; readonly packets: number }
}

export type TrafficSelectorPolicy = {
  /** undocumented by Microsoft beyond its name; a number */
  readonly flags: number
  readonly local: readonly TrafficSelector[]
  readonly remote: readonly TrafficSelector[]
}

export type TrafficSelector = {
  /** canonical address, prefix or range */
  readonly address: AddressSet
  /** 0 = any */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | number
  /** a number, or `a-b`; `0-65535` is any */
  readonly port: number | string
}
