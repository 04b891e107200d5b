/** `diff` over real repositories: what it says, what it leaves alone, and what it refuses. `plan --all-hosts` beside it. */

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { workbench, workbenchAt } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { remote } from './remote.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Two gateways, of which the second commit touches one. */
function gateways() {
  const made = remote()
  const old = made.commit({
    'gw/one.yaml': many(
      tunnelSet('one', 'prune: true, host: GW1'),
      tunnel('hq', { set: 'one', net: 3, psk: 'env: NEVER_SET' }),
    ),
    'gw/two.yaml': many(tunnelSet('two', 'prune: true, host: GW2'), tunnel('lab', { set: 'two', net: 4 })),
  })
  const next = made.commit({
    'gw/one.yaml': many(
      tunnelSet('one', 'prune: true, host: GW1'),
      tunnel('hq', { set: 'one', net: 3, psk: 'env: NEVER_SET', time: '2h' }),
    ),
    'gw/b.yaml': null,
  })
  return { ...made, ...workbenchAt(made.root), old, next }
}

describe('diff', () => {
  it('says for each host what the second commit would change, with the file and line of it', async () => {
    const { run, sandbox, old, next } = gateways()
    const { code, stdout } = await run('diff', 'HEAD~1', 'main', 'gw')

    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^from: HEAD~1, commit ${old}\nto: main, commit ${next}\n\nany host\n`))
    expect(stdout).toMatch(/\n {2}- IPsecTunnel\/b +not in main \(declared in HEAD~1:gw\/b\.yaml\)\n/)
    expect(stdout).toMatch(
      /\nhost GW1\n-\/\+ IPsecTunnel\/hq +gw\/one\.yaml:6 {2}replace, disruptive, cause spec\n.* 1h → 2h\n/,
    )
    expect(stdout).toMatch(/\nTouches 2 of 3 hosts: any host, GW1\.\n$/)
    expect(stdout).not.toContain('digest')
    expect(existsSync(sandbox)).toBe(false)
  })

  it('tells of changes by its exit code where that is asked for, and of none', async () => {
    const { run } = gateways()

    expect((await run('diff', 'HEAD~1', 'HEAD', 'gw', '--detailed-exitcode')).code).toBe(2)
    expect(await run('diff', 'HEAD', 'HEAD', 'gw', '--detailed-exitcode')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nTouches no host: 3 hosts would stay as they are\.\n$/),
    })
  })

  it('reads what a commit holds, not what lies about: no checkout, no hook, no fetch, nothing written', async () => {
    const { run, root, git } = gateways()
    const witness = join(root, '..', 'ran')
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-auto-gc', 'post-index-change']) {
      writeFileSync(join(root, '.git/hooks', hook), `#!/bin/sh\ntouch '${witness}'\n`)
      chmodSync(join(root, '.git/hooks', hook), 0o755)
    }
    git('config', 'core.fsmonitor', join(root, '.git/hooks/post-checkout'))
    git('config', 'filter.x.smudge', `touch '${witness}'`)
    writeFileSync(join(root, '.git/info/attributes'), '*.yaml filter=x\n')
    writeFileSync(join(root, 'gw/one.yaml'), 'kind: [')
    const state = () => [
      readdirSync(join(root, '.git')).sort(),
      readFileSync(join(root, '.git/index')),
      readFileSync(join(root, 'gw/one.yaml'), 'utf8'),
    ]
    const before = state()

    expect((await run('diff', 'HEAD~1', 'HEAD', 'gw')).code).toBe(0)
    expect(state()).toEqual(before)
    expect(existsSync(witness)).toBe(false)
  })

  it('fetches nothing that a partial clone lacks', async () => {
    const { root } = gateways()
    const clone = join(root, '..', 'partial')
    execFileSync('git', ['-C', root, 'config', 'uploadpack.allowFilter', 'true'])
    execFileSync('git', ['clone', '-q', '--no-checkout', '--filter=blob:none', `file://${root}`, clone], {
      stdio: 'pipe',
    })
    const ran = await workbenchAt(clone).run('diff', 'HEAD~1', 'HEAD', 'gw')

    expect(ran.code).toBe(3)
    expect(ran.stderr).toMatch(/^wfpctl: git: /)
  })

  it('treats a commit without manifests as one that declares nothing', async () => {
    const { run, git } = gateways()
    const root = git('rev-list', '--max-parents=0', 'HEAD')

    expect((await run('diff', root, 'HEAD~1', 'gw/one.yaml')).stdout).toContain('Plan: 1 to create')
  })

  it.each([
    [['nothing-here', 'HEAD'], 3, 'there is no commit nothing-here in this repository'],
    [['HEAD~1..HEAD', 'HEAD'], 64, 'HEAD~1..HEAD is not one revision'],
    [['HEAD', 'HEAD', '../..'], 64, '../.. leads out of the repository'],
    [['HEAD~1', 'HEAD', 'gv'], 3, 'none of these commits has gv'],
  ])('refuses %s', async (args, code, message) => {
    const ran = await gateways().run('diff', ...args)

    expect([ran.code, ran.stdout]).toEqual([code, ''])
    expect(ran.stderr).toContain(message)
  })

  it('outside of a repository says that there is none', async () => {
    const ran = await workbench().run('diff', 'HEAD', 'HEAD')

    expect(ran).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^wfpctl: git: not a git repository/),
    })
  })

  it.each([
    ['the first', 'HEAD~1', 'HEAD~2', 'HEAD~1:gw/a.yaml'],
    ['the second', 'HEAD~2', 'HEAD~1', 'gw/a.yaml'],
  ])('points into %s commit where that has a mistake', async (_which, from, to, place) => {
    const { run, commit } = gateways()
    commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn' }).replace('203.0.113.10', 'x') })
    commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn' }) })
    const ran = await run('diff', from, to, 'gw')

    expect([ran.code, ran.stdout]).toEqual([3, ''])
    expect(ran.stderr).toContain(`error[E223]`)
    expect(ran.stderr).toContain(`--> ${place}:7:23`)
    expect((await run('diff', from, to, 'gw', '-o', 'markdown')).stdout).toMatch(
      /^### wfpctl diff: nothing was planned, 1 error/,
    )
  })
})

describe('plan --all-hosts', () => {
  it('shows what each host would get, with neither an engine nor a key', async () => {
    const { run, sandbox } = gateways()
    const { code, stdout } = await run('plan', 'gw', '--all-hosts')

    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^any host\n[\s\S]*\nhost GW1\n {2}\+ IPsecTunnel\/hq [\s\S]*\nhost GW2\n {2}\+ IPsecTunnel\/lab /,
    )
    expect(stdout).toContain('Touches 3 of 3 hosts: any host, GW1, GW2.')
    expect(existsSync(sandbox)).toBe(false)
  })

  it('says of no host that none is touched', async () => {
    const bench = workbench()
    await bench.write('.keep', '')

    expect((await bench.run('plan', '--all-hosts')).stdout).toContain('Touches no host: there is none.')
  })

  it.each([
    ['--out', 'p.json'],
    ['--check'],
    ['--host', 'GW1'],
    ['--engine', 'sandbox'],
    ['--lock-timeout', '1s'],
    ['--no-prune'],
    ['--whole'],
    ['--take-over'],
    ['--allow-empty'],
    ['--apply-cosmetic'],
    ['--max-delete', '1'],
    ['--max-replace', '1'],
  ])('does not go with %s', async (...args) => {
    const ran = await gateways().run('plan', 'gw', '--all-hosts', ...args)

    expect([ran.code, ran.stderr]).toEqual([64, expect.stringContaining(`leave out ${args[0]}`)])
  })
})
