/**
 * Key managers (trusted intermediary agents) and their callbacks.
 * @see https://learn.microsoft.com/windows/win32/api/ipsectypes/ns-ipsectypes-ipsec_key_manager0
 */
import { callback, prototype } from '../../call/callback.ts'
import { inout, out } from '../../call/signature.ts'
import { bool, guid, ref, struct, u8, u32 } from '../../ctype/index.ts'
import { IKEEXT_TRAFFIC0, IPSEC_SA_DETAILS1 } from './sa.ts'
import { FWPM_DISPLAY_DATA0 } from './value.ts'

/** `keyDictationTimeoutHint` is in seconds: 0 means 5, more than 10 is refused. */
export const IPSEC_KEY_MANAGER0 = struct('IPSEC_KEY_MANAGER0', {
  keyManagerKey: guid,
  displayData: FWPM_DISPLAY_DATA0,
  flags: u32,
  keyDictationTimeoutHint: u8,
})

/** Asked before keys are made: will this key manager dictate, and with what weight against its peers? */
export const IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0 = prototype('IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0', 'void', {
  ikeTraffic: ref(IKEEXT_TRAFFIC0),
  willDictateKey: out(bool),
  weight: out(u32),
})

/** Gives keys: returns both SAs with their keys filled in (same sizes), or asks for random ones with `keyingModuleGenKey`. */
export const IPSEC_KEY_MANAGER_DICTATE_KEY0 = prototype('IPSEC_KEY_MANAGER_DICTATE_KEY0', 'status', {
  inboundSaDetails: inout(ref(IPSEC_SA_DETAILS1)),
  outboundSaDetails: inout(ref(IPSEC_SA_DETAILS1)),
  keyingModuleGenKey: out(bool),
})

/** Tells the keys in use. */
export const IPSEC_KEY_MANAGER_NOTIFY_KEY0 = prototype('IPSEC_KEY_MANAGER_NOTIFY_KEY0', 'void', {
  inboundSa: ref(IPSEC_SA_DETAILS1),
  outboundSa: ref(IPSEC_SA_DETAILS1),
})

/** A dictating key manager gives all three, any other only `keyNotify`. */
export const IPSEC_KEY_MANAGER_CALLBACKS0 = struct('IPSEC_KEY_MANAGER_CALLBACKS0', {
  reserved: guid,
  flags: u32,
  keyDictationCheck: callback(IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0),
  keyDictation: callback(IPSEC_KEY_MANAGER_DICTATE_KEY0),
  keyNotify: callback(IPSEC_KEY_MANAGER_NOTIFY_KEY0),
})
