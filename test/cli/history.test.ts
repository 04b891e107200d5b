/** Who did what: `history`, and what `get` says of each tunnel beside its name. */

import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'

const LAB = tunnelSet('lab', 'prune: true')
const ME = userInfo().username

interface Entry {
  readonly set: string
  readonly by: string
  readonly command: string
  readonly commit?: string
  readonly changes: readonly { readonly action: string; readonly address: string }[]
}

async function entriesOf({ json }: Workbench, ...sets: readonly string[]): Promise<readonly Entry[]> {
  return (await json<{ entries: readonly Entry[] }>('history', ...sets)).entries
}

function said(entries: readonly Entry[]): string[] {
  return entries.map(({ command, changes }) => `${command} ${changes.map(({ action }) => action).join(' ')}`.trim())
}

describe('the history', () => {
  it('tells of apply, adopt and forget, newest first, and of each set apart', async () => {
    const bench = workbench()
    const { run, write } = bench
    await write('m.yaml', many(LAB, tunnel('a', { set: 'lab', net: 1 }), tunnel('b', { set: 'lab', net: 2 })))
    await run('apply', '--auto-approve')
    await write('m.yaml', many(LAB, tunnel('a', { set: 'lab', net: 1, time: '2h' })))
    await run('apply', '--auto-approve')
    await run('forget', 'IPsecTunnel/a', '--auto-approve')
    await run('adopt', 'IPsecTunnel/a', '--auto-approve')
    await write('other.yaml', tunnel('c', { net: 3 }))
    await run('apply', 'other.yaml', '--auto-approve')

    expect(said(await entriesOf(bench, 'lab'))).toEqual([
      'adopt adopt',
      'forget forget',
      'apply delete replace',
      'apply create create',
    ])
    expect((await entriesOf(bench)).map(({ set }) => set)).toEqual(['default', 'lab', 'lab', 'lab', 'lab'])
    expect((await entriesOf(bench)).map(({ by }) => by)).toEqual(Array.from({ length: 5 }, () => ME))
    const table = await run('history', 'lab')
    expect(table.stdout).toMatch(/^TIME +SET +BY +COMMAND +COMMIT +DIGEST +CHANGES$/m)
    expect(table.stdout).toMatch(
      /Z +lab +\S+ +apply +- +sha256:[0-9a-f]{8} +delete IPsecTunnel\/b, replace IPsecTunnel\/a$/m,
    )
  })

  it('knows the commit, and so does get; a set that is not there is named', async () => {
    const bench = workbench()
    const { run, write, folder, json } = bench
    await write('m.yaml', many(LAB, tunnel('a', { set: 'lab', net: 1 })))
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        encoding: 'utf8',
      }).trim()
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'a')
    const commit = git('rev-parse', 'HEAD')
    await run('apply', '--git', folder, '--auto-approve')

    expect(await entriesOf(bench)).toMatchObject([{ commit, command: 'apply' }])
    expect(await json('get')).toMatchObject({
      resources: [{ commit, appliedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) }],
    })
    const wide = await run('get', '-o', 'wide')
    expect(wide.stdout).toMatch(/^ADDRESS +SET +PEER +TRAFFIC +COMMIT +APPLIED +MANAGED +KEY$/m)
    expect(wide.stdout).toMatch(
      new RegExp(
        String.raw`^IPsecTunnel/a +lab +198\.51\.100\.1 +10\.1\.1\.0/24 → 10\.2\.1\.0/24 +${commit.slice(0, 12)} +[\dT:-]+Z +yes +[0-9a-f-]{36}$`,
        'm',
      ),
    )
    expect(await run('get', '-o', 'name')).toMatchObject({ code: 0, stdout: 'IPsecTunnel/a\n' })
    expect(await run('history', 'lap')).toMatchObject({
      code: 3,
      stderr: 'wfpctl: this engine holds nothing of a set named lap; did you mean `lab`?\n',
    })
  })

  it('says of what is foreign or off what it knows, and no more', async () => {
    const { run, write } = workbench()
    await write('m.yaml', tunnel('a', { enabled: false }))
    await run('apply', '--auto-approve')
    await run('sandbox', 'add-foreign')

    const { stdout } = await run('get', '--all', '-o', 'wide')

    expect(stdout).toMatch(/^IPsecTunnel\/a +default +- +- +- +\S+Z +yes, off /m)
    expect(stdout).toMatch(/^IPsecTunnel\/\S+ +- +\d+\.\S+ +\S+ → \S+ +- +- +no /m)
  })
})
