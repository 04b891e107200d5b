/** What the engine holds of a set: objects from contexts and filters, and the records that make them ours. */

import { hash } from 'node:crypto'
import { type Guid, type JsonObject, joinPointer, OWN_DIGEST, remembering, withValueAt } from '../../../base/index.ts'
import { type Address, addressOf } from '../../../manifest/index.ts'
import {
  type AppliedRecord,
  isSeen,
  type Observed,
  restore,
  SECRET,
  type SetState,
  type Shown,
  unverifiedLeaves,
} from '../../../reconcile/plan/index.ts'
import type { SetQuery } from '../../../reconcile/provider.ts'
import { secretDigest } from '../../../reconcile/secrets.ts'
import {
  type AnyContext,
  digestKeyKeyOf,
  type FilterGroup,
  filtersBrief,
  filtersDigest,
  providerKeyOf,
  recordKeyOf,
  type SeenContext,
  type Session,
} from '../engine/index.ts'
import { filterAnomalies } from './anomalies.ts'
import { AsRecorded } from './as-recorded.ts'
import { holdersOf } from './holders.ts'
import type { Decoded, ObjectKind, Parts, ReadParts, WfpKinds } from './kind.ts'
import { type Left, leftBehind, leftovers, type UnderOwner } from './leftovers.ts'
import type { Mirror } from './mirror.ts'
import { asDigestKey, type KeyedRecord, notesIn, type OwnedContext } from './owner.ts'

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
  let owned = await ownedResources({ session, mirror, kinds }, queries)
  if (owned.some(hasAnomalies) && (await mirror.confirmFilters(session)))
    owned = await ownedResources({ session, mirror, kinds }, queries)
  const states: SetState[] = []
  for (const [i, query] of queries.entries()) {
    const own = owned[i] as Owned
    const { foreign, taken } = await holdersOf(session, query, own.resources, kinds)
    states.push(foreign.size === 0 ? unheld(own) : { ...own, foreign, ...(taken.size > 0 && { taken }) })
  }
  return states
}

type Owned = Omit<SetState, 'foreign' | 'taken'>

const NOBODY: ReadonlyMap<Guid, string> = new Map()
/** One state for as long as nothing is otherwise: what was made of it still counts. */
const unheld = remembering((owned: Owned): SetState => ({ ...owned, foreign: NOBODY }))

/** A tunnel without the filters that it should have costs its traffic: nobody is told so on hearsay. */
function hasAnomalies({ resources }: Owned): boolean {
  for (const { anomalies } of resources.values()) if (anomalies.length > 0) return true
  return false
}

/** What the engine is looked at with, inside a transaction. */
interface Look {
  readonly session: Session
  readonly mirror: Mirror
  readonly kinds: WfpKinds
}

async function ownedResources(look: Look, queries: readonly SetQuery[]): Promise<Owned[]> {
  const { mirror, session, kinds } = look
  const last = lastOwned.get(mirror)
  const known = last?.revision === mirror.revision ? last.bySet : new Map<string, Owned>()
  if (queries.every(({ set }) => known.has(set))) return queries.map(({ set }) => known.get(set) as Owned)
  const holdings = queries.map(({ set }) => holdingsOf(set, mirror, kinds))
  const unread = holdings.flatMap(({ found }) => found.filter((one) => !isKnown(one)))
  if (unread.length > 0) {
    const parts = await mirror.read(session, new Set(unread.map(({ recorded }) => recorded.key)))
    for (const one of unread) readObserved(one, parts.get(one.recorded.key) as ReadParts)
  }
  const owned: Owned[] = []
  const bySet = new Map<string, Owned>()
  for (const [i, query] of queries.entries()) {
    const held = holdings[i] as Holdings
    const left = leftBehind(held)
    const one = await ownedOf(look, query, { ...held, left })
    owned.push(one)
    if (left.length === 0) bySet.set(query.set, one) // else the engine was asked for more than is seen
  }
  lastOwned.set(mirror, { revision: mirror.revision, bySet })
  return owned
}

/** What was made of the same sights before. */
const lastOwned = new WeakMap<Mirror, { readonly revision: number; readonly bySet: ReadonlyMap<string, Owned> }>()

/** What stands under a set's owner, by what its records say. */
interface Holdings extends UnderOwner {
  readonly found: readonly Found[]
  readonly digestKey: Uint8Array | undefined
}

/** A record, and what stands of its object. */
interface Found {
  readonly recorded: Recorded
  readonly evidence: Evidence
}

function holdingsOf(set: string, mirror: Mirror, kinds: WfpKinds): Holdings {
  const owned = mirror.contextsOf(set)
  const digestKey = asDigestKey(owned.get(digestKeyKeyOf(set))?.data)
  const found: Found[] = []
  const known = new Set<Guid>()
  for (const context of owned.values()) {
    const recorded = recordedIn(context, kinds)
    if (recorded?.record.set !== set || context.providerContextKey !== recorded.recordKey) continue
    const { key, members } = recorded
    for (const member of members) known.add(member)
    const contexts = members.map(
      recorded.record.owner === undefined ? (member) => owned.get(member) : elsewhere(recorded, mirror),
    )
    found.push({ recorded, evidence: { contexts, filters: mirror.filtersOf(key), digestKey } })
  }
  return { owned, found, known, digestKey, kinds }
}

/** The parts of an object that moved into its set, or was adopted, carry another owner: that which the record says. */
function elsewhere({ record }: Recorded, mirror: Mirror): (member: Guid) => SeenContext | undefined {
  const { owner, companions = {} } = record
  return (member) => {
    const context = mirror.contextOf(companions[member] ?? member)
    const isItsOwner = typeof owner !== 'string' || context?.providerKey === providerKeyOf(owner)
    return isItsOwner ? context : undefined
  }
}

