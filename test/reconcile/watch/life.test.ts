import { describe, expect, it } from 'vitest'
import { type Bench, bench } from './harness.ts'
import { setYaml, tunnelYaml } from './manifests.ts'

const sets = { 'vpn.yaml': setYaml('vpn'), 'core.yaml': setYaml('core') }

/** Numbers that the engine gave what it holds, but for records and keys of digests: another one is another object. */
async function ids({ admin }: Bench): Promise<string[]> {
  const { contexts } = await admin.show()
  const shown = contexts as unknown as readonly { readonly type: number; readonly providerContextId: string }[]
  return shown.filter(({ type }) => type !== 8).map(({ providerContextId }) => providerContextId)
}

function stateOf({ watcher }: Bench, address: string) {
  return watcher.status.sets.flatMap(({ set, resources }) =>
    resources.flatMap((one) => (one.address === address ? [{ set, synced: one.synced, off: one.off ?? false }] : [])),
  )
}

const renamed = (name: string, formerly: string, set = 'vpn') =>
  tunnelYaml(name, { set, number: 7 }).replace('metadata: {', `metadata: { formerly: ${formerly},`)

describe('Watcher, over the life of a tunnel', () => {
  it('renames one at once, without waiting for its old name to be missing twice, and moves it, untouched', async () => {
    const own = bench({ ...sets, 'a.yaml': tunnelYaml('a', { number: 7 }) })
    await own.begin()
    const before = await ids(own)

    await own.save({ 'a.yaml': renamed('b', 'a') })
    expect(own.of('unsettled').filter(({ missing }) => missing.length > 0)).toEqual([])
    expect(own.of('correction').at(-1)).toMatchObject({ action: 'move', address: 'IPsecTunnel/b', impact: 'none' })
    expect(await ids(own)).toEqual(before)

    await own.save({ 'a.yaml': renamed('c', 'b', 'core') })
    expect(own.of('correction').at(-1)).toMatchObject({ action: 'move', address: 'IPsecTunnel/c', set: 'core' })
    expect(await ids(own)).toEqual(before)
    expect(stateOf(own, 'IPsecTunnel/c')).toEqual([{ set: 'core', synced: true, off: false }])
    expect(own.watcher.status.sets.map(({ set }) => set)).toEqual(['core', 'vpn'])

    // it is still watched over, although it carries the owner of the set that it left
    const corrections = own.of('correction').length
    await own.admin.tamper('a', 'vpn')
    await own.until(() => own.of('correction').length > corrections)
    expect(own.of('correction').at(-1)).toMatchObject({ action: 'replace', cause: 'drift', address: 'IPsecTunnel/c' })
  })

  it('moves one back and forth without calling it a fight', async () => {
    const own = bench({ ...sets, 'a.yaml': tunnelYaml('a') })
    await own.begin()
    const before = await ids(own)

    for (const set of ['core', 'vpn', 'core', 'vpn', 'core', 'vpn', 'core'])
      await own.save({ 'a.yaml': tunnelYaml('a', { set }) })

    expect(own.of('conflict')).toEqual([])
    expect(own.of('correction').filter(({ action }) => action === 'move').length).toBe(7)
    expect(await ids(own)).toEqual(before)
  })

  it('turns one off and on, and says in its status that it is off', async () => {
    const on = tunnelYaml('a')
    const own = bench({ ...sets, 'a.yaml': on })
    await own.begin()

    await own.save({ 'a.yaml': on.replace('spec:', 'spec:\n  enabled: false') })
    expect(own.of('correction').at(-1)).toMatchObject({ action: 'disable', impact: 'disruptive' })
    expect(await ids(own)).toEqual([])
    expect(stateOf(own, 'IPsecTunnel/a')).toEqual([{ set: 'vpn', synced: true, off: true }])
    await own.later(180_000)
    expect(own.of('drift')).toEqual([])

    await own.save({ 'a.yaml': on })
    expect(own.of('correction').at(-1)).toMatchObject({ action: 'create' })
    expect(stateOf(own, 'IPsecTunnel/a')).toEqual([{ set: 'vpn', synced: true, off: false }])
  })

  it('lets go of a key manager that is turned off, and registers it again', async () => {
    const audit = `apiVersion: wfpctl/v1alpha1
kind: KeyManager
metadata: { name: audit, set: vpn }
spec:
  role: notify
  handler: { builtin: audit-log, file: /tmp/wfpctl-life-audit.ndjson }
`
    const own = bench({ ...sets, 'audit.yaml': audit })
    await own.begin()
    const held = async () => (await own.admin.show()).keyManagers.length
    expect(await held()).toBe(1)

    await own.save({ 'audit.yaml': audit.replace('spec:', 'spec:\n  enabled: false') })
    expect(await held()).toBe(0)
    expect(own.of('unregistered').map(({ address }) => address)).toEqual(['KeyManager/audit'])
    expect(stateOf(own, 'KeyManager/audit')).toEqual([{ set: 'vpn', synced: true, off: true }])

    await own.save({ 'audit.yaml': audit })
    expect(await held()).toBe(1)
  })
})
