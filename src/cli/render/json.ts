/** The machine-readable answers; additive changes only within a major format version. Published forms: schemas/*-output.schema.json. */

import { compareText, positionOf, printableJson } from '../../base/index.ts'
import { inSchemaOrder } from '../../manifest/index.ts'
import type { SetReport } from '../../reconcile/apply/report.ts'
import { type Change, type HostPlan, movedFrom, renamedFrom, type SetPlan } from '../../reconcile/plan/index.ts'
import type { Listed } from '../../reconcile/provider.ts'
import type { Planned } from '../../reconcile/reconcile.ts'
import { summaryOf } from './plan.ts'

export const FORMAT_VERSION = '1.0'

export function toJson(value: unknown): string {
  return `${printableJson(JSON.stringify(value, null, 2))}\n`
}

export function planJson(
  { host, engine, commit, selection, plans, undeclared }: Omit<Planned, 'diagnostics'>,
  diagnostics: readonly object[],
): object {
  return {
    formatVersion: FORMAT_VERSION,
    host,
    engine: { name: engine },
    ...(commit !== undefined && { commit }),
    ...(selection && { partial: selection }),
    sets: plans.map(setJson),
    undeclared,
    summary: summaryOf(plans),
    diagnostics,
  }
}

/** What would change for every host: nothing of it can be approved, so there are no digests. */
export function hostsJson(hosts: readonly HostPlan[], diagnostics: readonly object[]): object {
  return {
    hosts: hosts.map(({ host, plans, undeclared }) => ({
      ...(host !== undefined && { host }),
      sets: plans.map((plan) => ({ ...setJson(plan), digest: undefined })),
      undeclared,
      summary: summaryOf(plans),
    })),
    summary: summaryOf(hosts.flatMap(({ plans }) => plans)),
    diagnostics,
  }
}

export function applyJson(
  planned: Planned,
  reports: readonly SetReport[],
  keyManagers: readonly object[],
  diagnostics: readonly object[],
): object {
  const plans = reports.map((r) => r.plan)
  return {
    ...planJson({ ...planned, plans }, diagnostics),
    sets: reports.map((r) => ({ ...setJson(r.plan), result: r.result, verified: r.verified, ...waiting(r) })),
    outcomes: [...reports.flatMap((r) => r.outcomes), ...keyManagers],
  }
}

export function listedJson(listed: Listed): object {
  const { address, kind, name, displayName, set, key, managed, appliedAt, commit, spec: unordered } = listed
  const { spec } = inSchemaOrder({ spec: unordered }, kind.schema)
  return {
    address,
    kind: kind.name,
    name,
    ...(displayName !== undefined && { displayName }),
    ...(set !== undefined && { set }),
    key,
    managed,
    ...(appliedAt !== undefined && { appliedAt }),
    ...(commit !== undefined && { commit }),
    spec,
  }
}

/** What waits for a confirmation. */
function waiting({ confirmation }: Pick<SetPlan, 'confirmation'>): object {
  return confirmation ? { confirmation } : {}
}

function setJson(plan: SetPlan): object {
  return {
    set: plan.set.name,
    digest: plan.digest,
    changes: plan.changes.map(changeJson),
    outsideTransaction: plan.outsideTransaction.map(({ address, action, state }) => ({ address, action, state })),
    cosmetic: plan.cosmetic,
    off: plan.off,
    blocked: plan.blocked,
    ...waiting(plan),
    ...(plan.suspension && { suspension: plan.suspension }),
    orphans: plan.orphans,
    // an engine may list what stands in any order
    unverified: [...plan.unverified].sort((a, b) => compareText(a.address, b.address)),
    ...(plan.removesOwner && { removesOwner: true }),
    skipped: plan.skipped,
    unchanged: plan.unchanged,
    ...(plan.outside !== undefined && { outside: plan.outside }),
  }
}

function changeJson(change: Change): object {
  const { address, key, action, cause, impact, differences } = change
  const from = movedFrom(change)
  const name = renamedFrom(change)
  const moved = { ...(name !== undefined && { renamedFrom: name }), ...(from !== undefined && { movedFrom: from }) }
  return {
    address,
    key,
    action,
    cause,
    impact,
    ...moved,
    differences,
    ...outlineJson(change),
    source: sourceJson(change),
  }
}

/** In a few words, as people are shown it. */
function outlineJson({ action, after }: Change): object {
  const outline = action === 'create' ? after.kind.review?.(after.spec) : undefined
  return outline ? { outline: Object.fromEntries(outline.facts) } : {}
}

/** Where it is declared; of what goes, where it was declared when it was applied. */
function sourceJson(change: Change): object {
  if (change.action === 'delete') return change.before.record.source
  const { file, start } = change.after.manifest
  return { file: file.path, ...positionOf(file, start) }
}
