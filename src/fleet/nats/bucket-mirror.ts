/**
 * One bucket as a map in memory, kept by one watch: thousands of entries are read once, and changes as they come. Listing the keys and
 * getting each takes many times as long.
 */

import { JetStreamApiError, type JetStreamManager, type StreamInfo } from '@nats-io/jetstream'
import type { Kvm, KvWatchEntry } from '@nats-io/kv'
import { FleetError } from '../plane.ts'
import { inPlainWords } from './connect.ts'
import { BUCKETS, type Bucket, streamOf } from './names.ts'

export interface Entry {
  /** parsed JSON; undefined: it was deleted, or is none */
  readonly value: unknown
  readonly revision: number
  /** milliseconds since 1970, by the server's clock */
  readonly at: number
}

export interface Servers {
  readonly kv: Kvm
  readonly manager: JetStreamManager
  /** makes what buckets are missing */
  make(): Promise<void>
}

/** JSStreamNotFoundErr of nats-server. */
const STREAM_NOT_FOUND = 10059
/** After a leader is gone, a watch finds that out by heartbeats that miss: within some ten seconds. */
const MOST_LAG_MILLISECONDS = 15_000

export class BucketMirror {
  readonly #servers: Servers
  readonly #bucket: Bucket
  readonly #changed: () => void
  readonly #waiting = new Set<() => void>()
  #entries = new Map<string, Entry>()
  #revision = 0
  #stop: (() => void) | undefined

  constructor(servers: Servers, bucket: Bucket, changed: () => void) {
    this.#servers = servers
    this.#bucket = bucket
    this.#changed = changed
  }

  /**
   * Everything that the servers had acknowledged when this was called. The stream's leader says how far that is; the watch is waited for.
   *
   * @throws FleetError where it does not get there: the next call then begins a new watch
   */
  async entries(): Promise<ReadonlyMap<string, Entry>> {
    try {
      const { state } = await this.#info()
      // of a stream that was lost with its server's memory the numbers begin anew
      if (this.#stop === undefined || state.last_seq < this.#revision) await this.#begin()
      if (state.messages > 0) await this.#reached(state.last_seq)
      return this.#entries
    } catch (error) {
      this.close()
      throw inPlainWords(error)
    }
  }

  /** A single server that starts again has forgotten the buckets that it kept in memory. */
  async #info(): Promise<StreamInfo> {
    const { manager, make } = this.#servers
    const name = streamOf(this.#bucket)
    return manager.streams.info(name).catch(async (error) => {
      if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NOT_FOUND) throw error
      await make()
      return manager.streams.info(name)
    })
  }

  close(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  async #begin(): Promise<void> {
    this.close()
    this.#entries = new Map()
    this.#revision = 0
    const bucket = await this.#servers.kv.open(BUCKETS[this.#bucket], { bindOnly: true })
    const watch = await bucket.watch()
    const stop = () => watch.stop()
    this.#stop = stop
    void this.#follow(watch).finally(() => {
      if (this.#stop === stop) this.#stop = undefined
    })
  }

  async #follow(watch: AsyncIterable<KvWatchEntry>): Promise<void> {
    const entries = this.#entries
    try {
      for await (const entry of watch) {
        if (entries !== this.#entries) return
        entries.set(entry.key, entryOf(entry))
        this.#revision = Math.max(this.#revision, entry.revision)
        for (const look of [...this.#waiting]) look()
        this.#changed()
      }
    } catch {
      // it ends for whatever reason: the next call begins another
    }
  }

  #reached(revision: number): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const end = (then: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        then()
      }
      const look = () => this.#revision >= revision && end(resolve)
      const late = new FleetError('unavailable', 'the servers tell nothing new, although there is something')
      const timer = setTimeout(() => end(() => reject(late)), MOST_LAG_MILLISECONDS)
      this.#waiting.add(look)
    })
  }
}

function entryOf({ operation, value, revision, created }: KvWatchEntry): Entry {
  return { value: operation === 'PUT' ? parsed(value) : undefined, revision, at: created.getTime() }
}

/** What hosts write is theirs to spoil. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
