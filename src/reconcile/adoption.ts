/**
 * Records alone, each in one transaction: one written beside an object that somebody else made, or one taken away from an object that was
 * ours. The object itself is not touched.
 */

import { digestOf, type Guid, type Json, type JsonObject, valueAt, withValueAt } from '../base/index.ts'
import {
  type Address,
  addressOf,
  formOf,
  implicitSet,
  type Kind,
  type Resource,
  type TunnelSet,
} from '../manifest/index.ts'
import { type Actor, type Deed, remember } from './history.ts'
import {
  type AppliedRecord,
  type Difference,
  digestAt,
  essenceDigest,
  FORM,
  makePlan,
  type Observed,
  type Policy,
  protectionOf,
  restore,
  SECRET,
  type SetState,
  verify,
} from './plan/index.ts'
import type { Foreign, Provider, SetTransaction } from './provider.ts'
import type { Secrets } from './secrets.ts'

/** What is to be taken over, by which name, and into which set. */
export interface Adoption {
  readonly kind: Kind
  readonly name: string
  readonly set: string
  readonly key: Guid
  /** what declares it; absent: nothing does, and no plan may delete or replace it until something does */
  readonly resource?: Resource
  /** the document of the set, where it has one */
  readonly tunnelSet?: TunnelSet
  readonly policy: Policy
  readonly secrets: Secrets
  /** absent: nobody is remembered for it */
  readonly actor?: Actor
}

/** How it ended, or would end. */
export type Adopted =
  /** nothing stands under the key; something of ours is called so; the engine shows no effect of the calls */
  | { readonly status: 'gone' | 'taken' | 'ineffective' }
  | { readonly status: 'ours'; readonly owner: Address; readonly set: string }
  | {
      readonly status: 'adopted' | 'possible'
      /** of what is to be done: an approval holds for exactly this */
      readonly digest: string
      /** from what stands to what is declared: what the next plan would replace it for */
      readonly differences: readonly Difference[]
      /** places of what the engine does not show: taken to be as declared */
      readonly assumed: readonly string[]
    }

/**
 * @param approved the digest of what was looked at before; absent: it is only looked at, and the transaction aborted
 * @throws EngineRefusal
 */
export function adopt(provider: Provider, adoption: Adoption, approved?: string): Promise<Adopted> {
  return provider.transaction(adoption.set, async (tx) => {
    const value = await adoptLocked(tx, adoption, approved)
    return { commit: value.status === 'adopted', value }
  })
}

async function adoptLocked(tx: SetTransaction, adoption: Adoption, approved: string | undefined): Promise<Adopted> {
  const { kind, name, set, key, resource } = adoption
  const [state] = await tx.observe([{ set, wanted: [key] }])
  const standing = [...(state?.resources.values() ?? [])].find((one) => one.key === key)
  if (standing) return { status: 'ours', owner: addressOf(standing), set }
  if (!state || state.taken?.has(key) || state.resources.has(addressOf({ kind, name }))) return { status: 'taken' }
  const digestKey = await tx.ensureOwner()
  const keptKey = !resource || kind.keyOf(resource) !== key
  const found = await tx.find({ kind, key, set, name, keptKey }, digestKey)
  if (!found) return { status: 'gone' }
  const observed = observedAs(adoption, found, { digestKey, keptKey })
  const differences = resource ? differencesOf(observed, { ...adoption, resource }, digestKey) : []
  const assumed = resource ? assumedOf(observed, found) : []
  const digest = digestOf({
    name,
    set,
    key,
    live: withoutSecrets(kind, observed.live ?? {}),
    differences: differences as unknown as Json,
  })
  if (digest !== approved) return { status: 'possible', digest, differences, assumed }
  await tx.record({ kind, spec: observed.live ?? {} }, key, observed.record)
  if (adoption.actor) await remember(tx, deedOf(adoption.actor, 'adopt', addressOf({ kind, name })))
  const unsettled = await tx.unsettled()
  return unsettled.length > 0 ? { status: 'ineffective' } : { status: 'adopted', digest, differences, assumed }
}

