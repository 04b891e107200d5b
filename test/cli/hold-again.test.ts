/** A process that holds key managers outlives a restart of the engine. */

import { describe, expect, it } from 'vitest'
import type { Guid } from '../../src/base/json.ts'
import { type Holder, holdKeyManagers } from '../../src/cli/hold.ts'
import { addressOf, type Resource } from '../../src/manifest/model.ts'
import type { SetState } from '../../src/reconcile/plan/model.ts'
import type { SetPlan } from '../../src/reconcile/plan/plan.ts'
import { EngineRefusal } from '../../src/reconcile/provider.ts'
import { manifestOf } from '../support/manifest.ts'

const spec = { role: 'notify', handler: { builtin: 'audit-log', file: 'a' } }
const resource: Resource = {
  kind: 'KeyManager',
  name: 'sa-audit',
  set: 'default',
  labels: {},
  spec,
  manifest: manifestOf('KeyManager', spec, { name: 'sa-audit' }),
}
const KEY: Guid = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
const plans = [
  {
    outsideTransaction: [
      { address: addressOf(resource), key: KEY, action: 'register', state: 'needs-watch', resource },
    ],
  },
] as unknown as readonly SetPlan[]

/** An engine that can forget, and be away. */
function engine() {
  const known = new Set<Guid>()
  const log: string[] = []
  let away = false
  const refuse = (): never => {
    throw new EngineRefusal('unavailable', { call: 'any', status: 'EPT_S_NOT_REGISTERED', code: '', meaning: 'no BFE' })
  }
  const holder: Holder = {
    register: async () => {
      if (away) refuse()
      known.add(KEY)
      log.push('register')
      const unregister = async (): Promise<void> => {
        log.push('unregister')
        if (!known.delete(KEY)) refuse()
      }
      return { address: addressOf(resource), key: KEY, unregister }
    },
    observe: async (queries) => {
      if (away) refuse()
      return queries.map(
        ({ set }): SetState => ({ set, resources: new Map(), foreign: new Map(), registered: new Set(known) }),
      )
    },
  }
  return {
    holder,
    log,
    restart: () => known.clear(),
    leave: (gone: boolean) => {
      away = gone
    },
  }
}
const hold = (holder: Holder, said: string[] = []) =>
  holdKeyManagers(holder, plans, { checkMilliseconds: 5, talk: (text) => void said.push(text) })
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60))

describe('holdKeyManagers', () => {
  it('leaves a registration alone that the engine knows', async () => {
    const { holder, log } = engine()

    const held = await hold(holder)
    await aWhile()
    await held.release()

    expect(log).toEqual(['register', 'unregister'])
  })

  it('registers again what a restarted engine has forgotten, and says so', async () => {
    const { holder, log, restart } = engine()
    const said: string[] = []
    const held = await hold(holder, said)

    restart()
    await expect.poll(() => log).toEqual(['register', 'unregister', 'register'])
    await held.release()

    expect(log.at(-1)).toBe('unregister')
    expect(said).toEqual(['KeyManager/sa-audit: the engine had forgotten it; registered again\n'])
  })

  it('waits for an engine that is away', async () => {
    const { holder, log, restart, leave } = engine()
    const held = await hold(holder)

    leave(true)
    restart()
    await aWhile()
    expect(log).toEqual(['register'])
    leave(false)

    await expect.poll(() => log).toEqual(['register', 'unregister', 'register'])
    await held.release()
  })
})
