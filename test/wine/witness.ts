/** The test DLL's statement of what it received, and how a JavaScript value looks in it. */
import { readFileSync, writeFileSync } from 'node:fs'
import koffi from 'koffi'

export type Json = null | number | string | boolean | Json[] | { [key: string]: Json }
type Line = { [key: string]: Json }

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
export const negotiate = dll.func('void WfpctlTestNegotiate(uint64 tunnelPolicyId)') as (tunnelPolicyId: number) => void
export const failNext = dll.func('void WfpctlTestFail(const char16_t *call, uint32 status, uint32 times)') as (
  call: string,
  status: number,
  times: number,
) => void

export function forgetTrace(): void {
  writeFileSync(tracePath, '')
}

/** Every line since the trace was forgotten. */
export function trace(): Line[] {
  return readFileSync(tracePath, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** `{ lifetime: 5n, key: Uint8Array [1, 2] }` → `{ lifetime: '5', key: '0102' }` */
export function asWitnessed(value: unknown): Json {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf'
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(asWitnessed)
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no place in C`)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asWitnessed(inner)]))
}

/** The statement without the counts, which JavaScript's arrays have built in; each must be the length of an array beside it. */
export function withoutCounts(stated: Json, expected: Json): Json {
  if (Array.isArray(stated))
    return stated.map((item, i) => withoutCounts(item, Array.isArray(expected) ? (expected[i] ?? null) : null))
  // no elements may be a NULL pointer
  if (stated === null && Array.isArray(expected) && expected.length === 0) return []
  if (stated === null || typeof stated !== 'object') return stated
  const asked = expected !== null && typeof expected === 'object' && !Array.isArray(expected) ? expected : {}
  const lengths = Object.values(stated).flatMap((value) =>
    Array.isArray(value) ? [value.length] : value === null ? [0] : [],
  )
  // an arm the tables do not know is a NULL pointer here
  const kept = Object.entries(stated).filter(
    ([key, value]) => key in asked || !(value === null || lengths.includes(value as number)),
  )
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutCounts(value, asked[key] ?? null)]))
}

const reset = dll.func('uint32 WfpctlTestReset()') as () => number

/** Empties the engine, for a test that wants it to itself. */
export function resetEngine(): void {
  const status = reset()
  if (status !== 0) throw new Error(`the test DLL could not be reset: ${status}`)
}
