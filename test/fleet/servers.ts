/** Real servers with what `wfpctl fleet init` writes, on loopback, with TLS, and a host that answers. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { onTestFinished } from 'vitest'
import { type Desired, type HostStatus, parseDesired } from '../../src/fleet/model.ts'
import { connectTo, type FleetServers } from '../../src/fleet/nats/connect.ts'
import { directGetSubject, entrySubject, hintSubject } from '../../src/fleet/nats/names.ts'
import { type Workbench, workbench } from '../cli/harness.ts'

const isFound = (program: string, ...args: readonly string[]) =>
  spawnSync(program, args, { stdio: 'ignore' }).status === 0

/** Debian's packages `nats-server` and `openssl`. */
export const HAS_SERVERS = isFound('nats-server', '--version') && isFound('openssl', 'version')

export interface Servers {
  readonly bench: Workbench
  /** what `fleet init` wrote */
  readonly folder: string
  readonly url: string
  /** options of every command that a controller is asked with */
  readonly asController: readonly string[]
  /** credentials of a host, or `controller` */
  as(name: string, url?: string): FleetServers
  readonly ports: readonly number[]
  start(number: number): Promise<void>
  /** without a word */
  kill(number: number): Promise<void>
}

/** @param hosts that get credentials */
export async function startServers(count: 1 | 3, hosts: readonly string[]): Promise<Servers> {
  const bench = workbench()
  const folder = join(bench.folder, '..', 'fleet')
  const ports = freePorts(count)
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  const { code, stderr } = await bench.run(
    'fleet',
    'init',
    ...hosts,
    '--out',
    folder,
    '--tls',
    ...addresses.flatMap((one) => ['--server', one]),
  )
  if (code !== 0) throw new Error(stderr)
  makeCertificates(folder, count)
  const running = new Map<number, ChildProcess>()
  const kill = async (number: number) => {
    const child = running.get(number)
    running.delete(number)
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(async () => {
    for (const number of [...running.keys()]) await kill(number)
  })
  const start = async (number: number) => {
    const log = join(folder, `server-${number}.log`)
    running.set(
      number,
      spawn('nats-server', ['-c', `server-${number}.conf`, '-l', log], { cwd: folder, stdio: 'ignore' }),
    )
    await until(() => existsSync(log) && /Server is ready/.test(readFileSync(log, 'utf8')))
  }
  await Promise.all(ports.map((_, i) => start(i + 1)))
  const url = addresses.map((one) => `tls://${one}`).join(',')
  const ca = readFileSync(join(folder, 'ca.crt'), 'utf8')
  const servers: Servers = {
    bench,
    folder,
    url,
    ports,
    start,
    kill,
    asController: [
      '--fleet',
      url,
      '--fleet-ca',
      join(folder, 'ca.crt'),
      '--fleet-creds',
      join(folder, 'controller.creds'),
    ],
    as: (name, own = url) => ({ url: own, ca, creds: credsOf(folder, name) }),
  }
  return servers
}

function credsOf(folder: string, name: string): string {
  return readFileSync(join(folder, name === 'controller' ? 'controller.creds' : `hosts/${name}.creds`), 'utf8')
}

/** Ports for clients, and 2000 above them for each other: below those that a system gives to whoever asks for any. */
function freePorts(count: number): readonly number[] {
  const first = 20_000 + (process.pid % 1_000) * 8 + Math.floor(Math.random() * 4)
  const isTaken = (port: number) => isFound('bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`)
  const found: number[] = []
  for (let port = first; found.length < count; port++) if (!isTaken(port) && !isTaken(port + 2000)) found.push(port)
  return found
}

function makeCertificates(folder: string, count: number): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=test authority')
  writeFileSync(join(folder, 'names.txt'), 'subjectAltName = IP:127.0.0.1,DNS:localhost\n')
  for (let i = 1; i <= count; i++) {
    openssl('req', ...key, '-keyout', `server-${i}.key`, '-out', `server-${i}.csr`, '-subj', `/CN=fleet-${i}`)
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.txt']
    openssl('x509', '-req', '-in', `server-${i}.csr`, '-out', `server-${i}.crt`, ...signed)
  }
}

/** @returns once it is so */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 25))
}

export interface AnsweringHost {
  readonly connection: NatsConnection
  /** all that it was told, in order, each once */
  readonly told: readonly Desired[]
  close(): Promise<void>
}

/** What a host does, in the fewest words: it listens for hints, reads what it is told, and answers; again where an answer was lost. */
export async function answeringHost(
  servers: FleetServers,
  host: string,
  fate: (desired: Desired) => HostStatus['state'] | undefined = () => 'synced',
): Promise<AnsweringHost> {
  const connection = await connectTo(servers, { as: host })
  const told: Desired[] = []
  let isClosed = false
  let answered = ''
  const say = async (status: Partial<HostStatus>) => {
    const whole = { host, state: 'synced', sets: [], drift: 0, version: '1', time: new Date().toISOString(), ...status }
    await acknowledged(connection, entrySubject('status', host), whole)
  }
  const look = async () => {
    const { data } = await connection.request(directGetSubject('desired', host), '', { timeout: 2_000 })
    const desired = data.length === 0 ? undefined : parseDesired(JSON.parse(Buffer.from(data).toString()), host)
    const key = JSON.stringify(desired)
    if (!desired || key === answered) return
    if (key !== JSON.stringify(told.at(-1))) told.push(desired)
    const state = fate(desired)
    if (state) await say({ desired, state, ...(state === 'synced' && { commit: desired.commit }) })
    answered = key
  }
  const loop = async () => {
    let hasReported = false
    while (!isClosed) {
      try {
        if (!hasReported) await say({ commit: 'a'.repeat(40) })
        hasReported = true
        await look()
      } catch {
        // the servers are away, or without a leader: again
      }
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
  }
  connection.subscribe(hintSubject(host), { callback: () => void look().catch(() => {}) })
  void loop()
  const close = async () => {
    isClosed = true
    await connection.close()
  }
  onTestFinished(close)
  return { connection, told, close }
}

/** @throws unless a stream says that it keeps it */
export async function acknowledged(connection: NatsConnection, subject: string, value: unknown): Promise<number> {
  const answer = await connection.request(subject, JSON.stringify(value), { timeout: 2_000 })
  const { seq, error } = answer.json<{ seq?: number; error?: { description: string } }>()
  if (seq === undefined) throw new Error(error?.description)
  return seq
}

export interface Cable {
  readonly url: string
  cut(): void
  mend(): void
}

/** Between a client and a server; cut, nothing passes and nobody is told. */
export async function cable(port: number): Promise<Cable> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let isCut = false
  const server: Server = createServer((near) => {
    const far = createConnection(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (bytes) => {
        if (!isCut) to.write(bytes)
      })
      from.on('error', () => {})
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const pair of pairs) for (const end of pair) end.destroy()
  })
  const { port: own } = server.address() as { port: number }
  return {
    url: `tls://127.0.0.1:${own}`,
    cut: () => {
      isCut = true
    },
    // what went lost in between breaks whatever was said: both ends begin anew
    mend: () => {
      isCut = false
      for (const pair of pairs) for (const end of pair) end.destroy()
    },
  }
}
