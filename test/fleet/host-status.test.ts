import { describe, expect, it } from 'vitest'
import { type Answer, hostStatus, type SetStanding, type WatchStanding } from '../../src/fleet/host-status.ts'
import { type Desired, MOST_SETS, parseHostStatus } from '../../src/fleet/model.ts'
import type { SetSyncState } from '../../src/reconcile/watch/events.ts'

const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)
const desired: Desired = { host: 'gw-1', commit: NEW, rollout: '3', wave: 2, attempt: 1 }
const time = '2026-01-01T00:00:00.000Z'

const set = (state: SetSyncState, more: Partial<SetStanding> = {}): SetStanding => ({
  ...{ set: 'vpn', state, resources: 2, unsynced: state === 'synced' ? 0 : 1, consecutiveErrors: 0 },
  ...more,
})
const standing = (more: Partial<WatchStanding> = {}): WatchStanding => ({
  ...{ commit: NEW, tree: 'good', engineOpen: true, sets: [set('synced')] },
  ...more,
})
const told = (more: Partial<Answer> = {}) =>
  hostStatus({ host: 'gw-1', version: '0.1.0', time, desired, standing: standing(), fresh: true, ...more })
const judged = (more: Partial<Answer> = {}) => {
  const { state, failure } = told(more)
  return failure === undefined ? state : `${state}: ${failure}`
}

describe('what a host tells its fleet', () => {
  it('is synced where a pass over the wanted commit found everything as declared', () => {
    expect(told()).toEqual({
      ...{ host: 'gw-1', commit: NEW, desired, state: 'synced', drift: 0, version: '0.1.0', time },
      sets: [{ set: 'vpn', state: 'synced', resources: 2, unsynced: 0 }],
    })
  })

  it.each<[string, Partial<Answer>, string]>([
    ['no pass has ended', { standing: undefined as never, fresh: false }, 'progressing'],
    ['the pass began before it was wanted', { fresh: false }, 'progressing'],
    ['another commit is enforced', { standing: standing({ commit: OLD }) }, 'progressing'],
    ['another one was read', { standing: standing({ commit: NEW, read: OLD }) }, 'progressing'],
    ['the engine is away', { standing: standing({ engineOpen: false, sets: [] }) }, 'progressing: the engine is away'],
    ['nothing was read yet', { standing: standing({ tree: 'nothing', sets: [] }) }, 'progressing'],
    [
      'what was read has errors',
      { standing: standing({ commit: OLD, read: NEW, tree: 'invalid', finding: 'E223 a.yaml:1:1: no' }) },
      'failed: E223 a.yaml:1:1: no',
    ],
    [
      'an earlier commit has errors',
      { standing: standing({ commit: OLD, read: 'c'.repeat(40), tree: 'invalid', finding: 'E223' }) },
      'progressing',
    ],
    ['the commit is refused', { refusal: { commit: NEW, message: 'not signed', final: true } }, 'failed: not signed'],
    ['an earlier commit was refused', { refusal: { commit: OLD, message: 'not signed', final: true } }, 'synced'],
    [
      'the repository is away',
      { standing: standing({ commit: OLD }), refusal: { commit: NEW, message: 'no route', final: false } },
      'progressing: no route',
    ],
    ['what is wanted cannot be used', { unusable: 'no pointer' }, 'failed: no pointer'],
  ])('where %s', (_, answer, expected) => {
    expect(judged(answer)).toBe(expected)
  })

  it.each<[SetSyncState, Partial<SetStanding>, string]>([
    ['skipped', {}, 'synced'],
    ['undeclared', {}, 'synced'],
    ['suspended', { unsynced: 0 }, 'synced'],
    ['suspended', {}, 'drifted: set vpn is suspended'],
    ['drifted', {}, 'drifted: set vpn is drifted'],
    ['pending', { why: 'only reported' }, 'drifted: set vpn is pending: only reported'],
    ['conflict', {}, 'drifted: set vpn is conflict'],
    ['held', { why: 'process 7' }, 'drifted: set vpn is held: process 7'],
    ['unconfirmed', {}, 'progressing: set vpn is unconfirmed'],
    ['unknown', {}, 'progressing: set vpn is unknown'],
    ['failing', { consecutiveErrors: 1, why: 'busy' }, 'progressing: set vpn is failing: busy'],
    ['failing', { consecutiveErrors: 2, why: 'refused' }, 'failed: set vpn is failing: refused'],
  ])('with a set that is %s', (state, more, expected) => {
    expect(judged({ standing: standing({ sets: [set('synced', { set: 'other' }), set(state, more)] }) })).toBe(expected)
  })

  it('fits through the door of whoever reads it, however much there is to tell', () => {
    const sets = Array.from({ length: 500 }, (_, i) =>
      set(i === 499 ? 'failing' : 'synced', {
        set: `set-${i}`,
        consecutiveErrors: 5,
        why: `\u001b[31m${'x'.repeat(9_000)}`,
      }),
    )
    const status = told({ standing: standing({ sets }) })

    expect(status.sets.length).toBe(MOST_SETS)
    expect(status.sets[0]).toMatchObject({ set: 'set-499', state: 'failing' })
    expect(status.failure).toMatch(/^set set-499 is failing: <U\+001B>/)
    expect(status.failure?.length).toBe(500)
    expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(16_384)
    expect(parseHostStatus(JSON.parse(JSON.stringify(status)), 'gw-1')).toEqual(status)
  })
})
