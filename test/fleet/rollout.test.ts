/** The steps of a rollout, one by one. How they go together, whoever dies whenever: test/laws/fleet.test.ts. */

import { describe, expect, it } from 'vitest'
import { control, look, start, turn } from '../../src/fleet/controller.ts'
import type { Desired, HostStatus, Rollout } from '../../src/fleet/model.ts'
import type { HostRecord } from '../../src/fleet/plane.ts'
import { afterVerb, newRollout, standings, step, type Verb } from '../../src/fleet/rollout.ts'
import { fleetView } from '../../src/fleet/view.ts'
import { parseWaves } from '../../src/fleet/waves.ts'
import type { Clock } from '../../src/reconcile/watch/clock.ts'
import { ManualClock } from '../reconcile/watch/manual-clock.ts'
import { settled, World } from './world.ts'

const START = Date.UTC(2026, 0, 1)
const COMMIT = 'c'.repeat(40)
const EVERY = 'f'.repeat(16)

function rollout(more: Partial<Rollout> = {}): Rollout {
  const since = new Date(START).toISOString()
  const fixed = { timeoutSeconds: 60, bakeSeconds: 0, maxFailures: 0, since, started: since, by: 'me' }
  const waves = [{ name: '100%', share: '100%', upTo: EVERY }]
  return { id: '2', commit: COMMIT, waves, state: 'running', wave: 1, attempt: 0, ...fixed, ...more }
}

const TOLD: Desired = { host: 'a', commit: COMMIT, rollout: '2', wave: 1, attempt: 0 }

function record(status: Partial<HostStatus> | undefined, more: Partial<HostRecord> = {}): HostRecord {
  const whole = {
    host: 'a',
    commit: COMMIT,
    desired: TOLD,
    state: 'synced',
    sets: [],
    drift: 0,
    version: '1',
    time: '',
  } as const
  return {
    host: 'a',
    revision: 7,
    desired: TOLD,
    toldAt: START,
    ...(status && { status: { ...whole, ...status }, reportedAt: START }),
    ...more,
  }
}

function next(found: HostRecord, { document = rollout(), seconds = 1 } = {}): string | undefined {
  const hosts = new Map([['a', found]])
  const { change, tell } = step({ hosts, rollouts: [{ value: document, revision: 3 }], now: START + seconds * 1000 })
  return change?.value.state ?? tell.map(({ value, revision }) => `tell attempt ${value.attempt} at ${revision}`).join()
}

describe('a wave', () => {
  it.each<[string, HostRecord, string]>([
    ['reports it synced', record({}), 'done'],
    ['reports nothing', record(undefined), ''],
    ['is at work', record({ state: 'progressing' }), ''],
    ['finds drift', record({ state: 'drifted' }), ''],
    ['failed', record({ state: 'failed' }), 'halted'],
    ['is synced with something else', record({ commit: 'd'.repeat(40) }), ''],
    ['answered an older rollout with the same commit', record({ desired: { ...TOLD, rollout: '1' } }), ''],
    ['failed at an older rollout', record({ state: 'failed', desired: { ...TOLD, rollout: '1' } }), ''],
    ['answered an older attempt', record({ desired: { ...TOLD, attempt: 1 } }), ''],
    ['answered nothing that it was told', record({ desired: undefined as never }), ''],
    ['was told nothing', { host: 'a', revision: 0 }, 'tell attempt 0 at 0'],
    ['was told an older rollout', record({}, { desired: { ...TOLD, rollout: '1' } }), 'tell attempt 0 at 7'],
  ])('of a host that %s', (_, found, expected) => {
    expect(next(found)).toBe(expected)
  })

  it('halts on silence, after its time and not before', () => {
    expect([next(record(undefined), { seconds: 60 }), next(record(undefined), { seconds: 61 })]).toEqual(['', 'halted'])
    // whoever was told later has its time from then
    expect(next(record(undefined, { toldAt: START + 30_000 }), { seconds: 61 })).toBe('')
    // after a pause it begins anew
    expect(
      next(record(undefined), { document: rollout({ since: new Date(START + 50_000).toISOString() }), seconds: 61 }),
    ).toBe('')
  })

  it('bakes: it has to stay well', () => {
    const baking = rollout({ bakeSeconds: 30 })
    const well = { ...baking, healthySince: new Date(START).toISOString() }
    expect(next(record({}), { document: baking })).toBe('running')
    expect(next(record({}), { document: well, seconds: 29 })).toBe('')
    expect(next(record({}), { document: well, seconds: 30 })).toBe('done')
    expect(next(record({ state: 'progressing' }), { document: well, seconds: 30 })).toBe('running')
    expect(next(record({ state: 'failed' }), { document: well, seconds: 10 })).toBe('halted')
  })

  it('of which so many failed as are tolerated ends, and says so', () => {
    const document = rollout({ maxFailures: 1 })
    expect(next(record({ state: 'failed' }), { document })).toBe('done')
    const seen = {
      hosts: new Map([['a', record({ state: 'failed', failure: 'no key' })]]),
      rollouts: [{ value: document, revision: 1 }],
      now: START,
    }
    expect(fleetView(seen, true)).toMatchObject({
      states: { failed: 1 },
      rollout: { waves: [{ hosts: 1, synced: 0, failed: 1, waiting: 0, state: 'current' }] },
    })
  })

  it('is told again after a halt, and only to those that are not well', () => {
    const resumed = afterVerb(rollout({ state: 'halted' }), 'resume', START)
    expect(resumed.attempt).toBe(1)
    expect(next(record({ state: 'failed' }), { document: resumed })).toBe('tell attempt 1 at 7')
    expect(next(record({}), { document: resumed })).toBe('done')
  })
})

