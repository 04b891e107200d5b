/** A process that holds key managers outlives a restart of the engine. */

import { describe, expect, it } from 'vitest'
import type { Guid } from '../../../src/base/json.ts'
import { addressOf } from '../../../src/manifest/model.ts'
import type { OutsideStep } from '../../../src/reconcile/plan/model.ts'
import { EngineRefusal } from '../../../src/reconcile/provider.ts'
import { Holder, type Staying, stayHolding } from '../../../src/reconcile/watch/holder.ts'
import { aSet, desired, lamp } from '../states.ts'
import { ManualClock } from './manual-clock.ts'

const resource = desired('l', {}, { kind: lamp })
const address = addressOf(resource)
const KEY: Guid = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
const step: OutsideStep = { address, key: KEY, action: 'register', state: 'needs-watch', resource }
const CHECKED = 10_000

/** An engine that can forget, and be away. */
function engine() {
  const known = new Set<Guid>()
  const log: string[] = []
  let away = false
  let silent = false
  const refuse = (): never => {
    throw new EngineRefusal('unavailable', { call: 'any', status: 'EPT_S_NOT_REGISTERED', code: '', meaning: 'no BFE' })
  }
  const provider: Staying['provider'] = {
    register: async () => {
      if (away) refuse()
      known.add(KEY)
      log.push('register')
      const unregister = async (): Promise<void> => {
        log.push('unregister')
        if (!known.delete(KEY)) refuse()
      }
      return { address, key: KEY, unregister, stands: async () => known.has(KEY) }
    },
    registered: async () => {
      if (away) refuse()
      return silent ? undefined : new Set(known)
    },
  }
  return {
    provider,
    log,
    restart: () => known.clear(),
    hush: () => {
      silent = true
    },
    leave: (gone: boolean) => {
      away = gone
    },
  }
}

async function holding() {
  const { provider, ...rest } = engine()
  const clock = new ManualClock()
  const stop = new AbortController()
  const again: string[] = []
  const holder = new Holder({ clock, random: () => 1 })
  const holdings = await holder.keep(provider, 'lab', [step])
  const plans = [{ set: aSet(), outsideTransaction: [step] }]
  const staying = stayHolding(holder, {
    provider,
    plans,
    clock,
    signal: stop.signal,
    again: (one) => again.push(one.step.address),
  })
  const release = async () => {
    stop.abort()
    await staying
    await holder.releaseExcept(new Set())
  }
  return { ...rest, provider, holder, holdings, clock, again, release }
}

describe('what is held', () => {
  it('is left alone while the engine knows it', async () => {
    const { clock, release, log } = await holding()

    await clock.advance(3 * CHECKED)
    await release()

    expect(log).toEqual(['register', 'unregister'])
    expect(clock.pending).toBe(0)
  })

  it('is registered again when a restarted engine has forgotten it, and that is told', async () => {
    const { clock, release, log, restart, again } = await holding()

    restart()
    await clock.advance(CHECKED)
    expect(log).toEqual(['register', 'unregister', 'register'])
    await release()

    expect(log.at(-1)).toBe('unregister')
    expect(again).toEqual([address])
  })

  it('waits for an engine that is away', async () => {
    const { clock, release, log, restart, leave } = await holding()

    leave(true)
    restart()
    await clock.advance(CHECKED)
    expect(log).toEqual(['register'])
    leave(false)
    await clock.advance(CHECKED)

    expect(log).toEqual(['register', 'unregister', 'register'])
    await release()
  })
})

describe('what is held of an engine that does not tell', () => {
  it('is not registered again at every look', async () => {
    const { clock, release, log, hush, again } = await holding()

    hush()
    await clock.advance(CHECKED)
    await clock.advance(CHECKED)

    expect(log).toEqual(['register'])
    expect(again).toEqual([])
    await release()
  })

  it('is registered again once its session is over, and that is told', async () => {
    const { clock, release, log, hush, restart, again } = await holding()

    hush()
    restart()
    await clock.advance(CHECKED)

    expect(log).toEqual(['register', 'unregister', 'register'])
    expect(again).toEqual([address])
    await release()
  })
})

describe('what is let go of', () => {
  it('ends at the same time, the last first: one handler that is stuck puts off no other', async () => {
    const log: string[] = []
    let both: () => void = () => {}
    const bothAsked = new Promise<void>((resolve) => {
      both = resolve
    })
    const provider: Staying['provider'] = {
      registered: async () => undefined,
      register: async ({ name }) => ({
        address: name,
        key: KEY,
        stands: async () => true,
        unregister: async () => {
          if (log.push(name) === 2) both()
          await bothAsked
        },
      }),
    }
    const holder = new Holder({ clock: new ManualClock(), random: () => 1 })
    const steps = ['one', 'two'].map((name): OutsideStep => {
      const resource = desired(name, {}, { kind: lamp })
      return { ...step, address: addressOf(resource), resource }
    })
    await holder.keep(provider, 'lab', steps)

    await holder.releaseExcept(new Set())

    expect(log).toEqual(['two', 'one'])
  })
})

describe('what is to be held', () => {
  it('is left to the process that holds it already', async () => {
    const { provider, log } = engine()
    const holder = new Holder({ clock: new ManualClock(), random: () => 1 })

    const holdings = await holder.keep(provider, 'lab', [{ ...step, state: 'held' }])

    expect(holdings).toMatchObject([{ status: 'held-elsewhere' }])
    expect(log).toEqual([])
  })

  it('is tried again later when it failed, and not before', async () => {
    const { provider, leave } = engine()
    const clock = new ManualClock()
    const holder = new Holder({ clock, random: () => 1 })
    leave(true)

    expect(await holder.keep(provider, 'lab', [step])).toMatchObject([
      { status: 'failed', refusal: { sort: 'unavailable' } },
    ])
    leave(false)
    expect(await holder.keep(provider, 'lab', [step])).toMatchObject([{ status: 'waiting' }])
    await clock.advance(holder.nextWait() ?? 0)

    expect(await holder.keep(provider, 'lab', [step])).toMatchObject([{ status: 'registered' }])
  })
})
