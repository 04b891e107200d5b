/** `fleet init`, and what is said of a fleet that cannot be reached. What real servers make of it: test/fleet. */

import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAnswer } from '../support/answers.ts'
import { type Workbench, workbench } from './harness.ts'

function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}

const SECRET = /S[OAU][A-Z2-7]{56}|eyJ[\w-]{20}/
const read = ({ folder }: Workbench, path: string) => readFileSync(join(folder, path), 'utf8')

describe('wfpctl fleet init', () => {
  it('writes configuration, keys and credentials for their owner alone, and shows no secret', async () => {
    const bench = workbench()
    const { code, stdout, stderr } = await bench.run('fleet', 'init', 'HQ-GW01', 'gw.example.com', '--out', 'fleet')

    expect([code, stderr]).toEqual([0, ''])
    expect(`${stdout}${stderr}`).not.toMatch(SECRET)
    expect(stdout).toContain('wfpctl fleet status --fleet nats://127.0.0.1:4222 --fleet-creds fleet/controller.creds')
    const files = below(join(bench.folder, 'fleet'))
    expect(files).toEqual([
      'controller.creds',
      'hosts',
      expect.stringMatching(/^hosts\/h-[0-9a-f]{40}\.creds$/),
      'hosts/hq-gw01.creds',
      'keys',
      'keys/account.seed',
      'keys/operator.seed',
      'keys/system.seed',
      'server-1.conf',
      'system.creds',
    ])
    for (const file of files) expect(statSync(join(bench.folder, 'fleet', file)).mode & 0o077, file).toBe(0)
    // a server's configuration holds no seed: it may be copied to a server
    expect(read(bench, 'fleet/server-1.conf')).not.toMatch(/S[OAU][A-Z2-7]{56}/)
  })

  it('adds hosts later, with the key of the account, and replaces nobody', async () => {
    const bench = workbench()
    await bench.run('fleet', 'init', 'a', '--out', 'fleet')
    const before = read(bench, 'fleet/hosts/a.creds')
    const added = await bench.run('fleet', 'init', '--add-host', 'b', '--add-host', 'c', '--out', 'fleet', '-o', 'json')

    expect(added.code).toBe(0)
    const answer = JSON.parse(added.stdout)
    const validate = isAnswer('fleet init')
    expect([validate(answer), validate.errors]).toEqual([true, null])
    expect(answer.files.map(({ path }: { path: string }) => path)).toEqual(['hosts/b.creds', 'hosts/c.creds'])
    expect(await bench.run('fleet', 'init', '--add-host', 'A', '--out', 'fleet')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('fleet/hosts/a.creds exists; take it away first'),
    })
    expect(read(bench, 'fleet/hosts/a.creds')).toBe(before)
  })

  it('writes three servers that know each other, each with its certificate', async () => {
    const bench = workbench()
    const names = ['n1.example.com:4222', 'n2.example.com:4222', 'n3.example.com:4222']
    const { code } = await bench.run(
      'fleet',
      'init',
      '--out',
      'fleet',
      '--mtls',
      ...names.flatMap((name) => ['--server', name]),
    )

    expect(code).toBe(0)
    const text = read(bench, 'fleet/server-2.conf')
    for (const line of [
      'server_name: fleet-2',
      'listen: "0.0.0.0:4222"',
      'routes: ["nats://n1.example.com:6222", "nats://n3.example.com:6222"]',
      'tls { cert_file: "./server-2.crt", key_file: "./server-2.key", ca_file: "./ca.crt", verify: true }',
    ])
      expect(text).toContain(line)
  })

  it('prints everything where that is asked for', async () => {
    const { run } = workbench()
    const human = await run('fleet', 'init', 'a', '--out', '-')
    const json = await run('fleet', 'init', 'a', '--out', '-', '-o', 'json')

    expect(human.stdout).toMatch(/==> server-1\.conf <==[\s\S]*==> hosts\/a\.creds <==\n-----BEGIN NATS USER JWT-----/)
    const answer = JSON.parse(json.stdout)
    expect(isAnswer('fleet init')(answer)).toBe(true)
    expect(answer.files.at(-1)).toMatchObject({
      path: 'hosts/a.creds',
      secret: true,
      text: expect.stringContaining('BEGIN USER NKEY SEED'),
    })
  })

  it.each<[string, readonly string[], string]>([
    ['nowhere to write to', [], 'where to? write --out DIR'],
    [
      'two servers',
      ['--out', 'x', '--server', 'a:1', '--server', 'b:1', '--tls'],
      '2 servers: write --server once, or three times',
    ],
    ['no port', ['--out', 'x', '--server', 'localhost'], 'localhost is no HOST:PORT (--server)'],
    ['a network without TLS', ['--out', 'x', '--server', 'n1:4222'], 'n1:4222 is reached over a network: write --tls'],
    [
      'a name that only looks like this machine',
      ['--out', 'x', '--server', '127.example.com:4222'],
      '127.example.com:4222 is reached over a network: write --tls',
    ],
    [
      'no fleet there',
      ['--out', 'x', '--add-host', 'a'],
      'cannot read the secret file x/keys/account.seed: ENOENT; it is written by',
    ],
    ['no key to print', ['--out', '-', '--add-host', 'a'], '--add-host signs with a key at --out DIR'],
  ])('says what is wrong: %s', async (_, args, message) => {
    expect(await workbench().run('fleet', 'init', ...args)).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringContaining(message),
    })
  })

  it('does not begin anew where a fleet stands', async () => {
    const { run } = workbench()
    await run('fleet', 'init', '--out', 'fleet')

    expect(await run('fleet', 'init', '--out', 'fleet')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('fleet/server-1.conf exists; name another --out, or add hosts with --add-host'),
    })
  })
})

