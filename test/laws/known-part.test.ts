/**
 * Where an earlier pass found nothing to do, and only what belongs to a few resources is otherwise now, in the engine or in files, the plan
 * of those says all, and applying it does all.
 */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Diagnostic, hasErrors } from '../../src/base/diagnostic.ts'
import type { Guid } from '../../src/base/json.ts'
import type { SourceFile } from '../../src/base/source.ts'
import { diagnosticsToJson, planJson, renderPlan } from '../../src/cli/render/index.ts'
import { paintFor } from '../../src/cli/render/paint.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { tunnelKeyOf } from '../../src/kinds/keys.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { Memory } from '../../src/manifest/memory.ts'
import { FWP_ACTION_BLOCK } from '../../src/providers/wfp/binding/tables/constants/index.ts'
import { digestKeyKeyOf, providerKeyOf, recordKeyOf } from '../../src/providers/wfp/engine/claims.ts'
import { addGeneralContext, contextByKey, dataOf, deleteContext } from '../../src/providers/wfp/engine/contexts.ts'
import { createOwner } from '../../src/providers/wfp/resources/owner.ts'
import { addForeign, remove, tamper } from '../../src/providers/wfp/sandbox/admin.ts'
import type { SetReport } from '../../src/reconcile/apply/report.ts'
import type { Provider } from '../../src/reconcile/provider.ts'
import { type Approval, type Loaded, type Reconciled, reconcile } from '../../src/reconcile/reconcile.ts'
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

