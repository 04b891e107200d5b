/** A watcher on a sandbox of its own, with manifests in memory and time in the test's hand. */

import { onTestFinished } from 'vitest'
import { kindsByName } from '../../../src/kinds/index.ts'
import { tunnelKeyOf } from '../../../src/kinds/keys.ts'
import { bind } from '../../../src/providers/wfp/binding/call/bind.ts'
import { WfpProvider } from '../../../src/providers/wfp/provider.ts'
import * as admin from '../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../../src/providers/wfp/sandbox/library.ts'
import {
  EngineRefusal,
  type KeyedResource,
  type SetTransaction,
  type WatchableProvider,
} from '../../../src/reconcile/provider.ts'
import type { EventName, WatchEvent } from '../../../src/reconcile/watch/events.ts'
import { Watcher, type WatchOptions } from '../../../src/reconcile/watch/watcher.ts'
import { ManualClock } from './manual-clock.ts'

export type EventOf<E extends EventName> = Extract<WatchEvent, { event: E }>

export interface Trouble {
  /** every call says that there is no engine */
  down: boolean
  /** called at each add of a tunnel, before it */
  beforeAdd: (resource: KeyedResource['resource']) => Promise<void>
  opened: number
}

export interface Bench {
  readonly clock: ManualClock
  readonly watcher: Watcher
  readonly trouble: Trouble
  readonly events: WatchEvent[]
  of<E extends EventName>(event: E): EventOf<E>[]
  /** Changes files; a file without text is deleted. Nobody is told. */
  put(files: { readonly [path: string]: string | undefined }): void
  /** Changes files and says so. */
  save(files: { readonly [path: string]: string | undefined }): Promise<void>
  /** Moves the clock, and waits until the passes that this led to are over. */
  later(milliseconds: number): Promise<void>
  /** Moves the clock by little steps until something is so: notifications take real time. */
  until(isSo: () => boolean): Promise<void>
  /** Starts, and waits until the first tree is enforced. */
  begin(): Promise<void>
  names(): Promise<string[]>
  readonly raw: ReturnType<typeof openSandbox>
  /** Somebody else, on the same engine. */
  other<T>(work: (provider: WfpProvider) => Promise<T>): Promise<T>
  readonly admin: {
    remove(name: string, set?: string): Promise<void>
    tamper(name: string, set?: string): Promise<number>
    set(name: string, value: string): Promise<void>
    show(): ReturnType<typeof admin.show>
  }
  /** another watcher of the same engine */
  second(options?: Partial<WatchOptions>): Bench
}

export const SETTLE = 250

export function bench(files: { readonly [path: string]: string }, options: Partial<WatchOptions> = {}): Bench {
  const raw = openSandbox('memory')
  onTestFinished(async () => void (await raw.close?.()))
  return benchOn(raw, files, options)
}

