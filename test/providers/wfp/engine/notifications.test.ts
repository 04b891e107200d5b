import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind, type Library } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { RPC_C_AUTHN_WINNT } from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { EngineError } from '../../../../src/providers/wfp/binding/tables/status/index.ts'
import { subscribe } from '../../../../src/providers/wfp/engine/notifications.ts'
import { openSandbox } from '../../../../src/providers/wfp/sandbox/library.ts'

const PROVIDER = '8f3a2b6e-8f41-4d7b-9c2e-7b1d5a9e0c11'
const CONTEXT = '8f3a2b6e-8f41-4d7b-9c2e-7b1d5a9e0c12'

let fwp: Library
let raw: ReturnType<typeof openSandbox>
let engineHandle: number
const closers: { close(): Promise<void> }[] = []

beforeEach(async () => {
  raw = openSandbox('memory')
  fwp = bind(raw)
  engineHandle = await open()
})
afterEach(async () => {
  for (const closer of closers.splice(0)) await closer.close()
  fwp.unload()
  expect(raw.failures).toEqual([])
})

async function open(): Promise<number> {
  const opened = await fwp.FwpmEngineOpen0({
    serverName: null,
    authnService: RPC_C_AUTHN_WINNT,
    authIdentity: null,
    session: null,
  })
  return opened.engineHandle
}

async function listen(listener: () => void): Promise<{ close(): Promise<void> }> {
  const subscription = await subscribe(fwp, { changed: () => {}, listener })
  closers.push(subscription)
  return subscription
}

async function addContext(key: string): Promise<void> {
  await fwp.FwpmProviderContextAdd1({
    engineHandle,
    providerContext: {
      providerContextKey: key,
      displayData: { name: 'a context', description: null },
      flags: 0,
      providerKey: null,
      providerData: new Uint8Array(),
      type: 8,
      dataBuffer: new Uint8Array([1]),
      providerContextId: 0n,
    },
    sd: null,
  })
}

async function sessions(): Promise<number> {
  const { enumHandle } = await fwp.FwpmSessionCreateEnumHandle0({ engineHandle, enumTemplate: null })
  const { entries } = await fwp.FwpmSessionEnum0({ engineHandle, enumHandle, numEntriesRequested: 100 })
  await fwp.FwpmSessionDestroyEnumHandle0({ engineHandle, enumHandle })
  return entries.length
}

const SILENT = { changed: () => {}, listener: () => {} }
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))

describe('subscribe', () => {
  it('calls the listener when a context is added, and again when it is deleted', async () => {
    let calls = 0
    await listen(() => {
      calls += 1
    })

    await addContext(CONTEXT)
    await expect.poll(() => calls).toBe(1)
    await fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key: CONTEXT })

    await expect.poll(() => calls).toBe(2)
  })

  it('hears the other sessions of its own process', async () => {
    const heard = new Promise<void>((resolve) => listen(resolve).then(() => addContext(CONTEXT)))

    await expect(heard).resolves.toBeUndefined()
  })

  it('says nothing of objects that are neither contexts nor filters', async () => {
    let calls = 0
    await listen(() => {
      calls += 1
    })

    await fwp.FwpmProviderAdd0({
      engineHandle,
      provider: {
        providerKey: PROVIDER,
        displayData: { name: 'a provider', description: null },
        flags: 0,
        providerData: new Uint8Array(),
        serviceName: null,
      },
      sd: null,
    })
    await settled()

    expect(calls).toBe(0)
  })

  it('makes one call of a burst of changes', async () => {
    let calls = 0
    await listen(() => {
      calls += 1
    })

    await fwp.FwpmTransactionBegin0({ engineHandle, flags: 0 })
    for (let i = 10; i < 60; i += 1) await addContext(`8f3a2b6e-8f41-4d7b-9c2e-7b1d5a9e0c${i}`)
    await fwp.FwpmTransactionCommit0({ engineHandle })
    await expect.poll(() => calls).toBeGreaterThan(0)
    await settled()

    expect(calls).toBe(1)
  })

  it('is silent once closed, and leaves no session behind', async () => {
    let calls = 0
    const before = await sessions()
    const subscription = await listen(() => {
      calls += 1
    })
    expect(await sessions()).toBe(before + 1)

    await subscription.close()
    await addContext(CONTEXT)
    await settled()

    expect(calls).toBe(0)
    expect(await sessions()).toBe(before)
  })

  it('drops a hint that still waits when it is closed', async () => {
    let calls = 0
    const subscription = await listen(() => {
      calls += 1
    })

    const closing = addContext(CONTEXT).then(() => subscription.close())
    await closing
    await settled()

    expect(calls).toBe(0)
  })

  it('closes its session again when the engine refuses the subscription', async () => {
    const before = await sessions()
    const refusing: Library = {
      ...fwp,
      FwpmFilterSubscribeChanges0: () => Promise.reject(new EngineError('FwpmFilterSubscribeChanges0', 5)),
    }

    await expect(subscribe(refusing, SILENT)).rejects.toMatchObject({ name: 'ERROR_ACCESS_DENIED' })

    expect(await sessions()).toBe(before)
  })

  it('closes quietly when the engine ended the session', async () => {
    const aborted = (): Promise<never> => Promise.reject(new EngineError('FwpmEngineClose0', 0x80320010))
    const subscription = await subscribe({ ...fwp, FwpmFilterUnsubscribeChanges0: aborted }, SILENT)

    await expect(subscription.close()).resolves.toBeUndefined()
  })

  it('reports what else goes wrong at closing, and still closes the session', async () => {
    const before = await sessions()
    const denied = (): Promise<never> => Promise.reject(new EngineError('FwpmFilterUnsubscribeChanges0', 5))
    const subscription = await subscribe({ ...fwp, FwpmFilterUnsubscribeChanges0: denied }, SILENT)

    await expect(subscription.close()).rejects.toMatchObject({ status: 'ERROR_ACCESS_DENIED' })

    expect(await sessions()).toBe(before)
  })
})
