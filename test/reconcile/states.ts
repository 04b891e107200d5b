/** Small states for tests of the pure core: a kind that knows nothing of IPsec, and objects of it, desired and observed. */

import type { JsonObject } from '../../src/base/json.ts'
import type { Manifest } from '../../src/manifest/document.ts'
import { addressOf, type Kind, type Resource, type TunnelSet } from '../../src/manifest/model.ts'
import { comparable, essenceDigest, FORM } from '../../src/reconcile/plan/comparable.ts'
import type { Observed, PlanInput, Protection, SetState } from '../../src/reconcile/plan/model.ts'

/** Its secret, if any, stands at `/key`. */
const widget: Kind = {
  name: 'Widget',
  noun: 'widget',
  lifetime: 'transactional',
  schema: {},
  impacts: { '/description': 'cosmetic', '/protect': 'none' },
  normalise: (manifest) => ({ ok: true, value: manifest.spec, diagnostics: [] }),
  secretPaths: (spec) => ('key' in spec ? ['/key'] : []),
  keyOf: ({ set, name }) => `key-of-${set}-${name}`,
}

export const lamp: Kind = { ...widget, name: 'Lamp', noun: 'lamp', lifetime: 'session' }

export function aSet(overrides: Partial<TunnelSet> = {}): TunnelSet {
  return {
    name: 'lab',
    prune: true,
    safety: { acceptReadback: [] },
    drift: { mode: 'correct', resyncSeconds: 60 },
    ...overrides,
  }
}

export function desired(name: string, spec: JsonObject, overrides: Partial<Resource> = {}): Resource {
  const file = { path: `${name}.yaml`, text: '' }
  const span = { file, start: 0, end: 0 }
  const resource = { kind: widget, name, set: 'lab', labels: {}, spec, ...overrides }
  const { kind, ...envelope } = resource
  const place = { file, at: () => span, start: span.start, broken: new Set<string>(), waive: [] }
  const manifest: Manifest = { ...envelope, kind: kind.name, ...place }
  return { ...resource, manifest }
}

/** As if the resource had been applied and nobody had touched it since; `live` replaces what the engine shows now. */
export function applied(
  resource: Resource,
  live: JsonObject | undefined = resource.spec,
  protect: Protection = 'none',
): Observed {
  const { kind, name, set } = resource
  const record = {
    kind: kind.name,
    name,
    set,
    labels: resource.labels,
    protect,
    form: FORM,
    digest: essenceDigest(kind, comparable(resource, new Map())),
    secrets: {},
    shadows: {},
    filters: '',
    source: { file: resource.manifest.file.path },
  }
  const identity = { kind, name, set, key: widget.keyOf(resource), record, unverified: [], anomalies: [] }
  return live === undefined ? identity : { ...identity, live }
}

export function missing(resource: Resource): Observed {
  const { live: _, ...rest } = applied(resource)
  return rest
}

export function state(...resources: readonly Observed[]): SetState {
  return {
    set: 'lab',
    resources: new Map(resources.map((o) => [addressOf(o), o])),
    foreign: new Map(),
  }
}

export function input(resources: readonly Resource[], engine: SetState, overrides: Partial<PlanInput> = {}): PlanInput {
  return {
    set: aSet(),
    resources,
    state: engine,
    policy: { host: 'gw01' },
    digests: new Map(),
    ...overrides,
  }
}
