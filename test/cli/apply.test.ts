import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

interface ApplyAnswer {
  readonly sets: readonly {
    readonly set: string
    readonly digest: string
    readonly verified: boolean
    readonly changes: readonly {
      readonly address: string
      readonly action: string
      readonly cause: string
      readonly impact: string
      readonly differences: readonly { readonly path: string }[]
    }[]
    readonly blocked: readonly { readonly reason: string }[]
    readonly orphans: readonly { readonly address: string; readonly protected: boolean }[]
  }[]
  readonly outcomes: readonly { readonly address: string; readonly status: string }[]
  readonly summary: Readonly<Record<string, number>>
}

describe('apply', () => {
  it('applies, then finds nothing to do; a changed manifest replaces, a changed label only rewrites the record', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', tunnel('a'))

    const first = await json<ApplyAnswer>('apply', '--auto-approve')
    expect(first).toMatchObject({
      engine: { name: 'sandbox' },
      sets: [
        {
          set: 'default',
          verified: true,
          changes: [
            {
              address: 'IPsecTunnel/a',
              action: 'create',
              cause: 'spec',
              source: { file: 'a.yaml', line: 1, column: 1 },
            },
          ],
        },
      ],
      outcomes: [{ address: 'IPsecTunnel/a', action: 'create', status: 'applied' }],
      summary: { create: 1, replace: 0, delete: 0, unchanged: 0 },
    })
    expect((await run('apply', '--auto-approve')).stdout).toBe(
      ['No changes. 1 resource matches the engine, as far as it shows them.', 'Set default: nothing to do.', ''].join(
        '\n',
      ),
    )

    await write('a.yaml', tunnel('a', { time: '30m' }))
    const changed = await run('plan', '--detailed-exitcode')
    expect(changed.code).toBe(2)
    expect(changed.stdout).toContain('quickMode.proposals[0].lifetime.time     1h → 30m')
    await run('apply', '--auto-approve')

    await write('a.yaml', tunnel('a', { time: '30m', labels: '{ site: hq }' }))
    const relabelled = await json<ApplyAnswer>('apply', '--auto-approve')
    expect(relabelled.sets[0]?.changes).toMatchObject([
      { action: 'record', impact: 'none', differences: [{ path: '/metadata/labels/site' }] },
    ])
    expect((await run('plan', '--detailed-exitcode')).code).toBe(0)
  })

  it('asks nobody where there is nobody: without approval nothing happens, exit 4', async () => {
    const { write, run } = workbench()
    await write('a.yaml', tunnel('a'))

    const refused = await run('apply')

    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('--auto-approve')
    expect((await run('get')).stdout).toBe('Nothing here.\n')
  })

  it('prunes by choice only, keeps what is protected after its manifest is gone, and refuses an empty set', async () => {
    const { write, run, json } = workbench()
    await write('set.yaml', tunnelSet('lab', 'prune: true'))
    await write(
      'a.yaml',
      many(
        tunnel('a', { set: 'lab', protect: 'delete' }),
        tunnel('b', { set: 'lab', net: 2 }),
        tunnel('c', { set: 'lab', net: 3 }),
      ),
    )
    await run('apply', '--auto-approve')

    await write('a.yaml', tunnel('c', { set: 'lab', net: 3 }))
    const kept = await json<ApplyAnswer>('plan', '--no-prune')
    expect(kept.sets[0]?.orphans.map((o) => o.address)).toEqual(['IPsecTunnel/a', 'IPsecTunnel/b'])
    const pruned = await run('apply', '--auto-approve', '-o', 'json')
    expect(pruned.code).toBe(4)
    expect(JSON.parse(pruned.stdout)).toMatchObject({
      sets: [
        {
          changes: [{ address: 'IPsecTunnel/b', action: 'delete', cause: 'prune' }],
          blocked: [{ reason: 'protected', address: 'IPsecTunnel/a' }],
        },
      ],
      outcomes: [{ address: 'IPsecTunnel/b', status: 'applied' }],
    })

    await write('a.yaml', '# nothing any more\n')
    const emptied = await run('apply', '--auto-approve')
    expect(emptied.code).toBe(4)
    expect(emptied.stdout).toContain('--allow-empty')
    expect((await run('get')).stdout).toContain('IPsecTunnel/c')
    expect((await run('apply', '--auto-approve', '--allow-empty')).code).toBe(4)
    expect((await run('get')).stdout).not.toContain('IPsecTunnel/c')
    expect((await run('destroy', 'lab', '--auto-approve')).code).toBe(4)
    expect((await run('get')).stdout).toContain('IPsecTunnel/a')
  })

  it('holds budgets, says the flag that overrides them, and lists the refusal in the plan', async () => {
    const { write, run, json } = workbench()
    await write('set.yaml', tunnelSet('lab', 'prune: true, safety: { maxDelete: 1, maxReplace: 25% }'))
    await write('t.yaml', many(...[1, 2, 3].map((n) => tunnel(`t${n}`, { set: 'lab', net: n }))))
    await run('apply', '--auto-approve')
    await write('t.yaml', many(...[1, 2, 3].map((n) => tunnel(`t${n}`, { set: 'lab', net: n, time: '2h' }))))

    const refused = await run('apply', '--auto-approve')

    expect(refused.code).toBe(4)
    expect(refused.stdout).toContain('safety.maxReplace allows 25% (1)')
    expect(refused.stdout).toContain('--max-replace 3')
    expect((await json<ApplyAnswer>('plan')).sets[0]?.blocked).toMatchObject([{ reason: 'maxReplace' }])
    expect((await run('apply', '--auto-approve', '--max-replace', '3')).code).toBe(0)
  })

  it('applies a saved plan exactly, or says that it is stale', async () => {
    const { write, run } = workbench()
    await write('a.yaml', tunnel('a'))
    await run('plan', '--out', 'saved.json')

    await write('a.yaml', tunnel('a', { time: '2h' }))
    const stale = await run('apply', '--plan', 'saved.json')
    expect(stale.code).toBe(8)
    expect(stale.stderr).toContain('error[E320]')

    await write('a.yaml', tunnel('a'))
    expect((await run('apply', '--plan', 'saved.json')).code).toBe(0)
    expect((await run('apply', '--plan', 'saved.json')).code).toBe(8)
    expect((await run('apply', '--plan', 'a.yaml')).code).toBe(3)
  })

  it('applies what has the approved digest only', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', tunnel('a'))
    const digest = (await json<ApplyAnswer>('plan')).sets[0]?.digest as string

    expect((await run('apply', '--plan-digest', 'sha256:0000')).code).toBe(8)
    expect((await run('apply', '--plan-digest', digest)).code).toBe(0)
  })

  it('lists a set of another host as skipped, and touches nothing of it', async () => {
    const { write, run, json } = workbench()
    await write('set.yaml', many(tunnelSet('lab', 'prune: true, host: OTHER-GW'), tunnel('a', { set: 'lab' })))

    expect(await json('apply', '--auto-approve')).toMatchObject({ sets: [{ skipped: true, changes: [] }] })
    expect((await run('apply', '--auto-approve', '--host', 'other-gw')).code).toBe(0)
    expect(await json('plan')).toMatchObject({ sets: [{ skipped: true, orphans: [{ address: 'IPsecTunnel/a' }] }] })
  })

  it('leaves display text alone unless told', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', tunnel('a', { description: 'first' }))
    await run('apply', '--auto-approve')
    await write('a.yaml', tunnel('a', { description: 'second' }))

    expect(await json('plan')).toMatchObject({
      sets: [{ changes: [], cosmetic: [{ differences: [{ path: '/description' }] }] }],
    })
    expect((await run('plan', '--detailed-exitcode')).code).toBe(0)
    expect((await run('apply', '--auto-approve', '--apply-cosmetic')).code).toBe(0)
    expect(await json('plan')).toMatchObject({ sets: [{ cosmetic: [] }] })
  })

  it.each([['--dry-run'], ['--what-if'], ['--noop']])('takes %s for plan', async (flag) => {
    const { write, run } = workbench()
    await write('a.yaml', tunnel('a'))

    const ran = await run('apply', flag)

    expect(ran).toMatchObject({ code: 0 })
    expect(ran.stdout).toContain('Plan: 1 to create')
    expect((await run('get')).stdout).toBe('Nothing here.\n')
  })
})

describe('the command line', () => {
  it.each([
    [['nonsense'], 64],
    [['plan', '--nonsense'], 64],
    [['plan', '--engine', 'moon'], 64],
    [['plan', '--lock-timeout', 'soon'], 64],
    [['plan', 'no-such-folder'], 3],
    [['get', 'Nonsense'], 64],
    [['explain', 'IPsecTunnel.quickMode.pfss'], 64],
    [['--version'], 0],
    [['schema', 'KeyManager'], 0],
  ])('ends %j with exit code %d', async (args, code) => {
    const { run } = workbench()

    expect((await run(...args)).code).toBe(code)
  })

  it('says that the engine cannot be used where there is none, exit 10', async () => {
    const { write, run } = workbench()
    await write('a.yaml', tunnel('a'))

    const ran = await run('plan', '--engine', 'wfp')

    if (process.platform === 'win32') return
    expect(ran.code).toBe(10)
    expect(ran.stderr).toContain('LoadLibrary')
  })
})
