/** The laws of wfpctl, as properties over generated manifests and engine states. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adopt, forget } from '../../src/reconcile/adoption.ts'
import { manifestYaml } from '../../src/reconcile/export.ts'
import type { SetState } from '../../src/reconcile/plan/model.ts'
import { Secrets } from '../../src/reconcile/secrets.ts'
import { manifests, textOf } from '../arbitraries/manifests.ts'
import { desiredOf, desiredOfFiles, inLab, type Lab, POLICY, setDocument, WRITING } from './lab.ts'

const SETS = ['default', 'lab'] as const
/** What an export writes where nobody shows the key of a foreign tunnel. */
process.env.FILL_IN = 'whatever it is'
const documents = manifests({ maxLength: 4, sets: SETS }).map((generated) => [
  setDocument('lab'),
  setDocument('default'),
  ...generated,
])

/** fast-check runs this many random cases of each law; every failure prints its seed. */
const RUNS = { numRuns: 25 }
const SLOW_RUNS = { numRuns: 5 }
const ALLOW = { host: 'gw01', allowEmpty: true }

/** What the engine holds, in a form that two runs can be compared by. */
async function stateOf(lab: Lab): Promise<unknown> {
  const listed = await lab.provider.list({ all: true })
  const states = await lab.provider.observe(SETS.map((set) => ({ set, wanted: [] })))
  return { listed, records: states.map(recordsOf) }
}

function recordsOf(state: SetState): unknown {
  return [...state.resources.values()]
}

