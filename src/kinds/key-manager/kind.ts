/** The kind `KeyManager`: a trusted intermediary agent, registered as long as the process that holds it. */

import type { Checked } from '../../base/diagnostic.ts'
import { type Diagnostic, diagnostic } from '../../base/diagnostic.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Kind, Resource, TunnelSet } from '../../manifest/model.ts'
import { readSchema } from '../../manifest/schema/files.ts'
import { hostsOf, inFileOrder, placeOf } from '../hosts.ts'
import { keyManagerKeyOf } from '../keys.ts'
import { adviseKeyManager, normaliseKeyManager } from './normalise.ts'

export const keyManager: Kind = {
  name: 'KeyManager',
  noun: 'key manager',
  lifetime: 'session',
  schema: readSchema('KeyManager'),
  impacts: { '/description': 'cosmetic' },
  advise: adviseKeyManager,
  // the spec's optional properties are absent when not set, so it is JSON; TypeScript cannot know that of an interface
  normalise: (manifest) => normaliseKeyManager(manifest) as unknown as Checked<JsonObject>,
  crossCheck: oneDictator,
  secretPaths: () => [],
  keyOf: ({ set, name }) => keyManagerKeyOf(set, name),
}

/** The engine admits one dictating key manager on a machine: FWP_E_KEY_DICTATOR_ALREADY_REGISTERED. */
function oneDictator(resources: readonly Resource[], sets: readonly TunnelSet[]): Diagnostic[] {
  const sameHost = hostsOf(sets)
  const dictators = inFileOrder(resources.filter(({ spec }) => spec.role === 'dictate'))
  return dictators.flatMap((later, i) => {
    const first = dictators.slice(0, i).find((earlier) => sameHost(earlier, later))
    if (!first) return []
    return diagnostic('E261', later.manifest.at('/spec/role'), 'a second dictating key manager on one machine', {
      notes: [placeOf(first)],
      help: 'set role to notify, or give the sets different hosts',
    })
  })
}
