/**
 * The rollout's state machine, without I/O: what a controller does next, given what it sees. Any number of controllers may ask at once, and
 * each may die at any moment.
 *
 * The order that makes this safe: a wave is approved in the document first, by compare-and-set, and hosts are told afterwards. What to tell
 * follows from the document alone, and the document never says who was told. So whoever comes after a crash tells the rest, telling twice
 * changes nothing, and nobody is told what no document approved. A step therefore changes the document or tells hosts, never both.
 */

import { type Desired, type HostToken, type Rollout, type RolloutState, sameDesired } from './model.ts'
import { FleetError, type HostRecord, type Versioned } from './plane.ts'
import { hostsInWords, placeWaves, type WaveShare, waveOf } from './waves.ts'

/** What a controller sees. The hosts must have been looked at no later than the rollouts (`turn` in controller.ts says why). */
export interface Look {
  readonly hosts: ReadonlyMap<HostToken, HostRecord>
  /** oldest first */
  readonly rollouts: readonly Versioned<Rollout>[]
  /** milliseconds since 1970 */
  readonly now: number
}

export interface Step {
  /** the newest rollout as it is to be, and the revision that this follows from */
  readonly change?: Versioned<Rollout>
  /** whom to tell what, by compare-and-set on the revision of the host's entry; empty where there is a change */
  readonly tell: readonly Versioned<Desired>[]
}

export function step({ hosts, rollouts, now }: Look): Step {
  const newest = rollouts.at(-1)
  const value = newest && advanced(newest.value, hosts, now)
  if (newest && value) return { change: { value, revision: newest.revision }, tell: [] }
  const newestFirst = rollouts.map((one) => one.value).reverse()
  const tell = [...hosts.values()].flatMap((record) => {
    const desired = toTell(newestFirst, record)
    return desired ? [{ value: desired, revision: record.revision }] : []
  })
  return { tell }
}

/** How a member of a wave stands. `untold`: it is to be told, and nothing that it said before counts. */
export type MemberStanding = 'untold' | 'waiting' | 'synced' | 'failed' | 'silent'

/** @returns the hosts up to a wave that the rollout is about, and how each stands */
export function standings(
  rollout: Rollout,
  hosts: ReadonlyMap<HostToken, HostRecord>,
  { now, upTo = rollout.wave }: { readonly now: number; readonly upTo?: number },
): ReadonlyMap<HostToken, MemberStanding> {
  const found = new Map<HostToken, MemberStanding>()
  for (const [host, record] of hosts) {
    const wave = waveOf(rollout.waves, host)
    if (wave === undefined || wave > upTo || targetOf(rollout, record) === undefined) continue
    found.set(host, standingOf(rollout, record, now))
  }
  return found
}

/** @returns what the host is to run once its wave is approved; undefined: the rollout is not about it */
function targetOf({ id, commit, back }: Rollout, { desired }: HostRecord): string | undefined {
  if (commit !== undefined) return commit
  if (desired?.rollout === id) return desired.commit
  return desired?.rollout === back ? desired?.former : undefined
}

/** Only an answer to the very pointer counts: late words about an older rollout, wave or attempt are none. */
function standingOf(rollout: Rollout, record: HostRecord, now: number): MemberStanding {
  const { desired, status } = record
  if (desired?.rollout !== rollout.id) return 'untold'
  const answer = sameDesired(status?.desired, desired) ? status : undefined
  if (answer?.state === 'synced' && answer.commit === desired.commit) return 'synced'
  if (desired.attempt !== rollout.attempt) return 'untold'
  if (answer?.state === 'failed') return 'failed'
  return now > deadlineOf(rollout, record) ? 'silent' : 'waiting'
}

/**
 * A host of the wave that is waited for has its time since the wave began. One that was settled before has it again from the last that it
 * answered, for it may be mending itself; where it never answered, nobody waits for it a second time.
 */
function deadlineOf(rollout: Rollout, { desired, status, toldAt = 0, reportedAt = 0 }: HostRecord): number {
  const wasSettled = (desired?.wave ?? 0) < rollout.wave || rollout.healthySince !== undefined
  const answeredAt = sameDesired(status?.desired, desired) ? reportedAt : 0
  return Math.max(toldAt, wasSettled ? answeredAt : Date.parse(rollout.since)) + rollout.timeoutSeconds * 1000
}

/** @returns the document that follows; undefined: it stays, for now */
function advanced(rollout: Rollout, hosts: ReadonlyMap<HostToken, HostRecord>, now: number): Rollout | undefined {
  if (rollout.state === 'pending') return inState(rollout, 'running', now, { wave: 1 })
  if (rollout.state !== 'running') return undefined
  const found = standings(rollout, hosts, { now })
  const of = (wanted: MemberStanding) => [...found].filter(([, standing]) => standing === wanted).map(([host]) => host)
  const [failed, silent] = [of('failed'), of('silent')]
  if (failed.length + silent.length > rollout.maxFailures) {
    const why = hostsInWords([
      [failed, 'failed'],
      [silent, 'did not report synced in time'],
    ])
    return inState(rollout, 'halted', now, { why })
  }
  if (of('untold').length + of('waiting').length > 0) return unhealthy(rollout, now)
  return healthy(rollout, now)
}

/** What was well for a while and is so no longer begins to bake anew, with all its time. */
function unhealthy(rollout: Rollout, now: number): Rollout | undefined {
  return rollout.healthySince === undefined ? undefined : inState(rollout, 'running', now)
}

