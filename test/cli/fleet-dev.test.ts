/** The two commands of the README that show a fleet on this machine: the first, and the one that it prints. */

import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { workbench } from './harness.ts'
import { NATS_SERVER } from './nats-server.ts'

const README = readFileSync('README.md', 'utf8')
const FIRST = 'npx wfpctl fleet dev'

describe.skipIf(NATS_SERVER === undefined)('wfpctl fleet dev (skipped where nats-server is not installed)', () => {
  it('begins a fleet, prints how a commit is rolled out, and takes everything away when it is interrupted', async () => {
    expect(README).toContain(FIRST)
    const bench = workbench()
    await bench.run('--version') // makes its folder
    const fleet = bench.start({ TMPDIR: join(bench.folder, '..') }, ...FIRST.split(' ').slice(2))
    onTestFinished(() => fleet.kill('SIGTERM'))
    await fleet.printed('Ctrl+C takes everything away.')
    const { stdout } = fleet.soFar()
    const [rollout = [], status = []] = [...stdout.matchAll(/^ {2}npx wfpctl (.*)$/gm)].map((m) =>
      String(m[1]).split(' '),
    )
    const [folder = ''] = /\S+wfpctl-fleet-[^\s.]+/.exec(stdout) ?? []

    const [page = ''] = /http:\/\/127\.0\.0\.1:\d+$/m.exec(stdout) ?? []
    expect(await (await fetch(page)).text()).toContain('<script')
    const shown = await (await fetch(`${page}/api/state`)).text()
    for (const host of ['gw-1', 'gw-2', 'gw-3']) expect(shown).toContain(host)

    const rolled = await bench.run(...rollout)
    expect(rolled.code, rolled.stderr).toBe(0)
    expect(rolled.stderr).toContain('wave 1 of 2 (canary)')
    const seen = await bench.run(...status)
    expect(seen.code).toBe(0)
    expect(seen.stdout).toContain('3 hosts: 3 synced')
    expect(seen.stdout).toContain(`${rollout[3]}: 3 hosts`)
    const hosts = JSON.parse((await bench.run(...status, '-o', 'json')).stdout)
    expect(JSON.stringify(hosts)).toContain('gw-3')
    expect(existsSync(join(folder, 'fleet/controller.creds'))).toBe(true)

    fleet.kill('SIGINT')
    expect((await fleet.done).code).toBe(0)
    expect(existsSync(folder)).toBe(false)
    expect((await bench.run(...status.slice(0, 4))).stderr).toContain('nothing listens there')
  })

  it('says how to get nats-server where there is none that runs', async () => {
    const { code, stderr } = await workbench().run('fleet', 'dev', '--nats-server', '/nowhere/nats-server')
    expect(code).toBe(10)
    expect(stderr).toContain('/nowhere/nats-server is no nats-server that runs here')
  })

  it('says what has ended, with its words, and leaves nothing behind', async () => {
    const bench = workbench()
    await bench.write(
      'bin/nats-server',
      '#!/bin/sh\n[ "$1" = --version ] && echo nats-server: v2 && exit\necho no room >&2\nexit 3\n',
    )
    const program = join(bench.folder, 'bin/nats-server')
    chmodSync(program, 0o755)
    const { code, stderr, stdout } = await bench.run('fleet', 'dev', '--nats-server', program)
    expect([code, stdout]).toEqual([10, ''])
    expect(stderr).toContain('nats-server has ended. exit 3: no room')
  })
})
