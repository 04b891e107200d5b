/** After the calls and before the commit: reads every changed object back, compares it with what was declared, writes the records. */

import { type JsonObject, joined, type Pointer, untold, valueAt, withValueAt } from '../../base/index.ts'
import { formOf, isEnabled, type Resource } from '../../manifest/index.ts'
import {
  type AppliedRecord,
  type Change,
  comparable,
  digestAt,
  essenceDigest,
  FORM,
  makesObject,
  movedFrom,
  type Observed,
  protectionOf,
  type Seen,
  type SetPlan,
  type Shown,
  sealed,
  seenNow,
  stands,
  unverifiedLeaves,
  verify,
} from '../plan/index.ts'
import type { SetTransaction } from '../provider.ts'
import type { ApplyContext, Mismatch } from './report.ts'

export interface Recording extends ApplyContext {
  readonly digestKey: Uint8Array
}

type StandingChange = Extract<Change, { readonly after: Resource }>

/** What read back differently. Where there are mismatches, no record was written. */
export interface ReadBack {
  readonly mismatches: readonly Mismatch[]
  /** accepted by name */
  readonly rewrites: readonly Mismatch[]
}

/** Reads every changed object back, compares, and writes the records. */
export async function verifyAndRecord(tx: SetTransaction, plan: SetPlan, recording: Recording): Promise<ReadBack> {
  const standing = plan.changes.filter((change): change is StandingChange => change.action !== 'delete')
  const touched = standing.filter(makesObject)
  const { progress = untold } = recording
  progress('reading back')
  const shown = await tx.readBack(
    touched.map(({ after, key }) => ({ resource: after, key })),
    recording.digestKey,
  )
  const verified = standing.map((change) => verifyChange(change, shown.get(change.key), recording))
  const mismatches = verified.flatMap(({ mismatch }) => mismatch ?? [])
  const rewrites = verified.flatMap(({ rewrite }) => rewrite ?? [])
  if (mismatches.length > 0) return { mismatches, rewrites }
  for (const [i, { change, record }] of verified.entries()) {
    progress('recording', i, verified.length)
    await tx.record(change.after, change.key, record)
  }
  return { mismatches, rewrites }
}

interface Verified {
  readonly change: StandingChange
  readonly record: AppliedRecord
  readonly mismatch?: Mismatch
  /** what reads back differently, and was accepted by name */
  readonly rewrite?: Mismatch
}

function verifyChange(change: StandingChange, shown: Shown | undefined, recording: Recording): Verified {
  const { after } = change
  const form = withDigests(change, recording)
  if (!makesObject(change))
    return { change, record: recordOf(change, form, evidenceOf(change, form, recording), recording) }
  if (!shown) {
    const nothing = { change, differences: [{ path: '', sensitive: false }] }
    return { change, record: recordOf(change, form, NO_EVIDENCE, recording), mismatch: nothing }
  }
  const accepted = [...recording.set.safety.acceptReadback, ...acceptedBy(after.spec)]
  const { shadows, mismatches, rewrites } = verify(form, shown, { kind: after.kind, spec: after.spec, accepted })
  const unverified = unverifiedLeaves(shown.live, shadows, after.kind.secretPaths(after.spec))
  const said = { spec: formOf(after).text, unverified }
  const seen = shown.parts === undefined ? undefined : seenNow(recording.digestKey, shown.parts, said)
  const evidence = { shadows, filters: shown.filters, filterList: shown.filterList(), seen }
  const record = recordOf(change, form, evidence, recording)
  return {
    change,
    record,
    ...(mismatches.length > 0 && { mismatch: { change, differences: mismatches } }),
    ...(rewrites.length > 0 && { rewrite: { change, differences: rewrites } }),
  }
}

/**
 * In comparable form, with digests under the set's own key: at the first apply that is younger than the plan, and what arrives from another
 * set was compared under that one's.
 */
function withDigests(change: StandingChange, { secrets, digestKey }: Recording): JsonObject {
  const { form, after, address } = change
  if (!isEnabled(after)) return form
  const paths = after.kind.secretPaths(after.spec)
  const isForeign = movedFrom(change) !== undefined
  if (!isForeign && paths.every((path) => digestAt(form, path) !== undefined)) return form
  const open = isForeign ? comparable(after, new Map()) : form
  return sealed(open, paths, secrets.digestsOf([after], { own: digestKey }).digests.get(address) ?? new Map())
}

