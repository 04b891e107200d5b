/** One declared resource against what the engine and the record say of it: which change, why, and at what cost. */

import { type Guid, type JsonObject, same } from '../../base/index.ts'
import { type Address, addressOf, formOf, type Impact, type Resource } from '../../manifest/index.ts'
import { comparable, drifted, essenceDigest, FORM } from './comparable.ts'
import { type Difference, diff } from './diff.ts'
import type { Cause, Change, Cosmetic, Observed, PlanInput, SecretDigests } from './model.ts'
import { isOfOtherRoot, otherRoot } from './moves.ts'
import type { Blocked, Policy } from './policy.ts'

/** At most one change; a resource that is blocked has none. */
export interface Comparison {
  readonly change?: Change
  readonly cosmetic?: Cosmetic
  readonly blocked?: Blocked
}

export function compareResource(input: PlanInput, resource: Resource): Comparison {
  const { key } = formOf(resource)
  const address = addressOf(resource)
  const observed = input.state.resources.get(address)
  const elsewhere = observed ? undefined : input.moves?.here.get(address)
  const holder = input.state.foreign.get(key)
  if (holder !== undefined && elsewhere?.key !== key) return { blocked: foreignKey(address, key, holder) }
  const digests = input.digests.get(address) ?? NO_DIGESTS
  if (elsewhere) return move({ address, key, resource, digests }, elsewhere, input.policy)
  if (!observed) return { change: creation({ address, key, resource, digests }, 'spec') }
  return remembered(observed, { resource, policy: input.policy, digests }, () =>
    compareObserved({ address, key, resource, digests }, observed, input.policy),
  )
}

const NO_DIGESTS: SecretDigests = new Map()

/** A declared resource, with all that its comparable form is made of. */
interface Declared {
  readonly address: Address
  readonly key: Guid
  readonly resource: Resource
  readonly digests: SecretDigests
}

function creation({ address, key, resource, digests }: Declared, cause: Cause): Change & { action: 'create' } {
  const form = comparable(resource, digests)
  return { action: 'create', address, key, cause, impact: 'none', differences: [], after: resource, form }
}

/** Names are unique on a host: what another set holds under this name goes in the transaction in which it is made anew here. */
function move(declared: Declared, before: Observed, policy: Policy): Comparison {
  const { address, resource, digests, key } = declared
  if (isOfOtherRoot(before.record, policy)) return { blocked: otherRoot(before) }
  if (!before.live) return { change: { ...creation(declared, 'spec'), before } }
  // the secrets of two sets have digests under two keys: they cannot be compared
  const unchangedSecrets = comparable(resource, NO_DIGESTS, before.live)
  const differences = [
    { path: '/metadata/set', before: before.set, after: resource.set, sensitive: false },
    ...diff(before.live, unchangedSecrets),
  ]
  if (isHeld(before, resource)) return { blocked: unreplaceable(address, differences) }
  const form = comparable(resource, digests)
  const change = {
    address,
    key,
    cause: 'spec',
    impact: 'disruptive',
    differences,
    before,
    after: resource,
    form,
  } as const
  return { change: { action: 'replace', ...change } }
}

function compareObserved(declared: Declared, observed: Observed, policy: Policy): Comparison {
  const { resource, digests } = declared
  if (isAsDeclared(declared, observed) && takenOver(observed, policy).length === 0) return NO_CHANGE
  const form = comparable(resource, digests, observed.live)
  if (observed.live) return compareLive(declared, observed, { live: observed.live, form }, policy)
  return { change: { ...creation(declared, causeOf(observed, form)), form, before: observed } }
}

const NO_CHANGE: Comparison = {}

/** What stands is what the record says, bit by bit, and that is what is declared, letter by letter. A secret without a digest is unknown, not changed. */
function isAsDeclared({ resource, digests }: Declared, { isAsRecorded, record }: Observed): boolean {
  return (
    isAsRecorded === true &&
    record.seen?.spec === formOf(resource).text &&
    same(record.labels, resource.labels) &&
    [...digests].every(([path, digest]) => record.secrets[path]?.digest === digest)
  )
}

/** Both sides in comparable form. */
interface Sides {
  readonly live: JsonObject
  readonly form: JsonObject
}

/** A difference, and what it costs to apply it. */
interface Weighed extends Difference {
  readonly impact: Impact
}

