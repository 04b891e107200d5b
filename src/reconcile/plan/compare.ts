/** One declared resource against what the engine and the record say of it: which change, why, and at what cost. Pure. */

import { same } from '../../base/equal.ts'
import type { Guid, Json, JsonObject, Pointer } from '../../base/json.ts'
import { type Address, addressOf, type Impact, type Resource, type ResourceKind } from '../../manifest/model.ts'
import { referenceOf, type SecretDigests } from '../secrets.ts'
import { type Cause, type Change, type Cosmetic, kindOf, type PlanInput } from './change.ts'
import { assumeUnknownEqual, comparable, drifted, essenceDigest, FORM } from './comparable.ts'
import { type Difference, diff } from './diff.ts'
import type { Observed } from './model.ts'
import type { Blocked } from './policy.ts'

/** At most one change; a resource that is blocked has none. */
export interface Comparison {
  readonly change?: Change
  readonly cosmetic?: Cosmetic
  readonly blocked?: Blocked
}

export function compareResource(input: PlanInput, resource: Resource): Comparison {
  const kind = kindOf(input, resource.kind)
  const key = kind.keyOf(resource)
  const address = addressOf(resource)
  const observed = input.state.resources.get(address)
  const holder = input.state.foreign.get(key)
  if (holder !== undefined) return { blocked: foreignKey(address, key, holder) }
  if (!observed) return { change: { ...creation(address, key, resource), cause: 'spec' } }
  const grounds = { resource, kind, applyCosmetic: input.policy.applyCosmetic, digests: input.secrets.get(address) }
  const known = remembered.get(observed)
  if (known && isSame(known, grounds)) {
    known.grounds = grounds // an older manifest keeps the whole text that its file had
    return known.verdict
  }
  const form = desiredForm(input, kind, resource, observed)
  const verdict = observed.live
    ? judgeLive(input, { kind, key, address, resource, observed, live: observed.live, form })
    : { change: { ...creation(address, key, resource), cause: causeOf(kind, observed, form), before: observed } }
  remembered.set(observed, { grounds, verdict })
  return verdict
}

function creation(address: Address, key: Guid, after: Resource) {
  return { action: 'create', address, key, impact: 'none', differences: [], after } as const
}

/** Everything that a verdict on one observed object depends on. */
interface Grounds {
  readonly resource: Resource
  readonly kind: ResourceKind
  readonly applyCosmetic: boolean | undefined
  readonly digests: SecretDigests | undefined
}

interface Judged {
  grounds: Grounds
  readonly verdict: Comparison
}

/** What `watch` asks again and again: nearly always, both sides of a resource are the very objects they were. */
const remembered = new WeakMap<Observed, Judged>()

function isSame({ grounds, verdict }: Judged, now: Grounds): boolean {
  return (
    grounds.kind === now.kind &&
    grounds.applyCosmetic === now.applyCosmetic &&
    (grounds.resource === now.resource || (!verdict.change && declaresSame(grounds.resource, now.resource))) &&
    same([...(grounds.digests ?? [])], [...(now.digests ?? [])])
  )
}

/** The same declaration at another place: a change would have to name the new one. */
function declaresSame(a: Resource, b: Resource): boolean {
  return a.spec === b.spec && a.labels === b.labels && a.set === b.set && a.name === b.name
}

interface Pair {
  readonly kind: ResourceKind
  readonly key: Guid
  readonly address: Address
  readonly resource: Resource
  readonly observed: Observed
  readonly live: JsonObject
  /** the desired side, comparable with `live` */
  readonly form: JsonObject
}

function judgeLive(input: PlanInput, pair: Pair): Comparison {
  const { kind, key, address, resource, observed, form } = pair
  const inSpec = diff(pair.live, form)
  const anomalies = inSpec.some((d) => impactOf(kind, d) === 'disruptive') ? [] : observed.anomalies
  const differences = [...inSpec, ...anomalies, ...recordDifferences(kind, pair)]
  const impact = worstImpact(kind, differences)
  if (impact === undefined) return {}
  const cosmetic = { address, differences: differences.filter((d) => impactOf(kind, d) === 'cosmetic') }
  const applied =
    input.policy.applyCosmetic || impact === 'disruptive'
      ? differences
      : differences.filter((d) => impactOf(kind, d) !== 'cosmetic')
  if (applied.length === 0) return { cosmetic }
  const settled = worstImpact(kind, applied) ?? 'none'
  const cause = settled === 'disruptive' ? causeOf(kind, observed, form) : 'spec'
  const change: Change = {
    action: 'replace',
    address,
    key,
    cause,
    impact: settled,
    differences: applied,
    before: observed,
    after: resource,
  }
  return applied === differences || cosmetic.differences.length === 0 ? { change } : { change, cosmetic }
}

/** Differences between the declaration and our record that the engine itself knows nothing of. */
function recordDifferences(kind: ResourceKind, { resource, observed }: Pair): Difference[] {
  const recorded = (path: Pointer): Json | undefined => observed.record.secrets[path]?.ref
  const references = kind
    .secretPaths(resource.spec)
    .flatMap((path) =>
      recorded(path) === undefined ? [] : diff(recorded(path), referenceOf(resource.spec, path), path),
    )
  return [...diff(observed.record.labels, resource.labels, '/metadata/labels'), ...references]
}

/** Labels and secret references live in the record alone, whatever the kind. */
function impactOf(kind: ResourceKind, difference: Difference): Impact {
  if (difference.path.startsWith('/metadata/labels')) return 'none'
  if (/\/(env|file|encoding)$/.test(difference.path)) return 'none'
  return kind.impacts[difference.path] ?? 'disruptive'
}

const SEVERITY: readonly Impact[] = ['none', 'cosmetic', 'disruptive']

function worstImpact(kind: ResourceKind, differences: readonly Difference[]): Impact | undefined {
  const worst = Math.max(-1, ...differences.map((d) => SEVERITY.indexOf(impactOf(kind, d))))
  return SEVERITY[worst]
}

/** Three-way: what was applied last tells a changed declaration from a changed engine. */
function causeOf(kind: ResourceKind, observed: Observed, form: JsonObject): Cause {
  const engineMoved = drifted(kind, observed)
  if (observed.record.form !== FORM) return engineMoved ? 'both' : 'spec'
  const specMoved = essenceDigest(kind, form) !== observed.record.digest
  if (specMoved) return engineMoved ? 'both' : 'spec'
  return 'drift'
}

export function desiredForm(
  input: PlanInput,
  kind: ResourceKind,
  resource: Resource,
  observed: Observed | undefined,
): JsonObject {
  const form = comparable(kind, resource, input.secrets.get(addressOf(resource)) ?? new Map())
  return observed?.live ? assumeUnknownEqual(form, observed.live, kind.secretPaths(resource.spec)) : form
}

function foreignKey(address: Address, key: Guid, holder: string): Blocked {
  return {
    scope: 'set',
    reason: 'foreign',
    address,
    message: `the key ${key} of ${address} is taken by an object that is not ours (${holder})`,
    help: 'run `wfpctl get --all` to see it; choose another spec.key or name, or have its owner remove it',
  }
}
