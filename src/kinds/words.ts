/** The words of other tools (firewall cmdlets, RRAS, netsh, Azure, strongSwan, Cisco): what they mean, in the manifest's words where those have it. */

import { straightened } from '../base/index.ts'

export interface Meaning {
  /** the manifest's word, or a name of its own where the manifest has none */
  readonly word: string
  /** what it is, as people say it */
  readonly name: string
}

const SIZES = ['128', '192', '256'] as const

/** A table by their words, with every size of a key in place of `#`. */
export function wordTable(rows: readonly WordRow[]): ReadonlyMap<string, Meaning> {
  const table = new Map<string, Meaning>()
  for (const [word, name, theirs] of rows) {
    for (const size of [word, name, theirs].some((text) => text.includes('#')) ? SIZES : ['']) {
      const sized = (text: string) => text.replaceAll('#', size)
      for (const their of sized(theirs).split(' ')) table.set(their, { word: sized(word), name: sized(name) })
    }
  }
  return table
}

/**
 * @param decoration what only says where a word is used, and does not count
 * @returns nothing for a word that no row has
 */
export function meaningOf(
  table: ReadonlyMap<string, Meaning>,
  written: string,
  decoration?: RegExp,
): Meaning | undefined {
  const plain = straightened(written)
    .toLowerCase()
    .replace(/[\s_\-.:/()]+/g, '')
    // netsh: `qmpfs=dhgroup14`
    .replace(/^[a-z]+=/, '')
  return table.get(plain) ?? (decoration && table.get(plain.replace(decoration, '')))
}

/** `[word of ours, or a name of its own where there is none; what it is; their words]` */
export type WordRow = readonly [word: string, name: string, theirs: string]

export const CIPHERS: readonly WordRow[] = [
  ['none', 'no encryption', 'none null enull encrnull'],
  ['des', 'DES', 'des des56 desiv64 desiv32'],
  ['3des', 'Triple-DES', '3des des3 tripledes 3des168 3des192 des168 desede3 desede3cbc'],
  ['aes', 'AES of any size', 'aes rijndael'],
  ['aes#', 'AES-CBC of # bits', '# aes# #aes aescbc# aes#cbc rijndael# aes#bit #bitaes #bitaescbc'],
  [
    'aes#gcm',
    'AES-GCM of # bits',
    'aes#gcm aesgcm# gcmaes# gcm# #gcm #aesgcm aes#gcm16 aes#gcm128 aesgcm16# aesgcm#16 aesgcm#icv16 aesgcm#16icv',
  ],
  ['aesgcm', 'AES-GCM of any size', 'aesgcm gcm gcmaes aesgcm16'],
  ['aes#gcm8', 'AES-GCM with a tag of 8 octets', 'aes#gcm8 aes#gcm64 aesgcm8#'],
  ['aes#gcm12', 'AES-GCM with a tag of 12 octets', 'aes#gcm12 aes#gcm96 aesgcm12#'],
  ['aes#gmac', 'AES-GMAC of # bits', 'aes#gmac aesgmac# gmac# gmacaes# nullaesgmac#'],
  [
    'aes#ccm',
    'AES-CCM',
    'aes#ccm aesccm# aes#ccm8 aes#ccm12 aes#ccm16 aes#ccm64 aes#ccm96 aes#ccm128 aesccm8# aesccm16#',
  ],
  ['aes#ctr', 'AES in counter mode', 'aes#ctr aesctr#'],
  ['chacha20poly1305', 'ChaCha20-Poly1305', 'chacha20poly1305 chacha20 chachapoly chacha20poly1305256'],
  ['camellia#', 'Camellia', 'camellia# camellia#ctr camellia#ccm camelliacbc#'],
  ['camellia', 'Camellia', 'camellia'],
  ['blowfish', 'Blowfish', 'blowfish blowfish128 blowfish192 blowfish256'],
  ['cast', 'CAST', 'cast cast128 cast5'],
  ['idea', 'IDEA', 'idea'],
  ['twofish', 'Twofish', 'twofish twofish128 twofish192 twofish256'],
  ['serpent', 'Serpent', 'serpent serpent128 serpent192 serpent256'],
  ['aria#', 'ARIA', 'aria# aria#gcm'],
  ['seed', 'SEED', 'seed'],
  ['sm4', 'SM4', 'sm4 sm1 sm4cbc'],
  ['rc', 'RC4 or RC5', 'rc4 rc5'],
]

