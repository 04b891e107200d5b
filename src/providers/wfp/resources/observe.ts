/** What the engine holds of a set: objects from contexts and filters, and the records that make them ours. */

import { type Guid, type JsonObject, joinPointer, plural, withValueAt } from '../../../base/index.ts'
import { type Address, addressOf } from '../../../manifest/index.ts'
import {
  type AppliedRecord,
  type Difference,
  digestAt,
  type Observed,
  restore,
  SECRET,
  type SetState,
  type Shown,
} from '../../../reconcile/plan/index.ts'
import type { SetQuery } from '../../../reconcile/provider.ts'
import { secretDigest } from '../../../reconcile/secrets.ts'
import {
  type AnyContext,
  contextByKey,
  dataOf,
  digestKeyKeyOf,
  type Filter,
  filterByKey,
  filtersBrief,
  filtersDigest,
  layerName,
  providerKeyOf,
  recordKeyOf,
  type Session,
} from '../engine/index.ts'
import type { Decoded, ObjectKind, Parts, WfpKinds } from './kind.ts'
import { holderInAnotherSet, leftovers, withoutMoved } from './leftovers.ts'
import type { Mirror } from './mirror.ts'
import { asDigestKey, type KeyedRecord, recordIn } from './owner.ts'

/** Looks at sets inside the caller's transaction, before anything is written in it. */
export async function observeSets(
  session: Session,
  queries: readonly SetQuery[],
  mirror: Mirror,
  kinds: WfpKinds,
): Promise<SetState[]> {
  const sets = queries.map(({ set }) => set)
  await mirror.refresh(
    session,
    sets,
    queries.flatMap((query) => query.again ?? []),
  )
  let owned = queries.map((query) => ownedResources(query, mirror, kinds))
  if (owned.some(hasAnomalies) && (await mirror.confirmFilters(session)))
    owned = queries.map((query) => ownedResources(query, mirror, kinds))
  const states: SetState[] = []
  for (const [i, query] of queries.entries()) {
    const { resources: found, digestKey } = owned[i] as Owned
    const resources = await withoutMoved(session, found)
    const { foreign, taken } = await holdersOf(session, query, resources, kinds)
    states.push({
      set: query.set,
      resources,
      foreign,
      ...(taken.size > 0 && { taken }),
      ...(digestKey && { digestKey }),
    })
  }
  return states
}

type Owned = Pick<SetState, 'resources' | 'digestKey'>

/** A tunnel without the filters that it should have costs its traffic: nobody is told so on hearsay. */
function hasAnomalies({ resources }: Owned): boolean {
  return [...resources.values()].some(({ anomalies }) => anomalies.length > 0)
}

function ownedResources(query: SetQuery, mirror: Mirror, kinds: WfpKinds): Owned {
  const { set } = query
  const owned = mirror.contextsOf(set)
  const digestKey = asDigestKey(dataOf(owned.get(digestKeyKeyOf(set))))
  const resources = new Map<Address, Observed>()
  const known = new Set<Guid>()
  for (const context of owned.values()) {
    const recorded = recordedIn(context, kinds)
    if (recorded?.record.set !== set || context.providerContextKey !== recordKeyOf(recorded.key)) continue
    const { key, members } = recorded
    for (const member of members) known.add(member)
    const contextOf =
      recorded.record.owner === undefined ? (member: Guid) => owned.get(member) : elsewhere(recorded, mirror)
    const parts = { contexts: members.map(contextOf), filters: mirror.filtersOf(key), digestKey }
    const observed = observedOf(recorded, parts)
    const address = observed && addressOf(observed)
    if (observed && address) resources.set(address, preferred(observed, resources.get(address)))
  }
  for (const observed of leftovers(query, { owned, known, kinds })) {
    const address = addressOf(observed)
    resources.set(resources.has(address) ? `${address} ${observed.key}` : address, observed)
  }
  return { resources, ...(digestKey && { digestKey }) }
}

/** The parts of an object that moved into its set, or was adopted, carry another owner: that which the record says. */
function elsewhere({ record }: Recorded, mirror: Mirror): (member: Guid) => AnyContext | undefined {
  const { owner, companions = {} } = record
  return (member) => {
    const context = mirror.contextOf(companions[member] ?? member)
    const isItsOwner = typeof owner !== 'string' || context?.providerKey === providerKeyOf(owner)
    return isItsOwner ? context : undefined
  }
}

