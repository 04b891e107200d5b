/** A host's hands, over NATS: its own entries, by plain messages. It has no right to a consumer, and needs none. */

import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { type Desired, type HostStatus, type HostToken, parseDesired } from '../model.ts'
import { FleetError, type HostPlane } from '../plane.ts'
import { connectTo, type FleetServers, inPlainWords } from './connect.ts'
import { directGetSubject, entrySubject, hintSubject } from './names.ts'

/** Where thousands come at once, who gives up early only comes again: what the server has done for it by then was in vain. */
const CONNECT_MILLISECONDS = 20_000
const ANSWER_MILLISECONDS = 5_000
/** A pointer has some 200 bytes. What is longer is not even parsed. */
const MOST_BYTES = 4_096
const NOT_FOUND = 404
/** So often, and so long apart, what was hinted at is read again: the server that answers may be behind the one that hinted. */
const READINGS = 6
const LAG_MILLISECONDS = 250

/** @throws FleetError */
export async function openHostPlane(servers: FleetServers, host: HostToken): Promise<HostPlane> {
  return new NatsHostPlane(await connectTo(servers, { as: host, milliseconds: CONNECT_MILLISECONDS }), host)
}

interface Reading {
  readonly desired: Desired | undefined
  readonly revision: number
  /** by the servers' clocks; ISO 8601 with nanoseconds */
  readonly time: string
}

class NatsHostPlane implements HostPlane {
  readonly #connection: NatsConnection
  readonly #host: HostToken
  readonly #listeners = new Set<() => void>()
  #last: Reading | undefined
  #hinted = 0
  #isAway = false

  constructor(connection: NatsConnection, host: HostToken) {
    this.#connection = connection
    this.#host = host
    connection.subscribe(hintSubject(host), { callback: (_, hint) => this.#hear(hint) })
    void this.#follow()
  }

  async desired(): Promise<Desired | undefined> {
    for (let left = READINGS; left > 0; left--) {
      const reading = await this.#read()
      if (!this.#isOlder(reading)) this.#last = reading
      if (reading.revision >= this.#hinted) break
      await new Promise((resolve) => setTimeout(resolve, LAG_MILLISECONDS))
    }
    this.#hinted = 0
    return this.#last?.desired
  }

  onDesired(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async report(status: HostStatus): Promise<void> {
    await this.#put(entrySubject('status', this.#host), JSON.stringify(status))
  }

  async beat(): Promise<void> {
    await this.#put(entrySubject('beat', this.#host), '')
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }

  async #read(): Promise<Reading> {
    const { headers, data } = await this.#ask(directGetSubject('desired', this.#host), '')
    if (headers?.code === NOT_FOUND) return { desired: undefined, revision: 0, time: '' }
    if (headers && headers.code >= 300) throw new FleetError('unavailable', `the fleet answers: ${headers.description}`)
    const place = { revision: Number(headers?.get('Nats-Sequence')), time: headers?.get('Nats-Time-Stamp') ?? '' }
    if (headers?.has('KV-Operation')) return { desired: undefined, ...place }
    const desired = data.length > MOST_BYTES ? undefined : parseDesired(jsonOf(data), this.#host)
    if (desired) return { desired, ...place }
    throw new FleetError('invalid', 'what the fleet wants here is no pointer to a commit; the last commit stays')
  }

  /** Of a replica that lags. A stream that was made anew counts from 1 again, and later. */
  #isOlder({ revision, time }: Reading): boolean {
    return this.#last !== undefined && revision < this.#last.revision && time <= this.#last.time
  }

  async #put(subject: string, payload: string): Promise<void> {
    const answer = jsonOf((await this.#ask(subject, payload)).data) as { error?: { description?: unknown } } | undefined
    if (answer?.error) throw new FleetError('unavailable', `the fleet does not keep it: ${answer.error.description}`)
  }

  async #ask(subject: string, payload: string): Promise<Msg> {
    if (this.#connection.isClosed()) throw new FleetError('denied', 'the connection was closed by the fleet')
    if (this.#isAway) throw new FleetError('unavailable', 'no server of the fleet answers')
    try {
      return await this.#connection.request(subject, payload, { timeout: ANSWER_MILLISECONDS })
    } catch (error) {
      throw inPlainWords(error)
    }
  }

  #hear(hint: Msg): void {
    this.#hinted = Math.max(this.#hinted, Number(hint?.headers?.get('Nats-Sequence')) || 0)
    this.#tell()
  }

  /** The library connects again by itself. Whoever listens is told when it has, and when a connection is lost. */
  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (!['disconnect', 'reconnect', 'close'].includes(type)) continue
      this.#isAway = type === 'disconnect'
      this.#tell()
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** @returns undefined where it is no JSON */
function jsonOf(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'))
  } catch {
    return undefined
  }
}
