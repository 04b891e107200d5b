/** The window into a running process: a page, what it shows, and whatever else a command serves. It reads and never acts. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { packagedText } from '../../base/index.ts'
import type { PageState } from '../../page/state.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import { type Access, openAccess } from './access.ts'
import { Live } from './live.ts'
import { Streams } from './streams.ts'

export interface Listening {
  /** `http://127.0.0.1:9741` */
  readonly url: string
  /** What the page shows may have changed. */
  changed(): void
  close(): Promise<void>
}

export interface HttpAnswer {
  readonly status: number
  readonly type?: string
  readonly body: string
  readonly headers?: { readonly [name: string]: string }
}

export type Route = () => HttpAnswer | Promise<HttpAnswer>

/** What a command serves. */
export interface Site {
  page(): PageState
  /** by path, beside the page's own */
  readonly routes: { readonly [path: string]: Route }
  /** the paths among them that say nothing of what is declared, and are asked by those that hold no token */
  readonly open: readonly string[]
}

export interface ListenOptions {
  /** `[HOST:]PORT`; without a host only this machine is served */
  readonly address: string
  /** holds the token that is asked for */
  readonly tokenFile?: string
  /** is told where a token was put */
  tell(text: string): void
}

/** What every answer may do in a browser: load what this server has, and nothing else. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The page itself holds nothing of what it will show. */
const FILES: { readonly [path: string]: readonly [file: string, type: string] } = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
}

const TEXT_TYPE = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
/** Streams, those that scrape, and some more. */
const MOST_CONNECTIONS = 96

/** @param text `[HOST:]PORT` */
function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(?<host>\[[0-9A-Fa-f:.]+\]|[^:[\]]+):)?(?<port>\d{1,5})$/.exec(text)
  const port = Number(match?.groups?.port)
  if (!match || port > 65_535)
    throw new CommandFailure(EXIT.usage, `${text} is not an address to listen on; write [HOST:]PORT`)
  return { host: (match.groups?.host ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port }
}

export async function listen({ address, tokenFile, tell }: ListenOptions, site: Site): Promise<Listening> {
  const { host, port } = parseListen(address)
  const access = await openAccess(host, tokenFile, tell)
  const live = new Live(() => site.page())
  const streams = new Streams(live)
  const window = new Window({ host, site, live, streams, ...(access && { access }) })
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) =>
    window.serve(request, response),
  )
  server.maxConnections = MOST_CONNECTIONS
  await bound(server, host, port)
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    changed: () => streams.changed(),
    close: () =>
      new Promise((resolve) => {
        streams.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Served {
  readonly host: string
  readonly site: Site
  readonly live: Live
  readonly streams: Streams
  /** absent: whoever reaches the port may read */
  readonly access?: Access
}

class Window {
  readonly #served: Served

  constructor(served: Served) {
    this.#served = served
  }

  /** Whatever is asked, and whatever goes wrong with it: the process goes on with what it is there for. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', query] = (request.url ?? '/').split('?', 2)
    const refusal = this.#refusal(request, path)
    if (!refusal && path === '/api/events') {
      this.#stream(request, response, new URLSearchParams(query).get('after') ?? '')
      return
    }
    const { status, type = TEXT_TYPE, body, headers } = refusal ?? (await this.#answered(request, path))
    response.writeHead(status, {
      ...HEADERS,
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  async #answered(request: IncomingMessage, path: string): Promise<HttpAnswer> {
    try {
      return await this.#answer(request, path)
    } catch (error) {
      return { status: 500, body: `this is a bug in wfpctl: ${(error as Error).message}\n` }
    }
  }

  #refusal(request: IncomingMessage, path: string): HttpAnswer | undefined {
    const { host, site, access } = this.#served
    if (hostsOf(request).length > 1) return { status: 400, body: 'more than one Host header\n' }
    if (!isAddressedToUs(request, host)) return { status: 403, body: 'wrong Host header\n' }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { status: 405, body: 'only GET and HEAD\n', headers: { allow: 'GET, HEAD' } }
    if (isFromElsewhere(request)) return { status: 403, body: 'asked by a page of another site\n' }
    if (!access || path in FILES || site.open.includes(path) || access.admits(request)) return undefined
    return { status: 401, body: 'a token is needed\n', headers: { 'www-authenticate': 'Bearer realm="wfpctl"' } }
  }

  #answer(request: IncomingMessage, path: string): HttpAnswer | Promise<HttpAnswer> {
    const { site, live, access } = this.#served
    const [file, type] = FILES[path] ?? []
    if (file !== undefined) return fileAnswer(file, String(type))
    if (path === '/api/state') return { status: 200, type: JSON_TYPE, body: live.whole().text }
    if (path === '/api/session') {
      const cookie = access?.bears(request) ? access.cookie(request.socket.localPort ?? 0) : undefined
      return { status: 204, body: '', ...(cookie !== undefined && { headers: { 'set-cookie': cookie } }) }
    }
    return Object.hasOwn(site.routes, path) ? (site.routes[path] as Route)() : { status: 404, body: 'not found\n' }
  }

  #stream(request: IncomingMessage, response: ServerResponse, after: string): void {
    const { streams } = this.#served
    if (streams.isFull) {
      response.writeHead(503, { ...HEADERS, 'retry-after': '30' }).end('too many pages are open\n')
      return
    }
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    if (request.method === 'HEAD') response.end()
    else streams.open(response, String(request.headers['last-event-id'] ?? after))
  }
}

/** Where the program runs from its sources, there may be no page. */
function fileAnswer(file: string, type: string): HttpAnswer {
  try {
    return { status: 200, type, body: packagedText(`dist/page/${file}`) }
  } catch {
    return { status: 404, body: 'the page is not built\n' }
  }
}

/** A page of another site could not read an answer, and could keep streams open: browsers say where a request comes from. */
function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none' && headers['sec-fetch-mode'] !== 'navigate'
}

/** Node keeps the first of several, and what stands before us may have looked at another. */
function hostsOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
}

/**
 * A web page somewhere can have its visitor's browser ask us, under a name of its own that it lets point here (DNS rebinding). Such a
 * request bears that name: only this machine's names and the address that was really called are answered.
 */
function isAddressedToUs({ headers, socket }: IncomingMessage, host: string): boolean {
  const match = /^(?<name>\[[0-9a-f:.]+\]|[^:[\]]+)(?::(?<port>\d+))?$/i.exec(headers.host ?? '')
  if (!match) return false
  const name = (match.groups?.name ?? '').replace(/^\[|\]$/g, '').toLowerCase()
  const port = Number(match.groups?.port ?? 80)
  const called = (socket.localAddress ?? '').replace(/^::ffff:/, '')
  return (
    port === socket.localPort && ['localhost', host, hostname(), called].some((ours) => ours.toLowerCase() === name)
  )
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new CommandFailure(EXIT.usage, `cannot listen on ${host} port ${port}: ${error.code ?? error.message}`)),
    )
    server.listen(port, host, resolve)
  })
}
