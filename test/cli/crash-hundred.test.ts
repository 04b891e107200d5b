/** Killed a hundred times among many tunnels, an apply leaves the engine before or after, never between. */

import { describe, expect, it } from 'vitest'
import { many } from './manifests.ts'
import { lab, Scene, SET, stateOf } from './scene.ts'

describe.skipIf(process.platform === 'win32')('an apply that is killed', () => {
  it('a hundred times among 300 tunnels, most of them between begin and commit, never leaves anything between', async () => {
    const scene = new Scene()
    const all = Array.from({ length: 300 }, (_, i) => lab(`t${i}`, i % 250))
    await scene.prepare(many(SET, lab('first', 1)), many(SET, ...all))
    const kills = { total: 0, begun: 0 }

    for (let i = 0; i < 100; i++) {
      // two of three fall on a call that only an open write transaction makes; the rest on any call
      const begun = i % 3 !== 2
      const fault = begun ? `FwpmIPsecTunnelAdd3#${1 + ((i * 37) % 300)}=kill` : `*#${1 + ((i * 53) % 900)}=kill`
      const { killed, state } = await scene.killAt(fault)
      expect([scene.before, scene.after], fault).toContain(state)
      if (killed) kills.total++
      if (killed && begun) kills.begun++
    }

    expect(kills.total).toBe(100)
    expect(kills.begun).toBeGreaterThanOrEqual(30)
    scene.restore()
    expect((await scene.bench.run('apply', '--auto-approve')).code).toBe(0)
    expect(await stateOf(scene.bench.sandbox)).toBe(scene.after)
  })
})
