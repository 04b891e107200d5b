import { describe, expect, it } from 'vitest'
import { FIGHT_CORRECTIONS, FIGHT_WINDOW_MILLISECONDS, Fights } from '../../../src/reconcile/watch/fights.ts'
import { ManualClock } from './manual-clock.ts'

function harness() {
  const clock = new ManualClock()
  return { clock, fights: new Fights(clock, () => 1) }
}

describe('Fights', () => {
  it('sees a fight in many corrections of one object, and none in one correction of many', () => {
    const { fights } = harness()

    const spread = Array.from({ length: 50 }, (_, i) => fights.corrected(`IPsecTunnel/t${i}`))
    const same = Array.from({ length: FIGHT_CORRECTIONS }, () => fights.corrected('IPsecTunnel/a'))

    expect(spread.every((fight) => fight === undefined)).toBe(true)
    expect(same.slice(0, -1).every((fight) => fight === undefined)).toBe(true)
    expect(same.at(-1)).toEqual({ corrections: FIGHT_CORRECTIONS, holdMilliseconds: 2_000 })
  })

  it('sees no fight in corrections that are far apart', async () => {
    const { clock, fights } = harness()

    for (let i = 0; i < 50; i++) {
      expect(fights.corrected('IPsecTunnel/a')).toBeUndefined()
      await clock.advance(FIGHT_WINDOW_MILLISECONDS / (FIGHT_CORRECTIONS - 1))
    }
  })

  it('holds back twice as long each time', async () => {
    const { clock, fights } = harness()
    for (let i = 0; i < FIGHT_CORRECTIONS - 1; i++) fights.corrected('IPsecTunnel/a')

    const holds: number[] = []
    for (let i = 0; i < 5; i++) {
      holds.push(fights.corrected('IPsecTunnel/a')?.holdMilliseconds ?? 0)
      await clock.advance(fights.waitMilliseconds)
    }

    expect(holds).toEqual([2_000, 4_000, 8_000, 16_000, 32_000])
  })

  it('forgets a fight once the object was left in peace, and keeps nothing of it', async () => {
    const { clock, fights } = harness()
    for (let i = 0; i < FIGHT_CORRECTIONS; i++) fights.corrected('IPsecTunnel/a')
    expect(fights.contested).toEqual(['IPsecTunnel/a'])

    await clock.advance(2 * 2_000 + FIGHT_WINDOW_MILLISECONDS)
    fights.forgetOld()

    expect(fights.contested).toEqual([])
    expect(fights.corrected('IPsecTunnel/a')).toBeUndefined()
  })
})
