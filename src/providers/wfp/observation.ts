/** What the engine holds of a set: tunnels from contexts and filters, and the records that make them ours. */

import { restore, type Shown } from '../../reconcile/comparable.ts'
import { type Difference, SECRET } from '../../reconcile/diff.ts'
import {
  type Address,
  addressOf,
  type Guid,
  type JsonObject,
  type Observed,
  type SetState,
} from '../../reconcile/model.ts'
import { joinPointer, valueAt, withValueAt } from '../../reconcile/pointer.ts'
import type { SetQuery } from '../../reconcile/provider.ts'
import { secretDigest } from '../../reconcile/secret.ts'
import {
  contextByKey,
  contextsOf,
  filtersOfTunnels,
  MAIN_MODE_CONTEXT_TYPES,
  RECORD_CONTEXT_TYPES,
  TUNNEL_CONTEXT_TYPES,
} from './engine-objects.ts'
import {
  type AnyContext,
  type DecodedTunnel,
  decodeTunnel,
  type Filter,
  filtersDigest,
  type LiveTunnel,
} from './kinds/ipsec-tunnel/codec.ts'
import { ipsecTunnel } from './kinds/ipsec-tunnel/kind.ts'
import { digestKeyKeyOf, mainModeKeyOf, providerKeyOf, tunnelKeyOf } from './owner.ts'
import { decodeRecord, type KeyedRecord } from './record.ts'
import type { Session } from './session.ts'

/** Reads sets inside the caller's transaction. */
export async function observeSets(session: Session, queries: readonly SetQuery[]): Promise<SetState[]> {
  const owned = []
  for (const { set } of queries) owned.push(await ownedContexts(session, set))
  const filters = await filtersOfTunnels(
    session,
    owned.flatMap((o) => [...o.tunnels.keys()]),
  )
  const registered = queries.length === 0 ? new Set<Guid>() : await registeredKeyManagers(session)
  const states: SetState[] = []
  for (const [i, query] of queries.entries()) {
    const contexts = owned[i] as OwnedContexts
    const resources = resourcesOf(query.set, contexts, filters)
    states.push({
      set: query.set,
      resources,
      foreign: await foreignHolders(session, query, resources),
      registered,
      ...(contexts.digestKey && { digestKey: contexts.digestKey }),
    })
  }
  return states
}

type FiltersByTunnel = ReadonlyMap<Guid, readonly Filter[]>

/** Contexts of one owner, by key. */
interface TunnelContexts {
  readonly tunnels: ReadonlyMap<Guid, AnyContext>
  readonly mainModes: ReadonlyMap<Guid, AnyContext>
}

interface OwnedContexts extends TunnelContexts {
  readonly records: readonly KeyedRecord[]
  readonly digestKey: Uint8Array | undefined
}

async function ownedContexts(session: Session, set: string): Promise<OwnedContexts> {
  const providerKey = providerKeyOf(set)
  const general = await contextsOf(session, providerKey, RECORD_CONTEXT_TYPES)
  const records = general.flatMap((c) => decodeRecord(dataOf(c)) ?? []).filter((r) => r.record.set === set)
  const none = new Map<Guid, AnyContext>()
  const digestKey = dataOf(general.find((c) => c.providerContextKey === digestKeyKeyOf(set)))
  if (records.length === 0) return { records, tunnels: none, mainModes: none, digestKey }
  return { records, ...(await tunnelContexts(session, providerKey)), digestKey }
}

async function tunnelContexts(session: Session, providerKey: Guid): Promise<TunnelContexts> {
  return {
    tunnels: byKey(await contextsOf(session, providerKey, TUNNEL_CONTEXT_TYPES)),
    mainModes: byKey(await contextsOf(session, providerKey, MAIN_MODE_CONTEXT_TYPES)),
  }
}

export function dataOf(context: AnyContext | undefined): Uint8Array | undefined {
  return context && 'dataBuffer' in context && context.dataBuffer ? context.dataBuffer : undefined
}

function byKey(contexts: readonly AnyContext[]): Map<Guid, AnyContext> {
  return new Map(contexts.map((c) => [c.providerContextKey, c]))
}

