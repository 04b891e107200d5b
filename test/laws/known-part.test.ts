/** Where an earlier pass found nothing to do, and only what belongs to a few resources is otherwise now, the plan of those says all. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Guid } from '../../src/base/json.ts'
import { planJson, renderPlan } from '../../src/cli/render/index.ts'
import { paintFor } from '../../src/cli/render/paint.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { tunnelKeyOf } from '../../src/kinds/keys.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { Memory } from '../../src/manifest/reading.ts'
import { FWP_ACTION_BLOCK } from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { digestKeyKeyOf, providerKeyOf, recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { addGeneralContext, contextByKey, dataOf, deleteContext } from '../../src/providers/wfp/engine/contexts.ts'
import { createOwner } from '../../src/providers/wfp/resources/owner.ts'
import { addForeign, remove, tamper } from '../../src/providers/wfp/sandbox/admin.ts'
import type { Provider } from '../../src/reconcile/provider.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { SECRET_VARIABLES } from '../arbitraries/manifests.ts'
import { many, tunnel, tunnelSet } from '../cli/manifests.ts'
import { type Administrator, asAdministrator } from './administrator.ts'
import { filtersOf } from './deeds.ts'
import { type Lab, openLab } from './lab.ts'

const SETS = ['vpn', 'lab']
const SECRET = SECRET_VARIABLES[0]!
/** Enough for many blocks. */
const IN_EACH_FILE = 150
const POLICY = { host: 'gw01' }
const NEW_KEY = '00000000-0000-0000-0000-000000000000'

const files = SETS.map((set, n) => ({
  path: `${set}.yaml`,
  text: many(
    tunnelSet(set, 'prune: true, safety: { maxDelete: 10%, maxReplace: 1% }'),
    ...Array.from({ length: IN_EACH_FILE }, (_, i) =>
      tunnel(`t${n}-${i}`, {
        set,
        net: i,
        ...(i % 7 === 0 ? { enabled: false } : i % 5 === 0 && { psk: `env: ${SECRET}` }),
      }).replace(/198\.51\.100|10\.[12]\./g, (there) =>
        there.startsWith('10') ? `${there.slice(0, -1)}${n}.` : `198.51.10${n}`,
      ),
    ),
  ),
}))

const keyOf = (pick: number): Guid => {
  const n = pick % SETS.length
  return tunnelKeyOf(SETS[n]!, `t${n}-${Math.floor(pick / SETS.length) % IN_EACH_FILE}`)
}

type Doing = (lab: Lab, key: Guid, pick: number) => Promise<unknown>
const byAdministrator =
  (work: (other: Administrator, key: Guid, pick: number) => Promise<unknown>): Doing =>
  ({ raw }, key, pick) =>
    asAdministrator(raw, (other) => other.write(async () => void (await work(other, key, pick))))

/** Puts bytes where the record of a tunnel stands, or belongs. */
async function putRecord({ session }: Administrator, key: Guid, data: Uint8Array): Promise<void> {
  await deleteContext(session, recordKeyOf(key))
  const providerKey = providerKeyOf(SETS[0]!)
  await addGeneralContext(session, { key: recordKeyOf(key), name: 'x', providerKey, data, persistent: false })
}

/** They concern few resources. */
const FEW: { readonly [what: string]: Doing } = {
  'remove a tunnel': ({ raw }, key) => remove(raw, key),
  'tamper with a tunnel': ({ raw }, key) => tamper(raw, key),
  'add a filter of another product': byAdministrator(async (other, key) => {
    const [filter] = await filtersOf(other, [key])
    if (!filter) return
    const action = { type: FWP_ACTION_BLOCK, filterType: NEW_KEY } as const
    const theirs = { ...filter, filterKey: NEW_KEY, providerKey: null, flags: 0, rawContext: 0n, action }
    await other.fwp.FwpmFilterAdd0({ engineHandle: other.session.engineHandle, filter: theirs as never, sd: null })
  }),
  'delete a record': byAdministrator(({ session }, key) => deleteContext(session, recordKeyOf(key))),
  'delete filters of a tunnel': byAdministrator(async (other, key, pick) => {
    for (const { filterKey } of (await filtersOf(other, [key])).slice(pick % 3))
      await other.fwp.FwpmFilterDeleteByKey0({ engineHandle: other.session.engineHandle, key: filterKey })
  }),
  'add a filter to a tunnel': byAdministrator(async (other, key) => {
    const [filter] = await filtersOf(other, [key])
    if (!filter) return
    const { engineHandle } = other.session
    await other.fwp.FwpmFilterAdd0({ engineHandle, filter: { ...filter, filterKey: NEW_KEY }, sd: null })
  }),
  'give a tunnel the record of another': byAdministrator(async (other, key, pick) => {
    const record = dataOf(await contextByKey(other.session, recordKeyOf(keyOf(pick + 1))))
    if (record) await putRecord(other, key, record)
  }),
  'write over a record': byAdministrator((other, key) => putRecord(other, key, Buffer.from('x'))),
  'change a record': byAdministrator(async (other, key) => {
    const record = dataOf(await contextByKey(other.session, recordKeyOf(key)))
    if (!record) return
    const text = Buffer.from(record).toString().replace('"protect":false', '"protect":true')
    await putRecord(other, key, Buffer.from(text))
  }),
}

