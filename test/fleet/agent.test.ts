import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Agent, INTERVAL_MILLISECONDS, REPEAT_MILLISECONDS } from '../../src/fleet/agent.ts'
import type { WatchStanding } from '../../src/fleet/host-status.ts'
import type { Desired, HostStatus } from '../../src/fleet/model.ts'
import { FleetError, type HostPlane } from '../../src/fleet/plane.ts'
import { Backoff } from '../../src/reconcile/watch/backoff.ts'
import type { WatchEvent } from '../../src/reconcile/watch/events.ts'
import { ManualClock } from '../reconcile/watch/manual-clock.ts'

const LONGEST = 60_000
const COMMITS = ['a', 'b', 'c'].map((letter) => letter.repeat(40))

describe('an agent', () => {
  it('takes what is wanted at a hint, at once, and without one when its interval is over', async () => {
    const { clock, agent, plane } = await world()
    expect(agent.commit()).toBeUndefined()

    plane.want(1, '1')
    plane.hint()
    await clock.advance(500)
    expect(agent.commit()).toBe(COMMITS[1])
    plane.want(2, '2')
    await clock.advance(INTERVAL_MILLISECONDS)
    expect(agent.commit()).toBe(COMMITS[2])
  })

  it('keeps what was wanted last when nothing is any more, and when it cannot be used', async () => {
    const { clock, agent, plane, events, last } = await world()
    plane.want(1, '1')
    plane.hint()
    await clock.advance(500)

    plane.wanted = undefined
    plane.hint()
    await clock.advance(500)
    expect(agent.commit()).toBe(COMMITS[1])
    plane.unusable = true
    await clock.advance(3 * INTERVAL_MILLISECONDS)
    expect(agent.commit()).toBe(COMMITS[1])
    expect(last()).toMatchObject({ state: 'failed', failure: 'no pointer' })
    expect(events.filter(({ event }) => event === 'fleet-refused').length).toBe(1)
    plane.unusable = false
    await clock.advance(INTERVAL_MILLISECONDS)
    expect(last()?.failure).toBeUndefined()
  })

  it('says again after a while how it stands, for what it said may have been written over', async () => {
    const { clock, agent, reports } = await world()
    agent.passed(standingAt(1, { sets: [SET] }), 0)
    await clock.advance(500)
    const said = reports.length
    for (let i = 0; i < 5; i++) await clock.advance(INTERVAL_MILLISECONDS)
    expect(reports.length).toBe(said)

    for (let i = 0; i * INTERVAL_MILLISECONDS < REPEAT_MILLISECONDS; i++) await clock.advance(INTERVAL_MILLISECONDS)
    expect(reports.length).toBe(said + 1)
  })

  it('answers each attempt anew: what went wrong before it began is no answer', async () => {
    const { clock, agent, plane, last } = await world()
    const failing = standingAt(1, { sets: [{ ...SET, state: 'failing', unsynced: 1, consecutiveErrors: 9 }] })
    plane.want(1, '1', 1)
    plane.hint()
    await clock.advance(500)
    agent.passed(failing, 0)
    await clock.advance(500)
    expect(last()?.state).toBe('failed')

    plane.want(1, '1', 2)
    plane.hint()
    await clock.advance(500)
    expect(last()).toMatchObject({ state: 'progressing', desired: { attempt: 2 } })
    agent.passed(failing, 10_000) // it began before
    await clock.advance(500)
    expect(last()?.state).toBe('progressing')
    agent.passed(failing, 0)
    await clock.advance(500)
    expect(last()).toMatchObject({ state: 'failed', desired: { attempt: 2 } })
    agent.tried(COMMITS[1] as string, { message: 'not signed', final: true })
    await clock.advance(500)
    expect(last()).toMatchObject({ state: 'failed', failure: 'not signed' })

    plane.want(1, '1', 3)
    plane.hint()
    await clock.advance(500)
    expect(last()).toMatchObject({ state: 'progressing', desired: { attempt: 3 } })
  })

  it('tells why the fleet cannot be reached once, waits longer each time, and reports when it is back', async () => {
    const { clock, agent, plane, events, reports, last } = await world()
    agent.passed(standingAt(1), 0)
    await clock.advance(500)
    plane.away = 'no server of the fleet answers'
    const calls = plane.calls
    await clock.advance(600_000)

    expect(events.filter(({ event }) => event === 'fleet-lost').length).toBe(1)
    expect(plane.calls - calls).toBeLessThan(30)
    expect(agent.link).toMatchObject({ connected: false, why: 'no server of the fleet answers' })
    const before = reports.length
    plane.away = undefined
    await clock.advance(LONGEST)
    expect(agent.link.connected).toBe(true)
    expect(agent.link).not.toHaveProperty('why')
    expect(reports.length).toBe(before + 1) // it may have lost what it had acknowledged
    expect(last()?.commit).toBe(COMMITS[1])
  })

  it('opens a new connection where it is refused, and keeps the one whose server is away', async () => {
    const { clock, plane } = await world()
    plane.away = 'away'
    await clock.advance(200_000)
    expect(plane.opened).toBe(1)
    plane.denied = true
    await clock.advance(200_000)
    expect(plane.opened).toBeGreaterThan(1)
    expect(plane.closed).toBe(plane.opened)
  })

  it('says that a status is not taken, and goes on reading what is wanted', async () => {
    const { clock, agent, plane, events } = await world()
    plane.deniesReports = true
    agent.passed(standingAt(0), 0)
    plane.want(1, '1')
    await clock.advance(2 * LONGEST)

    expect(agent.commit()).toBe(COMMITS[1])
    expect(events.find(({ event }) => event === 'fleet-lost')).toMatchObject({ message: 'not yours' })
  })

  it('ends at once while a server does not answer, and leaves no timer', async () => {
    const { clock, agent, plane } = await world()
    plane.silent = true
    plane.hint()
    await clock.advance(1_000)
    const stopped = agent.stop()
    await clock.advance(500)
    await stopped
    await clock.advance(LONGEST)
    expect(clock.pending).toBe(0)
    expect(plane.closed).toBe(plane.opened)
  })

  it('whatever happens in whatever order, enforces what was wanted, claims only what it has seen, and ends up telling what is so', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('want' as const), commit: fc.nat(2), hinted: fc.boolean() }),
      fc.record({ do: fc.constant('again' as const) }),
      fc.record({ do: fc.constant('plane' as const), away: fc.boolean() }),
      fc.record({ do: fc.constant('pass' as const), commit: fc.nat(2), ok: fc.boolean(), lasted: fc.nat(2_000) }),
      fc.record({ do: fc.constant('refused' as const), commit: fc.nat(2), final: fc.boolean() }),
      fc.record({ do: fc.constant('hint' as const) }),
      fc.record({ do: fc.constant('time' as const), milliseconds: fc.integer({ min: 0, max: 30_000 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { clock, agent, plane, reports, last } = await world()
        const wanted = new Set<string | undefined>([undefined])
        /** for each commit, when a pass that found it in order began */
        const seen: { readonly commit: string; readonly began: number }[] = []
        let rollouts = 0
        for (const one of steps) {
          if (one.do === 'want') plane.want(one.commit, `${++rollouts}`)
          if (one.do === 'again' && plane.wanted) plane.wanted = { ...plane.wanted, attempt: plane.wanted.attempt + 1 }
          if (one.do === 'plane') plane.away = one.away ? 'away' : undefined
          if (one.do === 'hint' || (one.do === 'want' && one.hinted)) plane.hint()
          if (one.do === 'pass') {
            if (one.ok) seen.push({ commit: COMMITS[one.commit] as string, began: clock.now() - one.lasted })
            agent.passed(
              standingAt(one.commit, one.ok ? {} : { sets: [{ ...SET, state: 'drifted', unsynced: 1 }] }),
              one.lasted,
            )
          }
          if (one.do === 'refused') agent.tried(COMMITS[one.commit] as string, { message: 'no', final: one.final })
          if (one.do === 'time') await clock.advance(one.milliseconds)
          wanted.add(plane.wanted?.commit)
          expect(wanted).toContain(agent.commit())
        }
        for (const { status, firstRead } of reports) {
          if (status.state !== 'synced' || !status.desired) continue
          expect(status.commit).toBe(status.desired.commit)
          expect(seen.some(({ commit, began }) => commit === status.commit && began >= firstRead)).toBe(true)
        }

        plane.away = undefined
        await clock.advance(2 * LONGEST)
        agent.tried(agent.commit() ?? '')
        agent.passed(standingAt(plane.wanted ? COMMITS.indexOf(plane.wanted.commit) : 0), 0)
        await clock.advance(1_000)
        expect(agent.commit()).toBe(plane.wanted?.commit)
        expect(last()).toMatchObject({ state: 'synced', ...(plane.wanted && { desired: plane.wanted }) })
        await agent.stop()
      }),
      { numRuns: 60 },
    )
  })
})

