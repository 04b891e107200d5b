import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { same } from '../../../src/base/equal.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Resource } from '../../../src/manifest/model.ts'
import { isRefused, type PlanInput } from '../../../src/reconcile/plan/model.ts'
import { makePlan } from '../../../src/reconcile/plan/plan.ts'
import { applied, aSet, desired, input, lamp, missing, state } from '../states.ts'

const a = desired('a', { size: 1, description: 'first' })
const b = desired('b', { size: 2 })

describe('makePlan', () => {
  it('compares labels whatever they are called', () => {
    const names = { valueOf: 'a', toString: 'b', constructor: 'c', hasOwnProperty: 'd' } as unknown as Record<
      string,
      string
    >
    const labelled = desired('a', { size: 1 }, { labels: names })
    const relabelled = desired('a', { size: 1 }, { labels: { ...names, valueOf: 'z' } as unknown as typeof names })

    expect(makePlan(input([labelled], state(applied(labelled)))).changes).toEqual([])
    const [change] = makePlan(input([relabelled], state(applied(labelled)))).changes
    expect(change).toMatchObject({ impact: 'none', differences: [{ path: '/metadata/labels/valueOf' }] })
  })

  it('creates what is declared and not there', () => {
    const plan = makePlan(input([a], state()))

    expect(plan.changes).toMatchObject([{ action: 'create', address: 'Widget/a', cause: 'spec', impact: 'none' }])
  })

  it('does nothing to what is equal', () => {
    const plan = makePlan(input([a, b], state(applied(a), applied(b))))

    expect(plan).toMatchObject({ changes: [], unchanged: 2, orphans: [], blocked: [] })
  })

  it.each([
    ['spec', desired('a', { size: 9, description: 'first' }), applied(a)],
    ['drift', a, applied(a, { size: 7, description: 'first' })],
    ['both', desired('a', { size: 9, description: 'first' }), applied(a, { size: 7, description: 'first' })],
  ] as const)('tells cause %s from the record beside the object', (cause, wanted, found) => {
    const plan = makePlan(input([wanted], state(found)))

    expect(plan.changes).toMatchObject([{ action: 'replace', cause, impact: 'disruptive' }])
    expect(plan.changes[0]?.differences.map((d) => d.path)).toEqual(['/size'])
  })

  it.each([
    ['drift', a],
    ['both', desired('a', { size: 9 })],
  ] as const)('creates again what somebody deleted, with cause %s', (cause, wanted) => {
    const plan = makePlan(input([wanted], state(missing(a))))

    expect(plan.changes).toMatchObject([{ action: 'create', cause }])
  })

  it('lists a difference of display text, and leaves it', () => {
    const plan = makePlan(input([a], state(applied(a, { size: 1, description: 'other' }))))

    expect(plan.changes).toEqual([])
    expect(plan.cosmetic).toMatchObject([{ address: 'Widget/a', differences: [{ path: '/description' }] }])
    expect(plan.unchanged).toBe(1)
  })

  it('replaces for display text when told to', () => {
    const policy = { host: 'gw01', applyCosmetic: true }

    const plan = makePlan(input([a], state(applied(a, { size: 1, description: 'other' })), { policy }))

    expect(plan.changes).toMatchObject([{ action: 'replace', impact: 'cosmetic' }])
    expect(plan.cosmetic).toEqual([])
  })

  it('rewrites only the record when labels change', () => {
    const labelled = desired('a', a.spec, { labels: { site: 'hq' } })

    const plan = makePlan(input([labelled], state(applied(a))))

    expect(plan.changes).toMatchObject([
      { action: 'record', impact: 'none', differences: [{ path: '/metadata/labels/site' }] },
    ])
  })

  it.each(['file', 'env', 'encoding'])(
    'replaces for a field of the kind that is called %s, as for any other',
    (field) => {
      const before = desired('a', { logging: { [field]: 'x' } })
      const after = desired('a', { logging: { [field]: 'y' } })

      const plan = makePlan(input([after], state(applied(before))))

      expect(plan.changes).toMatchObject([
        { action: 'replace', impact: 'disruptive', differences: [{ path: `/logging/${field}` }] },
      ])
    },
  )

  it('shows drift that no leaf expresses', () => {
    const anomaly = {
      path: '/traffic',
      before: 'fewer filters',
      after: 'the filters of the last apply',
      sensitive: false,
    }

    const plan = makePlan(input([a], state({ ...applied(a), anomalies: [anomaly] })))

    expect(plan.changes).toMatchObject([{ action: 'replace', cause: 'drift', differences: [anomaly] }])
  })

  it('ignores the digest of another form version: desired and live decide', () => {
    const older = applied(a)
    const foreignForm = { ...older, record: { ...older.record, form: 0, digest: 'sha256:other' } }

    expect(makePlan(input([a], state(foreignForm))).changes).toEqual([])
  })

  it('prunes what no manifest declares, and only where the set says so', () => {
    const engine = state(applied(a), applied(b))

    expect(makePlan(input([a], engine)).changes).toMatchObject([
      { action: 'delete', address: 'Widget/b', cause: 'prune' },
    ])
    const kept = makePlan(input([a], engine, { set: aSet({ prune: false }) }))
    expect(kept.changes).toEqual([])
    expect(kept.orphans).toMatchObject([{ address: 'Widget/b', protected: false }])
  })

  it('replaces what is protected from deletion alone, and blocks a replacement that is protected from', () => {
    const other = desired('a', { size: 2, protect: 'none' })
    const found = { size: 1, protect: 'none' }

    expect(makePlan(input([other], state(applied(other, found, 'delete')))).changes).toMatchObject([
      { action: 'replace' },
    ])
    for (const [declared, recorded] of [
      ['none', 'replace'],
      ['replace', 'none'],
    ] as const) {
      const wanted = desired('a', { size: 2, protect: declared })
      const plan = makePlan(input([wanted], state(applied(wanted, { size: 1, protect: recorded }, recorded))))

      expect(plan.changes).toEqual([])
      expect(plan.blocked).toMatchObject([
        { scope: 'object', reason: 'protected', message: expect.stringMatching('/size') },
      ])
      expect(plan.unchanged).toBe(0)
    }
  })

  it('lifts protection by the record alone, deletes nothing that is protected from replacement, and makes it again', () => {
    const lifted = desired('a', { size: 1, protect: 'none' })
    const held = applied(lifted, { size: 1, protect: 'replace' }, 'replace')
    expect(makePlan(input([lifted], state(held))).changes).toMatchObject([{ action: 'record', impact: 'none' }])
    expect(makePlan(input([], state(held))).blocked).toMatchObject([{ scope: 'object', reason: 'protected' }])

    const gone = desired('a', { size: 1, protect: 'replace' })
    expect(makePlan(input([gone], state(missing(gone)))).changes).toMatchObject([{ action: 'create' }])
  })

  it.each([
    ['pruned, unless protected', {}, true],
    ['left alone', { set: aSet({ prune: false }) }, false],
    ['of another host', { set: aSet({ host: 'gw02' }) }, false],
  ])('says the same in whatever order the engine shows what is %s', (_, overrides, hasBlocked) => {
    const shown = ['c', 'a', 'b'].map((name) => ({
      ...applied(desired(name, { size: 1 }), { size: 1 }, 'delete'),
      unverified: ['/size'],
    }))
    const { changes: _none, ...plan } = makePlan(input([], state(...shown), overrides))

    expect(makePlan(input([], state(...shown.toReversed()), overrides))).toEqual({ ...plan, changes: [] })
    expect(plan.orphans.map(({ address }) => address)).toEqual(['Widget/a', 'Widget/b', 'Widget/c'])
    expect(plan.blocked.length > 0).toBe(hasBlocked)
  })

  it('keeps a protected object whose manifest is gone, and goes on with the rest', () => {
    const plan = makePlan(input([a], state(applied(b, b.spec, 'delete'))))

    expect(plan.changes).toMatchObject([{ action: 'create', address: 'Widget/a' }])
    expect(plan.blocked).toMatchObject([{ scope: 'object', reason: 'protected', address: 'Widget/b' }])
    expect(isRefused(plan)).toBe(false)
  })

  it('refuses to empty a set unless told', () => {
    const engine = state(applied(a))

    expect(makePlan(input([], engine)).blocked).toMatchObject([{ reason: 'empty', scope: 'set' }])
    expect(makePlan(input([], engine, { policy: { host: 'gw01', allowEmpty: true } })).blocked).toEqual([])
  })

  it.each([
    [{ maxDelete: { count: 0 } }, ['maxDelete']],
    [{ maxDelete: { share: 0.1 } }, []],
    [{ maxDelete: { count: 1 }, maxReplace: { count: 0 } }, ['maxReplace']],
  ] as const)('holds budgets %j', (safety, reasons) => {
    const c = desired('c', { size: 3 })
    const engine = state(applied(a), applied(b), applied(c, { size: 4 }))

    const plan = makePlan(input([a, c], engine, { set: aSet({ safety: { acceptReadback: [], ...safety } }) }))

    expect(plan.blocked.map((x) => x.reason)).toEqual(reasons)
  })

  it('refuses a key that somebody else holds', () => {
    const engine = { ...state(), foreign: new Map([['key-of-lab-a', '"vpn" of another provider']]) }

    const plan = makePlan(input([a], engine))

    expect(plan.blocked).toMatchObject([{ reason: 'foreign', address: 'Widget/a' }])
    expect(isRefused(plan)).toBe(true)
  })

  it('skips a set of another host, and lists what this host still holds of it', () => {
    const plan = makePlan(input([a], state(applied(a)), { set: aSet({ host: 'GW02' }) }))

    expect(plan).toMatchObject({ skipped: true, changes: [], orphans: [{ address: 'Widget/a' }] })
  })

  it('takes a host name in any case', () => {
    expect(makePlan(input([a], state(), { set: aSet({ host: 'GW01' }) })).skipped).toBe(false)
  })

  it('orders deletes, replaces, creates, each by address', () => {
    const names = ['z', 'y', 'x', 'w', 'v', 'u']
    const [z, y, x, w, v, u] = names.map((name) => desired(name, { size: 1 })) as [
      typeof a,
      typeof a,
      typeof a,
      typeof a,
      typeof a,
      typeof a,
    ]
    const engine = state(applied(z), applied(y), applied(x, { size: 2 }), applied(w, { size: 2 }))

    const plan = makePlan(input([v, u, x, w], engine))

    expect(plan.changes.map((c) => `${c.action} ${c.address}`)).toEqual([
      'delete Widget/y',
      'delete Widget/z',
      'replace Widget/w',
      'replace Widget/x',
      'create Widget/u',
      'create Widget/v',
    ])
  })

  it('gives equal effects equal digests, whatever the order of the manifests', () => {
    const engine = state(applied(b, { size: 5 }))

    expect(makePlan(input([a, b], engine)).digest).toBe(makePlan(input([b, a], engine)).digest)
    expect(makePlan(input([a, b], engine)).digest).not.toBe(makePlan(input([b], engine)).digest)
  })

  it('puts session-bound resources outside the transaction', () => {
    const light = desired('l', {}, { kind: lamp })

    const waiting = makePlan(input([light], state(), { registered: new Set() }))
    const held = makePlan(input([light], state(), { registered: new Set(['key-of-lab-l']) }))
    const unknown = makePlan(input([light], state()))

    expect(waiting.outsideTransaction).toMatchObject([{ address: 'Lamp/l', action: 'register', state: 'needs-watch' }])
    expect(held.outsideTransaction).toMatchObject([{ state: 'held' }])
    expect(unknown.outsideTransaction).toMatchObject([{ state: 'unknown' }])
    expect(waiting.changes).toEqual([])
  })
})

