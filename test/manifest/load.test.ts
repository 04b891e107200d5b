import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RememberedResults, Results } from '../../src/base/index.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { Memory } from '../../src/manifest/memory.ts'
import { widgets } from '../support/widget.ts'

const load = (...texts: string[]) =>
  loadDesired(
    texts.map((text, i) => ({ path: `${i}.yaml`, text })),
    widgets,
  )
const found = (...texts: string[]) =>
  load(...texts).diagnostics.map(({ code, span }) => `${code} ${span!.file.text.slice(span!.start, span!.end)}`)

const document = (kind: string, metadata: string, spec: string) =>
  `apiVersion: wfpctl/v1alpha1\nkind: ${kind}\nmetadata: { ${metadata} }\nspec: { ${spec} }\n---\n`
const set = (name: string, spec = 'prune: true') => document('TunnelSet', `name: ${name}`, spec)
const widget = (metadata: string, spec = 'size: 3') => document('Widget', metadata, spec)

describe('loadDesired', () => {
  it('joins resources and sets of all files', () => {
    const { desired, diagnostics } = load(widget('name: a, set: s, labels: { team: net }'), set('s'), widget('name: b'))

    expect(diagnostics).toEqual([])
    expect(desired.sets.map(({ name, prune }) => [name, prune])).toEqual([
      ['s', true],
      ['default', false],
    ])
    expect(desired.resources.map(({ name, set, labels, spec }) => ({ name, set, labels, spec }))).toEqual([
      { name: 'a', set: 's', labels: { team: 'net' }, spec: { size: 3, tags: [] } },
      { name: 'b', set: 'default', labels: {}, spec: { size: 3, tags: [] } },
    ])
  })

  it('reads every field of a set', () => {
    const spec = `host: HQ, prune: true, safety: { maxDelete: 1, maxReplace: 25%, acceptReadback: [/a/b] },
      drift: { mode: report, resync: 1h30m }`
    const [read] = load(set('s', spec)).desired.sets

    expect({ ...read, manifest: undefined }).toEqual({
      name: 's',
      host: 'HQ',
      prune: true,
      safety: { maxDelete: { count: 1 }, maxReplace: { share: 0.25 }, acceptReadback: ['/a/b'] },
      drift: { mode: 'report', resyncSeconds: 5_400 },
    })
  })

  it('fills in what a set leaves out', () => {
    expect({ ...load(set('s')).desired.sets[0], manifest: undefined }).toEqual({
      name: 's',
      prune: true,
      safety: { acceptReadback: [] },
      drift: { mode: 'correct', resyncSeconds: 60 },
    })
  })

  it('has no default set when nothing is in it', () => {
    expect(load(set('s')).desired).toMatchObject({ sets: [{ name: 's' }], resources: [] })
    expect(load('').desired).toEqual({ sets: [], resources: [] })
  })

  it('keeps what can be read beside what cannot', () => {
    const { desired } = load(widget('name: a', 'size: x'), widget('name: b'), widget('name: c, set: nowhere'))

    expect(desired.resources.map(({ name }) => name)).toEqual(['b'])
  })
})

describe('a finding hides no independent one', () => {
  it('reports schema, semantics and cross rules together', () => {
    expect(
      found(
        widget('name: a', 'size: 3, tags: ["3", ""], foo: 1'),
        widget('name: B', 'size: 10'),
        widget('name: c', 'size: 10') + widget('name: d', 'size: 10') + widget('name: d', 'size: 10'),
      ),
    ).toEqual(['E208 "3"', 'E206 ""', 'E200 foo', 'E123 B', 'E209 10', 'E209 10', 'E124 d'])
  })

  it('checks a document by the kind that was meant', () => {
    expect(found(document('Wigdet', 'name: a', 'size: 11'))).toEqual(['E122 Wigdet', 'E205 11'])
  })

  it('reports a mistake in an anchored value once', () => {
    expect(found(widget('name: a, labels: { x: &t 7, y: *t }'))).toEqual(['E202 7', 'E202 *t'])
    expect(found(widget('name: a', 'size: 3, tags: [&t [], *t]'))).toEqual(['E202 []', 'E202 *t'])
    expect(found(`${widget('name: a', 'size: 3')}`.replace('spec:', 'spec: &s'))).toEqual([])
  })
})

