/** What the engine holds of a set: tunnels from contexts and filters, and the records that make them ours. */

import type { Guid, JsonObject } from '../../../base/json.ts'
import { remembering } from '../../../base/memo.ts'
import { joinPointer, valueAt, withValueAt } from '../../../base/pointer.ts'
import { ipsecTunnel } from '../../../kinds/ipsec-tunnel/kind.ts'
import { tunnelKeyOf } from '../../../kinds/keys.ts'
import { type Address, addressOf } from '../../../manifest/model.ts'
import { restore, type Shown } from '../../../reconcile/plan/comparable.ts'
import { type Difference, SECRET } from '../../../reconcile/plan/diff.ts'
import type { Observed, SetState } from '../../../reconcile/plan/model.ts'
import type { SetQuery } from '../../../reconcile/provider.ts'
import { secretDigest } from '../../../reconcile/secrets.ts'
import { digestKeyKeyOf, mainModeKeyOf } from '../engine/keys.ts'
import { contextByKey } from '../engine/objects.ts'
import type { Session } from '../engine/session.ts'
import {
  type AnyContext,
  type DecodedTunnel,
  decodeTunnel,
  type Filter,
  filtersDigest,
  type LiveTunnel,
} from '../tunnels/codec/index.ts'
import type { Mirror } from './mirror.ts'
import { decodeRecord, type KeyedRecord } from './record.ts'

/** Looks at sets inside the caller's transaction, before anything is written in it. */
export async function observeSets(session: Session, queries: readonly SetQuery[], mirror: Mirror): Promise<SetState[]> {
  const sets = queries.map(({ set }) => set)
  const again = queries.flatMap((query) => query.again ?? [])
  await mirror.refresh(session, sets, again)
  const registered = queries.length === 0 ? new Set<Guid>() : await registeredKeyManagers(session)
  let owned = sets.map((set) => ownedResources(set, mirror))
  if (owned.some(hasAnomalies) && (await mirror.confirmFilters(session)))
    owned = sets.map((set) => ownedResources(set, mirror))
  const states: SetState[] = []
  for (const [i, query] of queries.entries()) {
    const { resources, digestKey } = owned[i] as Owned
    const foreign = await foreignHolders(session, query, resources)
    states.push({ set: query.set, resources, foreign, registered, ...(digestKey && { digestKey }) })
  }
  return states
}

type Owned = Pick<SetState, 'resources' | 'digestKey'>

/** A tunnel without the filters that it should have costs its traffic: nobody is told so on hearsay. */
function hasAnomalies({ resources }: Owned): boolean {
  return [...resources.values()].some(({ anomalies }) => anomalies.length > 0)
}

function ownedResources(set: string, mirror: Mirror): Owned {
  const { general, tunnels, mainModes } = mirror.contextsOf(set)
  const digestKey = dataOf(general.get(digestKeyKeyOf(set)))
  const resources = new Map<Address, Observed>()
  for (const context of general.values()) {
    const keyed = recordIn(context)
    if (keyed?.record.set !== set) continue
    const { key } = keyed
    const tunnelPolicy = tunnels.get(key)
    const mainModePolicy = mainModes.get(keyed.mainModeKey)
    const observed = observedOf(set, keyed, { tunnelPolicy, mainModePolicy, filters: mirror.filtersOf(key), digestKey })
    resources.set(addressOf(observed), observed)
  }
  return { resources, ...(digestKey && { digestKey }) }
}

/** A record, and the key of the main-mode context beside its tunnel. */
interface Recorded extends KeyedRecord {
  readonly mainModeKey: Guid
}

const recordIn = remembering((context: AnyContext): Recorded | undefined => {
  const keyed = decodeRecord(dataOf(context))
  return keyed && { ...keyed, mainModeKey: mainModeKeyOf(keyed.key) }
})

export function dataOf(context: AnyContext | undefined): Uint8Array | undefined {
  return context && 'dataBuffer' in context && context.dataBuffer ? context.dataBuffer : undefined
}

/** Everything that one resource is observed from, but its record. */
interface Parts {
  readonly tunnelPolicy: AnyContext | undefined
  readonly mainModePolicy: AnyContext | undefined
  readonly filters: readonly Filter[]
  readonly digestKey: Uint8Array | undefined
}

/** What was made of the same objects before: decoding is most of what looking at an unchanged engine would cost. */
const remembered = new WeakMap<Recorded, Parts & { readonly observed: Observed }>()

function observedOf(set: string, recorded: Recorded, parts: Parts): Observed {
  const known = remembered.get(recorded)
  if (known && (Object.keys(parts) as (keyof Parts)[]).every((part) => known[part] === parts[part]))
    return known.observed
  const observed = decodeObserved(set, recorded, parts)
  remembered.set(recorded, { ...parts, observed })
  return observed
}

function decodeObserved(set: string, { key, record }: Recorded, parts: Parts): Observed {
  const { tunnelPolicy, mainModePolicy = null, filters, digestKey } = parts
  const identity = { kind: record.kind, name: record.name, set, key, record }
  if (!tunnelPolicy) return { ...identity, unverified: [], anomalies: [] }
  const shown = showTunnel({ tunnelPolicy, mainModePolicy, filters }, set, record.name, digestKey)
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
