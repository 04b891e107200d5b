/** Key managers on real foreign threads: the DLL calls from threads of its own and states what it was answered. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind } from '../../src/providers/wfp/binding/call/bind.ts'
import { type Registered, registered } from '../../src/providers/wfp/binding/call/callback.ts'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'
import {
  GUID_NULL,
  IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY,
  RPC_C_AUTHN_WINNT,
} from '../../src/providers/wfp/binding/tables/constants/index.ts'
import {
  IPSEC_KEY_MANAGER_DICTATE_KEY0,
  IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0,
  IPSEC_KEY_MANAGER_NOTIFY_KEY0,
} from '../../src/providers/wfp/binding/tables/structs/index.ts'
import type { Json } from './statement.ts'
import { forgetTrace, negotiate, trace } from './witness.ts'

const KEY = 'c0ffee00-0000-4000-8000-000000000001'
const POLICY_ID = 4711
const fwp = bind(loadNative())

let engineHandle: number
let callbacks: Registered<never>[]
beforeEach(async () => {
  forgetTrace()
  callbacks = []
  const opened = await fwp.FwpmEngineOpen0({
    serverName: null,
    authnService: RPC_C_AUTHN_WINNT,
    authIdentity: null,
    session: null,
  })
  engineHandle = opened.engineHandle
})
afterEach(async () => {
  await fwp.FwpmEngineClose0({ engineHandle })
  for (const callback of callbacks) callback.release()
})

function kept<T extends { release(): void }>(callback: T): T {
  callbacks.push(callback as unknown as Registered<never>)
  return callback
}

async function register(
  flags: number,
  functions: { check?: unknown; dictate?: unknown; notify: unknown },
): Promise<number> {
  const { keyMgmtHandle } = await fwp.IPsecKeyManagerAddAndRegister0!({
    engineHandle,
    keyManager: {
      keyManagerKey: KEY,
      displayData: { name: 'audit', description: null },
      flags,
      keyDictationTimeoutHint: 2,
    },
    keyManagerCallbacks: {
      reserved: GUID_NULL,
      flags: 0,
      keyDictationCheck: (functions.check ?? null) as never,
      keyDictation: (functions.dictate ?? null) as never,
      keyNotify: functions.notify as never,
    },
  })
  return keyMgmtHandle
}

/** Waits for the DLL to state an event. */
async function event(name: string): Promise<{ [key: string]: Json }> {
  for (let tries = 0; tries < 500; tries++) {
    const found = trace().find((line) => line.event === name)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`the DLL did not state ${name}`)
}

describe('a key manager on the test DLL', () => {
  it('is told the keys on a thread that is not ours', async () => {
    const told: unknown[] = []
    const notify = kept(
      registered(IPSEC_KEY_MANAGER_NOTIFY_KEY0, (args) => {
        told.push(structuredClone(args))
        return {}
      }),
    )
    const keyMgmtHandle = await register(0, { notify })
    const registration = trace().find(({ call }) => call === 'IPsecKeyManagerAddAndRegister0')

    negotiate(POLICY_ID)
    const stated = await event('keyNotify')

    expect(stated.thread).not.toBe(registration?.thread)
    expect(told).toMatchObject([
      {
        inboundSa: {
          traffic: { tunnelPolicyId: BigInt(POLICY_ID) },
          saBundle: {
            saList: [{ espAuthAndCipherInformation: { saCipherInformation: { cipherKey: bytes(0x10, 16) } } }],
          },
        },
        outboundSa: { saBundle: { saList: [{ spi: 0x1001 }] } },
      },
    ])
    await fwp.IPsecKeyManagerUnregisterAndDelete0!({ engineHandle, keyMgmtHandle })
  })

  it('dictates keys into the buffers it is given, and the answer comes in time', async () => {
    const check = kept(registered(IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0, () => ({ willDictateKey: 1, weight: 9 })))
    const dictate = kept(
      registered(
        IPSEC_KEY_MANAGER_DICTATE_KEY0,
        ({ inboundSaDetails, outboundSaDetails }) =>
          ({
            inboundSaDetails: withKey(inboundSaDetails, 0xaa),
            outboundSaDetails: withKey(outboundSaDetails, 0xbb),
            keyingModuleGenKey: 0,
          }) as never,
      ),
    )
    const notify = kept(registered(IPSEC_KEY_MANAGER_NOTIFY_KEY0, () => ({})))
    await register(IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY, { check, dictate, notify })

    negotiate(POLICY_ID)
    await event('keyNotify')

    expect(await event('keyDictationCheck')).toMatchObject({ willDictateKey: 1, weight: 9 })
    expect(await event('keyDictation')).toMatchObject({
      status: 0,
      late: 0,
      used: 1,
      inboundSaDetails: cipherKey('aa'.repeat(16)),
      outboundSaDetails: cipherKey('bb'.repeat(16)),
    })
  })
})

function bytes(start: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => start + i)
}

function cipherKey(hex: string): object {
  return { saBundle: { saList: [{ espAuthAndCipherInformation: { saCipherInformation: { cipherKey: hex } } }] } }
}

/** The same association with another cipher key of the same length. */
function withKey<T>(details: T, byte: number): T {
  const copy = structuredClone(details) as {
    saBundle: { saList: { espAuthAndCipherInformation: { saCipherInformation: { cipherKey: Uint8Array } } }[] }
  }
  for (const sa of copy.saBundle.saList) sa.espAuthAndCipherInformation.saCipherInformation.cipherKey.fill(byte)
  return copy as T
}
