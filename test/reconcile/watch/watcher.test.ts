import { describe, expect, it } from 'vitest'
import { EngineRefusal, type RefusalSort } from '../../../src/reconcile/provider.ts'
import type { ManifestSource } from '../../../src/reconcile/watch/source.ts'
import { type Bench, bench, SETTLE } from './harness.ts'
import { setYaml, tunnelYaml } from './manifests.ts'

const vpn = { 'set.yaml': setYaml('vpn'), 'a.yaml': tunnelYaml('a'), 'b.yaml': tunnelYaml('b') }

describe('Watcher', () => {
  it('applies what is declared, and tells each correction with its cause and its times', async () => {
    const { begin, of, names } = bench(vpn)

    await begin()

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    expect(of('correction').map((e) => [e.address, e.action, e.cause])).toEqual([
      ['IPsecTunnel/a', 'create', 'spec'],
      ['IPsecTunnel/b', 'create', 'spec'],
    ])
    expect(of('correction')[0]).toMatchObject({
      durationMilliseconds: expect.any(Number),
      lockMilliseconds: expect.any(Number),
    })
    expect(of('pass').at(-1)?.sets).toEqual([{ set: 'vpn', state: 'synced', resources: 2, unsynced: 0 }])
  })

  it('heals what somebody else deleted or changed, as soon as the engine tells', async () => {
    const { begin, until, of, names, admin } = bench(vpn)
    await begin()

    await admin.remove('a')
    await until(() => of('correction').length === 3)
    await admin.tamper('b')
    await until(() => of('correction').length === 4)

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    expect(of('drift').map((e) => [e.address, e.action, e.mode])).toEqual([
      ['IPsecTunnel/a', 'create', 'correct'],
      ['IPsecTunnel/b', 'replace', 'correct'],
    ])
    const healed = of('correction').slice(2)
    expect(healed.map((e) => [e.address, e.action, e.cause])).toEqual([
      ['IPsecTunnel/a', 'create', 'drift'],
      ['IPsecTunnel/b', 'replace', 'drift'],
    ])
    expect(healed[1]?.differences.map((d) => d.path)).toEqual(['/quickMode/proposals/0/lifetime/time'])
  })

  describe('when a waiver ends', () => {
    const HOUR = 3_600_000
    const WEAK = tunnelYaml('a')
      .replace('aead: aes256gcm', 'encryption: 3des, integrity: sha256')
      .replace('name: a', 'name: a, waive: [{ code: W220, reason: an old peer, until: 2026-01-01 }]')
    const waived = { 'set.yaml': setYaml('vpn', { drift: '{ resync: 6h }' }), 'a.yaml': WEAK }

    it('says so at that moment, and goes on enforcing the last good reading', async () => {
      const { begin, later, clock, of, names, admin, until, save } = bench(waived)
      await begin()
      await clock.advance(24 * HOUR - clock.now() - 1)
      await later(0)
      expect(of('invalid')).toEqual([])

      await later(1)
      expect(of('invalid').map((e) => e.diagnostics.map(({ code }) => code))).toEqual([['E127', 'W220']])
      expect(of('pass').at(-1)).toMatchObject({ triggers: ['expiry'], tree: 'invalid' })
      await admin.remove('a')
      await until(() => of('correction').length === 2)
      expect(await names()).toEqual(['IPsecTunnel/a'])

      await save({ 'a.yaml': WEAK.replace('2026-01-01', '2026-01-31') })
      expect(of('pass').at(-1)?.tree).toBe('good')
    })

    it('follows the date when that is set, within a minute, forward and back', async () => {
      const { begin, later, clock, of, watcher } = bench(waived)
      await begin()
      const passes = of('pass').length

      clock.shiftMilliseconds = 30 * HOUR
      await clock.advance(60_000)
      await later(0)
      expect(of('pass').at(-1)?.tree).toBe('invalid')
      expect(of('pass').length).toBe(passes + 1)

      clock.shiftMilliseconds = -30 * HOUR
      watcher.mark('hangup')
      await later(60)
      expect(of('pass').at(-1)?.tree).toBe('good')
      expect(of('invalid').length).toBe(1)
    })
  })

  it('goes on reporting a set that is declared no more', async () => {
    const { begin, save, later, of, watcher } = bench({ ...vpn, 'lab.yaml': setYaml('lab') })
    await begin()

    await save({ 'set.yaml': undefined, 'a.yaml': undefined, 'b.yaml': undefined })
    await later(SETTLE + 60)
    await later(120_000)

    expect(of('undeclared').map(({ set, resources }) => [set, resources])).toEqual([
      ['vpn', ['IPsecTunnel/a', 'IPsecTunnel/b']],
    ])
    expect(watcher.status.sets).toMatchObject([
      { set: 'lab', state: 'synced' },
      { set: 'vpn', state: 'undeclared', resources: [{ synced: false }, { synced: false }] },
    ])
    expect(of('pass').at(-1)?.sets).toContainEqual({ set: 'vpn', state: 'undeclared', resources: 2, unsynced: 2 })
  })

  it('deletes nothing that moves to a set which another process watches', async () => {
    const before = bench(vpn)
    await before.begin()
    await before.watcher.stop('somebody else goes on')
    const other = before.second()
    other.put({ 'set.yaml': setYaml('lab'), 'a.yaml': undefined, 'b.yaml': undefined })
    await other.begin()
    const ours = before.second()
    ours.put({ 'lab.yaml': setYaml('lab'), 'b.yaml': tunnelYaml('b', { set: 'lab' }) })
    await ours.begin()

    expect(ours.of('held').map(({ set }) => set)).toEqual(['lab'])
    expect(ours.of('correction')).toEqual([])
    expect(await ours.names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
  })

  it('counts nothing of a set for another host as out of step, but what this host still holds of it', async () => {
    const { begin, save, of, watcher } = bench(vpn)
    await begin()

    await save({ 'set.yaml': setYaml('vpn', { host: 'elsewhere' }), 'c.yaml': tunnelYaml('c') })

    expect(of('skipped').map(({ set, host }) => [set, host])).toEqual([['vpn', 'elsewhere']])
    expect(watcher.status.sets).toMatchObject([{ state: 'skipped', resources: [{ address: 'IPsecTunnel/a' }, {}] }])
  })

  it('heals at the resync what no notification told of', async () => {
    const { begin, later, of, admin } = bench({ ...vpn, 'set.yaml': setYaml('vpn', { drift: '{ resync: 30s }' }) })
    await begin()
    await admin.set('notifications', 'off')

    await admin.remove('a')
    await later(20_000)
    expect(of('drift')).toEqual([])
    await later(11_000)

    expect(of('correction').at(-1)).toMatchObject({ address: 'IPsecTunnel/a', cause: 'drift' })
    expect(of('pass').some((e) => e.triggers.includes('resync'))).toBe(true)
  })

  it('reads the files at the resync, also while the engine never stops notifying', async () => {
    const { begin, put, later, watcher, names } = bench({
      ...vpn,
      'set.yaml': setYaml('vpn', { drift: '{ resync: 10s }' }),
    })
    await begin()

    put({ 'c.yaml': tunnelYaml('c'), 'b.yaml': undefined })
    for (let i = 0; i < 110; i++) {
      watcher.mark('engine')
      await later(100)
    }

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/c'])
  })

  it('prunes a tunnel only when two readings agree that it is gone', async () => {
    const { begin, later, save, of, names } = bench(vpn)
    await begin()

    await save({ 'b.yaml': undefined })
    expect(of('unsettled').at(-1)?.missing).toEqual(['IPsecTunnel/b'])
    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    await later(SETTLE)

    expect(await names()).toEqual(['IPsecTunnel/a'])
    expect(of('correction').at(-1)).toMatchObject({ action: 'delete', cause: 'prune' })
  })

  it('says of the first reading that it is unsettled, and of an absence too: neither has errors', async () => {
    const { watcher, later, save, of } = bench(vpn)
    await watcher.start()
    await later(1)
    const first = of('pass').at(-1)?.tree
    await later(SETTLE + 1)
    const second = of('pass').at(-1)?.tree
    await save({ 'b.yaml': undefined })

    expect([first, second, watcher.status.tree]).toEqual(['unsettled', 'good', 'unsettled'])
  })

  it('says of a repository that was never there that there is nothing', async () => {
    const nowhere = { read: async () => undefined, onChange: async () => ({ close: async () => {} }) }
    const { watcher, later, of } = bench({}, { source: nowhere })
    await watcher.start()
    await later(1)

    expect(of('pass').at(-1)?.tree).toBe('nothing')
  })

  it('changes nothing for a tree with errors, and keeps the last good state enforced', async () => {
    const { begin, later, until, save, of, names, admin, watcher } = bench(vpn)
    await begin()

    await save({ 'b.yaml': 'kind: [' })
    await later(5 * SETTLE)
    expect(of('invalid').length).toBe(1)
    expect(watcher.status.tree).toBe('invalid')
    await admin.remove('a')
    await until(() => of('correction').length === 3)

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    await save({ 'b.yaml': tunnelYaml('b') })
    expect(watcher.status.tree).toBe('good')
  })

  it('only reports in report mode, once, and writes nothing', async () => {
    const report = { ...vpn, 'set.yaml': setYaml('vpn', { drift: '{ mode: report, resync: 10s }' }) }
    const { begin, later, save, of, admin } = bench(vpn, {})
    await begin()
    await save(report)
    const before = objectsOf(await admin.show())

    await save({ 'c.yaml': tunnelYaml('c') })
    await later(30_000)
    expect(of('pending').map((e) => e.address)).toEqual(['IPsecTunnel/c'])
    expect(objectsOf(await admin.show())).toEqual(before)
    await admin.remove('a')
    await later(30_000)

    expect(of('drift').map((e) => [e.address, e.mode])).toEqual([['IPsecTunnel/a', 'report']])
    expect(of('correction').every((e) => e.cause === 'spec')).toBe(true)
    expect(of('pass').at(-1)?.sets[0]).toMatchObject({ state: 'drifted', unsynced: 2 })
  })

  it('does what --mode says, whatever the set says', async () => {
    const { begin, of, names } = bench(vpn, { mode: 'report' })

    await begin()

    expect(await names()).toEqual([])
    expect(of('pending').length).toBe(2)
  })

  it('reads anew, whatever dates say, at the resync and at a hangup, and not where a file was told of', async () => {
    const asked: unknown[] = []
    const files = Object.entries({ ...vpn, 'set.yaml': setYaml('vpn', { drift: '{ resync: 30s }' }) })
    const source: ManifestSource = {
      read: async (options) => {
        asked.push(options?.anew)
        return { files: files.map(([path, text]) => ({ path, text })), diagnostics: [], state: 'finished' }
      },
      onChange: async () => ({ close: async () => {} }),
    }
    const { begin, watcher, later } = bench({}, { source })
    await begin()
    const led = async (work: () => void, milliseconds = 60) => {
      asked.length = 0
      work()
      await later(milliseconds)
      return [...asked]
    }

    expect(await led(() => watcher.mark('files'))).toEqual([false])
    expect(await led(() => watcher.mark('hangup'))).toEqual([true])
    expect(await led(() => watcher.mark('fleet'))).toEqual([true])
    expect(await led(() => {}, 30_000)).toEqual([true])
  })

  it('looks again at a hangup, and tries at once what had failed', async () => {
    const { begin, later, of, watcher } = bench({ ...vpn, 'a.yaml': withSecret('a', 'WFPCTL_TEST_HANGUP') })
    await begin()
    expect(of('failure').at(-1)).toMatchObject({ set: 'vpn', result: 'invalid' })

    process.env.WFPCTL_TEST_HANGUP = 'a key'
    watcher.mark('hangup')
    await later(30)
    delete process.env.WFPCTL_TEST_HANGUP

    expect(of('correction').length).toBe(2)
  })

  it('lets one set go on while another fails, and backs off until it succeeds', async () => {
    const name = 'WFPCTL_TEST_BACKOFF'
    const lab = { 'lab.yaml': setYaml('lab'), 'x.yaml': withSecret('x', name, 'lab') }
    const { begin, later, of, names, watcher } = bench({ ...vpn, ...lab })

    await begin()
    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    await later(8_000)
    expect(of('failure').map((e) => [e.set, e.retryMilliseconds])).toEqual([
      ['lab', 500],
      ['lab', 1_000],
      ['lab', 2_000],
      ['lab', 4_000],
      ['lab', 8_000],
    ])
    process.env[name] = 'a key'
    await later(9_000)
    delete process.env[name]

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b', 'IPsecTunnel/x'])
    expect(watcher.status.sets.map((s) => [s.set, s.state, s.consecutiveErrors])).toEqual([
      ['lab', 'synced', 0],
      ['vpn', 'synced', 0],
    ])
  })

  it('notices a fight, says so, and lets go for longer each time', async () => {
    const { begin, later, until, of, admin, watcher } = bench(vpn)
    await begin()

    for (let i = 0; i < 5; i++) {
      await admin.tamper('a')
      await until(() => of('correction').length === 3 + i)
    }
    await until(() => of('conflict').length === 1)
    expect(of('conflict').map((e) => [e.address, e.corrections, e.retryMilliseconds])).toEqual([
      ['IPsecTunnel/a', 5, 2_000],
    ])
    expect(of('conflict')[0]?.differences.length).toBe(1)
    await admin.tamper('a')
    await until(() => watcher.status.sets[0]?.state === 'conflict')
    expect(of('correction').length).toBe(7)
    await later(2_000)

    expect(of('correction').length).toBe(8)
    expect(of('conflict').map((e) => e.retryMilliseconds)).toEqual([2_000, 4_000])
  })

  it('tells that the engine is lost, tries to open it again, and tells that it is healed', async () => {
    const { begin, later, of, trouble, admin, names, watcher } = bench(vpn)
    await begin()

    trouble.down = true
    watcher.mark('files')
    await later(60)
    expect(of('engine-lost').length).toBe(1)
    expect(watcher.status).toMatchObject({
      engine: { connected: false },
      sets: [{ state: 'unknown', why: 'the engine is away', resources: [{ synced: false }, { synced: false }] }],
    })
    await later(5_000)
    expect(of('engine-lost').length).toBeGreaterThan(3)
    await admin.remove('a')
    trouble.down = false
    await later(10_000)

    expect(of('healed').length).toBe(1)
    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    expect(watcher.status).toMatchObject({ engine: { connected: true }, sets: [{ state: 'synced' }] })
  })

  it('lets the other sets go on where the rights for one are missing', async () => {
    const lab = { 'lab.yaml': setYaml('lab'), 'x.yaml': tunnelYaml('x', { set: 'lab' }) }
    const { begin, later, trouble, of, names, watcher } = bench({ ...vpn, ...lab })
    trouble.beforeAdd = async ({ set }) => {
      if (set === 'lab') throw refusal('denied', 'ERROR_ACCESS_DENIED')
    }
    await begin()
    await later(3_000)

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    expect(of('failure').length).toBeGreaterThan(1)
    expect(of('failure')[0]).toMatchObject({
      set: 'lab',
      result: 'denied',
      message: expect.stringContaining('cannot be used'),
    })
    expect(of('engine-lost')).toEqual([])
    expect(watcher.status.sets.map((s) => s.state)).toEqual(['failing', 'synced'])
  })

  it('asks an engine that opens and then refuses less and less often', async () => {
    const { begin, later, trouble, of, watcher } = bench(vpn)
    trouble.beforeAdd = async () => {
      throw refusal('unavailable', 'RPC_S_SERVER_UNAVAILABLE')
    }
    await begin()
    await later(30_000)

    expect(of('engine-lost').length).toBeGreaterThan(3)
    expect(of('engine-lost').length).toBeLessThan(12)
    expect(of('healed')).toEqual([])
    expect(watcher.status.sets).toMatchObject([{ set: 'vpn', state: 'unknown', why: 'the engine is away' }])
  })

  it('refuses what safety refuses, and leaves the set as it is', async () => {
    const careful = { ...vpn, 'set.yaml': setYaml('vpn', { safety: '{ maxDelete: 0 }' }) }
    const { begin, later, save, of, names } = bench(careful)
    await begin()

    await save({ 'b.yaml': undefined })
    await later(SETTLE)

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    expect(of('failure').at(-1)).toMatchObject({ set: 'vpn', result: 'refused' })
  })

  it('leaves a set to the process that watches it already, and takes over when that ends', async () => {
    const first = bench(vpn)
    await first.begin()
    const second = first.second()

    await second.begin()
    expect(second.of('held')[0]).toMatchObject({
      set: 'vpn',
      holder: `process ${process.pid} (wfpctl watch of set vpn)`,
    })
    expect(second.of('correction')).toEqual([])
    await first.watcher.stop('enough')
    await second.admin.remove('a')
    await second.later(61_000)

    expect(second.of('correction').map((e) => e.address)).toEqual(['IPsecTunnel/a'])
  })

  it('takes back what it is doing when it is told to stop', async () => {
    const { watcher, trouble, clock, of, names } = bench(vpn)
    let adds = 0
    const stopping = new Promise<void>((resolve) => {
      trouble.beforeAdd = async () => {
        adds += 1
        if (adds === 2) resolve(watcher.stop('SIGTERM'))
      }
    })
    await watcher.start()
    for (let i = 0; i < 400 && adds < 2; i++) await clock.advance(10)
    await stopping

    expect(of('stopped').map((e) => e.reason)).toEqual(['SIGTERM'])
    expect(await names()).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('says that a set is synced only where the last pass could look at it', async () => {
    const { begin, later, of, admin, watcher } = bench(vpn)
    await begin()
    await admin.set('fault', 'FwpmFilterEnum0#1=FWP_E_TIMEOUT')
    await later(60_000)

    expect(of('failure')).toMatchObject([{ result: 'busy' }])
    expect(of('pass').filter(({ sets }) => sets[0]?.state === 'unknown')).toHaveLength(1)

    await later(1_000)
    expect(watcher.status.sets).toMatchObject([{ state: 'synced', resources: [{ synced: true }, { synced: true }] }])
  })

  it('goes on after a bug in one pass, and tells of it', async () => {
    const { begin, later, of, trouble, names } = bench(vpn)
    trouble.beforeAdd = async () => {
      throw new TypeError('what nobody thought of')
    }
    await begin()
    expect(of('failure').at(-1)).toMatchObject({
      set: 'vpn',
      result: 'bug',
      message: expect.stringContaining('what nobody thought of'),
    })

    trouble.beforeAdd = async () => {}
    await later(2_000)

    expect(await names()).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
  })
})

/** Everything that an apply could have changed. */
function objectsOf({ sessions: _, ...objects }: Awaited<ReturnType<Bench['admin']['show']>>): object {
  return objects
}

function withSecret(name: string, variable: string, set = 'vpn'): string {
  const mainMode = `  mainMode:
    authentication: [{ presharedKey: { env: ${variable} } }]
    proposals: [{ encryption: aes256, integrity: sha384, dh: dh20 }]
`
  return tunnelYaml(name, { set }).replace('  quickMode:', `${mainMode}  quickMode:`)
}

function refusal(sort: RefusalSort, status: string): EngineRefusal {
  return new EngineRefusal(sort, { call: 'FwpmIPsecTunnelAdd3', status, code: '0x00000005', meaning: 'no' })
}
