/** A real Git repository to follow, and what the engine remembers of it. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openProvider } from '../../src/providers/index.ts'
import { workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'
import { watching } from './watching.ts'

/** A repository of somebody else, beside the workbench. */
export function remote() {
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
  /** what names the repository on a command line */
  const args = ['--git', root, '--ref', 'main', '--path', 'gw', '--git-cache', cache] as const
  const watch = (...more: readonly string[]) => watching(bench, ...args, '--interval', '1s', ...more)
  return { bench, root, cache, git, commit, first, args, watch }
}

/** Lets the repository's owner sign commits. @returns the Git configuration of somebody who accepts that signature */
export function signing({ root, git }: Pick<ReturnType<typeof remote>, 'root' | 'git'>): string {
  const key = join(root, '..', 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key, '-C', 't'])
  chmodSync(key, 0o600)
  const allowed = join(root, '..', 'allowed')
  writeFileSync(allowed, `t@example.org ${execFileSync('ssh-keygen', ['-y', '-f', key]).toString()}`)
  const config = join(root, '..', 'gitconfig')
  writeFileSync(config, `[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = ${allowed}\n`)
  git('config', 'gpg.format', 'ssh')
  git('config', 'user.signingkey', key)
  return config
}

/** What the engine remembers of where each tunnel came from. */
export async function recordedCommits(directory: string) {
  const provider = await openProvider({ engine: 'sandbox', directory }, { lockTimeoutMilliseconds: 10_000 })
  const [state] = await provider.observe([{ set: 'vpn', wanted: [] }])
  await provider.close()
  return Object.fromEntries(
    [...(state?.resources.values() ?? [])].map(({ name, record }) => [name, record.source.commit]),
  )
}
