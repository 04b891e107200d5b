import { describe, expect, it } from 'vitest'
import type { Change } from '../../../src/reconcile/plan/model.ts'
import { FIGHT_CORRECTIONS, FIGHT_WINDOW_MILLISECONDS, Fights } from '../../../src/reconcile/watch/fights.ts'
import { ManualClock } from './manual-clock.ts'

function harness() {
  const clock = new ManualClock()
  return { clock, fights: new Fights(clock, () => 1) }
}

const drift = (address: string) => ({ address, action: 'replace', cause: 'drift' }) as unknown as Change
const creation = (address: string, after: object) =>
  ({ address, action: 'create', cause: 'spec', after }) as unknown as Change
const deletion = (address: string) => ({ address, action: 'delete', cause: 'prune' }) as unknown as Change

describe('Fights', () => {
  it('sees a fight in many corrections of one object, and none in one correction of many', () => {
    const { fights } = harness()

    const spread = Array.from({ length: 50 }, (_, i) => fights.corrected(drift(`IPsecTunnel/t${i}`)))
    const same = Array.from({ length: FIGHT_CORRECTIONS }, () => fights.corrected(drift('IPsecTunnel/a')))

    expect(spread.every((fight) => fight === undefined)).toBe(true)
    expect(same.slice(0, -1).every((fight) => fight === undefined)).toBe(true)
    expect(same.at(-1)).toEqual({ corrections: FIGHT_CORRECTIONS, holdMilliseconds: 2_000 })
  })

  it('sees no fight in corrections that are far apart', async () => {
    const { clock, fights } = harness()

    for (let i = 0; i < 50; i++) {
      expect(fights.corrected(drift('IPsecTunnel/a'))).toBeUndefined()
      await clock.advance(FIGHT_WINDOW_MILLISECONDS / (FIGHT_CORRECTIONS - 1))
    }
  })

  it('holds back twice as long each time', async () => {
    const { clock, fights } = harness()
    for (let i = 0; i < FIGHT_CORRECTIONS - 1; i++) fights.corrected(drift('IPsecTunnel/a'))

    const holds: number[] = []
    for (let i = 0; i < 5; i++) {
      holds.push(fights.corrected(drift('IPsecTunnel/a'))?.holdMilliseconds ?? 0)
      await clock.advance(fights.waitMilliseconds)
    }

    expect(holds).toEqual([2_000, 4_000, 8_000, 16_000, 32_000])
  })

  it('forgets a fight once the object was left in peace, and keeps nothing of it', async () => {
    const { clock, fights } = harness()
    for (let i = 0; i < FIGHT_CORRECTIONS; i++) fights.corrected(drift('IPsecTunnel/a'))
    expect(fights.contested).toEqual(['IPsecTunnel/a'])

    await clock.advance(2 * 2_000 + FIGHT_WINDOW_MILLISECONDS)
    fights.forgetOld()

    expect(fights.contested).toEqual([])
    expect(fights.corrected(drift('IPsecTunnel/a'))).toBeUndefined()
  })

  it('sees a fight where the same is made, or unmade, again and again: somebody removes record and all', () => {
    const resource = {}
    for (const change of [creation('IPsecTunnel/a', resource), deletion('IPsecTunnel/b')]) {
      const { fights } = harness()
      const noted = Array.from({ length: FIGHT_CORRECTIONS + 1 }, () => fights.corrected(change))

      expect(noted.map((fight) => fight !== undefined)).toEqual([...Array(FIGHT_CORRECTIONS).fill(false), true])
    }
  })

  it('sees a fight in creating and deleting taking turns for one declaration', () => {
    const { fights } = harness()
    const resource = {}
    const turns = Array.from({ length: 2 * FIGHT_CORRECTIONS }, (_, i) =>
      fights.corrected(i % 2 === 0 ? creation('IPsecTunnel/a', resource) : deletion('IPsecTunnel/a')),
    )

    expect(turns.some((fight) => fight !== undefined)).toBe(true)
  })

  it('sees no fight in a person who declares, and removes, again and again', () => {
    const { fights } = harness()

    for (let i = 0; i < 20; i++) {
      expect(fights.corrected(creation('IPsecTunnel/a', {}))).toBeUndefined()
      expect(fights.corrected(deletion('IPsecTunnel/a'))).toBeUndefined()
    }
  })
})
