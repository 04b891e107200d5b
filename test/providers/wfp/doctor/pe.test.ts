import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readImage } from '../../../../src/providers/wfp/doctor/machine.ts'
import { image } from '../../../support/pe.ts'

describe('readImage', () => {
  it.each([
    ['PE32+ without', { magic: 0x20b, characteristics: 0x8160 }, false],
    ['PE32+ with', { magic: 0x20b, characteristics: 0x81e0 }, true],
    ['PE32 without', { magic: 0x10b, characteristics: 0x0140 }, false],
    ['PE32 with', { magic: 0x10b, characteristics: 0x00c0 }, true],
  ])('reads FORCE_INTEGRITY of a %s image', (_, header, forceIntegrity) => {
    expect(readImage(image(header))).toEqual({ machine: 0x8664, forceIntegrity })
  })

  it('finds the header where the stub says it is', () => {
    expect(readImage(image({ at: 0x400, characteristics: 0x80 }))?.forceIntegrity).toBe(true)
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['an ELF file', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, ...new Array(100).fill(0)])],
    ['a DOS program', image({}).subarray(0, 0x40)],
    ['a header beyond the end', image({}).subarray(0, 0x80 + 20)],
    ['an offset that points nowhere', image({ offset: 0xffff_fff0 })],
    ['another optional header', image({ magic: 0x107 })],
    ['another signature', image({ signature: 0x4c45 })],
  ])('sees no Windows image in %s', (_, bytes) => {
    expect(readImage(bytes)).toBeUndefined()
  })

  it.skipIf(process.platform !== 'win32')('reads the running image (Windows only: elsewhere it is none)', () => {
    expect(readImage(readFileSync(process.execPath))).toMatchObject({ forceIntegrity: false })
  })
})
