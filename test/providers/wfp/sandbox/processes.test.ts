/** Several processes on one sandbox directory; some are killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../../../../src/providers/wfp/binding/call/callback.ts'
import * as C from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0 } from '../../../../src/providers/wfp/binding/tables/functions.ts'
import * as admin from '../../../../src/providers/wfp/sandbox/admin.ts'
import { FAULT_VARIABLE } from '../../../../src/providers/wfp/sandbox/fault.ts'
import { Machine, newKey, type OpenLibrary, refused } from '../../../conformance/machine.ts'
import * as sample from '../../../conformance/samples.ts'
import { type Compiled, compileSources } from '../../../support/compiled.ts'
import { openAt } from './sandboxes.ts'
import { temporaryDirectory } from './store/stores.ts'

/** Runs engine calls that come in, one JSON line each, and answers each with a line. */
const CHILD = `
import { createInterface } from 'node:readline'
import { bind } from './providers/wfp/binding/call/bind.js'
import { openSandbox } from './providers/wfp/sandbox/library.js'
import * as admin from './providers/wfp/sandbox/admin.js'
const [directory] = process.argv.slice(2)
const raw = openSandbox({ directory })
const fwp = bind(raw)
const revive = (_, value) => (value?.$bytes ? Uint8Array.from(value.$bytes) : value?.$bigint ? BigInt(value.$bigint) : value)
const flatten = (_, value) => (typeof value === 'bigint' ? String(value) : value)
for await (const line of createInterface({ input: process.stdin })) {
  const { call, args } = JSON.parse(line, revive)
  try {
    const result = call === 'addForeign' ? await admin.addForeign(raw) : await fwp[call](args)
    console.log(JSON.stringify({ result: result ?? null }, flatten))
  } catch (error) {
    console.log(JSON.stringify({ error: error.name }))
  }
}
fwp.unload()
`

const send = (_: string, value: unknown) =>
  value instanceof Uint8Array ? { $bytes: [...value] } : typeof value === 'bigint' ? { $bigint: String(value) } : value

class Other {
  readonly process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(script: string, directory: string, fault = '') {
    const env = { ...process.env, [FAULT_VARIABLE]: fault }
    this.process = spawn(process.execPath, [script, directory], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]()
  }

