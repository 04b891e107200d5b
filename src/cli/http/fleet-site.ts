/** What `fleet serve` serves: health, readiness, metrics, the fleet as JSON, and what its page shows. */

import { toolVersion } from '../../base/index.ts'
import type { FleetView } from '../../fleet/view.ts'
import type { HostRow, PageState, RolloutView } from '../../page/state.ts'
import { FORMAT_VERSION, toJson } from '../render/index.ts'
import { openFleetMetrics } from './fleet-metrics.ts'
import type { Site } from './server.ts'

/**
 * @param name of the fleet, for people
 * @param view made anew when somebody looks
 */
export function fleetSite(name: string, view: () => FleetView): Site {
  const metrics = openFleetMetrics(view)
  return {
    page: () => pageState(name, view()),
    open: ['/healthz', '/readyz'],
    routes: {
      '/healthz': () => ({ status: 200, body: 'ok\n' }),
      '/readyz': () =>
        view().connected ? { status: 200, body: 'ready\n' } : { status: 503, body: 'the plane is away\n' },
      '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.render() }),
      '/status': () => ({
        status: 200,
        type: 'application/json; charset=utf-8',
        body: toJson({ formatVersion: FORMAT_VERSION, ...view() }),
      }),
    },
  }
}

function pageState(name: string, { connected, hosts, rollout }: FleetView): PageState {
  const waves = rollout?.waves.map((wave) => wave.name) ?? []
  const about = { page: 'fleet', name, version: toolVersion() } as const
  return {
    parts: { about, plane: { connected }, ...(rollout && { rollout: rolloutView(rollout) }) },
    tables: { hosts: hosts.map((host) => hostRow(host, host.rollout === rollout?.id ? waves : [])) },
  }
}

function rolloutView({
  id,
  commit,
  back,
  state,
  since,
  by,
  why,
  maxFailures,
  waves,
}: NonNullable<FleetView['rollout']>): RolloutView {
  return {
    id,
    state,
    since,
    by,
    maxFailures,
    waves: waves.map(({ name, hosts, synced, failed, state }) => ({ name, hosts, synced, failed, state })),
    ...(commit !== undefined && { commit }),
    ...(back !== undefined && { back }),
    ...(why !== undefined && { why }),
  }
}

/** @param waves of the rollout that the host is in, by name */
function hostRow(view: FleetView['hosts'][number], waves: readonly string[]): HostRow {
  const { host, state, drift, commit, desired, silentSince, failure, version, sets, reported, wave } = view
  const isWell = state === 'synced' && silentSince === undefined
  return {
    id: host,
    state: silentSince === undefined ? state : 'silent',
    drift,
    ...(commit !== undefined && { commit }),
    ...(desired !== undefined && { desired }),
    ...(reported !== undefined && { since: reported }),
    ...(silentSince !== undefined && Date.parse(silentSince) > 0 && { silentSince }), // else nothing was ever heard
    ...(wave !== undefined && { wave: waves[wave - 1] ?? String(wave) }),
    ...(failure !== undefined && { failure }),
    ...(version !== undefined && { version }),
    ...(!isWell && {
      sets: sets.map((one) => `${one.set} ${one.state} (${one.resources - one.unsynced} of ${one.resources})`),
    }),
  }
}
