import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind, implement, type RawCall, type RawLibrary } from '../../../../../src/providers/wfp/binding/call/bind.ts'
import { allocate, copyOut, copyTo, liveAllocations } from '../../../../../src/providers/wfp/binding/memory.ts'
import * as C from '../../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { EngineError, statusOf } from '../../../../../src/providers/wfp/binding/tables/status/index.ts'
import * as S from '../../../../../src/providers/wfp/binding/tables/structs/index.ts'

const provider = {
  providerKey: '0d4be5c2-7f1f-4b55-9a3e-0c9a5c1f2b3d',
  displayData: { name: 'branch-vpn', description: null },
  flags: C.FWPM_PROVIDER_FLAG_PERSISTENT,
  providerData: new Uint8Array([1, 2, 3]),
  serviceName: null,
}

let before: number
beforeEach(() => {
  before = liveAllocations()
})
afterEach(() => {
  expect(liveAllocations()).toBe(before)
})

describe('bind and implement', () => {
  it('carry arguments in and out parameters back', async () => {
    const seen: unknown[] = []
    const fwp = bind(
      implement({
        FwpmEngineOpen0: (args) => {
          seen.push(args)
          return { engineHandle: 7 }
        },
        FwpmProviderAdd0: async (args) => {
          seen.push(args)
        },
      }),
    )

    const session = {
      sessionKey: C.GUID_NULL,
      displayData: { name: 'wfpctl', description: null },
      flags: C.FWPM_SESSION_FLAG_DYNAMIC,
      txnWaitTimeoutInMSec: 15_000,
      processId: 0,
      sid: null,
      username: null,
      kernelMode: 0,
    }
    const open = { serverName: null, authnService: C.RPC_C_AUTHN_WINNT, authIdentity: null, session }
    const { engineHandle } = await fwp.FwpmEngineOpen0(open)
    const added = await fwp.FwpmProviderAdd0({ engineHandle, provider, sd: null })

    expect(engineHandle).toBe(7)
    expect(added).toEqual({})
    expect(seen).toEqual([open, { engineHandle: 7, provider, sd: null }])
  })

  it('copy a page out of one allocation and give it back', async () => {
    const fwp = bind(implement({ FwpmProviderEnum0: () => ({ entries: [provider, { ...provider, flags: 0 }] }) }))

    const page = await fwp.FwpmProviderEnum0({ engineHandle: 1, enumHandle: 2, numEntriesRequested: 100 })

    expect(page).toEqual({ entries: [provider, { ...provider, flags: 0 }] })
  })

  it('give back nothing where nothing was allocated', async () => {
    const fwp = bind(implement({ FwpmProviderEnum0: () => ({ entries: [] }) }))

    const page = await fwp.FwpmProviderEnum0({ engineHandle: 1, enumHandle: 2, numEntriesRequested: 100 })

    expect(page).toEqual({ entries: [] })
  })

  it('turn a refusal into the same status on the other side', async () => {
    const raw = implement({
      FwpmProviderDeleteByKey0: () => {
        throw new EngineError('FwpmProviderDeleteByKey0', 0x80320005)
      },
    })

    const call = bind(raw).FwpmProviderDeleteByKey0({ engineHandle: 1, key: provider.providerKey })

    await expect(call).rejects.toMatchObject({
      call: 'FwpmProviderDeleteByKey0',
      status: 0x80320005,
      name: 'FWP_E_PROVIDER_NOT_FOUND',
    })
    expect(raw.failures).toEqual([])
  })

  it.each([
    ['an error', new Error('boom')],
    ['an error with status 0', Object.assign(new Error('boom'), { status: 0 })],
    ['nothing', undefined],
  ])('turn %s thrown in the engine into ERROR_INTERNAL_ERROR, never into success', async (_, thrown) => {
    const raw = implement({
      FwpmTransactionAbort0: async () => {
        throw thrown
      },
    })

    await expect(bind(raw).FwpmTransactionAbort0({ engineHandle: 1 })).rejects.toMatchObject({ status: 1359 })
    expect(raw.failures).toEqual([thrown])
  })

  it('let an engine say in words of its own what its status means', async () => {
    const words = { meaning: 'the store of this engine is full', help: 'make room' }
    const raw = implement({
      FwpmTransactionCommit0: () => {
        throw new EngineError('FwpmTransactionCommit0', 1727, words)
      },
      FwpmTransactionAbort0: () => {
        throw Object.assign(new Error('no words'), { status: 5 })
      },
    })
    const errorOf = (call: Promise<unknown>) => call.catch((error: unknown) => error)

    const commit = await errorOf(bind(raw).FwpmTransactionCommit0({ engineHandle: 1 }))
    const abort = await errorOf(bind(raw).FwpmTransactionAbort0({ engineHandle: 1 }))

    expect(commit).toMatchObject({
      ...words,
      name: 'RPC_S_CALL_FAILED_DNE',
      message: expect.stringContaining(words.meaning),
    })
    expect(abort).toMatchObject({ name: 'ERROR_ACCESS_DENIED', meaning: statusOf(5).meaning })
    expect(raw.failures).toEqual([])
  })

  it('answer a NULL where the SDK wants a reference as RPC does', () => {
    const raw = implement({ FwpmProviderDeleteByKey0: () => ({}) })

    expect(raw.calls.FwpmProviderDeleteByKey0!(1, 0)).toBe(1780)
  })

  it('refuse a call that the library does not export', async () => {
    await expect(bind(implement({})).FwpmTransactionBegin0({ engineHandle: 1, flags: 0 })).rejects.toMatchObject({
      name: 'ERROR_PROC_NOT_FOUND',
    })
    expect(bind(implement({})).FwpmIPsecTunnelAdd3).toBeUndefined()
  })

  it('let many calls overlap, each with memory of its own', async () => {
    const fwp = bind(
      implement({ FwpmProviderGetByKey0: async ({ key }) => ({ provider: { ...provider, providerKey: key } }) }),
    )
    const keys = Array.from({ length: 50 }, (_, i) => `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`)

    const all = await Promise.all(keys.map((key) => fwp.FwpmProviderGetByKey0({ engineHandle: 1, key })))

    expect(all.map((outs) => outs.provider.providerKey)).toEqual(keys)
  })

  it('leave nothing of the arguments behind: they may hold a key', async () => {
    let address = 0
    let during = ''
    const raw: RawLibrary = {
      name: 'peeking',
      calls: {
        FwpmProviderAdd0: (_, given) => {
          address = Number(given)
          during = copyOut(address, 64).toString('hex')
          return 0
        },
      },
    }

    await bind(raw).FwpmProviderAdd0({ engineHandle: 1, provider, sd: null })

    expect(during).not.toBe('00'.repeat(64))
    expect(copyOut(address, 64).toString('hex')).toBe('00'.repeat(64))
  })

  it('leave nothing of an answer behind when it is freed: it may hold a key', async () => {
    const inner = implement({ FwpmProviderEnum0: () => ({ entries: [provider] }) })
    const freed: number[] = []
    const FwpmFreeMemory0: RawCall = (cell) => {
      const address = Number(copyOut(Number(cell), 8).readBigUInt64LE())
      freed.push(address)
      expect(copyOut(address, 200).includes(Buffer.from('branch-vpn', 'utf16le'))).toBe(true)
      return inner.calls.FwpmFreeMemory0!(cell)
    }
    const fwp = bind({ ...inner, calls: { ...inner.calls, FwpmFreeMemory0 } })

    await fwp.FwpmProviderEnum0({ engineHandle: 1, enumHandle: 2, numEntriesRequested: 100 })

    expect(freed).toHaveLength(1)
    expect(copyOut(freed[0]!, 200).toString('hex')).toBe('00'.repeat(200))
  })

  it('refuse a library that gives memory and takes none back', async () => {
    const memory = allocate(S.FWPM_PROVIDER0.size)
    const get: RawCall = (_, __, cell) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(BigInt(memory.address))
      copyTo(Number(cell), bytes)
      return 0
    }

    const call = bind({ name: 'keeping', calls: { FwpmProviderGetByKey0: get } }).FwpmProviderGetByKey0({
      engineHandle: 1,
      key: C.GUID_NULL,
    })

    await expect(call).rejects.toThrow('FwpmFreeMemory0 returned ERROR_PROC_NOT_FOUND')
    memory.free()
  })
})
