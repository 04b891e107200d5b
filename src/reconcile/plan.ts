/** Two states → the ordered list of changes between them, with why, and what each costs. Pure. */

import { assumeUnknownEqual, comparable, drifted, essenceDigest, FORM, type SecretDigests } from './comparable.ts'
import { type Difference, diff } from './diff.ts'
import { digestOf } from './digest.ts'
import {
  type Address,
  addressOf,
  type Guid,
  type Impact,
  type Json,
  type JsonObject,
  type Observed,
  type Pointer,
  type Resource,
  type ResourceKind,
  type SetState,
  type TunnelSet,
} from './model.ts'
import { type Blocked, isForHost, type Policy, prunes, refusals } from './policy.ts'
import { referenceOf } from './secret.ts'

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

/** An owned object that no manifest declares and that this plan leaves alone. */
export interface Orphan {
  readonly address: Address
  readonly key: Guid
  readonly protected: boolean
  /** only the record is left */
  readonly missing: boolean
}

/** A step that no transaction can hold: a key manager lives as long as the process that registered it. */
export interface OutsideStep {
  readonly address: Address
  readonly key: Guid
  readonly action: 'register' | 'unregister'
  readonly state: 'held' | 'needs-watch'
  readonly resource: Resource
}

/** What would happen to one set. */
export interface SetPlan {
  readonly set: TunnelSet
  /** digest of the effects: equal digests promise equal effects */
  readonly digest: string
  readonly changes: readonly Change[]
  readonly outsideTransaction: readonly OutsideStep[]
  /** differences of display text that are not applied without --apply-cosmetic */
  readonly cosmetic: readonly { readonly address: Address; readonly differences: readonly Difference[] }[]
  readonly blocked: readonly Blocked[]
  readonly orphans: readonly Orphan[]
  /** leaves taken from the record since the engine shows them nowhere */
  readonly unverified: readonly { readonly address: Address; readonly paths: readonly Pointer[] }[]
  /** the set belongs to another host */
  readonly skipped: boolean
  readonly unchanged: number
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

/** @returns true when safety refuses the whole set */
export function isRefused(plan: SetPlan): boolean {
  return plan.blocked.some((b) => b.scope === 'set')
}

export function makePlan(input: PlanInput): SetPlan {
  if (!isForHost(input.set, input.policy)) return skippedPlan(input)
  const tunnels = input.resources.filter((r) => kindOf(input, r.kind).lifetime === 'transactional')
  const verdicts = tunnels.map((resource) => judge(input, resource))
  const undeclared = judgeUndeclared(input, new Set(tunnels.map(addressOf)))
  const changes = [...undeclared.changes, ...verdicts.flatMap((v) => v.change ?? [])].sort(byOrderOfExecution)
  const blocked = [...undeclared.blocked, ...verdicts.flatMap((v) => v.blocked ?? [])]
  const observed = [...input.state.resources.values()]
  const counts = {
    desired: tunnels.length,
    live: observed.filter((o) => o.live !== undefined).length,
    delete: changes.filter((c) => c.action === 'delete' && c.before?.live !== undefined).length,
    replace: changes.filter((c) => c.action === 'replace' && c.impact !== 'none').length,
  }
  return {
    set: input.set,
    digest: effectDigest(input, changes),
    changes,
    outsideTransaction: outsideSteps(input),
    cosmetic: verdicts.flatMap((v) => v.cosmetic ?? []),
    blocked: [...refusals(input.set, input.policy, counts), ...blocked],
    orphans: undeclared.orphans,
    unverified: observed.flatMap((o) =>
      o.unverified.length > 0 && o.live ? [{ address: addressOf(o), paths: o.unverified }] : [],
    ),
    skipped: false,
    unchanged: verdicts.filter((v) => !v.change && !v.blocked).length,
  }
}

interface Verdict {
  readonly change?: Change
  readonly cosmetic?: SetPlan['cosmetic'][number]
  readonly blocked?: Blocked
}

function judge(input: PlanInput, resource: Resource): Verdict {
  const kind = kindOf(input, resource.kind)
  const key = kind.keyOf(resource)
  const address = addressOf(resource)
  const observed = input.state.resources.get(address)
  const holder = input.state.foreign.get(key)
  if (holder !== undefined) return { blocked: foreignKey(address, key, holder) }
  const form = desiredForm(input, kind, resource, observed)
  if (observed?.live === undefined) {
    const cause = observed ? causeOf(kind, observed, form) : 'spec'
    const before = observed && { before: observed }
    return {
      change: { action: 'create', address, key, cause, impact: 'none', differences: [], ...before, after: resource },
    }
  }
  return judgeLive(input, { kind, key, address, resource, observed, live: observed.live, form })
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

function judgeLive(input: PlanInput, pair: Pair): Verdict {
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

function desiredForm(
  input: PlanInput,
  kind: ResourceKind,
  resource: Resource,
  observed: Observed | undefined,
): JsonObject {
  const form = comparable(kind, resource, input.secrets.get(addressOf(resource)) ?? new Map())
  return observed?.live ? assumeUnknownEqual(form, observed.live, kind.secretPaths(resource.spec)) : form
}

function judgeUndeclared(input: PlanInput, declared: ReadonlySet<Address>) {
  const undeclared = [...input.state.resources.values()].filter((o) => !declared.has(addressOf(o)))
  const pruning = prunes(input.set, input.policy)
  const [kept, deletes] = pruning
    ? [undeclared.filter(isProtected), undeclared.filter((o) => !isProtected(o))]
    : [undeclared, []]
  return {
    changes: deletes.map(
      (before): Change => ({
        action: 'delete',
        address: addressOf(before),
        key: before.key,
        cause: 'prune',
        impact: before.live ? 'disruptive' : 'none',
        differences: [],
        before,
      }),
    ),
    blocked: pruning ? kept.map(protectedObject) : [],
    orphans: kept.map(orphan),
  }
}

function isProtected({ record }: Observed): boolean {
  return record.protect
}

function orphan(observed: Observed): Orphan {
  return {
    address: addressOf(observed),
    key: observed.key,
    protected: observed.record.protect,
    missing: observed.live === undefined,
  }
}

function protectedObject(observed: Observed): Blocked {
  return {
    scope: 'object',
    reason: 'protected',
    address: addressOf(observed),
    message: `${addressOf(observed)} is protected from deletion (protect: delete) and stays, although no manifest declares it`,
    help: 'to delete it, declare it once more with protect: none, apply, then remove the manifest',
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

function outsideSteps(input: PlanInput): OutsideStep[] {
  return input.resources
    .filter((r) => kindOf(input, r.kind).lifetime === 'session')
    .map((resource) => {
      const key = kindOf(input, resource.kind).keyOf(resource)
      const state = input.state.registered.has(key) ? 'held' : 'needs-watch'
      return { address: addressOf(resource), key, action: 'register', state, resource } as const
    })
    .sort((a, b) => compareText(a.address, b.address))
}

/** A set of another host: neither empty nor pruned; what this host still holds of it are orphans. */
function skippedPlan(input: PlanInput): SetPlan {
  return {
    set: input.set,
    digest: effectDigest(input, []),
    changes: [],
    outsideTransaction: [],
    cosmetic: [],
    blocked: [],
    orphans: [...input.state.resources.values()].map(orphan),
    unverified: [],
    skipped: true,
    unchanged: 0,
  }
}

/** Deletes first (they free keys and traffic), then replaces, then creates; by address within each. */
const ORDER: readonly Action[] = ['delete', 'replace', 'create']

function byOrderOfExecution(a: Change, b: Change): number {
  return ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || compareText(a.address, b.address)
}

/** By code unit, so that the order is the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function effectDigest(input: PlanInput, changes: readonly Change[]): string {
  const effects = changes.map((change): Json => {
    const { before, after } = change
    const form = after && desiredForm(input, kindOf(input, after.kind), after, before)
    return {
      action: change.action,
      address: change.address,
      key: change.key,
      before: before ? { key: before.key, live: before.live ?? null, record: before.record.digest } : null,
      after: form ? { form, labels: after.labels } : null,
    }
  })
  return digestOf({ set: input.set.name, effects })
}

function kindOf(input: PlanInput, name: string): ResourceKind {
  const kind = input.kinds.get(name)
  if (!kind) throw new Error(`no such kind: ${name}`)
  return kind
}