function benchOn(
  raw: ReturnType<typeof openSandbox>,
  start: { readonly [path: string]: string },
  options: Partial<WatchOptions>,
): Bench {
  const clock = new ManualClock()
  const events: WatchEvent[] = []
  const trouble: Trouble = { down: false, beforeAdd: async () => {}, opened: 0 }
  let files: { readonly [path: string]: string | undefined } = start
  const watcher = new Watcher({
    source: {
      read: async () => {
        const present = Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [{ path, text }]))
        return { files: present, diagnostics: [], state: 'moving' }
      },
      onChange: async () => ({ close: async () => {} }),
    },
    sourceNames: ['memory'],
    engineName: 'sandbox',
    kinds: kindsByName,
    openProvider: async () => {
      trouble.opened += 1
      requireUp(trouble)
      return breakable(await openOn(raw), trouble)
    },
    policy: { host: 'test-host' },
    settleMilliseconds: SETTLE,
    heartbeatMilliseconds: 3_600_000,
    clock,
    random: () => 1,
    listener: (event) => events.push(event),
    ...options,
  })
  onTestFinished(() => watcher.stop('test ended'))
  const of = <E extends EventName>(event: E) => events.filter((e): e is EventOf<E> => e.event === event)
  const later = async (milliseconds: number) => {
    const steps = Math.max(1, Math.ceil(milliseconds / 30))
    for (let i = 0; i < steps; i++) {
      await clock.advance(milliseconds / steps)
      await watcher.idle()
    }
  }
  const put: Bench['put'] = (changed) => {
    files = { ...files, ...changed }
  }
  return {
    clock,
    watcher,
    trouble,
    events,
    of,
    put,
    later,
    save: async (changed) => {
      put(changed)
      watcher.mark('files')
      await later(60)
    },
    until: async (isSo) => {
      const deadline = Date.now() + 20_000
      while (!isSo()) {
        if (Date.now() > deadline) throw new Error(`it did not come to that: ${JSON.stringify(events.slice(-5))}`)
        await new Promise((resolve) => setTimeout(resolve, 2))
        await later(30)
      }
    },
    begin: async () => {
      await watcher.start()
      await later(SETTLE + 30)
    },
    names: async () => {
      const provider = await openOn(raw)
      const listed = await provider.list({ all: false })
      await provider.close()
      return listed.map((resource) => resource.address)
    },
    raw,
    other: async (work) => {
      const provider = await openOn(raw)
      try {
        return await work(provider)
      } finally {
        await provider.close()
      }
    },
    admin: {
      remove: (name, set = 'vpn') => admin.remove(raw, tunnelKeyOf(set, name)),
      tamper: (name, set = 'vpn') => admin.tamper(raw, tunnelKeyOf(set, name)),
      set: (name, value) => admin.setSwitch(raw, name, value),
      show: () => admin.show(raw),
    },
    second: (more = {}) => benchOn(raw, start, more),
  }
}

function requireUp(trouble: Trouble): void {
  if (!trouble.down) return
  throw new EngineRefusal('unavailable', {
    call: 'FwpmTransactionBegin0',
    status: 'RPC_S_SERVER_UNAVAILABLE',
    code: '0x000006ba',
    meaning: 'the engine is away',
  })
}

function openOn(raw: ReturnType<typeof openSandbox>): Promise<WfpProvider> {
  const closeLibrary = async () => {}
  return WfpProvider.open(bind(raw), { name: 'sandbox', lockTimeoutMilliseconds: 1_000, closeLibrary })
}

/** The provider, and a switch to pull its plug. */
function breakable(provider: WfpProvider, trouble: Trouble): WatchableProvider {
  const whileUp =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      requireUp(trouble)
      return call(...args)
    }
  const disturbed = (tx: SetTransaction): SetTransaction => ({
    observe: (queries) => tx.observe(queries),
    ensureOwner: () => tx.ensureOwner(),
    removeOwner: (set) => tx.removeOwner(set),
    add: async (addition) => {
      await trouble.beforeAdd(addition.resource)
      return tx.add(addition)
    },
    remove: (observed) => tx.remove(observed),
    readBack: (keys, digestKey) => tx.readBack(keys, digestKey),
    record: (...args) => tx.record(...args),
    find: (...args) => tx.find(...args),
    forget: (observed) => tx.forget(observed),
    shownSecrets: (observed) => tx.shownSecrets(observed),
    noted: (note) => tx.noted(note),
    note: (note, data) => tx.note(note, data),
    unsettled: () => tx.unsettled(),
  })
  return {
    name: provider.name,
    kinds: provider.kinds,
    check: (resources) => provider.check(resources),
    observe: whileUp((queries) => provider.observe(queries)),
    ownedSets: whileUp(() => provider.ownedSets()),
    list: whileUp((options) => provider.list(options)),
    notes: whileUp((set) => provider.notes(set)),
    registered: whileUp(() => provider.registered()),
    transaction: async (set, work) => {
      requireUp(trouble)
      return provider.transaction(set, (tx) => work(disturbed(tx)))
    },
    register: whileUp((resource) => provider.register(resource)),
    onChange: whileUp((listener) => provider.onChange(listener)),
    claim: whileUp((set) => provider.claim(set)),
    forget: () => provider.forget(),
    others: whileUp(() => provider.others()),
    close: () => provider.close(),
  }
}
