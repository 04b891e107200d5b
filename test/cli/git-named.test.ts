/** A commit that somebody else names: it is followed where it is on the branch, and signed where that is asked for. */

import { rmSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { GitSourceOptions } from '../../src/cli/git/source.ts'
import { GitSource } from '../../src/cli/git/source.ts'
import { systemClock } from '../../src/reconcile/watch/clock.ts'
import { tunnel } from './manifests.ts'
import { remote, signing } from './remote.ts'

const PATIENCE = { timeout: 120_000, interval: 10 }

describe('a commit that somebody else names', () => {
  it('is enforced, newer or older than the last one; nothing is before one is named', async () => {
    const { commit, first, ...repository } = remote()
    const second = commit({ 'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }) })
    const third = commit({})
    const { name, at, source, refusals } = await following(repository)

    expect(await source.read()).toBeUndefined()
    for (const wanted of [second, first, third, first]) {
      name(wanted)
      await at(wanted)
    }
    expect(refusals).toEqual([])
  })

  it('is not believed where it is no commit of the branch', async () => {
    const { git, commit, first, ...repository } = remote()
    const { name, at, refusals } = await following(repository)
    name(first)
    await at(first)

    git('checkout', '-q', '-b', 'other')
    const elsewhere = commit({ 'gw/a.yaml': null })
    git('tag', '-a', 'v1', '-m', 'tag', first)
    const tree = git('rev-parse', `${first}^{tree}`)
    const tag = git('rev-parse', 'v1')
    for (const wanted of [elsewhere, tree, tag, '0'.repeat(40), first.slice(0, 12), 'main', '--all', 'other']) {
      name(wanted)
      await expect.poll(() => refusals.at(-1)?.commit, PATIENCE).toBe(wanted)
      expect(refusals.at(-1)).toEqual({
        commit: wanted,
        message: `commit ${wanted.slice(0, 12)} is not on main of the repository; it is not followed`,
        final: true,
      })
      await at(first)
    }
  })

  it('is not believed once the branch was rewritten without it', async () => {
    const { git, commit, first, ...repository } = remote()
    const second = commit({ 'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }) })
    const { name, at, refusals } = await following(repository)
    name(second)
    await at(second)
    name(first)
    await at(first)

    git('reset', '-q', '--hard', first)
    name(second)
    await expect.poll(() => refusals.at(-1)?.commit, PATIENCE).toBe(second)
    await at(first)
  })

  it('is not believed without a signature, where one is asked for', async () => {
    const { root, git, commit, first, ...repository } = remote()
    const config = signing({ root, git })
    process.env.GIT_CONFIG_GLOBAL = config
    onTestFinished(() => void delete process.env.GIT_CONFIG_GLOBAL)
    const signed = commit({}, '-S')
    const unsigned = commit({ 'gw/a.yaml': null })
    const { name, at, refusals } = await following({ root, ...repository }, { requireSigned: true })

    name(signed)
    await at(signed)
    for (const wanted of [unsigned, first]) {
      name(wanted)
      await expect.poll(() => refusals.at(-1)?.commit, PATIENCE).toBe(wanted)
      expect(refusals.at(-1)?.message).toContain('has no good signature')
      await at(signed)
    }
  })

  it('may be gone back to while the remote is away, and no newer one is taken', async () => {
    const { commit, first, root, cache } = remote()
    const second = commit({ 'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }) })
    const { name, at, refusals, healed } = await following({ root, cache })
    name(second)
    await at(second)
    rmSync(root, { recursive: true })

    name(first)
    await at(first)
    expect(refusals).toEqual([])
    name('f'.repeat(40))
    await expect.poll(() => refusals.length, PATIENCE).toBe(1)
    expect(refusals[0]?.final).toBe(false)
    await at(first)
    name(second)
    await at(second)
    expect(healed).toEqual([second])
  })

  it('is remembered across a restart, without asking the remote', async () => {
    const { commit, first, root, cache } = remote()
    commit({ 'gw/c.yaml': tunnel('c', { set: 'vpn', net: 3 }) })
    const before = await following({ root, cache })
    before.name(first)
    await before.at(first)
    await before.close()
    rmSync(root, { recursive: true })

    const { name, at, refusals } = await following({ root, cache })
    await at(first)
    name(first)
    await at(first)
    expect(refusals).toEqual([])
  })

  it('gives way to the next one that is named while it is being fetched', async () => {
    const { commit, first, ...repository } = remote()
    const commits = [first, ...Array.from({ length: 8 }, (_, i) => commit({ 'gw/note.txt': `${i}` }))]
    const { name, at, refusals } = await following(repository)
    for (const wanted of commits) name(wanted)
    await at(commits.at(-1) as string)
    expect(refusals).toEqual([])
  })
})

/** A source that follows what `name` says. */
async function following(
  { root, cache }: Pick<ReturnType<typeof remote>, 'root' | 'cache'>,
  more: Partial<GitSourceOptions> = {},
) {
  let wanted: string | undefined
  let tell = () => {}
  const refusals: { readonly commit: string; readonly message: string; readonly final: boolean }[] = []
  const healed: string[] = []
  const source = new GitSource({
    ...{ url: root, ref: 'main', folder: 'gw', cache, requireSigned: false, clock: systemClock },
    intervalMilliseconds: 3_600_000,
    named: {
      commit: () => wanted,
      onChange: (listener) => {
        tell = listener
      },
      tried: (commit, refusal) => void (refusal && refusals.push({ commit, ...refusal })),
    },
    refused: () => {},
    healed: (commit) => healed.push(commit),
    ...more,
  })
  const { close } = await source.onChange(() => {})
  onTestFinished(close)
  return {
    source,
    refusals,
    healed,
    close,
    name: (commit: string) => {
      wanted = commit
      tell()
    },
    at: (commit: string) => expect.poll(async () => (await source.read())?.commit, PATIENCE).toBe(commit),
  }
}