/** Of two that claim one address: the one that stands under the address' own key, then the lower key, whatever their order. */
function preferred(one: Observed, other: Observed | undefined): Observed {
  if (!other) return one
  const rank = ({ kind, name, set, key }: Observed) => `${kind.keyOf({ name, set, spec: {} }) === key ? 0 : 1}${key}`
  return rank(one) < rank(other) ? one : other
}

/** A record, its kind, and the keys of the contexts of what it stands beside. */
interface Recorded extends KeyedRecord {
  readonly kind: ObjectKind
  readonly members: readonly Guid[]
}

function recordedIn(context: AnyContext, kinds: WfpKinds): Recorded | undefined {
  const keyed = recordIn(context)
  return keyed && withKind(keyed, kinds)
}

const knownKinds = new WeakMap<KeyedRecord, Recorded>()

/** A record of a kind that this provider does not know makes nothing ours. */
function withKind(keyed: KeyedRecord, { objects }: WfpKinds): Recorded | undefined {
  const known = knownKinds.get(keyed)
  if (known) return known
  const kind = objects.find((one) => one.kind.name === keyed.record.kind)
  if (!kind) return undefined
  const recorded = { ...keyed, kind, members: [keyed.key, ...kind.companionsOf(keyed.key)] }
  knownKinds.set(keyed, recorded)
  return recorded
}

/** Everything that one resource is observed from, but its record. */
interface Evidence {
  /** in the order of `members` */
  readonly contexts: readonly (AnyContext | undefined)[]
  readonly filters: readonly Filter[]
  readonly digestKey: Uint8Array | undefined
}

/** What was made of the same objects before: decoding is most of what looking at an unchanged engine would cost. */
const remembered = new WeakMap<Recorded, Evidence & { readonly observed: Observed | undefined }>()

/** @returns undefined where record and object do not go together: what cannot be read is not ours */
function observedOf(recorded: Recorded, evidence: Evidence): Observed | undefined {
  const known = remembered.get(recorded)
  if (known && isSame(known, evidence)) return known.observed
  const observed = unlessUnreadable(() => decodeObserved(recorded, evidence))
  remembered.set(recorded, { ...evidence, observed })
  return observed
}

/** One forged record must not keep the other objects from being looked at. */
function unlessUnreadable<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}

function isSame(a: Evidence, b: Evidence): boolean {
  return a.filters === b.filters && a.digestKey === b.digestKey && a.contexts.every((one, i) => one === b.contexts[i])
}

function decodeObserved({ key, record: written, kind, members }: Recorded, evidence: Evidence): Observed {
  const { filters, digestKey } = evidence
  const { name, set } = written
  const names = { kind: kind.kind, name, set, key }
  const contexts = new Map(
    members.flatMap((member, i) => (evidence.contexts[i] ? [[member, evidence.contexts[i]]] : [])),
  )
  const shown = whatIsShown(kind, { key, contexts, filters }, written, digestKey)
  if (!shown) return { ...names, record: written, unverified: [], anomalies: [] }
  const inherited = kind.shadowsOfForm?.(written.form, shown.live)
  const record = inherited ? { ...written, shadows: { ...inherited, ...written.shadows } } : written
  const live = { ...restore(shown, record, kind.kind), ...kind.recorded(record) }
  return {
    ...names,
    record,
    live,
    unverified: unverifiedLeaves(shown, record),
    ...(record.observed && { unknown: shown.hidden }),
    anomalies: filterAnomalies(shown, record),
  }
}

function unverifiedLeaves({ live }: Shown, { shadows, secrets }: Observed['record']): string[] {
  const hidden = Object.entries(shadows).filter(([, { shown }]) => shown === undefined)
  const hiddenSecrets = Object.keys(secrets).filter((path) => digestAt(live, path) === undefined)
  return [...hidden.map(([pointer]) => pointer), ...hiddenSecrets]
}