export const HASHES: readonly WordRow[] = [
  ['none', 'no integrity', 'none null'],
  ['md5', 'MD5', 'md5 md596 md5128'],
  ['sha1', 'SHA-1', 'sha sha1 sha196 sha1160 sha160'],
  ['sha224', 'SHA-224', 'sha224 sha2224'],
  ['sha256', 'SHA-256', '256 sha2 sha256 sha2256 sha256128 sha2256128'],
  ['sha256of96', 'SHA-256 cut to 96 bits', 'sha25696 sha225696'],
  ['sha384', 'SHA-384', '384 sha384 sha2384 sha384192 sha2384192'],
  ['sha512', 'SHA-512', '512 sha512 sha2512 sha512256 sha2512256'],
  ['sha3', 'SHA-3', 'sha3 sha3224 sha3256 sha3384 sha3512'],
  ['aes#gmac', 'AES-GMAC of # bits', 'aes#gmac aesgmac# gmac# gmacaes# nullaesgmac#'],
  ['aes#gcm', 'AES-GCM of # bits', 'aes#gcm aesgcm# gcmaes# gcm# aes#gcm16'],
  ['aesxcbc', 'AES-XCBC', 'aesxcbc aesxcbc96 aes128xcbc xcbc'],
  ['aescmac', 'AES-CMAC', 'aescmac aescmac96 aes128cmac cmac'],
  ['sm3', 'SM3', 'sm3'],
  ['ripemd160', 'RIPEMD-160', 'ripemd ripemd160 rmd160'],
  ['tiger', 'Tiger', 'tiger tiger192'],
]

/** By the numbers of the IANA registry "Transform Type 4"; a size of its own (`modp2048`, `PFS2048`) is its group. */
export const GROUPS: readonly WordRow[] = [
  ['none', 'no Diffie-Hellman exchange', 'none no off null disable disabled false nopfs'],
  [
    'mainMode',
    'the group of main mode',
    'mainmode mm sameasmainmode sameasike sameasphase1 ike phase1 yes on true enable enabled',
  ],
  ['dh1', 'group 1 (768-bit MODP)', '1 768 modp768 768bit 768bitmodp 1768 1768bit'],
  ['dh2', 'group 2 (1024-bit MODP)', '2 1024 modp1024 1024bit 1024bitmodp 21024 21024bit'],
  ['dh5', 'group 5 (1536-bit MODP)', '5 1536 modp1536 1536bit 1536bitmodp 51536 51536bit'],
  ['dh14', 'group 14 (2048-bit MODP)', '14 2048 modp2048 2048bit 2048bitmodp 142048 142048bit'],
  ['dh15', 'group 15 (3072-bit MODP)', '15 3072 modp3072 3072bit 3072bitmodp 153072 153072bit'],
  ['dh16', 'group 16 (4096-bit MODP)', '16 4096 modp4096 4096bit 4096bitmodp 164096 164096bit'],
  ['dh17', 'group 17 (6144-bit MODP)', '17 6144 modp6144 6144bit 6144bitmodp 176144'],
  ['dh18', 'group 18 (8192-bit MODP)', '18 8192 modp8192 8192bit 8192bitmodp 188192'],
  [
    'dh19',
    'group 19 (P-256)',
    '19 ecp256 ecdhp256 ecdh256 p256 nistp256 secp256r1 prime256v1 ec256 256bitecp 256bitrandomecp 256bitec 19256bitec',
  ],
  [
    'dh20',
    'group 20 (P-384)',
    '20 ecp384 ecdhp384 ecdh384 p384 nistp384 secp384r1 ec384 ecp384r1 384bitecp 384bitrandomecp 384bitec 20384bitec',
  ],
  [
    'dh21',
    'group 21 (P-521)',
    '21 ecp521 ecdhp521 ecdh521 p521 nistp521 secp521r1 ecp512 521bitecp 521bitrandomecp 521bitec 21521bitec',
  ],
  [
    'dh22',
    'group 22 (1024-bit MODP, 160-bit subgroup)',
    '22 modp1024s160 1024bitmodpgroupwith160bitprimeordersubgroup',
  ],
  [
    'dh23',
    'group 23 (2048-bit MODP, 224-bit subgroup)',
    '23 modp2048s224 2048bitmodpgroupwith224bitprimeordersubgroup',
  ],
  [
    'dh24',
    'group 24 (2048-bit MODP, 256-bit subgroup)',
    '24 modp2048s256 2048bitmodpgroupwith256bitprimeordersubgroup',
  ],
  ['dh25', 'group 25 (P-192)', '25 ecp192'],
  ['dh26', 'group 26 (P-224)', '26 ecp224'],
  ['dh27', 'group 27 (Brainpool, 224 bits)', '27 ecp224bp brainpoolp224r1'],
  ['dh28', 'group 28 (Brainpool, 256 bits)', '28 ecp256bp brainpoolp256r1'],
  ['dh29', 'group 29 (Brainpool, 384 bits)', '29 ecp384bp brainpoolp384r1'],
  ['dh30', 'group 30 (Brainpool, 512 bits)', '30 ecp512bp brainpoolp512r1'],
  ['dh31', 'group 31 (Curve25519)', '31 curve25519 x25519 25519'],
  ['dh32', 'group 32 (Curve448)', '32 curve448 x448 448'],
  [
    'mlkem',
    'ML-KEM',
    'mlkem512 mlkem768 mlkem1024 kyber kyber1 kyber3 kyber5 ke1mlkem768 x25519mlkem768 secp256r1mlkem768 secp384r1mlkem1024',
  ],
]

