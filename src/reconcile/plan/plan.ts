/** Two states → the ordered list of changes between them, with why, and what each costs. */

import { compareText, digestOf, type Guid, isSameList, isSameMap, type Json, remembering } from '../../base/index.ts'
import { type Address, addressOf, formOf, isEnabled } from '../../manifest/index.ts'
import { type Confirmation, confirmationOf, confirmationText, suspensionOf } from '../notes/index.ts'
import { type Comparison, compareResource, NO_CHANGE } from './compare.ts'
import {
  type Action,
  type Change,
  type Moves,
  type Observed,
  type OutsideStep,
  type PlanInput,
  type SetContext,
  type SetPlan,
  type SetState,
  stands,
} from './model.ts'
import { isOfOtherFile, isOfOtherRoot, orphan, otherRoot } from './moves.ts'
import { type Blocked, isForHost, prunes, refusals } from './policy.ts'
import { isSelected, type Selectable, selectedFrom } from './selection.ts'

/** Under the lock, everything is nearly always what it was when somebody approved. */
export function makePlan(input: PlanInput): SetPlan {
  const last = lastPlans.get(input.state)
  if (last && isSameInput(last.input, input)) return last.plan
  const plan = isForHost(input.set, input.policy) ? planned(input) : skippedPlan(input)
  lastPlans.set(input.state, { input, plan })
  return plan
}

const lastPlans = new WeakMap<SetState, { readonly input: PlanInput; readonly plan: SetPlan }>()

function isSameInput(a: PlanInput, b: PlanInput): boolean {
  return (
    a.set === b.set &&
    a.policy === b.policy &&
    a.registered === b.registered &&
    a.others === b.others &&
    isSameList(a.resources, b.resources) &&
    areNone(a.moves) &&
    areNone(b.moves) &&
    isSameMap(a.digests, b.digests)
  )
}

function areNone(moves: Moves | undefined): boolean {
  return moves === undefined || moves.here.size + moves.away.size === 0
}

function planned(input: PlanInput): SetPlan {
  const { selection } = input.policy
  const all = input.resources.filter(({ kind }) => kind.lifetime === 'transactional')
  const declared = selectedFrom(all, selection)
  const comparisons = declared.map((resource) => compareResource(input, resource))
  const undeclared = planUndeclared(input, new Set(all.map(addressOf)))
  const notable = comparisons.filter((one) => one !== NO_CHANGE)
  const changes = oneForEachKey([...undeclared.changes, ...notable.flatMap((c) => c.change ?? [])]).sort(
    byOrderOfExecution,
  )
  const observed = [...input.state.resources.values()]
  const { others = NO_OTHERS } = input
  const counts = {
    desired: all.length + others.unchanged,
    live: observed.filter(stands).length + others.unchanged - others.off.length,
    delete: changes.filter((c) => (c.action === 'delete' || c.action === 'disable') && stands(c.before)).length,
    replace: changes.filter((c) => c.action === 'replace').length,
    noun: () => nounOf([all, observed]),
  }
  const confirmation = confirmationOf(input.state.notes)
  const suspension = suspensionOf(input.state.notes)
  const blocked = [
    ...(confirmation && (changes.length > 0 || isLeft(input)) ? [unconfirmed(input.set.name, confirmation)] : []),
    ...refusals(input.set, input.policy, counts),
    ...undeclared.blocked,
    ...notable.flatMap((c) => c.blocked ?? []),
  ]
  return {
    set: input.set,
    digest: effectDigest(input, changes, blocked),
    changes,
    outsideTransaction: outsideSteps(input),
    cosmetic: notable.flatMap((c) => c.cosmetic ?? []),
    off: [
      ...others.off,
      ...declared.filter((resource, i) => !isEnabled(resource) && isAsDeclared(comparisons[i])).map(addressOf),
    ].sort(),
    blocked,
    orphans: undeclared.orphans,
    unverified: [
      ...others.unverified,
      ...observed
        .filter((o) => o.unverified.length > 0 && stands(o) && (!selection || isSelected(asSelectable(o), selection)))
        .map(unverifiedIn),
    ].sort((a, b) => compareText(a.address, b.address)),
    ...(confirmation && { confirmation }),
    ...(suspension && { suspension }),
    removesOwner: isLeft(input),
    skipped: false,
    unchanged: others.unchanged + comparisons.filter(isAsDeclared).length,
    ...(selection && {
      outside: input.resources.filter((one) => !isSelected(one, selection)).length + undeclared.outside,
    }),
  }
}

