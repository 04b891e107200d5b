import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../src/reconcile/watch/backoff.ts'
import { ManualClock } from './manual-clock.ts'

const limits = { firstMilliseconds: 100, longestMilliseconds: 1_000 }

describe('Backoff', () => {
  it('doubles the wait up to the longest', () => {
    const backoff = new Backoff(new ManualClock(), () => 1, limits)

    const waits = [1, 2, 3, 4, 5, 6].map(() => backoff.failed('a'))

    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('leaves half of the wait to chance', () => {
    const shortest = new Backoff(new ManualClock(), () => 0, limits)

    expect(shortest.failed('a')).toBe(50)
    expect(shortest.failed('a')).toBe(100)
  })

  it('is due again when the time has come, and at once after a success', async () => {
    const clock = new ManualClock()
    const backoff = new Backoff(clock, () => 1, limits)

    backoff.failed('a')
    expect([backoff.isDue('a'), backoff.isDue('b'), backoff.nextWait()]).toEqual([false, true, 100])
    await clock.advance(100)
    expect([backoff.isDue('a'), backoff.failures('a'), backoff.nextWait()]).toEqual([true, 1, undefined])
    backoff.failed('a')
    backoff.succeeded('a')

    expect([backoff.isDue('a'), backoff.failures('a')]).toEqual([true, 0])
  })

  it('does not overflow after months of failures', () => {
    const backoff = new Backoff(new ManualClock(), () => 1, limits)

    for (let i = 0; i < 5_000; i++) backoff.failed('a')

    expect(backoff.waitOf('a')).toBe(1_000)
  })
})
