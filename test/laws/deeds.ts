/** What may happen to a host beside wfpctl, and how it is seen by who looks for the first time. */

import fc from 'fast-check'
import type { Guid } from '../../src/base/json.ts'
import { bind } from '../../src/providers/wfp/binding/call/bind.ts'
import { mainModeKeyOf, recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { WfpProvider } from '../../src/providers/wfp/provider.ts'
import { addForeign, remove, reset, tamper } from '../../src/providers/wfp/sandbox/admin.ts'
import type { SetPlan } from '../../src/reconcile/plan/model.ts'
import type { Document } from '../arbitraries/manifests.ts'
import { type Administrator, asAdministrator } from './administrator.ts'
import { desiredOf, type Lab, openLab, setDocument } from './lab.ts'

export const SETS = ['default', 'lab']
export const SET_DOCUMENTS = SETS.map((name) => setDocument(name))
export const ALLOW = { host: 'gw01', allowEmpty: true }

/** Something that happens to a host; `pick` chooses the tunnel. */
export interface Deed {
  readonly what: keyof typeof DEEDS
  readonly pick: number
}

export type Doing = (lab: Lab, key: Guid, documents: readonly Document[], pick: number) => Promise<unknown>

const byAdministrator =
  (work: (other: Administrator, key: Guid) => Promise<unknown>): Doing =>
  (lab, key) =>
    asAdministrator(lab.raw, (other) => work(other, key))

export const DEEDS = {
  'apply everything': (lab, _key, documents) => lab.apply(desiredOf([...SET_DOCUMENTS, ...documents]), ALLOW),
  'apply a part': (lab, _key, documents, pick) =>
    lab.apply(desiredOf([...SET_DOCUMENTS, ...documents.slice(0, pick % (documents.length + 1))]), ALLOW),
  'apply everything from another process': async ({ raw }, _key, documents) => {
    const other = await openLab({ ...raw, close: () => {} })
    await other.apply(desiredOf([...SET_DOCUMENTS, ...documents]), ALLOW)
    await other.close()
  },
  'remove a tunnel': ({ raw }, key) => remove(raw, key),
  'tamper with a tunnel': ({ raw }, key) => tamper(raw, key),
  'add a tunnel of another product': ({ raw }) => addForeign(raw),
  'delete a record': byAdministrator(({ write }, key) =>
    write(async (engineHandle, fwp) => {
      await fwp.FwpmProviderContextDeleteByKey0({ engineHandle, key: recordKeyOf(key) })
    }),
  ),
  'delete the filters of a tunnel': byAdministrator(async (other, key) => {
    const filters = await filtersOf(other, [key, mainModeKeyOf(key)])
    await other.write(async (engineHandle, fwp) => {
      for (const filter of filters) await fwp.FwpmFilterDeleteByKey0({ engineHandle, key: filter.filterKey })
    })
  }),
  'add a filter to a tunnel': byAdministrator(async (other, key) => {
    const [filter] = await filtersOf(other, [key])
    if (!filter) return
    await other.write(async (engineHandle, fwp) => {
      const another = { ...filter, filterKey: '00000000-0000-0000-0000-000000000000' }
      await fwp.FwpmFilterAdd0({ engineHandle, filter: another, sd: null })
    })
  }),
  'reset the engine': ({ raw }) => reset(raw),
} satisfies { readonly [what: string]: Doing }

export const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.record({ what: fc.constantFrom(...(Object.keys(DEEDS) as (keyof typeof DEEDS)[])), pick: fc.nat(20) }),
  { minLength: 3, maxLength: 8 },
)

export async function filtersOf({ session, fwp }: Administrator, contexts: readonly Guid[]) {
  const found = []
  const pages = session.enumerate({
    create: (engineHandle) => fwp.FwpmFilterCreateEnumHandle0({ engineHandle, enumTemplate: null }),
    next: (args) => fwp.FwpmFilterEnum0(args),
    destroy: (args) => fwp.FwpmFilterDestroyEnumHandle0(args),
  })
  for await (const page of pages)
    found.push(...page.filter((filter) => contexts.includes(filter.providerContextKey ?? '')))
  return found
}

/** Does it, if it can be done: a tunnel that is gone, or that a filter of somebody else refers to, cannot be removed. */
export async function happens(lab: Lab, documents: readonly Document[], { what, pick }: Deed): Promise<void> {
  const keys = [...(await seen(lab)).keys()].sort()
  const doing: Doing = DEEDS[what]
  try {
    await doing(lab, keys[pick % keys.length] ?? '00000000-0000-4000-8000-000000000000', documents, pick)
  } catch (error) {
    if (!/NOT_FOUND|IN_USE/.test(String(error))) throw error
  }
}

export async function seen(lab: Lab): Promise<Map<Guid, unknown>> {
  const provider = await stranger(lab)
  try {
    return await statesOf(provider)
  } finally {
    await provider.close()
  }
}

/** Somebody who looks for the first time, and so at everything. */
export function stranger({ raw }: Lab): Promise<WfpProvider> {
  const closeLibrary = async () => {}
  return WfpProvider.open(bind(raw), { name: 'sandbox', lockTimeoutMilliseconds: 1_000, closeLibrary })
}

/** Everything that is observed, by key; what belongs to no tunnel stands under its set. */
export async function statesOf(provider: WfpProvider): Promise<Map<string, unknown>> {
  const states = await provider.observe(SETS.map((set) => ({ set, wanted: [] })))
  return new Map(
    states.flatMap(({ set, resources, foreign, digestKey }): [string, unknown][] => [
      ...[...resources.values()].map((observed): [string, unknown] => [observed.key, observed]),
      [set, { foreign, digestKey: digestKey && Buffer.from(digestKey).toString('hex') }],
    ]),
  )
}

/** All that a plan says, but for how its objects were observed. */
export function comparablePlans(plans: readonly SetPlan[]) {
  return plans.map(({ set, changes, ...plan }) => ({
    ...plan,
    set: set.name,
    changes: changes.map(({ before, ...change }) => ({
      ...change,
      before: before && { live: before.live, unverified: before.unverified, anomalies: before.anomalies },
    })),
  }))
}
