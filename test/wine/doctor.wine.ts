/** doctor on the Windows ABI: its own system calls, and the probe against the test DLL. */
import { expect, it } from 'vitest'
import { loadNative } from '../../src/providers/wfp/binding/system/native.ts'
import { queryService } from '../../src/providers/wfp/binding/system/services.ts'
import { examine } from '../../src/providers/wfp/doctor/index.ts'

const examination = () =>
  examine(async () => loadNative(), { engine: 'wfp', probe: true, lockTimeoutMilliseconds: 1000 })

it('finds services, exports, rights and the integrity flag of a genuine node.exe', async () => {
  const { findings } = await examination()
  const byCheck = Object.fromEntries(findings.map((finding) => [finding.check, finding]))

  expect(byCheck.image).toMatchObject({ status: 'warning', details: { forceIntegrity: false } })
  expect(byCheck['service.BFE']).toMatchObject({ message: 'there is no service BFE (Base Filtering Engine)' })
  expect(byCheck.exports).toMatchObject({ status: 'ok' })
  expect(byCheck.rights).toMatchObject({ status: 'ok' })
})

it('reads the state and the start type of a service that there is', () => {
  expect(queryService('RpcSs')).toMatchObject({ state: expect.any(Number), startType: expect.any(Number) })
})

it('probes the DLL and leaves nothing behind', async () => {
  const { answers } = await examination()
  const byId = new Map(answers?.map(({ id, answer }) => [id, answer]))

  expect(byId.get('add')).toBe('yes')
  expect(byId.get('re-add')).toBe('yes')
  expect(byId.get('abort')).toBe('yes')
})
