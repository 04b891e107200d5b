/** A third kind, from a folder of its own and one line: everything that the others can. */

import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { kinds } from '../../src/kinds/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { addressOf } from '../../src/manifest/model.ts'
import { filterByKey } from '../../src/providers/wfp/engine/filters.ts'
import { wfpKinds } from '../../src/providers/wfp/kinds.ts'
import { manifestYaml } from '../../src/reconcile/export.ts'
import { findDrift } from '../../src/reconcile/plan/drift.ts'
import { textOf } from '../arbitraries/manifests.ts'
import { asAdministrator } from '../laws/administrator.ts'
import { type Lab, openLab, setDocument } from '../laws/lab.ts'
import { blockRule, blockRules, remoteAddress } from './block-rule.ts'

/** The one line. */
const WITH_RULES = [...wfpKinds, blockRules]

const KINDS = new Map([...kinds, blockRule].map((kind) => [kind.name, kind]))
const SET = setDocument('lab')
const tunnel: JsonObject = {
  apiVersion: 'wfpctl/v1alpha1',
  kind: 'IPsecTunnel',
  metadata: { name: 'hq', set: 'lab' },
  spec: {
    mode: 'gateway',
    keyModule: 'ikev2',
    endpoints: { local: '203.0.113.10', remote: '198.51.100.7' },
    traffic: { local: ['10.1.0.0/16'], remote: ['10.2.0.0/16'] },
    quickMode: { proposals: [{ esp: { aead: 'aes256gcm' } }] },
  },
}

function rule(name: string, remote: string, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'BlockRule',
    metadata: { name, set: 'lab' },
    spec: { remote, ...more },
  }
}

function declared(...documents: JsonObject[]) {
  return loaded(textOf([SET, ...documents]))
}

function loaded(text: string) {
  const { desired, diagnostics } = loadDesired([{ path: 'rules.yaml', text }], KINDS)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return desired
}

