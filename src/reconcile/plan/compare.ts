/** One declared resource against what the engine and the record say of it: which change, why, and at what cost. */

import {
  type Guid,
  isSameMap,
  type JsonObject,
  type Pointer,
  remembering,
  rememberingPair,
  same,
  uuidv5,
} from '../../base/index.ts'
import { type Address, addressOf, formOf, type Impact, isEnabled, type Resource } from '../../manifest/index.ts'
import { comparable, digestAt, drifted, essenceDigest, FORM, sealed } from './comparable.ts'
import { type Difference, diff } from './diff.ts'
import {
  type Cause,
  type Change,
  type Cosmetic,
  makesObject,
  type Observed,
  type PlanInput,
  type SecretDigests,
  type SetState,
  stands,
} from './model.ts'
import { isOfOtherRoot, otherRoot } from './moves.ts'
import type { Blocked, Policy } from './policy.ts'

/** At most one change; a resource that is blocked has none. */
export interface Comparison {
  readonly change?: Change
  readonly cosmetic?: Cosmetic
  readonly blocked?: Blocked
}

export function compareResource(input: PlanInput, resource: Resource): Comparison {
  const { state, moves, policy } = input
  const address = addressOf(resource)
  const observed = state.resources.get(address) ?? moves?.here.get(address)?.observed
  const digests = input.digests.get(address) ?? NO_DIGESTS
  const declared = { address, key: freeKey(input, resource), resource, digests, policy }
  const comparison = observed
    ? remembered(declared, observed)
    : { change: isEnabled(resource) ? creation(declared, 'spec') : offFromTheStart(declared) }
  return blockedByHolder(input, comparison) ?? comparison
}

const NO_DIGESTS: SecretDigests = new Map()

/** A declared resource, with all that its comparable form is made of, and all that a comparison with an observed object depends on. */
interface Declared {
  readonly address: Address
  /** that it gets if it is made anew */
  readonly key: Guid
  readonly resource: Resource
  readonly digests: SecretDigests
  readonly policy: Policy
}

/** The key that set and name give; where something of ours that was renamed keeps that one, the next. */
function freeKey({ state }: PlanInput, resource: Resource): Guid {
  const { kind, set, name } = resource
  const wanted = formOf(resource).key
  const kept = keptKeys(state)
  if (kept.size === 0 || wanted !== kind.keyOf({ set, name, spec: {} })) return wanted // the latter was declared
  let key = wanted
  while ((kept.get(key) ?? name) !== name) key = uuidv5(key, 'next')
  return key
}

/** Keys that do not follow from what their resources are called: name of the resource by key; of another set's, the key itself. */
const keptKeys = remembering(({ taken = new Set(), resources }: SetState): ReadonlyMap<Guid, string> => {
  const kept = new Map([...taken].map((key) => [key, key]))
  for (const { key, record, name } of resources.values()) if (record.keptKey) kept.set(key, name)
  return kept
})

/** What is put where somebody else's object stands would be refused; a record beside it would make that ours. */
function blockedByHolder({ state }: PlanInput, { change }: Comparison): Comparison | undefined {
  if (!change || (!makesObject(change) && change.before)) return undefined
  const holder = change.before?.key === change.key ? undefined : state.foreign.get(change.key)
  return holder === undefined ? undefined : { blocked: foreignKey(change.address, change.key, holder) }
}

function creation({ address, key, resource, digests }: Declared, cause: Cause): Change & { action: 'create' } {
  const form = comparable(resource, digests)
  return { action: 'create', address, key, cause, impact: 'none', differences: [], after: resource, form }
}

const TURNED_OFF: Difference = { path: '/enabled', before: true, after: false, sensitive: false }
const TURNED_ON: Difference = { path: '/enabled', before: false, after: true, sensitive: false }

/** A record says that the name is taken, although nothing stands. */
function offFromTheStart(declared: Declared): Change {
  const { before: _, ...difference } = TURNED_OFF
  return { ...creation(declared, 'spec'), action: 'record', differences: [difference] }
}

