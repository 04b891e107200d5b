/** The window into a running watch: health, readiness, metrics, status. It reads and never acts. */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import type { TreeState } from '../../reconcile/watch/events.ts'
import type { WatchStatus } from '../../reconcile/watch/watcher.ts'
import { CommandFailure, EXIT } from '../exit.ts'
import { diagnosticsToJson, FORMAT_VERSION, toJson } from '../render/index.ts'
import type { Metrics } from './metrics.ts'

export interface Listening {
  /** `http://127.0.0.1:9741` */
  readonly url: string
  close(): Promise<void>
}

export interface HttpAnswer {
  readonly status: number
  readonly type?: string
  readonly body: string
}

export interface Pages {
  status(): WatchStatus
  readonly metrics: Metrics
}

type Page = (pages: Pages) => HttpAnswer | Promise<HttpAnswer>

const PAGES: { readonly [path: string]: Page } = {
  '/healthz': () => ({ status: 200, body: 'ok\n' }),
  '/readyz': ({ status }) => {
    const reasons = unready(status())
    return reasons.length === 0 ? { status: 200, body: 'ready\n' } : { status: 503, body: `${reasons.join('\n')}\n` }
  },
  '/metrics': async ({ metrics }) => ({ status: 200, type: metrics.contentType, body: await metrics.render() }),
  '/status': ({ status }) => ({
    status: 200,
    type: 'application/json; charset=utf-8',
    body: toJson(statusJson(status())),
  }),
}

/** @param text `[HOST:]PORT`; without a host only this machine is served */
function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(?<host>\[[0-9A-Fa-f:.]+\]|[^:[\]]+):)?(?<port>\d{1,5})$/.exec(text)
  const port = Number(match?.groups?.port)
  if (!match || port > 65_535)
    throw new CommandFailure(EXIT.usage, `${text} is not an address to listen on; write [HOST:]PORT`)
  return { host: (match.groups?.host ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port }
}

export async function listen(text: string, pages: Pages): Promise<Listening> {
  const { host, port } = parseListen(text)
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, async (request, response) => {
    const { status, type = 'text/plain; charset=utf-8', body } = await answer(request, host, pages)
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 405 && { allow: 'GET, HEAD' }),
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
  server.maxConnections = 32
  await bound(server, host, port)
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, host: string, pages: Pages): Promise<HttpAnswer> {
  if (hostsOf(request).length > 1) return { status: 400, body: 'more than one Host header\n' }
  if (!isAddressedToUs(request, host)) return { status: 403, body: 'wrong Host header\n' }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'only GET and HEAD\n' }
  const page = PAGES[(request.url ?? '').split('?', 1)[0] as string]
  return page ? page(pages) : { status: 404, body: 'not found\n' }
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

/** A tree that is unsettled after a first pass is not a reason: what was declared before is enforced meanwhile. */
const UNREADY_TREES: { readonly [state in TreeState]?: string } = {
  invalid: 'the manifests have errors',
  nothing: 'no manifests could be read yet',
}

function unready({ engine, tree, lastPass }: WatchStatus): string[] {
  const why = UNREADY_TREES[tree]
  return [
    ...(engine.connected ? [] : ['the engine is not open']),
    ...(why === undefined ? [] : [why]),
    ...(lastPass === undefined ? ['no pass has been completed'] : []),
  ]
}

function statusJson({ findings, ...status }: WatchStatus): object {
  return { formatVersion: FORMAT_VERSION, ...status, findings: diagnosticsToJson(findings) }
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new CommandFailure(EXIT.usage, `cannot listen on ${host} port ${port}: ${error.code ?? error.message}`)),
    )
    server.listen(port, host, resolve)
  })
}
