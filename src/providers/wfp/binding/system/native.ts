/**
 * fwpuclnt.dll, on Windows: each function of the table that it exports, called as the table says.
 *
 * Exports are probed one by one; version numbers are not looked at. Calls that may block or call back run on koffi's threads, so that the
 * event loop stays free for the callbacks they may be waiting for.
 */
import koffi from 'koffi'
import type { RawCall, RawLibrary } from '../call/bind.ts'
import { type Parameters, signature } from '../call/signature.ts'
import type { Word } from '../call/transfer.ts'
import { type CFunction, functions } from '../tables/functions.ts'
import { EngineError } from '../tables/status/index.ts'

const ERROR_INVALID_PARAMETER = 87
const ERROR_MOD_NOT_FOUND = 126
const MAX_PATH = 260
const CURRENT_PROCESS = -1
const TOKEN_QUERY = 0x0008
/** TokenElevation of TOKEN_INFORMATION_CLASS */
const TOKEN_ELEVATION = 20
const CONVERT = 'ConvertStringSecurityDescriptorToSecurityDescriptorW'

type Native = ReturnType<ReturnType<typeof koffi.load>['func']>

/**
 * Loads the library.
 *
 * @param path  another DLL with the same exports, for tests; also `WFPCTL_FWPUCLNT`, unless this process has rights that others lack
 * @throws EngineError ERROR_MOD_NOT_FOUND where there is none: on every other system
 */
export function loadNative(path?: string): RawLibrary {
  if (process.platform !== 'win32') throw new EngineError('LoadLibrary', ERROR_MOD_NOT_FOUND)
  const name = path ?? (overridden() || systemFile('fwpuclnt.dll'))
  const library = open(name)
  const calls: Record<string, RawCall | undefined> = { ...systemCalls() }
  for (const [name, f] of Object.entries<CFunction<Parameters>>(functions))
    if (name !== CONVERT) calls[name] = exported(library, name, f)
  const freeMemory = probe(() => library.func('__stdcall', 'FwpmFreeMemory0', 'void', ['uintptr_t']))
  calls.FwpmFreeMemory0 = freeMemory && succeed(freeMemory)
  return { name, calls, close: () => library.unload() }
}

/** Whoever sets a variable of a process must not choose what it runs with the rights of an administrator. */
function overridden(): string | undefined {
  const path = process.env.WFPCTL_FWPUCLNT
  return path === undefined || path === '' || isElevated() ? undefined : path
}

/**
 * A file of the system folder by its whole path. By its name alone the loader would look beside node.exe first.
 * @see https://learn.microsoft.com/windows/win32/api/sysinfoapi/nf-sysinfoapi-getsystemdirectoryw
 */
function systemFile(name: string): string {
  const folder = Buffer.alloc(MAX_PATH * 2)
  const length = koffi
    .load('kernel32.dll') // of the known DLLs, which are never looked for
    .func('__stdcall', 'GetSystemDirectoryW', 'uint32', ['void *', 'uint32'])(folder, MAX_PATH) as number
  if (length === 0 || length >= MAX_PATH) throw new EngineError('GetSystemDirectoryW', ERROR_MOD_NOT_FOUND)
  return `${folder.toString('utf16le', 0, length * 2)}\\${name}`
}

/** @see https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-gettokeninformation */
function isElevated(): boolean {
  if (isWine()) return false // it calls every process elevated, and lends it no rights but its user's
  const advapi32 = koffi.load(systemFile('advapi32.dll'))
  const kernel32 = koffi.load('kernel32.dll')
  const open = advapi32.func('__stdcall', 'OpenProcessToken', 'int32', ['intptr_t', 'uint32', 'void *'])
  const query = advapi32.func('__stdcall', 'GetTokenInformation', 'int32', [
    ...['intptr_t', 'int32', 'void *'],
    ...['uint32', 'void *'],
  ])
  const token = Buffer.alloc(8)
  if (open(CURRENT_PROCESS, TOKEN_QUERY, token) === 0) return true // what cannot be told is not trusted
  const handle = token.readBigUInt64LE()
  const [elevation, length] = [Buffer.alloc(4), Buffer.alloc(4)]
  try {
    return query(handle, TOKEN_ELEVATION, elevation, elevation.length, length) === 0 || elevation.readUInt32LE() !== 0
  } finally {
    kernel32.func('__stdcall', 'CloseHandle', 'int32', ['intptr_t'])(handle)
  }
}

function isWine(): boolean {
  return probe(() => koffi.load(systemFile('ntdll.dll')).func('__stdcall', 'wine_get_version', 'str', [])) !== undefined
}

function open(path: string): ReturnType<typeof koffi.load> {
  try {
    return koffi.load(path)
  } catch {
    throw new EngineError(`LoadLibrary(${path})`, ERROR_MOD_NOT_FOUND)
  }
}

function exported(library: ReturnType<typeof koffi.load>, name: string, f: CFunction<Parameters>): RawCall | undefined {
  const words = signature(name, f.parameters).slots.map((slot) => (slot.kind === 'pointer' ? 'uintptr_t' : slot.kind))
  const native = probe(() => library.func('__stdcall', name, 'uint32', words))
  if (!native) return undefined
  return f.options.blocking ? onThread(native) : (...args) => native(...args) as number
}

/** koffi throws where there is no such export. */
function probe(load: () => Native): Native | undefined {
  try {
    return load()
  } catch {
    return undefined
  }
}

function onThread(native: Native): RawCall {
  return (...words) =>
    new Promise((resolve, reject) => {
      native.async(...words, (error: unknown, status: number) => (error ? reject(error) : resolve(status)))
    })
}

function succeed(native: Native): RawCall {
  return (...words) => {
    native(...words)
    return 0
  }
}

/** Security descriptors come from advapi32, which says BOOL and keeps its reason in GetLastError. */
function systemCalls(): Record<string, RawCall> {
  const kernel32 = koffi.load('kernel32.dll')
  const lastError = kernel32.func('__stdcall', 'GetLastError', 'uint32', [])
  const convert = koffi
    .load(systemFile('advapi32.dll'))
    .func('__stdcall', CONVERT, 'int32', ['uintptr_t', 'uint32', 'uintptr_t', 'uintptr_t'])
  return {
    LocalFree: succeed(kernel32.func('__stdcall', 'LocalFree', 'uintptr_t', ['uintptr_t'])),
    [CONVERT]: (...words: Word[]) => (convert(...words) === 0 ? (lastError() as number) || ERROR_INVALID_PARAMETER : 0),
  }
}
