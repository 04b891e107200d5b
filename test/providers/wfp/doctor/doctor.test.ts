import { describe, expect, it } from 'vitest'
import type { RawLibrary } from '../../../../src/providers/wfp/binding/call/bind.ts'
import { EngineError } from '../../../../src/providers/wfp/binding/tables/status/index.ts'
import type { Finding, FindingStatus } from '../../../../src/providers/wfp/doctor/finding.ts'
import { type DoctorOptions, examine } from '../../../../src/providers/wfp/doctor/index.ts'
import type { Machine } from '../../../../src/providers/wfp/doctor/machine.ts'
import { addForeign } from '../../../../src/providers/wfp/sandbox/admin.ts'
import { openSandbox } from '../../../../src/providers/wfp/sandbox/library.ts'
import { image } from '../../../support/pe.ts'

const RUNNING = 4
const STOPPED = 1
const windows: Machine = {
  platform: 'win32',
  release: '10.0.22631',
  version: 'Windows 11 Pro',
  account: 'SYSTEM',
  imagePath: 'C:\\node.exe',
  readHead: async () => image({ characteristics: 0x8160 }),
  service: async () => ({ state: RUNNING, startType: 2 }),
}

async function findings(
  machine: Partial<Machine> = {},
  raw: RawLibrary = openSandbox('memory'),
  options: Partial<DoctorOptions> = {},
): Promise<readonly Finding[]> {
  const all = {
    engine: 'wfp',
    probe: false,
    lockTimeoutMilliseconds: 100,
    machine: { ...windows, ...machine },
    ...options,
  }
  return (await examine(async () => raw, all)).findings
}
const find = async (check: string, ...args: Parameters<typeof findings>): Promise<Finding | undefined> =>
  (await findings(...args)).find((finding) => finding.check === check)

/** A library of which one call returns a status. */
function failing(call: string, status: number): RawLibrary {
  const raw = openSandbox('memory')
  return { ...raw, calls: { ...raw.calls, [call]: () => status } }
}
function without(...calls: string[]): RawLibrary {
  const raw = openSandbox('memory')
  return { ...raw, calls: Object.fromEntries(Object.entries(raw.calls).filter(([name]) => !calls.includes(name))) }
}