describe('a finding has no echo', () => {
  it.each([
    [
      'a misspelt kind of set',
      document('TunelSet', 'name: s', 'prune: true') + widget('name: a, set: s'),
      ['E122 TunelSet'],
    ],
    ['an invalid name of a set', set('S') + widget('name: a, set: s'), ['E123 S']],
    [
      'a missing name of a set',
      document('TunnelSet', '', 'prune: true') + widget('name: a, set: s'),
      ['E201 metadata'],
    ],
    ['an unreadable document', `a: "\n---\n${widget('name: a, set: s')}`, ['E110 "']],
    ['an unknown kind', document('Gizmo', 'name: s', '') + widget('name: a, set: s'), ['E122 Gizmo']],
    ['another apiVersion', widget('name: a').replace('v1alpha1', 'v1alpha2'), ['E121 wfpctl/v1alpha2']],
    ['an invalid set', widget('name: a, set: "&"'), ['E123 "&"']],
    ['a set for two', widget('name: a, set: s') + widget('name: b, set: s'), ['E126 s']],
    ['no spec', 'apiVersion: wfpctl/v1alpha1\nkind: Widget\nmetadata: { name: a }\n', ['E201 apiVersion']],
    ['no kind', 'apiVersion: wfpctl/v1alpha1\nmetadata: { name: a }\nspec: {}\n', ['E201 apiVersion']],
    [
      'a misspelt envelope',
      'apiVersion: wfpctl/v1alpha1\nkind: Widget\nmetdata: { name: a }\nspec: { size: 1 }\n',
      ['E200 metdata'],
    ],
    ['a set in a set', document('TunnelSet', 'name: s, set: t', 'prune: true'), ['E200 set']],
  ])('%s', (_, text, expected) => {
    expect(found(text)).toEqual(expected)
  })
})

describe('order', () => {
  it('of files does not matter', () => {
    const texts = [set('s'), widget('name: a, set: s'), widget('name: b'), widget('name: c, set: s', 'size: 10')]
    const names = (order: readonly string[]) => {
      const { sets, resources } = load(...order).desired
      return [sets.map(({ name }) => name).sort(), resources.map(({ name }) => name).sort()]
    }

    fc.assert(
      fc.property(fc.shuffledSubarray(texts, { minLength: texts.length }), (order) => {
        expect(names(order)).toEqual(names(texts))
      }),
      { numRuns: 24 },
    )
  })
})

describe('hostile manifests', () => {
  it.each([
    ['items', `tags: [${'1,'.repeat(100_000)}]`],
    ['fields', Array.from({ length: 10_000 }, (_, i) => `f${i}: 1`).join()],
  ])('may have very many wrong %s', (_, spec) => {
    expect(load(widget('name: a', `size: 1, ${spec}`)).diagnostics.length).toBeGreaterThanOrEqual(10_000)
  })

  it('never throw, whatever is changed in them', () => {
    const base =
      set('s', 'prune: true, safety: { maxDelete: 25% }') + widget('name: a, set: s', 'size: 3, tags: [a, b]')
    const junk = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom('{', '[', '*a', '&a ', '!!t ', '"', '\n', '\t', '<<: ', '~', '- '),
    )
    const edit = fc.record({ at: fc.nat(base.length), remove: fc.nat(12), insert: junk })

    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        const text = edits.reduce((t, { at, remove, insert }) => t.slice(0, at) + insert + t.slice(at + remove), base)
        for (const { span } of load(text).diagnostics) expect(span!.start).toBeLessThanOrEqual(span!.end)
      }),
      { numRuns: 300 },
    )
  })
})

describe('what is remembered of a tree', () => {
  const lines = (): RememberedResults & { readonly trees: Map<string, string> & Results } => {
    const of = () => {
      const known = new Map<string, string>()
      return Object.assign(known, {
        put: (digest: string, text: string) => void known.set(digest, text),
        save: () => {},
      })
    }
    return { texts: of(), trees: of() }
  }
  const files = Array.from({ length: 3 }, (_, i) => ({ path: `${i}.yaml`, text: widget(`name: w${i}`) }))
  const reaching = new Map([...widgets].map(([name, kind]) => [name, { ...kind, reach: () => [] }]))
  const loadWith = (results: RememberedResults) => loadDesired(files, reaching, new Memory(results))

  it('is made again where a part of it is lost, when all of it is read', () => {
    const results = lines()
    const first = loadWith(results).clean?.inventory()
    expect(first?.files.size).toBe(3)
    const whole = new Map(results.trees)
    for (const [digest, text] of whole) if (text.startsWith('[')) results.trees.delete(digest)
    expect(results.trees.size).toBe(whole.size - 1)

    const again = loadWith(results)
    expect(again.clean?.inventory()).toBeUndefined()
    expect(again.desired.resources).toHaveLength(3)

    expect(again.clean?.inventory()).toEqual(first)
    expect(new Map(results.trees)).toEqual(whole)
    expect(loadWith(results).clean?.inventory()).toEqual(first)
  })
})
