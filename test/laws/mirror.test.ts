/** What is remembered of an engine and kept up by notifications is what a look at all of it shows. */

import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Guid, JsonObject } from '../../src/base/json.ts'
import { tunnelKeyOf } from '../../src/kinds/keys.ts'
import { bind } from '../../src/providers/wfp/binding/call/bind.ts'
import { FWPM_GENERAL_CONTEXT } from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { mainModeKeyOf, providerKeyOf, recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { addGeneralContext, contextsOf, dataOf, deleteContext } from '../../src/providers/wfp/engine/contexts.ts'
import { Session } from '../../src/providers/wfp/engine/session.ts'
import { wfpKinds } from '../../src/providers/wfp/kinds.ts'
import { kindsOf } from '../../src/providers/wfp/resources/kind.ts'
import { Mirror } from '../../src/providers/wfp/resources/mirror.ts'
import { observeSets } from '../../src/providers/wfp/resources/observe.ts'
import { decodeRecord, encodeRecord } from '../../src/providers/wfp/resources/owner.ts'
import { ObjectTransaction } from '../../src/providers/wfp/resources/write.ts'
import { remove, setSwitch, tamper } from '../../src/providers/wfp/sandbox/admin.ts'
import type { Observed, SetState } from '../../src/reconcile/plan/model.ts'
import { makePlan } from '../../src/reconcile/plan/plan.ts'
import type { Provider } from '../../src/reconcile/provider.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { manifests, SECRET_VARIABLES } from '../arbitraries/manifests.ts'
import { asAdministrator } from './administrator.ts'
import {
  ALLOW,
  comparablePlans,
  deeds,
  filtersOf,
  happens,
  SET_DOCUMENTS,
  SETS,
  seen,
  statesOf,
  stranger,
} from './deeds.ts'
import { applyTo, desiredOf, type Lab, openLab, WRITING } from './lab.ts'

const KINDS = kindsOf(wfpKinds)
const FWP_E_TIMEOUT = 0x80320012

/** Notifications come when they come. */
const SOON = { interval: 5, timeout: 20_000 }

const live = (states: ReadonlyMap<string, unknown>) =>
  [...states.values()].filter((state) => (state as Partial<Observed>).live !== undefined).length

const sorted = (states: ReadonlyMap<string, unknown>) => [...states].sort(([a], [b]) => (a < b ? -1 : 1))

const isTunnel = ({ kind }: JsonObject): boolean => kind === 'IPsecTunnel'

/** Rewrites every record without what it knows of the parts of its object. */
async function forgetParts({ raw }: Lab): Promise<void> {
  await asAdministrator(raw, async ({ session, write }) => {
    await write(async () => {
      for (const set of SETS) {
        for (const context of await contextsOf(session, providerKeyOf(set), [FWPM_GENERAL_CONTEXT])) {
          const keyed = decodeRecord(dataOf(context))
          if (!keyed) continue
          const { seen: _, ...record } = keyed.record
          const { providerContextKey: key, displayData } = context
          await deleteContext(session, key)
          const data = encodeRecord({ key: keyed.key, record })
          const object = { key, name: displayData.name ?? '', providerKey: providerKeyOf(set), data, persistent: false }
          await addGeneralContext(session, object)
        }
      }
    })
  })
}

describe('the mirror', () => {
  it.each([
    { what: 'told of changes', isTold: true },
    { what: 'reading everything again', isTold: false },
  ])('shows what a first look shows, whatever happened and whoever did it, $what', async ({ isTold }) => {
    const documents = manifests({ maxLength: 4, sets: SETS })
    await fc.assert(
      fc.asyncProperty(documents, deeds, async (generated, happening) => {
        const lab = await openLab()
        const subscription = isTold ? await lab.provider.onChange(() => {}) : undefined
        try {
          await lab.apply(desiredOf([...SET_DOCUMENTS, ...generated]), ALLOW)
          for (const deed of happening) {
            await happens(lab, generated, deed)
            const truth = sorted(await seen(lab))
            if (!isTold) expect(sorted(await statesOf(lab.provider))).toEqual(truth)
            await expect.poll(async () => sorted(await statesOf(lab.provider)), SOON).toEqual(truth)
          }
        } finally {
          await subscription?.close()
          await lab.close()
        }
      }),
      { numRuns: 12, endOnFailure: true }, // to look for a smaller example would wait for each to its end
    )
  })

  it('plans what is known by its parts as it plans what is read', async () => {
    const documents = manifests({ maxLength: 4, sets: SETS })
    let known = 0
    await fc.assert(
      fc.asyncProperty(documents, documents, deeds, async (before, after, happening) => {
        const lab = await openLab()
        try {
          await lab.apply(desiredOf([...SET_DOCUMENTS, ...before]), ALLOW)
          for (const deed of happening) await happens(lab, before, deed)
          const asked = [before, after, [...after, ...before.slice(after.length).filter(isTunnel)]].map((declared) =>
            desiredOf([...SET_DOCUMENTS, ...declared]),
          )
          const states = await statesOf(lab.provider)
          known += [...states.values()].filter((state) => (state as Partial<Observed>).isAsRecorded).length
          const byParts = []
          for (const desired of asked) byParts.push(comparablePlans(await lab.plan(desired, ALLOW)))
          await forgetParts(lab)
          for (const [i, desired] of asked.entries())
            expect(comparablePlans(await lab.plan(desired, ALLOW))).toEqual(byParts[i])
        } finally {
          await lab.close()
        }
      }),
      { numRuns: 40 },
    )
    expect(known).toBeGreaterThan(3)
  })

  it('plans what an earlier pass has found out as it plans what is looked at, whatever happened in between', async () => {
    const documents = manifests({ maxLength: 4, sets: SETS })
    const words = fc.array(fc.constantFrom('deed', 'secret', 'apply', 'nothing'), { minLength: 3, maxLength: 8 })
    let recalled = 0
    await fc.assert(
      fc.asyncProperty(documents, words, deeds, async (declared, happening, done) => {
        const lab = await openLab()
        const saved = new Map<string, string>()
        const results = {
          get: (digest: string) => {
            const known = saved.get(digest)
            if (known !== undefined) recalled += 1
            return known
          },
          put: (digest: string, result: string) => void saved.set(digest, result),
          save: () => {},
        }
        const desired = desiredOf([...SET_DOCUMENTS, ...declared])
        const known = { results, digest: 'of this tree', inventory: () => undefined, at: () => desired }
        const planned = async (recalls: boolean) => {
          const load = async () => ({ ok: true, value: desired, diagnostics: [], known }) as const
          const approve = async () => undefined
          const outcome = await reconcile({ load, open: async () => lab.provider, policy: ALLOW, approve, recalls })
          if (!outcome.ok) return outcome
          const { plans, ...rest } = outcome.planned
          return { ...rest, plans: comparablePlans(plans) }
        }
        try {
          await lab.apply(desired, ALLOW)
          for (const [i, word] of happening.entries()) {
            if (word === 'deed') await happens(lab, declared, done[i % done.length]!)
            if (word === 'apply') await lab.apply(desired, ALLOW)
            if (word === 'secret') process.env[SECRET_VARIABLES[i % SECRET_VARIABLES.length]!] = `another-secret-${i}`
            const truth = await planned(false)
            expect(await planned(true)).toEqual(truth)
            expect(await planned(true)).toEqual(truth)
          }
        } finally {
          for (const [i, name] of SECRET_VARIABLES.entries()) process.env[name] = `test-secret-number-${i}`
          await lab.close()
        }
      }),
      { numRuns: 40 },
    )
    expect(recalled).toBeGreaterThan(20)
  })

  it('asks for what was named and no more', async () => {
    const lab = await labWithTunnels(20)
    const [key] = [...(await seen(lab)).keys()].sort()

    await tamper(lab.raw, key!)

    const named = 'FwpmProviderContextGetByKey3'
    const filters = await asAdministrator(lab.raw, (other) => filtersOf(other, [key!, mainModeKeyOf(key!)]))
    const parts = [named, named, ...filters.map(() => 'FwpmFilterGetByKey0')]
    const asked = ['FwpmTransactionBegin0', ...OWNERS, named, ...parts, 'FwpmTransactionAbort0']
    await expect.poll(() => callsOfLook(lab), SOON).toEqual(asked)
    expect(await callsOfLook(lab)).toEqual(NO_OBJECTS)
    expect(sorted(await statesOf(lab.provider))).toEqual(sorted(await seen(lab)))
  })

  it('corrects one tunnel with calls that do not grow with the set, but for the pages of filters that are read back', async () => {
    const counts = []
    for (const count of [3, 150]) {
      const lab = await labWithTunnels(count)
      await remove(lab.raw, tunnelKeyOf('default', 't1'))
      await expect.poll(async () => live(await statesOf(lab.provider)), SOON).toBe(count - 1)
      lab.calls.splice(0)

      const reports = await lab.apply(
        desiredOf([...SET_DOCUMENTS, ...Array.from({ length: count }, (_, i) => tunnel(i))]),
      )

      expect(reports.flatMap((report) => report.outcomes)).toMatchObject([{ status: 'applied' }])
      counts.push(lab.calls.filter((name) => name !== 'FwpmFilterEnum0').length)
    }
    expect(counts[1]).toBe(counts[0])
  })

  it('gives the same object for what did not change', async () => {
    const lab = await labWithTunnels(3)
    const before = await statesOf(lab.provider)
    const [key, ...others] = [...before.keys()].filter((k) => !SETS.includes(k))
    await tamper(lab.raw, key!)

    await expect.poll(async () => (await statesOf(lab.provider)).get(key!), SOON).not.toBe(before.get(key!))

    const after = await statesOf(lab.provider)
    for (const other of others) expect(after.get(other)).toBe(before.get(other))
  })

  it('does not know of what it was not told, until it is to forget', async () => {
    const lab = await labWithTunnels(2)
    const before = sorted(await statesOf(lab.provider))
    const [key] = [...(await seen(lab)).keys()].filter((k) => !SETS.includes(k))
    await setSwitch(lab.raw, 'notifications', 'off')
    await tamper(lab.raw, key!)
    expect(sorted(await statesOf(lab.provider))).toEqual(before)

    lab.provider.forget()

    expect(sorted(await statesOf(lab.provider))).toEqual(sorted(await seen(lab)))
    expect(sorted(await statesOf(lab.provider))).not.toEqual(before)
  })

  it('knows of what was changed through itself, told or not', async () => {
    const lab = await labWithTunnels(2)
    await setSwitch(lab.raw, 'notifications', 'off')

    for (const documents of [[tunnel(0, '2h'), tunnel(1)], [tunnel(1)], [tunnel(0), tunnel(1)], []]) {
      await lab.apply(desiredOf([...SET_DOCUMENTS, ...documents]), ALLOW)
      expect(sorted(await statesOf(lab.provider))).toEqual(sorted(await seen(lab)))
    }
  })

  it('reads again what a plan wants to change, told or not', async () => {
    const lab = await labWithTunnels(2)
    const keys = [...(await statesOf(lab.provider)).keys()].filter((k) => !SETS.includes(k))
    await setSwitch(lab.raw, 'notifications', 'off')
    for (const key of keys) await remove(lab.raw, key)

    const [state] = await lab.provider.observe([{ set: 'default', wanted: [], again: [keys[0]!] }])

    const live = new Map([...state!.resources.values()].map((o) => [o.key, o.live !== undefined]))
    expect(live).toEqual(
      new Map([
        [keys[0], false],
        [keys[1], true],
      ]),
    )
  })

  it('shows the filters of a tunnel that another process replaced, although only its contexts were told', async () => {
    const lab = await labWithTunnels(2)
    await setSwitch(lab.raw, 'notifications', 'off')
    await anotherApplies(lab, [tunnel(0, '2h'), tunnel(1)])

    const again = [tunnelKeyOf('default', 't0')]
    const [state] = await lab.provider.observe([{ set: 'default', wanted: [], again }])

    expect([...state!.resources.values()].flatMap((o) => o.anomalies)).toEqual([])
  })

  it('knows the filters of a new tunnel, even if they are told and looked at before its context is', async () => {
    const lab = await labWithTunnels(1)
    const session = await Session.open(bind(lab.raw), 1_000)
    onTestFinished(() => session.close())
    const mirror = new Mirror(KINDS.objects)
    const look = () => {
      mirror.beforeTransaction()
      return session.read(() => observeSets(session, [{ set: 'default', wanted: [] }], mirror, KINDS))
    }
    await look()
    await anotherApplies(lab, [tunnel(0), tunnel(1)])
    const key = tunnelKeyOf('default', 't1')
    const filters = await asAdministrator(lab.raw, (other) => filtersOf(other, [key, mainModeKeyOf(key)]))

    for (const { filterKey } of filters) mirror.tell('filter', filterKey)
    await look()
    for (const context of [key, mainModeKeyOf(key), recordKeyOf(key)]) mirror.tell('context', context)
    const [state] = await look()

    expect([...state!.resources.values()].flatMap((o) => o.anomalies)).toEqual([])
  })

  it('shows the same whatever the order in which filters are told', async () => {
    const lab = await labWithTunnels(1)
    const session = await Session.open(bind(lab.raw), 1_000)
    onTestFinished(() => session.close())
    const mirror = new Mirror(KINDS.objects)
    const look = () => session.read(() => observeSets(session, [{ set: 'default', wanted: [] }], mirror, KINDS))
    mirror.beforeTransaction()
    await look()
    const key = tunnelKeyOf('default', 't0')
    const filters = await asAdministrator(lab.raw, (other) => filtersOf(other, [key]))
    const tellAll = () => {
      for (const context of [key, recordKeyOf(key)]) mirror.tell('context', context)
      for (const { filterKey } of filters.toReversed()) mirror.tell('filter', filterKey)
      mirror.beforeTransaction()
    }
    await remove(lab.raw, key)
    tellAll()
    await look()
    await anotherApplies(lab, [tunnel(0)])
    tellAll()
    const states = await look()

    expect(filters.length).toBeGreaterThan(1)
    expect(states[0]?.resources.get('IPsecTunnel/t0')).toEqual((await seen(lab)).get(key))
  })

  it('gives the very state and the very plan again while nothing is otherwise, also of what was read anew', async () => {
    const lab = await labWithTunnels(2)
    const desired = desiredOf([...SET_DOCUMENTS, tunnel(0), tunnel(1, '2h')])
    const key = tunnelKeyOf('default', 't0')
    const look = async (again: readonly Guid[]) => {
      const [state] = await lab.provider.observe([{ set: 'default', wanted: [], again }])
      return state as SetState
    }
    const planOf = (state: SetState) => {
      const [set] = desired.sets
      return makePlan({ set: set!, resources: desired.resources, policy: ALLOW, state, digests: new Map() })
    }

    const first = await look([])
    expect(await look([key])).toBe(first)
    expect(planOf(await look([key]))).toBe(planOf(first))

    await tamper(lab.raw, key)
    const tampered = await look([key])
    expect(tampered).not.toBe(first)
    expect(planOf(tampered).digest).not.toBe(planOf(first).digest)
  })

  it('gives the very state again also where nothing is told, and of what is otherwise that alone anew', async () => {
    const lab = await labWithTunnels(2)
    const provider = await stranger(lab)
    onTestFinished(() => provider.close())
    const look = async () => (await provider.observe([{ set: 'default', wanted: [] }]))[0] as SetState
    const first = await look()
    expect(await look()).toBe(first)

    await tamper(lab.raw, tunnelKeyOf('default', 't0'))
    const tampered = await look()
    const [same, otherwise] = ['IPsecTunnel/t1', 'IPsecTunnel/t0'].map((address) => tampered.resources.get(address))
    expect(same).toBe(first.resources.get('IPsecTunnel/t1'))
    expect(otherwise).not.toEqual(first.resources.get('IPsecTunnel/t0'))
  })

  it('shows what stands also after a look that was broken off at any of its calls', async () => {
    const lab = await openLab()
    onTestFinished(() => lab.close())
    // without main mode: where the last enumeration fails, all that it would have shown is known
    await lab.apply(desiredOf([...SET_DOCUMENTS, tunnel(0), tunnel(1)]), ALLOW)
    const look = async () => sorted(await statesOf(lab.provider))
    await look()
    lab.calls.splice(0)
    await look()
    const calls = lab.calls.length
    for (let call = 0; call < calls; call++) {
      await tamper(lab.raw, tunnelKeyOf('default', 't0'))
      lab.failAt(call, FWP_E_TIMEOUT)
      await look().catch(() => {})
      lab.healthy()
      expect(await look(), `call ${call}`).toEqual(sorted(await seen(lab)))
    }
  })

  it('replaces nothing that another process brought to order while we waited for the lock', async () => {
    const lab = await labWithTunnels(1)
    const desired = desiredOf([...SET_DOCUMENTS, tunnel(0), tunnel(1)])

    const reports = await lab.apply(desired, ALLOW, async () => {
      await setSwitch(lab.raw, 'notifications', 'off') // or late
      await anotherApplies(lab, [tunnel(0), tunnel(1)])
      lab.calls.splice(0)
    })

    expect(lab.calls.filter((name) => WRITING.test(name))).toEqual([])
    expect(reports.map((r) => r.result)).toEqual(['unchanged', 'unchanged'])
  })

  it('deletes all of what it did not plan to delete and knows by half, not the record alone', async () => {
    const lab = await labWithTunnels(1)
    const session = await Session.open(bind(lab.raw), 1_000)
    onTestFinished(() => session.close())
    const mirror = new Mirror(KINDS.objects)
    mirror.beforeTransaction()
    await session.read(() => observeSets(session, [{ set: 'default', wanted: [] }], mirror, KINDS))
    const desired = desiredOf([...SET_DOCUMENTS, tunnel(0, '2h')])
    const { name, kinds } = lab.provider
    const fingerprint = () => lab.provider.fingerprint()
    const provider = {
      name,
      kinds,
      check: () => [],
      observe: (queries) => lab.provider.observe(queries),
      transaction: (set, work) =>
        session.transaction('write', () =>
          work(new ObjectTransaction({ session, mirror, kinds: KINDS, fingerprint }, set)),
        ),
    } as Partial<Provider> as Provider

    await applyTo(provider, desired, ALLOW, async () => {
      await anotherApplies(lab, [tunnel(0), tunnel(1)])
      mirror.tell('context', recordKeyOf(tunnelKeyOf('default', 't1'))) // and the tunnel itself a moment later
      mirror.beforeTransaction()
    })

    expect((await lab.provider.list({ all: true })).map((listed) => listed.address)).toEqual(['IPsecTunnel/t0'])
  })
})

async function anotherApplies({ raw }: Lab, documents: readonly JsonObject[]): Promise<void> {
  const other = await openLab({ ...raw, close: () => {} })
  await other.apply(desiredOf([...SET_DOCUMENTS, ...documents]), ALLOW)
  await other.close()
}

/** A lab that is told of changes, with tunnels in it. */
async function labWithTunnels(count: number): Promise<Lab> {
  const lab = await openLab()
  const subscription = await lab.provider.onChange(() => {})
  onTestFinished(async () => {
    await subscription.close()
    await lab.close()
  })
  await lab.apply(desiredOf([...SET_DOCUMENTS, ...Array.from({ length: count }, (_, i) => tunnel(i))]))
  await expect.poll(() => callsOfLook(lab), SOON).toEqual(NO_OBJECTS) // our own changes are told to us as well
  return lab
}

/** Which sets own something: a set that nobody declares is told of, and the engine tells of no change of a provider. */
const OWNERS = ['FwpmProviderCreateEnumHandle0', 'FwpmProviderEnum0', 'FwpmProviderDestroyEnumHandle0']
/** What a look calls when nothing changed. */
const NO_OBJECTS = ['FwpmTransactionBegin0', ...OWNERS, 'FwpmTransactionAbort0']

async function callsOfLook(lab: Lab): Promise<readonly string[]> {
  lab.calls.splice(0)
  await statesOf(lab.provider)
  return lab.calls
}

function tunnel(i: number, time = '1h'): JsonObject {
  return {
    apiVersion: 'wfpctl/v1alpha1',
    kind: 'IPsecTunnel',
    metadata: { name: `t${i}` },
    spec: {
      mode: 'gateway',
      keyModule: 'ikev2',
      endpoints: { local: '203.0.113.10', remote: `198.51.100.${i + 1}` },
      traffic: { local: ['10.1.0.0/16'], remote: [`10.10.${i}.0/24`] },
      quickMode: { pfs: 'dh20', proposals: [{ esp: { aead: 'aes256gcm' }, lifetime: { time } }] },
    },
  }
}
