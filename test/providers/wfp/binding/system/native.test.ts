import { describe, expect, it } from 'vitest'
import { bind } from '../../../../../src/providers/wfp/binding/call/bind.ts'
import { loadNative } from '../../../../../src/providers/wfp/binding/system/native.ts'
import { functions } from '../../../../../src/providers/wfp/binding/tables/functions.ts'

describe.runIf(process.platform !== 'win32')('elsewhere than on Windows', () => {
  it('there is no library, and the error says what to use instead', () => {
    expect(() => loadNative()).toThrow(
      expect.objectContaining({ name: 'ERROR_MOD_NOT_FOUND', help: expect.stringContaining('--engine sandbox') }),
    )
  })
})

describe.runIf(process.platform === 'win32')('on Windows', () => {
  it('the DLL exports every function that Windows 7 had', () => {
    const raw = loadNative()

    const required = Object.entries(functions).filter(([, f]) => !('optional' in f.options))
    expect(required.map(([name]) => name).filter((name) => !raw.calls[name])).toEqual([])
    expect(raw.calls.FwpmFreeMemory0).toBeDefined()
  })

  it('SDDL becomes a self-relative descriptor, and its memory is given back', async () => {
    const { securityDescriptor } = await bind(loadNative()).ConvertStringSecurityDescriptorToSecurityDescriptorW({
      StringSecurityDescriptor: 'O:BAG:SYD:(A;;GA;;;SY)',
      StringSDRevision: 1,
    })

    expect(securityDescriptor!.length).toBeGreaterThan(20)
    expect(securityDescriptor![0]).toBe(1)
  })
})
