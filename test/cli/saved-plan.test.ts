/** A plan on disk approves exactly what was shown: nothing more, and nothing less in silence. */

import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MAIN, type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

const set = (name: string, net: number) =>
  many(tunnelSet(name, 'prune: true'), tunnel(`${name}-tunnel`, { set: name, net }))

describe('a saved plan', () => {
  it('is the answer of plan -o json, warnings included, and belongs to its owner alone', async () => {
    const { folder, sandbox, write, run, json } = workbench()
    await write('a.yaml', tunnel('a').replace('keyModule: ikev2', 'keyModule: ikev1'))
    await write('p.json', 'an older file')
    chmodSync(join(folder, 'p.json'), 0o644)

    const shown = await json<Record<string, object>>('plan', '--out', 'p.json')

    expect(shown.diagnostics).toMatchObject([{ severity: 'warning', code: 'W220' }])
    const { source, ...saved } = (await import(join(folder, 'p.json'), { with: { type: 'json' } })).default
    expect(saved).toEqual(shown)
    expect(source).toEqual({
      paths: [],
      options: { prune: true },
      engine: `sandbox on ${hostname()} in ${sandbox}`,
      directory: realpathSync(folder),
    })
    expect(statSync(join(folder, 'p.json')).mode & 0o777).toBe(0o600)
    expect((await run('apply', '--plan', 'p.json')).code).toBe(0)
  })

  it('is stale when a set that it holds is declared no more', async () => {
    const { folder, write, run } = workbench()
    await write('a.yaml', set('left', 1))
    await write('b.yaml', set('right', 2))
    await run('plan', '--out', 'p.json')
    await rm(join(folder, 'b.yaml'))

    const { code, stderr } = await run('apply', '--plan', 'p.json')

    expect(stderr).toContain('no manifest declares set right any more')
    expect(code).toBe(8)
    expect((await run('get')).stdout).toBe('Nothing here.\n')
  })

  it('that is none, or of another format, or cannot be written, is said in one line', async () => {
    const { write, run } = workbench()
    await write('a.yaml', tunnel('a'))
    await write('none.json', '{}')
    await write('later.json', '{ "formatVersion": "2.0", "sets": [], "source": { "paths": [], "options": {} } }')

    const outcomes = [
      await run('apply', '--plan', 'none.json'),
      await run('apply', '--plan', 'a.yaml'),
      await run('apply', '--plan', 'later.json'),
      await run('plan', '--out', 'no/such/folder/p.json'),
    ]

    expect(outcomes.map(({ code }) => code)).toEqual([3, 3, 3, 64])
    expect(outcomes.map(({ stderr }) => stderr)).toEqual([
      'wfpctl: none.json is not a plan saved by `wfpctl plan --out`\n',
      'wfpctl: a.yaml is not a plan saved by `wfpctl plan --out`\n',
      'wfpctl: later.json was saved in format 2.0, this wfpctl reads 1.0; plan again\n',
      expect.stringMatching(/^wfpctl: cannot save the plan: ENOENT.*\n$/),
    ])
  })
})

