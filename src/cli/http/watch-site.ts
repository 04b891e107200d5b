/** What a running watch serves: health, readiness, metrics, status, and what its page shows. */

import { hostname } from 'node:os'
import { type Diagnostic, dotted, positionOf, toolVersion } from '../../base/index.ts'
import { addressOf, type Resource } from '../../manifest/index.ts'
import type { EngineView, PageState, ResourceRow, SetRow, State, WaitingRow } from '../../page/state.ts'
import type { Deviation, TreeState, WatchEvent } from '../../reconcile/watch/events.ts'
import { type ResourceStatus, type SetStatus, setSummaryOf } from '../../reconcile/watch/set-status.ts'
import type { Watcher, WatchStatus } from '../../reconcile/watch/watcher.ts'
import { diagnosticsToJson, differenceText, FORMAT_VERSION, toJson } from '../render/index.ts'
import { History } from './history.ts'
import { openMetrics } from './metrics.ts'
import type { Site } from './server.ts'

/** Of one change; more are in the plan. */
const MOST_DIFFERENCES = 30
const MOST_FINDINGS = 50

type Watched = Pick<Watcher, 'status' | 'declared'>

export interface WatchSite extends Site {
  /** is told what happens */
  note(event: WatchEvent): void
}

export function watchSite(watcher: Watched): WatchSite {
  const metrics = openMetrics(() => watcher.status)
  const history = new History()
  return {
    note: (event) => {
      metrics.count(event)
      history.note(event)
    },
    page: () => pageState(watcher, history),
    open: ['/healthz', '/readyz'],
    routes: {
      '/healthz': () => ({ status: 200, body: 'ok\n' }),
      '/readyz': () => {
        const reasons = unready(watcher.status)
        return reasons.length === 0
          ? { status: 200, body: 'ready\n' }
          : { status: 503, body: `${reasons.join('\n')}\n` }
      },
      '/metrics': async () => ({ status: 200, type: metrics.contentType, body: await metrics.render() }),
      '/status': () => ({
        status: 200,
        type: 'application/json; charset=utf-8',
        body: toJson(statusJson(watcher.status)),
      }),
    },
  }
}

function pageState({ status, declared }: Watched, history: History): PageState {
  const ends = endsByAddress(declared)
  const open = new Set(status.sets.flatMap((set) => set.resources.filter((r) => !r.synced).map((r) => idOf(set, r))))
  const deviations = history.deviations((set, address) => open.has(`${set} ${address}`))
  return {
    parts: {
      about: { page: 'watch', name: hostname(), version: toolVersion() },
      engine: engineView(status),
      ...(status.fleet && { link: status.fleet }),
    },
    tables: {
      sets: status.sets.map(setRow),
      resources: status.sets.flatMap((set) => set.resources.map((one) => resourceRow(set, one, ends.get(one.address)))),
      waiting: deviations.map(waitingRow),
      told: history.told,
      hour: history.hour,
      day: history.day,
    },
  }
}

function engineView({ engine, tree, findings, commit, passes, lastPass }: WatchStatus): EngineView {
  return {
    ...engine,
    tree,
    findings: findings.slice(0, MOST_FINDINGS).map(findingText),
    passes,
    ...(commit !== undefined && { commit }),
    ...(lastPass !== undefined && { lastPass }),
  }
}

function findingText({ severity, code, message, span }: Diagnostic): string {
  const place = span ? ` (${span.file.path}:${positionOf(span.file, span.start).line})` : ''
  return `${severity}[${code}]: ${message}${place}`
}

function setRow(status: SetStatus): SetRow {
  const { set, mode, state, since, why, consecutiveErrors, lastSuccess } = status
  const { resources, unsynced } = setSummaryOf(status)
  return {
    id: set,
    mode,
    state,
    since,
    errors: consecutiveErrors,
    resources,
    unsynced,
    ...(why !== undefined && { why }),
    ...(lastSuccess !== undefined && { lastSuccess }),
  }
}

function resourceRow(set: SetStatus, one: ResourceStatus, ends: Ends | undefined): ResourceRow {
  const { address, since, why } = one
  return {
    id: idOf(set, one),
    set: set.set,
    address,
    state: stateOf(set, one),
    since,
    ...(why !== undefined && { why }),
    ...ends,
  }
}

function idOf({ set }: SetStatus, { address }: ResourceStatus): string {
  return `${set} ${address}`
}

/** What is not as declared stands as its set does. */
function stateOf({ state }: SetStatus, { synced, off }: ResourceStatus): State {
  if (synced) return off ? 'off' : 'synced'
  return state === 'synced' ? 'pending' : state
}

function waitingRow(deviation: Deviation & { readonly time: string }): WaitingRow {
  const { set, address, action, cause, impact, differences, time } = deviation
  const shown = differences.slice(0, MOST_DIFFERENCES).map((one) => [dotted(one.path), differenceText(one)] as const)
  return { id: `${set} ${address}`, set, address, action, cause, impact, since: time, differences: shown }
}

interface Ends {
  readonly local: string
  readonly remote: string
}

function endsByAddress(declared: readonly Resource[]): ReadonlyMap<string, Ends> {
  return new Map(
    declared.flatMap((one) => [endsOf(one)].flatMap((ends) => (ends ? [[addressOf(one), ends] as const] : []))),
  )
}

/** A resource does not change: another reading has another one. */
const known = new WeakMap<Resource, Ends | undefined>()

function endsOf(one: Resource): Ends | undefined {
  if (!known.has(one)) {
    const ends = one.kind.review?.(one.spec).ends
    known.set(one, ends && { local: ends.local, remote: ends.remote })
  }
  return known.get(one)
}

/** A tree that is unsettled after a first pass is not a reason: what was declared before is enforced meanwhile. */
const UNREADY_TREES: { readonly [state in TreeState]?: string } = {
  invalid: 'the manifests have errors',
  nothing: 'no manifests could be read yet',
}

function unready({ engine, tree, lastPass }: WatchStatus): string[] {
  const why = UNREADY_TREES[tree]
  return [
    ...(engine.connected ? [] : ['the engine is not open']),
    ...(why === undefined ? [] : [why]),
    ...(lastPass === undefined ? ['no pass has been completed'] : []),
  ]
}

function statusJson({ findings, ...status }: WatchStatus): object {
  return { formatVersion: FORMAT_VERSION, ...status, findings: diagnosticsToJson(findings) }
}
