/** A real nats-server, in a folder of its own and on a port of this machine. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { onTestFinished } from 'vitest'
import { makeBuckets } from '../../src/fleet/nats/buckets.ts'
import { connectTo } from '../../src/fleet/nats/connect.ts'
import { entrySubject, streamOf } from '../../src/fleet/nats/names.ts'

/** Debian puts it where ordinary accounts do not look. */
export const NATS_SERVER = ['nats-server', '/usr/sbin/nats-server'].find((path) => {
  try {
    return execFileSync(path, ['--version'], { stdio: 'pipe' }).length > 0
  } catch {
    return false
  }
})

export interface NatsServer {
  readonly url: string
  start(): Promise<void>
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** One that lets everybody in, without encryption. */
export async function natsServer({ jetstream = true } = {}): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-nats-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  const file = join(folder, 'server.conf')
  const store = jetstream ? `jetstream { store_dir: "${folder}/js" }\n` : ''
  writeFileSync(file, `host: 127.0.0.1\nport: ${port}\n${store}`)
  return { url: `nats://127.0.0.1:${port}`, ...(await running(file, port)) }
}

/** With a configuration that stands. */
export async function running(file: string, port: number): Promise<Omit<NatsServer, 'url'>> {
  let child: ChildProcess | undefined
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await exited
  }
  const start = async () => {
    child = spawn(NATS_SERVER as string, ['-c', file], { cwd: dirname(file), stdio: 'ignore' })
    for (let i = 0; i < 400 && !(await listens(port)); i++) await new Promise((resolve) => setTimeout(resolve, 25))
  }
  onTestFinished(() => kill())
  await start()
  return { start, kill }
}

/** The fleet's buckets on it, and a controller's hands of the plainest sort: it writes whatever it is told to. */
export async function bucketsOn({ url }: NatsServer) {
  const connection = await connectTo({ url }, { as: 'controller' })
  onTestFinished(() => connection.close())
  /** What a server kept in memory is gone when it starts again. */
  const make = async (left = 100): Promise<void> => {
    try {
      await makeBuckets(await jetstreamManager(connection), 1)
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
      await make(left - 1)
    }
  }
  await make()
  const hands = handsOf(connection)
  /** Hears what hosts said while nobody listened here. */
  const listenBack = async (since: Date): Promise<void> => {
    const { streams } = await jetstreamManager(connection)
    const { state } = await streams.info(streamOf('status'), { subjects_filter: '>' })
    for (const last_by_subj of Object.keys(state.subjects ?? {})) {
      const kept = await streams.getMessage(streamOf('status'), { last_by_subj })
      if (kept && kept.time >= since) hands.heard.status.push(kept.json<Heard>())
    }
  }
  return { connection, make, listenBack, ...hands }
}

function handsOf(connection: NatsConnection) {
  const heard = { status: [] as Heard[], beats: 0 }
  connection.subscribe(entrySubject('status', '>'), {
    callback: (_, message) => {
      heard.status.push(message.json<Heard>())
    },
  })
  connection.subscribe(entrySubject('beat', '>'), {
    callback: () => {
      heard.beats += 1
    },
  })
  return {
    heard,
    /** Puts any bytes where a host looks. */
    put: async (host: string, payload: string | object) => {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
      return (await connection.request(entrySubject('desired', host), text)).json()
    },
  }
}

/** A status, as it was written. */
export interface Heard {
  readonly host: string
  readonly state: string
  readonly commit?: string
  readonly desired?: { readonly commit: string; readonly rollout: string; readonly attempt: number }
  readonly failure?: string
  readonly drift: number
  readonly sets: readonly { readonly set: string; readonly state: string }[]
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
