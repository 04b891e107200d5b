/** The test DLL that this process has loaded: its statement of what it received, and what it exports for tests alone. */
import { writeFileSync } from 'node:fs'
import koffi from 'koffi'
import { type Line, readStatement } from './statement.ts'

function variable(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run npm run test:wine`)
  return value
}

export const dllPath = variable('WFPCTL_FWPUCLNT')
const tracePath = variable('WFPCTL_TEST_DLL_TRACE')

/** What the DLL exports for tests alone. */
const dll = koffi.load(dllPath)
export const liveInDll = dll.func('int32 WfpctlTestLiveAllocations()') as () => number
export const badFrees = dll.func('int32 WfpctlTestBadFrees()') as () => number
export const failNext = dll.func('void WfpctlTestFail(const char16_t *call, uint32 status, uint32 times)') as (
  call: string,
  status: number,
  times: number,
) => void

/** The oldest Windows has no key managers, and its DLL no negotiations. */
export function negotiate(tunnelPolicyId: number): void {
  dll.func('void WfpctlTestNegotiate(uint64 tunnelPolicyId)')(tunnelPolicyId)
}

export function forgetTrace(): void {
  writeFileSync(tracePath, '')
}

/** Every line since the trace was forgotten. */
export function trace(): Line[] {
  return readStatement(tracePath)
}

const reset = dll.func('uint32 WfpctlTestReset()') as () => number

/** Empties the engine, for a test that wants it to itself. */
export function resetEngine(): void {
  const status = reset()
  if (status !== 0) throw new Error(`the test DLL could not be reset: ${status}`)
}