describe('a kind from elsewhere', () => {
  let lab: Lab
  const keyOf = (name: string) => blockRule.keyOf({ set: 'lab', name, spec: {} })
  const changes = async (...documents: JsonObject[]) =>
    (await lab.plan(declared(...documents))).flatMap((plan) =>
      plan.changes.map(({ action, address, cause }) => `${action} ${address} ${cause}`),
    )
  /** which of the two rules stand in the engine */
  const standing = () =>
    asAdministrator(lab.raw, ({ session }) =>
      session.read(async () => {
        const found = ['a', 'b'].map(async (name) => ((await filterByKey(session, keyOf(name))) ? [name] : []))
        return (await Promise.all(found)).flat()
      }),
    )

  beforeEach(async () => {
    lab = await openLab(undefined, WITH_RULES)
    onTestFinished(() => lab.close())
  })

  it('has its findings at the right place', () => {
    const { diagnostics } = loadDesired(
      [{ path: 'rules.yaml', text: textOf([SET, rule('r', '10.0.0.256'), rule('s', '2001:db8::1')]) }],
      KINDS,
    )

    expect(diagnostics.map(({ code }) => code)).toEqual(['E223', 'E223'])
  })

  it('is planned, applied beside a tunnel, and planned to nothing', async () => {
    const documents = [tunnel, rule('a', '192.0.2.1'), rule('b', '192.0.2.2', { description: 'no way' })]
    expect(await changes(...documents)).toEqual([
      'create BlockRule/a spec',
      'create BlockRule/b spec',
      'create IPsecTunnel/hq spec',
    ])

    expect(await lab.apply(declared(...documents))).toMatchObject([{ result: 'applied', verified: true }])

    expect(await changes(...documents)).toEqual([])
    expect(await standing()).toEqual(['a', 'b'])
  })

  it('is replaced when its declaration changes, and pruned when that is gone', async () => {
    await lab.apply(declared(rule('a', '192.0.2.1'), rule('b', '192.0.2.2')))

    expect(await changes(rule('a', '192.0.2.9'))).toEqual(['delete BlockRule/b prune', 'replace BlockRule/a spec'])
    await lab.apply(declared(rule('a', '192.0.2.9')))

    expect(await changes(rule('a', '192.0.2.9'))).toEqual([])
    expect(await standing()).toEqual(['a'])
  })

  it('drifts when somebody deletes or rewrites it, and is healed', async () => {
    const documents = [tunnel, rule('a', '192.0.2.1'), rule('b', '192.0.2.2')]
    await lab.apply(declared(...documents))

    await asAdministrator(lab.raw, ({ write }) =>
      write(async (engineHandle, fwp) => {
        await fwp.FwpmFilterDeleteByKey0({ engineHandle, key: keyOf('a') })
        const { filter } = await fwp.FwpmFilterGetByKey0({ engineHandle, key: keyOf('b') })
        await fwp.FwpmFilterDeleteByKey0({ engineHandle, key: keyOf('b') })
        const rewritten = { ...filter, filterCondition: [remoteAddress('192.0.2.77')] }
        await fwp.FwpmFilterAdd0({ engineHandle, filter: rewritten, sd: null })
      }),
    )
    const [state] = await lab.provider.observe([{ set: 'lab', wanted: [] }])
    const drifts = findDrift(state!, declared(...documents).resources)

    expect(drifts.map(({ observed, missing }) => [addressOf(observed), missing])).toEqual([
      ['BlockRule/a', true],
      ['BlockRule/b', false],
    ])
    expect(drifts[1]?.differences).toMatchObject([{ path: '/remote', before: '192.0.2.2', after: '192.0.2.77' }])
    expect(await lab.apply(declared(...documents))).toMatchObject([{ result: 'applied' }])
    expect(await changes(...documents)).toEqual([])
  })

  it('is followed by what is told, when changes are told', async () => {
    const subscription = await lab.provider.onChange(() => {})
    onTestFinished(() => subscription.close())
    const documents = [rule('a', '192.0.2.1'), rule('b', '192.0.2.2')]
    await lab.apply(declared(...documents))
    expect(await changes(...documents)).toEqual([])

    await asAdministrator(lab.raw, ({ write }) =>
      write(async (engineHandle, fwp) => void (await fwp.FwpmFilterDeleteByKey0({ engineHandle, key: keyOf('a') }))),
    )

    await expect
      .poll(() => changes(...documents), { interval: 5, timeout: 20_000 })
      .toEqual(['create BlockRule/a drift'])
  })

  it('is listed, and exported as a manifest that plans to nothing', async () => {
    await lab.apply(declared(rule('a', '192.0.2.1', { description: 'no way' })))

    const listed = await lab.provider.list({ all: true })
    expect(listed).toMatchObject([{ address: 'BlockRule/a', set: 'lab', managed: true, spec: { remote: '192.0.2.1' } }])

    expect((await lab.plan(loaded(manifestYaml(listed)))).flatMap((plan) => plan.changes)).toEqual([])
  })

  it('is destroyed with its set, and the owner with it', async () => {
    await lab.apply(declared(tunnel, rule('a', '192.0.2.1')))

    const nothing = { ...declared(), resources: [] }
    const reports = await lab.apply(nothing, { host: 'gw01', allowEmpty: true })

    expect(reports).toMatchObject([{ result: 'applied' }])
    expect(await standing()).toEqual([])
    expect(await lab.provider.ownedSets()).toEqual([])
  })

  it('is refused where somebody else holds its key', async () => {
    await asAdministrator(lab.raw, ({ session, write }) =>
      write(async (_, fwp) => {
        const { engineHandle } = session
        const provider = { ...named('others'), providerKey: randomUUID() }
        await fwp.FwpmProviderAdd0({ engineHandle, provider, sd: null })
        const identity = { set: 'x', name: 'theirs', key: keyOf('a'), providerKey: provider.providerKey }
        await blockRules.add(session, { remote: '192.0.2.50' }, identity, () => new Uint8Array())
      }),
    )

    const [plan] = await lab.plan(declared(rule('a', '192.0.2.1')))

    expect(plan).toMatchObject({ changes: [], blocked: [{ reason: 'foreign', address: 'BlockRule/a' }] })
  })
})

function named(name: string) {
  return { displayData: { name, description: null }, flags: 0, providerData: new Uint8Array(), serviceName: null }
}
