/**
 * Key managers (trusted intermediary agents) held by this process.
 *
 * @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-ipseckeymanageraddandregister0
 */

import { type Guid, parseDuration } from '../../../base/index.ts'
import type { KeyManagerSpec } from '../../../kinds/key-manager.ts'
import { keyManagerKeyOf } from '../../../kinds/keys.ts'
import { addressOf, type Resource } from '../../../manifest/index.ts'
import { EngineRefusal, type Registration } from '../../../reconcile/provider.ts'
import type { Library } from '../binding/call/bind.ts'
import { GUID_NULL, IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY } from '../binding/tables/constants/index.ts'
import { CallbackSession, refusing } from '../engine/index.ts'
import { callbacksOf, type KeyManagerCallbacks, startLoopClock } from './callbacks.ts'
import type { Complain } from './handlers/handler.ts'
import { openHandler } from './handlers/open.ts'

/** keyDictationTimeoutHint 0 means this. */
const DEFAULT_HINT_SECONDS = 5

/**
 * Registers a key manager with its handler, in a session of its own: the registration is bound to it, and registering is refused while a
 * transaction runs on the same handle.
 *
 * @throws UnusableResource  the handler cannot be opened; the engine was not asked
 * @throws EngineError  SEC_E_CANNOT_INSTALL for an image without FORCE_INTEGRITY; FWP_E_KEY_DICTATOR_ALREADY_REGISTERED or
 *   FWP_E_ALREADY_EXISTS for a second dictator
 */
export async function registerKeyManager(fwp: Library, resource: Resource): Promise<Registration> {
  const address = addressOf(resource)
  const calls = callsOf(fwp)
  const complain = complainOf(address)
  const hintMilliseconds = hintOf(resource) * 1000
  const handler = await openHandler(resource, complain, hintMilliseconds)
  const clock = startLoopClock()
  const end = async (): Promise<void> => {
    clock.close()
    await handler.close()
  }
  try {
    const options = { hintMilliseconds, possibleWait: clock.possibleWait, now: () => performance.now(), complain }
    const session = await register(fwp, calls, resource, () => callbacksOf(handler, options))
    const unregister = (): Promise<void> => refusing(() => session.close()).finally(end)
    const stands = () => session.stands()
    return { address, key: keyOf(resource), unregister, stands, ...(handler.failed && { failed: handler.failed }) }
  } catch (error) {
    await end()
    throw error
  }
}

interface Calls {
  readonly add: NonNullable<Library['IPsecKeyManagerAddAndRegister0']>
  readonly remove: NonNullable<Library['IPsecKeyManagerUnregisterAndDelete0']>
}

function callsOf(fwp: Library): Calls {
  const { IPsecKeyManagerAddAndRegister0: add, IPsecKeyManagerUnregisterAndDelete0: remove } = fwp
  if (add && remove) return { add, remove }
  throw new EngineRefusal('refused', {
    call: 'IPsecKeyManagerAddAndRegister0',
    status: 'ERROR_PROC_NOT_FOUND',
    code: '0x0000007f',
    meaning: 'this engine knows no key managers',
    help: 'key managers need Windows 8 or Windows Server 2012, or later',
  })
}

function register(
  fwp: Library,
  { add, remove }: Calls,
  resource: Resource,
  makeCallbacks: () => KeyManagerCallbacks,
): Promise<CallbackSession> {
  return CallbackSession.with(fwp, `wfpctl ${addressOf(resource)}`, async (session) => {
    const { engineHandle } = session
    const callbacks = makeCallbacks()
    for (const callback of Object.values(callbacks)) if (callback) session.keep(callback)
    const { keyMgmtHandle } = await add({
      engineHandle,
      keyManager: keyManagerObject(resource),
      keyManagerCallbacks: { reserved: GUID_NULL, flags: 0, ...callbacks },
    })
    session.atClose(() => remove({ engineHandle, keyMgmtHandle }))
    return session
  })
}

function keyManagerObject(resource: Resource) {
  const { role, description } = specOf(resource)
  return {
    keyManagerKey: keyOf(resource),
    displayData: { name: resource.name, description: description ?? null },
    flags: role === 'dictate' ? IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY : 0,
    keyDictationTimeoutHint: role === 'dictate' ? hintOf(resource) : 0,
  }
}

function specOf(resource: Resource): KeyManagerSpec {
  return resource.spec as KeyManagerSpec
}

function keyOf({ set, name }: Resource): Guid {
  return keyManagerKeyOf(set, name)
}

/** In seconds. */
function hintOf(resource: Resource): number {
  const spec = specOf(resource)
  return (spec.role === 'dictate' && parseDuration(spec.dictationTimeout)) || DEFAULT_HINT_SECONDS
}

/** A callback has no caller who could be told: Node prints a warning on stderr, and `process.on('warning')` sees it. */
function complainOf(address: string): Complain {
  return (what) => process.emitWarning(`${address}: ${what}`, 'KeyManagerWarning')
}
