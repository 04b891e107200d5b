/** Key managers registered in a sandbox of their own, and an engine that calls them from a foreign thread. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, vi } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { keyManager } from '../../src/kinds/key-manager.ts'
import type { Resource } from '../../src/manifest/model.ts'
import { bind, type Library } from '../../src/providers/wfp/binding/call/bind.ts'
import { liveAllocations } from '../../src/providers/wfp/binding/memory.ts'
import {
  IPSEC_KEY_MANAGER_DICTATE_KEY0,
  IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0,
  IPSEC_KEY_MANAGER_NOTIFY_KEY0,
} from '../../src/providers/wfp/binding/tables/structs/index.ts'
import { registerKeyManager } from '../../src/providers/wfp/key-managers/register.ts'
import { engineOf, openSandbox } from '../../src/providers/wfp/sandbox/library.ts'
import type { Registration } from '../../src/reconcile/provider.ts'
import { callFromForeignThread } from './foreign-thread.ts'
import { manifestOf } from './manifest.ts'
import { keysOf, saDetails, traffic } from './negotiation.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/key-managers')
/** The bytes of the keys that `notify` hands out, as a log would spell them. */
export const KEY_IN_HEX = /(5a){8}|(5b){8}/i

/** Makes everything anew for each test, and checks after each that nothing is left. */
export function useKeyManagers() {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-key-managers-'))
  let raw: ReturnType<typeof openSandbox>
  let fwp: Library
  let held: Registration[]
  const warnings: string[] = []

  beforeEach(() => {
    raw = openSandbox('memory')
    fwp = bind(raw)
    held = []
    warnings.length = 0
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
  })
  afterEach(async () => {
    for (const registration of held) await registration.unregister()
    fwp.unload()
    vi.restoreAllMocks()
    expect(raw.failures).toEqual([])
    expect(liveAllocations()).toBe(0)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const resourceOf = (spec: JsonObject, name = 'tia'): Resource => {
    const manifest = manifestOf('KeyManager', spec, { name, path: join(folder, 'key-manager.yaml') })
    return { kind: keyManager, name, set: 'default', labels: {}, spec, manifest }
  }
  const registered = () => engineOf(raw)!.keyManagers.registered
  const only = () => registered()[0]!.callbacks
  return {
    folder,
    warnings,
    resourceOf,
    /** what the engine was given */
    registered,
    sessions: () => engineOf(raw)!.store.sessions.live(),
    fwp: () => fwp,
    audit: (file: string) => resourceOf({ role: 'notify', handler: { builtin: 'audit-log', file } }, 'sa-audit'),
    notifying: (module = 'notify.mjs') => resourceOf({ role: 'notify', handler: { module: join(FIXTURES, module) } }),
    dictating: (module = 'dictate.mjs', dictationTimeout = '2s') =>
      resourceOf({ role: 'dictate', handler: { module: join(FIXTURES, module) }, dictationTimeout }),
    register: async (resource: Resource): Promise<Registration> => {
      const registration = await registerKeyManager(fwp, resource)
      held.push(registration)
      return registration
    },
    /** Leaves the registrations to the end of the process: their handlers never settle. */
    abandon: () => {
      held = []
    },
    notify: async (): Promise<void> => {
      await callFromForeignThread(IPSEC_KEY_MANAGER_NOTIFY_KEY0, only().keyNotify!, {
        inboundSa: saDetails('inbound', keysOf(0x5a)),
        outboundSa: saDetails('outbound', keysOf(0x5a)),
      })
    },
    check: () =>
      callFromForeignThread(IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0, only().keyDictationCheck!, { ikeTraffic: traffic }),
    dictate: () =>
      callFromForeignThread(IPSEC_KEY_MANAGER_DICTATE_KEY0, only().keyDictation!, {
        inboundSaDetails: saDetails('inbound', keysOf(0)),
        outboundSaDetails: saDetails('outbound', keysOf(0)),
      }),
  }
}
