/** A fleet for people. */

import { plural, printable } from '../../../base/index.ts'
import type { FleetView, HostView, RolloutView } from '../../../fleet/view.ts'
import { renderTable } from '../../render/index.ts'

export function rolloutText(rollout: RolloutView, width: number | undefined): string {
  const { id, commit, back, state, since, started, by, why, waves } = rollout
  const head = [
    `rollout ${id}: ${commit === undefined ? `back from rollout ${back}` : commit}`,
    `state: ${state} since ${since}`,
    ...(why === undefined ? [] : [`why: ${why}`]),
    `started: ${started} by ${by}`,
  ]
  const rows = waves.map((wave, i) => [
    `${i + 1} ${wave.name}`,
    wave.share,
    wave.state,
    ...[wave.hosts, wave.synced, wave.failed, wave.waiting].map(String),
  ])
  return `${lines(head)}\n${renderTable(['WAVE', 'SHARE', 'STATE', 'HOSTS', 'SYNCED', 'FAILED', 'WAITING'], rows, width)}`
}

/** Of a large fleet those that are well are counted, and not listed. */
export function fleetText(fleet: FleetView, width: number | undefined): string {
  const { hosts, states, silent, commits, rollout } = fleet
  const counts = Object.entries(states).map(([state, count]) => `${count} ${state}`)
  const head = [
    `${plural(hosts.length, 'host')}: ${[...counts, ...(silent > 0 ? [`${silent} of them silent`] : [])].join(', ') || 'none has reported yet'}`,
    ...commits.map(({ commit, hosts: count }) => `${commit}: ${plural(count, 'host')}`),
  ]
  const unwell = hosts.filter((host) => !isWell(host))
  const table = unwell.length === 0 ? '' : `\n${hostTable(unwell, width)}`
  return `${lines(head)}${rollout ? `\n${rolloutText(rollout, width)}` : ''}${table}`
}

export function hostText(host: HostView, width: number | undefined): string {
  const said: readonly (readonly [name: string, value: unknown])[] = [
    ['state', host.state],
    ['runs', host.commit],
    ['was told', host.desired],
    ['rollout', host.rollout === undefined ? undefined : `${host.rollout}, wave ${host.wave}`],
    ['why', host.failure],
    ['silent since', host.silentSince],
    ['reported', host.reported],
    ['wfpctl', host.version],
  ]
  const head = [
    `host ${host.host}`,
    ...said.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])),
  ]
  const rows = host.sets.map(({ set, state, resources, unsynced }) => [set, state, String(resources), String(unsynced)])
  return `${lines(head)}${rows.length === 0 ? '' : `\n${renderTable(['SET', 'STATE', 'RESOURCES', 'UNSYNCED'], rows, width)}`}`
}

/** Told, and as it was told, and heard of. */
export function isWell({ state, silentSince }: HostView): boolean {
  return state === 'synced' && silentSince === undefined
}

const SHORT = 12

function hostTable(hosts: readonly HostView[], width: number | undefined): string {
  const rows = hosts.map(({ host, state, commit = '', desired = '', silentSince = '', failure = '' }) => [
    host,
    state,
    commit.slice(0, SHORT),
    desired.slice(0, SHORT),
    silentSince,
    failure,
  ])
  return renderTable(['HOST', 'STATE', 'RUNS', 'TOLD', 'SILENT SINCE', 'WHY'], rows, width)
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${printable(line)}\n`).join('')
}
