/** The DACL of a file as SDDL: what Windows says, not what we asked it for. */
import koffi from 'koffi'

const SDDL_REVISION_1 = 1
const DACL_SECURITY_INFORMATION = 4

export function fileSecurity(path: string): string {
  const advapi32 = koffi.load('advapi32.dll')
  const kernel32 = koffi.load('kernel32.dll')
  const lastError = kernel32.func('__stdcall', 'GetLastError', 'uint32', [])
  const get = advapi32.func('__stdcall', 'GetFileSecurityW', 'int32', [
    'str16',
    'uint32',
    'void *',
    'uint32',
    koffi.out('uint32 *'),
  ])
  const name = 'ConvertSecurityDescriptorToStringSecurityDescriptorW'
  const convert = advapi32.func('__stdcall', name, 'int32', [
    'void *',
    'uint32',
    'uint32',
    koffi.out('str16 *'),
    'void *',
  ])
  const bytes = Buffer.alloc(4096)
  if (get(path, DACL_SECURITY_INFORMATION, bytes, bytes.length, [0]) === 0)
    throw new Error(`GetFileSecurityW: ${lastError()}`)
  const text: (string | null)[] = [null]
  if (convert(bytes, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, text, null) === 0)
    throw new Error(`${name}: ${lastError()}`)
  return text[0] ?? ''
}
