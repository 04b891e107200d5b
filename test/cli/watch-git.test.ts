import { chmodSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tunnel } from './manifests.ts'
import { recordedCommits, remote, signing } from './remote.ts'
import { isSynced, PROMPT, watchingWith } from './watching.ts'

describe('watch --git', () => {
  it('follows a branch, reads from its commits, and shows the commit in events, status and record', async () => {
    const { bench, root, first, commit, watch: start } = remote()
    const watch = start()
    await watch.until(() => isSynced(watch, 2))
    expect(watch.of('correction').map((e) => e.commit)).toEqual([first, first])

    writeFileSync(join(root, 'gw/work-tree-only.yaml'), 'kind: [')
    rmSync(join(root, 'gw/work-tree-only.yaml'))
    const second = commit({ 'gw/b.yaml': null, 'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }) })
    await watch.saw('correction', (e) => e.commit === second && e.action === 'delete')
    await watch.saw('pass', (e) => e.commit === second)
    await watch.until(() => isSynced(watch, 2))

    expect(watch.of('pass').at(-1)?.commit).toBe(second)
    expect(watch.of('unsettled')).toEqual([])
    expect(await recordedCommits(bench.sandbox)).toEqual({ a: first, c: second })
  })

  it('goes on enforcing the last good commit when the remote is away, also after a restart', async () => {
    const { bench, root, watch: start } = remote()
    const before = start()
    await before.until(() => isSynced(before, 2))
    await before.end()
    renameSync(root, `${root}.away`)

    const watch = start()
    await watch.saw('git-refused')
    await watch.until(() => isSynced(watch, 2))
    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
    await watch.saw('correction', (e) => e.cause === 'drift')
    renameSync(`${root}.away`, root)

    await watch.saw('git-healed')
  })

  it('enforces the remembered commit at once while the remote never answers, and ends in time', async () => {
    const { bench, cache, root } = remote()
    await bench.write('ssh', '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    chmodSync(join(bench.folder, 'ssh'), 0o755)
    const env = { GIT_SSH_COMMAND: `${join(bench.folder, 'ssh')}`, GIT_SSH_VARIANT: 'simple' }
    const args = ['--git', `ssh://example.org${root}`, '--path', 'gw', '--git-cache', cache] as const
    const before = watchingWith(env, bench, ...args)
    await before.until(() => isSynced(before, 2))
    await before.end()
    await bench.write('ssh', '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 1; done\n')
    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')

    const watch = watchingWith(env, bench, ...args)
    await watch.saw('correction', (e) => e.cause === 'drift')
    const { code, milliseconds } = await watch.end()

    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)
    expect(watch.of('git-refused')).toEqual([])
  })

  it('does not follow a commit that cannot be read, also after a restart', async () => {
    const { bench, commit, first, watch: start } = remote()
    const watch = start()
    await watch.until(() => isSynced(watch, 2))

    commit({ 'gw/big.yaml': `# ${'x'.repeat(17_000_000)}\n` })
    const refused = await watch.saw('git-refused')
    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
    await watch.saw('correction', (e) => e.cause === 'drift')
    await watch.end()
    const again = start()
    await again.until(() => isSynced(again, 2))

    expect(refused.message).toContain('gw/big.yaml is too large')
    expect(refused.commit).toBe(first)
    expect(again.of('pass').at(-1)?.commit).toBe(first)
  })

  it('refuses a history that was rewritten, unless told', async () => {
    const { git, commit, first, watch: start } = remote()
    const watch = start()
    await watch.until(() => isSynced(watch, 2))

    git('checkout', '-q', '--orphan', 'other')
    const rewritten = commit({ 'gw/a.yaml': null })
    git('branch', '-f', 'main', rewritten)
    const refused = await watch.saw('git-refused')
    expect(refused.message).toContain('history was rewritten')
    expect(refused.commit).toBe(first)
    expect(watch.of('correction').length).toBe(2)
    await watch.end()

    const told = start('--allow-history-rewrite')
    await told.saw('correction', (e) => e.action === 'delete' && e.commit === rewritten)
  })

  it('follows signed commits only, where that is asked for', async () => {
    const { bench, root, git, commit, watch: start } = remote()
    const config = signing({ root, git })
    process.env.GIT_CONFIG_GLOBAL = config
    const watch = start('--require-signed')
    delete process.env.GIT_CONFIG_GLOBAL
    const refused = await watch.saw('git-refused')
    expect(refused.message).toContain('no good signature')

    const signed = commit({}, '-S')
    await watch.until(() => isSynced(watch, 2))
    expect(watch.of('pass').at(-1)?.commit).toBe(signed)
    const unsigned = commit({ 'gw/a.yaml': null })
    await watch.saw('git-refused', (e) => String(e.message).includes(unsigned.slice(0, 12)))

    expect((await bench.json<{ resources: unknown[] }>('get')).resources.length).toBe(2)
  })

  it('keeps its clone from others', async () => {
    const { cache, watch: start } = remote()
    const watch = start()
    await watch.until(() => isSynced(watch, 2))

    const [clone] = readdirSync(cache)
    expect(statSync(join(cache, clone as string)).mode & 0o077).toBe(0)
  })
})
