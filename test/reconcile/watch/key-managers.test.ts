import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Bench, bench } from './harness.ts'
import { setYaml, tunnelYaml } from './manifests.ts'

const directory = mkdtempSync(join(tmpdir(), 'wfpctl-audit-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function keyManagerYaml(name: string, description = 'audit'): string {
  return `apiVersion: wfpctl/v1alpha1
kind: KeyManager
metadata: { name: ${name}, set: vpn }
spec:
  description: ${description}
  role: notify
  handler: { builtin: audit-log, file: ${join(directory, `${name}.ndjson`)} }
`
}

const vpn = { 'set.yaml': setYaml('vpn'), 'a.yaml': tunnelYaml('a'), 'audit.yaml': keyManagerYaml('audit') }

async function registered(admin: Bench['admin']): Promise<(string | null)[]> {
  const { keyManagers } = await admin.show()
  return (keyManagers as unknown as readonly Shown[]).map((manager) => manager.displayData.description)
}

interface Shown {
  readonly displayData: { readonly description: string | null }
}

describe('Watcher, with key managers', () => {
  it('registers them, keeps them over passes, and unregisters them at the end', async () => {
    const { begin, later, of, admin, watcher } = bench(vpn)

    await begin()
    await later(180_000)
    expect(await registered(admin)).toEqual(['audit'])
    expect(of('registered').length).toBe(1)
    await watcher.stop('enough')

    expect(await registered(admin)).toEqual([])
    expect(of('unregistered').map((e) => e.address)).toEqual(['KeyManager/audit'])
  })

  it('registers one again whose session was lost alone, where the engine lists none', async () => {
    const { begin, later, of, admin } = bench(vpn)
    await admin.set('manager-list', 'denied')
    await begin()
    await later(300)
    expect(await registered(admin)).toEqual(['audit'])

    await admin.set('fault', 'FwpmProviderGetByKey0#2=lost:RPC_S_CALL_FAILED') // the first asks for the set's owner
    await later(60_000)
    await later(300)

    expect(await registered(admin)).toEqual(['audit'])
    expect(of('registered')).toHaveLength(2)
  })

  it('registers one anew when its manifest changes, and lets go of it when that is gone', async () => {
    const { begin, later, save, of, admin } = bench(vpn)
    await begin()

    await save({ 'audit.yaml': keyManagerYaml('audit', 'another') })
    expect(await registered(admin)).toEqual(['another'])
    await save({ 'audit.yaml': undefined })
    await later(300)

    expect(await registered(admin)).toEqual([])
    expect(of('unregistered').length).toBe(2)
  })

  it('registers them again after the engine was away', async () => {
    const { begin, later, of, admin, trouble, watcher } = bench(vpn)
    await begin()

    trouble.down = true
    watcher.mark('files')
    await later(1_000)
    expect(await registered(admin)).toEqual([])
    trouble.down = false
    await later(10_000)

    expect(await registered(admin)).toEqual(['audit'])
    expect(of('registered').length).toBe(2)
  })

  it('tells of a refusal, keeps the tunnels all the same, and tries again', async () => {
    const { begin, later, of, admin, names } = bench(vpn)
    await admin.set('integrity', 'fail')

    await begin()
    expect(of('failure').at(-1)).toMatchObject({ address: 'KeyManager/audit', result: 'failed' })
    expect(of('pass').at(-1)?.sets[0]).toMatchObject({ state: 'failing', unsynced: 1 })
    expect(await names()).toContain('IPsecTunnel/a')
    await admin.set('integrity', 'ok')
    await later(5_000)

    expect(await registered(admin)).toEqual(['audit'])
    expect(of('pass').at(-1)?.sets[0]).toMatchObject({ state: 'synced' })
  })
})
