/** What a fleet looks like to people: the data of `fleet status`, of `fleet serve` and of its page. */

import { compareText } from '../base/index.ts'
import {
  BEAT_SECONDS,
  type Commit,
  type HostState,
  type HostStatus,
  type HostToken,
  type Rollout,
  type RolloutState,
  sameDesired,
} from './model.ts'
import type { HostRecord } from './plane.ts'
import { type Look, type MemberStanding, standings } from './rollout.ts'
import { waveOf } from './waves.ts'

/** `untold`: nothing was asked of it yet; `unreported`: it was told, and has not answered to that. */
export type ShownState = HostState | 'unreported' | 'untold'

export interface HostView {
  readonly host: HostToken
  readonly state: ShownState
  /** what it enforces */
  readonly commit?: Commit
  /** what it was told */
  readonly desired?: Commit
  readonly rollout?: string
  readonly wave?: number
  readonly drift: number
  readonly failure?: string
  readonly version?: string
  readonly sets: HostStatus['sets']
  /** ISO 8601; since when it has said nothing, where it beats no more */
  readonly silentSince?: string
  readonly reported?: string
}

export interface WaveView {
  readonly name: string
  readonly share: string
  /** hosts of this wave that are in none before it */
  readonly hosts: number
  readonly synced: number
  readonly failed: number
  /** told, or to be told, and without an answer that settles it */
  readonly waiting: number
  readonly state: 'done' | 'current' | 'ahead'
}

export interface RolloutView {
  readonly id: string
  readonly commit?: Commit
  readonly back?: string
  readonly state: RolloutState
  /** 0: no wave yet */
  readonly wave: number
  readonly since: string
  readonly started: string
  readonly by: string
  readonly why?: string
  readonly maxFailures: number
  readonly waves: readonly WaveView[]
}

export interface FleetView {
  /** ISO 8601: when this was true */
  readonly time: string
  /** the plane's answer is old where it is away */
  readonly connected: boolean
  readonly hosts: readonly HostView[]
  /** how many hosts are in each state; silent ones count in theirs, too */
  readonly states: { readonly [state in ShownState]?: number }
  readonly silent: number
  /** how many hosts run each commit, most first */
  readonly commits: readonly { readonly commit: Commit; readonly hosts: number }[]
  /** the newest */
  readonly rollout?: RolloutView
}

/** @param connected whether the plane has just answered */
export function fleetView({ hosts, rollouts, now }: Look, connected: boolean): FleetView {
  const newest = rollouts.at(-1)?.value
  const shown = [...hosts.values()].map((record) => hostView(record, now)).sort((a, b) => compareText(a.host, b.host))
  const commits = [...counted(shown.flatMap(({ commit = [] }) => commit))].map(([commit, count]) => ({
    commit,
    hosts: count,
  }))
  return {
    time: new Date(now).toISOString(),
    connected,
    hosts: shown,
    states: Object.fromEntries(counted(shown.map(({ state }) => state))),
    silent: shown.filter(({ silentSince }) => silentSince !== undefined).length,
    commits: commits.sort((a, b) => b.hosts - a.hosts || compareText(a.commit, b.commit)),
    ...(newest && { rollout: rolloutView(newest, { hosts, rollouts, now }) }),
  }
}

export function hostView({ host, desired, status, reportedAt, beatAt, toldAt }: HostRecord, now: number): HostView {
  const heardAt = Math.max(beatAt ?? 0, reportedAt ?? 0, toldAt ?? 0)
  const isSilent = now - Math.max(beatAt ?? 0, reportedAt ?? 0) > BEAT_SECONDS * 1000
  const answers = sameDesired(status?.desired, desired)
  return {
    host,
    state: desired === undefined ? 'untold' : answers && status ? status.state : 'unreported',
    ...(status?.commit !== undefined && { commit: status.commit }),
    ...(desired && { desired: desired.commit, rollout: desired.rollout, wave: desired.wave }),
    drift: status?.drift ?? 0,
    ...(status?.failure !== undefined && { failure: status.failure }),
    ...(status && { version: status.version }),
    sets: status?.sets ?? [],
    ...(isSilent && { silentSince: new Date(heardAt).toISOString() }),
    ...(reportedAt !== undefined && { reported: new Date(reportedAt).toISOString() }),
  }
}

function counted<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

export function rolloutView(rollout: Rollout, { hosts, now }: Look): RolloutView {
  const { waves, attempt: _, timeoutSeconds: __, bakeSeconds: ___, healthySince: ____, ...rest } = rollout
  // of a wave that is ahead it is seen whom it will reach
  const all = [...standings(rollout, hosts, { now, upTo: waves.length })].map(([host, standing]) => ({
    wave: waveOf(waves, host),
    standing,
  }))
  return {
    ...rest,
    waves: waves.map(({ name, share }, i) => waveView({ name, share }, rollout, { number: i + 1, all })),
  }
}

interface Members {
  readonly number: number
  readonly all: readonly { readonly wave: number | undefined; readonly standing: MemberStanding }[]
}

function waveView(wave: Pick<WaveView, 'name' | 'share'>, rollout: Rollout, { number, all }: Members): WaveView {
  const standing = all.filter((one) => one.wave === number).map((one) => one.standing)
  const count = (...wanted: readonly MemberStanding[]) => standing.filter((one) => wanted.includes(one)).length
  const isPast = number < rollout.wave || rollout.state === 'done'
  return {
    ...wave,
    hosts: standing.length,
    synced: count('synced'),
    failed: count('failed', 'silent'),
    waiting: count('waiting', 'untold'),
    state: isPast ? 'done' : number === rollout.wave ? 'current' : 'ahead',
  }
}
