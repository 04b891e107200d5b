/** Secrets that Windows keeps, made by its own functions and read by ours: calls and memory, for Wine's protection proves none. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SECRET_SOURCES, useWindowsSecrets } from '../../src/manifest/secret-sources.ts'
import { useFileAccess } from '../../src/manifest/trust.ts'
import { windowsFileAccess, windowsSecrets } from '../../src/providers/file-access.ts'
import { allocate, copyOut, liveAllocations } from '../../src/providers/wfp/binding/memory.ts'
import { OWNER_ONLY, setFileSecurity } from '../../src/providers/wfp/binding/system/file-security.ts'

const KEY = 'correct horse – battery'
const TARGET = 'wfpctl/test-hq'
const folder = mkdtempSync(join(tmpdir(), 'wfpctl-protected-'))

beforeAll(() => {
  useFileAccess(windowsFileAccess())
  useWindowsSecrets(windowsSecrets)
})
afterAll(() => {
  useWindowsSecrets(undefined)
  rmSync(folder, { recursive: true, force: true })
})

/** CryptProtectData of this account. */
function protectedBytes(plain: Buffer): Buffer {
  const pointer = 'void *'
  const protect = koffi
    .load('crypt32.dll')
    .func('__stdcall', 'CryptProtectData', 'int32', [pointer, 'str16', pointer, pointer, pointer, 'uint32', pointer])
  const data = allocate(plain.length)
  plain.copy(data.bytes)
  const [blob, made] = [Buffer.alloc(16), Buffer.alloc(16)]
  blob.writeUInt32LE(plain.length)
  blob.writeBigUInt64LE(BigInt(data.address), 8)
  expect(protect(blob, 'test', null, null, null, 1, made)).not.toBe(0)
  data.free()
  return copyOut(Number(made.readBigUInt64LE(8)), made.readUInt32LE())
}

/** CredWriteW of a generic credential, for this session. */
function writeCredential(target: string, secret: Buffer): void {
  const write = koffi.load('advapi32.dll').func('__stdcall', 'CredWriteW', 'int32', ['void *', 'uint32'])
  const texts = [target, 'ipsec'].map((text) => Buffer.from(`${text}\0`, 'utf16le'))
  const [name, user, value] = [...texts, secret].map((bytes) => {
    const allocation = allocate(bytes.length)
    bytes.copy(allocation.bytes)
    return allocation
  })
  const credential = Buffer.alloc(80)
  credential.writeUInt32LE(1, 4)
  credential.writeBigUInt64LE(BigInt(name!.address), 8)
  credential.writeUInt32LE(secret.length, 32)
  credential.writeBigUInt64LE(BigInt(value!.address), 40)
  credential.writeUInt32LE(1, 48)
  credential.writeBigUInt64LE(BigInt(user!.address), 72)
  expect(write(credential, 0)).not.toBe(0)
  for (const allocation of [name, user, value]) allocation?.free()
}

function save(name: string, content: Buffer | string): void {
  writeFileSync(join(folder, name), content)
  setFileSecurity(join(folder, name), OWNER_ONLY)
}

const textOf = (found: Buffer | string): string =>
  typeof found === 'string' ? `refused: ${found}` : found.toString('utf8')
const dpapi = (file: string): string => textOf(SECRET_SOURCES.dpapi!.read({ dpapi: file }, folder))
const credential = (target: string): string => textOf(SECRET_SOURCES.credential!.read({ credential: target }, folder))

it('reads a file that DPAPI protected, as bytes of UTF-8', () => {
  save('bytes.dpapi', protectedBytes(Buffer.from(KEY, 'utf8')))
  expect(dpapi('bytes.dpapi')).toBe(KEY)
})

it('reads what ConvertFrom-SecureString writes: digits of UTF-16', () => {
  save('secure.txt', `${protectedBytes(Buffer.from(KEY, 'utf16le')).toString('hex')}\r\n`)
  expect(dpapi('secure.txt')).toBe(KEY)
})

it('says what the system says of a file that it did not protect', () => {
  save('plain.dpapi', KEY)
  expect(dpapi('plain.dpapi')).toMatch(/^refused: CryptUnprotectData returned /)
  expect(dpapi('plain.dpapi')).not.toContain(KEY)
  expect(dpapi('nowhere.dpapi')).toContain('cannot read the secret file nowhere.dpapi: ENOENT')
})

it('reads a credential, as Windows stores text and as bytes', () => {
  writeCredential(TARGET, Buffer.from(KEY, 'utf16le'))
  expect(credential(TARGET)).toBe(KEY)
  writeCredential(TARGET, Buffer.from('plain-bytes', 'utf8'))
  expect(credential(TARGET)).toBe('plain-bytes')
})

it('says that there is no such credential', () => {
  expect(credential('wfpctl/nobody')).toMatch(/^refused: CredReadW returned /)
})

it('leaves no memory behind', () => {
  expect(liveAllocations()).toBe(0)
})
