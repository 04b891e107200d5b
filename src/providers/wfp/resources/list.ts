/** Everything that stands in the engine, as `get` and `export` show it: what is ours, and on request what is not. */

import type { Guid, JsonObject } from '../../../base/json.ts'
import { valueAt, withValueAt } from '../../../base/pointer.ts'
import { ipsecTunnel } from '../../../kinds/ipsec-tunnel/kind.ts'
import { keyManagerKeyOf } from '../../../kinds/keys.ts'
import { addressOf } from '../../../manifest/model.ts'
import { SECRET } from '../../../reconcile/plan/diff.ts'
import type { SetState } from '../../../reconcile/plan/model.ts'
import type { Listed } from '../../../reconcile/provider.ts'
import { mainModeKeyOf, providerKeyOf } from '../engine/keys.ts'
import { contextsOf, filtersOfTunnels, MAIN_MODE_CONTEXT_TYPES, TUNNEL_CONTEXT_TYPES } from '../engine/objects.ts'
import type { Session } from '../engine/session.ts'
import type { AnyContext } from '../tunnels/codec/index.ts'
import { Mirror } from './mirror.ts'
import { observeSets, showTunnel } from './observe.ts'

/** By address. Runs inside the caller's transaction. */
export async function listed(session: Session, { all }: { readonly all: boolean }): Promise<readonly Listed[]> {
  const sets = await setsOf(session)
  const queries = sets.map((set) => ({ set, wanted: [] }))
  const states = await observeSets(session, queries, new Mirror())
  const managed = states.flatMap((state) => [...state.resources.values()].flatMap(listedOwned))
  const ours = new Set(managed.map((m) => m.key))
  const foreign = all ? (await foreignTunnels(session)).filter((f) => !ours.has(f.key)) : []
  const registered = (await keyManagers(session, sets)).filter((k) => all || k.managed)
  return [...managed, ...foreign, ...registered].sort((a, b) => (a.address < b.address ? -1 : 1))
}

/** Names of the sets whose owner objects stand in the engine. A provider that merely claims a set's name has another key. */
export async function setsOf(session: Session): Promise<string[]> {
  const { fwp } = session
  const sets: string[] = []
  const pages = session.enumerate({
    create: (engineHandle) => fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null }),
    next: (args) => fwp.FwpmProviderEnum0(args),
    destroy: (args) => fwp.FwpmProviderDestroyEnumHandle0(args),
  })
  for await (const page of pages) {
    for (const provider of page) {
      const set = decodeOwner(provider.providerData)
      if (set !== undefined && providerKeyOf(set) === provider.providerKey) sets.push(set)
    }
  }
  return sets.sort()
}

function decodeOwner(data: Uint8Array): string | undefined {
  try {
    const owner = JSON.parse(Buffer.from(data).toString('utf8')) as { wfpctl?: unknown; set?: unknown }
    return owner.wfpctl === 1 && typeof owner.set === 'string' ? owner.set : undefined
  } catch {
    return undefined
  }
}

function listedOwned({
  kind,
  name,
  set,
  key,
  record,
  live,
}: NonNullable<ReturnType<SetState['resources']['get']>>): Listed[] {
  if (!live) return []
  const spec = ipsecTunnel.secretPaths(live).reduce<JsonObject>((shown, path) => {
    const content = (valueAt(shown, path) ?? {}) as JsonObject
    const { [SECRET]: _, ...rest } = content
    return withValueAt(shown, path, { ...record.secrets[path]?.ref, ...rest }) as JsonObject
  }, live)
  return [
    {
      address: addressOf({ kind, name }),
      kind,
      name,
      set,
      key,
      managed: true,
      spec,
      labels: record.labels,
      hidden: [],
    },
  ]
}

/** Tunnels of any owner, as far as they can be read. */
async function foreignTunnels(session: Session): Promise<Listed[]> {
  const tunnels = await contextsOf(session, null, TUNNEL_CONTEXT_TYPES)
  if (tunnels.length === 0) return []
  const mainModes = new Map(
    (await contextsOf(session, null, MAIN_MODE_CONTEXT_TYPES)).map((c) => [c.providerContextKey, c]),
  )
  const filters = await filtersOfTunnels(
    session,
    tunnels.map((t) => t.providerContextKey),
  )
  return tunnels.map((tunnelPolicy) => listedForeign(tunnelPolicy, mainModes, filters))
}

function listedForeign(
  tunnelPolicy: AnyContext,
  mainModes: ReadonlyMap<Guid, AnyContext>,
  filters: Awaited<ReturnType<typeof filtersOfTunnels>>,
): Listed {
  const key = tunnelPolicy.providerContextKey
  const name = tunnelPolicy.displayData.name ?? key
  const mainModePolicy = mainModes.get(mainModeKeyOf(key)) ?? null
  const shown = showTunnel({ tunnelPolicy, mainModePolicy, filters: filters.get(key) ?? [] }, '', '', undefined)
  return {
    address: addressOf({ kind: ipsecTunnel.kind, name }),
    kind: ipsecTunnel.kind,
    name,
    key,
    managed: false,
    spec: shown.live,
    labels: {},
    hidden: shown.hidden,
  }
}

/** Registered key managers. One is ours when its key is the one that a set of ours would give its name. */
async function keyManagers(session: Session, sets: readonly string[]): Promise<Listed[]> {
  const { engineHandle, fwp } = session
  if (!fwp.IPsecKeyManagersGet0) return []
  const { entries } = await fwp.IPsecKeyManagersGet0({ engineHandle })
  return entries.map((entry): Listed => {
    const name = entry.displayData.name ?? entry.keyManagerKey
    const set = [...sets, 'default'].find((s) => keyManagerKeyOf(s, name) === entry.keyManagerKey)
    const spec = {
      role: entry.flags === 0 ? 'notify' : 'dictate',
      ...(entry.displayData.description !== null && { description: entry.displayData.description }),
    }
    const managed = set !== undefined
    return {
      address: `KeyManager/${name}`,
      kind: 'KeyManager',
      name,
      ...(managed && { set }),
      key: entry.keyManagerKey,
      managed,
      spec,
      labels: {},
      hidden: ['/handler'],
    }
  })
}
