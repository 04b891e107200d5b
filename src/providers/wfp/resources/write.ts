/** One set's write transaction: the engine calls behind each step of an apply. */

import { randomBytes } from 'node:crypto'
import type { Guid, JsonObject, Pointer } from '../../../base/json.ts'
import type { TunnelSpec } from '../../../kinds/ipsec-tunnel/spec.ts'
import type { Resource } from '../../../manifest/model.ts'
import type { Shown } from '../../../reconcile/plan/comparable.ts'
import type { AppliedRecord, Observed, SetState } from '../../../reconcile/plan/model.ts'
import type { SetQuery, SetTransaction } from '../../../reconcile/provider.ts'
import {
  FWPM_GENERAL_CONTEXT,
  FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT,
  FWPM_PROVIDER_FLAG_PERSISTENT,
  SDDL_REVISION_1,
} from '../binding/tables/constants/index.ts'
import { digestKeyKeyOf, mainModeKeyOf, providerKeyOf, recordKeyOf } from '../engine/keys.ts'
import {
  CONTEXT_NOT_FOUND,
  callVersionOf,
  contextByKey,
  contextsOf,
  filtersOfTunnels,
  MAIN_MODE_CONTEXT_TYPES,
  RECORD_CONTEXT_TYPES,
  TUNNEL_CONTEXT_TYPES,
} from '../engine/objects.ts'
import { isStatus, refusing } from '../engine/refusals.ts'
import type { Session } from '../engine/session.ts'
import { type CallVersion, encodeTunnel } from '../tunnels/codec/index.ts'
import type { Mirror } from './mirror.ts'
import { dataOf, observeSets, showTunnel } from './observe.ts'
import { encodeRecord } from './record.ts'

/** Only SYSTEM and Administrators: whoever reads the key can test guesses of a weak preshared key against its digest. */
const DIGEST_KEY_DESCRIPTOR = 'D:P(A;;GA;;;SY)(A;;GA;;;BA)'
const DIGEST_KEY_BYTES = 32
const NO_ID = 0n

export class TunnelTransaction implements SetTransaction {
  readonly #session: Session
  readonly #set: string
  readonly #providerKey: Guid
  readonly #version: CallVersion
  readonly #mirror: Mirror

  /** @param mirror is told of everything that is written */
  constructor(session: Session, set: string, mirror: Mirror) {
    this.#session = session
    this.#mirror = mirror
    this.#set = set
    this.#providerKey = providerKeyOf(set)
    this.#version = callVersionOf(session.fwp)
  }

