/** Live against last applied. Pure; needs no secret and no manifest, though a manifest lets it name the fields. */

import type { JsonObject } from '../../base/json.ts'
import { addressOf, type Resource, type ResourceKind } from '../../manifest/model.ts'
import { comparable, drifted, essenceDigest } from './comparable.ts'
import { type Difference, diff } from './diff.ts'
import type { Observed, SetState } from './model.ts'

export interface Drift {
  readonly observed: Observed
  /** somebody deleted the object; only the record is left */
  readonly missing: boolean
  /** from what was applied to what is there; empty where no manifest at hand is the one that was applied */
  readonly differences: readonly Difference[]
}

/** @param declared manifests at hand; they explain a drift where their digest is the recorded one */
export function findDrift(
  state: SetState,
  kinds: ReadonlyMap<string, ResourceKind>,
  declared: readonly Resource[],
): Drift[] {
  const byAddress = new Map(declared.map((r) => [addressOf(r), r]))
  return [...state.resources.values()].flatMap((observed): Drift[] => {
    const kind = kinds.get(observed.kind)
    if (!kind || drifted(kind, observed) !== true) return []
    const resource = byAddress.get(addressOf(observed))
    const applied = resource && appliedForm(kind, resource, observed)
    const inSpec = applied && observed.live ? diff(applied, observed.live).filter((d) => !(d.path in kind.impacts)) : []
    return [
      { observed, missing: observed.live === undefined, differences: inSpec.length > 0 ? inSpec : observed.anomalies },
    ]
  })
}

/** The declared form, if it is the one that was applied. Its secrets are taken to be the recorded ones. */
function appliedForm(kind: ResourceKind, resource: Resource, observed: Observed): JsonObject | undefined {
  const recorded = new Map(Object.entries(observed.record.secrets).map(([path, secret]) => [path, secret.digest]))
  const form = comparable(kind, resource, recorded)
  return essenceDigest(kind, form) === observed.record.digest ? form : undefined
}