function compareObserved(declared: Declared, observed: Observed): Comparison {
  const { resource, digests, policy } = declared
  const isArrival = identityDifferences(resource, observed).length > 0
  if (isArrival && isOfOtherRoot(observed.record, policy)) return { blocked: otherRoot(observed) }
  if (!isEnabled(resource)) return compareOff(declared, observed)
  if (!isArrival && isAsDeclared(declared, observed) && takenOver(observed, policy).length === 0) return NO_CHANGE
  const form = comparable(resource, digests, observed.live)
  if (observed.live) return compareLive(declared, observed, { live: observed.live, form })
  const cause = observed.record.off || isArrival ? 'spec' : causeOf(observed, form)
  const differences = observed.record.off ? [TURNED_ON] : []
  return { change: { ...creation(declared, cause), form, differences, before: observed } }
}

/** Declared and off: nothing is to stand, and the record is to say so. */
function compareOff({ address, resource, policy }: Declared, before: Observed): Comparison {
  const { record, key } = before
  const live = stands(before)
  const recorded = [
    ...identityDifferences(resource, before),
    ...diff(record.labels, resource.labels, '/metadata/labels'),
    ...takenOver(before, policy).map(unweighed),
  ]
  const differences = record.off && !live ? recorded : [TURNED_OFF, ...recorded]
  if (differences.length === 0) return NO_CHANGE
  if (live && [record.protect, resource.spec.protect].some((word) => word === 'delete' || word === 'replace'))
    return { blocked: protectedFromOff(address) }
  const action = live ? 'disable' : isMoved(resource, before) ? 'move' : 'record'
  const [cause, impact] = [record.off && live ? 'drift' : 'spec', live ? 'disruptive' : 'none'] as const
  const form = comparable(resource, NO_DIGESTS)
  return { change: { action, address, key, cause, impact, differences, before, after: resource, form } }
}

function isMoved(resource: Resource, { set, name }: Observed): boolean {
  return resource.set !== set || resource.name !== name
}

/** What is called otherwise, or owned by another set, than it was. */
function identityDifferences({ set, name }: Resource, before: Observed): Difference[] {
  return [...diff(before.set, set, '/metadata/set'), ...diff(before.name, name, '/metadata/name')]
}

/** One object, so that those who look for changes can tell it at a glance. */
export const NO_CHANGE: Comparison = {}

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

function compareLive(declared: Declared, observed: Observed, sides: Sides): Comparison {
  const { address, resource, policy } = declared
  const { applyCosmetic } = policy
  const all = [...weighedDifferences(resource, observed, sides), ...takenOver(observed, policy)]
  if (all.length === 0) return NO_CHANGE
  const replaces = all.some(({ impact }) => impact === 'disruptive')
  const [kept, applied] = replaces || applyCosmetic ? [[], all] : partition(all, ({ impact }) => impact === 'cosmetic')
  const cosmetic = kept.length > 0 && { cosmetic: { address, differences: kept.map(unweighed) } }
  if (applied.length === 0) return { ...cosmetic }
  const impact = worstImpact(applied)
  if (impact !== 'none' && isHeld(observed, resource)) return { blocked: unreplaceable(address, applied), ...cosmetic }
  const change: Change = {
    action: impact !== 'none' ? 'replace' : isMoved(resource, observed) ? 'move' : 'record',
    address,
    // what is left as it is keeps its key, whatever it is called now
    key: impact === 'none' ? observed.key : declared.key,
    cause: impact === 'disruptive' ? causeOf(observed, sides.form) : 'spec',
    impact,
    differences: applied.map(unweighed),
    before: observed,
    after: resource,
    form: sides.form,
  }
  return { change, ...cosmetic }
}

/**
 * An anomaly is told only where no disruptive difference explains it. Labels, secret references, set and name live in the record alone, and
 * a declared key that is the one it has says nothing new.
 */
