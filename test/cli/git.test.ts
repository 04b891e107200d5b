/** What plan, validate and apply read from a commit. */

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { git as runGit } from '../../src/cli/git/git.ts'
import { tunnel } from './manifests.ts'
import { recordedCommits, remote, signing } from './remote.ts'
import { isSynced } from './watching.ts'

describe('--git', () => {
  it('plans what the branch declares, and says which commit that is', async () => {
    const { bench, commit, first, args } = remote()

    const shown = await bench.run('plan', ...args)
    const second = commit({ 'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }) })
    const answer = await bench.json<PlanAnswer>('plan', ...args)

    expect(shown.stdout).toMatch(
      new RegExp(
        `^host: .*\nengine: sandbox\ncommit: ${first}\ndigest: sha256:.*\n\n {2}\\+ IPsecTunnel/a +gw/a.yaml:1\n`,
      ),
    )
    expect(answer.commit).toBe(second)
    expect(answer.summary.create).toBe(3)
    expect(answer.sets[0]?.changes[0]?.source.file).toBe('gw/a.yaml')
  })

  it('applies it, and the engine remembers the commit', async () => {
    const { bench, first, args } = remote()

    const applied = await bench.json<PlanAnswer>('apply', ...args, '--auto-approve')
    const validated = await bench.json<PlanAnswer>('validate', ...args)

    expect(applied.commit).toBe(first)
    expect(await recordedCommits(bench.sandbox)).toEqual({ a: first, b: first })
    expect(validated).toMatchObject({ commit: first, summary: { resources: 2, errors: 0 } })
  })

  it('puts findings at their line in the repository', async () => {
    const { bench, commit, args } = remote()
    commit({ 'gw/broken.yaml': 'kind: [' })

    const { code, stderr } = await bench.run('plan', ...args)

    expect(code).toBe(3)
    expect(stderr).toContain('--> gw/broken.yaml:1:')
  })

  it('saves where the plan came from, so that apply reads there again, and finds it stale when the branch says otherwise', async () => {
    const { bench, commit, args } = remote()
    await bench.run('plan', ...args, '--out', 'p.json')
    const second = commit({ 'elsewhere/note.txt': 'nothing to do with it' })

    expect((await bench.run('apply', '--plan', 'p.json')).code).toBe(0)
    expect(await recordedCommits(bench.sandbox)).toEqual({ a: second, b: second })
    commit({ 'gw/b.yaml': null })
    await bench.run('plan', ...args, '--out', 'p.json')
    commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn', net: 1, time: '30m' }) })
    expect((await bench.run('apply', '--plan', 'p.json')).code).toBe(8)
  })

  it('reads every manifest, whatever it is called', async () => {
    const { bench, root, cache, commit, args } = remote()
    commit({ 'gw/c\td.yaml': tunnel('c', { set: 'vpn', net: 3 }), ':odd/set.yaml': 'kind: [' })

    expect((await bench.json<PlanAnswer>('plan', ...args)).summary.create).toBe(3)
    const odd = await bench.run('validate', '--git', root, '--git-cache', cache, '--path', ':odd')
    expect(odd.stderr).toContain('--> :odd/set.yaml:1:')
  })

  it('is not led astray by what git tells its hooks', async () => {
    const { bench, root, cache, args } = remote()
    const objects = join(cache, 'objects')
    mkdirSync(objects, { recursive: true })

    const odd = { GIT_WORK_TREE: root, GIT_OBJECT_DIRECTORY: objects, GIT_NAMESPACE: 'x' }
    const { code, stderr } = await bench.runWith(odd, 'plan', ...args)

    expect(code, stderr).toBe(0)
    expect(readdirSync(objects)).toEqual([])
  })

  it('gives up a server that never answers, and leaves nothing running', async () => {
    const { root } = remote()
    const silent = createServer((socket) => socket.on('error', () => {}))
    const closed = new Promise((resolve) => silent.on('connection', (socket) => socket.resume().on('close', resolve)))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/x`

    const options = { directory: join(root, '.git'), timeoutMilliseconds: 1500 }
    await expect(runGit(['fetch', '--', url], options)).rejects.toThrow('git fetch: no answer in 1.5 s')
    await closed
    silent.close()
  })

  it('says that the clone cannot be kept where it should be', async () => {
    const { bench, root } = remote()
    await bench.write('file', '')

    const { code, stderr } = await bench.run('plan', '--git', root, '--git-cache', 'file')

    expect([code, stderr]).toEqual([3, expect.stringContaining('wfpctl: git: no clone can be kept there: ENOTDIR')])
  })

  it.each([
    'https://someone:ses/ame@127.0.0.1:1/x',
    'https://someone:ses@ame@127.0.0.1:1/x',
    'https://someone:ses?ame@127.0.0.1:1/x',
    'ssh://someone:ses@ame@127.0.0.1:1/x',
    'https://someone:ses ame@127.0.0.1:1/x',
    'http://someone:sesame@127.0.0.1:1/x',
    'someone:sesame@example.org:x',
  ])('shows nothing of a password that stands raw in %s', async (url) => {
    const { bench } = remote()

    const { code, stdout, stderr } = await bench.run('plan', '--git', url, '--git-cache', 'c', '--out', 'p.json')

    expect(code).toBe(64)
    expect(stdout + stderr).not.toMatch(/ses|ame@/)
  })

  it('reads signed commits only, where that is asked for', async () => {
    const { bench, root, git, commit, args } = remote()
    const env = { GIT_CONFIG_GLOBAL: signing({ root, git }) }

    const unsigned = await bench.runWith(env, 'plan', ...args, '--require-signed')
    const signed = commit({}, '-S')
    const shown = await bench.runWith(env, 'plan', ...args, '--require-signed')

    expect([unsigned.code, unsigned.stdout]).toEqual([3, ''])
    expect(unsigned.stderr).toContain('no good signature')
    expect(shown.stdout).toContain(`commit: ${signed}\n`)
  })

  it('requires the signature of a saved plan also from a repository that is named again', async () => {
    const { bench, root, git, commit, args } = remote()
    const env = { GIT_CONFIG_GLOBAL: signing({ root, git }) }
    commit({}, '-S')
    await bench.runWith(env, 'plan', ...args, '--require-signed', '--out', 'p.json')
    commit({ 'note.txt': 'not signed' })

    const { code, stderr } = await bench.runWith(env, 'apply', '--plan', 'p.json', '--git', root)

    expect([code, stderr]).toEqual([3, expect.stringContaining('no good signature')])
  })

  it('plans no commit that it could not see now: the remote must answer', async () => {
    const { bench, root, args } = remote()
    await bench.run('plan', ...args)
    renameSync(root, `${root}.away`)

    const { code, stdout, stderr } = await bench.run('plan', ...args)

    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(/^wfpctl: git: .*does not appear to be a git repository; .*\n$/)
  })

  it('moves no watch on to a commit that the watch would refuse', async () => {
    const { bench, git, commit, first, args, watch: start } = remote()
    const before = start()
    await before.until(() => isSynced(before, 2))
    await before.end()
    git('checkout', '-q', '--orphan', 'other')
    const rewritten = commit({ 'gw/a.yaml': null })
    git('branch', '-f', 'main', rewritten)

    expect((await bench.json<PlanAnswer>('plan', ...args)).commit).toBe(rewritten)
    const watch = start()

    expect((await watch.saw('git-refused')).message).toContain('history was rewritten')
    await watch.until(() => isSynced(watch, 2))
    expect(watch.of('pass').at(-1)?.commit).toBe(first)
  })

  it('is asked for in words that fit together', async () => {
    const { bench, root, args } = remote()

    for (const odd of [
      ['--ref', 'main'],
      ['--path', 'gw'],
      ['--require-signed'],
      [...args, 'gw'],
      ['--git', 'ext::sh -c id'],
      ['--git', root, '--path', '../up'],
    ]) {
      for (const command of ['plan', 'watch']) {
        const { code, stderr } = await bench.run(command, ...odd)
        expect([command, odd, code], stderr).toEqual([command, odd, 64])
      }
    }
  })

  it('takes a branch, a tag of either sort, and the full id of a commit; a name that is two of them is a finding', async () => {
    const { bench, root, cache, git, commit, first } = remote()
    git('tag', 'v1')
    git('tag', '-a', '-m', 'two', 'v2')
    const second = commit({ 'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }) })
    git('tag', 'main-too')
    git('branch', 'main-too', first)
    const planned = (ref: string) =>
      bench.run('plan', '--git', root, '--git-cache', cache, '--path', 'gw', '--ref', ref)

    for (const [ref, id] of [
      ['main', second],
      ['v1', first],
      ['v2', first],
      [first, first],
      ['refs/tags/main-too', second],
      ['refs/heads/main-too', first],
    ] as const) {
      expect([ref, (await planned(ref)).stdout.split('\n')[2]]).toEqual([ref, `commit: ${id}`])
    }
    const both = await planned('main-too')
    expect(both.code).toBe(3)
    expect(both.stderr).toContain('main-too is a branch and a tag; write refs/heads/main-too or refs/tags/main-too')
    expect((await planned('nowhere')).stderr).toContain('no branch and no tag is called so')
  })

  it('gives git neither the secrets of the environment, nor a password that a list of processes would show', async () => {
    const { bench, root, cache } = remote()
    const real = execFileSync('which', ['git']).toString().trim()
    const log = join(bench.folder, 'log')
    await bench.write('bin/git', `#!/bin/sh\n{ echo "args $*"; env | sed 's/^/env /'; } >> ${log}\nexec ${real} "$@"\n`)
    chmodSync(join(bench.folder, 'bin/git'), 0o755)
    const env = {
      PATH: `${join(bench.folder, 'bin')}:${process.env.PATH}`,
      HQ_PSK: 'sesame',
      GIT_PSK: 'sesame',
      LET_BY: 'x',
    }

    const planned = await bench.runWith(
      { ...env, WFPCTL_GIT_ENV: 'LET_BY' },
      ...['plan', '--git', root, '--path', 'gw', '--git-cache', cache],
    )
    const refused = await bench.runWith(env, 'plan', '--git', 'https://me:s3same@127.0.0.1:1/x', '--git-cache', cache)

    const told = readFileSync(log, 'utf8')
    expect(planned.code, planned.stderr).toBe(0)
    expect(refused.code).toBe(3)
    expect(told).toContain('env LET_BY=x')
    expect(told).not.toContain('sesame')
    const args = told.split('\n').filter((line) => line.startsWith('args'))
    expect(args.join('\n')).not.toContain('s3same')
    expect(args.some((line) => line.includes('https://127.0.0.1:1/x'))).toBe(true)
    expect(told).toContain(`Authorization: Basic ${Buffer.from('me:s3same').toString('base64')}`)
    expect(refused.stdout + refused.stderr).not.toContain('s3same')
  })

  it('reads no manifest that is larger than a manifest is, and says so', async () => {
    const { bench, commit, args } = remote()
    commit({ 'gw/big.yaml': `# ${'x'.repeat(17_000_000)}\n`, 'gw/readme.txt': 'y'.repeat(30_000_000) })

    const { code, stderr } = await bench.run('plan', ...args)

    expect(code).toBe(3)
    expect(stderr).toContain('error[E104]: gw/big.yaml is too large: 18 MB')
    expect(stderr).toContain('1 error')
  })

  it('follows links as a disk does: to files and folders of the commit, and nowhere else', async () => {
    const { bench, root, cache, git, commit } = remote()
    const links: { readonly [path: string]: string } = {
      'tree/one.yaml': '../shared/a.yaml',
      'tree/folder': '../shared',
      'tree/loop': '.',
      'tree/out.yaml': '../../secret.yaml',
      'tree/gone.yaml': 'nowhere',
      'tree/folder.yaml': '../shared',
      through: 'tree',
    }
    commit({ 'shared/a.yaml': tunnel('a'), 'shared/b.yaml': tunnel('b', { net: 2 }), 'tree/set.txt': '' })
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path))
    writeFileSync(join(root, '..', 'secret.yaml'), tunnel('s', { net: 3 }))
    git('add', '-A')
    git('commit', '-qm', 'links')
    const findings = async (...where: readonly string[]) => {
      const { diagnostics } = await bench.json<{ diagnostics: { code: string; file: string }[] }>('validate', ...where)
      return diagnostics.map(({ code, file }) => `${code} ${file}`)
    }
    const args = ['--git', root, '--git-cache', cache, '--path', 'through'] as const

    // links out of the repository are followed on a disk alone
    const expected = ['E102 through/folder.yaml', 'E101 through/gone.yaml', 'E103 through/loop']
    expect(await findings(...args)).toEqual([...expected, 'E101 through/out.yaml'])
    for (const path of ['tree/loop', 'tree/out.yaml', 'tree/gone.yaml', 'tree/folder.yaml']) rmSync(join(root, path))
    git('add', '-A')
    git('commit', '-qm', 'good links')
    const planned = await bench.json<PlanAnswer>('plan', ...args)
    execFileSync('cp', ['-a', root, join(bench.folder, 'disk')])
    const fromDisk = await bench.json<PlanAnswer>('plan', 'disk/through')

    const sources = ({ sets }: PlanAnswer) => sets.flatMap(({ changes }) => changes.map(({ source }) => source.file))
    expect(sources(planned)).toEqual(['through/folder/a.yaml', 'through/folder/b.yaml'])
    expect(sources(fromDisk)).toEqual(sources(planned).map((path) => `disk/${path}`))
  })

  it('leaves no password in a saved plan, which can be applied all the same', async () => {
    const { bench, root, cache } = remote()
    await bench.write('ssh', '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    chmodSync(join(bench.folder, 'ssh'), 0o755)
    const env = { GIT_SSH_COMMAND: join(bench.folder, 'ssh'), GIT_SSH_VARIANT: 'simple' }
    const url = `ssh://someone:sesame@example.org${root}`

    const args = ['--git', url, '--path', 'gw', '--git-cache', cache, '--out', 'p.json']
    const { code, stdout, stderr } = await bench.runWith(env, 'plan', ...args)
    const saved = readFileSync(join(bench.folder, 'p.json'), 'utf8')
    const applied = await bench.runWith(env, 'apply', '--plan', 'p.json')

    expect(code, stderr).toBe(0)
    expect(stdout + stderr + saved).not.toContain('sesame')
    expect(JSON.parse(saved).source.git).toEqual({
      git: `ssh://someone@example.org${root}`,
      path: 'gw',
      gitCache: cache,
    })
    expect(applied.code, applied.stderr).toBe(0)
  })
})

interface PlanAnswer {
  readonly commit: string
  readonly summary: { readonly create: number }
  readonly sets: readonly { readonly changes: readonly { readonly source: { readonly file: string } }[] }[]
}
