/** What the tests of the provider declare, and what they see of the engine without it. */
import { expect } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { ipsecTunnel } from '../../src/kinds/ipsec-tunnel/kind.ts'
import { bind, type Library, type RawLibrary } from '../../src/providers/wfp/binding/call/bind.ts'
import { pointToPoint } from '../fixtures/specs.ts'
import { desiredOf, type Lab, setDocument } from '../laws/lab.ts'
import { Machine } from './machine.ts'

export const SET = 'default'
export const FWP_E_SESSION_ABORTED = 0x80320010
export const FWP_E_OUT_OF_BOUNDS = 0x80320028
/** Two ends without a main mode: a tunnel that every version of the call can express. */
const { mainMode: _, description: __, ...PLAIN } = pointToPoint
export const PLAIN_SPEC = PLAIN as unknown as JsonObject

export function tunnel(name: string, change: JsonObject = {}): JsonObject {
  const spec = { ...PLAIN_SPEC, ...change }
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata: { name, set: SET }, spec }
}

const NETWORKS = { traffic: { local: ['10.1.0.0/16', '10.3.0.7'], remote: ['10.2.0.0/16'] } }
const WITH_MAIN_MODE = { mainMode: { authentication: [{ certificate: { trust: { store: 'trustedRoot' } } }] } }

/** One after the other they create, replace, delete and leave alone. */
export const TWO_DOCUMENTS = [setDocument(SET), tunnel('a', NETWORKS), tunnel('b', WITH_MAIN_MODE)]
export const TWO = desiredOf(TWO_DOCUMENTS)
export const OTHERS_DOCUMENTS = [
  setDocument(SET),
  tunnel('b', { ...WITH_MAIN_MODE, persistence: 'static' }),
  tunnel('c'),
]
export const OTHERS = desiredOf(OTHERS_DOCUMENTS)
export const NOTHING = desiredOf([setDocument(SET)])
const MAY_BE_EMPTY = { host: 'gw01', allowEmpty: true }

export const keyOf = (name: string) => ipsecTunnel.keyOf({ set: SET, name, spec: {} })

export async function applied(lab: Lab, desired = TWO): Promise<void> {
  const reports = await lab.apply(desired, MAY_BE_EMPTY)
  const results = reports.map(({ result }) => result).filter((result) => result !== 'unchanged')
  const findings = reports.flatMap(({ diagnostics }) => diagnostics.map(({ message, notes }) => [message, notes]))
  expect(results, JSON.stringify(findings)).toEqual(['applied'])
}

export async function synced(lab: Lab, desired = TWO): Promise<void> {
  const plans = await lab.plan(desired, MAY_BE_EMPTY)
  expect(plans.flatMap(({ changes }) => changes)).toEqual([])
}

/** Every object in the engine, but for the numbers that it gives itself: what a session of its own is shown. */
export async function everything(raw: RawLibrary): Promise<string> {
  const machine = new Machine(bind(raw))
  const engineHandle = await machine.open()
  const objects = [await contexts(machine.fwp, engineHandle), await machine.filters(engineHandle)].flat()
  const { enumHandle } = await machine.fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null })
  const page = { engineHandle, enumHandle, numEntriesRequested: 1000 }
  const { entries } = await machine.fwp.FwpmProviderEnum0(page)
  await machine.fwp.FwpmProviderDestroyEnumHandle0({ engineHandle, enumHandle })
  await machine.closeAll()
  return [...entries, ...objects]
    .map((object) => JSON.stringify(object, plain))
    .sort()
    .join('\n')
}

async function contexts(fwp: Library, engineHandle: number): Promise<object[]> {
  const { enumHandle } = await fwp.FwpmProviderContextCreateEnumHandle0({ engineHandle, enumTemplate: null })
  const { entries } = await fwp.FwpmProviderContextEnum1({ engineHandle, enumHandle, numEntriesRequested: 1000 })
  await fwp.FwpmProviderContextDestroyEnumHandle0({ engineHandle, enumHandle })
  return [...entries]
}

const NUMBERS: ReadonlySet<string> = new Set(['filterId', 'rawContext', 'providerContextId'])

function plain(key: string, value: unknown): unknown {
  return NUMBERS.has(key) ? undefined : typeof value === 'bigint' ? String(value) : value
}