const OWN = SETS.map((set, n) => ({
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

/** What another host has, with a secret that nobody has here. */
const OTHERS = {
  path: 'far.yaml',
  text: many(
    tunnelSet('far', 'host: gw02, prune: true'),
    ...Array.from({ length: 20 }, (_, i) => tunnel(`f-${i}`, { set: 'far', net: i, psk: 'env: NOBODY_HAS_IT' })),
  ),
}
const TREE: readonly SourceFile[] = [...OWN, OTHERS]

const setOf = (pick: number): string => SETS[pick % SETS.length]!
const keyOf = (pick: number): Guid => {
  const n = pick % SETS.length
  return tunnelKeyOf(SETS[n]!, `t${n}-${Math.floor(pick / SETS.length) % IN_EACH_FILE}`)
}

/** Files as they are now: each deed puts others in their place. */
type Tree = SourceFile[]
type Doing = (lab: Lab, key: Guid, pick: number, tree: Tree) => Promise<unknown>

/** @param edit documents of one file, and which of them is meant: a tunnel */
const byEditing =
  (edit: (documents: string[], i: number) => readonly string[]): Doing =>
  async (_lab, _key, pick, tree) => {
    const n = pick % tree.length
    const documents = tree[n]!.text.split('---\n')
    const i = 1 + (Math.floor(pick / tree.length) % Math.max(1, documents.length - 1))
    tree[n] = { ...tree[n]!, text: edit(documents, i).join('---\n') }
  }
const replaced = (what: RegExp, by: string) =>
  byEditing((documents, i) => documents.map((text, at) => (at === i ? text.replace(what, by) : text)))
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

const ONE_KEY = 'key: 0c3ce0a4-67b5-4d2c-8a7c-6e2c3d0b1f11\n  '

/** In files, of few resources. */
const EDITS: { readonly [what: string]: Doing } = {
  'change a lifetime': replaced(/time: 1h/, 'time: 2h'),
  'change a description': replaced(/mode: gateway/, 'mode: gateway\n  description: another'),
  'turn a tunnel on or off': byEditing((documents, i) =>
    documents.map((text, at) =>
      at !== i
        ? text
        : text.includes('enabled')
          ? text.replace('enabled: false', 'enabled: true')
          : text.replace('keyModule', 'enabled: false\n  keyModule'),
    ),
  ),
  'rename a tunnel': replaced(/name: ([tf])/, 'name: renamed-$1'),
  'rename one and say so': replaced(/name: ([tf][-\d]+)/, 'name: new-$1, formerly: [$1]'),
  'give it a key': replaced(/(?<!1\n {2})keyModule/, `${ONE_KEY}keyModule`),
  'give it the name of another': byEditing((documents, i) =>
    documents.map((text, at) => (at === i ? text.replace(/name: (t\d|f)-\d+/, 'name: $1-1') : text)),
  ),
  'take a document out': byEditing((documents, i) => documents.toSpliced(i, 1)),
  'write one document twice': byEditing((documents, i) => [...documents, documents[i] ?? '']),
  'change the order': byEditing(([first, ...others]) => [first!, ...others.toReversed()]),
  'break a document': replaced(/mode: gateway/, 'mode: gatway'),
  'take the traffic of another': replaced(/traffic: .*/, 'traffic: { local: [10.10.7.0/24], remote: [10.20.7.0/24] }'),
  'join two documents without a line between them': byEditing((documents, i) => {
    const [one, other] = documents.slice(i, i + 2)
    return other === undefined ? documents : documents.toSpliced(i, 2, `${one}...\n${other}`)
  }),
  'move it to the other file': async (_lab, _key, pick, tree) => {
    const [from, to] = [pick % tree.length, (pick + 1) % tree.length]
    const documents = tree[from]!.text.split('---\n')
    const [moved] = documents.splice(1 + (pick % Math.max(1, documents.length - 1)), 1)
    if (moved === undefined) return
    tree[to] = { ...tree[to]!, text: `${tree[to]!.text}---\n${moved}` }
    tree[from] = { ...tree[from]!, text: documents.join('---\n') }
  },
  'move it to the other set': byEditing((documents, i) =>
    documents.map((text, at) =>
      at !== i
        ? text
        : text.replace(
            /set: (\w+)/,
            (_, set) => `set: ${{ vpn: 'lab', lab: 'far', far: 'vpn' }[set as string] ?? set}`,
          ),
    ),
  ),
  'add a tunnel in a file of its own': async (_lab, _key, pick, tree) => {
    const text = tunnel(`own-${pick}`, { set: SETS[pick % 2]!, net: pick % 250 }).replaceAll('10.2.', '10.99.')
    tree.push({ path: `own-${tree.length}.yaml`, text })
  },
  'add a tunnel to no set': async (_lab, _key, pick, tree) => {
    const text = tunnel(`free-${pick}`, { net: pick % 250 }).replaceAll('10.2.', '10.98.')
    tree.push({ path: `free-${tree.length}.yaml`, text })
  },
  'go back to how it was': async (_lab, _key, _pick, tree) => void tree.splice(0, tree.length, ...TREE),
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
  'change a set': byEditing((documents) => documents.map((text) => text.replace('maxReplace: 1%', 'maxReplace: 50%'))),
  'declare a rule': async (_lab, _key, _pick, tree) => {
    tree.push({
      path: 'rule.yaml',
      text: 'apiVersion: wfpctl/v1alpha1\nkind: Policy\nmetadata: { name: r }\nspec: { rules: [] }\n',
    })
  },
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

const DEEDS = { ...FEW, ...EDITS, ...MORE }
const what = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Object.keys(FEW)) },
  { weight: 6, arbitrary: fc.constantFrom(...Object.keys(EDITS)) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(MORE)) },
)
type Deed = readonly [what: string, pick: number]
const deeds = fc.array(fc.tuple(what, fc.nat(2 * IN_EACH_FILE)), { minLength: 1, maxLength: 3 })
/** Beside what chance brings: every deed alone, and each way that a plan comes about more than once. */
const EACH: Round[] = [
  ...[20, 50, 90, 130].map((pick): Round => [[['add a filter of another product', pick]], 'look']),
  ...Object.keys({ ...FEW, ...MORE }).map((deed, i): Round => [[[deed, 2 + 11 * i]], 'look']),
]
const EACH_EDIT: Round[] = [
  [[['change a lifetime', 6]], 'apply while it changes'],
  [[['change a lifetime', 12]], 'apply what was approved while it changes'],
  [[['take a document out', 24]], 'apply'],
  [[['add a filter of another product', 90]], 'look'],
  [[['change a lifetime', 60]], 'apply'],
  [[['add a tunnel to no set', 1]], 'look'],
  [[['add a tunnel to no set', 2]], 'apply'],
  [[['change a lifetime', 66]], 'apply'],
  [[['join two documents without a line between them', 30]], 'apply'],
  [[['add a filter of another product', 90]], 'look'],
  [[['tamper with a tunnel', 90]], 'apply'],
  [[['change a lifetime', 90]], 'apply'],
  [[['go back to how it was', 0]], 'apply'],
  [[['give it a key', 4]], 'apply'],
  [[['give it a key', 10]], 'look'],
  ...[...Object.keys(EDITS), 'change a set', 'declare a rule'].flatMap((deed, i): Round[] => [
    [[['go back to how it was', 0]], 'apply'],
    [[[deed, 2 + 11 * i]], 'apply'],
  ]),
]

/** Somebody changes what no part has to do with: the edited tunnel alone is one. */
const MEANWHILE: [Round[]][] = ['apply while it changes', 'apply what was approved while it changes'].map((ending) => [
  [[[['change a lifetime', 12]], ending]],
])

/** What becomes of a round of deeds: it is only looked at, or set right, or set right while somebody does something else. */
const ending = fc.constantFrom('look', 'apply', 'apply while it changes', 'apply what was approved while it changes')
type Round = readonly [deeds: readonly Deed[], ending: string]

