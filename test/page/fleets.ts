/** A fleet of any size, in the middle of a rollout that goes wrong here and there. */

import type { FleetView, WaveView } from '../../src/fleet/view.ts'

const OLD = '1f'.repeat(20)
const NEW = 'ab'.repeat(20)
const TIME = new Date(Date.now() - 480_000).toISOString()
const SILENT = new Date(Date.now() - 1_500_000).toISOString()

export function fleetOf(count: number): FleetView {
  const hosts = Array.from({ length: count }, (_, i) => hostOf(i, count))
  const states: Record<string, number> = {}
  for (const { state } of hosts) states[state] = (states[state] ?? 0) + 1
  const news = hosts.filter(({ commit }) => commit === NEW).length
  const wave = (name: string, from: number, to: number, state: WaveView['state']): WaveView => {
    const own = hosts.slice(from, to)
    const synced = own.filter((host) => host.commit === NEW && host.state === 'synced').length
    const failed = own.filter((host) => host.state === 'failed').length
    return { name, share: name, hosts: own.length, synced, failed, waiting: own.length - synced - failed, state }
  }
  return {
    time: TIME,
    connected: true,
    hosts,
    states,
    silent: hosts.filter(({ silentSince }) => silentSince !== undefined).length,
    commits: [
      { commit: OLD, hosts: count - news },
      { commit: NEW, hosts: news },
    ],
    rollout: {
      id: '7',
      commit: NEW,
      state: 'running',
      wave: 2,
      since: TIME,
      started: TIME,
      by: 'ana on ops-1',
      maxFailures: 5,
      waves: [
        wave('canary', 0, 2, 'done'),
        wave('10%', 2, Math.ceil(count / 10), 'current'),
        wave('50%', Math.ceil(count / 10), Math.ceil(count / 2), 'ahead'),
        wave('100%', Math.ceil(count / 2), count, 'ahead'),
      ],
    },
  }
}

function hostOf(i: number, count: number): FleetView['hosts'][number] {
  const told = i < count / 10
  const failed = told && i % 37 === 9
  const done = told && !failed && (i < 2 || i % 3 !== 0)
  const state = failed ? 'failed' : told && !done ? 'progressing' : i % 211 === 5 ? 'drifted' : 'synced'
  return {
    host: `gw-${String(i).padStart(5, '0')}`,
    state,
    commit: done ? NEW : OLD,
    desired: told ? NEW : OLD,
    ...(told && { rollout: '7', wave: i < 2 ? 1 : 2 }),
    drift: state === 'drifted' ? 1 : 0,
    ...(failed && { failure: 'set branches: the engine refused IPsecTunnel/hq-dallas (FWP_E_ALREADY_EXISTS)' }),
    version: '0.1.0',
    sets: [{ set: 'branches', state: failed ? 'failing' : 'synced', resources: 9, unsynced: failed ? 2 : 0 }],
    ...(i % 499 === 30 && { silentSince: SILENT }),
    reported: TIME,
  }
}