/** Filters that are not what the engine made of our add: somebody added, removed or rewrote one. */
function filterAnomalies(shown: Shown, { filters, filterList }: AppliedRecord): Difference[] {
  if (filters === '' || shown.filters === filters) return []
  const byLayer = filterList === undefined ? [] : layerAnomalies(shown.filterList().split(' '), filterList.split(' '))
  if (byLayer.length > 0) return byLayer
  const [before, after] = ['filters that are not those of the last apply', 'the filters of the last apply']
  return [{ path: '/traffic', before, after, sensitive: false }]
}

/** At which layers filters are missing, too many, or others. */
function layerAnomalies(shown: readonly string[], recorded: readonly string[]): Difference[] {
  const [missing, extra] = [lacking(recorded, shown), lacking(shown, recorded)]
  const layerOf = (line: string): string => line.split(':')[0] as string
  const layers = new Set([...missing, ...extra].map(layerOf))
  return [...layers].filter(Boolean).map((layer): Difference => {
    const count = (lines: readonly string[]) => lines.filter((line) => layerOf(line) === layer).length
    const [less, more] = [count(missing), count(extra)]
    const changed = Math.min(less, more)
    const words = [
      less > changed && `${plural(less - changed, 'filter is', 'filters are')} missing`,
      more > changed && `${plural(more - changed, 'filter', 'filters')} more`,
      changed > 0 && `${plural(changed, 'filter is', 'filters are')} not as applied`,
    ].filter((word) => word !== false)
    return {
      path: `/traffic/filters/${layerName(layer)}`,
      before: words.join(', '),
      after: 'as applied',
      sensitive: false,
    }
  })
}

/** Lines that stand in the first list more often than in the second. */
function lacking(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return lines.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/**
 * One object as the engine shows it, in the manifest's language; secrets as keyed digests where their bytes are shown.
 *
 * @returns undefined where it does not stand
 */
export function whatIsShown(
  kind: ObjectKind,
  parts: Parts,
  identity: Pick<AppliedRecord, 'set' | 'name' | 'keptKey'>,
  digestKey: Uint8Array | undefined,
): Shown | undefined {
  const decoded = kind.decode(parts)
  if (!decoded) return undefined
  const live = withShownSecrets(decoded, digestKey)
  // a key that does not follow from set and name was declared, unless the record says that it was kept
  const isDerived = identity.keptKey || kind.kind.keyOf({ ...identity, spec: live }) === parts.key
  return {
    live: isDerived ? live : { ...live, key: parts.key },
    hidden: decoded.hidden,
    filters: filtersDigest(parts.filters),
    filterList: () => filtersBrief(parts.filters),
  }
}

function withShownSecrets({ spec, secrets }: Decoded, digestKey: Uint8Array | undefined): JsonObject {
  return [...secrets].reduce<JsonObject>((live, [path, bytes]) => {
    if (bytes === null || digestKey === undefined) return live
    return withValueAt(live, joinPointer(path, SECRET), secretDigest(digestKey, bytes)) as JsonObject
  }, spec)
}

/** Keys that something else holds, of those that are wanted and not of this set: anybody's, and among them those of our other sets. */
async function holdersOf(
  session: Session,
  { wanted, set }: SetQuery,
  resources: ReadonlyMap<Address, Observed>,
  kinds: WfpKinds,
): Promise<Required<Pick<SetState, 'foreign' | 'taken'>>> {
  const ours = new Set([...resources.values()].filter((o) => o.live).map((o) => o.key))
  const foreign = new Map<Guid, string>()
  const taken = new Set<Guid>()
  for (const key of wanted) {
    if (ours.has(key)) continue
    const holder = await rootByKey(session, key, kinds)
    if (!holder) continue
    foreign.set(key, holderText(holder, set))
    if (await holderInAnotherSet(session, key, set)) taken.add(key)
  }
  return { foreign, taken }
}

function holderText({ displayData, providerKey }: AnyContext | Filter, set: string): string {
  const unread = providerKey === providerKeyOf(set) ? ': this set, whose record of it cannot be read' : ''
  return `"${displayData.name}" of provider ${providerKey ?? 'none'}${unread}`
}

/** What stands under a key that a root would take: a context, or a filter where there are kinds without contexts. */
export async function rootByKey(
  session: Session,
  key: Guid,
  { objects }: WfpKinds,
): Promise<AnyContext | Filter | undefined> {
  const context = await contextByKey(session, key)
  if (context || objects.every(({ purposes }) => purposes.root.length > 0)) return context
  return filterByKey(session, key)
}