function healthy(rollout: Rollout, now: number): Rollout | undefined {
  const { healthySince, bakeSeconds, wave, waves } = rollout
  if (bakeSeconds > 0 && healthySince === undefined) return { ...rollout, healthySince: new Date(now).toISOString() }
  if (bakeSeconds > 0 && now < Date.parse(healthySince ?? '') + bakeSeconds * 1000) return undefined
  return wave < waves.length ? inState(rollout, 'running', now, { wave: wave + 1 }) : inState(rollout, 'done', now)
}

function inState(rollout: Rollout, state: RolloutState, now: number, more: Partial<Rollout> = {}): Rollout {
  const { healthySince: _, why: __, ...rest } = rollout
  return { ...rest, state, since: new Date(now).toISOString(), ...more }
}

/**
 * What a host is to be told that it is not told yet. The newest rollout that has approved its wave speaks, unless it stands still; nobody
 * goes back to an older one than it was told by. So a host that appears later gets what its wave has, or what was done before.
 */
function toTell(newestFirst: readonly Rollout[], record: HostRecord): Desired | undefined {
  const { host, desired } = record
  const takenBack = new Set<string | undefined>()
  for (const rollout of newestFirst) {
    if (desired && Number(rollout.id) < Number(desired.rollout)) return undefined
    if (desired?.rollout === rollout.id) return again(rollout, record)
    const wave = waveOf(rollout.waves, host)
    const commit = targetOf(rollout, record)
    if (
      isSpeaking(rollout) &&
      !takenBack.has(rollout.id) &&
      commit !== undefined &&
      wave !== undefined &&
      wave <= rollout.wave
    ) {
      const former = desired?.commit ?? record.status?.commit
      return {
        host,
        commit,
        rollout: rollout.id,
        wave,
        attempt: rollout.attempt,
        ...(former !== undefined && { former }),
      }
    }
    takenBack.add(rollout.back)
  }
  return undefined
}

/** After a halt and `resume`, whoever is not well is asked again. */
function again(rollout: Rollout, { desired, status }: HostRecord): Desired | undefined {
  if (!desired || rollout.state !== 'running' || desired.attempt === rollout.attempt) return undefined
  const isWell = sameDesired(status?.desired, desired) && status?.state === 'synced' && status.commit === desired.commit
  return isWell ? undefined : { ...desired, attempt: rollout.attempt }
}

function isSpeaking({ state }: Rollout): boolean {
  return state === 'running' || state === 'done'
}

export type Verb = 'pause' | 'resume' | 'abort'

const VERBS: {
  readonly [verb in Verb]: { readonly from: readonly RolloutState[]; apply(rollout: Rollout, now: number): Rollout }
} = {
  pause: { from: ['pending', 'running'], apply: (rollout, now) => inState(rollout, 'paused', now) },
  resume: {
    from: ['paused', 'halted'],
    apply: (rollout, now) =>
      inState(rollout, rollout.wave === 0 ? 'pending' : 'running', now, {
        attempt: rollout.attempt + (rollout.state === 'halted' ? 1 : 0),
      }),
  },
  abort: {
    from: ['pending', 'running', 'paused', 'halted'],
    apply: (rollout, now) => inState(rollout, 'aborted', now),
  },
}

/** @throws FleetError where it cannot be done from its state */
export function afterVerb(rollout: Rollout, verb: Verb, now: number): Rollout {
  const { from, apply } = VERBS[verb]
  if (!from.includes(rollout.state))
    throw new FleetError(
      'invalid',
      `rollout ${rollout.id} is ${rollout.state}; ${verb} is for one that is ${from.join(' or ')}`,
    )
  return apply(rollout, now)
}

export function isFinal({ state }: Rollout): boolean {
  return state === 'done' || state === 'aborted'
}

/** What somebody who starts a rollout says. */
export interface Order extends Pick<Rollout, 'maxFailures' | 'timeoutSeconds' | 'bakeSeconds' | 'by'> {
  /** where every host goes, or the rollout that is taken back */
  readonly aim: { readonly commit: string } | { readonly back: string }
  readonly waves: readonly WaveShare[]
}

/**
 * The document of a new rollout. Its id follows the newest: of two that start at once, one finds its id taken.
 *
 * @throws FleetError where the one before still goes on, or there is nobody to tell
 */
export function newRollout({ aim, waves, ...order }: Order, { rollouts, hosts, now }: Look): Rollout {
  const newest = rollouts.at(-1)?.value
  if (newest && !isFinal(newest))
    throw new FleetError(
      'invalid',
      `rollout ${newest.id} is ${newest.state}; let it end, or \`wfpctl fleet rollout abort\` it`,
    )
  const since = new Date(now).toISOString()
  const id = String(Number(newest?.id ?? 0) + 1)
  const rollout: Rollout = {
    id,
    ...aim,
    waves: [],
    state: 'pending',
    wave: 0,
    attempt: 0,
    ...order,
    since,
    started: since,
  }
  const members = [...hosts.values()]
    .filter((record) => targetOf(rollout, record) !== undefined)
    .map(({ host }) => host)
  if (members.length === 0) throw new FleetError('invalid', NOBODY['back' in aim ? 'back' : 'commit'])
  return { ...rollout, waves: placeWaves(waves, members) }
}

const NOBODY = {
  back: 'no host has anything to go back to: none was told another commit before this rollout',
  commit: 'no host has reported yet; start `wfpctl watch --fleet` on some first',
} as const