describe('laws', () => {
  it('L1: the plan after an apply is empty, and the apply was verified', async () => {
    await fc.assert(
      fc.asyncProperty(documents, (generated) =>
        inLab(async (lab) => {
          const desired = desiredOf(generated)

          const reports = await lab.apply(desired, ALLOW)

          expect(reports.flatMap((r) => r.diagnostics)).toEqual([])
          expect(reports.every((r) => r.result === 'unchanged' || r.verified)).toBe(true)
          expect((await lab.plan(desired, ALLOW)).flatMap((p) => p.changes)).toEqual([])
        }),
      ),
      RUNS,
    )
  })

  it('L2: the order of files and of lists without order does not matter', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.infiniteStream(fc.nat()), (generated, random) =>
        inLab(async (lab) => {
          const shuffled = shuffle(generated, random)
          const turned = shuffled.map((d) => JSON.parse(JSON.stringify(d)) as typeof d).map((d) => turnSets(d))

          await lab.apply(desiredOf(generated), ALLOW)

          const files = turned.map((document, i) => ({ path: `${i}.yaml`, text: textOf([document]) }))
          expect((await lab.plan(desiredOfFiles(files), ALLOW)).flatMap((p) => p.changes)).toEqual([])
        }),
      ),
      RUNS,
    )
  })

  it('L4: equal objects get no call, and a second apply opens no write transaction', async () => {
    await fc.assert(
      fc.asyncProperty(documents, (generated) =>
        inLab(async (lab) => {
          const desired = desiredOf(generated)
          await lab.apply(desired, ALLOW)
          lab.calls.length = 0

          await lab.apply(desired, ALLOW)

          expect(lab.calls.filter((name) => WRITING.test(name) || name === 'FwpmTransactionCommit0')).toEqual([])
          expect(lab.calls.filter((name) => name === 'FwpmTransactionBegin0')).toHaveLength(1)
        }),
      ),
      RUNS,
    )
  })

  it('L4: a change of one object makes no call on another', async () => {
    await fc.assert(
      fc.asyncProperty(documents, documents, (before, after) =>
        inLab(async (lab) => {
          await lab.apply(desiredOf(before), ALLOW)
          const desired = desiredOf(after)
          const plans = await lab.plan(desired, ALLOW)
          lab.calls.length = 0

          await lab.apply(desired, ALLOW)

          const expected = plans
            .flatMap((p) => p.changes)
            .filter((c) => (c.after && c.impact !== 'none') || c.action === 'create')
          expect(lab.calls.filter((name) => name.startsWith('FwpmIPsecTunnelAdd'))).toHaveLength(expected.length)
        }),
      ),
      RUNS,
    )
  })

  it('L5: what is exported plans to nothing', async () => {
    await fc.assert(
      fc.asyncProperty(documents, (generated) =>
        inLab(async (lab) => {
          await lab.apply(desiredOf(generated), ALLOW)

          const listed = (await lab.provider.list({ all: false })).filter((l) => l.kind.name === 'IPsecTunnel')
          const desired = desiredOfFiles([{ path: 'export.yaml', text: manifestYaml(listed) }])

          expect((await lab.plan(desired)).flatMap((p) => p.changes)).toEqual([])
          expect((await lab.plan(desired)).reduce((n, p) => n + p.unchanged, 0)).toBe(listed.length)
        }),
      ),
      RUNS,
    )
  })

  it('L5: what others made is exported, adopted, and then plans to nothing', async () => {
    await fc.assert(
      fc.asyncProperty(manifests({ maxLength: 3, sets: ['default'] }), (generated) =>
        inLab(async (lab) => {
          await lab.apply(desiredOf(generated), ALLOW)
          // a record that is gone makes a tunnel somebody else's
          for (const { key, set = '' } of await lab.provider.list({ all: false }))
            await forget(lab.provider, { key, set })
          const foreign = await lab.provider.list({ all: true })
          const desired = desiredOfFiles([{ path: 'export.yaml', text: manifestYaml(foreign) }])
          const byKey = new Map(desired.resources.map((one) => [one.kind.keyOf(one), one]))

          for (const { key, kind } of foreign) {
            const resource = byKey.get(key)
            if (!resource) continue
            const adoption = {
              kind,
              name: resource.name,
              set: resource.set,
              key,
              resource,
              policy: POLICY,
              secrets: new Secrets(),
            }
            const looked = await adopt(lab.provider, adoption)
            expect(looked.status).toBe('possible')
            // the name that its maker gave it is kept as a text, which is no reason to replace it
            const differing = 'differences' in looked ? looked.differences.map(({ path }) => path) : []
            expect(differing.filter((path) => path !== '/description')).toEqual([])
            expect((await adopt(lab.provider, adoption, 'digest' in looked ? looked.digest : '')).status).toBe(
              'adopted',
            )
          }

          expect((await lab.plan(desired)).flatMap((p) => p.changes)).toEqual([])
        }),
      ),
      RUNS,
    )
  })

  it('L6: whichever engine call is refused, each set is as before or as after', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        documents,
        fc.nat(),
        fc.constantFrom(0x80320009, 5, 0xc0000022),
        (first, second, where, status) =>
          inLab(async (lab) => {
            await lab.apply(desiredOf(first), ALLOW)
            const before = await stateOf(lab)
            const desired = desiredOf(second)
            const total = await inLab(async (other) => {
              await other.apply(desiredOf(first), ALLOW)
              other.calls.length = 0
              await other.apply(desired, ALLOW)
              return other.calls.length
            })
            lab.failAt(where % total, status)

            const ended = await lab.apply(desired, ALLOW).catch(() => undefined)
            lab.healthy()

            const untouched = ended?.every((r) => r.result !== 'applied') ?? false
            if (untouched) expect(await stateOf(lab)).toEqual(before)
            for (const report of ended ?? []) {
              if (report.result !== 'applied') expect(report.outcomes.filter((o) => o.status === 'applied')).toEqual([])
            }
            await lab.apply(desired, ALLOW)
            expect((await lab.plan(desired, ALLOW)).flatMap((p) => p.changes)).toEqual([])
          }),
      ),
      { ...RUNS, numRuns: 40 },
    )
  })

  it('leaves nothing of a set that has been emptied', async () => {
    await fc.assert(
      fc.asyncProperty(documents, (generated) =>
        inLab(async (lab) => {
          const unprotected = generated.map(
            (d) => JSON.parse(JSON.stringify(d).replaceAll('"protect":"delete"', '"protect":"none"')) as typeof d,
          )
          await lab.apply(desiredOf(unprotected), ALLOW)

          await lab.apply(desiredOf([setDocument('lab'), setDocument('default')]), ALLOW)

          expect(await lab.provider.list({ all: true })).toEqual([])
          expect(await lab.provider.ownedSets()).toEqual([])
        }),
      ),
      SLOW_RUNS,
    )
  })
})

function shuffle<T>(items: readonly T[], random: fc.Stream<number>): T[] {
  return items
    .map((item) => ({ item, rank: random.next().value as number }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

/** Turns round every list that stands for a set: traffic (but not endpoints, which are tried in order), flags and EKUs. */
function turnSets<T>(node: T, name = '', parent = ''): T {
  if (Array.isArray(node)) {
    const items = node.map((item) => turnSets(item, '', name))
    const isSet = ['flags', 'ekus'].includes(name) || parent === 'traffic'
    return (isSet ? items.reverse() : items) as T
  }
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, turnSets(value, key, name)])) as T
}
