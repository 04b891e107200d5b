/** The life of a tunnel: it is renamed, moves, is turned off and on, and all the time its traffic goes on or the plan says that it does not. */

import { describe, expect, it, vi } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

interface Shown {
  readonly providers: readonly { readonly displayData: { readonly name: string } }[]
  readonly contexts: readonly { readonly providerContextId: string; readonly type: number }[]
  readonly filters: { readonly total: number }
}

interface PlanAnswer {
  readonly sets: readonly {
    readonly set: string
    readonly off: readonly string[]
    readonly changes: readonly Readonly<Record<string, unknown>>[]
    readonly blocked: readonly Readonly<Record<string, unknown>>[]
  }[]
  readonly summary: Readonly<Record<string, number>>
}

// a story starts up to twenty processes
vi.setConfig({ testTimeout: 180_000 })

const A = tunnelSet('a', 'prune: true')
const B = tunnelSet('b', 'prune: true')
const APPLY = ['apply', '--auto-approve'] as const
const GENERAL = 8

/** What carries traffic: every context but records and keys of digests, with the number that it got when it was made. */
async function carrying({ json }: Workbench) {
  const { contexts, filters } = await json<Shown>('sandbox', 'show')
  const policies = contexts.filter(({ type }) => type !== GENERAL)
  return { policies, filters }
}

async function listed({ json }: Workbench) {
  const { resources } = await json<{ resources: readonly { address: string; set: string; key: string }[] }>('get')
  return resources.map(({ address, set }) => `${address} ${set}`)
}

async function isSettled({ run }: Workbench): Promise<void> {
  for (const command of ['plan', 'drift']) expect((await run(command)).stdout).toMatch(/^(No changes|No drift)\./)
}

