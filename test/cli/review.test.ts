/** A plan that somebody else is to approve: what it is of, what a create holds, many changes by group, and as a page. */

import { describe, expect, it, vi } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

vi.setConfig({ testTimeout: 120_000 })

const SET = tunnelSet('a', 'prune: true')
const inA = (name: string, net: number, more: object = {}) => tunnel(name, { set: 'a', net, ...more })
const hundred = (more: object = {}) => Array.from({ length: 100 }, (_, i) => inA(`t${i + 100}`, i, more))

describe('a plan', () => {
  it('names host, engine and the digest that approves it, where there is something to approve', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(SET, inA('hq', 1)))
    const { stdout } = await run('plan', '--host', 'GW01')
    const [, digest = ''] = /^host: GW01\nengine: sandbox\ndigest: (sha256:\S+)\n\n {2}\+/.exec(stdout) ?? []

    expect(digest).not.toBe('')
    expect((await run('apply', '--host', 'GW01', '--plan-digest', digest)).code).toBe(0)
    expect((await run('plan', '--host', 'GW01')).stdout).toMatch(/^No changes/)
  })

  it('of two sets names the digest of each that changes', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(SET, inA('hq', 1), tunnelSet('b', 'prune: true')))
    const { stdout } = await run('plan')

    expect(stdout.match(/^digest: sha256:/gm)).toHaveLength(1)
    expect(stdout).toMatch(/^set a\ndigest: sha256:\S+\n {2}\+ IPsecTunnel\/hq/m)
  })

  it('shows of what is new who talks to whom about what, and how; never where its key is kept', async () => {
    const { write, runWith } = workbench()
    await write('m.yaml', tunnel('hq', { psk: 'env: PSK_OF_HQ' }))
    const { stdout } = await runWith({ PSK_OF_HQ: 'hunter2' }, 'plan')

    expect(stdout).toContain(`
      peer           203.0.113.10 → 198.51.100.1
      traffic        10.1.1.0/24 ↔ 10.2.1.0/24
      crypto         ikev2 aes256-sha384-dh20; esp aes256gcm; pfs dh20
      authentication preshared key
`)
    expect(stdout).not.toMatch(/PSK_OF_HQ|hunter2/)
  })
})

describe('many changes', () => {
  it('are shown by group, and each by itself with --full', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(SET, ...hundred()))
    const { stdout: created } = await run('plan')
    expect(created).toContain('\n  + 100 to create\n      IPsecTunnel/t100\n')
    expect(created).toContain('\n      and 97 more\n')
    expect(created).toContain('100 changes, shown by group: --full shows each of them.\nPlan: 100 to create')
    expect((await run('plan', '--full')).stdout.match(/^ {2}\+ IPsecTunnel/gm)).toHaveLength(100)
    expect((await run('apply', '--auto-approve')).stdout).toContain('\n  + 100 to create\n')

    // 60 change alike, 10 are lost, 5 change each in another way
    const names = (from: number, to: number, more: (i: number) => object) =>
      hundred()
        .slice(from, to)
        .map((_, i) => inA(`t${from + i + 100}`, from + i, more(i)))
    const kept = hundred().slice(75)
    await write(
      'm.yaml',
      many(
        SET,
        ...names(0, 60, () => ({ time: '2h' })),
        ...names(70, 75, (i) => ({ description: `x${i}`, time: `${i + 3}h`, labels: '{ a: b }' })),
        ...kept,
      ),
    )
    const { stdout } = await run('plan')

    const lost = Array.from({ length: 10 }, (_, i) => `      IPsecTunnel/t${i + 160}\n`).join('')
    expect(stdout).toContain(
      `  - 10 to delete: not in any manifest\n${lost}-/+ 60 to replace: disruptive, cause spec\n`,
    )
    expect(stdout).toMatch(/\n {6}quickMode\.proposals\[0\]\.lifetime\.time +1h → 2h\n/)
    expect(stdout).toMatch(/\n {6}quickMode\.proposals\[0\]\.lifetime\.time +\(not the same in all of them\)\n/)
    expect(stdout).toMatch(/\n {6}and 40 more\n/)
    expect(stdout).toContain('Plan: 0 to create, 65 to replace, 10 to delete, 25 unchanged.')
  })

  it('of a set that is destroyed are counted, named, and said how to be seen', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(SET, ...hundred()))
    await run('apply', '--auto-approve')

    const { stdout } = await run('destroy', 'a', '--dry-run')
    expect(stdout).toContain('  - 100 to delete: of set a\n      IPsecTunnel/t100\n')
    expect(stdout).toContain('      and 80 more\n')
    expect(stdout).toContain('--full shows each of them')
    expect((await run('destroy', 'a', '--dry-run', '--full')).stdout.match(/^ {2}- IPsecTunnel/gm)).toHaveLength(100)
  })
})