describe('secrets in a plan', () => {
  const secret = desired('s', { size: 1, key: { env: 'PSK', encoding: 'utf8' } })
  const digests = (digest: string) => new Map([['Widget/s', new Map([['/key', digest]])]])
  const found = (digest: string) => {
    const observed = applied(secret, { size: 1, key: { secret: digest } })
    const secrets = { '/key': { ref: { env: 'PSK', encoding: 'utf8' }, digest } }
    return state({ ...observed, record: { ...observed.record, secrets } })
  }

  it('shows a changed key as a sensitive difference without either value', () => {
    const plan = makePlan(input([secret], found('hmac:old'), { digests: digests('hmac:new') }))

    expect(plan.changes[0]?.differences).toEqual([{ path: '/key', sensitive: true }])
    expect(JSON.stringify(plan.changes[0]?.differences)).not.toContain('hmac')
  })

  it('takes a secret that cannot be compared as unknown, not as changed', () => {
    expect(makePlan(input([secret], found('hmac:old'))).changes).toEqual([])
  })

  it('rewrites only the record when the same key is read from another place', () => {
    const moved = desired('s', { size: 1, key: { env: 'OTHER', encoding: 'utf8' } })

    const plan = makePlan(input([moved], found('hmac:old'), { digests: digests('hmac:old') }))

    expect(plan.changes).toMatchObject([
      { impact: 'none', differences: [{ path: '/key/env', before: 'PSK', after: 'OTHER' }] },
    ])
  })
})

