import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Desired,
  type HostStatus,
  hostToken,
  parseDesired,
  parseHostStatus,
  parseRollout,
  type Rollout,
  sameDesired,
} from '../../src/fleet/model.ts'

const COMMIT = 'c'.repeat(40)
const DESIRED: Desired = { host: 'a', commit: COMMIT, rollout: '3', wave: 1, attempt: 0, former: 'd'.repeat(40) }
const STATUS: HostStatus = {
  host: 'a',
  commit: COMMIT,
  desired: DESIRED,
  state: 'failed',
  sets: [{ set: 'vpn', state: 'failing', resources: 3, unsynced: 1 }],
  drift: 1,
  failure: 'no such key',
  version: '0.1.0',
  time: '2026-01-01T00:00:00Z',
}
const ROLLOUT: Rollout = {
  id: '3',
  commit: COMMIT,
  waves: [{ name: 'canary', share: '1', upTo: '00ff00ff00ff00ff' }],
  state: 'running',
  wave: 1,
  attempt: 0,
  maxFailures: 0,
  timeoutSeconds: 60,
  bakeSeconds: 0,
  since: '2026-01-01T00:00:00Z',
  started: '2026-01-01T00:00:00Z',
  by: 'me@here',
}

describe('the token of a host', () => {
  it.each([
    ['hq-gw01', 'hq-gw01'],
    ['HQ-GW01', 'hq-gw01'],
    ['7', '7'],
  ])('%s is %s', (name, token) => {
    expect(hostToken(name)).toBe(token)
  })

  it('is one token of a subject, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) =>
        /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(hostToken(name)),
      ),
    )
    for (const name of ['gw.example.com', '*', '>', 'a.>', 'gw_01', '-a', 'a-', '', 'x'.repeat(64), 'bücher'])
      expect(hostToken(name)).toMatch(/^h-[0-9a-f]{40}$/)
  })
})

describe('what comes over the network', () => {
  it('is taken where it is whole', () => {
    expect(parseDesired(JSON.parse(JSON.stringify(DESIRED)), 'a')).toEqual(DESIRED)
    expect(parseHostStatus(JSON.parse(JSON.stringify(STATUS)), 'a')).toEqual(STATUS)
    expect(parseRollout(JSON.parse(JSON.stringify(ROLLOUT)), '3')).toEqual(ROLLOUT)
  })

  it.each<[string, unknown]>([
    ['another host', { ...DESIRED, host: 'b' }],
    ['a branch for a commit', { ...DESIRED, commit: 'main' }],
    ['an option for a commit', { ...DESIRED, commit: '--upload-pack=x' }],
    ['a commit in capitals', { ...DESIRED, commit: 'C'.repeat(40) }],
    ['no wave', { ...DESIRED, wave: -1 }],
    ['a rollout that is no number', { ...DESIRED, rollout: '../1' }],
    ['half a former commit', { ...DESIRED, former: 'd' }],
    ['a list', [DESIRED]],
    ['nothing', null],
  ])('is no pointer: %s', (_, value) => {
    expect(parseDesired(value, 'a')).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['another host', { ...STATUS, host: 'b' }],
    ['the pointer of another host', { ...STATUS, desired: { ...DESIRED, host: 'b' } }],
    ['a state of its own', { ...STATUS, state: 'fine' }],
    ['sets that are none', { ...STATUS, sets: 'vpn' }],
    ['a time that is none', { ...STATUS, time: 'now' }],
    ['less than nothing', { ...STATUS, drift: -1 }],
  ])('is no status: %s', (_, value) => {
    expect(parseHostStatus(value, 'a')).toBeUndefined()
  })

  it('is clipped where it is more than anybody reads', () => {
    const sets = Array.from({ length: 1000 }, (_, i) => ({
      set: `${i}`.repeat(500),
      state: 'synced',
      resources: 1,
      unsynced: 0,
    }))
    const parsed = parseHostStatus({ ...STATUS, failure: 'x'.repeat(9000), sets: [...sets, 'what'], more: 'y' }, 'a')

    expect([
      parsed?.failure?.length,
      parsed?.sets.length,
      parsed?.sets[999]?.set.length ?? parsed?.sets[9]?.set.length,
    ]).toEqual([500, 64, 100])
    expect(parsed).not.toHaveProperty('more')
  })

  it.each<[string, unknown]>([
    ['another id', { ...ROLLOUT, id: '4' }],
    ['neither a commit nor a way back', { ...ROLLOUT, commit: undefined }],
    ['both', { ...ROLLOUT, back: '2' }],
    ['a wave that it has not', { ...ROLLOUT, wave: 2 }],
    ['no waves', { ...ROLLOUT, waves: [] }],
    ['a state of its own', { ...ROLLOUT, state: 'fine' }],
  ])('is no rollout: %s', (_, value) => {
    expect(parseRollout(value, '3')).toBeUndefined()
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        parseDesired(value, 'a')
        parseHostStatus(value, 'a')
        parseRollout(value, '1')
        parseHostStatus({ ...STATUS, ...(value as object) }, 'a')
        parseRollout({ ...ROLLOUT, ...(value as object) }, '3')
      }),
    )
  })
})

it('an answer names the very pointer: each field of it counts', () => {
  expect(sameDesired(DESIRED, { ...DESIRED })).toBe(true)
  expect(sameDesired(undefined, undefined)).toBe(false)
  const others = { host: 'b', commit: 'e'.repeat(40), rollout: '4', wave: 2, attempt: 1, former: COMMIT }
  for (const [field, value] of Object.entries(others))
    expect(sameDesired(DESIRED, { ...DESIRED, [field]: value }), field).toBe(false)
})
