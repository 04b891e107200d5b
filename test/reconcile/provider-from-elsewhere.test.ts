/** A provider that the package does not have: objects of a tiny kind, kept in memory. The core asks no more of a target than this. */

import { describe, expect, it } from 'vitest'
import type { Guid, JsonObject } from '../../src/base/json.ts'
import { apply, type Listed, type Provider, plan, type SetTransaction } from '../../src/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { addressOf, type Desired } from '../../src/manifest/model.ts'
import type { AppliedRecord, Observed, SetState } from '../../src/reconcile/plan/model.ts'
import { textOf } from '../arbitraries/manifests.ts'
import { setDocument } from '../laws/lab.ts'
import { widget, widgets } from '../support/widget.ts'

interface Kept {
  /** absent: somebody took it, and the record is left */
  readonly spec?: JsonObject
  readonly record?: AppliedRecord
}
type Store = ReadonlyMap<Guid, Kept>

class MemoryProvider implements Provider {
  readonly name = 'memory'
  readonly kinds = widgets
  store: Store = new Map()

  check = () => []
  ownedSets = async () => [...new Set(this.#observed(this.store).map(({ set }) => set))]
  observe: Provider['observe'] = async (queries) => queries.map(({ set }) => this.#state(set, this.store))
  list = async (): Promise<Listed[]> =>
    this.#observed(this.store).map(({ record, live = {}, ...names }) => {
      const { labels } = record
      return { ...names, address: addressOf(names), spec: live, labels, managed: true, hidden: [] }
    })
  notes = async () => new Map()
  registered = async () => new Set<Guid>()
  register = () => Promise.reject(new Error('nothing here lives in a session'))
  onChange = async () => ({ close: async () => {} })
  close = async () => {}

  transaction: Provider['transaction'] = async (_set, work) => {
    const draft = new Map(this.store)
    const { commit, value } = await work(this.#transactionOn(draft))
    if (commit) this.store = draft
    return value
  }

  #transactionOn(draft: Map<Guid, Kept>): SetTransaction {
    const change = (key: Guid, kept: Kept) => void draft.set(key, { ...draft.get(key), ...kept })
    return {
      observe: async (queries) => queries.map((query) => this.#state(query.set, draft)),
      ensureOwner: async () => new Uint8Array(32),
      removeOwner: async () => false,
      add: async ({ resource, key }) => change(key, { spec: resource.spec }),
      remove: async ({ key }) => void draft.delete(key),
      readBack: async (changed) =>
        new Map(
          changed.map(({ key }) => [
            key,
            { live: draft.get(key)?.spec ?? {}, hidden: [], filters: '', filterList: () => '' },
          ]),
        ),
      record: async (_resource, key, record) => change(key, { record }),
      find: async () => undefined,
      forget: async ({ key }) => {
        const { record: _, ...kept } = draft.get(key) ?? {}
        draft.set(key, kept)
      },
      shownSecrets: async () => new Map(),
      noted: async () => undefined,
      note: async () => {},
      unsettled: async () => [],
    }
  }

  #state(set: string, store: Store): SetState {
    const own = this.#observed(store).filter((one) => one.set === set)
    return {
      set,
      resources: new Map(own.map((one) => [addressOf(one), one])),
      foreign: new Map(),
    }
  }

  #observed(store: Store): Observed[] {
    return [...store].flatMap(([key, { spec, record }]) => {
      if (!record) return []
      const { name, set } = record
      return [{ kind: widget, name, set, key, record, ...(spec && { live: spec }), unverified: [], anomalies: [] }]
    })
  }
}

const policy = { host: 'gw01' }

function declared(...sizes: number[]): Desired {
  const documents = sizes.map((size) => ({
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'Widget',
    metadata: { name: `w${size}`, set: 'lab' },
    spec: { size },
  }))
  const text = textOf([setDocument('lab'), ...documents])
  const { desired, diagnostics } = loadDesired([{ path: 'widgets.yaml', text }], widgets)
  expect(diagnostics).toEqual([])
  return desired
}

describe('a provider from elsewhere', () => {
  const changes = async (provider: Provider, desired: Desired) => {
    const planned = await plan(desired, { provider, policy })
    return (
      planned.ok && planned.value.plans.flatMap((one) => one.changes.map((c) => `${c.action} ${c.address} ${c.cause}`))
    )
  }

  it('is planned and applied, and then there is nothing to do', async () => {
    const provider = new MemoryProvider()
    expect(await changes(provider, declared(1, 2))).toEqual(['create Widget/w1 spec', 'create Widget/w2 spec'])

    expect(await apply(declared(1, 2), { provider, policy })).toMatchObject({
      reports: [{ result: 'applied', verified: true }],
    })

    expect(await changes(provider, declared(1, 2))).toEqual([])
    expect(await provider.list()).toMatchObject([{ address: 'Widget/w1' }, { address: 'Widget/w2', spec: { size: 2 } }])
  })

  it('is healed, and pruned', async () => {
    const provider = new MemoryProvider()
    await apply(declared(1, 2), { provider, policy })
    const { record } = provider.store.get('w1') as Kept
    provider.store = new Map(provider.store).set('w1', { spec: { size: 7, tags: [] }, record: record as AppliedRecord })

    expect(await changes(provider, declared(1))).toEqual(['delete Widget/w2 prune', 'replace Widget/w1 drift'])
    await apply(declared(1), { provider, policy })

    expect(await changes(provider, declared(1))).toEqual([])
  })

  it('changes nothing where it reads back otherwise', async () => {
    const provider = new MemoryProvider()
    const transaction = provider.transaction
    provider.transaction = (set, work) => transaction(set, (tx) => work({ ...tx, readBack: async () => new Map() }))

    expect(await apply(declared(1), { provider, policy })).toMatchObject({ reports: [{ result: 'mismatch' }] })
    expect([...provider.store]).toEqual([])
  })
})
