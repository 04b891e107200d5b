/** Which fwpuclnt.dll is loaded. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'

describe('the library', () => {
  it('is the one that the variable names, in a process without more rights than its user', () => {
    expect(loadNative().name).toBe(process.env.WFPCTL_FWPUCLNT)
  })

  it('is otherwise the one of the system folder, by its whole path: what lies beside node.exe is not looked at', () => {
    const named = process.env.WFPCTL_FWPUCLNT
    delete process.env.WFPCTL_FWPUCLNT
    onTestFinished(() => {
      process.env.WFPCTL_FWPUCLNT = named
    })

    expect(loadNative().name).toMatch(/^[A-Z]:\\windows\\system32\\fwpuclnt\.dll$/i)
  })
})
