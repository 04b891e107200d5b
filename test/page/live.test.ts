import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Live } from '../../src/cli/http/live.ts'
import { merged, type PageState, type ResourceRow, type StateChange } from '../../src/page/state.ts'

const ABOUT = { page: 'watch', name: 'gw', version: '1' } as const

function stateOf(resources: readonly Partial<ResourceRow>[], commit?: string): PageState {
  const rows = resources.map((one) => ({
    set: 's',
    address: `IPsecTunnel/${one.id}`,
    state: 'synced',
    since: '2026-01-01T00:00:00Z',
    ...one,
  }))
  const rollout =
    commit === undefined
      ? {}
      : { rollout: { id: 'r', commit, state: 'running', since: '', by: '', maxFailures: 0, waves: [] } }
  return { parts: { about: ABOUT, ...rollout }, tables: { resources: rows as ResourceRow[] } }
}

/** Order is the page's affair. */
function unordered({ parts, tables }: PageState) {
  return { parts, resources: new Map(tables.resources?.map((row) => [row.id, row])) }
}

const rows = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    state: fc.constantFrom('synced', 'drifted', 'failing'),
    why: fc.option(fc.string({ unit: 'binary', maxLength: 5 }), { nil: undefined }),
  }),
  { selector: ({ id }) => id },
)
const states = fc.array(fc.tuple(rows, fc.option(fc.constantFrom('1', '2'), { nil: undefined })), { minLength: 1 })

describe('what pages are told', () => {
  it('makes of any state that a page knew the newest one, however many changes it has missed', () => {
    fc.assert(
      fc.property(states, fc.nat(), (all, from) => {
        let now = stateOf([])
        const live = new Live(() => now)
        const wholes = all.map(([resources, commit]) => {
          now = stateOf(resources as Partial<ResourceRow>[], commit)
          return JSON.parse(live.whole().text) as { id: string; state: PageState }
        })
        const known = wholes[from % wholes.length] as (typeof wholes)[number]

        const told = live.after(known.id) ?? expect.fail('the version is not known')
        const state = told.reduce((before, { text }) => merged(before, JSON.parse(text) as StateChange), known.state)

        expect(unordered(state)).toEqual(unordered((wholes.at(-1) as (typeof wholes)[number]).state))
        expect(told.at(-1)?.id ?? known.id).toBe(live.whole().id)
      }),
    )
  })

  it('is nothing where nothing changed', () => {
    const live = new Live(() => stateOf([{ id: 'a' }]))
    const { id } = live.whole()

    live.look()

    expect(live.after(id)).toEqual([])
  })

  it('is not known of another process, of a version that is to come, and of one that was long ago', () => {
    let count = 0
    const live = new Live(() => stateOf([{ id: 'a', why: String(count) }]))
    const first = live.whole().id
    const [process] = first.split('-')
    for (count = 1; count <= 1_000; count += 1) live.look()

    for (const id of [
      '',
      'x',
      '00000000-1',
      `${process}-5000`,
      `${process}-`,
      `${process}--1`,
      `${process}-1.5`,
      first,
    ]) {
      expect([id, live.after(id)]).toEqual([id, undefined])
    }
    expect(live.after(`${process}-1000`)?.length).toBe(1)
  })

  it('is written out where it would turn or hide what stands around it', () => {
    const live = new Live(() => stateOf([{ id: 'a', why: 'x\u202ey\u0007\u{e0041}' }]))

    expect((JSON.parse(live.whole().text) as { state: PageState }).state.tables.resources?.[0]?.why).toBe(
      'x<U+202E>y<U+0007><U+E0041>',
    )
  })
})
