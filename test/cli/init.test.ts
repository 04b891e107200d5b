/** `init`: from options, and from answers on a real terminal. What it writes validates and plans; what stands is left as it is. */

import { spawn } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MAIN, type Workbench, workbench } from './harness.ts'
import { tunnel, tunnelSet } from './manifests.ts'

const FLAGS = [
  '--name',
  'hq-dallas',
  '--local',
  '203.0.113.10',
  '--remote',
  '198.51.100.7',
  '--local-net',
  '10.1.0.0/16,10.9.0.0/16',
  '--remote-net',
  '10.2.0.0/16',
]
const without = (flag: string) => FLAGS.filter((_, i) => FLAGS[i] !== flag && FLAGS[i - 1] !== flag)
const withValue = (flag: string, value: string) => [...without(flag), flag, value]

describe('init', () => {
  it('writes a manifest from options, which validates without a finding and plans', async () => {
    const { folder, run, runWith } = workbench()
    const made = await run('init', ...FLAGS)

    expect(made).toMatchObject({
      code: 0,
      stderr: '',
      stdout: 'Wrote hq-dallas.yaml. Next:\n  wfpctl validate .\n  wfpctl plan .\n',
    })
    expect(readFileSync(join(folder, 'hq-dallas.yaml'), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=https:\S+\napiVersion: /,
    )
    expect(await run('validate', '--strict')).toMatchObject({ code: 0, stderr: '' })
    const planned = await runWith({ HQ_DALLAS_PSK: 'a long enough secret' }, 'plan')
    expect(planned.stdout).toContain('traffic        10.1.0.0/16, 10.9.0.0/16 ↔ 10.2.0.0/16')
    expect((await runWith({ HQ_DALLAS_PSK: 'a long enough secret' }, 'apply', '--auto-approve')).code).toBe(0)
  })

  it('declares no set twice, and no tunnel', async () => {
    const { folder, run } = workbench()
    await run('init', ...FLAGS)
    const second = await run('init', ...withValue('--name', 'hq-austin'), '--remote-net', '10.3.0.0/16')

    expect(second.code).toBe(0)
    expect(readFileSync(join(folder, 'hq-austin.yaml'), 'utf8')).not.toContain('TunnelSet')
    expect((await run('validate')).code).toBe(0)
    expect(await run('init', 'other.yaml', ...FLAGS)).toMatchObject({
      code: 3,
      stderr: 'wfpctl: IPsecTunnel/hq-dallas is declared here already\n',
    })
  })

  it('writes over nothing: neither a file nor where a link leads', async () => {
    const { folder, write, run } = workbench()
    await write('hq-dallas.yaml', tunnel('x'))
    const text = 'wfpctl: hq-dallas.yaml exists and is left as it is; name another file\n'
    expect(await run('init', ...FLAGS)).toMatchObject({ code: 3, stdout: '', stderr: text })
    expect(readFileSync(join(folder, 'hq-dallas.yaml'), 'utf8')).toBe(tunnel('x'))

    symlinkSync(join(folder, 'target.yaml'), join(folder, 'link.yaml'))
    expect((await run('init', 'link.yaml', ...withValue('--name', 'y'))).code).toBe(3)
    expect(existsSync(join(folder, 'target.yaml'))).toBe(false)
  })

  it.each([
    ['--local', '203.0.113.300'],
    ['--remote', 'somewhere'],
    ['--local-net', '10.1.0.0/33'],
    ['--remote-net', ','],
    ['--name', 'HQ Dallas'],
    ['--set', 'a b'],
    ['--psk-env', 'not a name'],
    ['--local', ''],
  ])('says what is wrong with %s %s, and writes nothing', async (flag, value) => {
    const { folder, run } = workbench()
    const ran = await run('init', 'a.yaml', ...withValue(flag, value))

    expect([ran.code, ran.stdout]).toEqual([64, ''])
    expect(ran.stderr).toMatch(new RegExp(`^wfpctl: ${flag}: .`))
    expect(existsSync(join(folder, 'a.yaml'))).toBe(false)
  })

  it.each([
    ['IPv6', '2001:db8:1::1', '2001:db8:2::1', '2001:db8:a::/48', '2001:db8:b::/48'],
    ['the networks of the examples, turned', '203.0.113.10', '198.51.100.7', '10.2.0.0/16', '10.1.0.0/16'],
    ['the addresses of the examples, turned', '198.51.100.7', '203.0.113.10', '10.1.0.0/16', '10.2.0.0/16'],
  ])('takes %s', async (_what, local, remote, localNet, remoteNet) => {
    const { run } = workbench()
    const answers = { name: 'a', local, remote, 'local-net': localNet, 'remote-net': remoteNet }
    const ran = await run('init', ...Object.entries(answers).flatMap(([name, value]) => [`--${name}`, value]))

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect((await run('validate', '--strict')).code).toBe(0)
  })

  it('says which of two answers goes with none before it', async () => {
    const ran = await workbench().run('init', ...withValue('--remote', '2001:db8::1'))

    expect([ran.code, ran.stderr]).toEqual([64, expect.stringMatching(/^wfpctl: --remote: /)])
  })

  it('names each option that is missing where there is nobody to ask', async () => {
    const ran = await workbench().run('init', '--name', 'a')

    expect(ran).toMatchObject({
      code: 64,
      stderr:
        'wfpctl: nobody to ask; give --local 203.0.113.10 --remote 198.51.100.7 --local-net 10.1.0.0/16 --remote-net 10.2.0.0/16\n',
    })
  })

  it('refuses a name that would not be read, and a folder that is not there', async () => {
    const { run } = workbench()

    expect(await run('init', 'a.txt', ...FLAGS)).toMatchObject({
      code: 64,
      stderr: 'wfpctl: a.txt would not be read as a manifest: call it a.txt.yaml\n',
    })
    expect((await run('init', 'none/a.yaml', ...FLAGS)).code).toBe(3)
  })

  it('takes the default set as it is', async () => {
    const { folder, run } = workbench()

    expect((await run('init', ...FLAGS, '--set', 'default')).code).toBe(0)
    expect(readFileSync(join(folder, 'hq-dallas.yaml'), 'utf8')).not.toMatch(/TunnelSet|set:/)
    expect((await run('validate')).code).toBe(0)
  })

  it('finds a set that stands in another file of the folder', async () => {
    const { folder, write, run } = workbench()
    await write('sets.yaml', tunnelSet('vpn', 'prune: false'))

    expect((await run('init', ...FLAGS)).code).toBe(0)
    expect(readFileSync(join(folder, 'hq-dallas.yaml'), 'utf8')).not.toContain('TunnelSet')
  })
})

describe('docs/command-line.md', () => {
  const page = readFileSync('docs/command-line.md', 'utf8')

  it('shows what init says, and which files are left out', async () => {
    const { write, run, json } = workbench()
    const [, command = '', shown] = /^```console\n\$ wfpctl (.*)\n([\s\S]*?)^```$/m.exec(page) ?? []
    expect((await run(...command.split(' '))).stdout).toBe(shown)

    await write('.wfpctlignore', /^```text file=\.wfpctlignore\n([\s\S]*?)^```$/m.exec(page)?.[1] as string)
    for (const path of ['charts/x.yaml', 'a.values.yaml', '.hidden.yaml', 'node_modules/x.yaml', 'deep/.x/a.yaml'])
      await write(path, 'kind: [')
    expect((await run('validate')).code).toBe(0)
    await write('deep/important.values.yaml', 'kind: [')
    expect(await json('validate')).toMatchObject({
      diagnostics: [{ code: 'E110', file: 'deep/important.values.yaml' }],
    })
    const unmatched = await json<{ diagnostics: object[] }>('validate', 'gw/*.yaml')
    expect(unmatched.diagnostics).toMatchObject([
      { code: 'E101', help: expect.stringContaining('no file matches this pattern') },
    ])
  })
})

const SCRIPT = '/usr/bin/script'

/** Types each line when the question before it has been asked. */
async function answering(
  { folder }: Workbench,
  lines: readonly (readonly [question: string, answer: string])[],
): Promise<string> {
  await mkdir(folder, { recursive: true })
  const child = spawn(SCRIPT, ['-qec', `stty cols 100; exec ${process.execPath} ${MAIN} init`, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', TERM: 'dumb' },
  })
  let shown = ''
  let seen = 0
  const waiting = [...lines]
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString('utf8')
    const next = waiting[0]
    const at = next ? shown.indexOf(next[0], seen) : -1
    if (!next || at < 0 || !shown.slice(at).includes(']: ')) return
    waiting.shift()
    seen = shown.length
    child.stdin.write(`${next[1]}\r`)
  })
  await new Promise((resolve) => child.on('close', resolve))
  expect(waiting).toEqual([])
  return shown
}

describe.runIf(existsSync(SCRIPT))('init on a terminal', () => {
  it('asks for what is not given, says what is wrong with an answer, and asks again', async () => {
    const bench = workbench()
    const shown = await answering(bench, [
      ['Name of the tunnel [e.g. hq-dallas]', 'edge-1'],
      ['Set that it belongs to [vpn]', ''],
      ['Address of this gateway', 'nonsense'],
      ['Address of this gateway', '203.0.113.10'],
      ['Address of its peer', '198.51.100.7'],
      ['Networks behind this gateway', '10.1.0.0/16'],
      ['Networks behind the peer', '10.2.0.0/16 10.3.0.0/16'],
      ['Environment variable that holds the preshared key [EDGE_1_PSK]', ''],
    ])

    expect(shown).toContain('Wrote edge-1.yaml.')
    expect(shown).toContain('nonsense')
    expect(readFileSync(join(bench.folder, 'edge-1.yaml'), 'utf8')).toContain('env: EDGE_1_PSK')
    expect((await bench.run('validate', '--strict')).code).toBe(0)
  })
})
