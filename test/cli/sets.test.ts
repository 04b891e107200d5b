/** Sets of one host and each other: what moves, what nobody declares any more, and what somebody else has declared. */

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Guid } from '../../src/base/json.ts'
import { tunnelKeyOf } from '../../src/kinds/keys.ts'
import { recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { deleteContext, unlessGone } from '../../src/providers/wfp/engine/contexts.ts'
import { openSandbox } from '../../src/providers/wfp/sandbox/library.ts'
import { asAdministrator } from '../laws/administrator.ts'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

interface PlanAnswer {
  readonly sets: readonly {
    readonly set: string
    readonly changes: readonly Readonly<Record<string, unknown>>[]
    readonly blocked: readonly Readonly<Record<string, unknown>>[]
  }[]
  readonly undeclared: readonly { readonly set: string; readonly orphans: readonly { readonly address: string }[] }[]
  readonly summary: Readonly<Record<string, number>>
}

const a = (prune: boolean) => tunnelSet('a', `prune: ${prune}`)
const B = tunnelSet('b', 'prune: true')

describe('a tunnel that moves between sets', () => {
  it.each([false, true])('stays as it is, and is of its new set alone (prune: %s)', async (prune) => {
    const { write, run, json } = workbench()
    await write('m.yaml', many(a(prune), B, tunnel('t1', { set: 'a', net: 1 }), tunnel('t2', { set: 'b', net: 2 })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write('m.yaml', many(a(prune), B, tunnel('t1', { set: 'b', net: 1 }), tunnel('t2', { set: 'a', net: 2 })))

    const { sets } = await json<PlanAnswer>('plan')
    const move = { action: 'move', cause: 'spec', impact: 'none' }
    const between = (before: string, after: string) => ({
      movedFrom: before,
      differences: [{ path: '/metadata/set', before, after, sensitive: false }],
    })
    expect(sets).toMatchObject([
      { set: 'a', orphans: [], blocked: [], changes: [{ address: 'IPsecTunnel/t2', ...move, ...between('b', 'a') }] },
      { set: 'b', orphans: [], blocked: [], changes: [{ address: 'IPsecTunnel/t1', ...move, ...between('a', 'b') }] },
    ])
    expect((await run('plan')).stdout).toContain('moved from set a: the tunnel stays as it is')
    expect((await run('apply', '--auto-approve')).code).toBe(0)

    const { resources } = await json<{ resources: readonly object[] }>('get')
    expect(resources).toMatchObject([
      { name: 't1', set: 'b' },
      { name: 't2', set: 'a' },
    ])
    await write('e.yaml', (await run('export')).stdout)
    for (const file of ['m.yaml', 'e.yaml']) expect((await run('plan', file)).stdout).toContain('No changes.')
  })

  it('stays where it is for as long as its new set cannot take it', async () => {
    const { write, run, runWith } = workbench()
    await write('m.yaml', many(a(true), B, tunnel('t1', { set: 'a', psk: 'env: PSK' })))
    expect((await runWith({ PSK: 'first' }, 'apply', '--auto-approve')).code).toBe(0)
    await write('m.yaml', many(a(true), B, tunnel('t1', { set: 'b', psk: 'env: PSK' })))

    const refused = { PSK: 'first', WFPCTL_SANDBOX_FAULT: 'FwpmProviderContextAdd*#1=FWP_E_ALREADY_EXISTS' }
    expect((await runWith(refused, 'apply', '--auto-approve')).code).toBe(5)
    expect((await runWith({ PSK: undefined }, 'watch', '--once')).code).toBe(3)
    expect((await run('get')).stdout).toMatch(/IPsecTunnel\/t1 +a /)

    expect((await runWith({ PSK: 'first' }, 'watch', '--once')).code).toBe(0)
    expect((await run('get')).stdout).toMatch(/IPsecTunnel\/t1 +b /)
    expect((await runWith({ PSK: 'first' }, 'plan')).stdout).toContain('No changes.')
  })

  it('moves out of a set that is declared no more, of which nothing is left but what the engine calls its owner', async () => {
    const { write, run, json } = workbench()
    await write('m.yaml', many(a(true), tunnel('t1', { set: 'a' })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write('m.yaml', many(B, tunnel('t1', { set: 'b' })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)

    expect((await run('destroy', 'a', '--auto-approve')).code).toBe(3)
    expect((await run('plan')).stdout).not.toContain('set a')
    expect((await run('destroy', 'b', '--auto-approve')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [] })
  })

  it('counts for the budget of its new set where it is replaced', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(a(true), B, tunnel('t1', { set: 'a' })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write(
      'm.yaml',
      many(a(true), tunnelSet('b', 'prune: true, safety: { maxReplace: 0 }'), tunnel('t1', { set: 'b', time: '2h' })),
    )

    expect((await run('apply', '--auto-approve')).code).toBe(4)
    expect((await run('get')).stdout).toMatch(/IPsecTunnel\/t1 +a /)
  })
})

describe('a set that no manifest declares', () => {
  it('is shown by plan, drift, apply and watch for as long as it stands, and destroyed by its name', async () => {
    const { write, run, json } = workbench()
    await write('a.yaml', many(a(true), tunnel('t1', { set: 'a' })))
    await write('b.yaml', many(B, tunnel('t2', { set: 'b', net: 2 })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write('a.yaml', '')

    for (const command of [['plan'], ['apply', '--auto-approve'], ['drift']]) {
      const ran = await run(...command)
      expect(ran.stdout).toContain('set a: the engine holds it, and no manifest given declares it')
      expect(ran.stdout).toContain('applied from a.yaml')
      expect(ran.stdout).toContain('wfpctl destroy a')
      expect(ran.code).toBe(0)
    }
    expect((await json<PlanAnswer>('plan')).undeclared).toMatchObject([
      { set: 'a', orphans: [{ address: 'IPsecTunnel/t1', source: { file: 'a.yaml' } }] },
    ])
    const events = (await run('watch', '--once', '-o', 'ndjson')).stdout.trim().split('\n')
    expect(events.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ event: 'undeclared', set: 'a', resources: ['IPsecTunnel/t1'] }),
    )
    expect((await run('destroy', 'a', '--auto-approve')).stdout).not.toContain('declared')
    expect((await run('plan')).stdout).not.toContain('set a')
  })
})

describe('what is left of a set', () => {
  it('is shown, and destroyed by its name, and said to be nothing afterwards', async () => {
    const { write, run, json, sandbox } = workbench()
    await write('m.yaml', many(a(true), tunnel('t1', { set: 'a' })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await takeAway(sandbox, tunnelKeyOf('a', 't1'))
    await write('m.yaml', '')

    expect((await run('plan')).stdout).toContain('wfpctl destroy a')
    const planned = await run('destroy', 'a', '--dry-run')
    expect(planned.stdout).toContain('what wfpctl owns the set by')
    const destroyed = await run('destroy', 'a', '--auto-approve')

    expect(destroyed).toMatchObject({ code: 0, stdout: expect.stringContaining('what was left of it was removed') })
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [], contexts: [] })
    const again = await run('destroy', 'a', '--auto-approve')
    expect(again).toMatchObject({ code: 3, stderr: expect.stringContaining('holds nothing of a set named a') })
  })

  it('stays where a tunnel stands that no record names, and destroy says so', async () => {
    const { write, run, sandbox } = workbench()
    await write('m.yaml', many(a(true), tunnel('t1', { set: 'a' })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await takeAway(sandbox, '00000000-0000-4000-8000-000000000000', tunnelKeyOf('a', 't1'))

    const destroyed = await run('destroy', 'a', '--auto-approve')

    expect(destroyed).toMatchObject({ code: 0, stderr: expect.stringContaining("the set's owner stays") })
  })
})

/** Another administrator deletes a tunnel, and the record of one. */
async function takeAway(directory: string, key: Guid, recorded = key): Promise<void> {
  const raw = openSandbox({ directory })
  await asAdministrator(raw, ({ session, write }) =>
    write(async (engineHandle, fwp) => {
      await unlessGone(fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key }))
      await deleteContext(session, recordKeyOf(recorded))
    }),
  )
  raw.close?.()
}

describe('what is pruned', () => {
  it('says where it was declared', async () => {
    const { write, run, json } = workbench()
    await write('gw/a.yaml', many(a(true), tunnel('t1', { set: 'a' })))
    await write('gw/b.yaml', tunnel('t2', { set: 'a', net: 2 }))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write('gw/b.yaml', '')

    expect((await run('plan')).stdout).toMatch(/- IPsecTunnel\/t2 +not in any manifest \(applied from gw\/b\.yaml\)/)
    const { sets } = await json<PlanAnswer>('plan')
    expect(sets[0]?.changes).toMatchObject([{ action: 'delete', source: { file: 'gw/b.yaml' } }])
  })

  it('is not what another tree has applied, unless this one takes it over', async () => {
    const { write, run, json } = workbench()
    await write('ours/m.yaml', many(a(true), tunnel('t1', { set: 'a' })))
    await write('theirs/m.yaml', many(a(true), tunnel('t2', { set: 'a', net: 2 })))
    expect((await run('apply', 'ours', '--auto-approve')).code).toBe(0)

    const refused = await run('apply', 'theirs', '--auto-approve')
    expect(refused.code).toBe(4)
    expect(refused.stdout).toMatch(/IPsecTunnel\/t1 of set a was applied from ours\/m\.yaml of .*\/ours, and stays/)
    expect(refused.stdout).toContain('--take-over')
    const standing = async () =>
      (await json<{ resources: readonly { name: string }[] }>('get')).resources.map((r) => r.name)
    expect(await standing()).toEqual(['t1', 't2'])

    expect((await run('apply', 'theirs', '--take-over', '--auto-approve')).code).toBe(0)
    expect(await standing()).toEqual(['t2'])
  })

  it('moves from another tree only when it is taken over, and belongs to the new one from then on', async () => {
    const { write, run, json } = workbench()
    await write('ours/m.yaml', many(a(false), tunnel('t1', { set: 'a' })))
    await write('theirs/m.yaml', many(B, tunnel('t1', { set: 'b' })))
    await write('third/m.yaml', many(B, tunnel('t1', { set: 'b' })))
    expect((await run('apply', 'ours', '--auto-approve')).code).toBe(0)
    expect((await run('apply', 'theirs', '--auto-approve')).code).toBe(4)
    expect((await run('apply', 'theirs', '--auto-approve', '--take-over')).code).toBe(0)

    const { sets } = await json<PlanAnswer>('plan', 'third', '--take-over')
    expect(sets[0]?.changes).toMatchObject([{ action: 'record', differences: [{ path: '/metadata/source' }] }])
    expect((await run('apply', 'third', '--auto-approve', '--take-over')).code).toBe(0)
    await write('third/m.yaml', B)
    expect((await run('apply', 'third', '--auto-approve', '--allow-empty')).code).toBe(0)
  })

  it('may be what another clone of the repository has applied', async () => {
    const { write, run, folder } = workbench()
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' })
    for (const clone of ['one', 'two']) {
      mkdirSync(`${folder}/${clone}`, { recursive: true })
      git('init', '-q', clone)
      git('-C', clone, 'remote', 'add', 'origin', `https://user:token-${clone}@git.example.com/vpn.git`)
    }
    await write('one/gw/m.yaml', many(a(true), tunnel('t1', { set: 'a' }), tunnel('t2', { set: 'a', net: 2 })))
    await write('two/gw/m.yaml', many(a(true), tunnel('t1', { set: 'a' })))
    expect((await run('apply', 'one/gw', '--auto-approve')).code).toBe(0)
    expect((await run('sandbox', 'show')).stdout).not.toContain('token-one')
    expect((await run('apply', 'two/gw', '--auto-approve')).code).toBe(0)
  })
})

describe('what is only recorded', () => {
  it('is an action of its own, in summary and budget', async () => {
    const { write, run, json } = workbench()
    const set = tunnelSet('a', 'prune: true, safety: { maxReplace: 0 }')
    await write('m.yaml', many(set, tunnel('t1', { set: 'a', labels: '{ site: hq }' })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write('m.yaml', many(set, tunnel('t1', { set: 'a', labels: '{ site: lab }' })))

    const { sets, summary } = await json<PlanAnswer>('plan')
    expect(sets[0]).toMatchObject({ blocked: [], changes: [{ action: 'record', impact: 'none' }] })
    expect(summary).toEqual({ create: 0, replace: 0, record: 1, move: 0, disable: 0, delete: 0, unchanged: 0 })
    const { stdout } = await run('plan')
    expect(stdout).toContain('Plan: 0 to create, 0 to replace, 0 to delete, 1 to record, 0 unchanged.')
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    expect((await run('plan')).stdout).toContain('No changes.')
  })
})

describe('a set of a host', () => {
  it.each([
    ['hq-gw01.corp.example.com', 'HQ-GW01'],
    ['HQ-GW01', 'hq-gw01.corp.example.com'],
  ])('is applied where the first label is that of this machine: %s on %s', async (declared, here) => {
    const { write, json } = workbench()
    await write('m.yaml', many(tunnelSet('a', `prune: true, host: ${declared}`), tunnel('t1', { set: 'a' })))

    expect((await json<PlanAnswer>('plan', '--host', here)).summary).toMatchObject({ create: 1 })
  })

  it('that is one name, cut as Windows cuts its short form, is said', async () => {
    const { write, run } = workbench()
    await write(
      'm.yaml',
      many(tunnelSet('a', 'prune: true, host: BRANCH-OFFICE-GATEWAY-01'), tunnel('t1', { set: 'a' })),
    )

    expect((await run('plan', '--host', 'branch-office-g')).stderr).toContain(
      'cuts the short form of a name at 15 characters',
    )
    expect((await run('plan', '--host', 'branch-office-x')).stderr).toContain('its first label is enough')
  })

  it('that is another one leaves a warning with the names, and no success where no set is left', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(tunnelSet('a', 'prune: true, host: gw1.example.com'), tunnel('t1', { set: 'a' })))
    const here = ['--host', 'gw1.example.net']

    for (const [code, ...args] of [
      [0, 'plan'],
      [3, 'plan', '--detailed-exitcode'],
      [3, 'apply', '--auto-approve'],
    ] as const) {
      const ran = await run(...args, ...here)
      expect(ran.stderr).toMatch(/W320.*`gw1\.example\.net`.*gw1\.example\.com/)
      expect(ran.code).toBe(code)
    }
    const watched = await run('watch', '--once', ...here)
    expect(watched.stdout).toContain('skipped    set a belongs to host gw1.example.com')
    await write('b.yaml', many(tunnelSet('b', 'prune: true'), tunnel('t2', { set: 'b', net: 2 })))
    const applied = await run('apply', '--auto-approve', ...here)
    expect(applied.stderr).not.toContain('W320')
    expect(applied.code).toBe(0)
  })
})

it('what the engine hides of a tunnel is told where the tunnel stays, not where it goes', async () => {
  const { write, run, runWith } = workbench()
  await write('m.yaml', many(tunnelSet('a', 'prune: true'), tunnel('t1', { set: 'a', psk: 'env: PSK' })))
  const secret = { PSK: 'a long enough secret' }
  await runWith(secret, 'apply', '--auto-approve')
  await write('n.yaml', tunnel('t2', { set: 'a', net: 2 }))

  expect((await runWith(secret, 'plan')).stdout).toMatch(/Unverified: \d+ values?/)
  expect((await run('destroy', 'a', '--dry-run')).stdout).not.toContain('Unverified')
})

describe('the policy of a set', () => {
  const POLICY = 'prune: true, safety: { maxDelete: 1, maxReplace: 25% }, drift: { mode: report, resync: 2m }'
  const documentOf = (text: string): string => text.split('---\n')[0] as string

  it('is exported as it was applied, and planned to nothing', async () => {
    const { write, run } = workbench()
    await write(
      'm.yaml',
      many(tunnelSet('a', POLICY), tunnel('t1', { set: 'a', net: 1 }), tunnel('t2', { set: 'a', net: 2 })),
    )
    expect((await run('apply', '--auto-approve')).code).toBe(0)

    await write('e.yaml', (await run('export')).stdout)

    const { stdout } = await run('export')
    expect(documentOf(stdout)).toBe(
      'apiVersion: wfpctl/v1alpha1\nkind: TunnelSet\nmetadata:\n  name: a\nspec:\n  prune: true\n  safety:\n    maxDelete: 1\n    maxReplace: 25%\n  drift:\n    mode: report\n    resync: 2m\n',
    )
    expect((await run('plan', 'e.yaml')).stdout).toContain('No changes.')
  })

  it('of the default set is exported where it has a document', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(tunnelSet('default', 'prune: true'), tunnel('t1')))
    expect((await run('apply', '--auto-approve')).code).toBe(0)

    expect(documentOf((await run('export')).stdout)).toContain('name: default\nspec:\n  prune: true\n')
  })

  it('prunes nothing where a part of the set is exported', async () => {
    const { write, run } = workbench()
    await write(
      'm.yaml',
      many(tunnelSet('a', POLICY), tunnel('t1', { set: 'a', net: 1 }), tunnel('t2', { set: 'a', net: 2 })),
    )
    expect((await run('apply', '--auto-approve')).code).toBe(0)

    const { stdout } = await run('export', '--target', 'IPsecTunnel/t1')

    expect(documentOf(stdout)).toContain(
      '# prune: true stands recorded, and a part of the set must not prune the rest\n',
    )
    expect(documentOf(stdout)).toContain('prune: false')
    expect(documentOf(stdout)).toContain('maxReplace: 25%')
  })

  it('prunes only where every record says so, and says that they differ', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(tunnelSet('a', 'prune: false'), tunnel('t1', { set: 'a', net: 1 })))
    expect((await run('apply', '--auto-approve')).code).toBe(0)
    await write(
      'm.yaml',
      many(tunnelSet('a', POLICY), tunnel('t1', { set: 'a', net: 1 }), tunnel('t2', { set: 'a', net: 2 })),
    )
    expect((await run('apply', '--auto-approve')).code).toBe(0)

    const { stdout } = await run('export')

    expect(documentOf(stdout)).toContain('# its tunnels were applied at different times, under different policies')
    expect(documentOf(stdout)).toContain('prune: false')
  })

  it('is kept when a tunnel of somebody else is adopted into it', async () => {
    const { write, run } = workbench()
    await run('sandbox', 'add-foreign', 'product')
    const foreign = (await run('export', '--all')).stdout.replace(/^ {2}name: .*$/m, '$&\n  set: a')
    const name = /^ {2}name: (.*)$/m.exec(foreign)?.[1]
    await write('m.yaml', many(tunnelSet('a', POLICY), foreign))
    expect((await run('adopt', `IPsecTunnel/${name}`, '--auto-approve')).code).toBe(0)

    await write('e.yaml', (await run('export')).stdout)

    expect((await run('export')).stdout).toContain('resync: 2m')
    expect((await run('plan', 'e.yaml')).stdout).toContain('No changes.')
  })
})
