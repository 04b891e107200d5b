/** Part of a tree: by labels, by address, by file. What is outside is neither changed, nor pruned, nor missed, and the plan says so. */

import { describe, expect, it, vi } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

interface PlanAnswer {
  readonly partial?: object
  readonly diagnostics: readonly { readonly code: string; readonly help: string }[]
  readonly sets: readonly {
    readonly digest: string
    readonly outside?: number
    readonly changes: readonly { readonly action: string; readonly address: string }[]
    readonly orphans: readonly { readonly address: string; readonly elsewhere?: boolean }[]
  }[]
}

// a story starts up to twenty processes
vi.setConfig({ testTimeout: 180_000 })

const SET = tunnelSet('a', 'prune: true')
const APPLY = ['apply', '--auto-approve'] as const
const hq = (time = '1h') => tunnel('hq', { set: 'a', labels: '{ env: prod, site: hq }', net: 1, time })
const lab = (time = '1h') => tunnel('lab', { set: 'a', labels: '{ env: lab }', net: 2, time })
const gone = tunnel('gone', { set: 'a', labels: '{ env: lab }', net: 3 })

async function changes({ json }: Workbench, ...args: readonly string[]): Promise<string[]> {
  const { sets } = await json<PlanAnswer>('plan', ...args)
  return sets.flatMap((set) => set.changes.map(({ action, address }) => `${action} ${address}`))
}

async function standing({ json }: Workbench, ...args: readonly string[]): Promise<string[]> {
  return (await json<{ resources: readonly { name: string }[] }>('get', ...args)).resources.map(({ name }) => name)
}

async function applied(): Promise<Workbench> {
  const bench = workbench()
  await bench.write('m.yaml', many(SET, hq(), lab(), gone))
  expect((await bench.run(...APPLY)).code).toBe(0)
  await bench.write('m.yaml', many(SET, hq('2h'), lab('2h')))
  return bench
}

describe('labels', () => {
  it('choose what is changed, pruned, listed, exported and compared', async () => {
    const bench = await applied()
    const { run, json } = bench
    const all = ['delete IPsecTunnel/gone', 'replace IPsecTunnel/hq', 'replace IPsecTunnel/lab']
    expect(await changes(bench)).toEqual(all)
    for (const [selector, expected] of [
      ['env=prod', ['replace IPsecTunnel/hq']],
      ['env in (lab)', ['delete IPsecTunnel/gone', 'replace IPsecTunnel/lab']],
      ['site', ['replace IPsecTunnel/hq']],
      ['!site', ['delete IPsecTunnel/gone', 'replace IPsecTunnel/lab']],
      ['env notin (prod,lab)', []],
    ] as const)
      expect([selector, await changes(bench, '-l', selector)]).toEqual([selector, expected])

    expect(await standing(bench, '-l', 'env!=lab')).toEqual(['hq'])
    const exported = (await run('export', '-l', 'env=prod')).stdout
    expect([exported.includes('name: hq'), exported.includes('name: lab')]).toEqual([true, false])
    await run('sandbox', 'tamper', 'IPsecTunnel/hq')
    expect((await run('drift', '-l', 'env=lab')).code).toBe(0)
    const drift = await run('drift', '-l', 'env=prod')
    expect([drift.code, drift.stdout]).toEqual([
      2,
      expect.stringContaining("Partial: only -l 'env=prod'; 2 other resources were not compared."),
    ])
    expect(await json('drift', '-l', 'env=lab')).toMatchObject({
      drift: [],
      partial: { labels: [{ label: 'env', operator: 'in', values: ['lab'] }] },
    })

    expect((await run(...APPLY, '-l', 'env=prod')).code).toBe(0)
    expect(await standing(bench)).toEqual(['gone', 'hq', 'lab'])
    expect(await changes(bench)).toEqual(['delete IPsecTunnel/gone', 'replace IPsecTunnel/lab'])
  })

  it('are said in the plan, for people and programs', async () => {
    const { run, json } = await applied()
    expect((await run('plan', '-l', 'env=prod')).stdout).toContain(
      "Partial: only -l 'env=prod'; 2 other resources are left alone.\n",
    )
    expect((await run('plan')).stdout).not.toContain('Partial')
    expect((await json<PlanAnswer>('plan')).partial).toBeUndefined()
    const { partial, sets } = await json<PlanAnswer>('plan', '-l', 'env=prod')
    expect(partial).toEqual({ labels: [{ label: 'env', operator: 'in', values: ['prod'] }] })
    expect(sets[0]?.outside).toBe(2)
  })

  it('that are no selector are a usage error, on every command', async () => {
    const { run } = await applied()
    for (const command of ['plan', 'apply', 'drift', 'get', 'export']) {
      const ran = await run(command, '-l', 'env=(prod)')
      expect([command, ran.code, ran.stderr]).toEqual([
        command,
        64,
        expect.stringContaining('env=(prod) is not a label selector'),
      ])
    }
  })

  it('need no secret of what is outside', async () => {
    const { write, run } = workbench()
    await write('m.yaml', many(SET, hq(), tunnel('other', { set: 'a', net: 2, psk: 'env: NOT_THERE' })))
    expect((await run(...APPLY)).code).toBe(3)
    expect((await run(...APPLY, '-l', 'env=prod')).code).toBe(0)
  })
})

