/** A set that a watch leaves alone: suspended, waiting for a confirmation, or outside of its windows. */

import { describe, expect, it } from 'vitest'
import { kindsByName } from '../../../src/kinds/index.ts'
import { loadDesired } from '../../../src/manifest/load.ts'
import { restart } from '../../../src/providers/wfp/sandbox/admin.ts'
import { confirm } from '../../../src/reconcile/confirm/ending.ts'
import { encodeSuspension, suspensionOf } from '../../../src/reconcile/notes/index.ts'
import type { Provider } from '../../../src/reconcile/provider.ts'
import { reconcile } from '../../../src/reconcile/reconcile.ts'
import { ANA } from '../../support/on-condition.ts'
import { type Bench, bench } from './harness.ts'
import { setYaml, tunnelYaml } from './manifests.ts'

const MINUTE = 60_000
const SLOW = { 'set.yaml': setYaml('vpn', { drift: '{ resync: 24h }' }), 'a.yaml': tunnelYaml('a') }

function suspend({ other, clock }: Bench, milliseconds?: number): Promise<void> {
  const until =
    milliseconds === undefined ? {} : { until: new Date(clock.date().getTime() + milliseconds).toISOString() }
  const suspension = { by: 'ana', time: clock.date().toISOString(), reason: 'the peer is updated', ...until }
  return other((provider) => note(provider, encodeSuspension(suspension)))
}

function note(provider: Provider, data: Uint8Array | undefined): Promise<void> {
  return provider.transaction('vpn', async (tx) => {
    await tx.note('suspension', data)
    return { commit: true, value: undefined }
  })
}

/** Somebody applies other manifests by hand, on condition. */
function applyByHand({ other, clock }: Bench, files: { readonly [path: string]: string }, seconds: number) {
  const { desired } = loadDesired(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    kindsByName,
  )
  return other((provider) =>
    reconcile({
      load: async () => ({ ok: true, value: desired, diagnostics: [] }),
      open: async () => provider,
      policy: { host: 'test-host' },
      actor: ANA,
      approve: async () => () => ({ mode: 'commit', confirm: { seconds, uptime: () => clock.uptime() } }),
    }),
  )
}

const stateOf = ({ watcher }: Bench) => watcher.status.sets.map(({ state, why }) => [state, why])

describe('a suspended set', () => {
  it('is left alone, its drift is told, and it is looked after again when its time is over', async () => {
    const own = bench(SLOW)
    const { begin, until, of, names, admin, later } = own
    await begin()
    await suspend(own, 10 * MINUTE)
    await admin.remove('a')
    await until(() => of('drift').length === 1)

    expect(of('suspended')).toMatchObject([{ set: 'vpn', by: 'ana', reason: 'the peer is updated' }])
    expect(of('drift')).toMatchObject([{ mode: 'report', address: 'IPsecTunnel/a' }])
    expect(stateOf(own)).toEqual([['suspended', 'suspended by ana until 2026-01-01T00:10:00Z: the peer is updated']])
    expect(await names()).toEqual([])
    expect(of('correction')).toHaveLength(1)

    await later(10 * MINUTE)
    await until(() => of('correction').length === 2)
    expect(await names()).toEqual(['IPsecTunnel/a'])
    expect(stateOf(own)).toEqual([['synced', undefined]])
  })

  it('stays so without an end, until somebody resumes it', async () => {
    const own = bench(SLOW)
    const { begin, until, of, later, admin, other } = own
    await begin()
    await suspend(own)
    await admin.tamper('a')
    await until(() => of('drift').length === 1)
    await later(20 * MINUTE)
    expect(of('correction')).toHaveLength(1)
    expect(of('suspended')).toHaveLength(1)

    await other((provider) => note(provider, undefined))
    await until(() => of('correction').length === 2)
  })
})