/** The object as it will be observed, with the record that makes it ours: what stands counts as what was applied last. */
function observedAs(
  adoption: Adoption,
  { shown, parts }: Foreign,
  { digestKey, keptKey }: { readonly digestKey: Uint8Array; readonly keptKey: boolean },
): Observed {
  const { kind, name, set, key, resource, tunnelSet, secrets, policy } = adoption
  const digests =
    (resource && secrets.digestsOf([resource], { own: digestKey }).digests.get(addressOf(resource))) ?? new Map()
  const { owner, ...companions } = parts
  const draft: AppliedRecord = {
    kind: kind.name,
    name,
    set,
    labels: resource?.labels ?? {},
    ...textOf(shown.live.description),
    protect: resource ? protectionOf(resource.spec.protect) : 'replace',
    ...acceptedOf(resource),
    form: FORM,
    digest: '',
    secrets: resource ? secretsOf(resource, shown.live, digests) : {},
    shadows: resource ? verify(resource.spec, shown, { kind, spec: resource.spec, accepted: [] }).shadows : {},
    filters: shown.filters,
    filterList: shown.filterList(),
    ...(!resource && { observed: true as const }),
    ...(keptKey && { keptKey: true as const }),
    ...(adoption.actor && { appliedAt: adoption.actor.date().toISOString() }),
    ...(owner !== set && { owner: owner ?? null }),
    ...companions,
    ...(tunnelSet?.manifest && { setSpec: tunnelSet.manifest.spec }),
    source: {
      file: resource?.manifest.file.path ?? '(adopted)',
      ...(resource && policy.root !== undefined && { root: policy.root }),
    },
  }
  const live = restore(shown, draft, kind)
  const record = { ...draft, digest: essenceDigest(kind, live) }
  const recorded = resource ? pick(resource.spec, kind) : { protect: 'replace' }
  return { kind, name, set, key, record, live: { ...live, ...recorded }, unverified: [], anomalies: [] }
}

/** Leaves that the record alone holds. */
function pick(spec: JsonObject, { impacts }: Kind): JsonObject {
  const recorded = Object.keys(impacts).filter((pointer) => impacts[pointer] === 'none')
  return recorded.reduce<JsonObject>((picked, pointer) => {
    const value = valueAt(spec, pointer)
    return value === undefined ? picked : (withValueAt(picked, pointer, value) as JsonObject)
  }, {})
}

function secretsOf(
  resource: Resource,
  live: JsonObject,
  digests: ReadonlyMap<string, string>,
): AppliedRecord['secrets'] {
  const { kind, spec } = resource
  const known = kind.secretPaths(live)
  return Object.fromEntries(
    kind.secretPaths(spec).flatMap((path) => {
      const digest = digestAt(live, path) ?? digests.get(path)
      return known.includes(path) && typeof digest === 'string'
        ? [[path, { ref: formOf(resource).references[path] ?? {}, digest }]]
        : []
    }),
  )
}

function acceptedOf(resource: Resource | undefined): Pick<AppliedRecord, 'acceptReadback'> {
  const accepted = resource?.spec.acceptReadback
  return Array.isArray(accepted) ? { acceptReadback: accepted.map(String) } : {}
}

function textOf(description: Json | undefined): Pick<AppliedRecord, 'description'> {
  return typeof description === 'string' ? { description } : {}
}

/** Exactly what the next plan would say. */
function differencesOf(
  observed: Observed,
  { resource, policy, secrets }: Adoption & { readonly resource: Resource },
  digestKey: Uint8Array,
): readonly Difference[] {
  const state: SetState = {
    set: resource.set,
    resources: new Map([[addressOf(resource), observed]]),
    foreign: new Map(),
    digestKey,
  }
  const { digests } = secrets.digestsOf([resource], { own: digestKey })
  const set = { ...implicitSet(), name: resource.set }
  const plan = makePlan({ set, resources: [resource], policy, state, digests })
  return [...plan.changes, ...plan.cosmetic].flatMap((change) => change.differences)
}

function assumedOf({ record, kind }: Observed, { shown }: Foreign): string[] {
  const secrets = Object.keys(record.secrets).filter((path) => digestAt(shown.live, path) === undefined)
  return [...Object.keys(record.shadows), ...secrets].filter((path) => !(path in kind.impacts)).sort()
}

/** Their keyed digests are others each time that a set has no key yet. */
function withoutSecrets(kind: Kind, live: JsonObject): JsonObject {
  return kind
    .secretPaths(live)
    .reduce<JsonObject>((rest, path) => withValueAt(rest, `${path}/${SECRET}`, undefined) as JsonObject, live)
}

function deedOf(actor: Actor, action: string, address: Address): Deed {
  return { actor, changes: [{ action, address }] }
}

/** @returns whether there was a record to take away; `ineffective`: the engine shows no effect of the call */
export function forget(
  provider: Provider,
  { set, key }: Pick<Observed, 'set' | 'key'>,
  actor?: Actor,
): Promise<'forgotten' | 'gone' | 'ineffective'> {
  return provider.transaction(set, async (tx) => {
    const [state] = await tx.observe([{ set, wanted: [] }])
    const observed = [...(state?.resources.values() ?? [])].find((one) => one.key === key)
    if (!state || !observed) return { commit: false, value: 'gone' }
    await tx.forget(observed)
    const { owner } = observed.record
    const isGone = state.resources.size === 1 && (await tx.removeOwner(set))
    if (actor && !isGone) await remember(tx, deedOf(actor, 'forget', addressOf(observed)))
    if (typeof owner === 'string') await tx.removeOwner(owner)
    const unsettled = await tx.unsettled()
    return unsettled.length > 0 ? { commit: false, value: 'ineffective' } : { commit: true, value: 'forgotten' }
  })
}