/** What is not an algorithm: words of the manifest's other lists. */
export const KEY_MODULES: readonly WordRow[] = [
  ['ikev2', 'IKEv2', 'ikev2 ike2 ikeversion2 v2 2 ike isakmpv2'],
  ['ikev1', 'IKEv1', 'ikev1 ike1 ikeversion1 v1 1 isakmp isakmpv1'],
  ['authip', 'AuthIP', 'authip authipv1'],
]

export const MODES: readonly WordRow[] = [
  [
    'gateway',
    'a tunnel between networks',
    'gateway tunnel tunnelmode sitetosite s2s net2net nettonet lantolan l2l site gatewaytogateway',
  ],
  ['pointToPoint', 'a tunnel between two hosts', 'pointtopoint p2p hosttohost host2host host h2h peertopeer'],
  ['transport', 'transport mode', 'transport transportmode'],
]

export const SIGNATURES: readonly WordRow[] = [
  ['rsa', 'RSA', 'rsa rsasig rsasignature rsasha1 rsasha256 rsa2048 rsa4096'],
  ['ecdsaP256', 'ECDSA on P-256', 'ecdsap256 ecdsa256 ecdsaecp256 ecdsasha256 ecdsa256sha256'],
  ['ecdsaP384', 'ECDSA on P-384', 'ecdsap384 ecdsa384 ecdsaecp384 ecdsasha384 ecdsa384sha384'],
  ['ecdsaP521', 'ECDSA on P-521', 'ecdsap521 ecdsa521 ecdsasha512 ecdsa521sha512'],
  ['dss', 'DSS', 'dss dsa'],
  ['eddsa', 'EdDSA', 'ed25519 ed448 eddsa'],
]

export const ENCODINGS: readonly WordRow[] = [
  ['utf8', 'UTF-8', 'utf8 text plain ascii string'],
  ['utf16le', 'UTF-16', 'utf16le utf16 unicode wide'],
  ['hex', 'hexadecimal digits', 'hex hexadecimal 0x base16'],
  ['base64', 'Base64', 'base64 b64'],
]

