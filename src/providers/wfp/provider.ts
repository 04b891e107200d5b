/** The core's provider over a WFP library: real or sandbox, it cannot tell. */

import { type Diagnostic, diagnostic } from '../../base/diagnostic.ts'
import { kindsByName } from '../../kinds/index.ts'
import { ipsecTunnel } from '../../kinds/ipsec-tunnel/kind.ts'
import type { TunnelSpec } from '../../kinds/ipsec-tunnel/spec.ts'
import type { Resource, ResourceKind } from '../../manifest/model.ts'
import type { SetState } from '../../reconcile/plan/model.ts'
import type {
  Claim,
  Listed,
  OpenSession,
  Registration,
  SetQuery,
  SetTransaction,
  WatchableProvider,
} from '../../reconcile/provider.ts'
import type { Library } from './binding/call/bind.ts'
import { claimSet, otherSessions } from './engine/claims.ts'
import { subscribe } from './engine/notifications.ts'
import { callVersionOf } from './engine/objects.ts'
import { refusing } from './engine/refusals.ts'
import { Session } from './engine/session.ts'
import { registerKeyManager } from './key-managers/register.ts'
import { listed, setsOf } from './resources/list.ts'
import { Mirror } from './resources/mirror.ts'
import { observeSets } from './resources/observe.ts'
import { TunnelTransaction } from './resources/write.ts'
import { lacking } from './tunnels/codec/index.ts'

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

  list(options: { readonly all: boolean }): Promise<readonly Listed[]> {
    return refusing(() => this.#session.read(() => listed(this.#session, options)))
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