  observe(query: SetQuery): Promise<SetState> {
    return refusing(async () => (await observeSets(this.#session, [query], this.#mirror))[0] as SetState)
  }

  ensureOwner(): Promise<Uint8Array> {
    return refusing(async () => {
      const { engineHandle, fwp } = this.#session
      const existing = dataOf(await contextByKey(this.#session, digestKeyKeyOf(this.#set)))
      if (existing) return existing
      if (!(await this.#providerExists())) {
        await fwp.FwpmProviderAdd0({ engineHandle, provider: providerObject(this.#set), sd: null })
      }
      const digestKey = randomBytes(DIGEST_KEY_BYTES)
      this.#mirror.tell('context', digestKeyKeyOf(this.#set))
      await this.#addGeneralContext(
        digestKeyKeyOf(this.#set),
        `wfpctl digest key of set ${this.#set}`,
        digestKey,
        true,
        DIGEST_KEY_DESCRIPTOR,
      )
      return digestKey
    })
  }

  removeOwner(): Promise<void> {
    return refusing(async () => {
      const { engineHandle, fwp } = this.#session
      const types = [...RECORD_CONTEXT_TYPES, ...TUNNEL_CONTEXT_TYPES, ...MAIN_MODE_CONTEXT_TYPES]
      const left = await contextsOf(this.#session, this.#providerKey, types)
      if (left.some((c) => c.providerContextKey !== digestKeyKeyOf(this.#set))) return
      this.#mirror.tell('context', digestKeyKeyOf(this.#set))
      await this.#deleteContext(digestKeyKeyOf(this.#set))
      await fwp.FwpmProviderDeleteByKey0({ engineHandle, key: this.#providerKey })
    })
  }

  add(resource: Resource, key: Guid, secrets: ReadonlyMap<Pointer, Uint8Array>): Promise<void> {
    return refusing(async () => {
      this.#mirror.tellTunnel(key)
      const spec = resource.spec as unknown as TunnelSpec
      const identity = { name: resource.name, key, providerKey: this.#providerKey }
      const secretOf = (pointer: Pointer): Uint8Array => secrets.get(pointer) ?? new Uint8Array()
      await addTunnel(this.#session, this.#version, spec, identity, secretOf)
    })
  }

  remove(observed: Observed): Promise<void> {
    return refusing(async () => {
      const { engineHandle, fwp } = this.#session
      this.#mirror.tellTunnel(observed.key)
      if (observed.live) {
        await gone(fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key: observed.key }))
        // whether the call above takes the main-mode context along is not documented
        await this.#deleteContext(mainModeKeyOf(observed.key))
      }
      await this.#deleteContext(recordKeyOf(observed.key))
    })
  }

  readBack(keys: readonly Guid[], digestKey: Uint8Array): Promise<ReadonlyMap<Guid, Shown>> {
    return refusing(async () => {
      const shown = new Map<Guid, Shown>()
      if (keys.length === 0) return shown
      // the filters by an enumeration of its own, never the one that the plan was made from
      const filters = await filtersOfTunnels(this.#session, keys)
      for (const filter of [...filters.values()].flat()) this.#mirror.tell('filter', filter.filterKey)
      for (const key of keys) {
        const tunnelPolicy = await contextByKey(this.#session, key)
        if (!tunnelPolicy) continue
        const mainModePolicy = (await contextByKey(this.#session, mainModeKeyOf(key))) ?? null
        const name = tunnelPolicy.displayData.name ?? ''
        shown.set(
          key,
          showTunnel({ tunnelPolicy, mainModePolicy, filters: filters.get(key) ?? [] }, this.#set, name, digestKey),
        )
      }
      return shown
    })
  }

  record(key: Guid, record: AppliedRecord, spec: JsonObject): Promise<void> {
    return refusing(async () => {
      this.#mirror.tell('context', recordKeyOf(key))
      await this.#deleteContext(recordKeyOf(key))
      const persistent = spec.persistence === 'persistent'
      await this.#addGeneralContext(
        recordKeyOf(key),
        `wfpctl record of ${record.kind}/${record.name}`,
        encodeRecord({ key, record }),
        persistent,
        null,
      )
    })
  }

  async #providerExists(): Promise<boolean> {
    const { engineHandle, fwp } = this.#session
    try {
      await fwp.FwpmProviderGetByKey0({ engineHandle, key: this.#providerKey })
      return true
    } catch (error) {
      if (isStatus(error, 'FWP_E_PROVIDER_NOT_FOUND', 'FWP_E_NOT_FOUND')) return false
      throw error
    }
  }

  async #deleteContext(key: Guid): Promise<void> {
    const { engineHandle, fwp } = this.#session
    await gone(fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key }))
  }

  async #addGeneralContext(
    key: Guid,
    name: string,
    data: Uint8Array,
    persistent: boolean,
    sddl: string | null,
  ): Promise<void> {
    const providerContext = {
      providerContextKey: key,
      displayData: { name, description: null },
      flags: persistent ? FWPM_PROVIDER_CONTEXT_FLAG_PERSISTENT : 0,
      providerKey: this.#providerKey,
      providerData: new Uint8Array(),
      type: FWPM_GENERAL_CONTEXT,
      dataBuffer: data,
      providerContextId: NO_ID,
    } as const
    const { engineHandle, fwp } = this.#session
    const args = { engineHandle, providerContext, sd: await descriptor(this.#session, sddl) }
    if (this.#version === 3) await fwp.FwpmProviderContextAdd3!(args)
    else if (this.#version === 2) await fwp.FwpmProviderContextAdd2!(args)
    else await fwp.FwpmProviderContextAdd1(args)
  }
}

/** A delete of what is already gone has done its work. */
async function gone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion
  } catch (error) {
    if (!isStatus(error, ...CONTEXT_NOT_FOUND)) throw error
  }
}

async function addTunnel(
  session: Session,
  version: CallVersion,
  spec: TunnelSpec,
  identity: { readonly name: string; readonly key: Guid; readonly providerKey: Guid },
  secretOf: (pointer: Pointer) => Uint8Array,
): Promise<void> {
  const { engineHandle, fwp } = session
  const sd = await descriptor(session, spec.securityDescriptor ?? null)
  if (version === 3) await fwp.FwpmIPsecTunnelAdd3!({ engineHandle, ...encodeTunnel(spec, identity, secretOf, 3), sd })
  else if (version === 2)
    await fwp.FwpmIPsecTunnelAdd2!({ engineHandle, ...encodeTunnel(spec, identity, secretOf, 2), sd })
  else await fwp.FwpmIPsecTunnelAdd1({ engineHandle, ...encodeTunnel(spec, identity, secretOf, 1), sd })
}

/** SDDL → self-relative bytes, by the system's own parser. */
async function descriptor(session: Session, sddl: string | null): Promise<Uint8Array | null> {
  if (sddl === null) return null
  const { securityDescriptor } = await session.fwp.ConvertStringSecurityDescriptorToSecurityDescriptorW({
    StringSecurityDescriptor: sddl,
    StringSDRevision: SDDL_REVISION_1,
  })
  return securityDescriptor
}

/** The owner of everything in a set. serviceName stays NULL: with one, BFE loads its objects only if that service starts by itself. */
function providerObject(set: string) {
  return {
    providerKey: providerKeyOf(set),
    displayData: {
      name: `wfpctl set ${set}`,
      description: 'IPsec tunnels declared in manifests and applied by wfpctl',
    },
    flags: FWPM_PROVIDER_FLAG_PERSISTENT,
    providerData: encodeOwner(set),
    serviceName: null,
  }
}

/** The set's name, since a key cannot be turned back into one. */
function encodeOwner(set: string): Uint8Array {
  return Buffer.from(JSON.stringify({ wfpctl: 1, set }), 'utf8')
}
