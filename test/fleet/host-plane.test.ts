/** A host's hands, where servers answer what no good server would: played on a real server without streams. */

import { headers, type Msg, type NatsConnection } from '@nats-io/transport-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Desired } from '../../src/fleet/model.ts'
import { connectTo } from '../../src/fleet/nats/connect.ts'
import { openHostPlane } from '../../src/fleet/nats/host.ts'
import { directGetSubject, entrySubject, hintSubject } from '../../src/fleet/nats/names.ts'
import { NATS_SERVER, natsServer } from '../cli/nats-server.ts'

const HOST = 'gw-1'
const desired = (rollout: number): Desired => ({
  ...{ host: HOST, commit: 'a'.repeat(40), rollout: String(rollout), wave: 1, attempt: 1 },
})

describe.skipIf(NATS_SERVER === undefined)('the hands of a host (skipped where nats-server is not installed)', () => {
  it('go back to no older pointer when a copy lags, and ask until they see what was hinted at', async () => {
    const { plane, answers, hint } = await scene()
    answers.push(entry(5, '10:00'))
    expect((await plane.desired())?.rollout).toBe('5')

    answers.push(entry(4, '09:00'))
    expect((await plane.desired())?.rollout).toBe('5')
    await hint(7)
    answers.push(entry(5, '10:00'), entry(6, '11:00'), entry(7, '12:00'))
    expect((await plane.desired())?.rollout).toBe('7')
    expect(answers).toEqual([])
  })

  it('do not wait for ever for what was hinted at', async () => {
    const { plane, answers, hint, asked } = await scene()
    await hint(99)
    answers.push(...Array.from({ length: 20 }, () => entry(5, '10:00')))
    expect((await plane.desired())?.rollout).toBe('5')
    const before = asked()
    expect(before).toBeLessThan(10)
    await plane.desired()
    expect(asked()).toBe(before + 1)
  })

  it('believe a stream that was made anew, which counts from 1 again', async () => {
    const { plane, answers } = await scene()
    answers.push(entry(900, '10:00'), entry(1, '11:00'))
    await plane.desired()
    expect((await plane.desired())?.rollout).toBe('1')
  })

  it.each([
    ['too long, although it is JSON', JSON.stringify(desired(1)).padEnd(900_000)],
    ['no JSON', '{'],
    ['nothing', ''],
    ['another host’s', JSON.stringify({ ...desired(1), host: 'gw-2' })],
  ])('refuse what is %s, without a word of it', async (_, payload) => {
    const { plane, answers } = await scene()
    answers.push({ payload, sequence: '1' })
    await expect(plane.desired()).rejects.toMatchObject({
      sort: 'invalid',
      message: 'what the fleet wants here is no pointer to a commit; the last commit stays',
    })
  })

  it('say that a status is not kept, in the words of the server', async () => {
    const { plane, connection } = await scene()
    connection.subscribe(entrySubject('status', HOST), {
      callback: (_, message) => void message.respond('{"error":{"code":503,"description":"insufficient resources"}}'),
    })
    await connection.flush()
    const status = { host: HOST, state: 'synced', sets: [], drift: 0, version: '1', time: '' } as const
    await expect(plane.report(status)).rejects.toMatchObject({
      sort: 'unavailable',
      message: 'the fleet does not keep it: insufficient resources',
    })
    await expect(plane.beat()).rejects.toMatchObject({ sort: 'unavailable' })
  })
})

interface Answer {
  readonly payload: string
  readonly sequence: string
  readonly time?: string
}

function entry(revision: number, time: string): Answer {
  const at = `2026-01-01T${time}:00Z`
  return { payload: JSON.stringify(desired(revision)), sequence: String(revision), time: at }
}

/** A host's hands, and somebody who answers in the place of the streams: each of `answers` once, the last one again and again. */
async function scene() {
  const server = await natsServer({ jetstream: false })
  const connection = await connectTo(server, { as: 'controller' })
  const plane = await openHostPlane(server, HOST)
  onTestFinished(async () => {
    await plane.close()
    await connection.close()
  })
  const answers: Answer[] = []
  let asked = 0
  let last: Answer | undefined
  connection.subscribe(directGetSubject('desired', HOST), {
    callback: (_, message) => {
      asked += 1
      last = answers.shift() ?? last
      if (last) answer(message, last)
    },
  })
  await connection.flush()
  return { plane, connection, answers, asked: () => asked, hint: (revision: number) => hinted(connection, revision) }
}

function answer(message: Msg, { payload, sequence, time }: Answer): void {
  const found = headers()
  found.set('Nats-Sequence', sequence)
  if (time !== undefined) found.set('Nats-Time-Stamp', time)
  message.respond(payload, { headers: found })
}

async function hinted(connection: NatsConnection, revision: number): Promise<void> {
  const found = headers()
  found.set('Nats-Sequence', String(revision))
  connection.publish(hintSubject(HOST), '', { headers: found })
  await connection.flush()
  await new Promise((resolve) => setTimeout(resolve, 100))
}
