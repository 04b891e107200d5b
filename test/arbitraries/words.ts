/** Words and tools that more than one generator needs. */

import fc from 'fast-check'
import type { Json } from '../../src/base/json.ts'

type Spec = { [key: string]: Json }

export const KEY_MODULES = ['ikev2', 'ikev1', 'authip'] as const

/** Generated manifests read their keys from these environment variables; a test that resolves secrets sets them. */
export const SECRET_VARIABLES = ['WFPCTL_TEST_PSK_A', 'WFPCTL_TEST_PSK_B'] as const

/** A random subset of optional fields: what is not chosen is absent. */
export function fields(
  required: { [key: string]: fc.Arbitrary<Json> },
  optional: { [key: string]: fc.Arbitrary<Json> } = {},
): fc.Arbitrary<Spec> {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) }) as fc.Arbitrary<Spec>
}
