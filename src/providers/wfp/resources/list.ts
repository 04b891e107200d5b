/** Everything that stands in the engine, as `get` and `export` show it: what is ours, and on request what is not. */

import type { Guid, JsonObject } from '../../../base/json.ts'
import { valueAt, withValueAt } from '../../../base/json.ts'
import { addressOf } from '../../../manifest/model.ts'
import { SECRET } from '../../../reconcile/plan/diff.ts'
import type { Observed } from '../../../reconcile/plan/model.ts'
import type { Listed } from '../../../reconcile/provider.ts'
import { providerKeyOf } from '../engine/claims.ts'
import { type AnyContext, contextsOf } from '../engine/contexts.ts'
import { type Filter, filtersByHome, linkOf } from '../engine/filters.ts'
import type { Session } from '../engine/session.ts'
import type { ObjectKind, SessionKind, WfpKinds } from './kind.ts'
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
    found.push(...(await foreignObjects(session, kind)).filter(({ key }) => !ours.has(key)))
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
  if (!live) return []
  const spec = kind.secretPaths(live).reduce<JsonObject>((shown, path) => {
    const { [SECRET]: _, ...content } = (valueAt(shown, path) ?? {}) as JsonObject
    return withValueAt(shown, path, { ...record.secrets[path]?.ref, ...content }) as JsonObject
  }, live)
  const address = addressOf({ kind, name })
  return [{ address, kind, name, set, key, managed: true, spec, labels: record.labels, hidden: [] }]
}

/** Objects of any owner, as far as they can be read. */
async function foreignObjects(session: Session, kind: ObjectKind): Promise<Listed[]> {
  const roots = await contextsOf(session, null, kind.purposes.root)
  if (roots.length === 0) return []
  const types = Object.values(kind.purposes).flat()
  const contexts = new Map((await contextsOf(session, null, types)).map((c) => [c.providerContextKey, c]))
  const rootOfMember = new Map<Guid, Guid>()
  for (const { providerContextKey: key } of roots)
    for (const member of [key, ...kind.companionsOf(key)]) rootOfMember.set(member, key)
  const filters = await filtersByHome(session, (filter) => rootOfMember.get(linkOf(filter) ?? ''))
  return roots.map((root) => listedForeign(kind, root, contexts, filters))
}

function listedForeign(
  kind: ObjectKind,
  { providerContextKey: key, displayData }: AnyContext,
  contexts: ReadonlyMap<Guid, AnyContext>,
  filters: ReadonlyMap<Guid, readonly Filter[]>,
): Listed {
  const name = displayData.name ?? key
  const shown = whatIsShown(kind, { key, contexts, filters: filters.get(key) ?? [] }, { set: '', name: '' }, undefined)
  return {
    address: addressOf({ kind: kind.kind, name }),
    kind: kind.kind,
    name,
    key,
    managed: false,
    spec: shown?.live ?? {},
    labels: {},
    hidden: shown?.hidden ?? [],
  }
}

/** Outside of every transaction. One is ours when its key is the one that a set of ours would give its name. */
export async function listRegistered(session: Session, kind: SessionKind, sets: readonly string[]): Promise<Listed[]> {
  return (await kind.registered(session)).map(({ key, name: given, spec, hidden }): Listed => {
    const name = given ?? key
    const set = [...sets, 'default'].find((one) => kind.kind.keyOf({ set: one, name, spec }) === key)
    return {
      address: addressOf({ kind: kind.kind, name }),
      kind: kind.kind,
      name,
      ...(set !== undefined && { set }),
      key,
      managed: set !== undefined,
      spec,
      labels: {},
      hidden,
    }
  })
}