const SET = { set: 'vpn', state: 'synced', resources: 1, unsynced: 0, consecutiveErrors: 0 } as const

function standingAt(commit: number, more: Partial<WatchStanding> = {}): WatchStanding {
  return { commit: COMMITS[commit] as string, tree: 'good', engineOpen: true, sets: [SET], ...more }
}

/** An agent that has been started, and its plane in memory. */
async function world() {
  const clock = new ManualClock()
  const events: WatchEvent[] = []
  const plane = new MemoryPlane(clock)
  const random = () => 0.5
  const agent = new Agent({
    ...{ host: 'gw-1', version: '0.1.0', clock, random },
    open: () => plane.open(),
    backoff: new Backoff(clock, random, { firstMilliseconds: 2_000, longestMilliseconds: LONGEST }),
    tell: (event, content) => events.push({ event, time: '', ...content } as unknown as WatchEvent),
  })
  agent.start()
  await clock.advance(0)
  return { clock, agent, plane, events, reports: plane.reports, last: () => plane.reports.at(-1)?.status }
}

class MemoryPlane implements HostPlane {
  readonly #clock: ManualClock
  readonly #listeners = new Set<() => void>()
  /** when this host first read each of what it was told */
  readonly #read = new Map<string, number>()
  readonly reports: { readonly status: HostStatus; readonly firstRead: number }[] = []
  wanted: Desired | undefined
  away: string | undefined
  unusable = false
  denied = false
  deniesReports = false
  silent = false
  calls = 0
  opened = 0
  closed = 0

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  want(commit: number, rollout: string, attempt = 1): void {
    this.wanted = { host: 'gw-1', commit: COMMITS[commit] as string, rollout, wave: 1, attempt }
  }

  hint(): void {
    for (const listener of this.#listeners) listener()
  }

  async open(): Promise<HostPlane> {
    this.opened += 1
    return this
  }

  async desired(): Promise<Desired | undefined> {
    await this.#answer()
    if (this.unusable) throw new FleetError('invalid', 'no pointer')
    const name = JSON.stringify(this.wanted)
    if (!this.#read.has(name)) this.#read.set(name, this.#clock.now())
    return this.wanted
  }

  onDesired(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async report(status: HostStatus): Promise<void> {
    await this.#answer()
    if (this.deniesReports) throw new FleetError('denied', 'not yours')
    this.reports.push({ status, firstRead: this.#read.get(JSON.stringify(status.desired)) ?? 0 })
  }

  async beat(): Promise<void> {
    await this.#answer()
  }

  async close(): Promise<void> {
    this.closed += 1
    this.#listeners.clear()
  }

  async #answer(): Promise<void> {
    this.calls += 1
    if (this.silent) await new Promise(() => {})
    if (this.denied) throw new FleetError('denied', 'who are you')
    if (this.away !== undefined) throw new FleetError('unavailable', this.away)
  }
}