describe('a tunnel that is renamed', () => {
  it('is not touched: its record has the new name, and its key stays', async () => {
    const bench = workbench()
    const { write, run, runWith, json } = bench
    const env = { PSK: 'a long and secret key' }
    await write('m.yaml', many(A, tunnel('dallas', { set: 'a', psk: 'env: PSK' })))
    expect((await runWith(env, ...APPLY)).code).toBe(0)
    const before = await carrying(bench)
    await write('m.yaml', many(A, tunnel('hq-dallas', { set: 'a', psk: 'env: PSK', formerly: 'dallas' })))

    const plan = await runWith(env, 'plan')
    expect(plan.stdout).toMatch(
      /> IPsecTunnel\/hq-dallas +m\.yaml:\d+ +renamed from IPsecTunnel\/dallas: the tunnel stays/,
    )
    expect(plan.stdout).toContain('0 to create, 0 to replace, 0 to delete, 1 to move, 0 unchanged')
    const answer = JSON.parse((await runWith(env, 'plan', '-o', 'json')).stdout) as PlanAnswer
    expect(answer.summary).toMatchObject({ create: 0, replace: 0, delete: 0, move: 1 })
    expect(answer.sets[0]?.changes).toMatchObject([
      { action: 'move', impact: 'none', renamedFrom: 'IPsecTunnel/dallas', address: 'IPsecTunnel/hq-dallas' },
    ])

    const refuseCalls = { ...env, WFPCTL_SANDBOX_FAULT: 'FwpmIPsecTunnel*#1=FWP_E_ALREADY_EXISTS' }
    expect((await runWith(refuseCalls, ...APPLY)).code).toBe(0)
    expect(await carrying(bench)).toEqual(before)
    expect(await listed(bench)).toEqual(['IPsecTunnel/hq-dallas a'])
    expect((await runWith(env, 'plan')).stdout).toContain('No changes.')
    expect((await run('drift')).code).toBe(0)

    await write('m.yaml', many(A, tunnel('hq-dallas', { set: 'a', psk: 'env: PSK' })))
    expect((await runWith(env, 'plan')).stdout).toContain('No changes.')
    await write('e.yaml', (await run('export')).stdout)
    expect((await runWith(env, 'plan', 'e.yaml')).stdout).toContain('No changes.')
    expect((await json<PlanAnswer>('get')).sets).toBeUndefined()
  })

  it('leaves its former name to whoever comes next', async () => {
    const bench = workbench()
    const { write, run } = bench
    await write('m.yaml', many(A, tunnel('dallas', { set: 'a' })))
    expect((await run(...APPLY)).code).toBe(0)
    await write('m.yaml', many(A, tunnel('hq', { set: 'a', formerly: 'dallas' })))
    expect((await run(...APPLY)).code).toBe(0)

    await write('m.yaml', many(A, tunnel('hq', { set: 'a' }), tunnel('dallas', { set: 'a', net: 2 })))
    expect((await run('plan')).stdout).toContain('Plan: 1 to create, 0 to replace, 0 to delete, 1 unchanged.')
    expect((await run(...APPLY)).code).toBe(0)
    await isSettled(bench)
    await write('m.yaml', many(A, tunnel('dallas', { set: 'a', net: 2 })))
    expect((await run(...APPLY)).code).toBe(0)
    expect(await listed(bench)).toEqual(['IPsecTunnel/dallas a'])
    await isSettled(bench)
  })

  it('and changed at once is replaced, in one transaction', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('m.yaml', many(A, tunnel('dallas', { set: 'a' })))
    expect((await run(...APPLY)).code).toBe(0)
    await write('m.yaml', many(A, tunnel('hq', { set: 'a', formerly: 'dallas', time: '2h' })))

    const { sets } = await json<PlanAnswer>('plan')
    expect(sets[0]?.changes).toMatchObject([
      { action: 'replace', impact: 'disruptive', renamedFrom: 'IPsecTunnel/dallas' },
    ])
    expect((await run(...APPLY)).code).toBe(0)
    expect(await listed(bench)).toEqual(['IPsecTunnel/hq a'])
    await isSettled(bench)
  })

  it.each([
    ['is declared still', 'E132', many(A, tunnel('x', { set: 'a' }), tunnel('y', { set: 'a', formerly: 'x', net: 2 }))],
    [
      'changes places',
      'E132',
      many(A, tunnel('x', { set: 'a', formerly: 'y' }), tunnel('y', { set: 'a', formerly: 'x', net: 2 })),
    ],
    ['is its own', 'E132', many(A, tunnel('x', { set: 'a', formerly: 'x' }))],
    [
      'is claimed twice',
      'E133',
      many(A, tunnel('x', { set: 'a', formerly: 'z' }), tunnel('y', { set: 'a', formerly: '[z]', net: 2 })),
    ],
    ['is of another kind', 'E134', many(A, tunnel('x', { set: 'a', formerly: 'KeyManager/z' }))],
    ['is no name', 'E134', many(A, tunnel('x', { set: 'a', formerly: 'Dallas_Old' }))],
  ])('has a finding where the former name %s', async (_title, code, text) => {
    const { write, json } = workbench()
    await write('m.yaml', text)

    const { diagnostics } = await json<{ diagnostics: readonly { code: string }[] }>('validate')
    expect(diagnostics.filter((one) => one.code.startsWith('E')).map((one) => one.code)).toContain(code)
  })
})