describe('what people ask', () => {
  const from =
    (verb: Verb, state: Rollout['state'], wave = 1) =>
    () =>
      afterVerb(rollout({ state, wave }), verb, START).state

  it.each<[Verb, Rollout['state'], Rollout['state'] | RegExp]>([
    ['pause', 'running', 'paused'],
    ['pause', 'halted', /rollout 2 is halted; pause is for one that is pending or running/],
    ['resume', 'paused', 'running'],
    ['resume', 'halted', 'running'],
    ['resume', 'done', /rollout 2 is done/],
    ['abort', 'halted', 'aborted'],
    ['abort', 'aborted', /rollout 2 is aborted/],
  ])('%s, of one that is %s: %s', (verb, state, expected) => {
    if (expected instanceof RegExp) expect(from(verb, state)).toThrow(expected)
    else expect(from(verb, state)()).toBe(expected)
  })

  it('goes on where it stood before its first wave', () => {
    expect(from('resume', 'paused', 0)()).toBe('pending')
  })

  it('is refused while another goes on, where nobody reported, and where there is no way back', () => {
    const order = { waves: parseWaves('100%'), maxFailures: 0, timeoutSeconds: 1, bakeSeconds: 0, by: 'me' }
    const hosts = new Map([['a', record({})]])
    const ranIn = (state: Rollout['state']) => [{ value: rollout({ state }), revision: 1 }]
    const make = (aim: { commit: string } | { back: string }, rollouts = ranIn('done'), known = hosts) =>
      newRollout({ ...order, aim }, { hosts: known, rollouts, now: START })

    expect(make({ commit: COMMIT })).toMatchObject({ id: '3', state: 'pending', wave: 0 })
    expect(() => make({ commit: COMMIT }, ranIn('halted'))).toThrow(
      'rollout 2 is halted; let it end, or `wfpctl fleet rollout abort` it',
    )
    expect(() => make({ commit: COMMIT }, ranIn('done'), new Map())).toThrow('no host has reported yet')
    expect(() => make({ back: '2' })).toThrow('no host has anything to go back to')
  })
})

describe('the loop of a controller', () => {
  it('ends when it is enough, tells of trouble and tries again', async () => {
    const world = new World()
    world.addHost('a')
    const plane = world.plane('c')
    const clock: Clock = new ManualClock()
    const troubles: string[] = []
    const seen: string[] = []
    const { signal } = new AbortController()
    const work = async () => {
      await start(
        plane,
        {
          aim: { commit: COMMIT },
          waves: parseWaves('100%'),
          maxFailures: 0,
          timeoutSeconds: 60,
          bakeSeconds: 0,
          by: 'me',
        },
        clock,
      )
      await control(plane, {
        clock,
        signal,
        seen: ({ rollouts }) => {
          seen.push(rollouts.at(-1)?.value.state ?? '')
          return rollouts.at(-1)?.value.state === 'done'
        },
        trouble: ({ message }) => troubles.push(message),
      })
      return 'ended'
    }
    const ended = work()
    for (let i = 0; world.newest?.state !== 'done' && i < 200; i++) {
      if (i === 12) world.gates[0]?.break()
      else world.gates[0]?.open()
      world.act('a')
      world.deliverLast()
      await settled()
      await (clock as ManualClock).advance(200)
    }
    for (let i = 0; i < 20; i++) {
      world.gates[0]?.open()
      await settled()
      await (clock as ManualClock).advance(1000)
    }

    expect(await ended).toBe('ended')
    expect(troubles).toEqual(['the answer is lost'])
    expect([seen[0], seen.at(-1)]).toEqual(['pending', 'done'])
  })

  it('looks at hosts before documents, and takes one sort of step at a time', async () => {
    const world = new World()
    world.addHost('a')
    const plane = world.plane('c')
    const order: string[] = []
    const noted = {
      ...plane,
      hosts: async () => {
        order.push('hosts')
        return world.hosts
      },
      rollouts: async () => {
        order.push('rollouts')
        return [{ value: rollout({ state: 'pending', wave: 0 }), revision: 1 }]
      },
      update: async () => 'lost' as const,
      tell: async () => {
        order.push('tell')
        return 'done' as const
      },
    }
    await turn(noted, await look(noted, new ManualClock()))

    expect(order).toEqual(['hosts', 'rollouts'])
  })
})

it('of a wave that is ahead it is known whom it will reach', () => {
  const hosts = new Map(['a', 'b', 'c'].map((host) => [host, { host, revision: 0 }]))
  const found = standings(rollout({ wave: 0 }), hosts, { now: START, upTo: 1 })

  expect([...found.values()]).toEqual(['untold', 'untold', 'untold'])
})
