/** The two stores under the whole engine: whatever two sessions do, both sandboxes answer alike. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT,
  FWPM_SESSION_FLAG_DYNAMIC,
} from '../../../../src/providers/wfp/binding/tables/constants/index.ts'
import { Machine, type OpenLibrary } from '../../../conformance/machine.ts'
import * as sample from '../../../conformance/samples.ts'
import { SANDBOXES } from './sandboxes.ts'

const KEYS = ['1', '2', '3'].map((digit) => `0000000${digit}-0000-4000-8000-000000000000`)
const PROVIDER = 'aaaaaaaa-0000-4000-8000-000000000000'

type Act = (machine: Machine, engineHandle: number, key: string) => Promise<unknown>

const ACTS: Readonly<Record<string, Act>> = {
  begin: (machine, handle) => machine.begin(handle),
  beginReadOnly: (machine, handle) => machine.begin(handle, 1),
  commit: (machine, handle) => machine.commit(handle),
  abort: (machine, handle) => machine.abort(handle),
  addProvider: (machine, handle) => machine.addProvider(handle, { providerKey: PROVIDER }),
  deleteProvider: ({ fwp }, engineHandle) => fwp.FwpmProviderDeleteByKey0({ engineHandle, key: PROVIDER }),
  addTunnel: (machine, handle, key) =>
    machine.addTunnel(handle, {
      mainModePolicy: null,
      tunnelPolicy: sample.quickMode({}, { providerContextKey: key }),
    }),
  addOwnedTunnel: (machine, handle, key) => {
    const tunnelPolicy = sample.quickMode({}, { providerContextKey: key, providerKey: PROVIDER })
    return machine.addTunnel(handle, { mainModePolicy: null, tunnelPolicy })
  },
  deleteTunnel: (machine, handle, key) => machine.deleteTunnel(handle, key),
  deleteContext: ({ fwp }, engineHandle, key) => fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key }),
  list: (machine, handle) => machine.contextKeys(handle, FWPM_IPSEC_IKEV2_QM_TUNNEL_CONTEXT),
  filters: async (machine, handle) =>
    (await machine.filters(handle)).map(({ filterKey, filterId }) => [filterKey, filterId]),
}

const step = fc.record({
  act: fc.constantFrom(...Object.keys(ACTS)),
  who: fc.constantFrom(0, 1, 2),
  key: fc.constantFrom(...KEYS),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What each call answered: its result, or the name of the refusal. */
async function play(opened: OpenLibrary, steps: readonly Step[]): Promise<unknown[]> {
  const machine = new Machine(opened.fwp)
  const impatient = { txnWaitTimeoutInMSec: 1 }
  const sessions = [
    await machine.open(impatient),
    await machine.open(impatient),
    await machine.open({ ...impatient, flags: FWPM_SESSION_FLAG_DYNAMIC }),
  ]
  const answers: unknown[] = []
  for (const { act, who, key } of steps) {
    const answer = ACTS[act]!(machine, sessions[who]!, key)
    answers.push(await answer.catch((error: Error) => error.name))
  }
  await machine.closeAll()
  await opened.close()
  return answers
}

it('answers any sequence of calls of three sessions alike in memory and in a directory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const [memory, directory] = SANDBOXES.map(([, openLibrary]) => openLibrary)

      expect(await play(directory!(), steps)).toEqual(await play(memory!(), steps))
    }),
    { numRuns: 25 },
  )
})
