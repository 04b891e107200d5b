/** What the conformance tests hold a library with: an engine and the handles, keys and refusals that they speak of. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Library } from '../../src/providers/wfp/binding/call/bind.ts'
import { liveAllocations } from '../../src/providers/wfp/binding/memory.ts'
import { RPC_C_AUTHN_WINNT } from '../../src/providers/wfp/binding/tables/constants/index.ts'
import type { SwitchName } from '../../src/providers/wfp/sandbox/switches.ts'
import * as sample from './samples.ts'

export interface OpenLibrary {
  readonly fwp: Library
  /** Makes the engine behave otherwise, until it is closed. */
  set(name: SwitchName, value: string): Promise<void>
  close(): Promise<void>
}

/** Opens a library on an engine that nobody else changes meanwhile. */
export type LibraryOpener = () => OpenLibrary | Promise<OpenLibrary>

function noSwitches(name: string): never {
  throw new Error(`nobody said how ${name} is switched`)
}

/** A running engine with the handles that tests need. */
export class Machine {
  readonly fwp: Library
  readonly set: OpenLibrary['set']
  readonly #handles: number[] = []

  constructor(fwp: Library, set: OpenLibrary['set'] = noSwitches) {
    this.fwp = fwp
    this.set = set
  }

  async open(more: Partial<sample.Session> = {}): Promise<number> {
    const { engineHandle } = await this.fwp.FwpmEngineOpen0({
      serverName: null,
      authnService: RPC_C_AUTHN_WINNT,
      authIdentity: null,
      session: sample.session(more),
    })
    this.#handles.push(engineHandle)
    return engineHandle
  }

  async close(engineHandle: number): Promise<void> {
    this.forget(engineHandle)
    await this.fwp.FwpmEngineClose0({ engineHandle })
  }

  /** A session that the engine gave up is closed already. */
  forget(engineHandle: number): void {
    this.#handles.splice(this.#handles.indexOf(engineHandle), 1)
  }

  async closeAll(): Promise<void> {
    for (const handle of [...this.#handles]) await this.close(handle)
  }

  async begin(engineHandle: number, flags = 0): Promise<void> {
    await this.fwp.FwpmTransactionBegin0({ engineHandle, flags })
  }

  async commit(engineHandle: number): Promise<void> {
    await this.fwp.FwpmTransactionCommit0({ engineHandle })
  }

  async abort(engineHandle: number): Promise<void> {
    await this.fwp.FwpmTransactionAbort0({ engineHandle })
  }

  async addProvider(engineHandle: number, more: Partial<sample.Provider> = {}): Promise<string> {
    const provider = sample.provider(more)
    await this.fwp.FwpmProviderAdd0({ engineHandle, provider, sd: null })
    return provider.providerKey
  }

  async addContext(
    engineHandle: number,
    providerContext = sample.general(),
    sd: Uint8Array | null = null,
  ): Promise<bigint> {
    const { id } = await this.fwp.FwpmProviderContextAdd2!({ engineHandle, providerContext, sd })
    return id
  }

  async getContext(engineHandle: number, key: string): Promise<sample.Context> {
    return (await this.fwp.FwpmProviderContextGetByKey2!({ engineHandle, key })).providerContext
  }

  async addTunnel(engineHandle: number, more: Partial<sample.TunnelParts> = {}): Promise<string> {
    const tunnel = sample.tunnel(more)
    await this.fwp.FwpmIPsecTunnelAdd2!({ engineHandle, ...tunnel })
    return tunnel.tunnelPolicy.providerContextKey
  }

  async deleteTunnel(engineHandle: number, key: string): Promise<void> {
    await this.fwp.FwpmIPsecTunnelDeleteByKey0({ engineHandle, key })
  }

  /** Every filter, page by page. */
  async filters(engineHandle: number, pageSize = 100): Promise<sample.Filter[]> {
    const { enumHandle } = await this.fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null })
    const found: sample.Filter[] = []
    for (;;) {
      const { entries } = await this.fwp.FwpmFilterEnum0({ engineHandle, enumHandle, numEntriesRequested: pageSize })
      found.push(...entries)
      if (entries.length < pageSize) break
    }
    await this.fwp.FwpmFilterDestroyEnumHandle0({ engineHandle, enumHandle })
    return found
  }

  async filtersOf(engineHandle: number, ...keys: readonly (string | undefined)[]): Promise<sample.Filter[]> {
    return (await this.filters(engineHandle)).filter(({ providerContextKey }) =>
      keys.includes(providerContextKey ?? ''),
    )
  }

  async contextKeys(engineHandle: number, type: number, providerKey: string | null = null): Promise<string[]> {
    const enumTemplate = { providerKey, providerContextType: type }
    const { enumHandle } = await this.fwp.FwpmProviderContextCreateEnumHandle0({ engineHandle, enumTemplate })
    const page = await this.fwp.FwpmProviderContextEnum2!({ engineHandle, enumHandle, numEntriesRequested: 1000 })
    await this.fwp.FwpmProviderContextDestroyEnumHandle0({ engineHandle, enumHandle })
    return page.entries.map(({ providerContextKey }) => providerContextKey)
  }
}

/** `await refused(call(), 'FWP_E_IN_USE')` */
export async function refused(call: Promise<unknown>, ...names: readonly string[]): Promise<void> {
  const name = await call.then(
    () => 'success',
    (error: unknown) => (error as Error).name,
  )
  expect(names).toContain(name)
}

export const newKey = randomUUID

/** One chapter of the suite. `test` is vitest's `it`, or its `skip` for a rule the library cannot show. */
export type Chapter = (machine: () => Machine, test: (title: string, run: () => Promise<void>) => void) => void

/** Titles of tests to skip, each with the reason. */
export type Skips = Readonly<Record<string, string>>

/** Runs tests against a fresh library each; no allocation may be left. */
export function describeEngine(title: string, openLibrary: LibraryOpener, chapter: Chapter, skips: Skips = {}): void {
  describe(title, () => {
    let opened: OpenLibrary
    let machine: Machine
    let allocations: number

    beforeEach(async () => {
      allocations = liveAllocations()
      opened = await openLibrary()
      machine = new Machine(opened.fwp, opened.set)
    })

    afterEach(async () => {
      await machine.closeAll()
      await opened.close()
      expect(liveAllocations()).toBe(allocations)
    })

    chapter(
      () => machine,
      (name, run) => (name in skips ? it.skip(`${name} (${skips[name]})`, run) : it(name, run)),
    )
  })
}
