/**
 * What would change on each machine if one tree followed another: no engine is asked. Each machine is taken to hold what the first tree
 * declares for it, as it declares it. No key is read: a secret counts as changed where it is kept elsewhere than before.
 */

import { compareText, digestOf } from '../../base/index.ts'
import {
  addressOf,
  type Desired,
  formOf,
  isEnabled,
  isSameHost,
  type Kind,
  type Resource,
  type TunnelSet,
} from '../../manifest/index.ts'
import { comparable, essenceDigest, FORM } from './comparable.ts'
import {
  type AppliedRecord,
  type Observed,
  type PlanInput,
  protectionOf,
  type SecretDigests,
  type SetPlan,
  type SetState,
  type UndeclaredSet,
} from './model.ts'
import { movesBetween, undeclaredSets } from './moves.ts'
import { makePlan } from './plan.ts'
import { isForHost, type Policy } from './policy.ts'

/** What one machine would have to do. */
export interface HostPlan {
  /** absent: of sets that name no host, on whichever machine they are */
  readonly host?: string
  readonly plans: readonly SetPlan[]
  readonly undeclared: readonly UndeclaredSet[]
}

/** @returns a plan for every host that either tree names, and one for the sets that name none; in order of their names */
export function plansBetween(
  before: Desired,
  after: Desired,
  { shownAs = (file) => file, ...policy }: Omit<Policy, 'host'> & Partial<Pick<Trees, 'shownAs'>> = {},
): HostPlan[] {
  const named = hostsIn([...before.sets, ...after.sets])
  const isUnnamed = ({ host }: TunnelSet) => host === undefined
  const unnamed = [...before.sets, ...after.sets].some(isUnnamed)
    ? [planOn(undefined, { before, after, policy, shownAs })]
    : []
  return [...unnamed, ...named.map((host) => planOn(host, { before, after, policy, shownAs }))]
}

/** As they are first written: the same name in another case, or with its domain, is the same host. */
function hostsIn(sets: readonly TunnelSet[]): string[] {
  const names = sets.flatMap(({ host }) => host ?? []).sort(compareText)
  return names.filter((name, i) => names.findIndex((other) => isSameHost(other, name)) === i)
}

interface Trees {
  readonly before: Desired
  readonly after: Desired
  readonly policy: Omit<Policy, 'host'>
  /** what a file of the first tree is called, where both have it */
  shownAs(file: string): string
}

/** What a set that names no host changes is told once, and not with every host again. */
function planOn(host: string | undefined, { before, after, policy, shownAs }: Trees): HostPlan {
  const here: Policy = { ...policy, host: host ?? NOBODY }
  const states = before.sets
    .filter((set) => isForHost(set, here))
    .map((set) => assumedState(set, before.resources, shownAs))
  const moves = movesBetween(states, after, here)
  const stateOf = (set: string) => states.find((state) => state.set === set) ?? emptyState(set)
  const isOwn = ({ host: named }: Pick<TunnelSet, 'host'>) => (named === undefined) === (host === undefined)
  const own = after.sets.filter((set) => isForHost(set, here) && isOwn(set))
  const left = after.sets.filter((set) => !isForHost(set, here) && states.some((state) => state.set === set.name))
  const plans = [...own, ...left].map((set) => planSet(set, stateOf(set.name), { after, policy: here, moves }))
  const wasOwn = new Set(before.sets.filter(isOwn).map(({ name }) => name))
  const undeclared = undeclaredSets(states, after, moves).filter(({ set }) => wasOwn.has(set))
  return { ...(host !== undefined && { host }), plans, undeclared }
}

/** No machine is called so. */
const NOBODY = '*'

interface Ground {
  readonly after: Desired
  readonly policy: Policy
  readonly moves: ReturnType<typeof movesBetween>
}

/** What lives in a session is compared as all else is. No set keeps or counts it. */
function planSet(set: TunnelSet, state: SetState, { after, policy, moves }: Ground): SetPlan {
  const resources = after.resources.filter((one) => one.set === set.name)
  const digests = new Map(resources.map((one) => [addressOf(one), placesOfSecrets(one)]))
  const held = (one: { readonly kind: Kind }) => one.kind.lifetime === 'session'
  const planned = (isHeld: boolean, given: Pick<PlanInput, 'set' | 'policy' | 'moves'>) =>
    makePlan({
      ...given,
      state: { ...state, resources: new Map([...state.resources].filter(([, one]) => held(one) === isHeld)) },
      resources: resources.filter((one) => held(one) === isHeld).map(inTransaction),
      digests,
    })
  const plan = planned(false, { set, policy, moves: moves(state) })
  const free = { ...set, prune: true, safety: { acceptReadback: [] } }
  const session = planned(true, { set: free, policy: { ...policy, allowEmpty: true } })
  return {
    ...plan,
    changes: [...plan.changes, ...session.changes],
    cosmetic: [...plan.cosmetic, ...session.cosmetic],
    off: [], // what is off in both is no news
    unchanged: plan.unchanged + session.unchanged,
  }
}

function inTransaction(resource: Resource): Resource {
  if (resource.kind.lifetime === 'transactional') return resource
  return { ...resource, spec: resource.spec, kind: { ...resource.kind, lifetime: 'transactional' } }
}

function emptyState(set: string): SetState {
  return { set, resources: new Map(), foreign: new Map() }
}

function assumedState(set: TunnelSet, all: readonly Resource[], shownAs: Trees['shownAs']): SetState {
  const own = all.filter((one) => one.set === set.name)
  return {
    ...emptyState(set.name),
    resources: new Map(own.map((one) => [addressOf(one), assumed(one, shownAs(one.manifest.file.path))])),
  }
}

/** Where a secret is kept stands for what it is. */
function placesOfSecrets(resource: Resource): SecretDigests {
  return new Map(Object.entries(formOf(resource).references).map(([path, place]) => [path, digestOf(place)]))
}

/** The object and the record that an apply would have left. */
function assumed(resource: Resource, file: string): Observed {
  const { kind, name, set, labels, spec } = resource
  const { references, key } = formOf(resource)
  const places = placesOfSecrets(resource)
  const form = comparable(resource, places)
  const secrets = Object.entries(references).map(
    ([path, ref]) => [path, { ref, digest: places.get(path) ?? '' }] as const,
  )
  const record: AppliedRecord = {
    kind: kind.name,
    name,
    set,
    labels,
    ...(typeof spec.description === 'string' && { description: spec.description }),
    protect: protectionOf(spec.protect),
    form: FORM,
    digest: essenceDigest(kind, form),
    secrets: Object.fromEntries(secrets),
    shadows: {},
    filters: '',
    ...(!isEnabled(resource) && { off: true as const }),
    source: { file },
  }
  return { kind, name, set, key, record, ...(isEnabled(resource) && { live: form }), unverified: [], anomalies: [] }
}
