/** What happened, as Prometheus counts it. A registry of its own; loaded only when somebody listens. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { WatchEvent } from '../../reconcile/watch/events.ts'
import type { WatchStatus } from '../../reconcile/watch/watcher.ts'

export interface Metrics {
  /** of the answer */
  readonly contentType: string
  count(event: WatchEvent): void
  render(): Promise<string>
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60]

export function openMetrics(status: () => WatchStatus): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames: [...labelNames], registers })
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, buckets: SECONDS, labelNames: ['set'], registers })
  addGauges(registry, status)
  const passes = counter('wfpctl_passes_total', 'passes of the loop', [])
  const drift = counter('wfpctl_drift_total', 'objects found drifted', ['set', 'cause'])
  const corrections = counter('wfpctl_corrections_total', 'objects corrected', ['set', 'cause', 'action'])
  const conflicts = counter('wfpctl_conflicts_total', 'objects that somebody else keeps changing', ['set'])
  const failures = counter('wfpctl_failures_total', 'attempts that failed', ['set', 'result'])
  const losses = counter('wfpctl_engine_losses_total', 'times that the engine went away or stayed away', [])
  const heal = histogram(
    'wfpctl_time_to_heal_seconds',
    'from the first sign of a change to the commit that corrected it',
  )
  const lock = histogram('wfpctl_lock_hold_seconds', "time that the engine's write lock was held for one set")
  const passTime = new Histogram({
    name: 'wfpctl_pass_seconds',
    help: 'duration of a pass',
    buckets: SECONDS,
    registers,
  })
  const away = counter('wfpctl_fleet_losses_total', 'times that the fleet could no longer be asked or told', [])
  let lastTransaction = ''

  const count = (event: WatchEvent): void => {
    switch (event.event) {
      case 'pass':
        passes.inc()
        passTime.observe(event.durationMilliseconds / 1000)
        return
      case 'drift':
        drift.inc({ set: event.set, cause: event.cause })
        return
      case 'correction': {
        const { set, cause, action, healMilliseconds, lockMilliseconds } = event
        corrections.inc({ set, cause, action })
        heal.observe({ set }, healMilliseconds / 1000)
        // one transaction corrects many objects and tells of each, with the same times
        const transaction = `${set} ${healMilliseconds} ${lockMilliseconds}`
        if (transaction !== lastTransaction) lock.observe({ set }, lockMilliseconds / 1000)
        lastTransaction = transaction
        return
      }
      case 'conflict':
        conflicts.inc({ set: event.set })
        return
      case 'failure':
        failures.inc({ set: event.set ?? '', result: event.result })
        return
      case 'engine-lost':
        losses.inc()
        return
      case 'fleet-lost':
        away.inc()
        return
    }
  }
  return { contentType: registry.contentType, count, render: () => registry.metrics() }
}

/** What is true now is read when it is asked for. */
function addGauges(registry: Registry, status: () => WatchStatus): void {
  const gauge = (name: string, help: string, value: (status: WatchStatus) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value(status()))
      },
    })
  const bySet = (name: string, help: string, value: (set: WatchStatus['sets'][number]) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['set'],
      registers: [registry],
      collect() {
        this.reset() // a set that is gone is no longer told
        for (const set of status().sets) {
          const now = value(set)
          if (now !== undefined) this.set({ set: set.set }, now)
        }
      },
    })
  gauge('wfpctl_engine_connected', '1 while the engine is open', (s) => Number(s.engine.connected))
  gauge('wfpctl_manifests_valid', '0 while what is declared has errors', (s) => Number(s.tree !== 'invalid'))
  if (status().fleet) {
    gauge('wfpctl_fleet_connected', '1 while the fleet can be asked and told', (s) => Number(s.fleet?.connected))
    gauge('wfpctl_fleet_commit_enforced', '1 while what is enforced is the commit that the fleet wants here', (s) =>
      Number(s.commit !== undefined && s.commit === s.fleet?.wanted?.commit),
    )
  }
  gauge('process_resident_memory_bytes', 'memory of the process', () => process.memoryUsage.rss())
  bySet('wfpctl_set_synced', '1 while the set is as declared', (s) => Number(s.state === 'synced'))
  bySet('wfpctl_set_suspended', '1 while watches are to leave the set alone', (s) => Number(s.state === 'suspended'))
  bySet('wfpctl_set_unconfirmed', '1 while what was applied waits for a confirmation', (s) =>
    Number(s.state === 'unconfirmed'),
  )
  bySet('wfpctl_set_resources', 'resources of the set', (s) => s.resources.length)
  bySet(
    'wfpctl_set_unsynced_resources',
    'resources that are not as declared',
    (s) => s.resources.filter((r) => !r.synced).length,
  )
  bySet('wfpctl_set_consecutive_errors', 'failures since the last success', (s) => s.consecutiveErrors)
  bySet('wfpctl_set_last_success_timestamp_seconds', 'when the set was last seen as declared', (s) =>
    s.lastSuccess === undefined ? undefined : Date.parse(s.lastSuccess) / 1000,
  )
}
