/** Live against last applied. Needs no secret and no manifest, though a manifest lets it name the fields. */

import type { JsonObject } from '../../base/index.ts'
import { addressOf, type Resource } from '../../manifest/index.ts'
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
export function findDrift(state: SetState, declared: readonly Resource[]): Drift[] {
  const byAddress = new Map(declared.map((r) => [addressOf(r), r]))
  return [...state.resources.values()]
    .filter((observed) => drifted(observed) === true)
    .map((observed) => explained(observed, byAddress.get(addressOf(observed))))
}

function explained(observed: Observed, resource: Resource | undefined): Drift {
  const { live, kind, anomalies } = observed
  const applied = resource && appliedForm(resource, observed)
  const inSpec = applied && live ? diff(applied, live).filter(({ path }) => !(path in kind.impacts)) : []
  return { observed, missing: live === undefined, differences: inSpec.length > 0 ? inSpec : anomalies }
}

/** The declared form, if it is the one that was applied. Its secrets are taken to be the recorded ones. */
function appliedForm(resource: Resource, { record }: Observed): JsonObject | undefined {
  const recorded = new Map(Object.entries(record.secrets).map(([path, { digest }]) => [path, digest]))
  const form = comparable(resource, recorded)
  return essenceDigest(resource.kind, form) === record.digest ? form : undefined
}
