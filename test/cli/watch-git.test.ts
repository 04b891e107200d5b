import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openProvider } from '../../src/providers/index.ts'
import { workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'
import { isSynced, watching } from './watching.ts'

/** A repository of somebody else, beside the workbench. */
function remote() {
  const bench = workbench()
  const root = join(dirname(bench.folder), 'remote')
  const cache = join(dirname(bench.folder), 'cache')
  mkdirSync(root)
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
      .toString()
      .trim()
  git('init', '-q', '-b', 'main')
  const commit = (files: { readonly [path: string]: string | null }, ...more: readonly string[]) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      if (text === null) rmSync(join(root, path))
      else writeFileSync(join(root, path), text)
    }
    git('add', '-A')
    git('commit', '-q', '--allow-empty', '-m', 'change', ...more)
    return git('rev-parse', 'HEAD')
  }
  const first = commit({
    'gw/set.yaml': tunnelSet('vpn', 'prune: true'),
    'gw/a.yaml': tunnel('a', { set: 'vpn', net: 1 }),
    'gw/b.yaml': tunnel('b', { set: 'vpn', net: 2 }),
    'elsewhere/broken.yaml': 'kind: [',
  })
  const watch = (...more: readonly string[]) =>
    watching(bench, '--git', root, '--ref', 'main', '--path', 'gw', '--interval', '1s', '--git-cache', cache, ...more)
  return { bench, root, cache, git, commit, first, watch }
}

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
    const key = join(root, '..', 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key, '-C', 't'])
    chmodSync(key, 0o600)
    const allowed = join(root, '..', 'allowed')
    writeFileSync(allowed, `t@example.org ${execFileSync('ssh-keygen', ['-y', '-f', key]).toString()}`)
    const config = join(root, '..', 'gitconfig')
    writeFileSync(config, `[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = ${allowed}\n`)
    process.env.GIT_CONFIG_GLOBAL = config
    const watch = start('--require-signed')
    delete process.env.GIT_CONFIG_GLOBAL
    const refused = await watch.saw('git-refused')
    expect(refused.message).toContain('no good signature')

    git('config', 'gpg.format', 'ssh')
    git('config', 'user.signingkey', key)
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

/** What the engine remembers of where each tunnel came from. */
async function recordedCommits(directory: string) {
  const provider = await openProvider({ engine: 'sandbox', directory }, { lockTimeoutMilliseconds: 10_000 })
  const [state] = await provider.observe([{ set: 'vpn', wanted: [] }])
  await provider.close()
  return Object.fromEntries(
    [...(state?.resources.values() ?? [])].map(({ name, record }) => [name, record.source.commit]),
  )
}
