/**
 * The spine: load → observe → plan → apply, once. `apply`, `destroy` and each pass of `watch` are this function with other hands at its
 * steps; `plan` is a pass that nobody approves.
 */

import { type Checked, type Diagnostic, hasErrors, type OnProgress, untold } from '../base/index.ts'
import { type Desired, formOf, manifestsOf, type Resource, type TunnelSet, unwaived } from '../manifest/index.ts'
import { applySet } from './apply/apply.ts'
import { type ApplyContext, type ApplyOptions, type SetReport, unapproved } from './apply/report.ts'
import type { Actor } from './history.ts'
import { KnownPass, type KnownTree } from './known-pass.ts'
import {
  digestKeysOf,
  isForHost,
  makePlan,
  movesBetween,
  nothingForHost,
  type Policy,
  type Selection,
  type SetContext,
  type SetPlan,
  type SetState,
  selectedFrom,
  strictly,
  type UndeclaredSet,
  undeclaredSets,
  unknownTargets,
} from './plan/index.ts'
import type { Provider, SetQuery } from './provider.ts'
import { Secrets } from './secrets.ts'

/** What one pass is given: where its input comes from, who decides, and who is told. */
export interface Pass {
  /** What is declared. Errors end the pass before an engine is opened. */
  load(): Promise<Loaded>
  open(): Promise<Provider>
  readonly policy: Policy
  /** Told of a set that cannot be planned, while the others go on; absent: such a set ends the pass. */
  unplanned?(context: SetContext, diagnostics: readonly Diagnostic[]): void
  /** Looks at all plans. @returns undefined: nothing is applied */
  approve(planned: Planned): Promise<Approval | undefined>
  /** who is to be remembered for what is applied; absent: nobody, and nothing is */
  readonly actor?: Actor
  readonly progress?: OnProgress
  /** where an earlier pass found nothing to do, and nothing, or little, is otherwise, its plans are these, or parts of them */
  readonly recalls?: boolean
  /** Told of each set that was to be applied, as it ends. */
  applied?(report: SetReport): void | Promise<void>
}

/** What is declared, and the Git commit it was read from, if any. */
export type Loaded = Checked<Desired> & {
  readonly commit?: string
  /** absent: nothing is remembered of it */
  readonly known?: KnownTree
  /** sets of it that another process works on: they are not planned here */
  readonly left?: ReadonlySet<string>
}

type Accepted = Extract<Loaded, { readonly ok: true }>

/** Every set's plan, with the warnings about what it was made from. */
export interface Planned {
  /** the machine that it was made for, as the sets name machines */
  readonly host: string
  /** what the engine is called */
  readonly engine: string
  readonly commit?: string
  /** the plans are of this part of the tree alone */
  readonly selection?: Selection
  readonly plans: readonly SetPlan[]
  /** sets that the engine holds and that nobody declares: nothing is done to them */
  readonly undeclared: readonly UndeclaredSet[]
  readonly diagnostics: readonly Diagnostic[]
}

/** How one set's plan may be applied; undefined: it is left alone. */
export type Approval = (plan: SetPlan) => ApplyOptions | undefined

/** How a pass ended: rejected, or with plans, and with reports where they were approved. */
export type Reconciled =
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: true; readonly planned: Planned; readonly reports?: readonly SetReport[] }

export async function reconcile(pass: Pass): Promise<Reconciled> {
  const loaded = await pass.load()
  if (!loaded.ok) return loaded
  const { progress = untold } = pass
  progress('opening the engine')
  const provider = await pass.open()
  const secrets = new Secrets()
  try {
    const commit = loaded.commit === undefined ? {} : { commit: loaded.commit }
    progress('reading the engine')
    const known =
      pass.recalls && loaded.known ? await KnownPass.open(loaded.known, provider, pass.policy, secrets) : undefined
    const { host, selection } = pass.policy
    const about = { host, engine: provider.name, ...commit, ...(selection && { selection }) }
    const actor = pass.actor && { actor: pass.actor }
    const shared = { policy: pass.policy, secrets, progress, ...actor, ...commit }
    const looked =
      (known && (await recalled(known, loaded, { provider, shared }))) ??
      (await lookedAtAll(loaded, { provider, shared, known }))
    if (!looked.ok) return looked
    const { sets, undeclared, diagnostics } = looked
    if (hasErrors(diagnostics) && !pass.unplanned) return { ok: false, diagnostics }
    for (const set of sets) if (!set.plan) pass.unplanned?.(set.context, set.diagnostics)
    const planned = { ...about, plans: sets.flatMap(({ plan }) => plan ?? []), undeclared, diagnostics }
    const approval = await pass.approve(planned)
    if (!approval) return { ok: true, planned }
    const reports: SetReport[] = []
    for (const { context, plan } of sets) {
      if (!plan) continue
      const options = approval(plan)
      const report = options ? await applySet(provider, plan, context, options) : unapproved(plan)
      reports.push(report)
      if (options) await pass.applied?.(report)
    }
    return { ok: true, planned, reports }
  } finally {
    secrets.wipe()
  }
}

/** What a look at the engine is made with. */
interface Looking {
  readonly provider: Provider
  readonly shared: Shared
}

type Shared = Omit<ApplyContext, 'set' | 'resources'>

