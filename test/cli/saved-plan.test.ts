/** A plan on disk approves exactly what was shown: nothing more, and nothing less in silence. */

import { chmodSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

const set = (name: string, net: number) =>
  many(tunnelSet(name, 'prune: true'), tunnel(`${name}-tunnel`, { set: name, net }))

describe('a saved plan', () => {
  it('is the answer of plan -o json, warnings included, and belongs to its owner alone', async () => {
    const { folder, write, run, json } = workbench()
    await write('a.yaml', tunnel('a').replace('keyModule: ikev2', 'keyModule: ikev1'))
    await write('p.json', 'an older file')
    chmodSync(join(folder, 'p.json'), 0o644)

    const shown = await json<Record<string, object>>('plan', '--out', 'p.json')

    expect(shown.diagnostics).toMatchObject([{ severity: 'warning', code: 'W220' }])
    const { source, ...saved } = (await import(join(folder, 'p.json'), { with: { type: 'json' } })).default
    expect(saved).toEqual(shown)
    expect(source).toEqual({ paths: [], options: { prune: true } })
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
