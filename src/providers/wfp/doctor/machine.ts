/** Findings about the machine and this process, before any engine is asked: the system, the account, and what the running image's header says. */

import { open } from 'node:fs/promises'
import { release, userInfo, version } from 'node:os'
import type { Service } from '../binding/system/services.ts'
import { EngineError } from '../binding/tables/status/index.ts'
import { type Finding, finding } from './finding.ts'

/** What doctor looks at; tests give another. */
export interface Machine {
  readonly platform: NodeJS.Platform
  /** `10.0.22631` */
  readonly release: string
  /** `Windows 11 Pro` */
  readonly version: string
  readonly account: string
  readonly imagePath: string
  /** the first bytes of a file */
  readHead(path: string): Promise<Uint8Array>
  /** undefined: no such service */
  service(name: string): Promise<Service | undefined>
}

const HEAD_BYTES = 64 * 1024

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    release: release(),
    version: version(),
    account: accountName(),
    imagePath: process.execPath,
    readHead,
    service: async (name) => (await import('../binding/system/services.ts')).queryService(name),
  }
}

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // an account without an entry in the user database
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

export async function machineFindings(machine: Machine): Promise<Finding[]> {
  return [platform(machine), account(machine), await image(machine)]
}

/** The build from which FwpmIPsecTunnelAdd3 is documented: Windows 10 1709. */
const ADD3_BUILD = 16_299

function platform({ platform: name, release: build, version: product }: Machine): Finding {
  if (name !== 'win32') {
    return finding('platform', 'info', `${name} ${build}: the real engine is on Windows only`, {
      details: { platform: name, release: build },
    })
  }
  const details = { platform: name, release: build, version: product }
  const number = Number(build.split('.')[2])
  if (build.startsWith('10.') && number >= ADD3_BUILD)
    return finding('platform', 'ok', `${product}, build ${build}`, { details })
  return finding('platform', 'warning', `${product}, build ${build}: older than Windows 10 1709`, {
    fix: 'compartments and traffic selectors need a newer Windows; everything else works',
    details,
  })
}

function account({ account: name, platform: system }: Machine): Finding {
  const details = { account: name }
  if (system === 'win32' && /^system$/i.test(name)) return finding('account', 'ok', 'runs as LocalSystem', { details })
  return finding('account', 'info', `runs as ${name}`, {
    ...(system === 'win32' && { fix: 'for a service, use LocalSystem: it has the rights without elevation' }),
    details,
  })
}

async function image({ imagePath, platform: system, readHead: head }: Machine): Promise<Finding> {
  const found = await head(imagePath).then(readImage, () => undefined)
  if (!found) {
    const why = system === 'win32' ? 'its header cannot be read' : 'it is not a Windows image'
    return finding('image', 'skipped', `${imagePath} was not looked at: ${why}`)
  }
  const details = { path: imagePath, forceIntegrity: found.forceIntegrity }
  if (found.forceIntegrity) {
    return finding('image', 'ok', `${imagePath} carries FORCE_INTEGRITY: Windows may let it register key managers`, {
      details,
    })
  }
  return finding('image', 'warning', `${imagePath} does not carry FORCE_INTEGRITY: Windows refuses its key managers`, {
    fix: 'IPsecKeyManagerAddAndRegister0 will answer SEC_E_CANNOT_INSTALL; tunnels are not concerned. For key managers run wfpctl from an image linked with /INTEGRITYCHECK and signed',
    details,
  })
}

export interface Image {
  /** IMAGE_FILE_MACHINE_*, e.g. 0x8664 for x64 */
  readonly machine: number
  /** IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY: linked with /INTEGRITYCHECK, loaded only with a trusted signature */
  readonly forceIntegrity: boolean
}

const DOS_MAGIC = 0x5a4d // MZ
const PE_OFFSET = 0x3c // e_lfanew
const PE_MAGIC = 0x4550 // PE\0\0
const COFF_SIZE = 20
const OPTIONAL_MAGICS = [0x10b, 0x20b] // PE32, PE32+
const DLL_CHARACTERISTICS = 70 // in the optional header, the same in both
const FORCE_INTEGRITY = 0x80

/** @param bytes the beginning of a file. @returns undefined for anything but a Windows image */
export function readImage(bytes: Uint8Array): Image | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < PE_OFFSET + 4 || view.getUint16(0, true) !== DOS_MAGIC) return undefined
  const pe = view.getUint32(PE_OFFSET, true)
  const optional = pe + 4 + COFF_SIZE
  if (optional + DLL_CHARACTERISTICS + 2 > bytes.length || view.getUint32(pe, true) !== PE_MAGIC) return undefined
  if (!OPTIONAL_MAGICS.includes(view.getUint16(optional, true))) return undefined
  const characteristics = view.getUint16(optional + DLL_CHARACTERISTICS, true)
  return { machine: view.getUint16(pe + 4, true), forceIntegrity: (characteristics & FORCE_INTEGRITY) !== 0 }
}

interface Known {
  readonly name: string
  readonly title: string
  /** what does not work while it is not running */
  readonly without: string
  /** whether that is so even before there is a tunnel */
  readonly always: boolean
}

const SERVICES: readonly Known[] = [
  { name: 'BFE', title: 'Base Filtering Engine', without: 'every call fails with EPT_S_NOT_REGISTERED', always: true },
  {
    name: 'IKEEXT',
    title: 'IKE and AuthIP keying modules',
    without: 'tunnels can be applied, but negotiate nothing',
    always: false,
  },
]

const RUNNING = 4
const DISABLED = 4
const STATES = ['', 'stopped', 'starting', 'stopping', 'running', 'continuing', 'pausing', 'paused']
const START_TYPES = ['boot', 'system', 'automatic', 'on demand', 'disabled']

/** @param real the engine is that of Windows: the sandbox has no services */
export async function serviceFindings(machine: Machine, real: boolean): Promise<Finding[]> {
  if (machine.platform !== 'win32' || !real) {
    const why = real ? 'there are none outside Windows' : 'the sandbox needs none'
    return SERVICES.map(({ name }) =>
      finding(`service.${name}`, 'skipped', `the service ${name} was not looked at: ${why}`),
    )
  }
  return Promise.all(SERVICES.map((known) => serviceFinding(machine, known)))
}

async function serviceFinding(machine: Machine, known: Known): Promise<Finding> {
  const { name, title } = known
  try {
    const service = await machine.service(name)
    if (service) return judged(known, service)
    return finding(`service.${name}`, 'error', `there is no service ${name} (${title})`, {
      fix: 'this Windows lacks a part of itself, or it is not Windows at all',
    })
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return finding(`service.${name}`, 'skipped', `the service ${name} was not looked at: ${error.message}`)
  }
}

function judged({ name, title, without, always }: Known, { state, startType }: Service): Finding {
  const words = {
    state: STATES[state] ?? String(state),
    startType: startType === undefined ? null : (START_TYPES[startType] ?? String(startType)),
  }
  if (state === RUNNING) return finding(`service.${name}`, 'ok', `${name} (${title}) is running`, { details: words })
  const disabled = startType === DISABLED
  const fix = disabled
    ? `sc config ${name} start= ${always ? 'auto' : 'demand'}, then sc start ${name}`
    : `sc start ${name}`
  // IKEEXT is started by Windows when the first IPsec policy comes
  const status = always ? 'error' : disabled ? 'warning' : 'info'
  return finding(
    `service.${name}`,
    status,
    `${name} (${title}) is ${words.state}${disabled ? ' and disabled' : ''}: ${without}`,
    {
      ...(status !== 'info' && { fix }),
      details: words,
    },
  )
}