/** They may concern all. */
const MORE: { readonly [what: string]: Doing } = {
  'add a tunnel of another product': ({ raw }) => addForeign(raw),
  'rename a tunnel in its record': byAdministrator(async (other, key) => {
    const record = dataOf(await contextByKey(other.session, recordKeyOf(key)))
    if (!record) return
    await putRecord(
      other,
      key,
      Buffer.from(
        Buffer.from(record)
          .toString()
          .replace(/"name":"[^"]*"/, '"name":"other"'),
      ),
    )
  }),
  'put a context under an owner of ours': byAdministrator(({ session }, _key, pick) =>
    addGeneralContext(session, {
      key: recordKeyOf(recordKeyOf(keyOf(pick))),
      name: 'x',
      providerKey: providerKeyOf(SETS[pick % SETS.length]!),
      data: Buffer.from('x'),
      persistent: false,
    }),
  ),
  'bring the owner of another set': byAdministrator(async ({ session }) => {
    await createOwner(session, 'stranger')
    await deleteContext(session, digestKeyKeyOf('stranger'))
  }),
  'change a secret': async (_lab, _key, pick) => {
    process.env[SECRET] = `another-secret-${pick % 2}`
  },
  'replace the key of digests': byAdministrator(async ({ session }) => {
    const key = digestKeyKeyOf(SETS[0]!)
    await deleteContext(session, key)
    const providerKey = providerKeyOf(SETS[0]!)
    await addGeneralContext(session, { key, name: 'x', providerKey, data: Buffer.alloc(32, 7), persistent: true })
  }),
}

const DEEDS = { ...FEW, ...MORE }
const what = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Object.keys(FEW)) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(MORE)) },
)
type Deed = readonly [what: string, pick: number]
const deeds = fc.array(fc.tuple(what, fc.nat(2 * IN_EACH_FILE)), { minLength: 1, maxLength: 3 })
/** Beside what chance brings: every deed alone, and each way that a plan comes about more than once. */
const EACH: Deed[][] = [
  ...[20, 50, 90, 130].map((pick): Deed[] => [['add a filter of another product', pick]]),
  ...Object.keys(DEEDS).map((deed, i): Deed[] => [[deed, 2 + 11 * i]]),
]

it('plans a part as it plans all, whatever was done to a few', async () => {
  const seen = { parts: 0, quiet: 0, all: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(deeds, { minLength: 1, maxLength: 3 }), async (rounds: readonly Deed[][]) => {
      const lab = await openLab()
      const saved = new Map<string, string>()
      const one = {
        get: (digest: string) => saved.get(digest),
        put: (digest: string, result: string) => void saved.set(digest, result),
        save: () => {},
      }
      const results = { texts: one, trees: one }
      const planned = async (recalls: boolean, done = () => {}) => {
        const load = async () => {
          const { desired, diagnostics, clean } = loadDesired(files, kindsByName, new Memory(results))
          return { ok: true, value: desired, diagnostics, ...(clean && { known: { results: one, ...clean } }) } as const
        }
        const provider = new Proxy(lab.provider, {
          get: (target, name: keyof Provider) => {
            if (name === 'observe') done()
            const member = target[name]
            return typeof member === 'function' ? member.bind(target) : member
          },
        })
        const approve = async () => undefined
        const outcome = await reconcile({ load, open: async () => provider, policy: POLICY, approve, recalls })
        if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
        const { planned } = outcome
        const [json, text] = [planJson(planned, []), renderPlan({ ...planned, full: true }, paintFor(false))]
        return { json, text, isQuiet: planned.plans.every(({ changes }) => changes.length === 0) }
      }
      try {
        await lab.apply(loadDesired(files, kindsByName).desired, POLICY)
        await planned(true)
        for (const round of rounds) {
          for (const [deed, pick] of round) await happens(DEEDS[deed]!, lab, pick)
          let all = 0
          const told = await planned(true, () => {
            all += 1
          })
          expect(told).toEqual(await planned(false))
          seen[all > 0 ? 'all' : told.isQuiet ? 'quiet' : 'parts'] += 1
        }
      } finally {
        process.env[SECRET] = 'test-secret-number-0'
        await lab.close()
      }
    }),
    { numRuns: 25, examples: [[EACH as [string, number][][]]] },
  )
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(3)
}, 300_000)

/** Does it, if it can be done: a tunnel that is gone cannot be removed. */
async function happens(doing: Doing, lab: Lab, pick: number): Promise<void> {
  try {
    await doing(lab, keyOf(pick), pick)
  } catch (error) {
    if (!/NOT_FOUND|IN_USE|ALREADY_EXISTS/.test(String(error))) throw error
  }
}
