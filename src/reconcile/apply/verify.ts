/** After the calls and before the commit: reads every changed tunnel back, compares it with what was declared, writes the records. */

import type { JsonObject, Pointer } from '../../base/json.ts'
import { joinPointer, valueAt } from '../../base/pointer.ts'
import type { Resource, ResourceKind } from '../../manifest/model.ts'
import { type Change, kindOf, type PlanInput } from '../plan/change.ts'
import { comparable, essenceDigest, FORM, type Verification, verify } from '../plan/comparable.ts'
import { SECRET } from '../plan/diff.ts'
import type { AppliedRecord } from '../plan/model.ts'
import type { SetPlan } from '../plan/plan.ts'
import type { SetTransaction } from '../provider.ts'
import { digestSecrets, referenceOf } from '../secrets.ts'
import type { Mismatch } from './report.ts'

export interface Recording {
  readonly set: PlanInput['set']
  readonly kinds: PlanInput['kinds']
  readonly digestKey: Uint8Array
  readonly commit?: string | undefined
}

/** Reads every changed tunnel back, compares, and writes the records. @returns what read back differently */
export async function verifyAndRecord(tx: SetTransaction, plan: SetPlan, recording: Recording): Promise<Mismatch[]> {
  const standing = plan.changes.filter((c) => c.after !== undefined)
  const touched = new Set(standing.filter((c) => !(c.action === 'replace' && c.impact === 'none')))
  const shown = await tx.readBack(
    Array.from(touched, (c) => c.key),
    recording.digestKey,
  )
  const mismatches: Mismatch[] = []
  for (const change of standing) {
    const resource = change.after as Resource
    const kind = kindOf(recording, resource.kind)
    const { digests } = digestSecrets(recording.kinds, [resource], recording.digestKey)
    const form = comparable(kind, resource, digests.get(change.address) ?? new Map())
    const back = shown.get(change.key)
    const verification: Verification | undefined =
      back && verify(form, back, kind.secretPaths(resource.spec), recording.set.safety.acceptReadback)
    if (verification && verification.mismatches.length > 0)
      mismatches.push({ change, differences: verification.mismatches })
    if (!back && touched.has(change)) mismatches.push({ change, differences: [{ path: '', sensitive: false }] })
    if (mismatches.length > 0) continue
    const evidence =
      back && verification ? { shadows: verification.shadows, filters: back.filters } : change.before?.record
    await tx.record(change.key, recordOf(change, resource, kind, form, evidence, recording.commit), resource.spec)
  }
  return mismatches
}

/** What stands beside the tunnel: a rewritten record leaves the tunnel, and so its text, as it was. */
function descriptionOf(change: Change, resource: Resource): Pick<AppliedRecord, 'description'> {
  const recordOnly = change.action === 'replace' && change.impact === 'none'
  const { description } = (recordOnly ? change.before?.live : resource.spec) ?? {}
  return typeof description === 'string' ? { description } : {}
}

function recordOf(
  change: Change,
  resource: Resource,
  kind: ResourceKind,
  form: JsonObject,
  evidence: Pick<AppliedRecord, 'shadows' | 'filters'> | undefined,
  commit: string | undefined,
): AppliedRecord {
  const digestAt = (path: Pointer) => String(valueAt(form, joinPointer(path, SECRET)))
  return {
    kind: resource.kind,
    name: resource.name,
    set: resource.set,
    labels: resource.labels,
    ...descriptionOf(change, resource),
    protect: resource.spec.protect === 'delete',
    form: FORM,
    digest: essenceDigest(kind, form),
    secrets: Object.fromEntries(
      kind
        .secretPaths(resource.spec)
        .map((path) => [path, { ref: referenceOf(resource.spec, path), digest: digestAt(path) }]),
    ),
    shadows: evidence?.shadows ?? {},
    filters: evidence?.filters ?? change.before?.record.filters ?? '',
    source: { file: resource.manifest.file.path, ...(commit !== undefined && { commit }) },
  }
}
