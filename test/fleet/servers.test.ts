/** Rollouts over real servers, one and three: servers and controllers are killed, the network is cut, and it ends as it must. */

import { jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Desired, isCommit, type Rollout } from '../../src/fleet/model.ts'
import { connectTo } from '../../src/fleet/nats/connect.ts'
import { openControllerPlane } from '../../src/fleet/nats/controller-plane.ts'
import { BUCKETS, entrySubject } from '../../src/fleet/nats/names.ts'
import type { RolloutView } from '../../src/fleet/view.ts'
import { waveOf } from '../../src/fleet/waves.ts'
import type { Ran } from '../cli/harness.ts'
import { isAnswer } from '../support/answers.ts'
import {
  type AnsweringHost,
  acknowledged,
  answeringHost,
  cable,
  HAS_SERVERS,
  type Servers,
  startServers,
  until,
} from './servers.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

const [FIRST, SECOND] = ['1'.repeat(40), '2'.repeat(40)] as const
const HOSTS = ['alfa', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot']
const WAVES = ['--waves', 'canary:1,50%,100%', '--timeout', '60s']

interface Fleet extends Servers {
  readonly hosts: readonly AnsweringHost[]
  /** what each makes of what it is told; to be changed */
  readonly fates: Map<string, 'failed'>
  fleet(...args: readonly string[]): Promise<Ran>
  rollout(id?: string): Promise<RolloutView>
}

/** Servers, hosts that have reported once, and somebody who types. */
async function fleetOf(count: 1 | 3, names: readonly string[] = HOSTS): Promise<Fleet> {
  const servers = await startServers(count, [...names, 'late'])
  // the buckets are made by whoever controls first
  await until(async () => {
    const plane = await openControllerPlane(servers.as('controller')).catch(() => undefined)
    await plane?.close()
    return plane !== undefined
  })
  const fates = new Map<string, 'failed'>()
  const hosts = await Promise.all(
    names.map((name) =>
      answeringHost(servers.as(name), name, ({ host, commit }) => fates.get(`${host} ${commit}`) ?? 'synced'),
    ),
  )
  const fleet: Fleet['fleet'] = (verb, ...args) => {
    const words = verb === 'status' || verb === 'host' ? ['fleet', verb] : ['fleet', 'rollout', verb as string]
    return servers.bench.run(...words, ...args, ...servers.asController)
  }
  const rollout = async (id?: string) =>
    (await answerOf(fleet, 'fleet rollout show', ...(id === undefined ? [] : [id]))).rollout as RolloutView
  await until(
    async () => JSON.parse((await fleet('status', '-o', 'json')).stdout || '{}').hosts?.length === names.length,
  )
  return { ...servers, hosts, fates, fleet, rollout }
}

/** What a command answers in JSON, which is as its schema says. */
async function answerOf(
  fleet: Fleet['fleet'],
  command: string,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  const { stdout } = await fleet(command.split(' ').at(-1) as string, ...args, '-o', 'json')
  const answer = JSON.parse(stdout)
  const validate = isAnswer(command)
  expect([validate(answer), validate.errors]).toEqual([true, null])
  return answer
}

/** All that hosts were ever told, and what the documents had approved by then, by the servers' own clock. */
async function unapproved(servers: Servers): Promise<string[]> {
  const connection = await connectTo(servers.as('controller'), { as: 'controller' })
  onTestFinished(() => connection.close())
  const kv = new Kvm(connection)
  const history = async (bucket: 'desired' | 'rollout') => {
    const found: { value: never; at: number }[] = []
    for await (const entry of await (await kv.open(BUCKETS[bucket], { bindOnly: true })).history())
      found.push({ value: entry.json(), at: entry.created.getTime() })
    return found
  }
  const documents = (await history('rollout')).filter(({ value }) => 'id' in (value as object)) as {
    value: Rollout
    at: number
  }[]
  const told = (await history('desired')) as { value: Desired; at: number }[]
  expect(told.length).toBeGreaterThan(0)
  return told.flatMap(({ value: desired, at }) => {
    const isApproved = documents.some(
      ({ value, at: since }) =>
        value.id === desired.rollout &&
        value.wave >= desired.wave &&
        ['running', 'done'].includes(value.state) &&
        since <= at,
    )
    const document = documents.find(({ value }) => value.id === desired.rollout)?.value
    const isMeant = document?.commit === undefined ? isCommit(desired.commit) : document.commit === desired.commit
    const isPlaced = document !== undefined && waveOf(document.waves, desired.host) === desired.wave
    return isApproved && isMeant && isPlaced ? [] : [JSON.stringify(desired)]
  })
}

const told = ({ hosts }: Fleet) => hosts.map((host) => host.told.map(({ commit }) => commit))

describe.skipIf(!HAS_SERVERS)('a rollout over one server', () => {
  it('goes wave by wave to every host, is told of, and goes back', async () => {
    const fleet = await fleetOf(1)
    const started = await fleet.fleet('start', FIRST, ...WAVES, '--wait')

    expect([started.code, started.stderr.split('\n').filter((line) => line.includes('wave'))]).toEqual([
      0,
      [1, 2, 3]
        .map((wave) => expect.stringContaining(`running, wave ${wave} of 3`))
        .concat(expect.stringContaining('done')),
    ])
    expect(told(fleet)).toEqual(HOSTS.map(() => [FIRST]))
    expect((await fleet.rollout()).waves.map(({ hosts, synced }) => [hosts, synced])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    const status = await fleet.fleet('status')
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining(`${FIRST}: 6 hosts`)])
    expect((await fleet.fleet('host', 'ALFA')).stdout).toContain(`runs: ${FIRST}`)
    expect(await answerOf(fleet.fleet, 'fleet status')).toMatchObject({ states: { synced: 6 }, silent: 0 })
    expect(await answerOf(fleet.fleet, 'fleet host', 'alfa')).toMatchObject({ host: 'alfa', commit: FIRST })

    expect((await fleet.fleet('start', SECOND, '--wait')).code).toBe(0)
    expect((await fleet.fleet('back', '--wait')).code).toBe(0)
    expect(told(fleet)).toEqual(HOSTS.map(() => [FIRST, SECOND, FIRST]))
    // who appears later gets what was not taken back
    const late = await answeringHost(fleet.as('late'), 'late')
    await until(async () => (await fleet.fleet('status', '-o', 'json')).stdout.includes('"late"'))
    expect((await fleet.fleet('watch')).code).toBe(0)
    await until(() => late.told.length > 0)
    expect(late.told.map(({ commit }) => commit)).toEqual([FIRST])
    expect(await patiently(() => unapproved(fleet))).toEqual([])
  })

  it('halts where a host fails, tells nobody else, and goes on once it is mended', async () => {
    const fleet = await fleetOf(1)
    for (const host of HOSTS) fleet.fates.set(`${host} ${FIRST}`, 'failed')
    const halted = await fleet.fleet('start', FIRST, ...WAVES, '--wait')
    expect([halted.code, halted.stdout]).toEqual([
      4,
      expect.stringMatching(/state: halted[\s\S]*why: 1 host failed \(\w+\)/),
    ])
    expect(told(fleet).flat()).toEqual([FIRST])
    expect((await fleet.fleet('status')).code).toBe(4)
    expect(await fleet.fleet('start', SECOND)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('rollout 1 is halted'),
    })

    fleet.fates.clear()
    expect((await fleet.fleet('resume', '--wait')).code).toBe(0)
    expect((await fleet.fleet('status')).code).toBe(0)
    expect(await fleet.fleet('pause')).toMatchObject({ code: 64, stderr: expect.stringContaining('rollout 1 is done') })
    expect(await patiently(() => unapproved(fleet))).toEqual([])
  })

  it('waits while it is paused, and leaves every host as it is when it is aborted', async () => {
    const fleet = await fleetOf(1)
    expect((await fleet.fleet('start', FIRST, ...WAVES, '--bake', '2s')).code).toBe(0)
    const waiting = fleet.bench.start({}, 'fleet', 'rollout', 'watch', ...fleet.asController)
    await waiting.printed('wave 1 of 3')
    expect((await fleet.fleet('pause')).code).toBe(0)
    await waiting.printed('paused')
    await until(() => told(fleet).flat().length > 0)
    const before = told(fleet)
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(told(fleet)).toEqual(before)
    expect((await fleet.fleet('abort')).code).toBe(0)

    expect((await waiting.done).code).toBe(4)
    expect(told(fleet)).toEqual(before)
    expect((await fleet.rollout()).state).toBe('aborted')
    expect((await fleet.fleet('status')).code).toBe(2)
  })

  it('ends as it must where controllers are killed at any moment, and two run at once', async () => {
    const fleet = await fleetOf(1)
    const start = ['fleet', 'rollout', 'start', FIRST, ...WAVES, '--bake', '1s', '--wait', ...fleet.asController]
    const watch = ['fleet', 'rollout', 'watch', ...fleet.asController]
    let killed = 0
    for (let attempt = 0; attempt < 6 && (await stateOf(fleet)) !== 'done'; attempt++) {
      const words = (await stateOf(fleet)) === undefined ? start : watch
      const running = [fleet.bench.start({}, ...words), ...(words === watch ? [fleet.bench.start({}, ...watch)] : [])]
      await Promise.race([
        Promise.all(running.map(({ done }) => done)),
        new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 2_000)),
      ])
      for (const one of running) one.kill('SIGKILL')
      killed += (await Promise.all(running.map(({ done }) => done))).filter(({ signal }) => signal === 'SIGKILL').length
    }
    expect(killed).toBeGreaterThan(0)
    if ((await stateOf(fleet)) !== 'done') expect((await fleet.fleet('watch')).code).toBe(0)

    expect((await fleet.rollout()).state).toBe('done')
    expect(told(fleet)).toEqual(HOSTS.map(() => [FIRST]))
    expect(await patiently(() => unapproved(fleet))).toEqual([])
  })

  it('goes on after its server was killed and stands again', async () => {
    const fleet = await fleetOf(1)
    const running = await underWay(fleet, '1s')
    await until(() => told(fleet).flat().length > 0)
    await fleet.kill(1)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await fleet.start(1)

    expect((await running.done).code).toBe(0)
    expect(told(fleet)).toEqual(HOSTS.map(() => [FIRST]))
    expect(await patiently(() => unapproved(fleet))).toEqual([])
  })
})

