/** One set's plan, made again under the engine's lock and carried out there: all of it, or nothing. */

import { comparable, essenceDigest, FORM, type SecretDigests, type Verification, verify } from './comparable.ts'
import { type Diagnostic, diagnostic } from './diagnostic.ts'
import { type Difference, SECRET } from './diff.ts'
import {
  type Address,
  type AppliedRecord,
  addressOf,
  type JsonObject,
  type Pointer,
  type Resource,
  type ResourceKind,
} from './model.ts'
import { type Change, isRefused, makePlan, type PlanInput, type SetPlan } from './plan.ts'
import { dotted, joinPointer, valueAt } from './pointer.ts'
import { EngineRefusal, type SetTransaction, type Writer } from './provider.ts'
import { readSecrets, referenceOf, secretDigest, wipe } from './secret.ts'

export type OutcomeStatus = 'applied' | 'unchanged' | 'failed' | 'rolled-back' | 'skipped'

/** What became of one change. */
export interface Outcome {
  readonly address: Address
  readonly action: string
  readonly status: OutcomeStatus
  readonly error?: { readonly name: string; readonly code: string; readonly call: string; readonly message: string }
}

/** How a set ended; every result but `applied` and `unchanged` leaves the set as it was. */
export type SetResult =
  | 'applied'
  | 'unchanged'
  | 'checked'
  | 'refused'
  | 'stale'
  | 'failed'
  | 'mismatch'
  | 'busy'
  | 'unavailable'

export interface SetReport {
  /** the plan as it was under the lock, or before it when the lock was never taken */
  readonly plan: SetPlan
  readonly result: SetResult
  readonly outcomes: readonly Outcome[]
  /** what was changed was read back equal */
  readonly verified: boolean
  readonly diagnostics: readonly Diagnostic[]
}

export interface ApplyOptions {
  /** `check` tries every call, collects every refusal and aborts */
  readonly mode: 'commit' | 'check'
  /** the digest of exactly the plan that was approved; absent: whatever the plan is under the lock */
  readonly approved?: string
  /** Git commit the manifests come from */
  readonly commit?: string
}

/** @param plan the plan of this set made before the lock; without changes no write transaction is opened */
export async function applySet(
  provider: Writer,
  plan: SetPlan,
  input: Omit<PlanInput, 'state' | 'secrets'>,
  options: ApplyOptions,
): Promise<SetReport> {
  if (options.approved !== undefined && options.approved !== plan.digest) return stale(plan)
  if (isRefused(plan)) return report(plan, 'refused', 'skipped')
  if (plan.changes.length === 0) return report(plan, 'unchanged', 'skipped')
  try {
    return await provider.transaction(plan.set.name, async (tx) => {
      const value = await applyLocked(tx, plan, input, options)
      return { commit: value.result === 'applied', value }
    })
  } catch (error) {
    if (!(error instanceof EngineRefusal)) throw error
    return refusedBy(error, plan)
  }
}

/** Keyed digests of every secret that the resources refer to; all missing secrets are reported at once. */
export function digestSecrets(
  kinds: ReadonlyMap<string, ResourceKind>,
  resources: readonly Resource[],
  digestKey: Uint8Array | undefined,
): { readonly digests: Map<Address, SecretDigests>; readonly diagnostics: readonly Diagnostic[] } {
  const digests = new Map<Address, SecretDigests>()
  const diagnostics: Diagnostic[] = []
  for (const resource of resources) {
    const kind = kinds.get(resource.kind)
    if (!kind || kind.secretPaths(resource.spec).length === 0) continue
    const read = readSecrets(kind, resource)
    diagnostics.push(...read.diagnostics)
    if (!read.ok) continue
    if (digestKey)
      digests.set(
        addressOf(resource),
        new Map([...read.value].map(([path, bytes]) => [path, secretDigest(digestKey, bytes)])),
      )
    wipe(read.value)
  }
  return { digests, diagnostics }
}