/** Protocols by name; what has no word of ours is a number of the IANA registry. */
export const PROTOCOL_NAMES: readonly WordRow[] = [
  ['any', 'any protocol', 'any all * ip'],
  ['tcp', 'TCP', 'tcp 6'],
  ['udp', 'UDP', 'udp 17'],
  ['icmp', 'ICMP', 'icmp icmpv4 icmp4 1'],
  ['icmpv6', 'ICMPv6', 'icmpv6 icmp6 ipv6icmp 58'],
  ['2', 'IGMP', 'igmp'],
  ['4', 'IP in IP', 'ipip ipencap ipinip'],
  ['41', 'IPv6 in IP', 'ipv6 6in4'],
  ['47', 'GRE', 'gre'],
  ['50', 'ESP', 'esp'],
  ['51', 'AH', 'ah'],
  ['89', 'OSPF', 'ospf'],
  ['103', 'PIM', 'pim'],
  ['112', 'VRRP', 'vrrp'],
  ['115', 'L2TP', 'l2tp'],
  ['132', 'SCTP', 'sctp'],
]

/** Extended key usages, by the names that certificate tools show. */
export const USAGES: readonly WordRow[] = [
  [
    '1.3.6.1.5.5.7.3.1',
    'server authentication',
    'serverauth serverauthentication tlswebserverauthentication idkpserverauth',
  ],
  [
    '1.3.6.1.5.5.7.3.2',
    'client authentication',
    'clientauth clientauthentication tlswebclientauthentication idkpclientauth',
  ],
  ['1.3.6.1.5.5.7.3.5', 'IPsec end system', 'ipsecendsystem ipsecurityendsystem idkpipsecendsystem'],
  ['1.3.6.1.5.5.7.3.6', 'IPsec tunnel', 'ipsectunnel ipsecuritytunneltermination idkpipsectunnel'],
  ['1.3.6.1.5.5.7.3.7', 'IPsec user', 'ipsecuser ipsecurityuser idkpipsecuser'],
  ['1.3.6.1.5.5.7.3.17', 'IPsec IKE', 'ipsecike idkpipsecike ike'],
  ['1.3.6.1.5.5.8.2.2', 'IKE intermediate', 'ikeintermediate ipsecurityikeintermediate ipsecikeintermediate'],
]

/** Units of time: `[seconds, their words]` */
export const TIME_UNITS: readonly (readonly [seconds: number, theirs: string])[] = [
  [604_800, 'w wk wks week weeks'],
  [86_400, 'd day days'],
  [3_600, 'h hr hrs hour hours'],
  [60, 'm min mins minute minutes'],
  [1, 's sec secs second seconds'],
]

/**
 * Units of data: `[kilobytes of the engine, their words]`. Those of 1024 bytes are the kilobytes of IKE (RFC 2407, section 4.5), which the
 * engine hands on; decimal ones keep their number.
 */
export const DATA_UNITS: readonly (readonly [kilobytes: number, theirs: string])[] = [
  [1, 'k kb kbyte kbytes kilobyte kilobytes kib kibibyte kibibytes'],
  [1_000, 'm mb mbyte mbytes megabyte megabytes'],
  [1_000_000, 'g gb gbyte gbytes gigabyte gigabytes'],
  [1_000_000_000, 't tb tbyte tbytes terabyte terabytes'],
  [1_024, 'mi mib mebibyte mebibytes'],
  [1_048_576, 'gi gib gibibyte gibibytes'],
  [1_073_741_824, 'ti tib tebibyte tebibytes'],
  [1 / 1_024, 'b byte bytes'],
]

/** What only says where a word is used: left out before it is looked up. */
export const DECORATION = {
  cipher: /^(?:esp|ah|encr|enc|ikeext|ike|ipsec|cipher|transformid|cbc)+(?=.)|cbc$/g,
  hash: /^(?:esp|ah|authtransformid|auth|integrity|integ|ikeext|ike|ipsec|keyed|prf|hash)+(?=.)|hmac/g,
  group:
    /^(?:ikeext|ipsec)?(?:setpfs|ike|pfs|qmpfs|mm)?(?:elliptic(?:curve)?)?(?:dh|diffiehellman)?(?:group|grp|g)?(?=.)|(?<=modp|ecp)group$/g,
} as const
