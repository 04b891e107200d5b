/**
 * Files that only their owner may read. Modes do that everywhere but on Windows, where it takes a descriptor.
 * @see https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setfilesecurityw
 */
import koffi from 'koffi'
import { EngineError } from '../tables/status/index.ts'

/** Full access for LocalSystem, Administrators and whoever made the file; nothing is inherited. */
export const OWNER_ONLY = 'D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)'
const SDDL_REVISION_1 = 1
const DACL_SECURITY_INFORMATION = 4
const PROTECTED_DACL_SECURITY_INFORMATION = 0x8000_0000

/** Windows only. @throws EngineError */
export function setFileSecurity(path: string, sddl: string): void {
  const advapi32 = koffi.load('advapi32.dll')
  const kernel32 = koffi.load('kernel32.dll')
  const lastError = kernel32.func('__stdcall', 'GetLastError', 'uint32', [])
  const localFree = kernel32.func('__stdcall', 'LocalFree', 'void *', ['void *'])
  const name = 'ConvertStringSecurityDescriptorToSecurityDescriptorW'
  const convert = advapi32.func('__stdcall', name, 'int32', ['str16', 'uint32', koffi.out('void **'), 'void *'])
  const set = advapi32.func('__stdcall', 'SetFileSecurityW', 'int32', ['str16', 'uint32', 'void *'])
  const descriptor: unknown[] = [null]
  if (convert(sddl, SDDL_REVISION_1, descriptor, null) === 0) throw new EngineError(name, Number(lastError()))
  try {
    const done = set(path, (DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION) >>> 0, descriptor[0])
    if (done === 0) throw new EngineError('SetFileSecurityW', Number(lastError()))
  } finally {
    localFree(descriptor[0])
  }
}