describe('a tunnel that moves between sets', () => {
  it('is not touched, with its secret, and the set that it left stays its owner in the engine', async () => {
    const bench = workbench()
    const { write, run, runWith, json } = bench
    const env = { PSK: 'a long and secret key' }
    await write('m.yaml', many(A, B, tunnel('t', { set: 'a', psk: 'env: PSK' })))
    expect((await runWith(env, ...APPLY)).code).toBe(0)
    const before = await carrying(bench)
    await write('m.yaml', many(A, B, tunnel('t2', { set: 'b', psk: 'env: PSK', formerly: 't' })))

    expect((await runWith(env, 'plan')).stdout).toContain(
      'renamed from IPsecTunnel/t, moved from set a: the tunnel stays as it is',
    )
    expect((await runWith(env, ...APPLY)).code).toBe(0)
    expect(await carrying(bench)).toEqual(before)
    expect(await listed(bench)).toEqual(['IPsecTunnel/t2 b'])
    expect((await runWith(env, 'plan')).stdout).toContain('No changes.')
    expect((await run('drift')).code).toBe(0)
    expect((await run('destroy', 'a', '--auto-approve')).code).toBe(3)
    expect((await runWith({ PSK: 'another key, as long' }, 'plan')).stdout).toContain('(changed, not shown)')

    // an administrator's hand is seen, wherever the tunnel has moved
    expect((await run('sandbox', 'tamper', 'IPsecTunnel/t2')).code).toBe(0)
    expect((await run('drift')).code).toBe(2)
    expect((await runWith(env, ...APPLY)).code).toBe(0)
    const { providers } = await json<Shown>('sandbox', 'show')
    expect(providers.map(({ displayData }) => displayData.name)).toEqual(['wfpctl set b'])
    expect((await runWith(env, 'plan')).stdout).toContain('No changes.')
    expect((await run('destroy', 'b', '--auto-approve')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [], contexts: [], filters: { total: 0 } })
  })

  it('is moved with a secret that changes by being replaced', async () => {
    const bench = workbench()
    const { write, runWith } = bench
    await write('m.yaml', many(A, B, tunnel('t', { set: 'a', psk: 'env: PSK' })))
    expect((await runWith({ PSK: 'first, and long enough' }, ...APPLY)).code).toBe(0)
    await write('m.yaml', many(A, B, tunnel('t', { set: 'b', psk: 'env: PSK' })))

    const env = { PSK: 'second, and long enough' }
    expect((await runWith(env, 'plan')).stdout).toContain('moved from set a: replace, disruptive')
    expect((await runWith(env, ...APPLY)).code).toBe(0)
    expect((await runWith(env, 'plan')).stdout).toContain('No changes.')
  })

  it('goes with the set that it is of now when that is destroyed', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('m.yaml', many(A, B, tunnel('t', { set: 'a' }), tunnel('u', { set: 'a', net: 2 })))
    expect((await run(...APPLY)).code).toBe(0)
    await write('m.yaml', many(A, B, tunnel('t', { set: 'b' }), tunnel('u', { set: 'a', net: 2 })))
    expect((await run(...APPLY)).code).toBe(0)

    expect((await run('destroy', 'a', '--auto-approve')).code).toBe(0)
    expect(await listed(bench)).toEqual(['IPsecTunnel/t b'])
    expect((await run('drift')).code).toBe(0)
    expect((await run('destroy', 'b', '--auto-approve')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [], contexts: [], filters: { total: 0 } })
  })
})

