/** Killed at any instant, the engine is before or after, never between; and two appliers never mix their states. */

import { cpSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { show } from '../../src/providers/wfp/sandbox/admin.ts'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

/** Everything the engine holds but what it numbers itself and who is connected. */
async function stateOf(directory: string): Promise<string> {
  const { providers, contexts, filters, keyManagers } = await show({ directory })
  return JSON.stringify({ providers, contexts, filters, keyManagers }, (key, value) =>
    key === 'providerContextId' ? undefined : value,
  )
}

/** A sandbox in its state before, kept aside so that every kill starts from the same bytes. */
class Scene {
  readonly bench: Workbench = workbench()
  before = ''
  after = ''

  get saved(): string {
    return `${this.bench.sandbox}.saved`
  }

  async prepare(first: string, second: string): Promise<void> {
    const { bench } = this
    await bench.write('m.yaml', first)
    expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
    this.before = await stateOf(bench.sandbox)
    cpSync(bench.sandbox, this.saved, { recursive: true })
    await bench.write('m.yaml', second)
    expect((await bench.run('apply', '--auto-approve')).code).toBe(0)
    this.after = await stateOf(bench.sandbox)
    expect(this.after).not.toBe(this.before)
  }

  restore(): void {
    rmSync(this.bench.sandbox, { recursive: true, force: true })
    cpSync(this.saved, this.bench.sandbox, { recursive: true })
  }

  /** @returns whether the process died of it, and the state it left */
  async killAt(fault: string): Promise<{ readonly killed: boolean; readonly state: string }> {
    this.restore()
    const ran = await this.bench.runWith({ WFPCTL_SANDBOX_FAULT: fault }, 'apply', '--auto-approve')
    return { killed: ran.signal === 'SIGKILL', state: await stateOf(this.bench.sandbox) }
  }
}

const SET = tunnelSet('lab', 'prune: true')
const lab = (name: string, net: number, time?: string) => tunnel(name, { set: 'lab', net, ...(time && { time }) })

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
  }, 600_000)

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
  }, 900_000)
})

describe('two applies at once', () => {
  it('both end well, and the engine holds one of the two declared states whole', async () => {
    const { write, runWith, run, folder } = workbench()
    const declare = (time: string, extra: number) =>
      many(SET, ...Array.from({ length: 8 }, (_, i) => lab(`t${i}`, i, time)), lab(`only-${extra}`, 100 + extra))
    await write('a/m.yaml', declare('1h', 1))
    await write('b/m.yaml', declare('2h', 2))

    for (let round = 0; round < 5; round++) {
      const ran = await Promise.all(
        ['a', 'b'].map((path) => runWith({}, 'apply', `${folder}/${path}`, '--auto-approve')),
      )
      expect(
        ran.map((r) => r.code),
        ran.map((r) => r.stderr).join(),
      ).toEqual([0, 0])
      const plans = await Promise.all(['a', 'b'].map((path) => run('plan', path, '--detailed-exitcode')))
      expect(plans.map((p) => p.code).sort()).toEqual([0, 2])
    }
  })

  it('waits for the lock no longer than told, then ends with exit 9 and nothing changed', async () => {
    const { write, run, sandbox } = workbench()
    await write('m.yaml', many(SET, lab('a', 1)))
    const { openSandbox } = await import('../../src/providers/wfp/sandbox/library.ts')
    const { bind } = await import('../../src/providers/wfp/fwpuclnt/cfunction.ts')
    const { Session } = await import('../../src/providers/wfp/session.ts')
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
