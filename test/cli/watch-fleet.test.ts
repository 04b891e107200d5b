/** `watch --fleet` against real servers and real repositories. */

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { tunnel } from './manifests.ts'
import { bucketsOn, freePort, type Heard, NATS_SERVER, natsServer, running } from './nats-server.ts'
import { recordedCommits, remote, signing } from './remote.ts'
import type { Watching } from './watching.ts'
import { PROMPT } from './watching.ts'

const schemaOf = (name: string) => JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8'))
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } })
ajv.addSchema(schemaOf('plan-output'))
const validEvent = ajv.compile(schemaOf('watch-event'))
const validStatus = ajv.compile(schemaOf('status-output'))

/** A host that has failed often waits for up to a minute before it asks again. */
const PATIENCE = { timeout: 100_000, interval: 20 }
const HOST = 'gw-1'

describe.skipIf(NATS_SERVER === undefined)('watch --fleet (skipped where nats-server is not installed)', () => {
  it('enforces what the fleet names and nothing before, goes back where it is told to, and reports', async () => {
    const { commit, first, bench, watch, hands, wish, synced } = await member()
    const second = commit({ 'gw/b.yaml': null })
    const started = watch()
    await started.saw('fleet-joined')
    await expect.poll(() => hands.heard.status.length, PATIENCE).toBeGreaterThan(0)
    expect(started.of('correction')).toEqual([])
    expect(hands.heard.status[0]).toMatchObject({ host: HOST, state: 'progressing', sets: [] })

    await wish(first, '1')
    await synced(first, '1')
    expect(await recordedCommits(bench.sandbox)).toEqual({ a: first, b: first })
    await wish(second, '2')
    await synced(second, '2')
    expect(Object.keys(await recordedCommits(bench.sandbox))).toEqual(['a'])
    await wish(first, '3')
    await synced(first, '3')
    expect(Object.keys(await recordedCommits(bench.sandbox))).toEqual(['a', 'b'])
    expect(started.of('git-refused')).toEqual([])
    expect(hands.heard.beats).toBeGreaterThan(0)
  })

  it('believes no commit that is not on the branch, or not signed, and says so; what was enforced stays', async () => {
    const { root, git, commit, bench, watch, hands, wish, synced, told } = await member()
    process.env.GIT_CONFIG_GLOBAL = signing({ root, git })
    const signed = commit({}, '-S')
    const unsigned = commit({ 'gw/a.yaml': null })
    git('checkout', '-q', '-b', 'other', signed)
    const elsewhere = commit({ 'gw/a.yaml': null }, '-S')
    const started = watch('--require-signed')
    delete process.env.GIT_CONFIG_GLOBAL
    await wish(signed, '1')
    await synced(signed, '1')

    const refused = [unsigned, elsewhere, '0'.repeat(40)]
    for (const [i, wanted] of refused.entries()) {
      await wish(wanted, `${i + 2}`)
      await told((s) => s.state === 'failed' && s.desired?.commit === wanted && s.commit === signed, wanted)
    }
    const failures = refused.map((id) => hands.heard.status.find((s) => s.failure?.includes(id.slice(0, 12)))?.failure)
    expect(failures).toEqual([
      expect.stringContaining('has no good signature'),
      `commit ${elsewhere.slice(0, 12)} is not on main of the repository; it is not followed`,
      'commit 000000000000 is not on main of the repository; it is not followed',
    ])
    expect(await recordedCommits(bench.sandbox)).toEqual({ a: signed, b: signed })
    expect(started.of('git-refused').length).toBe(3)
  })

  it('says what is wrong with manifests that have errors, and again when it is told to try again', async () => {
    const { commit, first, bench, watch, wish, synced, told } = await member()
    const broken = commit({ 'gw/a.yaml': tunnel('a', { set: 'vpn', net: 1 }).replace('10.1.1.0/24', '10.1.1.0/33') })
    const started = watch()
    await wish(first, '1')
    await synced(first, '1')

    for (const attempt of [1, 2]) {
      await wish(broken, '2', { attempt })
      await told(
        (s) =>
          s.state === 'failed' && s.desired?.attempt === attempt && /^E223 gw\/a\.yaml:\d+:\d+: /.test(s.failure ?? ''),
        `attempt ${attempt}`,
      )
    }
    expect(started.of('fleet-wanted').length).toBe(3)
    expect(await recordedCommits(bench.sandbox)).toEqual({ a: first, b: first })
    await wish(first, '3')
    await synced(first, '3')
  })

  it('goes on without the fleet: at the start, in the middle, after a restart and after a kill', async () => {
    const { server, first, commit, bench, watch, hands, wish, synced } = await member()
    const heal = async (watching: Watching) => {
      const before = watching.events.length
      await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
      await watching.saw('correction', (e) => e.cause === 'drift' && e.commit === first, before)
    }
    await server.kill()
    const early = watch()
    const lost = await early.saw('fleet-lost')
    expect(lost.message).toBe(`${server.url.slice('nats://'.length)}: nothing listens there`)
    const back = async () => {
      const since = new Date()
      await server.start()
      await hands.make()
      await hands.listenBack(since)
    }
    await back()
    await early.saw('fleet-joined')
    await wish(first, '1')
    await synced(first, '1')

    await server.kill()
    await early.saw('fleet-lost', (e) => e.message === 'no server of the fleet answers')
    await heal(early)
    const { code, milliseconds } = await early.end()
    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)

    const restarted = watch()
    await restarted.saw('fleet-lost')
    await heal(restarted)
    await restarted.end('SIGKILL')

    const again = watch()
    await heal(again)
    hands.heard.status.length = 0
    await back()
    await synced(first, '1')
    const second = commit({ 'gw/b.yaml': null })
    await wish(second, '2')
    await synced(second, '2')
  })

  it('is not moved by a late hint, nor by what is no pointer, and says what it cannot use', async () => {
    const { commit, first, bench, watch, hands, wish, synced, told } = await member()
    const second = commit({ 'gw/b.yaml': null })
    const started = watch()
    await wish(first, '1')
    await synced(first, '1')
    await wish(second, '2')
    await synced(second, '2')

    hands.connection.publish(
      `fleet.desired.${HOST}`,
      JSON.stringify({ host: HOST, commit: first, rollout: '1', wave: 1, attempt: 1 }),
    )
    const good = { host: HOST, commit: first, rollout: '3', wave: 1, attempt: 1 }
    const hostile = [
      'not JSON \u001b[31m',
      '[]',
      'null',
      `"${first}"`,
      { ...good, host: 'gw-2' },
      { ...good, commit: 'main' },
      { ...good, commit: `${first}\n--upload-pack=touch /tmp/x` },
      { ...good, commit: { length: 40 } },
      { ...good, rollout: 3 },
      { ...good, wave: -1 },
      { ...good, attempt: '1' },
      JSON.stringify({ ...good, former: 'x' }),
    ]
    for (const value of hostile) {
      const before = started.of('fleet-refused').length
      await hands.put(HOST, value)
      await told((s) => s.state === 'failed' && /is no pointer to a commit/.test(s.failure ?? ''))
      expect(started.of('fleet-refused').length - before, JSON.stringify(value)).toBeLessThan(2)
    }
    expect(started.of('fleet-wanted').map((e) => e.commit)).toEqual([first, second])
    expect(Object.keys(await recordedCommits(bench.sandbox))).toEqual(['a'])
    await wish(first, '4')
    await synced(first, '4')
  })

  it('shows in status and metrics how it stands with its fleet', async () => {
    const { first, bench, watch, wish, synced, server } = await member()
    const started = watch('--listen', '0')
    await wish(first, '1')
    await synced(first, '1')
    const [url = ''] = /http:\S+/.exec(started.stderr()) ?? []
    const metric = async (name: string) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    }

    const answer = await bench.json<{ fleet: object }>('status', '--url', url)
    expect(answer.fleet).toEqual({
      host: HOST,
      connected: true,
      since: expect.any(String),
      wanted: { commit: first, rollout: '1', wave: 1 },
    })
    expect(validStatus(answer), JSON.stringify(validStatus.errors)).toBe(true)
    for (const told of started.events) expect(validEvent(told), JSON.stringify([told, validEvent.errors])).toBe(true)
    expect((await bench.run('status', '--url', url)).stdout).toMatch(
      new RegExp(`^fleet: gw-1, reached since .*; rollout 1 wants commit ${first}, in wave 1$`, 'm'),
    )
    expect([await metric('wfpctl_fleet_connected'), await metric('wfpctl_fleet_commit_enforced')]).toEqual([1, 1])
    await server.kill()
    await expect.poll(() => metric('wfpctl_fleet_connected'), PATIENCE).toBe(0)
    expect(await metric('wfpctl_fleet_losses_total')).toBe(1)
    expect((await bench.run('status', '--url', url)).stdout).toContain('away since')
  })

  it('proves who it is by credentials and a certificate, and is let in nowhere else', async () => {
    const { bench, first, watch } = remote()
    const port = await freePort()
    const out = join(bench.folder, '../fleet')
    await bench.run('--version')
    const init = await bench.run('fleet', 'init', HOST, 'gw-2', '--out', out, '--mtls', '--server', `127.0.0.1:${port}`)
    expect(init.code, init.stderr).toBe(0)
    certificates(out, ['server-1', 'client'])
    await running(join(out, 'server-1.conf'), port)
    const url = `tls://127.0.0.1:${port}`
    const ca = ['--fleet-ca', join(out, 'ca.crt')]
    const certificate = ['--fleet-cert', join(out, 'client.crt'), '--fleet-key', join(out, 'client.key')]
    const as = (file: string) => ['--fleet', url, '--fleet-creds', join(out, file), ...ca, ...certificate]

    expect((await bench.run('fleet', 'status', ...as('controller.creds'))).stderr).toBe('')
    const started = watch(...as(`hosts/${HOST}.creds`), '--fleet-name', HOST)
    await started.saw('fleet-joined')
    const rolled = await bench.run('fleet', 'rollout', 'start', first, '--wait', ...as('controller.creds'))
    expect(rolled.code, rolled.stderr).toBe(0)
    expect(await recordedCommits(bench.sandbox)).toEqual({ a: first, b: first })
    await started.end()

    const wrong: readonly (readonly [RegExp, readonly string[]])[] = [
      [/asks for a certificate of ours/, ['--fleet', url, '--fleet-creds', join(out, `hosts/${HOST}.creds`), ...ca]],
      [
        /not from an authority that is believed/,
        ['--fleet', url, '--fleet-creds', join(out, `hosts/${HOST}.creds`), ...certificate],
      ],
      [/these credentials may not do that|does not answer/, as('hosts/gw-2.creds')],
    ]
    for (const [message, options] of wrong) {
      const refused = watch(...options, '--fleet-name', HOST)
      expect((await refused.saw('fleet-lost')).message).toMatch(message)
      expect(refused.of('fleet-wanted')).toEqual([])
      await refused.end()
    }
  })

  it('ends in time while a server takes the connection and says nothing', async () => {
    const { watch } = remote()
    const sockets = new Set<Socket>()
    const server = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    await once(server, 'listening')
    const started = watch('--fleet', `nats://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await expect.poll(() => sockets.size, PATIENCE).toBeGreaterThan(0)

    const { code, milliseconds } = await started.end()
    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(PROMPT)
    expect(started.of('stopped').length).toBe(1)
  })

  it('says what is wrong with its options before anything is done', async () => {
    const { bench, args } = remote()
    const saying = async (...words: readonly string[]) => {
      const { code, stderr } = await bench.run('watch', ...words)
      return `${code}: ${stderr.trim().split('\n').at(-1)}`
    }
    const url = 'nats://127.0.0.1:1'

    expect(await saying('--fleet', url)).toBe('64: wfpctl: --fleet says which commit is enforced; write --git URL, too')
    expect(await saying(...args, '--fleet', url, '--once')).toContain('64: wfpctl: --once follows no fleet')
    expect(await saying(...args, '--fleet-name', 'x')).toContain('64: wfpctl: --fleet-name goes with --fleet URL')
    expect(await saying(...args, '--fleet', 'nats://me:secret@host')).toContain('give a credentials file')
    expect(await saying(...args, '--fleet', 'http://host')).toContain('64: wfpctl: the address of the fleet is none')
    expect(await saying(...args, '--fleet', url, '--fleet-creds', 'none.creds')).toContain('--fleet-creds')
    expect(await saying(...args, '--fleet', url, '--fleet-cert', 'c.pem')).toContain('--fleet-cert')
  })
})

/** Of an authority of their own, for 127.0.0.1. */
function certificates(folder: string, names: readonly string[]): void {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=authority')
  writeFileSync(join(folder, 'names.txt'), 'subjectAltName = IP:127.0.0.1\n')
  for (const name of names) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.txt']
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`)
    chmodSync(join(folder, `${name}.key`), 0o600)
  }
}

/** A repository, a server with the fleet's buckets, and a host that belongs to it. */
async function member() {
  const repository = remote()
  const server = await natsServer()
  const hands = await bucketsOn(server)
  const { put, heard } = hands
  const wish = (commit: string, rollout: string, more: object = {}) =>
    put(HOST, { host: HOST, commit, rollout, wave: 1, attempt: 1, ...more })
  let watching: Watching | undefined
  const told = async (matches: (status: Heard) => boolean, what = '') => {
    const seen = () => `${what} ${JSON.stringify([heard.status.slice(-3), watching?.events.slice(-8)])}`
    await expect.poll(() => (heard.status.some(matches) ? 'told' : seen()), PATIENCE).toBe('told')
  }
  return {
    ...repository,
    server,
    hands,
    wish,
    told,
    synced: (commit: string, rollout: string) =>
      told((s) => s.state === 'synced' && s.commit === commit && s.desired?.rollout === rollout, `synced ${rollout}`),
    watch: (...more: readonly string[]): Watching => {
      watching = repository.watch('--fleet', server.url, '--fleet-name', HOST.toUpperCase(), ...more)
      return watching
    },
  }
}
