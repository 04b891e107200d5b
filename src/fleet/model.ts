/**
 * What a fleet's members tell each other: pointers and states, never a manifest or a secret. What comes over the network is `unknown` and
 * goes through `parseDesired`, `parseHostStatus` or `parseRollout`, which answer undefined to whatever is not of that shape.
 */

import { createHash } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../base/index.ts'
import type { SetSummary, SetSyncState } from '../reconcile/watch/events.ts'

/** Name of a host as one token of a subject: `hq-gw01`. */
export type HostToken = string
/** Of a Git commit: 40 to 64 hexadecimal digits, small letters. */
export type Commit = string

/** What a host is told to run. Written by controllers alone; an answer names it whole. */
export interface Desired {
  /** the host it is meant for: a copy under another's key is not believed */
  readonly host: HostToken
  readonly commit: Commit
  /** id of the rollout that says so */
  readonly rollout: string
  /** the wave that the host belongs to, from 1 */
  readonly wave: number
  /** grows when somebody resumes a halted rollout: what was answered before counts no longer */
  readonly attempt: number
  /** what it was told before this rollout; `back` returns to it */
  readonly former?: Commit
}

/**
 * `synced`: it enforces the commit it was told, and everything is as declared. `progressing`: it fetches or applies. `drifted`: something
 * is not as declared, and it does not or cannot yet correct it. `failed`: it tried and could not, or does not believe the commit.
 */
export type HostState = 'synced' | 'progressing' | 'drifted' | 'failed'

/** What a host says of itself; written by that host alone, whenever something of it has changed. */
export interface HostStatus {
  readonly host: HostToken
  /** what it enforces now; absent: nothing yet */
  readonly commit?: Commit
  /** the very pointer that this answers; absent: it was told nothing */
  readonly desired?: Desired
  readonly state: HostState
  readonly sets: readonly SetSummary[]
  /** objects that are not as declared */
  readonly drift: number
  /** why it failed, in words without secrets; at most 500 characters */
  readonly failure?: string
  /** of wfpctl there */
  readonly version: string
  /** by the host's own clock: shown, and never compared with */
  readonly time: string
}

/** A part of the fleet. Each holds those before it. */
export interface Wave {
  /** `canary`, `10%` */
  readonly name: string
  /** `2`, `10%` */
  readonly share: string
  /** the hosts whose `orderOf` is no greater; of the last hosts `ffffffffffffffff` */
  readonly upTo: string
}

/** `pending`: no wave is approved yet. `done` and `aborted` are final. */
export type RolloutState = 'pending' | 'running' | 'paused' | 'halted' | 'done' | 'aborted'

/** The one document of a rollout, changed only by compare-and-set on its revision. */
export interface Rollout {
  /** `1`, `2`, …: the newest has the greatest number */
  readonly id: string
  /** absent in one that goes back: each host then returns to its own former commit */
  readonly commit?: Commit
  /** id of the rollout that this one takes back */
  readonly back?: string
  readonly waves: readonly Wave[]
  readonly state: RolloutState
  /** hosts up to this wave are told; 0: none */
  readonly wave: number
  readonly attempt: number
  /** of so many hosts failed or silent it goes on */
  readonly maxFailures: number
  /** how long a host may take to report synced, before it is silent */
  readonly timeoutSeconds: number
  /** how long a wave has to stay healthy before the next one */
  readonly bakeSeconds: number
  /** ISO 8601: since when this wave, attempt and state are awaited */
  readonly since: string
  /** since when each host of the wave is well; it bakes */
  readonly healthySince?: string
  /** why it halted */
  readonly why?: string
  readonly started: string
  /** account and host that started it */
  readonly by: string
}

/** A name as one token: itself in small letters where it can be, else a digest of it. Names of Windows hosts ignore case. */
export function hostToken(name: string): HostToken {
  const small = name.toLowerCase()
  return TOKEN.test(small) ? small : `h-${sha256(small).slice(0, 40)}`
}

/** Where a host stands in the order of all: the same for every controller and every rollout. */
export function orderOf(host: HostToken): string {
  const known = knownOrders.get(host)
  if (known !== undefined) return known
  const order = sha256(host).slice(0, 16)
  if (knownOrders.size < MOST_KNOWN_ORDERS) knownOrders.set(host, order)
  return order
}

/** Each step asks for every host. */
const knownOrders = new Map<HostToken, string>()
const MOST_KNOWN_ORDERS = 200_000

