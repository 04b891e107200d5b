/**
 * How strong algorithms are: an order among their words, and those that the RFCs have given up.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8247 IKEv2: ciphers 2.1, integrity 2.3, groups 2.4
 * @see https://www.rfc-editor.org/rfc/rfc8221 ESP and AH: ciphers 5, integrity 6
 * @see https://www.rfc-editor.org/rfc/rfc9395 IKEv1
 */

interface Weakness {
  /** what is wrong, after the word itself */
  readonly rule: string
  /** what to write instead */
  readonly instead: string
}

const SWEET32 = 'its blocks of 64 bits repeat (sweet32)'
const IKE_CIPHERS = 'RFC 8247, section 2.1'
const IKE_HASHES = 'RFC 8247, section 2.3'
const IKE_GROUPS = 'RFC 8247, section 2.4'
const ESP_CIPHERS = 'RFC 8221, section 5'
const ESP_HASHES = 'RFC 8221, section 6'

const WEAK_GROUPS = {
  dh1: { rule: `(768-bit MODP) must not be used (${IKE_GROUPS})`, instead: 'dh20' },
  dh2: { rule: `(1024-bit MODP) should not be used (${IKE_GROUPS})`, instead: 'dh20' },
  dh24: { rule: `(2048-bit MODP, 256-bit subgroup) should not be used (${IKE_GROUPS})`, instead: 'dh20' },
} as const satisfies Record<string, Weakness>

/** Weak words by the place where they stand. A word that is not here is not weak. */
export const WEAK = {
  keyModule: {
    ikev1: { rule: 'is deprecated (RFC 9395)', instead: 'ikev2' },
  },
  mainModeEncryption: {
    des: { rule: `must not be used (${IKE_CIPHERS})`, instead: 'aes256' },
    '3des': { rule: `is no more than a MAY (${IKE_CIPHERS}): ${SWEET32}`, instead: 'aes256' },
  },
  mainModeIntegrity: {
    md5: { rule: `must not be used (${IKE_HASHES})`, instead: 'sha384' },
    sha1: { rule: `is on its way out (${IKE_HASHES}: MUST-)`, instead: 'sha384' },
  },
  dh: {
    none: { rule: 'leaves every session to whoever learns a long-term key', instead: 'dh20' },
    ...WEAK_GROUPS,
  },
  // not `none` and `mainMode`: leaving PFS out is a choice, not a weak algorithm
  pfs: WEAK_GROUPS,
  encryption: {
    des: { rule: `must not be used (${ESP_CIPHERS})`, instead: 'aes256' },
    '3des': { rule: `should not be used (${ESP_CIPHERS}): ${SWEET32}`, instead: 'aes256' },
  },
  integrity: {
    md5: { rule: `must not be used (${ESP_HASHES})`, instead: 'sha256' },
    sha1: { rule: `is on its way out (${ESP_HASHES}: MUST-)`, instead: 'sha256' },
  },
} as const satisfies Record<string, { readonly [word: string]: Weakness }>

export type WeakPlace = keyof typeof WEAK

/** @returns what is weak about a word in its place, or nothing */
export function weaknessOf(place: WeakPlace, word: string): Weakness | undefined {
  const table: { readonly [word: string]: Weakness } = WEAK[place]
  return Object.hasOwn(table, word) ? table[word] : undefined
}

/**
 * Bits of security (NIST SP 800-57 part 1, tables 2 and 3); of hashes those of their output, of which HMAC keeps more than half. Only the
 * order counts: no help names a word that stands lower than what was written.
 */
const STRENGTH: { readonly [word: string]: number } = {
  none: 0,
  des: 56,
  '3des': 112,
  aes128: 128,
  aes192: 192,
  aes256: 256,
  aes128gcm: 128,
  aes192gcm: 192,
  aes256gcm: 256,
  md5: 64,
  sha1: 80,
  aes128gmac: 128,
  aes192gmac: 192,
  sha256: 256,
  aes256gmac: 256,
  sha384: 384,
  dh1: 60,
  dh2: 80,
  dh24: 100,
  // as strong as main mode, and at least dh1
  mainMode: 110,
  dh14: 112,
  dh19: 128,
  dh20: 192,
  ikev1: 1,
  authip: 2,
  ikev2: 3,
  rsa: 112,
  ecdsaP256: 128,
  ecdsaP384: 192,
}

/** The strongest first; words without an order keep theirs. */
export function strongestFirst<W extends string>(words: readonly W[]): W[] {
  return [...words].sort((a, b) => (STRENGTH[b] ?? 0) - (STRENGTH[a] ?? 0))
}
