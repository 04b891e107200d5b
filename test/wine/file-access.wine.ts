/** Descriptors of files and this process' own account, as the system tells them. */

import { mkdtempSync, rmSync, type Stats, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { windowsFileAccess } from '../../src/providers/file-access.ts'
import { OWNER_ONLY, setFileSecurity, systemSecurity } from '../../src/providers/wfp/binding/system/file-security.ts'

const folder = mkdtempSync(join(tmpdir(), 'wfpctl-access-'))
const path = join(folder, 'a.yaml')
writeFileSync(path, '')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('tells the account and the rights of this process', () => {
  const { account, isElevated } = systemSecurity()

  expect(account).toMatch(/^S-1-5-(18|21(-\d+)+)$/)
  expect(isElevated).toBe(true) // Wine runs everything so
})

it('tells who may write and read a file', () => {
  const access = windowsFileAccess()

  setFileSecurity(path, OWNER_ONLY)
  expect(access.writerOf(path, 'file')).toBeUndefined()
  expect(access.readerOf(path, {} as Stats)).toBeUndefined()
  setFileSecurity(path, 'D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)(A;;FR;;;WD)')
  expect(access.writerOf(path, 'file')).toBeUndefined()
  expect(access.readerOf(path, {} as Stats)?.who).toContain('S-1-1-0')
  setFileSecurity(path, 'D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)(A;;FA;;;WD)')
  expect(access.writerOf(path, 'file')).toContain('S-1-1-0')
})

it('says of a file that is not there what the system says', () => {
  expect(() => systemSecurity().of(join(folder, 'nowhere'))).toThrow('GetNamedSecurityInfoW returned 0x00000002')
})
