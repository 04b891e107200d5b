/** A fleet as Prometheus sees it: how many hosts stand how, what runs, how the newest rollout goes. Read when it is asked for. */

import { Gauge, Registry } from 'prom-client'
import type { FleetView } from '../../fleet/view.ts'

interface FleetMetrics {
  /** of the answer */
  readonly contentType: string
  render(): Promise<string>
}

/** What a gauge is set to: of each labelled one, its labels and its value. */
type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]

/** More commits than these at once are counted as one: a label has few values. */
const MOST_COMMITS = 10

export function openFleetMetrics(view: () => FleetView): FleetMetrics {
  const registry = new Registry()
  const gauge = (name: string, help: string, read: (view: FleetView) => Values, labelNames: readonly string[] = []) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset()
        for (const [labels, value] of read(view())) this.set(labels, value)
      },
    })
  gauge('wfpctl_fleet_plane_connected', '1 while what hosts and controllers talk over is there', (v) =>
    one(v.connected),
  )
  gauge('wfpctl_fleet_hosts', 'hosts by what they said last', ({ states }) => by('state', states), ['state'])
  gauge('wfpctl_fleet_silent_hosts', 'hosts that nothing is heard of', ({ silent }) => [[{}, silent]])
  gauge('wfpctl_fleet_commit_hosts', 'hosts by the commit that they enforce', commitsOf, ['commit'])
  gauge('wfpctl_fleet_drift_objects', 'objects that are not as declared, on all hosts', ({ hosts }) => [
    [{}, hosts.reduce((sum, { drift }) => sum + drift, 0)],
  ])
  gauge(
    'wfpctl_fleet_rollout_state',
    '1 for the state of the newest rollout',
    ({ rollout }) => (rollout ? [[{ rollout: rollout.id, state: rollout.state }, 1]] : []),
    ['rollout', 'state'],
  )
  gauge('wfpctl_fleet_rollout_hosts', 'hosts of the newest rollout, by wave and by how they stand', wavesOf, [
    'rollout',
    'wave',
    'result',
  ])
  return { contentType: registry.contentType, render: () => registry.metrics() }
}

function one(is: boolean): Values {
  return [[{}, Number(is)]]
}

function by(label: string, counts: Readonly<Record<string, number | undefined>>): Values {
  return Object.entries(counts).map(([name, count = 0]) => [{ [label]: name }, count])
}

function commitsOf({ commits }: FleetView): Values {
  const rest = commits.slice(MOST_COMMITS).reduce((sum, { hosts }) => sum + hosts, 0)
  const named = commits.slice(0, MOST_COMMITS).map(({ commit, hosts }) => [{ commit }, hosts] as const)
  return rest === 0 ? named : [...named, [{ commit: 'others' }, rest]]
}

function wavesOf({ rollout }: FleetView): Values {
  if (!rollout) return []
  return rollout.waves.flatMap(({ name, synced, failed, waiting }) =>
    Object.entries({ synced, failed, waiting }).map(
      ([result, hosts]) => [{ rollout: rollout.id, wave: name, result }, hosts] as const,
    ),
  )
}
