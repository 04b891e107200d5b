/**
 * wfpctl as a library: manifests are loaded, planned against an engine, and applied. What is exported here keeps its meaning
 * between minor versions; every other file may change at any time.
 *
 * A program of its own brings kinds of resource (`Kind`), another target (`Provider`), or only its own way to approve a plan.
 */

import { type Checked, hasErrors } from './base/index.ts'
import { kindsByName } from './kinds/index.ts'
import { type Desired, type Kinds, loadDesired, readManifestFiles } from './manifest/index.ts'
import type { SetReport } from './reconcile/apply/report.ts'
import type { Policy } from './reconcile/plan/index.ts'
import type { Provider } from './reconcile/provider.ts'
import { type Approval, type Planned, type Reconciled, reconcile } from './reconcile/reconcile.ts'

export { type Checked, type Diagnostic, hasErrors, type Related, type Severity } from './base/diagnostic.ts'
export type { Guid, Json, JsonObject, Pointer } from './base/json.ts'
export { type Position, positionOf, type SourceFile, type Span } from './base/source.ts'
export type { Budget } from './base/units.ts'
export { kinds } from './kinds/index.ts'
export type { Manifest } from './manifest/document.ts'
export type {
  Address,
  Advice,
  Advise,
  Desired,
  Impact,
  Kind,
  Kinds,
  Lifetime,
  Resource,
  TunnelSet,
} from './manifest/model.ts'
export { type EngineChoice, type OpenOptions, openProvider } from './providers/index.ts'
export type { ApplyOptions, Outcome, OutcomeStatus, SetReport, SetResult } from './reconcile/apply/report.ts'
export type { Actor } from './reconcile/history.ts'
export type { Note, Notes } from './reconcile/notes/index.ts'
export type {
  AppliedRecord,
  Blocked,
  Cause,
  Change,
  ChangeBase,
  Cosmetic,
  Difference,
  Observed,
  Orphan,
  OutsideStep,
  Policy,
  SetContext,
  SetPlan,
  SetState,
  Shown,
  Standing,
} from './reconcile/plan/index.ts'
export {
  type Claim,
  EngineRefusal,
  type KeyedResource,
  type Listed,
  type OpenSession,
  type Provider,
  type RefusalDetails,
  type RefusalSort,
  type Registration,
  type SetQuery,
  type SetTransaction,
  type WatchableProvider,
} from './reconcile/provider.ts'
export {
  type Approval,
  type Loaded,
  type Pass,
  type Planned,
  type Reconciled,
  reconcile,
} from './reconcile/reconcile.ts'

/**
 * Reads manifests. Findings, of every file at once, say file, line and column: `positionOf(finding.span.file, finding.span.start)`.
 *
 * @param paths files, and directories searched for `*.yaml` and `*.yml` at any depth
 */
export async function load(paths: readonly string[], kinds: Kinds = kindsByName): Promise<Checked<Desired>> {
  const read = await readManifestFiles(paths)
  const { desired, diagnostics } = loadDesired(read.files, kinds)
  const findings = [...read.diagnostics, ...diagnostics]
  return hasErrors(findings)
    ? { ok: false, diagnostics: findings }
    : { ok: true, value: desired, diagnostics: findings }
}

/** What a pass over manifests that are loaded is given. */
export interface Work {
  readonly provider: Provider
  readonly policy: Policy
}

/** Compares what is declared with what the engine holds. Changes nothing. @throws EngineRefusal */
export async function plan(desired: Desired, { provider, policy }: Work): Promise<Checked<Planned>> {
  const result = await reconcile({ ...passOf(desired, provider), policy, approve: async () => undefined })
  return result.ok ? { ok: true, value: result.planned, diagnostics: result.planned.diagnostics } : result
}

/** How plans are applied: who approves them, and who is told of each set as it ends. */
export interface Applying extends Work {
  /** absent: every plan is approved as it is under the engine's lock */
  approve?(planned: Planned): Promise<Approval | undefined>
  applied?(report: SetReport): void
}

/** Plans, and applies what is approved: each set whole or not at all. @throws EngineRefusal where the engine cannot even be read */
export function apply(desired: Desired, { provider, policy, approve, applied }: Applying): Promise<Reconciled> {
  return reconcile({
    ...passOf(desired, provider),
    policy,
    approve: approve ?? (async () => () => ({ mode: 'commit' })),
    ...(applied && { applied }),
  })
}

function passOf(desired: Desired, provider: Provider) {
  return {
    load: async () => ({ ok: true, value: desired, diagnostics: [] }) as const,
    open: async () => provider,
  }
}
