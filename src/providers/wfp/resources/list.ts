/** Everything that stands in the engine, as `get` and `export` show it: what is ours, and on request what is not. */

import { type Guid, type JsonObject, valueAt, withValueAt } from '../../../base/index.ts'
import { addressOf } from '../../../manifest/index.ts'
import { type AppliedRecord, type Observed, SECRET } from '../../../reconcile/plan/index.ts'
import type { Foreign, Listed, Wanted } from '../../../reconcile/provider.ts'
import { type AnyContext, contextsOf, filtersByHome, providerKeyOf, type Session } from '../engine/index.ts'
import type { ForeignContexts, ObjectKind, Parts, SessionKind, WfpKinds } from './kind.ts'
import { Mirror } from './mirror.ts'
import { observeSets, whatIsShown } from './observe.ts'
import { setOfOwner } from './owner.ts'

/** Runs inside the caller's transaction. */
export async function listObjects(
  session: Session,
  kinds: WfpKinds,
  { sets, all }: { readonly sets: readonly string[]; readonly all: boolean },
): Promise<Listed[]> {
  const queries = sets.map((set) => ({ set, wanted: [] }))
  const states = await observeSets(session, queries, new Mirror(kinds.objects), kinds)
  const found = states.flatMap((state) => [...state.resources.values()].flatMap(listedOwned))
  const ours = new Set(found.map(({ key }) => key))
  for (const kind of all ? kinds.objects : []) {
    const foreign = (await foreignObjects(session, kind))
      .filter(({ parts }) => !ours.has(parts.key))
      .map((one) => listedForeign(kind, one))
    for (const one of named(foreign, found)) found.push(one)
  }
  return found
}

/** Names of the sets whose owner objects stand in the engine. A provider that merely claims a set's name has another key. */
export async function setsOf(session: Session): Promise<string[]> {
  const { fwp } = session
  const sets: string[] = []
  const pages = session.enumerate({
    create: (engineHandle) => fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null }),
    next: fwp.FwpmProviderEnum0,
    destroy: fwp.FwpmProviderDestroyEnumHandle0,
  })
  for await (const page of pages) {
    for (const { providerKey, providerData } of page) {
      const set = setOfOwner(providerData)
      if (set !== undefined && providerKeyOf(set) === providerKey) sets.push(set)
    }
  }
  return sets.sort()
}

function listedOwned({ kind, name, set, key, record, live }: Observed): Listed[] {
  const { labels, setSpec } = record
  const address = addressOf({ kind, name })
  const identity = {
    address,
    kind,
    name,
    set,
    key,
    managed: true,
    labels,
    ...(setSpec && { setSpec }),
    ...appliedFrom(record),
  }
  if (!live) return record.off ? [{ ...identity, spec: { enabled: false }, hidden: [] }] : []
  const spec = kind.secretPaths(live).reduce<JsonObject>((shown, path) => {
    const { [SECRET]: _, ...content } = (valueAt(shown, path) ?? {}) as JsonObject
    return withValueAt(shown, path, { ...record.secrets[path]?.ref, ...content }) as JsonObject
  }, live)
  const hidden = kind.secretPaths(live).filter((path) => record.secrets[path] === undefined)
  return [{ ...identity, spec, hidden, ...(record.observed && { observed: true as const }) }]
}

function appliedFrom({ appliedAt, source }: AppliedRecord): Pick<Listed, 'appliedAt' | 'commit'> {
  const { commit } = source
  return { ...(appliedAt !== undefined && { appliedAt }), ...(commit !== undefined && { commit }) }
}

/** An object of any owner, and what it is made of. */
interface ForeignObject {
  readonly root: AnyContext
  readonly parts: Parts
  /** key that a part would have here → key that its maker gave it */
  readonly companions: ReadonlyMap<Guid, Guid>
}

/** Objects of any owner, as far as they can be read. */
async function foreignObjects(session: Session, kind: ObjectKind): Promise<ForeignObject[]> {
  const { root: rootTypes, ...companionTypes } = kind.purposes
  const roots = await contextsOf(session, null, rootTypes)
  if (roots.length === 0) return []
  const companions = await contextsOf(session, null, Object.values(companionTypes).flat())
  const all = new Map([...roots, ...companions].map((context) => [context.providerContextKey, context]))
  const filters = await filtersByHome(session, ({ link }) => (link !== undefined && all.has(link) ? link : undefined))
  const derived = new Set(roots.flatMap((root) => kind.companionsOf(root.providerContextKey)))
  const others: ForeignContexts = {
    contexts: companions.filter((context) => !derived.has(context.providerContextKey)),
    filtersOf: (context) => filters.get(context) ?? [],
  }
  return roots.map((root) => foreignObject(kind, root, all, others))
}