function resourcesOf(set: string, owned: OwnedContexts, filters: FiltersByTunnel): Map<Address, Observed> {
  return new Map(
    owned.records.map((keyed) => {
      const observed = observedOf(set, keyed, owned, filters)
      return [addressOf(observed), observed]
    }),
  )
}

function observedOf(
  set: string,
  { key, record }: KeyedRecord,
  owned: OwnedContexts,
  filters: FiltersByTunnel,
): Observed {
  const identity = { kind: record.kind, name: record.name, set, key, record }
  const tunnelPolicy = owned.tunnels.get(key)
  if (!tunnelPolicy) return { ...identity, unverified: [], anomalies: [] }
  const mainModePolicy = owned.mainModes.get(mainModeKeyOf(key)) ?? null
  const shown = showTunnel(
    { tunnelPolicy, mainModePolicy, filters: filters.get(key) ?? [] },
    set,
    record.name,
    owned.digestKey,
  )
  const live = {
    ...restore(shown, record, ipsecTunnel.secretPaths(shown.live)),
    protect: record.protect ? 'delete' : 'none',
  }
  const unverified = Object.entries(record.shadows).flatMap(([pointer, shadow]) =>
    shadow.shown === undefined ? [pointer] : [],
  )
  const hiddenSecrets = Object.keys(record.secrets).filter(
    (path) => valueAt(shown.live, joinPointer(path, SECRET)) === undefined,
  )
  return {
    ...identity,
    live,
    unverified: [...unverified, ...hiddenSecrets],
    anomalies: filterAnomalies(shown.filters, record.filters),
  }
}

/** Filters that are not what the engine made of our add: somebody added, removed or rewrote one. */
function filterAnomalies(shown: string, recorded: string): Difference[] {
  if (recorded === '' || shown === recorded) return []
  return [
    {
      path: '/traffic',
      before: 'filters that are not those of the last apply',
      after: 'the filters of the last apply',
      sensitive: false,
    },
  ]
}

/** One tunnel as the engine shows it, in the manifest's language; secrets as keyed digests where their bytes are shown. */
export function showTunnel(parts: LiveTunnel, set: string, name: string, digestKey: Uint8Array | undefined): Shown {
  const decoded = decodeTunnel(parts)
  const live = withShownSecrets(decoded, digestKey)
  const { key: _, ...rest } = live
  const key = parts.tunnelPolicy.providerContextKey
  return {
    live: key === tunnelKeyOf(set, name) ? rest : { ...rest, key },
    hidden: decoded.hidden,
    filters: filtersDigest(parts.filters),
  }
}

function withShownSecrets({ spec, secrets }: DecodedTunnel, digestKey: Uint8Array | undefined): JsonObject {
  return [...secrets].reduce<JsonObject>((live, [path, bytes]) => {
    if (bytes === null || digestKey === undefined) return live
    return withValueAt(live, joinPointer(path, SECRET), secretDigest(digestKey, bytes)) as JsonObject
  }, spec as JsonObject)
}

/** Keys that somebody else holds, of those that are wanted and not ours. */
async function foreignHolders(
  session: Session,
  query: SetQuery,
  resources: ReadonlyMap<Address, Observed>,
): Promise<Map<Guid, string>> {
  const ours = new Set([...resources.values()].filter((o) => o.live).map((o) => o.key))
  const holders = new Map<Guid, string>()
  for (const key of query.wanted) {
    if (ours.has(key)) continue
    const context = await contextByKey(session, key)
    if (context) holders.set(key, `"${context.displayData.name}" of provider ${context.providerKey ?? 'none'}`)
  }
  return holders
}

/** Key managers registered by any process of this machine. */
async function registeredKeyManagers(session: Session): Promise<Set<Guid>> {
  const { engineHandle, fwp } = session
  if (!fwp.IPsecKeyManagersGet0) return new Set() // before Windows 8 there are none
  const { entries } = await fwp.IPsecKeyManagersGet0({ engineHandle })
  return new Set(entries.map((e) => e.keyManagerKey))
}
