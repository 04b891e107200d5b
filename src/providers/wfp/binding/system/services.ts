/**
 * The state of Windows services, from advapi32.dll. Windows only.
 * @see https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-queryservicestatus
 */
import koffi from 'koffi'
import { allocate } from '../memory.ts'
import { EngineError } from '../tables/status/index.ts'

export interface Service {
  /** SERVICE_STATUS.dwCurrentState: 1 stopped … 4 running … 7 paused */
  readonly state: number
  /** QUERY_SERVICE_CONFIGW.dwStartType: 2 automatic, 3 on demand, 4 disabled; absent where it may not be read */
  readonly startType?: number
}

const SC_MANAGER_CONNECT = 1
const SERVICE_QUERY_CONFIG = 1
const SERVICE_QUERY_STATUS = 4
const ERROR_SERVICE_DOES_NOT_EXIST = 1060
const STATUS_BYTES = 28
/** The most that QueryServiceConfigW gives. */
const CONFIG_BYTES = 8192
const CURRENT_STATE = 4
const START_TYPE = 4

/** @returns undefined when there is no such service. @throws EngineError for any other failure */
export function queryService(name: string): Service | undefined {
  const calls = load()
  const manager = calls.openManager(null, null, SC_MANAGER_CONNECT)
  if (manager === 0) throw new EngineError('OpenSCManagerW', calls.lastError())
  try {
    const service = calls.openService(manager, name, SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG)
    if (service !== 0) return closing(service, calls, () => read(service, calls))
    const status = calls.lastError()
    if (status === ERROR_SERVICE_DOES_NOT_EXIST) return undefined
    throw new EngineError('OpenServiceW', status)
  } finally {
    calls.close(manager)
  }
}

interface Calls {
  readonly openManager: (machine: null, database: null, access: number) => number
  readonly openService: (manager: number, name: string, access: number) => number
  readonly queryStatus: (service: number, status: number) => number
  readonly queryConfig: (service: number, config: number, size: number, needed: number) => number
  readonly close: (handle: number) => number
  readonly lastError: () => number
}

let loaded: Calls | undefined

function load(): Calls {
  if (loaded) return loaded
  const advapi32 = koffi.load('advapi32.dll')
  const kernel32 = koffi.load('kernel32.dll')
  const handle = 'uintptr_t'
  loaded = {
    openManager: asNumber(advapi32.func('__stdcall', 'OpenSCManagerW', handle, ['str16', 'str16', 'uint32'])),
    openService: asNumber(advapi32.func('__stdcall', 'OpenServiceW', handle, [handle, 'str16', 'uint32'])),
    queryStatus: asNumber(advapi32.func('__stdcall', 'QueryServiceStatus', 'int32', [handle, handle])),
    queryConfig: asNumber(
      advapi32.func('__stdcall', 'QueryServiceConfigW', 'int32', [handle, handle, 'uint32', handle]),
    ),
    close: asNumber(advapi32.func('__stdcall', 'CloseServiceHandle', 'int32', [handle])),
    lastError: asNumber(kernel32.func('__stdcall', 'GetLastError', 'uint32', [])),
  }
  return loaded
}

/** koffi gives a word as a number, or as a bigint where it is large. */
function asNumber<A extends unknown[]>(call: (...args: A) => unknown): (...args: A) => number {
  return (...args) => Number(call(...args))
}

function closing<T>(handle: number, calls: Calls, work: () => T): T {
  try {
    return work()
  } finally {
    calls.close(handle)
  }
}

function read(service: number, calls: Calls): Service {
  const status = allocate(STATUS_BYTES)
  const config = allocate(CONFIG_BYTES + 8)
  try {
    if (calls.queryStatus(service, status.address) === 0) throw new EngineError('QueryServiceStatus', calls.lastError())
    const state = status.bytes.readUInt32LE(CURRENT_STATE)
    const known = calls.queryConfig(service, config.address, CONFIG_BYTES, config.address + CONFIG_BYTES) !== 0
    return known ? { state, startType: config.bytes.readUInt32LE(START_TYPE) } : { state }
  } finally {
    status.free()
    config.free()
  }
}