describe('a tunnel that is turned off', () => {
  it('is not in the engine, keeps its name and owner, and is said to be off everywhere', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('m.yaml', many(A, tunnel('t', { set: 'a' }), tunnel('u', { set: 'a', net: 2 })))
    expect((await run(...APPLY)).code).toBe(0)
    await write('m.yaml', many(A, tunnel('t', { set: 'a', enabled: false }), tunnel('u', { set: 'a', net: 2 })))

    expect((await run('plan')).stdout).toMatch(/o IPsecTunnel\/t .*turned off, disruptive/)
    const { sets, summary } = await json<PlanAnswer>('plan')
    expect(summary).toMatchObject({ delete: 0, disable: 1, unchanged: 1 })
    expect(sets[0]?.changes).toMatchObject([
      { action: 'disable', impact: 'disruptive', differences: [{ path: '/enabled', before: true, after: false }] },
    ])
    expect((await run(...APPLY)).code).toBe(0)
    expect((await json<{ resources: readonly object[] }>('get')).resources).toMatchObject([
      { address: 'IPsecTunnel/t', set: 'a', spec: { enabled: false } },
      { address: 'IPsecTunnel/u' },
    ])
    expect((await run('get')).stdout).toMatch(/IPsecTunnel\/t .*off/)
    expect((await run('plan')).stdout).toMatch(/IPsecTunnel\/t +off: declared with enabled: false\n\nNo changes\./)
    expect((await json<PlanAnswer>('plan')).sets[0]?.off).toEqual(['IPsecTunnel/t'])
    expect((await run('drift')).stdout).toMatch(/IPsecTunnel\/t +off/)
    expect(await json('drift')).toMatchObject({ drift: [], off: ['IPsecTunnel/t'] })
    expect((await run('export')).stdout).toContain('# IPsecTunnel/t of set a is off')

    await write('m.yaml', many(A, tunnel('t', { set: 'a', enabled: true }), tunnel('u', { set: 'a', net: 2 })))
    expect((await run('plan')).stdout).toMatch(/\+ IPsecTunnel\/t .*turned on/)
    expect((await run(...APPLY)).code).toBe(0)
    await isSettled(bench)
  })

  it('may be off from the start, with its secret not there yet, be renamed, and go', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('m.yaml', many(A, tunnel('t', { set: 'a', enabled: false, psk: 'env: NOT_THERE' })))
    expect((await json<PlanAnswer>('plan')).sets[0]?.changes).toMatchObject([{ action: 'record', impact: 'none' }])
    expect((await run(...APPLY)).code).toBe(0)
    expect(await carrying(bench)).toEqual({ policies: [], filters: { total: 0, other: 0 } })

    await write('m.yaml', many(A, tunnel('u', { set: 'a', enabled: false, formerly: 't', time: '3h' })))
    expect((await json<PlanAnswer>('plan')).sets[0]?.changes).toMatchObject([
      { action: 'move', renamedFrom: 'IPsecTunnel/t' },
    ])
    expect((await run(...APPLY)).code).toBe(0)
    expect(await listed(bench)).toEqual(['IPsecTunnel/u a'])

    await write('m.yaml', many(A))
    expect((await run('plan', '--allow-empty')).stdout).toContain('it was off, its record goes')
    expect((await run(...APPLY, '--allow-empty')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [], contexts: [] })
  })

  it('is turned off and renamed in one change, and on again under its new name', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('m.yaml', many(A, B, tunnel('t', { set: 'a' })))
    expect((await run(...APPLY)).code).toBe(0)
    await write('m.yaml', many(A, B, tunnel('u', { set: 'b', formerly: 't', enabled: false })))
    expect((await json<PlanAnswer>('plan')).sets[1]?.changes).toMatchObject([
      { action: 'disable', renamedFrom: 'IPsecTunnel/t', movedFrom: 'a' },
    ])
    expect((await run(...APPLY)).code).toBe(0)
    expect(await listed(bench)).toEqual(['IPsecTunnel/u b'])
    await write('m.yaml', many(A, B, tunnel('u', { set: 'b' })))
    expect((await run(...APPLY)).code).toBe(0)
    await isSettled(bench)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [{ displayData: { name: 'wfpctl set b' } }] })
  })

  it('stays on while it is protected, and counts for the budget', async () => {
    const { write, run, json } = workbench()
    await write('m.yaml', many(A, tunnel('t', { set: 'a', protect: 'delete' })))
    expect((await run(...APPLY)).code).toBe(0)
    await write('m.yaml', many(A, tunnel('t', { set: 'a', protect: 'delete', enabled: false })))
    expect((await json<PlanAnswer>('plan')).sets[0]?.blocked).toMatchObject([{ reason: 'protected' }])
    expect((await run(...APPLY)).code).toBe(4)

    await write('m.yaml', many(A, tunnel('t', { set: 'a' })))
    expect((await run(...APPLY)).code).toBe(0)
    await write(
      'm.yaml',
      many(tunnelSet('a', 'prune: true, safety: { maxDelete: 0 }'), tunnel('t', { set: 'a', enabled: false })),
    )
    expect((await json<PlanAnswer>('plan')).sets[0]?.blocked).toMatchObject([{ reason: 'maxDelete' }])
  })
})