async function ownedOf(
  { session, mirror }: Look,
  query: SetQuery,
  { owned, found, digestKey, kinds, left }: Holdings & { readonly left: readonly Left[] },
): Promise<Owned> {
  const resources = new Map<Address, Observed>()
  for (const { recorded } of found) {
    const observed = remembered.get(recorded)?.observed
    const address = observed && addressOf(observed)
    if (observed && address) resources.set(address, preferred(observed, resources.get(address)))
  }
  for (const observed of await leftovers(session, query, left)) {
    const address = addressOf(observed)
    resources.set(resources.has(address) ? `${address} ${observed.key}` : address, observed)
  }
  const roots = kinds.objects.flatMap(({ purposes }) => purposes.root)
  const abandoned = mirror.standsOwner(query.set) && [...owned.values()].every(({ type }) => !roots.includes(type))
  const notes = notesIn(query.set, owned)
  return {
    set: query.set,
    resources,
    ...(abandoned && { abandoned }),
    ...(notes.size > 0 && { notes }),
    ...(digestKey && { digestKey }),
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
  /** under which the record of such an object belongs */
  readonly recordKey: Guid
}

function recordedIn(context: OwnedContext, kinds: WfpKinds): Recorded | undefined {
  return context.keyed && withKind(context.keyed, kinds)
}

const knownKinds = new WeakMap<KeyedRecord, Recorded>()

/** A record of a kind that this provider does not know makes nothing ours. */
function withKind(keyed: KeyedRecord, { objects }: WfpKinds): Recorded | undefined {
  const known = knownKinds.get(keyed)
  if (known) return known
  const kind = objects.find((one) => one.kind.name === keyed.record.kind)
  if (!kind) return undefined
  const members = [keyed.key, ...kind.companionsOf(keyed.key)]
  const { key, record } = keyed
  const recorded = { key, record, kind, members, recordKey: recordKeyOf(key) }
  knownKinds.set(keyed, recorded)
  return recorded
}

/** Everything that one resource is observed from, but its record. */
interface Evidence {
  /** in the order of `members` */
  readonly contexts: readonly (SeenContext | undefined)[]
  readonly filters: FilterGroup
  readonly digestKey: Uint8Array | undefined
}

/** What was made of the same objects before: reading them is most of what looking at an unchanged engine would cost. */
const remembered = new WeakMap<Recorded, Evidence & { readonly observed: Observed | undefined }>()

function remember(
  recorded: Recorded,
  { contexts, filters, digestKey }: Evidence,
  observed: Observed | undefined,
): void {
  remembered.set(recorded, { contexts, filters, digestKey, observed })
}

/** @returns whether it is known what an object says: from an earlier look, or from its record, if its parts are those of the record */
function isKnown({ recorded, evidence }: Found): boolean {
  const last = remembered.get(recorded)
  if (last && isSame(last, evidence)) return true
  const { record } = recorded
  const parts = partsOf(evidence)
  if (!record.seen || !isSeen(record, evidence.digestKey, parts)) return false
  const observed = new AsRecorded(recorded, parts, record.seen)
  remember(recorded, evidence, observed)
  return true
}

function partsOf({ contexts, filters }: Pick<Evidence, 'contexts' | 'filters'>): string {
  return partsDigest(
    contexts.map((context) => context?.digest),
    filters,
  )
}

/**
 * A digest of all parts of an object. Its filters have no order: neither of an enumeration nor of notifications is one documented.
 *
 * @param contexts digests, in the order of the members; undefined: it does not stand
 */
export function partsDigest(contexts: readonly (string | undefined)[], filters: FilterGroup | undefined): string {
  return hash(
    OWN_DIGEST,
    [...contexts.map((digest) => digest ?? '-'), ...(filters?.digests ?? []).toSorted()].join(' '),
  )
}

/** Notes what was read of it. Where record and object do not go together, nothing: what cannot be read is not ours. */
function readObserved({ recorded, evidence }: Found, parts: ReadParts): void {
  const observed = unlessUnreadable(() => decodeObserved(recorded, evidence, parts))
  remember(recorded, evidence, observed)
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

function decodeObserved(recorded: Recorded, evidence: Evidence, read: ReadParts): Observed {
  const { key, record: written, kind } = recorded
  const { name, set } = written
  const names = { kind: kind.kind, name, set, key }
  const parts = { key, contexts: membersRead(recorded, evidence, read), filters: read.filters }
  const shown = whatIsShown(kind, parts, written, evidence.digestKey)
  if (!shown) return { ...names, record: written, unverified: [], anomalies: [] }
  const inherited = kind.shadowsOfForm?.(written.form, shown.live)
  const record = inherited ? { ...written, shadows: { ...inherited, ...written.shadows } } : written
  const live = { ...restore(shown, record, kind.kind), ...kind.recorded(record) }
  return {
    ...names,
    record,
    live,
    parts: partsOf(evidence),
    ...(record.observed && { unknown: shown.hidden }),
    unverified: unverifiedLeaves(shown.live, record.shadows, Object.keys(record.secrets)),
    anomalies: filterAnomalies(shown, record),
  }
}

/** By the keys that the parts would have here, as far as they are the object's own. */
function membersRead({ members, record }: Recorded, { contexts }: Evidence, read: ReadParts): Map<Guid, AnyContext> {
  return new Map(
    members.flatMap((member, i) => {
      const context = contexts[i] && read.contexts.get(record.companions?.[member] ?? member)
      return context ? [[member, context]] : []
    }),
  )
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
  const isDerived =
    identity.keptKey || kind.kind.keyOf({ set: identity.set, name: identity.name, spec: live }) === parts.key
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
