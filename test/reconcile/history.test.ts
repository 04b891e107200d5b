/** What is remembered of what was done: bounded, read by nobody who only looks, and gone with the set. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Desired } from '../../src/manifest/model.ts'
import { type Actor, decodeHistory, newestFirst, remember } from '../../src/reconcile/history.ts'
import type { Note } from '../../src/reconcile/notes/index.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { NOTHING, OTHERS, SET, TWO } from '../conformance/scene.ts'
import { inLab, type Lab, POLICY } from '../laws/lab.ts'

const ANA: Actor = { by: 'CORP\\ana', command: 'apply', date: () => new Date(Date.UTC(2026, 10, 27, 18)) }

function applyAs(actor: Actor, { provider }: Lab, desired: Desired, commit?: string) {
  return reconcile({
    load: async () => ({ ok: true, value: desired, diagnostics: [], ...(commit !== undefined && { commit }) }),
    open: async () => provider,
    policy: { ...POLICY, allowEmpty: true },
    actor,
    approve: async () => () => ({ mode: 'commit' }),
  })
}

async function historyOf({ provider }: Lab) {
  return decodeHistory((await provider.notes(SET)).get('history'))
}

afterEach(() => void vi.restoreAllMocks())

describe('the histories of several sets', () => {
  const at = (time: string, command: string) => ({ time, by: 'ana', command, changes: [], total: 0 })

  it('are one, and each keeps its order where a clock was set back', () => {
    const histories = new Map([
      [
        'a',
        [
          at('2026-11-27T18:02:00Z', 'third'),
          at('2026-11-27T18:04:00Z', 'second'),
          at('2026-11-27T18:01:00Z', 'first'),
        ],
      ],
      ['b', [at('2026-11-27T18:03:00Z', 'apply'), at('2026-11-27T18:00:00Z', 'apply')]],
    ])

    expect(newestFirst(histories).map(({ set, command }) => `${set} ${command}`)).toEqual([
      'b apply',
      'a third',
      'a second',
      'a first',
      'b apply',
    ])
  })
})

describe('the history of a set', () => {
  it('says who did what when, from which commit, by which plan', () =>
    inLab(async (lab) => {
      const result = await applyAs(ANA, lab, TWO, 'c0ffee')
      const [report] = result.ok ? (result.reports ?? []) : []
      expect(await historyOf(lab)).toEqual([
        {
          time: '2026-11-27T18:00:00.000Z',
          by: 'CORP\\ana',
          command: 'apply',
          commit: 'c0ffee',
          digest: report?.plan.digest,
          changes: report?.plan.changes.map(({ address }) => ({ action: 'create', address })),
          total: report?.plan.changes.length,
        },
      ])

      await applyAs(ANA, lab, TWO)
      expect(await historyOf(lab)).toHaveLength(1)

      await applyAs({ ...ANA, command: 'watch' }, lab, OTHERS)
      expect((await historyOf(lab)).map(({ command }) => command)).toEqual(['watch', 'apply'])
    }))

  it('is not there for who gives no account, and goes with the set', () =>
    inLab(async (lab) => {
      await lab.apply(TWO)
      expect(await historyOf(lab)).toEqual([])

      await applyAs(ANA, lab, OTHERS)
      expect(await historyOf(lab)).toHaveLength(1)
      await applyAs(ANA, lab, NOTHING)
      expect(await lab.provider.ownedSets()).toEqual([])
      expect(await historyOf(lab)).toEqual([])
    }))

  it('is not read by a plan', () =>
    inLab(async (lab) => {
      await applyAs(ANA, lab, TWO)
      const parse = vi.spyOn(JSON, 'parse')

      expect((await lab.plan(TWO)).flatMap(({ changes }) => changes)).toEqual([])

      expect(parse.mock.calls.map(([text]) => text).filter((text) => text.includes('CORP'))).toEqual([])
      expect(parse).toHaveBeenCalled()
    }))

  it('has fifty entries at most, of twenty changes each, and no text without end', async () => {
    const notes = new Map<Note, Uint8Array | undefined>()
    const tx = {
      noted: async (note: Note) => notes.get(note),
      note: async (note: Note, data: Uint8Array | undefined) => void notes.set(note, data),
    }
    const changes = Array.from({ length: 1000 }, (_, i) => ({ action: 'create', address: `IPsecTunnel/t${i}` }))
    for (let i = 0; i < 120; i++)
      await remember(tx, {
        actor: { ...ANA, by: 'x'.repeat(9999) },
        digest: `sha256:${i}`,
        reason: 'y'.repeat(999),
        changes,
      })

    const entries = decodeHistory(notes.get('history'))
    expect(entries.map(({ digest }) => digest)).toEqual(Array.from({ length: 50 }, (_, i) => `sha256:${119 - i}`))
    expect(entries[0]).toMatchObject({ total: 1000, by: 'x'.repeat(256), reason: 'y'.repeat(256) })
    expect(entries[0]?.changes).toHaveLength(20)
    expect(notes.get('history')?.length).toBeLessThan(128 * 1024)
  })

  it.each([
    '',
    '{',
    '[]',
    '{"entries":7}',
    '{"entries":[{},null,{"time":"x","by":"a","command":"b","changes":[],"total":0}]}',
  ])('takes nothing from what it cannot have written: %s', (text) => {
    expect(decodeHistory(Buffer.from(text))).toEqual([])
  })
})
