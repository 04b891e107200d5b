import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bind } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { claimSet, otherSessions } from '../../../../src/providers/wfp/engine/claims.ts'
import { openSandbox } from '../../../../src/providers/wfp/sandbox/library.ts'
import { EngineRefusal } from '../../../../src/reconcile/provider.ts'

let directory: string
const open: { close?(): unknown }[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'wfpctl-claims-'))
})
afterEach(async () => {
  for (const raw of open.splice(0)) await raw.close?.()
  rmSync(directory, { recursive: true, force: true })
})

function engine() {
  const raw = openSandbox({ directory })
  open.push(raw)
  return bind(raw)
}

describe('claimSet', () => {
  it('gives a set to one watcher, and tells the second who has it', async () => {
    const [first, second] = [engine(), engine()]

    const claim = await claimSet(first, 'vpn')
    const refused = await claimSet(second, 'vpn')

    expect(claim.held).toBe(true)
    expect(refused).toEqual({ held: false, holder: `process ${process.pid} (wfpctl watch of set vpn)` })
  })

  it('keeps sets apart, and gives a released one again', async () => {
    const [first, second] = [engine(), engine()]
    const claim = await claimSet(first, 'vpn')

    expect((await claimSet(second, 'lab')).held).toBe(true)
    if (claim.held) await claim.release()

    expect((await claimSet(second, 'vpn')).held).toBe(true)
  })
})

describe('claimSet, where the engine answers by an error and does it all the same', () => {
  it('takes a session that it has, and was not told of, for its own', async () => {
    process.env.WFPCTL_SANDBOX_FAULT = 'FwpmEngineOpen0#1=done:FWP_E_OUT_OF_BOUNDS'
    try {
      const fwp = engine()
      await expect(claimSet(fwp, 'doubted-open')).rejects.toThrow('FWP_E_OUT_OF_BOUNDS')

      expect((await claimSet(fwp, 'doubted-open')).held).toBe(true)
    } finally {
      delete process.env.WFPCTL_SANDBOX_FAULT
    }
  })

  it('has a claim again that it could not let go of', async () => {
    process.env.WFPCTL_SANDBOX_FAULT = 'FwpmEngineClose0#1=FWP_E_OUT_OF_BOUNDS'
    try {
      const fwp = engine()
      const claim = await claimSet(fwp, 'doubted-close')
      if (claim.held) await expect(claim.release()).rejects.toThrow(EngineRefusal)

      expect((await claimSet(fwp, 'doubted-close')).held).toBe(true)
    } finally {
      delete process.env.WFPCTL_SANDBOX_FAULT
    }
  })
})

describe('where nobody may list sessions', () => {
  it.each(['FwpmSessionCreateEnumHandle0', 'FwpmSessionEnum0'])(
    "(%s), a set is another process' all the same",
    async (call) => {
      await claimSet(engine(), 'vpn')
      process.env.WFPCTL_SANDBOX_FAULT = `${call}#1+=ERROR_ACCESS_DENIED`
      try {
        const second = engine()

        expect(await claimSet(second, 'vpn')).toEqual({ held: false, holder: 'another process' })
        expect(await otherSessions(second)).toEqual([])
      } finally {
        delete process.env.WFPCTL_SANDBOX_FAULT
      }
    },
  )

  it('an engine that is gone is gone', async () => {
    await claimSet(engine(), 'vpn')
    process.env.WFPCTL_SANDBOX_FAULT = 'FwpmSessionEnum0#1+=RPC_S_SERVER_UNAVAILABLE'
    try {
      await expect(claimSet(engine(), 'vpn')).rejects.toThrow('RPC_S_SERVER_UNAVAILABLE')
    } finally {
      delete process.env.WFPCTL_SANDBOX_FAULT
    }
  })
})

describe('otherSessions', () => {
  it('leaves out our own', async () => {
    const fwp = engine()
    await claimSet(fwp, 'vpn')

    expect(await otherSessions(fwp)).toEqual([])
  })
})