describe('a saved plan that somebody changed, or that is for something else', () => {
  const edited = async (bench: Workbench, change: (plan: EditablePlan) => void): Promise<number | null> => {
    const plan = JSON.parse(readFileSync(join(bench.folder, 'p.json'), 'utf8')) as EditablePlan
    change(plan)
    await bench.write('edited.json', JSON.stringify(plan))
    return (await bench.run('apply', '--plan', 'edited.json', '--auto-approve')).code
  }

  /** Four tunnels stand, one is declared, and the set allows one deletion. */
  const overBudget = async (): Promise<Workbench> => {
    const bench = workbench()
    const declared = tunnelSet('k', 'prune: true, safety: { maxDelete: 1 }')
    const tunnels = [1, 2, 3, 4].map((net) => tunnel(`t${net}`, { set: 'k', net }))
    await bench.write('a.yaml', many(declared, ...tunnels))
    await bench.run('apply', '--auto-approve')
    await bench.write('a.yaml', many(declared, tunnels[0]!))
    await bench.run('plan', '--out', 'p.json')
    return bench
  }

  it('is stale with other options, and with other words for the engine', async () => {
    const bench = await overBudget()

    expect((await bench.run('apply', '--plan', 'p.json')).code).toBe(4)
    expect(await edited(bench, ({ source }) => Object.assign(source.options, { maxDelete: '99' }))).toBe(8)
    expect(await edited(bench, ({ source }) => Object.assign(source.options, { allowEmpty: true }))).toBe(8)
    expect(await edited(bench, ({ source }) => Object.assign(source.options, { host: 'elsewhere' }))).toBe(8)
    expect(await edited(bench, ({ engine }) => Object.assign(engine, { name: 'wfp' }))).toBe(8)
    expect(await edited(bench, ({ source }) => Object.assign(source, { engine: 'sandbox on elsewhere' }))).toBe(8)
    expect((await bench.json<{ resources: object[] }>('get')).resources).toHaveLength(4)
  })

  it('is stale for another engine, which is named', async () => {
    const bench = workbench()
    await bench.write('a.yaml', tunnel('a'))
    await bench.run('plan', '--out', 'p.json')

    const other = ['--engine', `sandbox:${bench.sandbox}-other`] as const
    const { code, stderr } = await bench.run('apply', '--plan', 'p.json', ...other)

    expect(code).toBe(8)
    expect(stderr).toContain(`it was made for engine sandbox on ${hostname()} in ${bench.sandbox}, and this is`)
    const copy = JSON.parse(readFileSync(join(bench.folder, 'p.json'), 'utf8')) as EditablePlan
    copy.source.engine += '-other'
    await bench.write('copy.json', JSON.stringify(copy))
    expect((await bench.run('apply', '--plan', 'copy.json', ...other)).code).toBe(8)
    expect((await bench.run('get', ...other)).stdout).toBe('Nothing here.\n')
  })

  it('works from another directory', async () => {
    const bench = workbench()
    await bench.write('m/a.yaml', tunnel('a'))
    await bench.run('plan', 'm', '--out', 'p.json')

    const away = { ...bench, folder: '/' }
    const applied = execFileSync(process.execPath, [MAIN, 'apply', '--plan', join(bench.folder, 'p.json')], {
      cwd: away.folder,
      env: { ...process.env, WFPCTL_ENGINE: `sandbox:${bench.sandbox}` },
    })

    expect(applied.toString()).toContain('applied 1 change')
  })
})

describe('plan --out', () => {
  it('follows no link and opens no device, and leaves an older file whole where it fails', async () => {
    const { folder, write, run } = workbench()
    await write('a.yaml', tunnel('a'))
    await write('precious', 'as it was')
    chmodSync(join(folder, 'precious'), 0o644)
    symlinkSync('precious', join(folder, 'link.json'))
    symlinkSync('nowhere', join(folder, 'dangling.json'))
    execFileSync('mkfifo', ['-m', '644', join(folder, 'pipe.json')])

    for (const out of ['link.json', 'dangling.json', 'pipe.json', '/dev/null', '.']) {
      const { code, stderr } = await run('plan', 'a.yaml', '--out', out)
      expect(stderr).toBe(`wfpctl: cannot save the plan: ${out} is not a regular file\n`)
      expect(code).toBe(64)
    }
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('as it was')
    expect(statSync(join(folder, 'precious')).mode & 0o777).toBe(0o644)
    expect(lstatSync(join(folder, 'pipe.json')).mode & 0o777).toBe(0o644)
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('gives the plan a file of its own: who reads the older one, or holds a second name of it, sees the older one', async () => {
    const { folder, write, run } = workbench()
    await write('a.yaml', tunnel('a'))
    await write('old.json', 'as it was')
    execFileSync('ln', [join(folder, 'old.json'), join(folder, 'second')])

    expect((await run('plan', '--out', 'old.json')).code).toBe(0)

    expect(readFileSync(join(folder, 'second'), 'utf8')).toBe('as it was')
    expect(statSync(join(folder, 'old.json')).mode & 0o777).toBe(0o600)
  })
})

interface EditablePlan {
  readonly engine: object
  readonly source: { options: object; engine: string }
}

it('answers in JSON what nobody approved, apply and destroy alike', async () => {
  const { write, run, json } = workbench()
  await write('a.yaml', tunnel('a'))
  expect(await json('apply')).toMatchObject({
    sets: [{ set: 'default', result: 'refused', verified: false }],
    outcomes: [{ address: 'IPsecTunnel/a', action: 'create', status: 'skipped' }],
  })
  await run('apply', '--auto-approve')
  expect(await json('destroy', 'default')).toMatchObject({
    sets: [{ set: 'default', result: 'refused' }],
    outcomes: [{ address: 'IPsecTunnel/a', action: 'delete', status: 'skipped' }],
  })
})
