/** What an older normal form left to the engine and the present one fills in: no tunnel is replaced for that alone. */

import { type Json, type JsonObject, type Pointer, valueAt } from '../../../base/index.ts'
import { DEFAULTS } from '../../../kinds/ipsec-tunnel/context.ts'

/**
 * @param form version of the normal form under which the tunnel was applied
 * @param live what the engine shows of it
 * @returns leaves that the engine does not show and that count as the default, as the shadows of a record do
 */
export function shadowsOfForm(
  form: number,
  live: JsonObject,
): { readonly [pointer: Pointer]: { readonly applied: Json } } {
  // until form 2 a manifest without `retransmitFor` became 0, the engine's own time
  if (form >= 2 || live.keyModule !== 'ikev2' || valueAt(live, '/mainMode') === undefined) return {}
  if (valueAt(live, '/mainMode/retransmitFor') !== undefined) return {}
  return { '/mainMode/retransmitFor': { applied: DEFAULTS.mainMode.retransmitFor } }
}
