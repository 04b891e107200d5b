/** What plan, validate and apply read from a commit. */

import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
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

    expect(shown.stdout).toMatch(new RegExp(`^commit: ${first}\n\n {2}\\+ IPsecTunnel/a +gw/a.yaml:1\n`))
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
