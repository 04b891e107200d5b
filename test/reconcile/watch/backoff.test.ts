import { describe, expect, it } from 'vitest'
import { Backoff, nextWait } from '../../../src/reconcile/watch/backoff.ts'
import { ManualClock } from './manual-clock.ts'

const limits = { firstMilliseconds: 100, longestMilliseconds: 1_000 }

describe('Backoff', () => {
  it('doubles the wait up to the longest', () => {
    const backoff = new Backoff(new ManualClock(), () => 1, limits)

    const waits = [1, 2, 3, 4, 5, 6].map(() => backoff.failed())

    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('leaves half of the wait to chance', () => {
    const shortest = new Backoff(new ManualClock(), () => 0, limits)

    expect(shortest.failed()).toBe(50)
    expect(shortest.failed()).toBe(100)
  })

  it('is due again when the time has come, and at once when it is reset', async () => {
    const clock = new ManualClock()
    const backoff = new Backoff(clock, () => 1, limits)

    expect([backoff.isDue, backoff.failures]).toEqual([true, 0])
    backoff.failed()
    expect([backoff.isDue, backoff.waitMilliseconds]).toEqual([false, 100])
    await clock.advance(100)
    expect([backoff.isDue, backoff.failures, backoff.waitMilliseconds]).toEqual([true, 1, 0])
    backoff.failed()
    backoff.reset()

    expect([backoff.isDue, backoff.failures]).toEqual([true, 0])
  })

  it('does not overflow after months of failures', () => {
    const backoff = new Backoff(new ManualClock(), () => 1, limits)

    for (let i = 0; i < 5_000; i++) backoff.failed()

    expect(backoff.waitMilliseconds).toBe(1_000)
  })
})

describe('nextWait', () => {
  it('is the shortest wait of those that wait, and nothing where none does', () => {
    const [a, b, c] = [1, 2, 3].map(() => new Backoff(new ManualClock(), () => 1, limits)) as [
      Backoff,
      Backoff,
      Backoff,
    ]
    expect(nextWait([a, b, c])).toBeUndefined()

    a.failed()
    a.failed()
    b.failed()

    expect(nextWait([a, b, c])).toBe(100)
  })
})
