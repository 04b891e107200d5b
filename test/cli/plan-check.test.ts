import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel } from './manifests.ts'

describe('plan --check', () => {
  it('tries every call in a transaction that is aborted, and says that the engine accepts them', async () => {
    const { write, run } = workbench()
    await write('a.yaml', many(tunnel('a'), tunnel('b', { net: 2 })))

    const checked = await run('plan', '--check')

    expect(checked.code).toBe(0)
    expect(checked.stderr).toContain('Set default: the engine accepts every call.')
    expect((await run('get')).stdout).toBe('Nothing here.\n')
  })

  it('collects every refusal of the engine, each with a frame at its manifest, exit 5', async () => {
    const { write, runWith, run } = workbench()
    await write('a.yaml', many(tunnel('a'), tunnel('b', { net: 2 }), tunnel('c', { net: 3 })))

    const checked = await runWith(
      { WFPCTL_SANDBOX_FAULT: 'FwpmIPsecTunnelAdd3#2=FWP_E_INVALID_TUNNEL_ENDPOINT' },
      'plan',
      '--check',
    )

    expect(checked.code).toBe(5)
    expect(checked.stderr).toContain('error[E412]: the engine refused IPsecTunnel/b')
    expect(checked.stderr).toMatch(/--> a\.yaml:\d+:1/)
    expect(checked.stderr).toContain('FwpmIPsecTunnelAdd3 returned FWP_E_INVALID_TUNNEL_ENDPOINT')
    expect((await run('get')).stdout).toBe('Nothing here.\n')
  })
})

describe('a refusal of the engine', () => {
  it('of a descriptor points at the descriptor, and says what to write', async () => {
    const { write, run } = workbench()
    // a machine in no domain cannot know its administrators: no manifest can tell
    const field = 'spec:\n  securityDescriptor: D:(A;;GA;;;DA)\n'
    await write('a.yaml', tunnel('a').replace('spec:\n', field))

    const [validated, applied] = [await run('validate'), await run('apply', '--auto-approve')]

    expect([validated.code, applied.code]).toEqual([0, 5])
    expect(applied.stderr).toContain('ERROR_INVALID_SID')
    expect(applied.stderr).toMatch(/--> a\.yaml:\d+:23\n/)
    expect(applied.stderr).toContain('write the SID instead')
  })

  it('rolls the set back, names what failed and what was rolled back, exit 5; other sets land', async () => {
    const { write, runWith, run } = workbench()
    const set = (name: string) =>
      `apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata: { name: ${name} }\nspec: { prune: true }\n`
    await write(
      'a.yaml',
      many(
        set('first'),
        set('second'),
        tunnel('a', { set: 'first' }),
        tunnel('b', { set: 'first', net: 2 }),
        tunnel('c', { set: 'second', net: 3 }),
      ),
    )

    const ran = await runWith(
      { WFPCTL_SANDBOX_FAULT: 'FwpmIPsecTunnelAdd3#2=0xC0000022' },
      'apply',
      '--auto-approve',
      '-o',
      'json',
    )

    expect(ran.code).toBe(5)
    const { outcomes } = JSON.parse(ran.stdout) as { outcomes: { address: string; status: string; error?: object }[] }
    expect(outcomes.map((o) => [o.address, o.status])).toEqual([
      ['IPsecTunnel/a', 'rolled-back'],
      ['IPsecTunnel/b', 'failed'],
      ['IPsecTunnel/c', 'applied'],
    ])
    expect(outcomes[1]?.error).toMatchObject({ call: 'FwpmIPsecTunnelAdd3', code: '0xc0000022' })
    expect(ran.stderr + ran.stdout).not.toContain('bug in wfpctl')
    expect((await run('get')).stdout).not.toContain('IPsecTunnel/a')
  })
})