async function applyLocked(
  tx: SetTransaction,
  before: SetPlan,
  base: Omit<PlanInput, 'state' | 'secrets'>,
  options: ApplyOptions,
): Promise<SetReport> {
  const wanted = base.resources.map((r) => mustKind(base.kinds, r).keyOf(r))
  const state = await tx.observe({ set: base.set.name, wanted })
  const { digests, diagnostics } = digestSecrets(base.kinds, base.resources, state.digestKey)
  const plan = makePlan({ ...base, state, secrets: digests })
  if (diagnostics.length > 0) return { ...report(plan, 'failed', 'skipped'), diagnostics }
  if (options.approved !== undefined && options.approved !== plan.digest) return stale(plan)
  if (isRefused(plan)) return report(plan, 'refused', 'skipped')
  if (plan.changes.length === 0) return { ...report(plan, 'unchanged', 'skipped'), outcomes: settled(before) }
  const digestKey = await tx.own()
  const failures = await perform(tx, plan, base, options.mode === 'check')
  if (failures.length > 0) return failed(plan, failures)
  if (options.mode === 'check') return report(plan, 'checked', 'rolled-back')
  const verified = await verifyAndRecord(tx, plan, { ...base, digestKey, commit: options.commit })
  if (verified.length > 0) return mismatch(plan, verified)
  if (leavesNothing(plan)) await tx.disown()
  return { ...report(plan, 'applied', 'applied'), verified: true }
}

/** After this plan nothing of the set stands, so its owner has nothing to own. */
function leavesNothing(plan: SetPlan): boolean {
  return plan.unchanged === 0 && plan.orphans.length === 0 && plan.changes.every((c) => c.action === 'delete')
}

interface Failure {
  readonly change: Change
  readonly refusal: EngineRefusal
}

/** Makes the calls. The first refusal ends it, unless all of them are wanted. */
async function perform(
  tx: SetTransaction,
  plan: SetPlan,
  base: Pick<PlanInput, 'kinds'>,
  collectAll: boolean,
): Promise<Failure[]> {
  const failures: Failure[] = []
  for (const change of plan.changes) {
    if (change.action === 'replace' && change.impact === 'none') continue // verifyAndRecord rewrites the record
    try {
      if (change.before) await tx.remove(change.before)
      if (change.after) await addWithSecrets(tx, change.after, change.key, base.kinds)
    } catch (error) {
      if (!(error instanceof EngineRefusal) || error.sort !== 'refused') throw error
      failures.push({ change, refusal: error })
      if (!collectAll) break
    }
  }
  return failures
}

async function addWithSecrets(
  tx: SetTransaction,
  resource: Resource,
  key: string,
  kinds: PlanInput['kinds'],
): Promise<void> {
  const secrets = readSecrets(mustKind(kinds, resource), resource)
  if (!secrets.ok) throw new Error('a secret disappeared between planning and applying')
  try {
    await tx.add(resource, key, secrets.value)
  } finally {
    wipe(secrets.value)
  }
}

interface Recording {
  readonly set: PlanInput['set']
  readonly kinds: PlanInput['kinds']
  readonly digestKey: Uint8Array
  readonly commit?: string | undefined
}

interface Mismatch {
  readonly change: Change
  readonly differences: readonly Difference[]
}

