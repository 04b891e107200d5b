/** Who is answered, and with what. The server is the real one, in this process. */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, get, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Live } from '../../src/cli/http/live.ts'
import { type Listening, listen, type Site } from '../../src/cli/http/server.ts'
import { Streams } from '../../src/cli/http/streams.ts'
import type { PageState } from '../../src/page/state.ts'

const TOKEN = '0123456789abcdef0123456789abcdef'
const STATE: PageState = { parts: { about: { page: 'watch', name: 'gw', version: '1' } }, tables: {} }

const site = (page = () => STATE): Site => ({
  page,
  open: ['/healthz'],
  routes: { '/healthz': () => ({ status: 200, body: 'ok\n' }), '/status': () => ({ status: 200, body: 'all\n' }) },
})

interface Given {
  readonly address?: string
  readonly tokenFile?: string
  readonly page?: () => PageState
}

async function serving({ address = '0', tokenFile, page }: Given = {}) {
  const told: string[] = []
  const tell = (text: string) => void told.push(text)
  const server = await listen({ address, tell, ...(tokenFile !== undefined && { tokenFile }) }, site(page))
  onTestFinished(() => server.close())
  return { server, told, url: server.url.replace('0.0.0.0', '127.0.0.1') }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wfpctl-token-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

function tokenFile(text = `${TOKEN}\n`, mode = 0o600): string {
  const path = join(folder(), 'token')
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

function ask(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
      .on('error', reject)
      .end()
  })
}

/** A stream, once its head is there. */
function stream(server: Listening, after = 'x'): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(`${server.url}/api/events?after=${after}`, resolve).on('error', reject))
}

async function versionOf({ url }: Listening): Promise<string> {
  return (JSON.parse((await ask(`${url}/api/state`)).body) as { id: string }).id
}

