/** `fleet serve` over a real server: it takes the steps of rollouts, and says what the fleet looks like. */

import { describe, expect, it, vi } from 'vitest'
import { isAnswer } from '../support/answers.ts'
import { answeringHost, HAS_SERVERS, type Servers, startServers, until } from './servers.ts'

vi.setConfig({ testTimeout: 120_000 })

const COMMIT = 'c'.repeat(40)

async function served(servers: Servers, ...more: readonly string[]) {
  const running = servers.bench.start({}, 'fleet', 'serve', '--listen', '0', ...servers.asController, ...more)
  await running.printed('Listening on ')
  const url = /Listening on (\S+)/.exec(running.soFar().stderr)?.[1] as string
  const get = (path: string) => fetch(`${url}${path}`)
  const states = async () => ((await (await get('/status')).json()) as { states: Record<string, number> }).states
  return { running, get, states }
}

describe.skipIf(!HAS_SERVERS)('wfpctl fleet serve', () => {
  it('takes the steps, tells newcomers, and says what is so', async () => {
    const servers = await startServers(1, ['a', 'b'])
    const { running, get, states } = await served(servers)
    const host = await answeringHost(servers.as('a'), 'a')
    await until(async () => (await states()).untold === 1)
    expect((await servers.bench.run('fleet', 'rollout', 'start', COMMIT, ...servers.asController)).code).toBe(0)
    await until(async () => (await states()).synced === 1)
    expect(host.told).toHaveLength(1)
    const late = await answeringHost(servers.as('b'), 'b')
    await until(async () => (await states()).synced === 2)
    expect(late.told.map(({ commit }) => commit)).toEqual([COMMIT])

    const status = await (await get('/status')).json()
    const validate = isAnswer('fleet status')
    expect([validate(status), validate.errors]).toEqual([true, null])
    expect(status).toMatchObject({ connected: true, rollout: { state: 'done', commit: COMMIT } })
    const metrics = await (await get('/metrics')).text()
    for (const line of [
      'wfpctl_fleet_hosts{state="synced"} 2',
      'wfpctl_fleet_rollout_state{rollout="1",state="done"} 1',
      'wfpctl_fleet_plane_connected 1',
    ])
      expect(metrics).toContain(line)
    expect([(await get('/healthz')).status, (await get('/readyz')).status]).toEqual([200, 200])

    await servers.kill(1)
    await until(async () => (await get('/readyz')).status === 503)
    expect((await get('/healthz')).status).toBe(200)
    await servers.start(1)
    await until(async () => (await get('/readyz')).status === 200)
    running.kill('SIGTERM')
    expect((await running.done).code).toBe(0)
  })

  it('takes no step where it is only to look', async () => {
    const servers = await startServers(1, ['a'])
    const { running, states } = await served(servers, '--no-control')
    const host = await answeringHost(servers.as('a'), 'a')
    await until(async () => (await states()).untold === 1)
    await servers.bench.run('fleet', 'rollout', 'start', COMMIT, ...servers.asController)
    await new Promise((resolve) => setTimeout(resolve, 3_000))

    expect([host.told, await states()]).toEqual([[], { untold: 1 }])
    running.kill('SIGTERM')
    await running.done
  })
})