describe('a tunnel that somebody else made', () => {
  const adopt = (...args: readonly string[]) => ['adopt', ...args] as const

  /** A tunnel of another owner, and a manifest that says what it says. */
  async function foreign(bench: Workbench, shape: string, set?: string): Promise<{ address: string; text: string }> {
    await bench.run('sandbox', 'add-foreign', shape)
    const exported = (await bench.run('export', '--all')).stdout
    const name = /^ {2}name: (.*)$/m.exec(exported)?.[1] as string
    return {
      address: `IPsecTunnel/${name}`,
      text: set === undefined ? exported : exported.replace(/^ {2}name: .*$/m, `$&\n  set: ${set}`),
    }
  }

  it('is adopted by the manifest that says the same, without being touched, and planned to nothing', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    const { address, text } = await foreign(bench, 'product', 'a')
    const before = await carrying(bench)
    await write('m.yaml', many(A, text))
    expect((await run('plan')).stdout).toMatch(/is taken by an object that is not ours.*\n.*wfpctl adopt/)

    const dry = await run(...adopt(address), '--dry-run')
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('/virtualInterface is not shown by the engine')])
    expect((await run(...adopt(address))).code).toBe(4)
    expect(await listed(bench)).toEqual([])
    const answer = await json<Record<string, unknown>>(...adopt(address), '--auto-approve')
    expect(answer).toMatchObject({
      address,
      set: 'a',
      differences: [],
      outcomes: [{ action: 'adopt', status: 'applied' }],
    })
    expect(await carrying(bench)).toEqual(before)
    expect((await run('drift')).code).toBe(0)
    expect((await run('plan')).stdout).toContain('No changes. 1 resource matches the engine')

    expect(await json(...adopt(address))).toMatchObject({ outcomes: [{ status: 'unchanged' }] })
    expect((await run('destroy', 'a', '--auto-approve')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({
      contexts: [],
      providers: [{ displayData: { name: 'Contoso' } }],
    })
  })

  it('is adopted by key under another name, and what differs from the manifest is said and planned', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    const { text } = await foreign(bench, 'firewall', 'a')
    const [key = ''] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text) ?? []
    const own = text
      .replace(/^ {2}name: .*$/m, '  name: branch')
      .replace(/^ {2}key: .*\n/m, '')
      .replace('time: 1h', 'time: 2h')
    await write('m.yaml', many(A, own))

    const refused = await run(...adopt(key), '--auto-approve')
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('no manifest given declares')])
    await write('m.yaml', many(A, own.replace('name: branch', 'name: branch-office-all-profiles-tunnel-1-of-1')))
    const { differences } = await json<{ differences: readonly { path: string }[] }>(...adopt(key), '--auto-approve')
    expect(differences.map(({ path }) => path)).toContain('/quickMode/proposals/0/lifetime/time')
    const { sets } = await json<PlanAnswer>('plan')
    expect(sets[0]?.changes).toMatchObject([{ action: 'replace', cause: 'spec', differences }])
    expect((await run('drift')).code).toBe(0)

    expect((await run(...APPLY)).code).toBe(0)
    await isSettled(bench)
    // nothing is left of what its maker had added: policy, main mode, filters
    expect((await run('destroy', 'a', '--auto-approve')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [], contexts: [], filters: { total: 0 } })
  })

  it('is observed first, protected from every plan, and declared later, all without being touched', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    const { address } = await foreign(bench, 'product')
    const before = await carrying(bench)
    expect((await run(...adopt(address), '--set', 'a', '--auto-approve')).code).toBe(0)
    expect(await listed(bench)).toEqual([`${address} a`])
    expect((await run('drift')).code).toBe(0)
    expect((await run('export')).stdout).toContain('# observed only: no manifest has declared it yet')

    await write('m.yaml', A)
    expect((await run(...APPLY, '--allow-empty')).code).toBe(4)
    await write('m.yaml', (await run('export')).stdout.replace('protect: replace', 'protect: none'))
    expect((await json<PlanAnswer>('plan')).sets[0]?.changes).toMatchObject([{ action: 'record', impact: 'none' }])
    expect((await run(...APPLY)).code).toBe(0)
    expect(await carrying(bench)).toEqual(before)
    expect((await run('plan')).stdout).toContain('No changes.')
    expect((await run('drift')).code).toBe(0)

    await run('sandbox', 'tamper', address)
    expect((await run('drift')).code).toBe(2)
  })

  it('is a stated result where there is nothing to adopt', async () => {
    const bench = workbench()
    const { write, run } = bench
    await write('m.yaml', many(A, tunnel('t', { set: 'a' })))
    for (const [args, code, words] of [
      [adopt('IPsecTunnel/t'), 3, 'no tunnel of another owner says what IPsecTunnel/t declares'],
      [adopt('IPsecTunnel/x'), 3, 'the engine holds no IPsecTunnel/x of another owner'],
      [adopt('IPsecTunnel'), 64, 'names no single object'],
      [adopt('IPsecTunnel/t', 'm.yaml', '--set', 'a'), 64, 'leave out either'],
    ] as const) {
      const ran = await run(...args, '--auto-approve')
      expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(words)])
    }
  })

  it('is unchanged where a call fails', async () => {
    const bench = workbench()
    const { run, runWith } = bench
    const { address } = await foreign(bench, 'product')
    const before = await run('sandbox', 'show')
    for (const call of [
      'FwpmProviderAdd0#1',
      'FwpmProviderAdd0#2',
      'FwpmProviderContextAdd*#1',
      'FwpmProviderContextAdd*#2',
      'FwpmProviderContextAdd*#3',
    ]) {
      const ran = await runWith(
        { WFPCTL_SANDBOX_FAULT: `${call}=FWP_E_ALREADY_EXISTS` },
        ...adopt(address),
        '--set',
        'a',
        '--auto-approve',
      )
      expect([call, ran.code]).toEqual([call, 5])
      expect(await listed(bench)).toEqual([])
    }
    const shown = (await run('sandbox', 'show')).stdout
    expect(JSON.parse(shown).contexts).toEqual(JSON.parse(before.stdout).contexts)
  })
})