function weighedDifferences(resource: Resource, observed: Observed, { live, form }: Sides): Weighed[] {
  const { kind } = resource
  const known = withUnknownSecrets(live, form, observed)
  const hasItsKey = formOf(resource).key === observed.key
  const impactOf = (path: Pointer): Impact =>
    (path === '/key' && hasItsKey) || observed.unknown?.includes(path) ? 'none' : (kind.impacts[path] ?? 'disruptive')
  const inSpec = diff(known, form).map((d): Weighed => ({ ...d, impact: impactOf(d.path) }))
  if (observed.record.off) inSpec.push({ ...TURNED_ON, impact: 'disruptive' }) // somebody made it, we do not know how
  const anomalies = inSpec.some(({ impact }) => impact === 'disruptive') ? [] : observed.anomalies
  return [
    ...identityDifferences(resource, observed).map((d): Weighed => ({ ...d, impact: 'none' })),
    ...inSpec,
    ...anomalies.map((d): Weighed => ({ ...d, impact: 'disruptive' })),
    ...recordDifferences(resource, observed).map((d): Weighed => ({ ...d, impact: 'none' })),
  ]
}

/** A secret that neither the engine shows nor the record knows, as of an adopted object, is unknown and not changed. */
function withUnknownSecrets(live: JsonObject, form: JsonObject, { kind, record }: Observed): JsonObject {
  const unknown = kind.secretPaths(live).filter((path) => record.secrets[path] === undefined)
  const digests = unknown.flatMap((path) => {
    const digest = digestAt(form, path)
    return typeof digest === 'string' ? [[path, digest] as const] : []
  })
  return sealed(live, unknown, new Map(digests))
}

/** Differences between the declaration and our record that the engine itself knows nothing of. */
function recordDifferences(resource: Resource, { record, live }: Observed): Difference[] {
  const known = live ? resource.kind.secretPaths(live) : []
  const references = Object.entries(formOf(resource).references).flatMap(([path, reference]) => {
    const recorded = record.secrets[path]?.ref
    if (recorded === undefined && !known.includes(path)) return []
    return diff(recorded, reference, path)
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

/** What `watch` asks again and again: nearly always, both sides of a resource are the very objects they were. */
const known = new WeakMap<Observed, { declared: Declared; readonly comparison: Comparison }>()

function remembered(declared: Declared, observed: Observed): Comparison {
  const last = known.get(observed)
  if (last && holds(last.comparison, last.declared, declared)) {
    last.declared = declared // an older manifest keeps the whole text that its file had
    return last.comparison
  }
  const comparison = compareObserved(declared, observed)
  known.set(observed, { declared, comparison })
  return comparison
}

function holds({ change }: Comparison, before: Declared, now: Declared): boolean {
  return (
    before.key === now.key &&
    (before.policy === now.policy || same(before.policy, now.policy)) &&
    (before.resource === now.resource || (!change && declaresSame(before.resource, now.resource))) &&
    (before.digests === now.digests || areSameDigests(before.digests, now.digests))
  )
}

/** Of two passes, mostly the same two for every resource. */
const areSameDigests = rememberingPair((a: SecretDigests, b: SecretDigests) => isSameMap(a, b))

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

function protectedFromOff(address: Address): Blocked {
  return {
    scope: 'object',
    reason: 'protected',
    address,
    message: `${address} is protected and stays on, although it is declared with enabled: false`,
    help: 'to turn it off, apply it once with protect: none and nothing else changed, then turn it off',
  }
}

function foreignKey(address: Address, key: Guid, holder: string): Blocked {
  return {
    scope: 'set',
    reason: 'foreign',
    address,
    message: `the key ${key} of ${address} is taken by an object that is not ours (${holder})`,
    help: `take it over with \`wfpctl adopt ${key}\`; or choose another spec.key or name, or have its owner remove it`,
  }
}
