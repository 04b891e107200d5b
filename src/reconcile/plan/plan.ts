/** Two states → the ordered list of changes between them, with why, and what each costs. Pure. */

import { digestOf } from '../../base/digest.ts'
import type { Guid, Json, Pointer } from '../../base/json.ts'
import { compareText } from '../../base/text.ts'
import { type Address, addressOf, type Resource, type TunnelSet } from '../../manifest/model.ts'
import { type Action, type Change, type Cosmetic, kindOf, type PlanInput } from './change.ts'
import { compareResource, desiredForm } from './compare.ts'
import type { Observed } from './model.ts'
import { type Blocked, isForHost, prunes, refusals } from './policy.ts'

export type { Action, Cause, Change, Cosmetic, PlanInput } from './change.ts'

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
  readonly cosmetic: readonly Cosmetic[]
  readonly blocked: readonly Blocked[]
  readonly orphans: readonly Orphan[]
  /** leaves taken from the record since the engine shows them nowhere */
  readonly unverified: readonly { readonly address: Address; readonly paths: readonly Pointer[] }[]
  /** the set belongs to another host */
  readonly skipped: boolean
  readonly unchanged: number
}

/** @returns true when safety refuses the whole set */
export function isRefused(plan: SetPlan): boolean {
  return plan.blocked.some((b) => b.scope === 'set')
}

export function makePlan(input: PlanInput): SetPlan {
  if (!isForHost(input.set, input.policy)) return skippedPlan(input)
  const tunnels = input.resources.filter((r) => kindOf(input, r.kind).lifetime === 'transactional')
  const verdicts = tunnels.map((resource) => compareResource(input, resource))
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
