/** The kind that the core itself owns: a TunnelSet document says what may be done to the resources of its set. */

import { type Json, type JsonObject, parseBudget, parseDuration } from '../base/index.ts'
import type { Manifest } from './document.ts'
import { DEFAULT_SET } from './envelope.ts'
import { maintenanceWindows } from './maintenance.ts'
import type { TunnelSet } from './model.ts'

export const TUNNEL_SET = 'TunnelSet'
/** The other kind that speaks of tunnels and declares none. */
export const TRAFFIC_TEST = 'TrafficTest'

const DEFAULT_DRIFT = { mode: 'correct', resyncSeconds: 60 } as const

/** The `default` set without a document: nothing is pruned, nothing limited, any host. */
export function implicitSet(): TunnelSet {
  return { name: DEFAULT_SET, prune: false, safety: { acceptReadback: [] }, drift: DEFAULT_DRIFT }
}

/** Host names in any case; a full name (`hq-gw01.corp.example.com`) is the host that its first label names. Two full ones are compared whole. */
export function isSameHost(a: string, b: string): boolean {
  const [one, other] = [a, b].map((name) => name.toLowerCase().replace(/\.$/, '')) as [string, string]
  const areFull = one.includes('.') && other.includes('.')
  return areFull ? one === other : one.split('.')[0] === other.split('.')[0]
}

/** What cannot be read counts as absent; `prune` then as false. */
export function toTunnelSet(manifest: Manifest): TunnelSet {
  const { host, prune, safety, drift } = manifest.spec
  const { maxDelete, maxReplace, acceptReadback } = fields(safety)
  const { mode, resync, windows } = fields(drift)
  const maintenance = maintenanceWindows(windows)
  const budgets = Object.entries({ maxDelete: parseBudget(maxDelete), maxReplace: parseBudget(maxReplace) })
  return {
    name: manifest.name,
    ...(typeof host === 'string' && { host }),
    prune: prune === true,
    safety: {
      ...Object.fromEntries(budgets.filter(([, budget]) => budget !== undefined)),
      acceptReadback: Array.isArray(acceptReadback) ? acceptReadback.filter((p: Json) => typeof p === 'string') : [],
    },
    drift: {
      mode: mode === 'report' ? 'report' : DEFAULT_DRIFT.mode,
      resyncSeconds: parseDuration(String(resync)) ?? DEFAULT_DRIFT.resyncSeconds,
      ...(maintenance && { windows: maintenance }),
    },
    manifest,
  }
}

function fields(value: Json | undefined): JsonObject {
  return (value ?? {}) as JsonObject
}