/** Reads every changed tunnel back, compares, and writes the records. @returns what read back differently */
async function verifyAndRecord(tx: SetTransaction, plan: SetPlan, recording: Recording): Promise<Mismatch[]> {
  const standing = plan.changes.filter((c) => c.after !== undefined)
  const touched = new Set(standing.filter((c) => !(c.action === 'replace' && c.impact === 'none')))
  const shown = await tx.readBack(
    Array.from(touched, (c) => c.key),
    recording.digestKey,
  )
  const mismatches: Mismatch[] = []
  for (const change of standing) {
    const resource = change.after as Resource
    const kind = mustKind(recording.kinds, resource)
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

function report(plan: SetPlan, result: SetResult, status: OutcomeStatus): SetReport {
  const outcomes = plan.changes.map((c) => ({ address: c.address, action: c.action, status }))
  return { plan, result, outcomes, verified: false, diagnostics: [] }
}

/** The changes of a plan that somebody else has carried out before we got the lock. */
function settled(before: SetPlan): Outcome[] {
  return before.changes.map((c) => ({ address: c.address, action: c.action, status: 'unchanged' }))
}

function stale(plan: SetPlan): SetReport {
  const finding = diagnostic(
    'E320',
    undefined,
    `the plan of set ${plan.set.name} is stale: the engine or the manifests changed since it was approved`,
    {
      notes: ['nothing was changed'],
      help: 'plan again, look at the result, and approve that',
    },
  )
  return { ...report(plan, 'stale', 'skipped'), diagnostics: [finding] }
}

function failed(plan: SetPlan, failures: readonly Failure[]): SetReport {
  const refusals = new Map(failures.map((f) => [f.change.address, f.refusal]))
  const outcomes = plan.changes.map((c): Outcome => {
    const refusal = refusals.get(c.address)
    if (!refusal) return { address: c.address, action: c.action, status: 'rolled-back' }
    const error = { name: refusal.status, code: refusal.code, call: refusal.call, message: refusal.message }
    return { address: c.address, action: c.action, status: 'failed', error }
  })
  return { plan, result: 'failed', outcomes, verified: false, diagnostics: failures.map(refusalFinding) }
}

function refusalFinding({ change, refusal }: Failure): Diagnostic {
  return diagnostic('E412', change.after?.manifest.at(''), `the engine refused ${change.address}`, {
    notes: [refusal.message, 'nothing was changed; the transaction was rolled back'],
    ...(refusal.help && { help: refusal.help }),
  })
}

function mismatch(plan: SetPlan, mismatches: readonly Mismatch[]): SetReport {
  const diagnostics = mismatches.map(({ change, differences }) => {
    const paths = differences.map((d) => d.path)
    return diagnostic(
      'E501',
      change.after?.manifest.at(`/spec${paths[0] ?? ''}`),
      `${change.address} reads back differently from what was applied`,
      {
        notes: [...differences.map(describeMismatch), 'nothing was changed; the transaction was rolled back'],
        help: `to accept what this engine shows, add to the set's spec.safety.acceptReadback: [${paths.join(', ')}]`,
      },
    )
  })
  return { ...report(plan, 'mismatch', 'rolled-back'), diagnostics }
}

function describeMismatch(d: Difference): string {
  if (d.path === '') return 'the engine does not show it at all'
  if (d.sensitive) return `${dotted(d.path)} differs (not shown)`
  return `${dotted(d.path)} was applied as ${JSON.stringify(d.before ?? null)} and reads back as ${JSON.stringify(d.after ?? null)}`
}

const FINDING_OF_SORT = {
  busy: { code: 'E420', result: 'busy', message: 'the engine is busy: its write lock was not obtained' },
  unavailable: { code: 'E430', result: 'unavailable', message: 'the engine cannot be used' },
  refused: { code: 'E411', result: 'failed', message: 'the engine refused the transaction' },
} as const

function refusedBy(refusal: EngineRefusal, plan: SetPlan): SetReport {
  const { code, result, message } = FINDING_OF_SORT[refusal.sort]
  const finding = diagnostic(code, undefined, `${message} (set ${plan.set.name})`, {
    notes: [refusal.message, 'nothing was changed'],
    ...(refusal.help && { help: refusal.help }),
  })
  return { ...report(plan, result, 'rolled-back'), diagnostics: [finding] }
}

function mustKind(kinds: ReadonlyMap<string, ResourceKind>, resource: Resource): ResourceKind {
  const kind = kinds.get(resource.kind)
  if (!kind) throw new Error(`no such kind: ${resource.kind}`)
  return kind
}
