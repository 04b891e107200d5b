import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'
import { isSynced, PROMPT, watching, watchingWith } from './watching.ts'

/** A folder with a set and two tunnels. */
async function twoTunnels(set = 'prune: true') {
  const bench = workbench()
  await bench.write('m/set.yaml', tunnelSet('vpn', set))
  await bench.write('m/a.yaml', tunnel('a', { set: 'vpn', net: 1 }))
  await bench.write('m/b.yaml', tunnel('b', { set: 'vpn', net: 2 }))
  return bench
}

describe('watch', () => {
  it('heals what is removed behind its back, and what is saved, and ends at SIGTERM at once', async () => {
    const bench = await twoTunnels()
    const watch = watching(bench, 'm')
    await watch.until(() => isSynced(watch, 2))

    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
    const healed = await watch.saw('correction', (e) => e.cause === 'drift')
    expect(healed).toMatchObject({ set: 'vpn', address: 'IPsecTunnel/a', action: 'create' })
    await bench.write('m/.b.new', tunnel('b', { set: 'vpn', net: 2, time: '30m' }))
    renameSync(join(bench.folder, 'm/.b.new'), join(bench.folder, 'm/b.yaml'))
    const applied = await watch.saw('correction', (e) => e.action === 'replace')
    expect(applied.differences).toEqual([
      { path: '/quickMode/proposals/0/lifetime/time', before: '1h', after: '30m', sensitive: false },
    ])
    await watch.until(() => isSynced(watch, 2))
    const { code, milliseconds } = await watch.end('SIGTERM')

    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)
    expect((await bench.run('plan', 'm', '--detailed-exitcode')).code).toBe(0)
  })

  it('ends at Ctrl-C as interrupted, and looks again at SIGHUP', async () => {
    const bench = await twoTunnels()
    const watch = watching(bench, 'm')
    await watch.until(() => isSynced(watch, 2))

    const from = watch.events.length
    watch.kill('SIGHUP')
    await watch.saw('pass', ({ triggers }) => (triggers as string[]).includes('hangup'), from) // an echo of the engine may come first
    const { code, milliseconds } = await watch.end('SIGINT')

    expect(code).toBe(130)
    expect(milliseconds).toBeLessThan(PROMPT)
  })

  it('leaves nothing half-done when it is told to stop in the middle of a change', async () => {
    const bench = await twoTunnels()
    for (let i = 3; i < 150; i++) await bench.write(`m/t${i}.yaml`, tunnel(`t${i}`, { set: 'vpn', net: i }))
    const watch = watching(bench, 'm')
    await watch.saw('accepted')

    const { milliseconds } = await watch.end('SIGTERM')
    const { resources } = await bench.json<{ resources: unknown[] }>('get')

    expect(milliseconds).toBeLessThan(PROMPT)
    expect([0, 149]).toContain(resources.length)
  })

  it('is the only one for its sets: a second says who holds them, and takes over when the first is killed', async () => {
    const bench = await twoTunnels()
    const first = watching(bench, 'm')
    await first.until(() => isSynced(first, 2))

    const once = await bench.run('watch', 'm', '--once')
    expect(once.code).toBe(9)
    expect(once.stdout).toContain(`process ${first.pid}`)
    const second = watching(bench, 'm')
    const held = await second.saw('held')
    expect(held.holder).toContain(`process ${first.pid}`)
    await first.end('SIGKILL')
    second.kill('SIGHUP')

    await second.until(() => isSynced(second, 2))
  })

  it('reports only, with --mode report and in a set that says so', async () => {
    const bench = await twoTunnels('prune: true, drift: { mode: report, resync: 10s }')
    await bench.run('apply', 'm', '--auto-approve')
    const watch = watching(bench, 'm')
    await watch.until(() => isSynced(watch, 2))

    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
    const drift = await watch.saw('drift')
    await watch.end()

    expect(drift).toMatchObject({ address: 'IPsecTunnel/a', mode: 'report' })
    expect(watch.of('correction')).toEqual([])
    expect((await bench.run('drift')).code).toBe(2)
  })

  it('looks once with --once, with the exit codes of apply and drift', async () => {
    const bench = await twoTunnels()

    expect((await bench.run('watch', 'm', '--once', '--mode', 'report')).code).toBe(2)
    expect((await bench.run('watch', 'm', '--once')).code).toBe(0)
    expect((await bench.run('watch', 'm', '--once', '--mode', 'report')).code).toBe(0)
    await bench.write('m/broken.yaml', 'kind: [')
    const broken = await bench.run('watch', 'm', '--once')
    rmSync(join(bench.folder, 'm/broken.yaml'))
    await bench.write('m/set.yaml', tunnelSet('vpn', 'prune: true, safety: { maxDelete: 0 }'))
    rmSync(join(bench.folder, 'm/b.yaml'))

    expect(broken.code).toBe(3)
    expect(broken.stderr).toContain('broken.yaml')
    expect(broken.stdout).toMatch(
      /the manifests have errors; the last good version stays in force: \d+ errors? in 1 file\n/,
    )
    const [, headline = ''] = /error\[E\d+\]: (.*)/.exec(broken.stderr) ?? []
    expect((broken.stdout + broken.stderr).split(headline).length, 'said once').toBe(2)
    expect((await bench.run('watch', 'm', '--once')).code).toBe(4)
  })

  it('says no secret anywhere, and has its events on stderr with --log-format json', async () => {
    const bench = await twoTunnels()
    await bench.write('m/a.yaml', tunnel('a', { set: 'vpn', net: 1, psk: 'env: WFPCTL_TEST_PSK' }))
    const secret = 'correct horse battery staple'
    const watch = watchingWith({ WFPCTL_TEST_PSK: secret }, bench, 'm', '--log-format', 'json')
    await watch.until(() => isSynced(watch, 2))
    await watch.end()

    const logged = watch
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(logged).toEqual(watch.events)
    expect(JSON.stringify(watch.events)).not.toContain(secret)
  })

  it('refuses what it cannot understand', async () => {
    const bench = await twoTunnels()

    for (const args of [
      ['--mode', 'maybe'],
      ['--settle', 'soon'],
      ['--listen', 'here'],
      ['--git', 'http://example.org/repo.git'],
      ['--git', 'ext::sh -c id'],
      ['--git', '--upload-pack=/bin/id'],
      ['--git', '/tmp/repo', '--ref', '--all'],
      ['--git', '/tmp/repo', '--path', '../up'],
    ]) {
      const ran = await bench.run('watch', ...args, ...(args[0] === '--git' ? [] : ['m']))
      expect([ran.code, args], ran.stderr).toEqual([64, args])
    }
  })
})
