/** The laws of a tunnel's life: renamed, moved, turned off and on, in any order, and with any call that fails. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/base/json.ts'
import { gateway } from '../fixtures/specs.ts'
import { desiredOf, inLab, type Lab, openLab, setDocument, WRITING } from './lab.ts'

const POLICY = { host: 'gw01', allowEmpty: true }
const SETS = ['a', 'b', 'c'] as const
const REFUSED = 0x80320009
const TOUCHING = /^FwpmIPsecTunnel|^FwpmFilter(Add|Delete)/

process.env.LIFE_SECRET = 'a secret of some length'

/** One tunnel as it is declared at one time. */
interface Life {
  readonly number: number
  readonly name: string
  readonly set: string
  readonly enabled: boolean
  readonly time: string
  /** its name at the step before, if that was another */
  readonly formerly?: string
}

type Turn = {
  readonly what: 'rename' | 'move' | 'toggle' | 'change' | 'drop'
  readonly which: number
  readonly to: number
}

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    what: fc.constantFrom<Turn['what']>('rename', 'rename', 'move', 'move', 'toggle', 'change', 'drop'),
    which: fc.nat({ max: 2 }),
    to: fc.nat({ max: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
)

function born(number: number): Life {
  return { number, name: `n${number}`, set: 'a', enabled: true, time: '1h' }
}

/** @param names that are in use, so that none is given twice: one of the last step is free for others only at the next */
function turned(life: Life, { what, to }: Turn, names: ReadonlySet<string>): Life | undefined {
  const name = `n${to}`
  if (what === 'rename') return names.has(name) ? life : { ...life, name }
  if (what === 'move') return { ...life, set: SETS[to % SETS.length]! }
  if (what === 'toggle') return { ...life, enabled: !life.enabled }
  return what === 'change' ? { ...life, time: `${to + 1}h` } : undefined
}

function step(before: readonly Life[], all: readonly Turn[]): Life[] {
  const old = new Set(before.map(({ name }) => name))
  let now = before.map(({ formerly: _, ...life }): Life => life)
  for (const turn of all) {
    const names = new Set([...old, ...now.map(({ name }) => name)])
    now = now.flatMap((life) => (life.number === turn.which ? (turned(life, turn, names) ?? []) : life))
  }
  return now.map((life) => {
    const was = before.find(({ number }) => number === life.number)?.name
    return was === undefined || was === life.name ? life : { ...life, formerly: was }
  })
}

function documentOf({ number, name, set, enabled, time, formerly }: Life): JsonObject {
  const { mainMode, quickMode } = gateway
  const spec = {
    ...gateway,
    enabled,
    traffic: { local: [`10.1.${number}.0/24`], remote: [`10.2.${number}.0/24`] },
    mainMode: { ...mainMode, authentication: [{ presharedKey: { env: 'LIFE_SECRET' } }] },
    quickMode: { ...quickMode, proposals: [{ esp: { aead: 'aes256gcm' }, lifetime: { time } }] },
  }
  const metadata = { name, set, ...(formerly !== undefined && { formerly }) }
  return { apiVersion: 'wfpctl/v1alpha1', kind: 'IPsecTunnel', metadata, spec } as unknown as JsonObject
}

function declared(lives: readonly Life[]) {
  return desiredOf([...SETS.map((set) => setDocument(set)), ...lives.map(documentOf)])
}

/** Whose tunnels stand where: by the network behind them, which no turn changes. */
async function standing({ provider }: Lab) {
  const states = await provider.observe(SETS.map((set) => ({ set, wanted: [] })))
  return states.flatMap(({ set, resources }) =>
    [...resources.values()].map(({ name, key, live, record }) => ({
      set,
      name,
      key,
      network: (live?.traffic as { readonly remote?: readonly string[] } | undefined)?.remote?.[0],
      off: record.off === true,
    })),
  )
}

function expected(lives: readonly Life[]) {
  return lives.map(({ number, name, set, enabled }) => ({
    set,
    name,
    network: enabled ? `10.2.${number}.0/24` : undefined,
    off: !enabled,
  }))
}

async function changesOf(lab: Lab, lives: readonly Life[]) {
  return (await lab.plan(declared(lives), POLICY)).flatMap(({ changes }) => changes)
}

describe('the life of tunnels', () => {
  it('ends each step in an empty plan, and what is off in none of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turns, { minLength: 1, maxLength: 4 }), (steps) =>
        inLab(async (lab) => {
          let lives = [born(0), born(1), born(2)]
          await lab.apply(declared(lives), POLICY)
          for (const all of steps) {
            lives = step(lives, all)
            const planned = await changesOf(lab, lives)
            const touched = planned.filter(({ action }) => action !== 'move' && action !== 'record').length
            const before = await standing(lab)
            lab.calls.length = 0

            const reports = await lab.apply(declared(lives), POLICY)

            expect(reports.flatMap(({ diagnostics }) => diagnostics)).toEqual([])
            if (touched === 0) {
              expect(lab.calls.filter((call) => TOUCHING.test(call) && WRITING.test(call))).toEqual([])
              const keys = (all: typeof before) => all.map(({ key }) => key).sort()
              expect(keys(await standing(lab)).filter((key) => keys(before).includes(key))).toEqual(keys(before))
            }
            expect(await changesOf(lab, lives)).toEqual([])
            const after = (await standing(lab)).map(({ key: _, ...one }) => one)
            expect(after).toEqual(expect.arrayContaining(expected(lives)))
            expect(after).toHaveLength(lives.length)
          }
          // and without what was said of former names, all is the same
          expect(
            await changesOf(
              lab,
              lives.map(({ formerly: _, ...life }) => life),
            ),
          ).toEqual([])
          await lab.apply(declared([]), POLICY)
          expect(await lab.provider.list({ all: true })).toEqual([])
          expect(await lab.provider.ownedSets()).toEqual([])
        }),
      ),
      { numRuns: 30 },
    )
  })

  const first = [born(0), born(1), born(2)]
  const second: readonly Life[] = [
    { ...born(0), name: 'renamed', set: 'b', formerly: 'n0' },
    { ...born(1), set: 'b' },
    { ...born(2), enabled: false },
  ]

  it('stands before or after, whichever call fails, and never without a tunnel that goes on', async () => {
    const striking = await inLab(async (lab) => {
      await lab.apply(declared(first), POLICY)
      lab.calls.length = 0
      await lab.apply(declared(second), POLICY)
      // each write, each end of a transaction, and one of each read
      return lab.calls.flatMap((call, i) =>
        WRITING.test(call) || call.startsWith('FwpmTransaction') || lab.calls.indexOf(call) === i ? [i] : [],
      )
    })
    for (const at of striking) {
      await inLab(async (lab) => {
        await lab.apply(declared(first), POLICY)
        const keys = new Map((await standing(lab)).map(({ network, key }) => [network, key]))
        lab.failAt(at, REFUSED)

        await lab.apply(declared(second), POLICY).catch(() => undefined)
        lab.healthy()

        const now = await standing(lab)
        const sets = (network: string) => now.filter((one) => one.network === network)
        for (const network of ['10.2.0.0/24', '10.2.1.0/24'])
          expect([at, sets(network).map(({ key }) => key)]).toEqual([at, [keys.get(network)]])
        // the two that move are of one transaction
        expect(
          new Set(
            now.filter(({ network }) => network === '10.2.0.0/24' || network === '10.2.1.0/24').map(({ set }) => set),
          ).size,
        ).toBe(1)
        expect(now).toHaveLength(3)
        await lab.apply(declared(second), POLICY)
        expect(await changesOf(lab, second)).toEqual([])
      })
    }
  })

  it('is seen by another session as before or as after at every call, also where a move replaces', async () => {
    const changed = second.map((life) => ({ ...life, time: '3h', enabled: true }))
    await inLab(async (lab) => {
      await lab.apply(declared(first), POLICY)
      const other = await openLab({ ...lab.raw, close: () => {} })
      const seen: string[] = []
      let looking = Promise.resolve()
      const push = lab.calls.push.bind(lab.calls)
      lab.calls.push = (...names) => {
        looking = looking.then(async () => {
          const now = await standing(other)
          seen.push(
            now
              .map(({ network }) => network)
              .sort()
              .join(' '),
          )
        })
        return push(...names)
      }
      await lab.apply(declared(changed), POLICY)
      await looking

      expect(seen.length).toBeGreaterThan(50)
      expect(new Set(seen)).toEqual(new Set(['10.2.0.0/24 10.2.1.0/24 10.2.2.0/24']))
      await other.close()
    })
  })
})
