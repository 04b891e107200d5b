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
const CONVERT = 'ConvertStringSecurityDescriptorToSecurityDescriptorW'

type Native = ReturnType<ReturnType<typeof koffi.load>['func']>

/**
 * Loads the library.
 *
 * @param path  another DLL with the same exports, for tests; also `WFPCTL_FWPUCLNT`
 * @throws EngineError ERROR_MOD_NOT_FOUND where there is none: on every other system
 */
export function loadNative(path = process.env.WFPCTL_FWPUCLNT || 'fwpuclnt.dll'): RawLibrary {
  if (process.platform !== 'win32') throw new EngineError('LoadLibrary', ERROR_MOD_NOT_FOUND)
  const library = open(path)
  const calls: Record<string, RawCall | undefined> = { ...systemCalls() }
  for (const [name, f] of Object.entries<CFunction<Parameters>>(functions))
    if (name !== CONVERT) calls[name] = exported(library, name, f)
  const freeMemory = probe(() => library.func('__stdcall', 'FwpmFreeMemory0', 'void', ['uintptr_t']))
  calls.FwpmFreeMemory0 = freeMemory && succeed(freeMemory)
  return { name: path, calls, close: () => library.unload() }
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
    .load('advapi32.dll')
    .func('__stdcall', CONVERT, 'int32', ['uintptr_t', 'uint32', 'uintptr_t', 'uintptr_t'])
  return {
    LocalFree: succeed(kernel32.func('__stdcall', 'LocalFree', 'uintptr_t', ['uintptr_t'])),
    [CONVERT]: (...words: Word[]) => (convert(...words) === 0 ? (lastError() as number) || ERROR_INVALID_PARAMETER : 0),
  }
}