describe('a tunnel that is forgotten', () => {
  it("stays, and is nobody's until it is adopted again", async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('m.yaml', many(A, tunnel('t', { set: 'a' })))
    expect((await run(...APPLY)).code).toBe(0)
    const before = await carrying(bench)

    expect((await run('forget', 'IPsecTunnel/t')).code).toBe(4)
    expect(await json('forget', 'IPsecTunnel/t', '--auto-approve')).toMatchObject({
      outcomes: [{ action: 'forget', status: 'applied' }],
    })
    expect(await json('forget', 'IPsecTunnel/t', '--auto-approve')).toMatchObject({
      outcomes: [{ status: 'unchanged' }],
    })
    expect((await run('forget', 'IPsecTunnel/x', '--auto-approve')).code).toBe(3)
    expect(await carrying(bench)).toEqual(before)
    expect(await listed(bench)).toEqual([])
    expect((await json<PlanAnswer>('plan')).sets[0]?.blocked).toMatchObject([{ reason: 'foreign' }])
    const destroyed = await run('destroy', 'a', '--auto-approve')
    expect(destroyed).toMatchObject({ code: 0, stderr: expect.stringContaining("the set's owner stays") })
    expect(await carrying(bench)).toEqual(before)

    expect((await run('adopt', 'IPsecTunnel/t', '--auto-approve')).code).toBe(0)
    expect(await carrying(bench)).toEqual(before)
    await isSettled(bench)
    expect((await run('destroy', 'a', '--auto-approve')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [], contexts: [] })
  })

  it('is forgotten with nothing left where somebody had deleted it', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('m.yaml', many(A, tunnel('t', { set: 'a' })))
    expect((await run(...APPLY)).code).toBe(0)
    await run('sandbox', 'rm', 'IPsecTunnel/t')

    expect((await run('forget', 'IPsecTunnel/t', '--auto-approve')).code).toBe(0)
    expect(await json('sandbox', 'show')).toMatchObject({ providers: [], contexts: [] })
  })
})