describe('examine', () => {
  it('has nothing to mend on a machine where all is well but the image', async () => {
    const statuses = Object.fromEntries((await findings()).map(({ check, status }) => [check, status]))

    expect(statuses).toEqual({
      platform: 'ok',
      account: 'ok',
      image: 'warning',
      'service.BFE': 'ok',
      'service.IKEEXT': 'ok',
      exports: 'ok',
      calls: 'ok',
      rights: 'ok',
      foreign: 'ok',
      keyManagers: 'info',
    } satisfies Record<string, FindingStatus>)
  })

  it('says what FORCE_INTEGRITY of the running image means for key managers', async () => {
    expect(await find('image')).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('SEC_E_CANNOT_INSTALL'),
    })
    expect(await find('image', { readHead: async () => image({ characteristics: 0x80 }) })).toMatchObject({
      status: 'ok',
    })
    expect(await find('image', { readHead: () => Promise.reject(new Error('EACCES')) })).toMatchObject({
      status: 'skipped',
    })
  })

  it('warns of a Windows that lacks the newest call', async () => {
    expect(await find('platform', { release: '10.0.14393' })).toMatchObject({ status: 'warning' })
    expect(await find('platform', { release: '6.3.9600' })).toMatchObject({ status: 'warning' })
  })

  it.each([
    ['a stopped BFE', 'BFE', { state: STOPPED, startType: 2 }, 'error', 'sc start BFE'],
    [
      'a disabled BFE',
      'BFE',
      { state: STOPPED, startType: 4 },
      'error',
      'sc config BFE start= auto, then sc start BFE',
    ],
    ['a missing BFE', 'BFE', undefined, 'error', expect.any(String)],
    [
      'a disabled IKEEXT',
      'IKEEXT',
      { state: STOPPED, startType: 4 },
      'warning',
      'sc config IKEEXT start= demand, then sc start IKEEXT',
    ],
  ] as const)('tells how to mend %s', async (_, name, service, status, fix) => {
    const finding = await find(`service.${name}`, {
      service: async (asked) => (asked === name ? service : { state: RUNNING }),
    })

    expect(finding).toMatchObject({ status, fix })
  })

  it('does not mind an IKEEXT that waits for the first tunnel', async () => {
    expect(await find('service.IKEEXT', { service: async () => ({ state: STOPPED, startType: 3 }) })).toMatchObject({
      status: 'info',
      details: { state: 'stopped', startType: 'on demand' },
    })
  })

  it('says why a service could not be asked', async () => {
    const service = () => Promise.reject(new EngineError('OpenSCManagerW', 5))

    expect(await find('service.BFE', { service })).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('OpenSCManagerW returned ERROR_ACCESS_DENIED'),
    })
  })

  it('asks no service outside Windows, nor for the sandbox', async () => {
    expect(await find('service.BFE', { platform: 'linux' })).toMatchObject({ status: 'skipped' })
    expect(await find('service.BFE', {}, openSandbox('memory'), { engine: 'sandbox' })).toMatchObject({
      status: 'skipped',
    })
  })

  it('names the call version chosen', async () => {
    expect(await find('calls', {}, without('FwpmIPsecTunnelAdd3'))).toMatchObject({ details: { version: 2 } })
    expect(await find('calls', {}, without('FwpmIPsecTunnelAdd3', 'FwpmIPsecTunnelAdd2'))).toMatchObject({
      details: { version: 1 },
    })
  })

  it('names a needed export that is missing', async () => {
    expect(await find('exports', {}, without('FwpmFilterEnum0'))).toMatchObject({
      status: 'error',
      message: 'sandbox lacks FwpmFilterEnum0',
    })
  })

  it('knows an account without rights by the write transaction that is refused', async () => {
    expect(await find('rights', {}, failing('FwpmTransactionBegin0', 5))).toMatchObject({
      status: 'error',
      fix: expect.stringContaining('elevated'),
    })
  })

  it('does not take a lock that somebody holds for missing rights', async () => {
    expect(await find('rights', {}, failing('FwpmTransactionBegin0', 0x80320012))).toMatchObject({ status: 'warning' })
  })

  it('goes on where the engine does not open, and says what it could not look at', async () => {
    const found = await findings({}, failing('FwpmEngineOpen0', 1753))

    expect(found.find(({ check }) => check === 'session')).toMatchObject({
      status: 'error',
      fix: expect.stringContaining('sc start BFE'),
    })
    expect(found.filter(({ status }) => status === 'skipped').map(({ check }) => check)).toEqual([
      'rights',
      'foreign',
      'keyManagers',
    ])
  })

  it('makes a finding of a library that cannot be loaded', async () => {
    const open = () => Promise.reject(new EngineError('LoadLibrary', 126))

    const { findings: found } = await examine(open, {
      engine: 'wfp',
      probe: true,
      lockTimeoutMilliseconds: 100,
      machine: windows,
    })

    expect(found.find(({ check }) => check === 'library')).toMatchObject({
      status: 'error',
      message: expect.stringContaining('ERROR_MOD_NOT_FOUND'),
    })
  })

  it('lists the tunnels of others under their owner', async () => {
    const raw = openSandbox('memory')
    const key = await addForeign(raw)

    expect(await find('foreign', {}, raw)).toMatchObject({
      status: 'info',
      message: '1 tunnel of Contoso: wfpctl leaves them alone',
      details: { provider: 'Contoso', tunnels: [{ key }] },
    })
  })

  it('lets a bug be a bug', async () => {
    const open = () => Promise.reject(new TypeError('oops'))

    await expect(
      examine(open, { engine: 'wfp', probe: false, lockTimeoutMilliseconds: 100, machine: windows }),
    ).rejects.toThrow('oops')
  })
})