describe('a fleet', () => {
  it.each<[string, number, readonly string[], string]>([
    ['is not named', 64, [], 'which fleet? write --fleet nats://HOST:4222, or set WFPCTL_FLEET'],
    ['has no address', 64, ['--fleet', 'http://x'], 'the address of the fleet is none; write nats://HOST:4222'],
    ['has a password in its address', 64, ['--fleet', 'nats://me:hunter2@x'], 'holds a name or password'],
    ['is away', 10, ['--fleet', 'nats://127.0.0.1:9'], '127.0.0.1:9: nothing listens there'],
    ['has half a certificate', 64, ['--fleet', 'tls://x', '--fleet-cert', 'a.crt'], 'cannot read a.crt'],
  ])('that %s', async (_, code, args, message) => {
    const ran = await workbench().run('fleet', 'status', ...args)

    expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
    expect(ran.stderr).not.toContain('hunter2')
  })

  it('takes credentials from a file that nobody else reads, and from the environment', async () => {
    const bench = workbench()
    mkdirSync(bench.folder, { recursive: true })
    const file = join(bench.folder, 'my.creds')
    writeFileSync(file, 'nothing of that sort')
    const ask = () =>
      bench.runWith({ WFPCTL_FLEET: 'nats://127.0.0.1:9', WFPCTL_FLEET_CREDS: 'my.creds' }, 'fleet', 'status')
    chmodSync(file, 0o644)
    expect(await ask()).toMatchObject({ code: 64, stderr: expect.stringContaining('(--fleet-creds)') })
    chmodSync(file, 0o600)

    expect(await ask()).toMatchObject({ code: 64, stderr: expect.stringContaining('holds no user JWT and seed') })
  })

  it.each([
    [['start', 'main'], 'main is no commit in full; `git rev-parse main` prints it'],
    [['start', 'a'.repeat(40), '--waves', '10%,x'], '`x`, at character 5, is no wave'],
    [['start', 'a'.repeat(40), '--max-failures', 'some'], 'some is no number of hosts'],
    [['start', 'a'.repeat(40), '--timeout', '0s'], '0s is not a duration (--timeout)'],
  ])('is not asked where the order is none: %j', async (words, message) => {
    const ran = await workbench().run('fleet', 'rollout', ...words, '--fleet', 'nats://127.0.0.1:9')

    expect(ran).toMatchObject({ code: 64, stderr: expect.stringContaining(message) })
  })
})
