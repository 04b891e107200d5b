/** The test DLL that this process has loaded: its statement of what it received, and what it exports for tests alone. */
import { writeFileSync } from 'node:fs'
import koffi from 'koffi'
import { statusValue } from '../../src/providers/wfp/sandbox/refusal.ts'
import { SWITCHES, type SwitchName } from '../../src/providers/wfp/sandbox/switches.ts'
import { type Line, readStatement } from './statement.ts'

function variable(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run npm run test:wine`)
  return value
}

const dllPath = variable('WFPCTL_FWPUCLNT')
const tracePath = variable('WFPCTL_TEST_DLL_TRACE')

/** What the DLL exports for tests alone. */
const dll = koffi.load(dllPath)
export const liveInDll = dll.func('int32 WfpctlTestLiveAllocations()') as () => number
export const badFrees = dll.func('int32 WfpctlTestBadFrees()') as () => number
const armFaults = dll.func('void WfpctlTestFaults(const char16_t *text)') as (text: string) => void

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

/** The switches of the sandbox that this engine has, too; the others say how the sandbox shows what it stores. */
const SWITCHES_OF_DLL: ReadonlySet<SwitchName> = new Set([
  'conditions',
  'main-mode',
  'templates',
  'retransmission',
  'manager-list',
  'integrity',
  'fault',
])

/** Makes the engine of this process behave otherwise, in the words of `wfpctl sandbox set`. */
export async function setSwitch(name: SwitchName, value: string): Promise<void> {
  const { accepts, syntax } = SWITCHES[name]
  if (!SWITCHES_OF_DLL.has(name)) throw new Error(`the test DLL has no switch ${name}`)
  if (!accepts(value)) throw new Error(`${name} takes ${syntax}, not ${value}`)
  if (name === 'fault') armFaults(numbered(value))
  else process.env[variableOf(name)] = value
}

/** The variable by which a process that is yet to start is told. */
function variableOf(name: SwitchName): string {
  return `WFPCTL_TEST_DLL_${name.toUpperCase().replaceAll('-', '_')}`
}

/** The DLL knows no names of statuses. */
function numbered(fault: string): string {
  return fault.replaceAll(/(?<=[=:])[A-Z]\w+/g, (name) => String(statusValue(name)))
}

/** Empties the engine and lets it behave as it does by itself, for a test that wants it to itself. */
export function resetEngine(): void {
  for (const name of SWITCHES_OF_DLL) delete process.env[variableOf(name)]
  armFaults('')
  const status = reset()
  if (status !== 0) throw new Error(`the test DLL could not be reset: ${status}`)
}
