import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { pause, systemClock } from '../../../src/reconcile/watch/clock.ts'
import { ManualClock } from './manual-clock.ts'

describe('pause', () => {
  it('ends with its time, and leaves nothing behind: a loop pauses for months with one signal', async () => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    for (let i = 0; i < 3; i++) {
      const paused = pause(clock, 1000, signal)
      await clock.advance(1000)
      await paused
    }

    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('ends at the signal', async () => {
    const stop = new AbortController()
    const paused = pause(new ManualClock(), 1000, stop.signal)
    stop.abort()

    await expect(paused).resolves.toBeUndefined()
    await expect(pause(new ManualClock(), 1000, stop.signal)).resolves.toBeUndefined()
  })
})

describe('the clock of the system', () => {
  it('does not ring at once where it is to ring in a year', async () => {
    const rung: string[] = []
    const year = systemClock.after(365 * 86_400_000, () => rung.push('year'))
    await new Promise<void>((resolve) => systemClock.after(50, resolve))
    year.cancel()

    expect(rung).toEqual([])
  })
})