describe('a plan made again', () => {
  const NO_LABELS = {}
  const plain = { size: 1, description: 'first' }
  const sealed = { size: 1, key: { env: 'SECRET' } }
  /** @param start where in its file the resource is declared */
  const at = (start: number, spec: JsonObject, labels: Resource['labels'] = NO_LABELS): Resource => {
    const resource = desired('a', spec, { labels })
    return { ...resource, manifest: { ...resource.manifest, start } }
  }
  const secret = (digest: string) => ({ digests: new Map([['Widget/a', new Map([['/key', digest]])]]) })
  const cosmetic = { policy: { host: 'gw01', applyCosmetic: true } }
  const renamed = { size: 1, description: 'second' }

  it.each([
    ['the specification changed', at(0, plain), {}, at(0, { ...plain, size: 2 }), {}],
    ['the labels changed', at(0, plain), {}, at(0, plain, { site: 'a' }), {}],
    ['the secret changed', at(0, sealed), secret('one'), at(0, sealed), secret('two')],
    ['cosmetic changes are wanted', at(0, renamed), {}, at(0, renamed), cosmetic],
    ['what is to change stands elsewhere', at(0, { size: 3 }), {}, at(9, { size: 3 }), {}],
    ['what is equal stands elsewhere', at(0, plain), {}, at(9, plain), {}],
  ] as const)('is the plan made for the first time, also when %s', (_, before, policyBefore, after, policyAfter) => {
    const found = 'key' in before.spec ? applied(before, { size: 1, key: { secret: 'one' } }) : applied(at(0, plain))
    makePlan(input([before], state(found), policyBefore))
    // the very spec that was judged, where it is the same: only then is anything remembered
    const again = same(after.spec, before.spec) ? { ...after, spec: before.spec } : after

    const plan = makePlan(input([again], state(found), policyAfter))

    expect(plan).toEqual(makePlan(input([again], state({ ...found }), policyAfter)))
    for (const change of plan.changes) expect(change.after).toBe(again)
  })

  it.each<[string, Partial<PlanInput>]>([
    ['another secret', secret('two')],
    ['a secret less', { digests: new Map() }],
    ['another declaration', { resources: [at(0, { ...sealed, size: 2 })] }],
    ['a declaration less', { resources: [] }],
    ['other choices', { policy: { host: 'gw02', prune: false } }],
    ['another set', { set: aSet({ prune: false }) }],
    ['something that moves away', { moves: { here: new Map(), away: new Set(['Widget/a']) } }],
    ['something that is registered', { registered: new Set() }],
  ])('of the very state is the very plan, unless there is %s', (_, other) => {
    const given = input(
      [at(0, sealed)],
      state(applied(at(0, sealed), { size: 1, key: { secret: 'one' } })),
      secret('one'),
    )
    const plan = makePlan(given)
    expect(makePlan({ ...given })).toBe(plan)

    const again = makePlan({ ...given, ...other })

    expect(again).not.toBe(plan)
    expect(again).toEqual(makePlan({ ...given, ...other, state: { ...given.state } }))
  })

  it('keeps no older manifest, and with it the text of a file, than the one it was made from last', async () => {
    const found = state(applied(at(0, plain)))
    const before = () => {
      const moved = at(0, plain)
      makePlan(input([moved], found))
      return new WeakRef(moved.manifest)
    }
    const forgotten = before()
    makePlan(input([at(9, plain)], found))

    setFlagsFromString('--expose-gc')
    await setImmediate() // what a WeakRef has shown lives until the end of the turn
    runInNewContext('gc')()

    expect(forgotten.deref()).toBeUndefined()
  })
})
