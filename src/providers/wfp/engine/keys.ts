/** Keys of what stands beside the resources of a set: derived (UUIDv5), so that they can always be found again. */

import type { Guid } from '../../../base/json.ts'
import { uuidv5, WFPCTL_NAMESPACE } from '../../../kinds/keys.ts'

/** The `FWPM_PROVIDER0` that owns everything of a set. */
export function providerKeyOf(set: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/TunnelSet`)
}

/** The main-mode context of a tunnel, derived from the tunnel's key whether that was derived or declared. */
export function mainModeKeyOf(tunnelKey: Guid): Guid {
  return uuidv5(tunnelKey, 'mainMode')
}

/** The general context that remembers what was last applied to a resource. */
export function recordKeyOf(resourceKey: Guid): Guid {
  return uuidv5(resourceKey, 'record')
}

/** The general context that holds a set's 32 random bytes, with which secrets are digested. */
export function digestKeyKeyOf(set: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/digestKey`)
}

/** The engine session that the one watcher of a set keeps open. */
export function watchSessionKeyOf(set: string): Guid {
  return uuidv5(WFPCTL_NAMESPACE, `${set}/watch`)
}