const NO_OTHERS = { unchanged: 0, off: [], unverified: [] }

/** By address: in which order an engine shows its objects is nothing that a plan says. */
function inOrder(resources: SetState['resources'], isMeant: (address: Address) => boolean = () => true): Observed[] {
  const meant = [...resources].filter(([address]) => isMeant(address))
  return meant.sort(([a], [b]) => compareText(a, b)).map(([, observed]) => observed)
}

const unverifiedIn = remembering((o: Observed) => ({ address: addressOf(o), paths: o.unverified }))

/** Not a copy of it all: what it says is made when somebody asks. */
function asSelectable({ kind, name, record }: Observed): Selectable {
  return { kind, name, labels: record.labels }
}

function unconfirmed(set: string, confirmation: Confirmation): Blocked {
  return {
    scope: 'set',
    reason: 'unconfirmed',
    message: `set ${set} waits for a confirmation of ${confirmationText(confirmation)}`,
    help: `keep it with \`wfpctl confirm ${set}\`, or take it back with \`wfpctl confirm ${set} --revert\``,
  }
}

function isAsDeclared(comparison: Comparison | undefined): boolean {
  return comparison !== undefined && !comparison.change && !comparison.blocked
}

/** Nothing is to stand of the set, and nothing does but its owner. */
function isLeft({ set, state, resources, policy }: PlanInput): boolean {
  const isDeclared = resources.some(({ kind }) => kind.lifetime === 'transactional')
  return state.abandoned === true && state.resources.size === 0 && !isDeclared && prunes(set, policy)
}

/** What goes under one name and comes under another, with the same key, is one object that is replaced. */
function oneForEachKey(changes: readonly Change[]): Change[] {
  const goes = new Map(changes.flatMap((change) => (change.action === 'delete' ? [[change.key, change]] : [])))
  const joined = new Set<Change>()
  const found = changes.map((change): Change => {
    const gone = goes.get(change.key)
    if (!gone || change.action !== 'create' || change.before) return change
    joined.add(gone)
    const name = { path: '/metadata/name', before: gone.before.name, after: change.after.name, sensitive: false }
    return { ...change, action: 'replace', impact: 'disruptive', differences: [name], before: gone.before }
  })
  return refuseOpposites(found.filter((change) => !joined.has(change)))
}

/** Two changes that make, or unmake, one key would take turns for ever. */
function refuseOpposites(changes: Change[]): Change[] {
  const made = new Set<string>()
  for (const { action, key } of changes) {
    const does = `${action === 'delete' ? 'deletes' : 'makes'} ${key}`
    if (made.has(does)) throw new Error(`two changes of one plan: each ${does}`)
    made.add(does)
  }
  return changes
}

/** The steps that stand outside of every transaction: what is declared, and whether the engine knows of it. */
function outsideSteps({ resources, registered, policy }: SetContext): OutsideStep[] {
  return resources
    .filter((r) => r.kind.lifetime === 'session' && isSelected(r, policy.selection))
    .map((resource) => {
      const { key } = formOf(resource)
      return {
        address: addressOf(resource),
        key,
        action: isEnabled(resource) ? 'register' : 'unregister',
        state: isEnabled(resource) ? stateOf(key, registered) : registered?.has(key) ? 'held' : 'off',
        resource,
      } as const
    })
    .sort((a, b) => compareText(a.address, b.address))
}

/** @param registered undefined: the engine does not tell */
export function stateOf(key: Guid, registered: ReadonlySet<Guid> | undefined): OutsideStep['state'] {
  if (!registered) return 'unknown'
  return registered.has(key) ? 'held' : 'needs-watch'
}

