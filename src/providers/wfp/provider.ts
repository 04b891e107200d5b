/** The core's provider over a WFP library: real or sandbox, it cannot tell. */

import { type Diagnostic, diagnostic } from '../../reconcile/diagnostic.ts'
import { SECRET } from '../../reconcile/diff.ts'
import {
  addressOf,
  type Guid,
  type JsonObject,
  type Resource,
  type ResourceKind,
  type SetState,
} from '../../reconcile/model.ts'
import { valueAt, withValueAt } from '../../reconcile/pointer.ts'
import type {
  Claim,
  Listed,
  OpenSession,
  Registration,
  SetQuery,
  SetTransaction,
  WatchableProvider,
} from '../../reconcile/provider.ts'
import { claimSet, otherSessions } from './claims.ts'
import {
  callVersionOf,
  contextsOf,
  filtersOfTunnels,
  MAIN_MODE_CONTEXT_TYPES,
  TUNNEL_CONTEXT_TYPES,
} from './engine-objects.ts'
import type { Library } from './fwpuclnt/cfunction.ts'
import { registerKeyManager } from './key-managers.ts'
import { kindsByName } from './kinds/index.ts'
import { type AnyContext, lacking } from './kinds/ipsec-tunnel/codec.ts'
import { ipsecTunnel } from './kinds/ipsec-tunnel/kind.ts'
import type { TunnelSpec } from './kinds/ipsec-tunnel/spec.ts'
import { Mirror } from './mirror.ts'
import { subscribe } from './notifications.ts'
import { observeSets, showTunnel } from './observation.ts'
import { keyManagerKeyOf, mainModeKeyOf, providerKeyOf } from './owner.ts'
import { refusing } from './refusal.ts'
import { Session } from './session.ts'
import { TunnelTransaction } from './tunnel-transaction.ts'

export interface WfpOptions {
  readonly lockTimeoutMilliseconds: number
}

export class WfpProvider implements WatchableProvider {
  readonly name: string
  readonly kinds: ReadonlyMap<string, ResourceKind> = kindsByName
  readonly #session: Session
  readonly #closeLibrary: () => Promise<void>
  /** lives while changes are told; without them, each look has one of its own */
  #mirror: Mirror | undefined
  #hasClaimed = false

  private constructor(name: string, session: Session, closeLibrary: () => Promise<void>) {
    this.name = name
    this.#session = session
    this.#closeLibrary = closeLibrary
  }

  static open(
    name: string,
    fwp: Library,
    options: WfpOptions,
    closeLibrary: () => Promise<void>,
  ): Promise<WfpProvider> {
    return refusing(
      async () => new WfpProvider(name, await Session.open(fwp, options.lockTimeoutMilliseconds), closeLibrary),
    )
  }

  check(resources: readonly Resource[]): readonly Diagnostic[] {
    const version = callVersionOf(this.#session.fwp)
    return resources
      .filter((r) => r.kind === ipsecTunnel.kind)
      .flatMap((r) =>
        lacking(r.spec as unknown as TunnelSpec, version).map(({ pointer, needs }) =>
          diagnostic(
            'E401',
            r.manifest.at(`/spec${pointer}`),
            `this engine cannot do this: it needs FwpmIPsecTunnelAdd${needs}`,
            {
              notes: [`the newest call of this fwpuclnt.dll is FwpmIPsecTunnelAdd${version}`],
              help: 'leave the field out, or apply on a newer Windows',
            },
          ),
        ),
      )
  }

  observe(queries: readonly SetQuery[]): Promise<readonly SetState[]> {
    const mirror = this.#mirror ?? new Mirror()
    mirror.beforeTransaction()
    return refusing(() => this.#session.read(() => observeSets(this.#session, queries, mirror)))
  }

  ownedSets(): Promise<readonly string[]> {
    return refusing(() => this.#session.read(() => setsOf(this.#session)))
  }

  list({ all }: { readonly all: boolean }): Promise<readonly Listed[]> {
    return refusing(() =>
      this.#session.read(async () => {
        const sets = await setsOf(this.#session)
        const states = await observeSets(
          this.#session,
          sets.map((set) => ({ set, wanted: [] })),
          new Mirror(),
        )
        const managed = states.flatMap((state) => [...state.resources.values()].flatMap(listedOwned))
        const ours = new Set(managed.map((m) => m.key))
        const foreign = all ? (await foreignTunnels(this.#session)).filter((f) => !ours.has(f.key)) : []
        const registered = (await keyManagers(this.#session, sets)).filter((k) => all || k.managed)
        return [...managed, ...foreign, ...registered].sort((a, b) => (a.address < b.address ? -1 : 1))
      }),
    )
  }

  transaction<T>(
    set: string,
    work: (tx: SetTransaction) => Promise<{ readonly commit: boolean; readonly value: T }>,
  ): Promise<T> {
    const mirror = this.#mirror ?? new Mirror()
    return refusing(() =>
      this.#session.transaction('write', () => {
        mirror.beforeTransaction() // what was told while we waited for the lock can be seen: nobody else writes now
        return work(new TunnelTransaction(this.#session, set, mirror))
      }),
    )
  }

  register(resource: Resource): Promise<Registration> {
    return refusing(() => registerKeyManager(this.#session, resource))
  }

  onChange(listener: () => void): Promise<{ close(): Promise<void> }> {
    const mirror = new Mirror()
    return refusing(async () => {
      const subscription = await subscribe(this.#session.fwp, {
        changed: (kind, key) => mirror.tell(kind, key),
        listener,
      })
      this.#mirror = mirror
      this.#session.reconnects = false
      return {
        close: () => {
          if (this.#mirror === mirror) {
            this.#mirror = undefined
            this.#session.reconnects = !this.#hasClaimed
          }
          return subscription.close()
        },
      }
    })
  }

  forget(): void {
    this.#mirror?.forget()
  }

  claim(set: string): Promise<Claim> {
    this.#hasClaimed = true
    this.#session.reconnects = false
    return refusing(() => claimSet(this.#session.fwp, set))
  }

  others(): Promise<readonly OpenSession[]> {
    return refusing(() => otherSessions(this.#session.fwp))
  }

  async close(): Promise<void> {
    await this.#session.close()
    await this.#closeLibrary()
  }
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