describe('a set that waits for a confirmation', () => {
  const OTHER = { ...SLOW, 'a.yaml': tunnelYaml('b') }

  it('is left alone until it is confirmed, and then is as declared again', async () => {
    const own = bench(SLOW)
    const { begin, until, of, names, other, clock, later } = own
    await begin()
    await applyByHand(own, OTHER, 120)
    await until(() => of('unconfirmed').length === 1)

    expect(await names()).toEqual(['IPsecTunnel/b'])
    expect(of('unconfirmed')).toMatchObject([{ set: 'vpn', by: 'CORP\\ana', secondsLeft: expect.any(Number) }])
    expect(stateOf(own)[0]?.[0]).toBe('unconfirmed')
    await later(100_000)
    expect(await names()).toEqual(['IPsecTunnel/b'])

    await other((provider) => confirm(provider, 'vpn', { actor: ANA, uptime: clock.uptime() }))
    await until(() => of('correction').length === 3)
    expect(await names()).toEqual(['IPsecTunnel/a'])
  })

  it('is taken back in time, and then suspended: what nobody confirmed is not done again', async () => {
    const own = bench(SLOW)
    const { begin, until, of, names, save, later, other } = own
    await begin()
    await applyByHand(own, OTHER, 120)
    await save({ 'a.yaml': tunnelYaml('b') })
    await until(() => of('unconfirmed').length === 1)
    await later(121_000)
    await until(() => of('rolled-back').length === 1)

    expect(of('rolled-back')).toMatchObject([{ set: 'vpn', by: 'CORP\\ana', reason: 'not confirmed in time' }])
    await until(() => stateOf(own)[0]?.[0] === 'suspended')
    expect(await names()).toEqual(['IPsecTunnel/a'])
    expect(await other(async (provider) => suspensionOf(await provider.notes('vpn')))).toMatchObject({
      reason: expect.stringContaining('was taken back: not confirmed within 2m'),
    })
    await later(20 * MINUTE)
    expect(await names()).toEqual(['IPsecTunnel/a'])
  })

  it('is only told of by a watch that only reports', async () => {
    const own = bench(SLOW)
    await own.begin()
    await own.watcher.stop('enough')
    await applyByHand(own, OTHER, 120)
    const reporting = own.second({ mode: 'report' })
    await reporting.begin()
    await reporting.later(300_000)

    expect(reporting.of('rolled-back')).toEqual([])
    expect(await own.names()).toEqual(['IPsecTunnel/b'])
  })

  it('is taken back by a watch that starts after the machine has', async () => {
    const own = bench(SLOW)
    await own.begin()
    await own.watcher.stop('enough')
    await applyByHand(own, OTHER, 86_400)
    await own.other(async () => restart(own.raw))
    const next = own.second()
    await next.begin()
    await next.until(() => next.of('rolled-back').length === 1)

    expect(next.of('rolled-back')).toMatchObject([{ reason: 'not confirmed before a restart' }])
    expect(await own.names()).toEqual(['IPsecTunnel/a'])
  })
})

describe('a maintenance window', () => {
  const windowed = (windows: string) => ({
    'set.yaml': setYaml('vpn', { drift: `{ resync: 24h, windows: ${windows} }` }),
    'a.yaml': tunnelYaml('a'),
  })

  it('is awaited by corrections, which are told of before', async () => {
    // the clock begins on Thursday, 2026-01-01T00:00Z
    const own = bench(windowed("[{ days: [thu], from: '01:30', to: '01:40', timeZone: Europe/Berlin }]"))
    const { begin, of, names, later, until, admin } = own
    await begin()
    expect(of('pending')).toMatchObject([{ address: 'IPsecTunnel/a' }])
    expect(stateOf(own)).toEqual([
      ['pending', 'outside of its maintenance windows; the next one opens at 2026-01-01T00:30Z'],
    ])
    await later(20 * MINUTE)
    expect(await names()).toEqual([])

    await later(10 * MINUTE)
    await until(() => of('correction').length === 1)
    expect(await names()).toEqual(['IPsecTunnel/a'])
    expect(stateOf(own)).toEqual([['synced', undefined]])

    await later(10 * MINUTE)
    await admin.remove('a')
    await until(() => of('drift').length === 1)
    expect(of('drift')).toMatchObject([{ mode: 'report' }])
    expect(stateOf(own)[0]).toEqual([
      'drifted',
      'outside of its maintenance windows; the next one opens at 2026-01-08T00:30Z',
    ])
    expect(await names()).toEqual([])
  })

  it('is none for who has nothing to correct', async () => {
    const own = bench(SLOW)
    await own.begin()
    await own.save(windowed("[{ days: [mon], from: '22:00', to: '23:00' }]"))
    await own.later(10 * MINUTE)

    expect(stateOf(own)).toEqual([['synced', undefined]])
  })
})
