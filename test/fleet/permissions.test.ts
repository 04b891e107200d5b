/** What real servers refuse, with the credentials that `fleet init` writes: a host has its own entries and nothing else. */

import { jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { describe, expect, it, vi } from 'vitest'
import { type HostStatus, parseDesired, parseHostStatus } from '../../src/fleet/model.ts'
import { connectTo } from '../../src/fleet/nats/connect.ts'
import { openControllerPlane } from '../../src/fleet/nats/controller-plane.ts'
import { directGetSubject, entrySubject, hintSubject } from '../../src/fleet/nats/names.ts'
import type { ControllerPlane } from '../../src/fleet/plane.ts'
import { acknowledged, HAS_SERVERS, type Servers, startServers, until } from './servers.ts'

vi.setConfig({ testTimeout: 120_000 })

const COMMIT = 'c'.repeat(40)
const statusOf = (host: string, more: Partial<HostStatus> = {}): HostStatus => ({
  host,
  commit: COMMIT,
  state: 'synced',
  sets: [],
  drift: 0,
  version: '1',
  time: '2026-01-01T00:00:00Z',
  ...more,
})
const desiredOf = (host: string) => ({ host, commit: COMMIT, rollout: '1', wave: 1, attempt: 0 })

interface Scene {
  readonly servers: Servers
  readonly plane: ControllerPlane
  /** of the host `mallory` */
  readonly connection: NatsConnection
  /** what the server said against it */
  readonly refusals: string[]
}

async function scene(): Promise<Scene> {
  const servers = await startServers(1, ['alice', 'mallory'])
  const plane = await openControllerPlane(servers.as('controller'))
  const connection = await connectTo(servers.as('mallory'), { as: 'mallory' })
  const refusals: string[] = []
  void (async () => {
    for await (const status of connection.status())
      if (status.type === 'error') refusals.push(String(status.error.message))
  })()
  return { servers, plane, connection, refusals }
}

async function ended({ plane, connection }: Scene): Promise<void> {
  await connection.close()
  await plane.close()
}

describe.skipIf(!HAS_SERVERS)('a host with its own credentials', () => {
  it('writes its status and its beat, is told of its desired, and reads it', async () => {
    const all = await scene()
    const hints: string[] = []
    all.connection.subscribe(hintSubject('mallory'), { callback: (_, { subject }) => void hints.push(subject) })
    await all.connection.flush()

    await acknowledged(all.connection, entrySubject('status', 'mallory'), statusOf('mallory'))
    await acknowledged(all.connection, entrySubject('beat', 'mallory'), {})
    expect(await all.plane.tell(desiredOf('mallory'), 0)).toBe('done')
    await until(() => hints.length > 0)
    const { data } = await all.connection.request(directGetSubject('desired', 'mallory'), '', { timeout: 5_000 })

    expect(parseDesired(JSON.parse(Buffer.from(data).toString()), 'mallory')).toEqual(desiredOf('mallory'))
    expect((await all.plane.hosts()).get('mallory')).toMatchObject({
      status: statusOf('mallory'),
      beatAt: expect.any(Number),
    })
    await ended(all)
  })

  it('reaches nothing else: not the entries of others, not its own desired, not a consumer, not a stream', async () => {
    const all = await scene()
    await all.plane.tell(desiredOf('alice'), 0)
    const forbidden: readonly (readonly [subject: string, body: unknown])[] = [
      [entrySubject('status', 'alice'), statusOf('alice')],
      [entrySubject('beat', 'alice'), {}],
      [entrySubject('desired', 'alice'), desiredOf('alice')],
      [entrySubject('desired', 'mallory'), desiredOf('mallory')],
      [entrySubject('rollout', '1'), {}],
      [directGetSubject('desired', 'alice'), ''],
      [directGetSubject('status', 'alice'), ''],
      [directGetSubject('status', 'mallory'), ''],
      ['$JS.API.DIRECT.GET.KV_fleet-desired', { last_by_subj: entrySubject('desired', 'alice') }],
      ['$JS.API.STREAM.MSG.GET.KV_fleet-desired', { last_by_subj: entrySubject('desired', 'alice') }],
      ['$JS.API.STREAM.INFO.KV_fleet-status', ''],
      ['$JS.API.STREAM.PURGE.KV_fleet-status', ''],
      ['$JS.API.STREAM.DELETE.KV_fleet-status', ''],
      ['$JS.API.CONSUMER.CREATE.KV_fleet-desired', {}],
      ['$JS.API.CONSUMER.DURABLE.CREATE.KV_fleet-desired.x', {}],
      ['$JS.API.INFO', ''],
      [hintSubject('alice'), {}],
      ['_INBOX.alice.x', {}],
    ]

    for (const [subject, body] of forbidden)
      await expect(all.connection.request(subject, JSON.stringify(body), { timeout: 2_000 }), subject).rejects.toThrow(
        /permissions violation/i,
      )
    for (const subject of [hintSubject('alice'), 'fleet.desired.>', '_INBOX.alice.>', '_INBOX.>', '$KV.>', '>']) {
      const before = all.refusals.length
      all.connection.subscribe(subject, { callback: () => {} })
      await all.connection.flush()
      await until(() => all.refusals.length > before)
    }
    const hosts = await all.plane.hosts()
    expect([hosts.get('alice')?.status, hosts.get('alice')?.desired, hosts.get('mallory')]).toEqual([
      undefined,
      desiredOf('alice'),
      undefined,
    ])
    await ended(all)
  })

  it('cannot clear what others said by a header of its own message', async () => {
    const all = await scene()
    const alice = await connectTo(all.servers.as('alice'), { as: 'alice' })
    await acknowledged(alice, entrySubject('status', 'alice'), statusOf('alice'))
    for (const what of ['all', 'sub']) {
      const rollup = headers()
      rollup.set('Nats-Rollup', what)
      const body = JSON.stringify(statusOf('mallory'))
      const answer = await all.connection.request(entrySubject('status', 'mallory'), body, {
        headers: rollup,
        timeout: 5_000,
      })
      expect(answer.json()).toMatchObject({ error: { description: expect.stringMatching(/rollup/i) } })
    }

    expect((await all.plane.hosts()).get('alice')?.status).toEqual(statusOf('alice'))
    await alice.close()
    await ended(all)
  })

  /** An answer goes where the question says. Nothing that a host can have sent there is believed as another's word. */
  it('cannot have answers sent to the keys of others, and be believed', async () => {
    const all = await scene()
    await all.plane.tell(desiredOf('mallory'), 0)
    await all.plane.tell(desiredOf('alice'), 0)
    const aims = [entrySubject('status', 'alice'), entrySubject('desired', 'alice'), entrySubject('rollout', '1')]
    for (const reply of aims) {
      all.connection.publish(directGetSubject('desired', 'mallory'), '', { reply })
      all.connection.publish(entrySubject('status', 'mallory'), JSON.stringify(statusOf('mallory')), { reply })
    }
    await all.connection.flush()
    await new Promise((resolve) => setTimeout(resolve, 500))

    const hosts = await all.plane.hosts()
    expect(hosts.get('alice')?.status).toBeUndefined()
    expect([undefined, 'alice']).toContain(hosts.get('alice')?.desired?.host)
    expect(await all.plane.rollouts()).toEqual([])
    // whatever was written there: the next word of a controller stands
    const { revision = 0 } = hosts.get('alice') ?? {}
    expect(await all.plane.tell({ ...desiredOf('alice'), rollout: '2' }, revision)).toBe('done')
    await ended(all)
  })

  it('is believed only under its own name', () => {
    expect(parseHostStatus(statusOf('mallory'), 'alice')).toBeUndefined()
    expect(parseDesired(desiredOf('mallory'), 'alice')).toBeUndefined()
  })
})

describe.skipIf(!HAS_SERVERS)('the buckets', () => {
  it('stand as they were when they are made again, and are mended where one was made otherwise', async () => {
    const servers = await startServers(1, [])
    const plane = await openControllerPlane(servers.as('controller'))
    const connection = await connectTo(servers.as('controller'), { as: 'controller' })
    const manager = await jetstreamManager(connection)
    const { config } = await manager.streams.info('KV_fleet-status')
    await manager.streams.update('KV_fleet-status', { ...config, max_msgs_per_subject: 50 })
    await plane.tell(desiredOf('alice'), 0)

    const again = await openControllerPlane(servers.as('controller'))
    expect((await again.hosts()).get('alice')?.desired).toEqual(desiredOf('alice'))
    expect((await manager.streams.info('KV_fleet-status')).config.max_msgs_per_subject).toBe(3)
    for (const one of [plane, again, connection]) await one.close()
  })

  it('lose a write that comes late, and keep what somebody else wrote', async () => {
    const servers = await startServers(1, [])
    const [one, other] = [
      await openControllerPlane(servers.as('controller')),
      await openControllerPlane(servers.as('controller')),
    ]
    expect(await one.tell(desiredOf('alice'), 0)).toBe('done')
    const revision = (await other.hosts()).get('alice')?.revision ?? 0

    expect(await other.tell({ ...desiredOf('alice'), rollout: '2' }, revision)).toBe('done')
    expect(await one.tell({ ...desiredOf('alice'), rollout: '3' }, revision)).toBe('lost')
    expect((await one.hosts()).get('alice')?.desired?.rollout).toBe('2')
    await one.forget('alice')
    expect((await other.hosts()).has('alice')).toBe(false)
    for (const plane of [one, other]) await plane.close()
  })
})