function compareLive(declared: Declared, observed: Observed, sides: Sides, policy: Policy): Comparison {
  const { address, key, resource } = declared
  const { applyCosmetic } = policy
  const all = [...weighedDifferences(resource, observed, sides), ...takenOver(observed, policy)]
  if (all.length === 0) return {}
  const replaces = all.some(({ impact }) => impact === 'disruptive')
  const [kept, applied] = replaces || applyCosmetic ? [[], all] : partition(all, ({ impact }) => impact === 'cosmetic')
  const cosmetic = kept.length > 0 && { cosmetic: { address, differences: kept.map(unweighed) } }
  if (applied.length === 0) return { ...cosmetic }
  const impact = worstImpact(applied)
  if (impact !== 'none' && isHeld(observed, resource)) return { blocked: unreplaceable(address, applied), ...cosmetic }
  const change: Change = {
    action: impact === 'none' ? 'record' : 'replace',
    address,
    key,
    cause: impact === 'disruptive' ? causeOf(observed, sides.form) : 'spec',
    impact,
    differences: applied.map(unweighed),
    before: observed,
    after: resource,
    form: sides.form,
  }
  return { change, ...cosmetic }
}

/** An anomaly is told only where no disruptive difference explains it. Labels and secret references live in the record alone. */
function weighedDifferences(resource: Resource, observed: Observed, { live, form }: Sides): Weighed[] {
  const { kind } = resource
  const inSpec = diff(live, form).map((d): Weighed => ({ ...d, impact: kind.impacts[d.path] ?? 'disruptive' }))
  const anomalies = inSpec.some(({ impact }) => impact === 'disruptive') ? [] : observed.anomalies
  return [
    ...inSpec,
    ...anomalies.map((d): Weighed => ({ ...d, impact: 'disruptive' })),
    ...recordDifferences(resource, observed).map((d): Weighed => ({ ...d, impact: 'none' })),
  ]
}

/** Differences between the declaration and our record that the engine itself knows nothing of. */
function recordDifferences(resource: Resource, { record }: Observed): Difference[] {
  const references = Object.entries(formOf(resource).references).flatMap(([path, reference]) => {
    const recorded = record.secrets[path]?.ref
    return recorded === undefined ? [] : diff(recorded, reference, path)
  })
  return [...diff(record.labels, resource.labels, '/metadata/labels'), ...references]
}

/** What is taken over belongs to the present root from now on, changed or not. */
function takenOver({ record }: Observed, { takeOver, root }: Policy): Weighed[] {
  const before = record.source.root
  if (!takeOver || root === undefined || before === undefined || before === root) return []
  return [{ path: '/metadata/source', before, after: root, sensitive: false, impact: 'none' }]
}

const SEVERITY: readonly Impact[] = ['none', 'cosmetic', 'disruptive']

function worstImpact(differences: readonly Weighed[]): Impact {
  return SEVERITY[Math.max(...differences.map(({ impact }) => SEVERITY.indexOf(impact)))] ?? 'none'
}

function unweighed({ impact: _, ...difference }: Weighed): Difference {
  return difference
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}

/** Three-way: what was applied last tells a changed declaration from a changed engine. */
function causeOf(observed: Observed, form: JsonObject): Cause {
  const engineMoved = drifted(observed)
  if (observed.record.form !== FORM) return engineMoved ? 'both' : 'spec'
  const specMoved = essenceDigest(observed.kind, form) !== observed.record.digest
  if (specMoved) return engineMoved ? 'both' : 'spec'
  return 'drift'
}

/** Everything that the comparison with one observed object depends on, but for that object. */
interface Grounds {
  readonly resource: Resource
  readonly policy: Policy
  readonly digests: SecretDigests
}

/** What `watch` asks again and again: nearly always, both sides of a resource are the very objects they were. */
const known = new WeakMap<Observed, { grounds: Grounds; readonly comparison: Comparison }>()

function remembered(observed: Observed, grounds: Grounds, compare: () => Comparison): Comparison {
  const last = known.get(observed)
  if (last && holds(last.comparison, last.grounds, grounds)) {
    last.grounds = grounds // an older manifest keeps the whole text that its file had
    return last.comparison
  }
  const comparison = compare()
  known.set(observed, { grounds, comparison })
  return comparison
}

function holds({ change }: Comparison, before: Grounds, now: Grounds): boolean {
  return (
    same(before.policy, now.policy) &&
    (before.resource === now.resource || (!change && declaresSame(before.resource, now.resource))) &&
    same([...before.digests], [...now.digests])
  )
}

/** The same declaration at another place: a change would have to name the new one. */
function declaresSame(a: Resource, b: Resource): boolean {
  return a.kind === b.kind && a.spec === b.spec && a.labels === b.labels && a.set === b.set && a.name === b.name
}

/** What was applied protects as well as what is declared: lifting the protection is a change of its own. */
function isHeld({ record }: Observed, { spec }: Resource): boolean {
  return [record.protect, spec.protect].includes('replace')
}

function unreplaceable(address: Address, differences: readonly Difference[]): Blocked {
  const paths = differences.map(({ path }) => path || '/').join(', ')
  return {
    scope: 'object',
    reason: 'protected',
    address,
    message: `${address} is protected from replacement (protect: replace) and stays as it is, although it differs: ${paths}`,
    help: 'to replace it, apply it once with protect: none and nothing else changed, then apply the change',
  }
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
