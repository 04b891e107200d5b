/**
 * Secrets that Windows keeps: data that DPAPI has protected for an account or a machine, and credentials of the Credential Manager.
 *
 * @see https://learn.microsoft.com/windows/win32/api/dpapi/nf-dpapi-cryptunprotectdata
 * @see https://learn.microsoft.com/windows/win32/api/wincred/nf-wincred-credreadw
 */
import koffi from 'koffi'
import { allocate, copyOut, copyTo } from '../memory.ts'
import { EngineError } from '../tables/status/index.ts'

const CRYPTPROTECT_UI_FORBIDDEN = 1
const CRED_TYPE_GENERIC = 1
/** DATA_BLOB: cbData, pbData */
const BLOB_BYTES = 16
const BLOB_DATA = 8
/** CREDENTIALW: CredentialBlobSize, CredentialBlob */
const CREDENTIAL_BYTES = 80
const CREDENTIAL_SIZE = 32
const CREDENTIAL_BLOB = 40

/** Opens what CryptProtectData has protected, without asking anybody. Windows only. @throws EngineError */
export function unprotect(bytes: Buffer): Buffer {
  const { lastError, localFree } = systemCalls()
  const pointer = 'void *'
  const unprotectData = koffi
    .load('crypt32.dll')
    .func('__stdcall', 'CryptUnprotectData', 'int32', [pointer, pointer, pointer, pointer, pointer, 'uint32', pointer])
  const protectedBytes = allocate(bytes.length)
  bytes.copy(protectedBytes.bytes)
  const blob = Buffer.alloc(BLOB_BYTES)
  blob.writeUInt32LE(bytes.length)
  blob.writeBigUInt64LE(BigInt(protectedBytes.address), BLOB_DATA)
  const plain = Buffer.alloc(BLOB_BYTES)
  try {
    if (unprotectData(blob, null, null, null, null, CRYPTPROTECT_UI_FORBIDDEN, plain) === 0)
      throw new EngineError('CryptUnprotectData', Number(lastError()))
  } finally {
    protectedBytes.free()
  }
  const address = plain.readBigUInt64LE(BLOB_DATA)
  try {
    return taken(Number(address), plain.readUInt32LE())
  } finally {
    localFree(address)
  }
}

/** The secret of a generic credential of this account. Windows only. @throws EngineError ERROR_NOT_FOUND where there is none */
export function readCredential(target: string): Buffer {
  const { lastError } = systemCalls()
  const advapi32 = koffi.load('advapi32.dll')
  const read = advapi32.func('__stdcall', 'CredReadW', 'int32', ['str16', 'uint32', 'uint32', 'void *'])
  const free = advapi32.func('__stdcall', 'CredFree', 'void', ['uintptr_t'])
  const found = Buffer.alloc(BLOB_DATA)
  if (read(target, CRED_TYPE_GENERIC, 0, found) === 0) throw new EngineError('CredReadW', Number(lastError()))
  const address = found.readBigUInt64LE()
  try {
    const credential = copyOut(Number(address), CREDENTIAL_BYTES)
    const size = credential.readUInt32LE(CREDENTIAL_SIZE)
    return size === 0 ? Buffer.alloc(0) : taken(Number(credential.readBigUInt64LE(CREDENTIAL_BLOB)), size)
  } finally {
    free(address)
  }
}

/** Taken out of the memory that Windows gave, which holds it no longer. */
function taken(address: number, size: number): Buffer {
  const bytes = copyOut(address, size)
  copyTo(address, Buffer.alloc(size))
  return bytes
}

function systemCalls() {
  const kernel32 = koffi.load('kernel32.dll')
  return {
    lastError: kernel32.func('__stdcall', 'GetLastError', 'uint32', []),
    localFree: kernel32.func('__stdcall', 'LocalFree', 'uintptr_t', ['uintptr_t']),
  }
}
