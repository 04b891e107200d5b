/** How a host stands, in the words that a fleet is told: from what its watch knows after a pass, and what it was told. Pure. */

import { printable } from '../base/index.ts'
import type { SetSummary, SetSyncState, TreeState } from '../reconcile/watch/events.ts'
import { type Desired, type HostState, type HostStatus, type HostToken, MOST_SETS } from './model.ts'

/** What a watch knows of itself after a pass. Nothing in it shows a secret. */
export interface WatchStanding {
  /** Git commit that is enforced */
  readonly commit?: string
  /** the one that was read last, enforced or not */
  readonly read?: string
  readonly tree: TreeState
  /** what is wrong with the one that was read, where something is */
  readonly finding?: string
  readonly engineOpen: boolean
  readonly sets: readonly SetStanding[]
}

export interface SetStanding extends SetSummary {
  readonly why?: string
  readonly consecutiveErrors: number
}

/** A commit that was wanted, and why it is not followed. */
export interface Refusal {
  readonly commit: string
  readonly message: string
  /** whoever is asked, this commit is not to be followed; otherwise the repository could not be asked */
  readonly final: boolean
}

export interface Answer {
  readonly host: HostToken
  readonly version: string
  readonly desired?: Desired
  /** absent: no pass has ended yet */
  readonly standing?: WatchStanding
  /** the pass began after this was wanted: what went wrong before is no answer */
  readonly fresh: boolean
  readonly refusal?: Refusal
  /** what the plane says that cannot be used */
  readonly unusable?: string
  readonly time: string
}

interface Verdict {
  readonly state: HostState
  readonly failure?: string
}

export function hostStatus(answer: Answer): HostStatus {
  const { host, version, desired, standing, time } = answer
  const { state, failure } = verdictOn(answer)
  return {
    host,
    ...(standing?.commit !== undefined && { commit: standing.commit }),
    ...(desired && { desired }),
    state,
    sets: summaries(standing?.sets ?? []),
    drift: (standing?.sets ?? []).reduce((sum, { unsynced }) => sum + unsynced, 0),
    ...(failure !== undefined && { failure: clipped(failure) }),
    version,
    time,
  }
}

/** A text as it may stand in a list; longer ones are clipped there anyway. */
function clipped(text: string): string {
  const line = printable(text)
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1)}…` : line
}
const MOST_CHARACTERS = 500

/** The first that is so. */
function verdictOn({ desired, standing, fresh, refusal, unusable }: Answer): Verdict {
  if (unusable !== undefined) return { state: 'failed', failure: unusable }
  if (desired && refusal?.commit === desired.commit)
    return { state: refusal.final ? 'failed' : 'progressing', failure: refusal.message }
  if (!standing || (desired && !(fresh && reads(standing, desired)))) return { state: 'progressing' }
  if (standing.tree !== 'good') return { state: TREES[standing.tree], ...failure(standing.finding) }
  if (!standing.engineOpen) return { state: 'progressing', failure: 'the engine is away' }
  return verdictOnSets(standing.sets)
}

function reads({ commit, read }: WatchStanding, desired: Desired): boolean {
  return (read ?? commit) === desired.commit
}

const TREES = { invalid: 'failed', unsettled: 'progressing', nothing: 'progressing' } as const

/** The worst of them. A set of another host, or one that nobody declares, says nothing of the commit. */
function verdictOnSets(sets: readonly SetStanding[]): Verdict {
  const states = sets.map((set) => ({ set, state: stateOf(set) }))
  for (const state of ['failed', 'drifted', 'progressing'] as const) {
    const found = states.find((one) => one.state === state)
    if (found) return { state, ...failure(textOf(found.set)) }
  }
  return { state: 'synced' }
}

function stateOf({ state, unsynced, consecutiveErrors }: SetStanding): HostState {
  if (state === 'failing') return consecutiveErrors < FAILURES ? 'progressing' : 'failed'
  if (state === 'suspended') return unsynced === 0 ? 'synced' : 'drifted'
  return STATES[state]
}

/** A lock that was busy once is no failure. */
const FAILURES = 2
const STATES: { readonly [state in Exclude<SetSyncState, 'failing' | 'suspended'>]: HostState } = {
  synced: 'synced',
  skipped: 'synced',
  undeclared: 'synced',
  drifted: 'drifted',
  pending: 'drifted',
  conflict: 'drifted',
  held: 'drifted',
  unconfirmed: 'progressing',
  unknown: 'progressing',
}

function textOf({ set, state, why }: SetStanding): string {
  return `set ${set} is ${state}${why === undefined ? '' : `: ${why}`}`
}

function failure(text: string | undefined): Pick<Verdict, 'failure'> {
  return text === undefined ? {} : { failure: text }
}

/** Those that need looking at first: a list has an end. */
function summaries(sets: readonly SetStanding[]): SetSummary[] {
  const isWell = (set: SetStanding) => Number(stateOf(set) === 'synced')
  return [...sets]
    .sort((a, b) => isWell(a) - isWell(b))
    .slice(0, MOST_SETS)
    .map(({ set, state, resources, unsynced }) => ({ set, state, resources, unsynced }))
}
