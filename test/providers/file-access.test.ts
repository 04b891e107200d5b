/** Who may write or read a file on Windows, told from descriptors as Windows has them. */

import type { Stats } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { windowsFileAccess } from '../../src/providers/file-access.ts'

const OWN = 'S-1-5-21-1-2-3-1001'
const INSTALLER = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
const accessTo = (sddl: string) => windowsFileAccess({ isElevated: true, account: OWN, of: () => sddl })

describe('a descriptor', () => {
  it.each([
    ['of SYSTEM and Administrators', 'O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)', []],
    ['of the own account', `O:${OWN}D:(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;${OWN})`, []],
    [
      'of TrustedInstaller, with users who read',
      `O:${INSTALLER}D:PAI(A;;FA;;;${INSTALLER})(A;;FR;;;BU)(A;;0x1200a9;;;BU)`,
      [],
    ],
    ['that grants the owner', 'O:BAD:(A;;FA;;;OW)(A;OICIIO;GA;;;CO)', []],
    [
      'of a folder below the root of a drive',
      'O:BAD:AI(A;ID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;LC;;;BU)(A;CIID;DC;;;BU)',
      ['file', 'folder'],
    ],
    [
      'of the root of a drive',
      'O:SYD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;;LC;;;AU)(A;OICIIO;0x1301bf;;;AU)(A;OICI;0x1200a9;;;BU)',
      ['file', 'folder'],
    ],
    ['with modify for users', 'O:BAD:(A;;FA;;;BA)(A;;0x1301bf;;;BU)', ['file', 'folder', 'above']],
    ['with everything for everybody', 'O:BAD:(A;;FA;;;WD)', ['file', 'folder', 'above']],
    ['with generic writing', 'O:BAD:(A;;GW;;;AU)', ['file', 'folder']],
    ['with the right to change the descriptor', 'O:BAD:(A;;WD;;;BU)', ['file', 'folder', 'above']],
    ['with the right to take it', 'O:BAD:(A;;WO;;;BU)', ['file', 'folder', 'above']],
    ['with the right to delete what is in it', 'O:BAD:(A;;DT;;;BU)', ['file', 'folder', 'above']],
    ['of another owner', 'O:S-1-5-21-1-2-3-1002D:(A;;FA;;;BA)', ['file', 'folder', 'above']],
    ['without a list', 'O:BA', ['file', 'folder', 'above']],
    ['with a null list', 'O:BAD:NO_ACCESS_CONTROL', ['file', 'folder', 'above']],
    ['that says nothing to those it denies', 'O:BAD:(D;;FA;;;BU)(A;;FA;;;BA)', []],
    ['that cannot be read', 'O:BAD:(A;;FA', ['file', 'folder', 'above']],
  ])('%s', (_, sddl, writable) => {
    const { writerOf } = accessTo(sddl)

    const found = (['file', 'folder', 'above'] as const).filter((role) => writerOf('x', role) !== undefined)

    expect(found).toEqual(writable)
  })

  it.each([
    ['O:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)', false],
    ['O:BAD:(A;;FA;;;BA)(A;;FR;;;BU)', true],
    ['O:BAD:(A;;FA;;;BA)(A;;0x1;;;BU)', true],
    ['O:BAD:(A;;FA;;;BA)(A;;RC;;;BU)', false],
    ['O:BAD:(A;;GA;;;AU)', true],
  ])('%s lets others read: %s', (sddl, expected) => {
    const reader = accessTo(sddl).readerOf('C:\\keys\\psk', {} as Stats)

    expect(reader !== undefined).toBe(expected)
    if (expected) expect(reader?.help).toBe('icacls "C:\\keys\\psk" /inheritance:r /grant *S-1-5-18:F *S-1-5-32-544:F')
  })
})