export function sameDesired(a: Desired | undefined, b: Desired | undefined): boolean {
  return a !== undefined && b !== undefined && DESIRED_FIELDS.every((field) => a[field] === b[field])
}

const DESIRED_FIELDS = ['host', 'commit', 'rollout', 'wave', 'attempt', 'former'] as const

/** @returns undefined where it is no pointer, or one that is meant for another host */
export function parseDesired(value: unknown, host: HostToken): Desired | undefined {
  if (!isJsonObject(value) || value.host !== host) return undefined
  const { commit, rollout, wave, attempt, former } = value
  if (!isCommit(commit) || !isId(rollout) || !isCount(wave) || !isCount(attempt) || !isAbsentOr(isCommit, former))
    return undefined
  return { host, commit, rollout, wave, attempt, ...(former !== undefined && { former }) }
}

/** @returns undefined where it is no status, or another host's; words are clipped, what is unknown left out */
export function parseHostStatus(value: unknown, host: HostToken): HostStatus | undefined {
  if (!isJsonObject(value) || value.host !== host) return undefined
  const { commit, desired: told, state, sets, drift, failure, version, time } = value
  const desired = told === undefined ? undefined : parseDesired(told, host)
  if (!isState(state) || !isAbsentOr(isCommit, commit) || !isCount(drift) || !Array.isArray(sets)) return undefined
  if (!isText(version) || !isTime(time) || !isAbsentOr(isText, failure) || (told !== undefined && !desired))
    return undefined
  return {
    host,
    ...(commit !== undefined && { commit }),
    ...(desired && { desired }),
    state,
    sets: sets.slice(0, MOST_SETS).flatMap(parseSummary),
    drift,
    ...(failure !== undefined && { failure: failure.slice(0, MOST_CHARACTERS) }),
    version: version.slice(0, 40),
    time,
  }
}

/** @returns undefined where it is no rollout */
export function parseRollout(value: unknown, id: string): Rollout | undefined {
  if (!isJsonObject(value) || value.id !== id || !isId(id) || !Array.isArray(value.waves)) return undefined
  const { commit, back, state, healthySince, why } = value
  const counts = COUNTS.every((name) => isCount(value[name]))
  const texts = [value.by, ...(why === undefined ? [] : [why])].every(isText)
  const times = [value.since, value.started, ...(healthySince === undefined ? [] : [healthySince])].every(isTime)
  const waves = value.waves.every(isWave) && value.waves.length > 0 && Number(value.wave) <= value.waves.length
  const aim = (isCommit(commit) && back === undefined) || (commit === undefined && isId(back))
  const isRollout = counts && texts && times && waves && aim && ROLLOUT_STATES.includes(state as RolloutState)
  return isRollout ? (value as unknown as Rollout) : undefined
}

/** How long a beat stands. */
export const BEAT_SECONDS = 90
export const MOST_SETS = 64
const MOST_CHARACTERS = 500
const TOKEN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const COUNTS = ['wave', 'attempt', 'maxFailures', 'timeoutSeconds', 'bakeSeconds'] as const
const HOST_STATES: readonly HostState[] = ['synced', 'progressing', 'drifted', 'failed']
const ROLLOUT_STATES: readonly RolloutState[] = ['pending', 'running', 'paused', 'halted', 'done', 'aborted']

export function isCommit(value: unknown): value is Commit {
  return typeof value === 'string' && /^[0-9a-f]{40,64}$/.test(value)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[1-9][0-9]{0,8}$/.test(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTime(value: unknown): value is string {
  return isText(value) && value.length <= 40 && Number.isFinite(Date.parse(value))
}

function isState(value: unknown): value is HostState {
  return HOST_STATES.includes(value as HostState)
}

function isAbsentOr<T>(is: (value: unknown) => value is T, value: unknown): value is T | undefined {
  return value === undefined || is(value)
}

function isWave(value: unknown): value is Wave {
  return isJsonObject(value) && isText(value.name) && isText(value.share) && /^[0-9a-f]{16}$/.test(String(value.upTo))
}

function parseSummary(value: unknown): SetSummary[] {
  if (!isJsonObject(value)) return []
  const { set, state, resources, unsynced } = value as JsonObject
  if (!isText(set) || !isText(state) || !isCount(resources) || !isCount(unsynced)) return []
  return [{ set: set.slice(0, 100), state: state.slice(0, 20) as SetSyncState, resources, unsynced }]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