/** A rollout that somebody waits for, in its first wave. */
async function underWay(fleet: Fleet, bake: string) {
  const start = ['fleet', 'rollout', 'start', FIRST, ...WAVES, '--bake', bake, '--wait', ...fleet.asController]
  const running = fleet.bench.start({}, ...start)
  await running.printed('wave 1 of 3')
  return running
}

/** @returns undefined: there is none yet */
async function stateOf(fleet: Fleet): Promise<string | undefined> {
  const { code, stdout } = await fleet.fleet('show', '-o', 'json')
  return code === 0 ? JSON.parse(stdout).rollout.state : undefined
}

describe.skipIf(!HAS_SERVERS)('a rollout over three servers', () => {
  it('is done, and nothing acknowledged is lost, where the leader is killed in the middle of writes', async () => {
    const fleet = await fleetOf(3)
    const running = await underWay(fleet, '2s')
    // beside it somebody writes without a pause, into the same bucket as the rollout: what is acknowledged is remembered
    const writer = await connectTo(fleet.as('controller'), { as: 'controller' })
    onTestFinished(() => writer.close())
    let [last, count, isOver] = [-1, 0, false]
    const writing = (async () => {
      for (let number = 0; !isOver; number++) {
        const isKept = await acknowledged(writer, entrySubject('rollout', 'probe'), { number }).then(
          () => true,
          () => false,
        )
        if (isKept) [last, count] = [number, count + 1]
      }
    })()
    await until(() => count > 20)
    await fleet.kill(await patiently(() => leaderOf(writer, 'KV_fleet-rollout')))
    const before = count
    await until(() => count > before + 20)
    isOver = true
    await writing

    expect(await running.done).toMatchObject({ code: 0, stdout: expect.stringContaining('state: done') })
    const probe = await patiently(async () =>
      (await new Kvm(writer).open(BUCKETS.rollout, { bindOnly: true })).get('probe'),
    )
    // a write without an answer may have been kept, after the last one that was acknowledged
    expect(probe?.json<{ number: number }>().number).toBeGreaterThanOrEqual(last)
    expect(told(fleet)).toEqual(HOSTS.map(() => [FIRST]))
    expect(await patiently(() => unapproved(fleet))).toEqual([])
  })

  it('halts where a host is cut off, and is done once it is back; a controller that is cut off hinders nobody', async () => {
    const fleet = await fleetOf(3, HOSTS.slice(1))
    const wire = await cable(fleet.ports[0] as number)
    const away = await answeringHost(fleet.as('late', wire.url), 'late')
    const other = await cable(fleet.ports[1] as number)
    await until(async () => (await fleet.fleet('status', '-o', 'json')).stdout.includes('"late"'))
    wire.cut()
    const cutOff = ['--fleet', other.url, ...fleet.asController.slice(2)]
    const first = fleet.bench.start({}, 'fleet', 'rollout', 'start', FIRST, '--timeout', '8s', '--wait', ...cutOff)
    await first.printed('wave 1 of 1')
    other.cut()

    const halted = await fleet.fleet('watch')
    expect([halted.code, halted.stdout]).toEqual([4, expect.stringContaining('did not report synced in time (late)')])
    wire.mend()
    other.mend()
    expect((await fleet.fleet('resume', '--wait')).code).toBe(0)
    expect(away.told.at(-1)).toMatchObject({ commit: FIRST })
    first.kill('SIGKILL')
    await first.done
    expect(await patiently(() => unapproved(fleet))).toEqual([])
  })
})

/** Servers that look for a leader, on a machine that has much to do, answer late: it is asked again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!/timeout|unavailable|no responders|leader/i.test(String(error))) throw error
    }
  }
}

/** @returns the number of the server that leads a stream */
async function leaderOf(connection: NatsConnection, stream: string): Promise<number> {
  const { cluster } = await (await jetstreamManager(connection)).streams.info(stream)
  return Number(cluster?.leader?.replace('fleet-', ''))
}
