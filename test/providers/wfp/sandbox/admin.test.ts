import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as admin from '../../../../src/providers/wfp/sandbox/admin.ts'
import { Machine, type OpenLibrary, refused } from '../../../conformance/machine.ts'
import * as sample from '../../../conformance/samples.ts'
import { openAt } from './sandboxes.ts'
import { temporaryDirectory } from './store/stores.ts'

describe('the other administrator', () => {
  let directory: ReturnType<typeof temporaryDirectory>
  let place: admin.Sandbox
  let opened: OpenLibrary
  let machine: Machine
  let handle: number

  beforeEach(async () => {
    directory = temporaryDirectory()
    place = { directory: directory.path }
    opened = openAt({ directory: directory.path })
    machine = new Machine(opened.fwp)
    handle = await machine.open()
  })

  afterEach(async () => {
    await machine.closeAll()
    await opened.close()
    directory.remove()
  })

  it('shows everything as JSON, and blobs by their size', async () => {
    const key = await machine.addTunnel(handle)
    await machine.addContext(handle, sample.general(sample.SECRET))

    const state = await admin.show(place)

    expect(state).toMatchObject({
      contexts: [{ providerContextKey: key, filters: 9 }, {}, { dataBuffer: '28 bytes' }],
      filters: { total: 9, other: 0 },
      switches: { integrity: 'ok', notifications: 'on', hide: '' },
    })
    expect(state.sessions).toHaveLength(2)
    expect(JSON.stringify(state)).not.toContain(Buffer.from(sample.SECRET).toString('hex'))
  })

  it('removes a tunnel with its policies and leaves what stands beside it', async () => {
    const parts = sample.tunnel()
    const record = sample.general()
    await machine.addTunnel(handle, parts)
    await machine.addContext(handle, record)

    await admin.remove(place, parts.tunnelPolicy.providerContextKey)

    expect((await admin.show(place)).contexts).toMatchObject([{ providerContextKey: record.providerContextKey }])
    expect(await machine.filters(handle)).toEqual([])
    await expect(admin.remove(place, record.providerContextKey)).rejects.toThrow('is not a tunnel')
  })

  it('tampers with one lifetime, never the same twice in a row, even when it is corrected in between', async () => {
    const tunnelPolicy = sample.quickMode()
    const key = await machine.addTunnel(handle, { tunnelPolicy })
    const before = await machine.getContext(handle, key)

    const first = await admin.tamper(place, key)
    const after = await machine.getContext(handle, key)
    await machine.deleteTunnel(handle, key)
    await machine.addTunnel(handle, { tunnelPolicy, mainModePolicy: null })
    const second = await admin.tamper(place, key)

    const proposals = [sample.proposal({ lifetime: { ...sample.proposal().lifetime, lifetimeSeconds: first } })]
    expect(after).toEqual({ ...before, ikeV2QmTunnelPolicy: sample.tunnelPolicy({ ipsecProposals: proposals }) })
    expect(new Set([3600, first, second]).size).toBe(3)
  })

  it('adds a tunnel of another provider each time', async () => {
    const keys = [await admin.addForeign(place), await admin.addForeign(place)]

    const { contexts, providers } = await admin.show(place)
    expect(contexts).toMatchObject(keys.map((providerContextKey) => ({ providerContextKey, filters: 8 })))
    expect(providers).toHaveLength(2)
  })

  it.each(['rras', 'firewall'])('adds a tunnel as %s would, which belongs to nobody, and removes it', async (shape) => {
    const keys = [await admin.addForeign(place, shape), await admin.addForeign(place, shape)]

    const { contexts, providers, filters } = await admin.show(place)
    const tunnels = (contexts as readonly { readonly displayData: object; readonly filters?: number }[]).filter(
      ({ filters: own }) => own !== undefined,
    )
    const names = tunnels.map(({ displayData }) => JSON.stringify(displayData))
    expect(tunnels).toMatchObject(keys.map((providerContextKey) => ({ providerContextKey, filters: 9 })))
    expect([providers, new Set(names).size]).toEqual([[], 1])
    expect(filters.other > 0).toBe(shape === 'firewall')
    for (const key of keys) await admin.remove(place, key)
    expect((await admin.show(place)).filters.total).toBe(0)
  })

  it('refuses to add what nobody has described', async () => {
    await expect(admin.addForeign(place, 'toaster')).rejects.toThrow('there are product, rras, firewall')
  })

  it('leaves the main-mode policy of a removed tunnel when the engine keeps it', async () => {
    const parts = sample.tunnel()
    await machine.addTunnel(handle, parts)
    await admin.setSwitch(place, 'main-mode', 'kept')

    await admin.remove(place, parts.tunnelPolicy.providerContextKey)

    const { providerContextKey } = parts.mainModePolicy!
    expect((await admin.show(place)).contexts).toMatchObject([{ providerContextKey }])
  })

  it('resets to an empty engine', async () => {
    await admin.addForeign(place)
    await admin.setSwitch(place, 'integrity', 'fail')
    await admin.reset(place)

    const { contexts, providers, filters, switches } = await admin.show(place)
    expect({ contexts, providers, total: filters.total, integrity: switches.integrity }).toEqual({
      contexts: [],
      providers: [],
      total: 0,
      integrity: 'ok',
    })
  })

  it('refuses a switch that is none, and a value that does not fit', async () => {
    await expect(admin.setSwitch(place, 'gravity', 'off')).rejects.toThrow('no switch gravity')
    await expect(admin.setSwitch(place, 'integrity', 'maybe')).rejects.toThrow('ok|fail')
    await expect(admin.setSwitch(place, 'fault', 'nonsense')).rejects.toThrow('CALL#N')
  })

  it('hides and rewrites fields on read-back and leaves what is stored alone', async () => {
    const key = await machine.addTunnel(handle)
    await admin.setSwitch(place, 'hide', 'ipsecProposals.*.pfsGroup,tunnelEndpoints.remoteV4Address')
    await admin.setSwitch(place, 'rewrite', 'saIdleTimeout.idleTimeoutSeconds=600')

    const read = await machine.getContext(handle, key)
    expect(read).toMatchObject({
      ikeV2QmTunnelPolicy: {
        ipsecProposals: [{ pfsGroup: 0, lifetime: { lifetimeSeconds: 3600 } }],
        tunnelEndpoints: { remoteV4Address: 0 },
        saIdleTimeout: { idleTimeoutSeconds: 600, idleTimeoutSecondsFailOver: 60 },
      },
    })
    await admin.setSwitch(place, 'hide', '')
    await admin.setSwitch(place, 'rewrite', '')
    expect(await machine.getContext(handle, key)).toMatchObject({ ikeV2QmTunnelPolicy: sample.tunnelPolicy() })
  })

  it('gives a context out alike whether the engine has to look into it or not', async () => {
    const general = sample.general(sample.SECRET)
    await machine.addContext(handle, general)
    const tunnel = sample.tunnel()
    await machine.addTunnel(handle, tunnel)
    const keys = [general, tunnel.tunnelPolicy, tunnel.mainModePolicy!].map((context) => context.providerContextKey)
    const read = (key: string) => machine.fwp.FwpmProviderContextGetByKey3!({ engineHandle: handle, key })
    const unread = await Promise.all(keys.map(read))
    await admin.setSwitch(place, 'hide', 'nothing.of.that.name')
    expect(await Promise.all(keys.map(read))).toEqual(unread)

    await admin.setSwitch(place, 'hide', 'ipsecProposals.*.pfsGroup')
    expect((await read(tunnel.tunnelPolicy.providerContextKey)).providerContext).toMatchObject({
      ikeV2QmTunnelPolicy: { ipsecProposals: [{ pfsGroup: 0 }] },
    })
  })

  it('makes readers wait for the writer when told to', async () => {
    await admin.setSwitch(place, 'reader-wait', '40')
    const writer = await machine.open()
    await machine.begin(writer)

    await refused(machine.filters(handle), 'FWP_E_TIMEOUT')
    await machine.commit(writer)
    expect(await machine.filters(handle)).toEqual([])
  })

  it('works on a library in memory, too', async () => {
    const memory = openAt('memory')
    const key = await admin.addForeign(memory.raw)

    expect((await admin.show(memory.raw)).contexts).toMatchObject([{ providerContextKey: key }])
    await memory.close()
  })
})

describe('secrets', () => {
  it('are in no file of the sandbox, and read back empty', async () => {
    const directory = temporaryDirectory()
    const opened = openAt({ directory: directory.path })
    const machine = new Machine(opened.fwp)
    const handle = await machine.open()
    const parts = sample.tunnel()
    await machine.addTunnel(handle, parts)

    const read = await machine.getContext(handle, parts.mainModePolicy!.providerContextKey)
    await machine.closeAll()
    await opened.close() // before a file is read: closing a file drops the locks that the process holds on it
    const files = readdirSync(directory.path, { withFileTypes: true, recursive: true }).filter((entry) =>
      entry.isFile(),
    )
    const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)))

    expect(files.map(({ name }) => name)).toContain('engine.db')
    expect(contents.filter((bytes) => bytes.includes(Buffer.from(sample.SECRET)))).toEqual([])
    expect(read).toMatchObject({
      ikeV2MmPolicy: { authenticationMethods: [{ presharedKeyAuthentication: { presharedKey: new Uint8Array(0) } }] },
    })
    directory.remove()
  })
})