it('plans a part as it plans all, and applies it as all, whatever was done to a few', async () => {
  const seen = { parts: 0, quiet: 0, all: 0, rejected: 0, applied: 0 }
  let [overlooked, stale] = [0, 0]
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(deeds, ending), { minLength: 1, maxLength: 3 }), async (rounds: Round[]) => {
      const lab = await openLab()
      const tree: Tree = [...TREE]
      const results = remembering()
      const pass = async (
        recalls: boolean,
        { looked = () => {}, approve = async (): Promise<Approval | undefined> => undefined } = {},
      ) => {
        const load = async (): Promise<Loaded> => {
          const memory = recalls ? new Memory({ texts: results, trees: results }) : new Memory()
          const loaded = loadDesired(tree, kindsByName, memory)
          const { diagnostics, clean } = loaded
          if (hasErrors(diagnostics)) return { ok: false, diagnostics }
          return {
            ok: true,
            get value() {
              return loaded.desired
            },
            diagnostics,
            ...(clean && { known: { results, ...clean } }),
          }
        }
        const provider = new Proxy(lab.provider, {
          get: (target, name: keyof Provider) => {
            if (name === 'observe') looked()
            const member = target[name]
            return typeof member === 'function' ? member.bind(target) : member
          },
        })
        return reconcile({ load, open: async () => provider, policy: POLICY, approve, recalls })
      }
      try {
        await lab.apply(loadDesired(tree, kindsByName).desired, POLICY)
        await pass(true)
        for (const [round, end] of rounds) {
          for (const [deed, pick] of round) await happens(DEEDS[deed]!, lab, pick, tree)
          let all = 0
          const looked = () => {
            all += 1
          }
          const told = await pass(true, { looked })
          const truth = await pass(false)
          expect(wordsOf(told)).toEqual(wordsOf(truth))
          seen[!told.ok ? 'rejected' : all > 0 ? 'all' : isQuiet(told) ? 'quiet' : 'parts'] += 1
          if (end === 'look' || !told.ok || isBlocked(told)) continue
          const meanwhile = round[0]![1] + 82
          const isBinding = end.includes('approved')
          const setsRight = async (meddles: boolean) => {
            const applied = await pass(true, {
              approve: async () => {
                if (meddles) await happens(FEW['remove a tunnel']!, lab, meanwhile, tree)
                return ({ digest }) => ({ mode: 'commit', ...(isBinding && { approved: digest }) })
              },
            })
            if (!applied.ok) throw new Error('what was planned is rejected')
            return applied.reports ?? []
          }
          const reports = await setsRight(end !== 'apply')
          // a filter that somebody added to a tunnel keeps it from being replaced
          const isInUse = ({ notes = [] }: Diagnostic) => notes.some((note) => note.includes('FWP_E_IN_USE'))
          const isHeldUp = (all: readonly SetReport[]) => all.some(({ diagnostics }) => diagnostics.some(isInUse))
          if (isHeldUp(reports)) continue
          const isStale = ({ result }: SetReport) => result === 'stale'
          for (const { plan, result } of reports.filter((one) => !isStale(one)))
            expect(['applied', 'unchanged'], plan.set.name).toContain(result)
          // what was approved stands for its whole set; else a set is looked at where something of it is to be changed
          const after = await pass(false)
          const left = after.ok ? after.planned.plans.flatMap(({ changes }) => changes) : []
          for (const one of reports.filter(isStale))
            expect([isBinding, one.plan.set.name]).toEqual([true, setOf(meanwhile)])
          if (end === 'apply') expect(left, JSON.stringify(wordsOf(after))).toEqual([])
          else if (!reports.some(isStale)) {
            expect(
              left.every(({ key }) => key === keyOf(meanwhile)),
              JSON.stringify(wordsOf(after)),
            ).toBe(true)
            const isApplied = reports.some(
              ({ plan, result }) => plan.set.name === setOf(meanwhile) && result === 'applied',
            )
            if (isBinding && isApplied) expect(left).toEqual([])
          }
          if (reports.some(isStale)) stale += 1
          else if (left.length > 0) overlooked += 1
          if (left.length > 0 && isHeldUp(await setsRight(false))) continue
          const settled = await pass(false)
          expect(settled.ok && isQuiet(settled), JSON.stringify(wordsOf(settled))).toBe(true)
          seen.applied += 1
        }
      } finally {
        process.env[SECRET] = 'test-secret-number-0'
        await lab.close()
      }
    }),
    { numRuns: 12, examples: [[EACH], [EACH_EDIT], ...MEANWHILE] },
  )
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(3)
  expect(Math.min(overlooked, stale)).toBeGreaterThan(0)
})

function remembering() {
  const saved = new Map<string, string>()
  return {
    get: (digest: string) => saved.get(digest),
    put: (digest: string, result: string) => void saved.set(digest, result),
    save: () => {},
  }
}

function wordsOf(outcome: Reconciled) {
  if (!outcome.ok) return diagnosticsToJson(outcome.diagnostics)
  const { planned } = outcome
  const json = planJson(planned, diagnosticsToJson(planned.diagnostics))
  return { json, text: renderPlan({ ...planned, full: true }, paintFor(false)) }
}

function isQuiet(outcome: Extract<Reconciled, { ok: true }>): boolean {
  return outcome.planned.plans.every(({ changes }) => changes.length === 0)
}

function isBlocked({ planned }: Extract<Reconciled, { ok: true }>): boolean {
  return planned.plans.some(({ blocked }) => blocked.length > 0)
}

/** Does it, if it can be done: a tunnel that is gone cannot be removed. */
async function happens(doing: Doing, lab: Lab, pick: number, tree: Tree): Promise<void> {
  try {
    await doing(lab, keyOf(pick), pick, tree)
  } catch (error) {
    if (!/NOT_FOUND|IN_USE|ALREADY_EXISTS/.test(String(error))) throw error
  }
}
