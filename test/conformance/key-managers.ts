/** @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-ipseckeymanageraddandregister0 */
import { expect } from 'vitest'
import { registered } from '../../src/providers/wfp/binding/call/callback.ts'
import type { Value } from '../../src/providers/wfp/binding/ctype/index.ts'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import {
  type IPSEC_KEY_MANAGER_CALLBACKS0,
  IPSEC_KEY_MANAGER_DICTATE_KEY0,
  IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0,
  IPSEC_KEY_MANAGER_NOTIFY_KEY0,
  type IPSEC_KEY_MANAGER0,
} from '../../src/providers/wfp/binding/tables/structs/index.ts'
import { type Chapter, type Machine, newKey, refused } from './machine.ts'

type KeyManager = Value<typeof IPSEC_KEY_MANAGER0>
type Callbacks = Value<typeof IPSEC_KEY_MANAGER_CALLBACKS0>

/** Kept for the whole run: a function pointer must outlive its registration. */
const notify = registered(IPSEC_KEY_MANAGER_NOTIFY_KEY0, () => ({}))
const check = registered(IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0, () => ({ willDictateKey: 0, weight: 0 }))
const dictate = registered(IPSEC_KEY_MANAGER_DICTATE_KEY0, (sas) => ({ ...sas, keyingModuleGenKey: 1 }))

const NOTIFYING: Callbacks = {
  reserved: C.GUID_NULL,
  flags: 0,
  keyDictationCheck: null,
  keyDictation: null,
  keyNotify: notify,
}
const DICTATING: Callbacks = { ...NOTIFYING, keyDictationCheck: check, keyDictation: dictate }
const DICTATOR = { flags: C.IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY }

export async function registerKeyManager(
  machine: Pick<Machine, 'fwp'>,
  engineHandle: number,
  more: Partial<KeyManager> = {},
  callbacks = NOTIFYING,
): Promise<number> {
  const display = { name: 'a key manager', description: null }
  const keyManager = { keyManagerKey: newKey(), displayData: display, flags: 0, keyDictationTimeoutHint: 0, ...more }
  const add = machine.fwp.IPsecKeyManagerAddAndRegister0!
  return (await add({ engineHandle, keyManager, keyManagerCallbacks: callbacks })).keyMgmtHandle
}

async function keys(machine: Machine, engineHandle: number): Promise<string[]> {
  return (await machine.fwp.IPsecKeyManagersGet0!({ engineHandle })).entries.map(({ keyManagerKey }) => keyManagerKey)
}

export const keyManagers: Chapter = (machine, test) => {
  test('IPsecKeyManagersGet0 lists every key manager until it is unregistered', async () => {
    const [first, second] = [await machine().open(), await machine().open()]
    const keyManagerKey = newKey()
    const keyMgmtHandle = await registerKeyManager(machine(), first, { keyManagerKey })

    expect(await keys(machine(), second)).toEqual([keyManagerKey])
    await machine().fwp.IPsecKeyManagerUnregisterAndDelete0!({ engineHandle: first, keyMgmtHandle })
    expect(await keys(machine(), second)).toEqual([])
  })

  test('a key manager ends with the session that registered it', async () => {
    const [first, second] = [await machine().open(), await machine().open()]
    await registerKeyManager(machine(), first)
    await machine().close(first)

    expect(await keys(machine(), second)).toEqual([])
  })

  test('FWP_E_TXN_IN_PROGRESS: "cannot be called from within a transaction"', async () => {
    const handle = await machine().open()
    await machine().begin(handle)

    await refused(registerKeyManager(machine(), handle), 'FWP_E_TXN_IN_PROGRESS')
  })

  test('FWP_E_INVALID_INTERVAL: keyDictationTimeoutHint is at most 10 seconds', async () => {
    const handle = await machine().open()
    await registerKeyManager(machine(), handle, { keyDictationTimeoutHint: 10 })

    await refused(registerKeyManager(machine(), handle, { keyDictationTimeoutHint: 11 }), 'FWP_E_INVALID_INTERVAL')
  })

  test('FWP_E_ALREADY_EXISTS: keyManagerKey is given once', async () => {
    const handle = await machine().open()
    const keyManagerKey = newKey()
    await registerKeyManager(machine(), handle, { keyManagerKey })

    await refused(registerKeyManager(machine(), handle, { keyManagerKey }), 'FWP_E_ALREADY_EXISTS')
  })

  test('one key manager dictates; many are told', async () => {
    const handle = await machine().open()
    await registerKeyManager(machine(), handle, DICTATOR, DICTATING)
    await registerKeyManager(machine(), handle)

    const second = registerKeyManager(machine(), handle, DICTATOR, DICTATING)
    await refused(second, 'FWP_E_KEY_DICTATOR_ALREADY_REGISTERED', 'FWP_E_ALREADY_EXISTS')
  })

  test('"If IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY is not set, only keyNotify should be specified"', async () => {
    const handle = await machine().open()

    await refused(registerKeyManager(machine(), handle, {}, DICTATING), 'FWP_E_INVALID_PARAMETER')
  })

  test('a dictating key manager "must specify all three callbacks"', async () => {
    const handle = await machine().open()

    await refused(
      registerKeyManager(machine(), handle, DICTATOR, NOTIFYING),
      'FWP_E_NULL_POINTER',
      'FWP_E_INVALID_PARAMETER',
    )
  })

  test('reserved and flags of the callbacks are zero', async () => {
    const handle = await machine().open()

    await refused(registerKeyManager(machine(), handle, {}, { ...NOTIFYING, flags: 1 }), 'FWP_E_INVALID_FLAGS')
    await refused(registerKeyManager(machine(), handle, {}, { ...NOTIFYING, reserved: newKey() }), 'FWP_E_RESERVED')
  })
}
