/** A controller's hands over NATS. */

import { JetStreamApiError, type JetStreamClient, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import { type HostToken, parseDesired, parseHostStatus, parseRollout, type Rollout } from '../model.ts'
import type { ControllerPlane, HostRecord, Outcome, Versioned } from '../plane.ts'
import { BucketMirror, type Entry } from './bucket-mirror.ts'
import { makeBuckets } from './buckets.ts'
import { connectTo, type FleetServers, inPlainWords } from './connect.ts'
import { type Bucket, entrySubject } from './names.ts'

const CONTROLLER = 'controller'
/** JSStreamWrongLastSequenceErrF of nats-server: somebody else has written since. */
const WRONG_LAST_SEQUENCE = 10071
const PUBLISH_MILLISECONDS = 5_000

/** @throws FleetError where no server answers, or refuses */
export async function openControllerPlane(servers: FleetServers): Promise<ControllerPlane> {
  const connection = await connectTo(servers, { as: CONTROLLER })
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false })
    const make = () => makeBuckets(manager, connection.info?.cluster === undefined ? 1 : 3)
    await make()
    return new NatsControllerPlane(connection, { kv: new Kvm(connection), manager, make })
  } catch (error) {
    await connection.close()
    throw inPlainWords(error)
  }
}

class NatsControllerPlane implements ControllerPlane {
  readonly #connection: NatsConnection
  readonly #jetstream: JetStreamClient
  readonly #listeners = new Set<() => void>()
  readonly #mirrors: { readonly [bucket in Bucket]: BucketMirror }

  constructor(connection: NatsConnection, servers: ConstructorParameters<typeof BucketMirror>[0]) {
    const changed = () => {
      for (const listener of this.#listeners) listener()
    }
    const mirror = (bucket: Bucket) => new BucketMirror(servers, bucket, changed)
    this.#connection = connection
    this.#jetstream = jetstream(connection, { timeout: PUBLISH_MILLISECONDS })
    this.#mirrors = {
      desired: mirror('desired'),
      status: mirror('status'),
      beat: mirror('beat'),
      rollout: mirror('rollout'),
    }
  }

  async hosts(): Promise<ReadonlyMap<HostToken, HostRecord>> {
    const { desired, status, beat } = this.#mirrors
    const [told, reported, alive] = await Promise.all([desired.entries(), status.entries(), beat.entries()])
    const known = [...told, ...reported, ...alive].filter(([, { value }]) => value !== undefined)
    const hosts = new Set(known.map(([host]) => host))
    return new Map(
      [...hosts].map((host) => [host, recordOf(host, [told.get(host), reported.get(host), alive.get(host)])]),
    )
  }

  async rollouts(): Promise<readonly Versioned<Rollout>[]> {
    const entries = await this.#mirrors.rollout.entries()
    const found = [...entries].flatMap(([id, { value, revision }]) => {
      const rollout = parseRollout(value, id)
      return rollout ? [{ value: rollout, revision }] : []
    })
    return found.sort((a, b) => Number(a.value.id) - Number(b.value.id))
  }

  create(rollout: Rollout): Promise<Outcome> {
    return this.update(rollout, 0)
  }

  update(rollout: Rollout, revision: number): Promise<Outcome> {
    return this.#put(entrySubject('rollout', rollout.id), rollout, revision)
  }

  tell(...[desired, revision]: Parameters<ControllerPlane['tell']>): Promise<Outcome> {
    return this.#put(entrySubject('desired', desired.host), desired, revision)
  }

  async forget(host: HostToken): Promise<void> {
    try {
      await this.#jetstream.publish(entrySubject('desired', host), '', { headers: deletion() })
      await this.#jetstream.publish(entrySubject('status', host), '', { headers: deletion() })
    } catch (error) {
      throw inPlainWords(error)
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    for (const mirror of Object.values(this.#mirrors)) mirror.close()
    await this.#connection.close()
  }

  async #put(subject: string, value: object, revision: number): Promise<Outcome> {
    try {
      await this.#jetstream.publish(subject, JSON.stringify(value), { expect: { lastSubjectSequence: revision } })
      return 'done'
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return 'lost'
      throw inPlainWords(error)
    }
  }
}

function recordOf(host: HostToken, [told, reported, alive]: readonly (Entry | undefined)[]): HostRecord {
  const desired = parseDesired(told?.value, host)
  const status = parseHostStatus(reported?.value, host)
  return {
    host,
    revision: told?.revision ?? 0,
    ...(desired && { desired }),
    ...(told && { toldAt: told.at }),
    ...(status && { status }),
    ...(reported && { reportedAt: reported.at }),
    ...(alive && { beatAt: alive.at }),
  }
}

/** What the key-value libraries write where a key is deleted. */
function deletion(): MsgHdrs {
  const found = headers()
  found.set('KV-Operation', 'DEL')
  return found
}
