/** Warnings as errors, and warnings that are answered. */

import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

describe('--strict', () => {
  it('makes an error of a warning about manifests, unless it is waived', async () => {
    const { write, run, json } = workbench()
    const weak = tunnel('t1').replace('pfs: dh20', 'pfs: dh2')
    await write('m.yaml', weak)

    expect((await run('validate')).code).toBe(0)
    const refused = await run('validate', '--strict')
    expect(refused.stderr).toContain('error[W220]')
    expect(refused.code).toBe(3)
    expect((await run('apply', '--strict', '--auto-approve')).code).toBe(3)

    await write(
      'm.yaml',
      weak.replace('name: t1', 'name: t1, waive: [{ code: W220, reason: old peer, until: 2099-01-01 }]'),
    )
    expect((await json<{ diagnostics: readonly object[] }>('validate', '--strict')).diagnostics).toEqual([])
  })

  it('makes an error of a warning about a secret, unless its set waives it', async () => {
    const { write, run, folder } = workbench()
    const waive = ', waive: [{ code: W310, reason: the peer has it so, until: 2099-01-01 }]'
    const documents = (more: string) =>
      many(
        tunnelSet('a', 'prune: false').replace('name: a', `name: a${more}`),
        tunnel('t1', { set: 'a', psk: 'file: psk' }),
      )
    await write('m.yaml', documents(''))
    writeFileSync(`${folder}/psk`, '"swordfish"', { mode: 0o600 })

    const warned = await run('plan')
    expect(warned.stderr).toContain('warning[W310]')
    expect(warned.stderr).not.toContain('swordfish')
    expect((await run('plan', '--strict')).code).toBe(3)
    await write('m.yaml', documents(waive))
    expect(await run('plan', '--strict')).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('watch --strict', () => {
  it('enforces no reading with a warning that is not waived, of manifests or of secrets', async () => {
    const { write, run, folder } = workbench()
    const once = () => run('watch', '--once', '--strict')
    const weak = tunnel('t1').replace('pfs: dh20', 'pfs: dh2')
    await write('m.yaml', weak)
    const refused = await once()
    expect(refused.stdout).toContain('the manifests have errors')
    expect(refused.stderr).toContain('error[W220]')
    expect(refused.code).toBe(3)
    expect((await run('get')).stdout).toBe('Nothing here.\n')

    await write(
      'm.yaml',
      weak.replace('name: t1', 'name: t1, waive: [{ code: W220, reason: old peer, until: 2099-01-01 }]'),
    )
    expect((await once()).code).toBe(0)

    await write('m.yaml', tunnel('t1', { psk: 'file: psk' }))
    writeFileSync(`${folder}/psk`, '"swordfish"', { mode: 0o600 })
    const doubtful = await once()
    expect(doubtful.stderr).toContain('error[W310]')
    expect(doubtful.code).toBe(3)
    expect((await run('watch', '--once')).code).toBe(0)
  })
})

describe('apply --plan', () => {
  it('is as strict as the plan was', async () => {
    const { write, run } = workbench()
    await write('m.yaml', tunnel('t1'))
    expect((await run('plan', '--strict', '--out', 'p.json')).code).toBe(0)
    await write(
      'm.yaml',
      tunnel('t1').replace('name: t1', 'name: t1, waive: [{ code: W220, reason: old, until: 2099-01-01 }]'),
    )

    const refused = await run('apply', '--plan', 'p.json', '--auto-approve')
    expect(refused.stderr).toContain('error[W120]')
    expect(refused.code).toBe(3)
  })
})

describe('apply --plan-digest', () => {
  it('asks for digests of sets with changes only', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', many(tunnelSet('a', 'prune: true'), tunnel('t1', { set: 'a' })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write('b.yaml', many(tunnelSet('b', 'prune: true'), tunnel('t2', { set: 'b', net: 2 })))
    const { sets } = await json<{ sets: readonly { set: string; digest: string }[] }>('plan')
    const { digest } = sets.find(({ set }) => set === 'b')!

    expect((await run('apply', '--plan-digest', digest)).code).toBe(0)
    expect((await run('plan')).stdout).toContain('No changes.')
  })
})

describe('plan --no-secrets', () => {
  it('plans where the keys are not, and takes none for changed', async () => {
    const { write, run, runWith, json } = workbench()
    await write('m.yaml', many(tunnel('t1', { psk: 'env: PSK' })))
    const first = await run('plan', '--no-secrets')
    expect(first.stdout).toContain('Plan: 1 to create')
    expect(first.stderr).toContain('Secrets were not read')
    expect((await runWith({ PSK: 'swordfish' }, 'apply', '--auto-approve')).code).toBe(0)

    await write('m.yaml', many(tunnel('t1', { psk: 'env: PSK', time: '30m' })))
    const { sets } = await json<{ sets: readonly { changes: readonly object[] }[] }>('plan', '--no-secrets')
    expect(sets[0]?.changes).toMatchObject([{ differences: [{ path: '/quickMode/proposals/0/lifetime/time' }] }])
    expect((await run('plan', '--no-secrets', '--out', 'p.json')).code).toBe(64)
  })
})

describe('explain --recursive', () => {
  it('lists every field below a kind, or below a field', async () => {
    const { run } = workbench()
    const { stdout } = await run('explain', 'IPsecTunnel', '--recursive')

    expect(stdout).toMatch(/^IPsecTunnel\n {2}apiVersion <string> -required-\n/)
    expect(stdout).toMatch(/\n {8}presharedKey <object>\n {10}env <string>\n/)
    expect((await run('explain', 'TunnelSet.safety', '--recursive')).stdout).toBe(
      [
        'TunnelSet.spec.safety',
        '  maxDelete <integer | string>',
        '  maxReplace <integer | string>',
        '  acceptReadback <[]string>',
        '',
      ].join('\n'),
    )
  })
})
