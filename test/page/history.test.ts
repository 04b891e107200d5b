import { describe, expect, it } from 'vitest'
import { History } from '../../src/cli/http/history.ts'
import type { WatchEvent } from '../../src/reconcile/watch/events.ts'

const AT = Date.parse('2026-11-27T10:00:00Z')

function deviation(event: 'drift' | 'correction' | 'pending', seconds: number, address = 'IPsecTunnel/a'): WatchEvent {
  const common = {
    set: 's',
    address,
    action: 'replace',
    cause: 'drift',
    impact: 'disruptive',
    differences: [],
  } as const
  const time = new Date(AT + seconds * 1000).toISOString()
  if (event === 'drift') return { event, time, ...common, mode: 'correct' }
  if (event === 'pending') return { event, time, ...common }
  return { event, time, ...common, healMilliseconds: 40 + seconds, durationMilliseconds: 1, lockMilliseconds: 1 }
}

function historyOf(...events: readonly WatchEvent[]): History {
  const history = new History()
  for (const event of events) history.note(event)
  return history
}

describe('what is kept for a page that is opened later', () => {
  it('counts by half a minute, and by ten minutes', () => {
    const { hour, day } = historyOf(
      deviation('drift', 0),
      deviation('correction', 1),
      deviation('correction', 29),
      deviation('correction', 30),
    )

    expect(hour).toEqual([
      expect.objectContaining({
        at: AT / 1000,
        drift: 1,
        corrections: 2,
        longestMilliseconds: 69,
        sumMilliseconds: 110,
      }),
      expect.objectContaining({ at: AT / 1000 + 30, drift: 0, corrections: 1, longestMilliseconds: 70 }),
    ])
    expect(day).toEqual([expect.objectContaining({ at: AT / 1000, drift: 1, corrections: 3 })])
  })

  it('is an hour of the one and a day of the other, and no more', () => {
    const history = new History()
    for (let minutes = 0; minutes < 3 * 24 * 60; minutes += 1) history.note(deviation('drift', minutes * 60))

    expect(history.hour.length).toBe(60)
    expect(history.day.length).toBe(144)
  })

  it('stays bounded when the clock jumps back again and again', () => {
    const history = new History()
    for (let i = 0; i < 1_000; i += 1) history.note(deviation('drift', -i * 60))

    expect(history.hour.length).toBeLessThanOrEqual(120)
  })

  it('is the last words, without their times and without long ones', () => {
    const history = historyOf(deviation('drift', 0), {
      event: 'failure',
      time: new Date(AT).toISOString(),
      set: 's',
      result: 'failed',
      message: 'x'.repeat(5_000),
      diagnostics: [],
      consecutive: 1,
      retryMilliseconds: 500,
    })
    for (let i = 0; i < 1_000; i += 1) history.note(deviation('correction', i))

    expect(historyOf(deviation('drift', 0)).told[0]).toMatchObject({
      event: 'drift',
      address: 'IPsecTunnel/a',
      text: 'replace IPsecTunnel/a of set s: drift',
    })
    expect(history.told.length).toBe(200)
    expect(Math.max(...history.told.map(({ text }) => text.length))).toBeLessThanOrEqual(600)
  })

  it('is the plan that waits: what was told of and is not as declared yet', () => {
    const history = historyOf(
      deviation('pending', 0),
      deviation('drift', 1, 'IPsecTunnel/b'),
      deviation('correction', 2),
    )

    expect(history.deviations(() => true).map(({ address }) => address)).toEqual(['IPsecTunnel/b'])
    expect(history.deviations(() => false)).toEqual([])
    expect(history.deviations(() => true)).toEqual([])
  })
})
