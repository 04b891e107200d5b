/** One change of one resource, and everything that judging it depends on. */

import type { Guid } from '../../base/json.ts'
import type { Address, Impact, Resource, ResourceKind, TunnelSet } from '../../manifest/model.ts'
import type { SecretDigests } from '../secrets.ts'
import type { Difference } from './diff.ts'
import type { Observed, SetState } from './model.ts'
import type { Policy } from './policy.ts'

/** Why something changes: the declaration changed, the engine drifted, both, or nothing declares the object any more. */
export type Cause = 'spec' | 'drift' | 'both' | 'prune'
export type Action = 'create' | 'replace' | 'delete'

/** One create, replace or delete. A `replace` of impact `none` rewrites the record and leaves the tunnel alone. */
export interface Change {
  readonly action: Action
  readonly address: Address
  /** the key after the change; for a delete, the key that goes */
  readonly key: Guid
  readonly cause: Cause
  readonly impact: Impact
  readonly differences: readonly Difference[]
  readonly before?: Observed
  readonly after?: Resource
}

/** Differences of display text alone, which an engine without an update call keeps. */
export interface Cosmetic {
  readonly address: Address
  readonly differences: readonly Difference[]
}

/** Everything that one set's plan depends on. */
export interface PlanInput {
  readonly set: TunnelSet
  /** the set's own resources */
  readonly resources: readonly Resource[]
  readonly state: SetState
  readonly kinds: ReadonlyMap<string, ResourceKind>
  readonly policy: Policy
  /** keyed digests of the desired secrets, by address */
  readonly secrets: ReadonlyMap<Address, SecretDigests>
}

export function kindOf(input: Pick<PlanInput, 'kinds'>, name: string): ResourceKind {
  const kind = input.kinds.get(name)
  if (!kind) throw new Error(`no such kind: ${name}`)
  return kind
}