function foreignObject(
  kind: ObjectKind,
  root: AnyContext,
  all: ReadonlyMap<Guid, AnyContext>,
  others: ForeignContexts,
): ForeignObject {
  const key = root.providerContextKey
  const own = kind.companionsOf(key).flatMap((member) => (all.has(member) ? [[member, all.get(member)!] as const] : []))
  const beside: ReadonlyMap<Guid, AnyContext> =
    own.length > 0 ? new Map(own) : (kind.foreignCompanions?.(root, others) ?? new Map())
  const contexts = new Map([[key, root], ...beside])
  const filters = [...contexts.values()].flatMap((context) => others.filtersOf(context.providerContextKey))
  const companions = [...beside].filter(([member, { providerContextKey }]) => member !== providerContextKey)
  return {
    root,
    parts: { key, contexts, filters },
    companions: new Map(companions.map(([member, { providerContextKey }]) => [member, providerContextKey])),
  }
}

const NAMELESS = { set: '', name: '' }

function listedForeign(kind: ObjectKind, { root, parts }: ForeignObject): Listed {
  const shown = whatIsShown(kind, parts, NAMELESS, undefined)
  const name = root.displayData.name ?? ''
  return {
    address: addressOf({ kind: kind.kind, name }),
    kind: kind.kind,
    name,
    displayName: name,
    key: parts.key,
    managed: false,
    spec: shown?.live ?? {},
    labels: {},
    hidden: shown?.hidden ?? [],
  }
}

/** What is to be adopted. */
export async function foreignByKey(
  session: Session,
  kind: ObjectKind,
  { key, set, name, keptKey }: Wanted,
  digestKey: Uint8Array,
): Promise<Foreign | undefined> {
  const found = (await foreignObjects(session, kind)).find(({ parts }) => parts.key === key)
  const shown = found && whatIsShown(kind, found.parts, { set, name, ...(keptKey && { keptKey }) }, digestKey)
  if (!shown) return undefined
  const sets = await setsOf(session)
  const owner = sets.find((set) => providerKeyOf(set) === found.root.providerKey) ?? null
  const companions = Object.fromEntries(found.companions)
  return { shown, parts: { owner, ...(found.companions.size > 0 && { companions }) } }
}

const LONGEST_NAME = 63

/**
 * Gives each object of another owner a name that a manifest may have, and no other object has: what its maker called it, as far as that
 * goes, with the beginning of its key where that is not enough.
 */
function named(foreign: readonly Listed[], ours: readonly Listed[]): Listed[] {
  const wanted = foreign.map(({ displayName = '', kind }) => nameFrom(displayName) || nameFrom(kind.noun))
  const taken = new Set(ours.map(({ name }) => name))
  return foreign.map((one, i) => {
    const base = wanted[i] as string
    const isAlone = !taken.has(base) && wanted.filter((name) => name === base).length === 1
    const suffix = `-${one.key.slice(0, 8)}`
    const longer = `${base.slice(0, LONGEST_NAME - suffix.length).replace(/[.-]+$/, '')}${suffix}`
    const name = isAlone ? base : taken.has(longer) ? one.key : longer
    taken.add(name)
    return { ...one, name, address: addressOf({ kind: one.kind, name }) }
  })
}

/** `WAN Miniport (IKEv2)` → `wan-miniport-ikev2` */
function nameFrom(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/\.[.-]*|-[.-]+/g, (run) => run[0] as string)
  return plain
    .replace(/^[.-]+/, '')
    .slice(0, LONGEST_NAME)
    .replace(/[.-]+$/, '')
}

/** Outside of every transaction. One is ours when its key is the one that a set of ours would give its name. */
export async function listRegistered(session: Session, kind: SessionKind, sets: readonly string[]): Promise<Listed[]> {
  const all = (await kind.registered(session)).map(({ key, name, spec, hidden }): Listed => {
    const own = { address: addressOf({ kind: kind.kind, name: name ?? '' }), kind: kind.kind, name: name ?? '', key }
    const set = [...sets, 'default'].find((one) => kind.kind.keyOf({ set: one, name: own.name, spec }) === key)
    const owner = set === undefined ? { managed: false, displayName: own.name } : { managed: true, set }
    return { ...own, ...owner, spec, labels: {}, hidden }
  })
  const ours = all.filter(({ managed }) => managed)
  return [
    ...ours,
    ...named(
      all.filter(({ managed }) => !managed),
      ours,
    ),
  ]
}
