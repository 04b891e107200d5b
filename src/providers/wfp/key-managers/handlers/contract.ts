/** What a handler module is given, and what it answers: published as `wfpctl/key-manager`. Plain values, never a pointer. */

/** Who talks with whom: the ends of the tunnel, as addresses in text. */
export interface Peers {
  readonly local: string
  readonly remote: string
}

/** The keys of one SA, in the order of its transforms; null where the transform has no such key. */
export interface TransformKeys {
  readonly authKey: Uint8Array | null
  readonly cipherKey: Uint8Array | null
}

/** What a dictation check is asked about. */
export interface TrafficPair extends Peers {
  /** id of the AuthIP filter that matched, as decimal text */
  readonly filterId: string
}

export interface SaTransform {
  /** security parameter index, e.g. `0x00001267` */
  readonly spi: string
  readonly protocol: 'ah' | 'esp'
  readonly integrity: string | null
  readonly encryption: string | null
}

export interface SecurityAssociation extends Peers {
  /** id of the tunnel's quick-mode context, as decimal text; null for transport mode */
  readonly tunnelPolicyId: string | null
  readonly protocol: number
  readonly localPort: number
  readonly remotePort: number
  readonly transforms: readonly SaTransform[]
  readonly lifetime: { readonly seconds: number; readonly kilobytes: number; readonly packets: number }
  readonly idleTimeoutSeconds: number
  readonly pfs: string
  /** id of the main-mode SA that negotiated this one, as decimal text */
  readonly mainModeSaId: string
  readonly quickModeSaId: number
}

/** An SA with its keys: `keys[i]` belongs to `transforms[i]`. */
export interface KeyedSa extends SecurityAssociation {
  readonly keys: readonly TransformKeys[]
}

export interface SaPair {
  readonly inbound: KeyedSa
  readonly outbound: KeyedSa
}

/** An SA whose keys are to be made: `keySizes[i]` belongs to `transforms[i]`, in bytes. */
export interface UnkeyedSa extends SecurityAssociation {
  readonly keySizes: readonly { readonly authKey: number; readonly cipherKey: number }[]
}

export interface KeyExchange {
  readonly inbound: UnkeyedSa
  readonly outbound: UnkeyedSa
}

/** Whether this key manager wants to make the keys, and how much against its peers: 0 to 4294967295. */
export interface DictationCheck {
  readonly willDictate: boolean
  readonly weight: number
}

/** `inbound[i]` and `outbound[i]` belong to the transforms of the SA; each key has the size that was asked for. */
export interface DictatedKeys {
  readonly inbound: readonly TransformKeys[]
  readonly outbound: readonly TransformKeys[]
}

/**
 * Told of each pair of SAs, with copies of their keys. They are zeroed when the promise settles, or after 30 seconds.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/nc-ipsectypes-ipsec_key_manager_notify_key0
 */
export type KeyNotify = (pair: SaPair) => void | Promise<void>

/**
 * Asked whether to dictate the keys for this traffic. Answers at once, never with a promise.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/nc-ipsectypes-ipsec_key_manager_key_dictation_check0
 */
export type KeyDictationCheck = (
  traffic: TrafficPair,
) => boolean | (Pick<DictationCheck, 'willDictate'> & Partial<DictationCheck>)

/**
 * Makes the keys. Answers at once, never with a promise; null leaves them to the keying module, which makes random ones.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/nc-ipsectypes-ipsec_key_manager_dictate_key0
 */
export type KeyDictation = (exchange: KeyExchange) => DictatedKeys | null | undefined

/** What a module of role `notify` exports. */
export interface NotifyModule {
  readonly keyNotify: KeyNotify
}

/** What a module of role `dictate` exports. */
export interface DictateModule extends NotifyModule {
  readonly keyDictationCheck: KeyDictationCheck
  readonly keyDictation: KeyDictation
}