describe('a target', () => {
  it('is one resource, or several; what is pruned may be one', async () => {
    const bench = await applied()
    expect(await changes(bench, '--target', 'IPsecTunnel/hq')).toEqual(['replace IPsecTunnel/hq'])
    expect(await changes(bench, '--target', 'IPsecTunnel/gone', '--target', 'IPsecTunnel/hq')).toEqual([
      'delete IPsecTunnel/gone',
      'replace IPsecTunnel/hq',
    ])
    expect(await changes(bench, '--target', 'IPsecTunnel/lab', '-l', 'env=prod')).toEqual([])
    expect(await standing(bench, '--target', 'IPsecTunnel/lab')).toEqual(['lab'])
    expect((await bench.run(...APPLY, '--target', 'IPsecTunnel/gone')).code).toBe(0)
    expect(await standing(bench)).toEqual(['hq', 'lab'])
  })

  it('that nothing is called is an error that names the nearest', async () => {
    const { run, json } = await applied()
    const { diagnostics } = await json<PlanAnswer>('plan', '--target', 'IPsecTunnel/hk')
    expect(diagnostics).toMatchObject([{ code: 'E321', help: 'did you mean `IPsecTunnel/hq`?' }])
    for (const command of [['plan'], APPLY, ['drift'], ['get'], ['export']]) {
      const ran = await run(...command, '--target', 'hq')
      expect([command, ran.code, ran.stderr]).toEqual([
        command,
        3,
        expect.stringContaining('write its whole address: IPsecTunnel/hq'),
      ])
    }
  })

  it('may be the former name of what is renamed', async () => {
    const bench = await applied()
    await bench.write(
      'm.yaml',
      many(SET, tunnel('main', { set: 'a', labels: '{ env: prod, site: hq }', net: 1, formerly: 'hq' }), lab()),
    )
    for (const target of ['IPsecTunnel/main', 'IPsecTunnel/hq'])
      expect(await changes(bench, '--target', target)).toEqual(['move IPsecTunnel/main'])
  })
})

describe('a selection', () => {
  it('belongs to what is approved: a saved plan and a digest hold for it alone', async () => {
    const bench = await applied()
    const { run, json } = bench
    expect((await run('plan', '-l', 'env=prod', '--out', 'p.json')).code).toBe(0)
    const { sets } = await json<PlanAnswer>('plan', '-l', 'env=prod')
    const digest = sets[0]?.digest as string
    expect((await run('apply', '--plan-digest', digest)).code).toBe(8)
    expect((await run('apply', '--plan-digest', digest, '-l', 'env=lab')).code).toBe(8)
    expect((await run('apply', '--plan', 'p.json', '--target', 'IPsecTunnel/hq')).code).toBe(8)
    expect(await changes(bench)).toHaveLength(3)

    expect((await run('apply', '--plan', 'p.json')).code).toBe(0)
    expect(await changes(bench)).toEqual(['delete IPsecTunnel/gone', 'replace IPsecTunnel/lab'])
  })

  it('keeps the owner of a set of which something is outside', async () => {
    const bench = await applied()
    await bench.write('m.yaml', SET)
    expect((await bench.run(...APPLY, '--allow-empty', '-l', 'env=prod')).code).toBe(0)
    expect(await standing(bench)).toEqual(['gone', 'lab'])
    expect((await bench.run('drift')).code).toBe(0)
  })
})

describe('single files of a set', () => {
  it('prune what stood in them, and nothing of another file, unless they are the whole', async () => {
    const bench = workbench()
    const { write, run, json } = bench
    await write('gw/set.yaml', SET)
    await write('gw/a.yaml', many(hq(), tunnel('second', { set: 'a', net: 4 })))
    await write('gw/b.yaml', lab())
    expect((await run(...APPLY, 'gw')).code).toBe(0)
    await write('gw/a.yaml', hq())

    const files = ['gw/set.yaml', 'gw/a.yaml'] as const
    expect(await changes(bench, ...files)).toEqual(['delete IPsecTunnel/second'])
    const { stdout } = await run('plan', ...files)
    expect(stdout).toMatch(
      /IPsecTunnel\/lab +orphan: declared in a file that was not given, left alone \(applied from gw\/b\.yaml\)/,
    )
    expect(stdout).toContain(
      'Partial: only the files given; 1 resource of another file is left alone (--whole prunes them).\n',
    )
    expect((await json<PlanAnswer>('plan', ...files)).sets[0]?.orphans).toMatchObject([
      { address: 'IPsecTunnel/lab', elsewhere: true },
    ])
    expect(await changes(bench, ...files, '--whole')).toEqual(['delete IPsecTunnel/lab', 'delete IPsecTunnel/second'])
    expect(await changes(bench, 'gw')).toEqual(['delete IPsecTunnel/second'])

    expect((await run(...APPLY, ...files)).code).toBe(0)
    expect(await standing(bench)).toEqual(['hq', 'lab'])
    expect((await run('watch', '--once', ...files)).code).toBe(0)
    expect(await standing(bench)).toEqual(['hq', 'lab'])
    expect((await run(...APPLY, ...files, '--whole')).code).toBe(0)
    expect(await standing(bench)).toEqual(['hq'])
  })

  it('bind a plan that is saved of them as the whole', async () => {
    const bench = workbench()
    const { write, run } = bench
    await write('a.yaml', many(SET, hq()))
    await write('b.yaml', lab())
    expect((await run(...APPLY)).code).toBe(0)
    expect((await run('plan', 'a.yaml', '--whole', '--out', 'p.json')).code).toBe(0)
    expect((await run('apply', '--plan', 'p.json')).code).toBe(0)
    expect(await standing(bench)).toEqual(['hq'])
  })
})
