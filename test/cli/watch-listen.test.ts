import { chmodSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { isSynced, type Watching, watching } from './watching.ts'

interface Page {
  readonly status: number | undefined
  readonly body: string
}

function get(url: string, options: { readonly method?: string; readonly host?: string } = {}): Promise<Page> {
  const { method = 'GET', host } = options
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: host === undefined ? {} : { host } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8')
      })
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** What the server says to these very bytes. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(bytes)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

async function urlOf(watch: Watching): Promise<string> {
  await watch.until(() => watch.stderr().includes('Listening on'))
  return /http:\S+/.exec(watch.stderr())?.[0] as string
}

async function listening() {
  const bench = workbench()
  await bench.write('m/all.yaml', many(tunnelSet('vpn', 'prune: true'), tunnel('a', { set: 'vpn' })))
  const watch = watching(bench, 'm', '--listen', '0')
  return { bench, watch, url: await urlOf(watch) }
}

describe('watch --listen', () => {
  it('refuses a request with two Host headers', async () => {
    const { url } = await listening()
    const { port } = new URL(url)
    const host = `Host: 127.0.0.1:${port}\r\n`

    for (const headers of [host + host, `${host}hOST: elsewhere\r\n`, `Host: elsewhere\r\n${host}`]) {
      const answer = await raw(Number(port), `GET /healthz HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    }
  })

  it('is alive at once, and ready when a pass is over', async () => {
    const { watch, url } = await listening()

    expect((await get(`${url}/healthz`)).status).toBe(200)
    await watch.until(() => isSynced(watch, 1))
    expect(await get(`${url}/readyz`)).toEqual({ status: 200, body: 'ready\n' })
  })

  it('is not ready while the manifests have errors', async () => {
    const { bench, watch, url } = await listening()
    await watch.until(() => isSynced(watch, 1))

    await bench.write('m/broken.yaml', 'kind: [')
    await watch.saw(
      'pass',
      (e) => e.tree === 'invalid',
      watch.events.findIndex((e) => e.event === 'accepted'),
    )
    const ready = await get(`${url}/readyz`)

    expect(ready).toEqual({ status: 503, body: 'the manifests have errors\n' })
  })

  it('counts for Prometheus: state, drift, corrections, times', async () => {
    const { bench, watch, url } = await listening()
    await watch.until(() => isSynced(watch, 1))
    await bench.run('sandbox', 'rm', 'IPsecTunnel/a')
    await watch.saw('correction', (e) => e.cause === 'drift')
    await watch.until(() => isSynced(watch, 1))

    const { body } = await get(`${url}/metrics`)

    for (const line of [
      'wfpctl_set_synced{set="vpn"} 1',
      'wfpctl_drift_total{set="vpn",cause="drift"} 1',
      'wfpctl_corrections_total{set="vpn",cause="drift",action="create"} 1',
      'wfpctl_corrections_total{set="vpn",cause="spec",action="create"} 1',
      'wfpctl_time_to_heal_seconds_count{set="vpn"} 2',
      'wfpctl_lock_hold_seconds_count{set="vpn"} 2',
      'wfpctl_set_consecutive_errors{set="vpn"} 0',
      'wfpctl_engine_connected 1',
    ]) {
      expect(body).toContain(`${line}\n`)
    }
    expect(body).toMatch(/wfpctl_set_last_success_timestamp_seconds\{set="vpn"\} \d{10}/)
  })

  it('tells the status, which `wfpctl status` prints', async () => {
    const { bench, watch, url } = await listening()
    await watch.until(() => isSynced(watch, 1))

    const status = JSON.parse((await get(`${url}/status`)).body)
    const printed = await bench.run('status', '--url', url)

    expect(status).toMatchObject({ formatVersion: '1.0', tree: 'good', engine: { name: 'sandbox', connected: true } })
    expect(status.sets[0]).toMatchObject({
      set: 'vpn',
      state: 'synced',
      resources: [{ address: 'IPsecTunnel/a', synced: true }],
    })
    expect(printed.code).toBe(0)
    expect(printed.stdout).toContain('manifests: good\n')
    expect(printed.stdout).toMatch(/vpn +IPsecTunnel\/a +synced +\d{4}-/)
    expect(await bench.json('status', '--url', url)).toMatchObject({ tree: 'good' })
  })

  it('refuses other methods, other names and other pages', async () => {
    const { url } = await listening()
    const port = new URL(url).port

    expect((await get(`${url}/status`, { method: 'POST' })).status).toBe(405)
    expect((await get(`${url}/status`, { method: 'HEAD' })).status).toBe(200)
    expect((await get(`${url}/secret`)).status).toBe(404)
    expect((await get(`${url}/status`, { host: `localhost:${port}` })).status).toBe(200)
    for (const host of [`evil.example:${port}`, 'localhost', 'localhost:1', '127.0.0.1.evil.example']) {
      expect([host, (await get(`${url}/status`, { host })).status]).toEqual([host, 403])
    }
  })

  it('says it when nobody watches there', async () => {
    const { code, stderr } = await workbench().run('status', '--url', 'http://127.0.0.1:9')

    expect(code).toBe(10)
    expect(stderr).toContain('no watch answers')
  })

  it('says it when a token is not one, or is for nobody', async () => {
    const bench = workbench()
    await bench.write('token', 'short\n')
    chmodSync(join(bench.folder, 'token'), 0o600)

    const short = await bench.run('watch', '--listen', '0', '--listen-token-file', 'token')
    const nobody = await bench.run('watch', '--listen-token-file', 'token')

    expect([short.code, nobody.code]).toEqual([64, 64])
    expect(short.stderr).toMatch(/token holds no token: write 32 or more letters and digits on one line/)
    expect(nobody.stderr).toContain('--listen-token-file goes with --listen')
  })
})