describe('without a token', () => {
  it('this machine is served', async () => {
    const { url, told } = await serving()

    expect((await ask(`${url}/api/state`)).status).toBe(200)
    expect((await ask(`${url}/status`)).status).toBe(200)
    expect(told).toEqual([])
  })

  it('a page of another site is not, though its visitor is on this machine', async () => {
    const { url } = await serving()

    for (const from of ['cross-site', 'same-site']) {
      const headers = { 'sec-fetch-site': from, 'sec-fetch-mode': 'cors' }
      expect((await ask(`${url}/api/events`, headers)).status).toBe(403)
    }
    expect((await ask(url, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).not.toBe(403)
  })
})

describe('beyond this machine', () => {
  it('a token is needed for whatever says what is declared', async () => {
    const { url } = await serving({ address: '0.0.0.0:0', tokenFile: tokenFile() })

    for (const path of ['/status', '/api/state', '/api/events', '/api/session', '/anything']) {
      for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`]) {
        const { status, headers } = await ask(url + path, { authorization })
        expect([path, authorization, status]).toEqual([path, authorization, 401])
        expect(headers['www-authenticate']).toBe('Bearer realm="wfpctl"')
      }
    }
    expect((await ask(`${url}/status`, { authorization: `Bearer ${TOKEN}` })).body).toBe('all\n')
    expect((await ask(`${url}/healthz`)).status).toBe(200)
  })

  it('a page gets a cookie for the token, which is not the token, and no script can read', async () => {
    const { url } = await serving({ address: '0.0.0.0:0', tokenFile: tokenFile() })

    const { headers } = await ask(`${url}/api/session`, { authorization: `Bearer ${TOKEN}` })
    const [cookie = ''] = headers['set-cookie'] ?? []
    const [pair = ''] = cookie.split(';')

    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\//)
    expect(cookie).not.toContain(TOKEN)
    expect((await ask(`${url}/api/state`, { cookie: `other=1; ${pair}` })).status).toBe(200)
    expect((await ask(`${url}/api/state`, { cookie: `${pair}x` })).status).toBe(401)
    expect((await ask(`${url}/api/state`, { cookie: pair.replace(/=.*/, `=${TOKEN}`) })).status).toBe(401)
  })

  it('one is made where none is named: the same at each start, for the owner alone, and its place is told', async () => {
    const cache = folder()
    vi.stubEnv('CACHE_DIRECTORY', cache)
    onTestFinished(() => void vi.unstubAllEnvs())

    const first = await serving({ address: '0.0.0.0:0' })
    const made = readFileSync(join(cache, 'listen-token'), 'utf8')
    const second = await serving({ address: '0.0.0.0:0' })

    expect(first.told).toEqual([`The page asks for a token: it is in ${join(cache, 'listen-token')}\n`])
    expect(made).toMatch(/^[0-9a-f]{64}\n$/)
    expect(statSync(join(cache, 'listen-token')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(cache, 'listen-token'), 'utf8')).toBe(made)
    expect((await ask(`${second.url}/status`, { authorization: `Bearer ${made.trim()}` })).status).toBe(200)
    expect(second.told.join('')).not.toContain(made.trim())
  })

  it('one that others could read is made anew', async () => {
    const cache = folder()
    vi.stubEnv('CACHE_DIRECTORY', cache)
    onTestFinished(() => void vi.unstubAllEnvs())
    writeFileSync(join(cache, 'listen-token'), TOKEN, { mode: 0o644 })

    const { url } = await serving({ address: '0.0.0.0:0' })

    expect((await ask(`${url}/status`, { authorization: `Bearer ${TOKEN}` })).status).toBe(401)
  })

  it.each([
    ['a file that is not there', () => join(folder(), 'none'), /cannot read/],
    ['a file that others can read', () => tokenFile(TOKEN, 0o644), /owner-only/],
    ['a short one', () => tokenFile('abc'), /holds no token: write 32 or more/],
    ['one of two lines', () => tokenFile(`${TOKEN}\n${TOKEN}`), /holds no token/],
    ['nothing', () => tokenFile(''), /holds no token/],
  ])('%s is refused, and not one byte of it is said', async (_, file, message) => {
    const failed = await listen({ address: '0', tokenFile: file(), tell: () => {} }, site()).catch(
      (error: Error) => error,
    )

    expect(failed).toBeInstanceOf(Error)
    expect((failed as Error).message).toMatch(message)
    expect((failed as Error).message).not.toContain(TOKEN)
  })
})

describe('a stream', () => {
  it('goes on from the version that is known, and tells what changes', async () => {
    let name = 'gw'
    const page = () => ({ ...STATE, parts: { about: { ...STATE.parts.about, name } } })
    const { server } = await serving({ page })
    const response = await stream(server, await versionOf(server))
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })

    name = 'gw2'
    server.changed()

    await expect
      .poll(() => text)
      .toMatch(/id: [0-9a-f]{8}-2\nevent: change\ndata: \{"parts":\{"about":.*"gw2".*\}\}\n\n/)
    response.destroy()
  })

  it('says that it cannot go on from a version that it does not know', async () => {
    const { server } = await serving()
    let text = ''
    for await (const chunk of await stream(server, '00000000-9')) text += String(chunk)

    expect(text).toContain('event: stale\n')
  })

  it('is one of 32; whoever comes then is told to come back', async () => {
    const { server, url } = await serving()
    const after = await versionOf(server)
    const open = await Promise.all(Array.from({ length: 32 }, () => stream(server, after)))

    const refused = await ask(`${url}/api/events?after=${after}`)
    for (const one of open) one.destroy()

    expect(open.map(({ statusCode }) => statusCode)).toEqual(Array(32).fill(200))
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '30'])
    await expect.poll(async () => (await stream(server, after)).destroy().statusCode).toBe(200)
  })

  it('that nobody reads is ended, and does not fill the memory', async () => {
    let why = ''
    const row = () =>
      ({ id: 'a', set: 's', address: 'a', state: 'synced', since: '2026-01-01T00:00:00Z', why }) as const
    const live = new Live(() => ({ ...STATE, tables: { resources: [row()] } }))
    const streams = new Streams(live)
    const { id } = live.whole()
    let unread = 0
    let ended = false
    const server = createServer((_, response) => {
      response.on('close', () => {
        unread = response.writableLength
        ended = true
      })
      streams.open(response, id)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
      streams.close()
      server.close()
    })
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.pause()

    const told = async () => {
      why = randomBytes(500_000).toString('hex')
      streams.changed()
      return ended
    }
    await expect.poll(told, { timeout: 30_000, interval: 50 }).toBe(true)

    expect(unread).toBeLessThan(8_000_000)
  })
})

it('every answer carries the policy: nothing of elsewhere, nothing inline, in no frame', async () => {
  const { url } = await serving()

  for (const path of ['/', '/status', '/api/state', '/nothing']) {
    const { headers } = await ask(url + path)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|http/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['cache-control']).toBe('no-store')
  }
})

it('a page that cannot be made is a bug that is told, and ends nothing', async () => {
  const { url, server } = await serving({
    page: () => {
      throw new Error('no state')
    },
  })

  expect(await ask(`${url}/api/state`)).toMatchObject({ status: 500, body: 'this is a bug in wfpctl: no state\n' })
  await stream(server).then(
    (response) => response.resume(),
    () => {},
  )
  server.changed()
  expect((await ask(`${url}/healthz`)).status).toBe(200)
})
