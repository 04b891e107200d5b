/** Killed at any one of its engine calls, an apply leaves the engine before or after, never between. */

import { describe, expect, it } from 'vitest'
import { many } from './manifests.ts'
import { lab, Scene, SET } from './scene.ts'

describe.skipIf(process.platform === 'win32')('an apply that is killed', () => {
  it('at any one of its engine calls leaves the state before or the state after', async () => {
    const scene = new Scene()
    await scene.prepare(many(SET, lab('stays', 1), lab('goes', 2)), many(SET, lab('stays', 1, '2h'), lab('comes', 3)))
    const ends: string[] = []

    for (let call = 1; ; call++) {
      const { killed, state } = await scene.killAt(`*#${call}=kill`)
      expect([scene.before, scene.after], `killed at engine call ${call}`).toContain(state)
      ends.push(state === scene.before ? 'before' : 'after')
      if (!killed) break
    }

    expect(ends.length).toBeGreaterThan(40)
    expect(ends.at(0)).toBe('before')
    expect(ends.at(-1)).toBe('after')
    expect(ends.join(' ')).toMatch(/^(before )+(after ?)+$/)
  })
})
