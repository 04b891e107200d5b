import { describe, expect, it, onTestFinished } from 'vitest'
import { bind, type RawLibrary } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { liveAllocations } from '../../../../src/providers/wfp/binding/memory.ts'
import { EngineError, statusTable } from '../../../../src/providers/wfp/binding/tables/status/index.ts'
import { refusing } from '../../../../src/providers/wfp/engine/refusals.ts'
import { Session } from '../../../../src/providers/wfp/engine/session.ts'
import { openSandbox } from '../../../../src/providers/wfp/sandbox/library.ts'

const statusOf = (name: string) => [...statusTable.values()].find((s) => s.name === name)?.value as number

/** A session whose calls answer with the scripted statuses, each once, instead of being made; calls are written down. */
async function scripted(faults: Readonly<Record<string, readonly string[]>>) {
  const raw = openSandbox('memory')
  const left = new Map(Object.entries(faults).map(([call, names]) => [call, [...names]]))
  const calls: string[] = []
  const watched: RawLibrary = {
    name: 'scripted',
    calls: Object.fromEntries(
      Object.entries(raw.calls).map(([name, call]) => [
        name,
        call &&
          ((...words) => {
            calls.push(name)
            const status = left.get(name)?.shift()
            return status === undefined || status === 'ok' ? call(...words) : statusOf(status)
          }),
      ]),
    ),
  }
  const session = await Session.open(bind(watched), 1000)
  onTestFinished(async () => {
    await session.close()
    raw.close?.()
  })
  return { session, calls }
}

const committing = async () => ({ commit: true, value: 'done' })

describe('Session', () => {
  it('commits when the work says so, aborts when it says no', async () => {
    const { session, calls } = await scripted({})

    await session.transaction('write', committing)
    await session.transaction('write', async () => ({ commit: false, value: undefined }))

    expect(calls.filter((c) => c.startsWith('FwpmTransaction'))).toEqual([
      'FwpmTransactionBegin0',
      'FwpmTransactionCommit0',
      'FwpmTransactionBegin0',
      'FwpmTransactionAbort0',
    ])
  })

  it('keeps the first error when the abort fails too', async () => {
    const { session } = await scripted({ FwpmTransactionAbort0: ['FWP_E_NO_TXN_IN_PROGRESS'] })
    const first = new EngineError('FwpmIPsecTunnelAdd3', statusOf('FWP_E_ALREADY_EXISTS'))

    await expect(session.transaction('write', () => Promise.reject(first))).rejects.toBe(first)
  })

  it('takes a failed commit for a failure: only a zero commit means done', async () => {
    const { session } = await scripted({ FwpmTransactionCommit0: ['ERROR_ACCESS_DENIED'] })

    await expect(session.transaction('write', committing)).rejects.toMatchObject({ name: 'ERROR_ACCESS_DENIED' })
    expect(await session.transaction('write', committing)).toBe('done')
  })

  it.each(['FWP_E_SESSION_ABORTED', 'EPT_S_NOT_REGISTERED'])(
    'opens a new session after %s and does the work again from the start',
    async (status) => {
      const { session, calls } = await scripted({ FwpmTransactionBegin0: [status] })

      expect(await session.transaction('write', committing)).toBe('done')
      expect(calls.filter((c) => c === 'FwpmEngineOpen0')).toHaveLength(2)
    },
  )

  it('does the work again when the session is lost at the commit', async () => {
    const { session } = await scripted({ FwpmTransactionCommit0: ['FWP_E_SESSION_ABORTED'] })
    let runs = 0

    await session.transaction('write', async () => ({ commit: true, value: ++runs }))

    expect(runs).toBe(2)
  })

  it('gives up when the new session is lost too', async () => {
    const { session } = await scripted({ FwpmTransactionBegin0: ['FWP_E_SESSION_ABORTED', 'FWP_E_SESSION_ABORTED'] })

    await expect(session.transaction('read', committing)).rejects.toMatchObject({ name: 'FWP_E_SESSION_ABORTED' })
  })

  it('does the work again when the loss comes as a refusal, and goes on in a new session where an abort failed', async () => {
    const { session, calls } = await scripted({ FwpmTransactionAbort0: ['FWP_E_TIMEOUT'] })
    let runs = 0
    const losing = async () => {
      if (++runs === 1) await refusing(() => Promise.reject(new EngineError('FwpmProviderAdd0', 1726)))
      return { commit: true, value: runs }
    }

    expect(await session.transaction('write', losing)).toBe(2)
    expect(await session.transaction('write', async () => ({ commit: false, value: 'read' }))).toBe('read')
    expect(await session.transaction('write', committing)).toBe('done')
    expect(calls.filter((c) => c === 'FwpmEngineOpen0')).toHaveLength(2)
  })

  it('keeps what was read, and the first error, when the enumerator is not destroyed', async () => {
    const { session } = await scripted({
      FwpmProviderEnum0: ['ok', 'FWP_E_TIMEOUT'],
      FwpmProviderDestroyEnumHandle0: ['ERROR_ACCESS_DENIED', 'ERROR_ACCESS_DENIED'],
    })
    const pages = () =>
      session.enumerate({
        create: (engineHandle) => session.fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null }),
        next: (args) => session.fwp.FwpmProviderEnum0(args),
        destroy: (args) => session.fwp.FwpmProviderDestroyEnumHandle0(args),
      })

    expect(await pages().next()).toMatchObject({ done: false })
    await expect(
      (async () => {
        for await (const _ of pages()) expect(_).toEqual([])
      })(),
    ).rejects.toMatchObject({ name: 'FWP_E_TIMEOUT' })
  })

  it('destroys an enumerator that was not read to its end, and frees what it read', async () => {
    const { session, calls } = await scripted({ FwpmProviderEnum0: ['FWP_E_TIMEOUT'] })
    const before = liveAllocations()
    const pages = session.enumerate({
      create: (engineHandle) => session.fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null }),
      next: (args) => session.fwp.FwpmProviderEnum0(args),
      destroy: (args) => session.fwp.FwpmProviderDestroyEnumHandle0(args),
    })

    await expect(pages.next()).rejects.toMatchObject({ name: 'FWP_E_TIMEOUT' })

    expect(calls.at(-1)).toBe('FwpmProviderDestroyEnumHandle0')
    expect(liveAllocations()).toBe(before)
  })
})