/** Every set with its plan, and what else was found. */
type Looked =
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
  | ({ readonly ok: true; readonly sets: readonly PlannedSet[] } & Pick<Planned, 'undeclared' | 'diagnostics'>)

/** @returns undefined where there is more to say than a part of the plan */
async function recalled(known: KnownPass, loaded: Accepted, looking: Looking): Promise<Looked | undefined> {
  const { shared } = looking
  const quiet = (plan: SetPlan): PlannedSet => ({
    context: { ...shared, set: plan.set, resources: [] },
    plan,
    diagnostics: [],
  })
  const plans = known.recall()
  const sets = plans ? plans.map(quiet) : await plannedInPart(known, loaded, { ...looking, quiet })
  return sets && { ok: true, sets, undeclared: [], diagnostics: [] }
}

interface Recalling extends Looking {
  quiet(plan: SetPlan): PlannedSet
}

async function plannedInPart(
  known: KnownPass,
  loaded: Accepted,
  { provider, shared, quiet }: Recalling,
): Promise<readonly PlannedSet[] | undefined> {
  const part = await known.recallPart()
  if (!part) return undefined
  shared.progress?.('comparing')
  const wholeOf = ({ name }: TunnelSet) => contextsOf(loaded, shared).find(({ set }) => set.name === name)!
  const bySet = new Map<string, PlannedSet>()
  const { query, engine } = part
  for (const { set, resources, state, ...other } of part.parts) {
    const context = { ...shared, set, resources, part: { ...other, query, engine, whole: () => wholeOf(set) } }
    const one = planSet(context, state, provider)
    if (one.diagnostics.length > 0) return undefined
    bySet.set(set.name, one)
  }
  const sets = part.plans.map((plan) => bySet.get(plan.set.name) ?? quiet(plan))
  part.remember(sets.flatMap(({ plan }) => plan ?? []))
  return sets
}

async function lookedAtAll(
  loaded: Accepted,
  { provider, shared, known }: Looking & { readonly known: KnownPass | undefined },
): Promise<Looked> {
  const { policy } = shared
  const isHeld = loaded.value.resources.some(({ kind }) => kind.lifetime === 'session')
  const registered = isHeld ? await provider.registered() : undefined
  const contexts = contextsOf(loaded, { ...shared, registered })
  const states = await provider.observe(contexts.map(queryOf))
  const unknown = policy.selection ? unknownTargets(policy.selection, loaded.value.resources, states) : []
  if (unknown.length > 0) return { ok: false, diagnostics: unknown }
  shared.progress?.('comparing')
  const moves = movesBetween(states, loaded.value, policy)
  const sets = contexts.map((context, i) => {
    const state = states[i] as SetState
    return planSet({ ...context, moves: moves(state) }, state, provider)
  })
  const elsewhere = judged(nothingForHost(loaded.value.sets, policy), loaded.value, policy)
  const found = [...elsewhere, ...sets.flatMap((set) => set.diagnostics)]
  const diagnostics = [...strictly(loaded.diagnostics, policy), ...found]
  const undeclared = undeclaredSets(states, loaded.value, moves)
  if (diagnostics.length === 0 && undeclared.length === 0)
    known?.remember({ plans: sets.flatMap(({ plan }) => plan ?? []), states, desired: loaded.value })
  return { ok: true, sets, undeclared, diagnostics }
}

function contextsOf({ value, left }: Accepted, shared: Shared): ApplyContext[] {
  const sets = value.sets.filter(({ name }) => !left?.has(name))
  const bySet = new Map(sets.map((set): [string, Resource[]] => [set.name, []]))
  for (const resource of value.resources) bySet.get(resource.set)?.push(resource)
  return sets.map((set) => ({ set, resources: bySet.get(set.name) ?? [], ...shared }))
}

function queryOf({ set, resources }: SetContext): SetQuery {
  return { set: set.name, wanted: resources.map((resource) => formOf(resource).key) }
}

/** What is left where warnings are waived, and errors of the rest under `--strict`. */
function judged(found: readonly Diagnostic[], about: Desired, policy: Policy): readonly Diagnostic[] {
  return found.length === 0 ? found : strictly(unwaived(found, manifestsOf(about)), policy)
}

/** A set, and its plan unless something stands in its way: a secret that cannot be read, a field that this engine does not have. */
interface PlannedSet {
  readonly context: ApplyContext
  readonly plan?: SetPlan
  readonly diagnostics: readonly Diagnostic[]
}

/** A secret without a digest is unknown, not changed. */
const UNKNOWN_SECRETS = { digests: new Map(), diagnostics: [] }

function planSet(context: ApplyContext, state: SetState, provider: Provider): PlannedSet {
  const { set, resources, policy, secrets, part } = context
  if (!isForHost(set, policy)) {
    return { context, plan: makePlan({ ...context, state, digests: new Map() }), diagnostics: [] }
  }
  const selected = selectedFrom(resources, policy.selection)
  const { digests, diagnostics: unread } =
    policy.secrets === false ? UNKNOWN_SECRETS : secrets.digestsOf(selected, digestKeysOf(state, context.moves))
  const found = [...provider.check(selected), ...unread]
  const diagnostics = judged(found, { sets: [set], resources }, policy)
  if (hasErrors(diagnostics)) return { context, diagnostics }
  return { context, plan: makePlan({ ...context, state, digests, ...(part && { others: part.others }) }), diagnostics }
}
