/**
 * Files that only their owner may read. Modes do that everywhere but on Windows, where it takes a descriptor.
 * @see https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setfilesecurityw
 */
import koffi from 'koffi'
import { EngineError } from '../tables/status/index.ts'

/** Full access for LocalSystem, Administrators and whoever made it, also of what is made in it; nothing comes from above. */
export const OWNER_ONLY = 'D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)'
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

const SE_FILE_OBJECT = 1
const OWNER_SECURITY_INFORMATION = 1
const TOKEN_QUERY = 8
const TOKEN_USER = 1
const TOKEN_ELEVATION = 20
/** The most that a SID takes, and the structure before it. */
const TOKEN_BYTES = 256

/**
 * What the system tells of this process and of files. Windows only.
 *
 * @see https://learn.microsoft.com/windows/win32/api/aclapi/nf-aclapi-getnamedsecurityinfow
 * @throws EngineError from each of its answers
 */
export function systemSecurity(): {
  readonly isElevated: boolean
  readonly account: string
  of(path: string): string
} {
  const calls = securityCalls()
  const token = (information: number): Buffer => tokenInformation(calls, information)
  return {
    get isElevated() {
      return token(TOKEN_ELEVATION).readUInt32LE(0) !== 0
    },
    get account() {
      const user = token(TOKEN_USER)
      return calls.sidText(user.readBigUInt64LE(0))
    },
    of: (path) => {
      const descriptor: unknown[] = [null]
      const wanted = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION
      const status = calls.getNamedSecurityInfo(path, SE_FILE_OBJECT, wanted, null, null, null, null, descriptor)
      if (status !== 0) throw new EngineError('GetNamedSecurityInfoW', Number(status))
      try {
        return calls.descriptorText(descriptor[0], wanted)
      } finally {
        calls.localFree(descriptor[0])
      }
    },
  }
}

function securityCalls() {
  const advapi32 = koffi.load('advapi32.dll')
  const kernel32 = koffi.load('kernel32.dll')
  const pointer = 'void *'
  const lastError = kernel32.func('__stdcall', 'GetLastError', 'uint32', [])
  const localFree = kernel32.func('__stdcall', 'LocalFree', pointer, [pointer])
  const sid = 'ConvertSidToStringSidW'
  const sddl = 'ConvertSecurityDescriptorToStringSecurityDescriptorW'
  const convertSid = advapi32.func('__stdcall', sid, 'int32', ['uintptr_t', koffi.out('str16 *')])
  const convertDescriptor = advapi32.func('__stdcall', sddl, 'int32', [
    pointer,
    'uint32',
    'uint32',
    koffi.out('str16 *'),
    pointer,
  ])
  const refuse = (call: string): never => {
    throw new EngineError(call, Number(lastError()))
  }
  return {
    localFree,
    refuse,
    getNamedSecurityInfo: advapi32.func('__stdcall', 'GetNamedSecurityInfoW', 'uint32', [
      'str16',
      'int32',
      'uint32',
      pointer,
      pointer,
      pointer,
      pointer,
      koffi.out('void **'),
    ]),
    currentProcess: kernel32.func('__stdcall', 'GetCurrentProcess', 'intptr_t', []),
    openToken: advapi32.func('__stdcall', 'OpenProcessToken', 'int32', [
      'intptr_t',
      'uint32',
      koffi.out('uintptr_t *'),
    ]),
    tokenInformation: advapi32.func('__stdcall', 'GetTokenInformation', 'int32', [
      'uintptr_t',
      'int32',
      pointer,
      'uint32',
      koffi.out('uint32 *'),
    ]),
    closeHandle: kernel32.func('__stdcall', 'CloseHandle', 'int32', ['uintptr_t']),
    sidText: (address: bigint): string => {
      const text: (string | null)[] = [null]
      return convertSid(address, text) === 0 ? refuse(sid) : String(text[0])
    },
    descriptorText: (descriptor: unknown, parts: number): string => {
      const text: (string | null)[] = [null]
      return convertDescriptor(descriptor, SDDL_REVISION_1, parts, text, null) === 0 ? refuse(sddl) : String(text[0])
    },
  }
}

/** The structure stays where it is while the buffer is alive: addresses in it point into it. */
function tokenInformation(calls: ReturnType<typeof securityCalls>, information: number): Buffer {
  const token: unknown[] = [0]
  if (calls.openToken(calls.currentProcess(), TOKEN_QUERY, token) === 0) calls.refuse('OpenProcessToken')
  try {
    const bytes = Buffer.alloc(TOKEN_BYTES)
    if (calls.tokenInformation(token[0], information, bytes, bytes.length, [0]) === 0)
      calls.refuse('GetTokenInformation')
    return bytes
  } finally {
    calls.closeHandle(token[0])
  }
}
