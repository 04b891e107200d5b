/** What a page is shown: a few parts by name, and tables of rows that have an id each. Made by a server, merged by a browser. */

/** How a set stands, with the two words that are of a resource alone. */
export type State =
  | 'synced'
  | 'off'
  | 'drifted'
  | 'pending'
  | 'failing'
  | 'conflict'
  | 'held'
  | 'skipped'
  | 'suspended'
  | 'unconfirmed'
  | 'undeclared'
  | 'unknown'

/** Times are ISO 8601. */
export interface SetRow {
  readonly id: string
  readonly mode: string
  readonly state: State
  readonly since: string
  readonly why?: string
  readonly errors: number
  readonly lastSuccess?: string
  readonly resources: number
  readonly unsynced: number
}

export interface ResourceRow {
  readonly id: string
  readonly set: string
  /** `IPsecTunnel/hq-dallas` */
  readonly address: string
  readonly state: State
  readonly since: string
  readonly why?: string
  /** of what leads from here to there */
  readonly local?: string
  readonly remote?: string
}

/** A change that is planned and not made. */
export interface WaitingRow {
  readonly id: string
  readonly set: string
  readonly address: string
  readonly action: string
  readonly cause: string
  readonly impact: string
  readonly since: string
  /** `['quickMode.pfs', 'dh20 → none']`; of a secret, that it changed */
  readonly differences: readonly (readonly [path: string, text: string])[]
}

export interface ToldRow {
  readonly id: string
  readonly time: string
  readonly event: string
  readonly address?: string
  readonly text: string
}

/** What happened in a span of time. */
export interface SpanRow {
  readonly id: string
  /** where the span begins, in seconds since 1970 */
  readonly at: number
  readonly drift: number
  readonly corrections: number
  readonly failures: number
  /** of the corrections in it, the longest and the sum of the times to heal */
  readonly longestMilliseconds: number
  readonly sumMilliseconds: number
}

export interface HostRow {
  readonly id: string
  /** `silent` where nothing is heard of it, whatever it said last */
  readonly state: string
  readonly drift: number
  /** what it enforces, and what it was told */
  readonly commit?: string
  readonly desired?: string
  /** when it said so */
  readonly since?: string
  readonly silentSince?: string
  readonly wave?: string
  readonly failure?: string
  readonly version?: string
  /** `branches drifted (7 of 9)`, of a host that is not as declared */
  readonly sets?: readonly string[]
}

export interface WaveView {
  readonly name: string
  readonly hosts: number
  readonly synced: number
  readonly failed: number
  readonly state: string
}

export interface RolloutView {
  readonly id: string
  /** absent in one that goes back to what was before another */
  readonly commit?: string
  readonly back?: string
  readonly state: string
  readonly since: string
  readonly by: string
  readonly why?: string
  readonly maxFailures: number
  readonly waves: readonly WaveView[]
}

export interface EngineView {
  readonly name: string
  readonly connected: boolean
  readonly tree: 'good' | 'unsettled' | 'invalid' | 'nothing'
  /** `error[E203]: 10.1.0.0/33 is not an IPv4 network (a.yaml:14:14)` */
  readonly findings: readonly string[]
  readonly commit?: string
  readonly passes: number
  readonly lastPass?: string
}

export interface LinkView {
  readonly connected: boolean
  readonly since: string
  readonly why?: string
  /** what the fleet wants here */
  readonly wanted?: { readonly commit: string; readonly rollout: string; readonly wave: number }
}

export interface Parts {
  readonly about: { readonly page: 'watch' | 'fleet'; readonly name: string; readonly version: string }
  readonly engine?: EngineView
  readonly rollout?: RolloutView
  /** how this host stands with the fleet that it belongs to */
  readonly link?: LinkView
  /** what the hosts and their controllers talk over */
  readonly plane?: { readonly connected: boolean }
}

export interface Tables {
  readonly sets: readonly SetRow[]
  readonly resources: readonly ResourceRow[]
  readonly waiting: readonly WaitingRow[]
  readonly told: readonly ToldRow[]
  /** by half a minute, of an hour; by ten minutes, of a day */
  readonly hour: readonly SpanRow[]
  readonly day: readonly SpanRow[]
  readonly hosts: readonly HostRow[]
}

export interface PageState {
  readonly parts: Parts
  readonly tables: Partial<Tables>
}

/** From one state to the next. A part that is null is there no more. */
export interface StateChange {
  readonly parts?: { readonly [name in keyof Parts]?: Parts[name] | null }
  readonly put?: { readonly [table in keyof Tables]?: Tables[table] }
  readonly gone?: { readonly [table in keyof Tables]?: readonly string[] }
}

/** @returns the state after a change; tables and rows that it does not touch stay the same objects */
export function merged(
  { parts, tables }: PageState,
  { parts: changed = {}, put = {}, gone = {} }: StateChange,
): PageState {
  const kept = Object.entries({ ...parts, ...changed }).filter(([, part]) => part !== null)
  const touched = new Set([...Object.keys(put), ...Object.keys(gone)]) as ReadonlySet<keyof Tables>
  const next = [...touched].map((name) => [name, mergedRows(tables[name] ?? [], put[name] ?? [], gone[name] ?? [])])
  return { parts: Object.fromEntries(kept) as unknown as Parts, tables: { ...tables, ...Object.fromEntries(next) } }
}

type Row = { readonly id: string }

function mergedRows(rows: readonly Row[], put: readonly Row[], gone: readonly string[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  for (const row of put) byId.set(row.id, row)
  for (const id of gone) byId.delete(id)
  return [...byId.values()]
}