/** What people call the objects of a set. */
function nounOf(objects: readonly (readonly Pick<Observed, 'kind'>[])[]): string {
  const nouns = new Set<string>()
  for (const list of objects) for (const { kind } of list) nouns.add(kind.noun)
  const [only] = nouns
  return only !== undefined && nouns.size === 1 ? only : 'resource'
}

function planUndeclared(input: PlanInput, declared: ReadonlySet<Address>) {
  const isAccountedFor = (address: Address) => declared.has(address) || input.moves?.away.has(address)
  // of two that are called the same, one stands under another address here
  const left = inOrder(input.state.resources, (address) => !isAccountedFor(address))
  const undeclared = left.filter((o) => isSelected(asSelectable(o), input.policy.selection))
  const pruning = prunes(input.set, input.policy)
  const isStranger = (o: Observed) => isOfOtherRoot(o.record, input.policy)
  const isElsewhere = (o: Observed) => pruning && !isStranger(o) && isOfOtherFile(o.record, input.policy)
  const kept = undeclared.filter((o) => !pruning || o.record.protect !== 'none' || isStranger(o) || isElsewhere(o))
  const refused = pruning ? kept.filter((o) => !isElsewhere(o)) : []
  return {
    changes: undeclared.filter((o) => !kept.includes(o)).map(deletion),
    blocked: refused.map((o) => (isStranger(o) ? otherRoot(o) : protectedObject(o))),
    orphans: kept.map((o) => ({ ...orphan(o), ...(isElsewhere(o) && { elsewhere: true as const }) })),
    outside: left.length - undeclared.length,
  }
}

function deletion(before: Observed): Change {
  return {
    action: 'delete',
    address: addressOf(before),
    key: before.key,
    cause: 'prune',
    impact: stands(before) ? 'disruptive' : 'none',
    differences: [],
    before,
  }
}

function protectedObject(observed: Observed): Blocked {
  return {
    scope: 'object',
    reason: 'protected',
    address: addressOf(observed),
    message: `${addressOf(observed)} is protected from deletion (protect: ${observed.record.protect}) and stays`,
    help: 'to delete it, declare it once more with protect: none, apply, then remove the manifest',
  }
}

/** A set of another host: neither empty nor pruned; what this host still holds of it are orphans. */
function skippedPlan(input: PlanInput): SetPlan {
  return {
    set: input.set,
    digest: effectDigest(input, [], []),
    changes: [],
    outsideTransaction: [],
    cosmetic: [],
    off: [],
    blocked: [],
    orphans: inOrder(input.state.resources).map(orphan),
    unverified: [],
    removesOwner: false,
    skipped: true,
    unchanged: 0,
  }
}

/** What goes first (it frees keys and traffic), then replaces, then creates, what is only recorded at last; by address within each. */
const ORDER: readonly Action[] = ['delete', 'disable', 'replace', 'create', 'move', 'record']

function byOrderOfExecution(a: Change, b: Change): number {
  return ORDER.indexOf(a.action) - ORDER.indexOf(b.action) || compareText(a.address, b.address)
}

/** Of what would be done, of what would not, and of the choices that led to it: an approval holds for exactly these. */
function effectDigest(input: PlanInput, changes: readonly Change[], blocked: readonly Blocked[]): string {
  const { set, policy } = input
  const effects = changes.map((change): Json => {
    const { action, address, key, before } = change
    return {
      action,
      address,
      key,
      before: before
        ? {
            set: before.set,
            name: before.name,
            key: before.key,
            live: before.live ?? null,
            record: before.record.digest,
          }
        : null,
      after: change.action === 'delete' ? null : { form: change.form, labels: change.after.labels },
    }
  })
  const left = blocked.map(({ scope, reason, address = null }): Json => ({ scope, reason, address }))
  const removesOwner = isLeft(input) && { removesOwner: true }
  return digestOf({ set: set.name, effects, blocked: left, policy: { ...policy } as unknown as Json, ...removesOwner })
}