type Evidence = Pick<AppliedRecord, 'shadows' | 'filters' | 'filterList'> & { readonly seen: Seen | undefined }
const NO_EVIDENCE: Evidence = { shadows: {}, filters: '', seen: undefined }

/** Of what stays as it is: what was found out when it was made. What nobody knew of it is taken to be as declared. */
function evidenceOf({ before, after }: StandingChange, form: JsonObject, { digestKey }: Recording): Evidence {
  if (!before || !stands(before)) return NO_EVIDENCE
  const assumed = (before.unknown ?? []).flatMap((pointer) => {
    const applied = valueAt(form, pointer)
    return applied === undefined ? [] : [[pointer, { applied }] as const]
  })
  const unverified = [...before.unverified, ...assumed.map(([pointer]) => pointer)]
  const said = { spec: JSON.stringify(keptSpec(after, before)), unverified }
  const seen = before.parts === undefined ? undefined : seenNow(digestKey, before.parts, said)
  return { ...before.record, shadows: { ...before.record.shadows, ...Object.fromEntries(assumed) }, seen }
}

function recordOf(
  change: StandingChange,
  form: JsonObject,
  { shadows, filters, filterList, seen }: Evidence,
  { commit, actor, set: tunnelSet, policy: { root } }: Recording,
): AppliedRecord {
  const { kind, name, set, labels, spec, manifest } = change.after
  const secrets = Object.entries(formOf(change.after).references).map(([path, ref]) => {
    return [path, { ref, digest: String(digestAt(form, path)) }] as const
  })
  const content = isEnabled(change.after)
    ? joined(descriptionOf(change), {
        digest: essenceDigest(kind, form),
        secrets: Object.fromEntries(secrets),
        shadows,
        filters,
        ...(filterList !== undefined && { filterList }),
        ...(seen && { seen }),
      })
    : NOTHING_APPLIED
  return {
    kind: kind.name,
    name,
    set,
    labels,
    protect: protectionOf(spec.protect),
    ...(acceptedBy(spec).length > 0 && { acceptReadback: acceptedBy(spec) }),
    form: FORM,
    ...content,
    ...(formOf(change.after).key !== change.key && { keptKey: true as const }),
    ...keptParts(change),
    ...(tunnelSet.manifest && { setSpec: tunnelSet.manifest.spec }),
    ...(actor && { appliedAt: actor.date().toISOString() }),
    source: {
      file: manifest.file.path,
      ...(commit !== undefined && { commit }),
      ...(root !== undefined && { root }),
    },
  }
}

const NOTHING_APPLIED = { off: true, digest: '', secrets: {}, shadows: {}, filters: '' } as const

/** Of an object that stays as it is: whose owner it carries, and the parts that its maker gave keys of their own. */
function keptParts(change: StandingChange): Pick<AppliedRecord, 'owner' | 'companions'> {
  const { before, after } = change
  if (!before || !stands(before) || !isEnabled(after) || makesObject(change)) return {}
  const { owner = before.set, companions } = before.record
  return { ...(owner !== after.set && { owner }), ...(companions && { companions }) }
}

/** What stands after a change of the record alone: text that an engine keeps until the object is replaced stays as it is. */
function keptSpec({ kind, spec }: Resource, before: Observed): JsonObject {
  const texts = Object.keys(kind.impacts).filter((pointer) => kind.impacts[pointer] === 'cosmetic')
  return texts.reduce<JsonObject>(
    (kept, pointer) => withValueAt(kept, pointer, valueAt(before.live ?? {}, pointer)) as JsonObject,
    spec,
  )
}

/** Places that the resource itself allows to read back otherwise. */
function acceptedBy({ acceptReadback }: JsonObject): readonly Pointer[] {
  return Array.isArray(acceptReadback) ? acceptReadback.map(String) : []
}

/** What stands beside the object: a rewritten record leaves the object, and so its text, as it was. */
function descriptionOf(change: StandingChange): Pick<AppliedRecord, 'description'> {
  const { description } = (makesObject(change) ? change.after.spec : change.before?.live) ?? {}
  return typeof description === 'string' ? { description } : {}
}
