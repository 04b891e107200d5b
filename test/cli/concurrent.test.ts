/** Two appliers never mix their states, and neither waits for ever. */

import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { many } from './manifests.ts'
import { lab, SET } from './scene.ts'

describe('two applies at once', () => {
  it('both end well, and the engine holds one of the two declared states whole', async () => {
    const { write, runWith, run, folder } = workbench()
    const declare = (time: string, extra: number) =>
      many(SET, ...Array.from({ length: 8 }, (_, i) => lab(`t${i}`, i, time)), lab(`only-${extra}`, 100 + extra))
    await write('a/m.yaml', declare('1h', 1))
    await write('b/m.yaml', declare('2h', 2))

    for (let round = 0; round < 5; round++) {
      const ran = await Promise.all(
        ['a', 'b'].map((path) => runWith({}, 'apply', `${folder}/${path}`, '--auto-approve', '--take-over')),
      )
      expect(
        ran.map((r) => r.code),
        ran.map((r) => r.stderr).join(),
      ).toEqual([0, 0])
      const plans = await Promise.all(['a', 'b'].map((path) => run('plan', path, '--detailed-exitcode', '--take-over')))
      expect(plans.map((p) => p.code).sort()).toEqual([0, 2])
    }
  })

  it('waits for the lock no longer than told, then ends with exit 9 and nothing changed', async () => {
    const { write, run, sandbox } = workbench()
    await write('m.yaml', many(SET, lab('a', 1)))
    const { openSandbox } = await import('../../src/providers/wfp/sandbox/library.ts')
    const { bind } = await import('../../src/providers/wfp/binding/call/bind.ts')
    const { Session } = await import('../../src/providers/wfp/engine/session.ts')
    const raw = openSandbox({ directory: sandbox })
    const session = await Session.open(bind(raw), 1000)

    const refused = await session.transaction('write', async () => ({
      commit: false,
      value: await run('apply', '--auto-approve', '--lock-timeout', '1s'),
    }))
    await session.close()
    raw.close?.()

    expect(refused.code).toBe(9)
    expect(refused.stderr).toContain('FWP_E_TIMEOUT')
    expect((await run('apply', '--auto-approve')).code).toBe(0)
  })
})
