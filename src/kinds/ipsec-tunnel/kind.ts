/** The kind `IPsecTunnel`. */

import type { Checked } from '../../base/diagnostic.ts'
import type { Json, JsonObject, Pointer } from '../../base/json.ts'
import { remembering } from '../../base/memo.ts'
import type { Kind } from '../../manifest/model.ts'
import { readSchema } from '../../manifest/schema/files.ts'
import { tunnelKeyOf } from '../keys.ts'
import { adviseTunnel } from './advice.ts'
import { normaliseTunnel } from './normalise.ts'
import { crossCheckTunnels } from './overlap.ts'

export const ipsecTunnel: Kind = {
  name: 'IPsecTunnel',
  noun: 'tunnel',
  lifetime: 'transactional',
  schema: readSchema('IPsecTunnel'),
  impacts: { '/description': 'cosmetic', '/protect': 'none' },
  advise: adviseTunnel,
  // the spec's optional properties are absent when not set, so it is JSON; TypeScript cannot know that of an interface
  normalise: (manifest) => normaliseTunnel(manifest) as unknown as Checked<JsonObject>,
  crossCheck: crossCheckTunnels,
  secretPaths: remembering(secretPaths),
  keyOf: remembering(({ set, name, spec }) => (typeof spec.key === 'string' ? spec.key : tunnelKeyOf(set, name))),
}

/** `['/mainMode/authentication/0/presharedKey']`: where a normal form refers to secrets. */
function secretPaths(spec: JsonObject): Pointer[] {
  return ['mainMode', 'extendedMode'].flatMap((phase) => {
    const methods = (spec[phase] as { readonly authentication?: readonly Json[] } | undefined)?.authentication ?? []
    return methods.flatMap((method, i) =>
      Object.hasOwn(method as object, 'presharedKey') ? [`/${phase}/authentication/${i}/presharedKey`] : [],
    )
  })
}