  /** The result, or the name of the refusal; undefined when the process died of the call. */
  async call(call: string, args: object = {}): Promise<unknown> {
    this.process.stdin!.write(`${JSON.stringify({ call, args }, send)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) return undefined
    const { result, error } = JSON.parse(value) as { result?: unknown; error?: string }
    return error ?? result
  }

  async open(more: Partial<sample.Session> = {}): Promise<number> {
    const args = {
      serverName: null,
      authnService: C.RPC_C_AUTHN_WINNT,
      authIdentity: null,
      session: sample.session(more),
    }
    return ((await this.call('FwpmEngineOpen0', args)) as { engineHandle: number }).engineHandle
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const gone = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await gone
  }
}

describe('processes on one directory', () => {
  let compiled: Compiled
  let script: string
  let directory: ReturnType<typeof temporaryDirectory>
  let opened: OpenLibrary
  let machine: Machine
  let handle: number
  const others: Other[] = []

  const start = (fault = '') => {
    const other = new Other(script, directory.path, fault)
    others.push(other)
    return other
  }

  beforeAll(() => {
    compiled = compileSources()
    script = join(compiled.directory, 'child.mjs')
    writeFileSync(script, CHILD)
  })

  afterAll(() => compiled.remove())

  beforeEach(async () => {
    directory = temporaryDirectory()
    opened = openAt({ directory: directory.path })
    machine = new Machine(opened.fwp)
    handle = await machine.open({ txnWaitTimeoutInMSec: 10_000 })
  })

  afterEach(async () => {
    for (const other of others.splice(0)) await other.kill()
    await machine.closeAll()
    await opened.close()
    directory.remove()
  })

  it('wait for each other without blocking the event loop', async () => {
    const other = start()
    const engineHandle = await other.open()
    await other.call('FwpmTransactionBegin0', { engineHandle, flags: 0 })
    let ticks = 0
    const ticking = setInterval(() => {
      ticks += 1
    }, 5)

    const impatient = await machine.open({ txnWaitTimeoutInMSec: 150 })
    await refused(machine.begin(impatient), 'FWP_E_TIMEOUT')
    const patient = machine.begin(handle)
    await other.call('FwpmTransactionCommit0', { engineHandle })
    await patient
    clearInterval(ticking)

    expect(ticks).toBeGreaterThan(5)
  })

  it('lose an open transaction, and the lock, when they are killed', async () => {
    const kept = await machine.addTunnel(handle)
    const before = await machine.filters(handle)
    const other = start()
    const engineHandle = await other.open()
    await other.call('FwpmTransactionBegin0', { engineHandle, flags: 0 })
    await other.call('FwpmIPsecTunnelDeleteByKey0', { engineHandle, key: kept })
    await other.call('FwpmIPsecTunnelAdd2', { engineHandle, ...sample.tunnel() })
    await other.kill()

    await machine.begin(handle)
    expect(await machine.filters(handle)).toEqual(before)
    await machine.abort(handle)
  })

  it('list what another one committed: all of it, and nothing of it in a snapshot taken before', async () => {
    const old = await machine.addTunnel(handle)
    const before = await machine.filters(handle)
    const other = start()
    const engineHandle = await other.open()
    await machine.begin(handle, C.FWPM_TXN_READ_ONLY)
    expect(await machine.filters(handle)).toEqual(before)

    await other.call('FwpmTransactionBegin0', { engineHandle, flags: 0 })
    await other.call('FwpmIPsecTunnelDeleteByKey0', { engineHandle, key: old })
    await other.call('FwpmIPsecTunnelAdd2', { engineHandle, ...sample.tunnel() })
    await other.call('FwpmTransactionCommit0', { engineHandle })

    expect(await machine.filters(handle)).toEqual(before)
    await machine.abort(handle)
    const fresh = openAt({ directory: directory.path })
    const afresh = new Machine(fresh.fwp)
    const after = await machine.filters(handle)
    expect(after).toEqual(await afresh.filters(await afresh.open()))
    expect(after).not.toEqual(before)
    await afresh.closeAll()
    await fresh.close()
  })

  it('lose dynamic objects, key managers and their session key when they are killed', async () => {
    const sessionKey = newKey()
    const other = start()
    const engineHandle = await other.open({ sessionKey, flags: C.FWPM_SESSION_FLAG_DYNAMIC })
    await other.call('FwpmIPsecTunnelAdd2', { engineHandle, ...sample.tunnel() })
    expect(await machine.filters(handle)).toHaveLength(9)
    await refused(machine.open({ sessionKey }), 'FWP_E_ALREADY_EXISTS')
    await other.kill()

    expect(await machine.filters(handle)).toEqual([])
    await machine.open({ sessionKey })
    expect((await admin.show({ directory: directory.path })).sessions).toHaveLength(3)
  })

  it('are before or after, never between, wherever an apply is killed', async () => {
    const steps = (engineHandle: number, key: string, oldKey: string): [string, object][] => [
      ['FwpmTransactionBegin0', { engineHandle, flags: 0 }],
      ['FwpmIPsecTunnelDeleteByKey0', { engineHandle, key: oldKey }],
      [
        'FwpmIPsecTunnelAdd2',
        {
          engineHandle,
          ...sample.tunnel({ tunnelPolicy: sample.quickMode({}, { providerContextKey: key }), mainModePolicy: null }),
        },
      ],
      ['FwpmTransactionCommit0', { engineHandle }],
      ['FwpmEngineClose0', { engineHandle }],
    ]
    const outcomes: string[] = []
    for (let count = 2; count <= 6; count += 1) {
      const [oldKey, key] = [await machine.addTunnel(handle, { mainModePolicy: null }), newKey()]
      const other = start(`*#${count}=kill`)
      const engineHandle = await other.open()
      for (const [call, args] of steps(engineHandle, key, oldKey))
        if ((await other.call(call, args)) === undefined) break
      await other.kill()

      const layers = async (of: string) => (await machine.filtersOf(handle, of)).length
      outcomes.push(`${await layers(oldKey)} ${await layers(key)}`)
    }

    // the kill strikes at the entry of the call: only the close comes after the commit
    expect(outcomes).toEqual(['8 0', '8 0', '8 0', '8 0', '0 8'])
  })

  it('tell each other of changes', async () => {
    const heard: string[] = []
    const callback = registered(FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0, ({ change }) => {
      heard.push(change.providerContextKey)
      return {}
    })
    const subscription = { enumTemplate: null, flags: C.FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD, sessionKey: C.GUID_NULL }
    await machine.fwp.FwpmProviderContextSubscribeChanges0({ engineHandle: handle, subscription, callback, context: 0 })
    const other = start()
    const key = await other.call('addForeign')
    for (let i = 0; i < 300 && heard.length === 0; i += 1) await new Promise((resolve) => setTimeout(resolve, 10))

    expect(heard).toEqual([key])
    await admin.setSwitch({ directory: directory.path }, 'notifications', 'off')
    await other.call('addForeign')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(heard).toEqual([key])
    await machine.close(handle)
    callback.release()
  })

  it('survive being created by several at once', async () => {
    const fresh = temporaryDirectory()
    const racers = [0, 1, 2].map(() => new Other(script, join(fresh.path, 'sandbox')))
    others.push(...racers)

    const keys = await Promise.all(racers.map((racer) => racer.call('addForeign')))

    const { contexts } = await admin.show({ directory: join(fresh.path, 'sandbox') })
    expect(contexts).toHaveLength(3)
    expect(new Set(keys).size).toBe(3)
    fresh.remove()
  })
})
