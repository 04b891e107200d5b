import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RememberedResults, Results } from '../../src/base/memo.ts'
import type { SourceFile } from '../../src/base/source.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import type { Manifest } from '../../src/manifest/document.ts'
import { formOf } from '../../src/manifest/form.ts'
import { loadDesired } from '../../src/manifest/load.ts'
import { Memory } from '../../src/manifest/memory.ts'
import { setYaml, tunnelYaml } from '../reconcile/watch/manifests.ts'

const load = (files: readonly SourceFile[], memory?: Memory) => loadDesired(files, kindsByName, memory)
const oneFile = (...documents: readonly string[]) => [{ path: 'all.yaml', text: documents.join('---\n') }]
const lineOf = (text: string, found: string) => text.slice(0, text.indexOf(found)).split('\n').length

/** Everything that can be asked of a manifest, places included. */
function shown({ at, ...manifest }: Manifest) {
  const pointers = ['', '/kind', '/metadata/name', '/metadata/set', '/spec', '/spec/traffic/remote/0', '/spec/nothing']
  return { ...manifest, places: pointers.map((pointer) => [at(pointer), at(pointer, 'key')]) }
}

function everything(files: readonly SourceFile[], memory?: Memory) {
  const { desired, diagnostics } = load(files, memory)
  const inFull = <T extends { readonly manifest?: Manifest }>(one: T) => ({
    ...one,
    manifest: one.manifest && shown(one.manifest),
  })
  const resources = desired.resources.map((one) => ({ ...inFull(one), form: formOf(one) }))
  return { sets: desired.sets.map(inFull), resources, diagnostics }
}

/** What a tree is put together from: all that a document may have around it, and findings of every sort. */
const pieces = [
  setYaml('vpn'),
  setYaml('vpn', { host: 'HQ' }),
  tunnelYaml('a'),
  tunnelYaml('b'),
  tunnelYaml('b', { time: '30m' }),
  tunnelYaml('c', { set: 'nowhere' }),
  tunnelYaml('d', { number: 97 }),
  tunnelYaml('e').replace('ikev2', 'ikev1'),
  tunnelYaml('f').replace('mode: gateway', 'mode: gateway\n  mode: gateway'),
  tunnelYaml('g').replace('[10.1.0.0/16]', '[10.1.0.0/16, 10.1.0.0/16]'),
  tunnelYaml('h')
    .replace('[10.1.0.0/16]', '&here [10.1.0.0/33]')
    .replace('remote: [10', 'more: *here\n    remote: [10'),
  tunnelYaml('i').replace(/ {6}- esp.*\n.*\n/, (proposal) => proposal.repeat(2)),
  tunnelYaml('p').replace('spec:', 'spec:\n  mainMode: { authentication: [{ presharedKey: hunter2 }] }'),
  tunnelYaml('j').replaceAll('\n', '\r\n'),
  tunnelYaml('k').replace('spec:', 'spec: ['),
  tunnelYaml('l').replace('{ name: l', '{ name: ""'),
  `${tunnelYaml('m')}...\n${tunnelYaml('n')}`,
  `%YAML 1.2\n---\n${tunnelYaml('o')}`,
  `%YAML 1.1\n---\n${tunnelYaml('o')}`,
  'apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: a }\nspec: { role: dictate, handler: { module: ./m.mjs } }\n',
  'apiVersion: v1\nkind: ConfigMap\n',
  '# only a comment\n',
  '\ufeff# a mark\n',
  'a: "\n',
  '',
]

const KEY = '0c3ce0a4-67b5-4d2c-8a7c-6e2c3d0b1f1'
const MANAGER =
  'apiVersion: wfpctl/v1alpha1\nkind: KeyManager\nmetadata: { name: a }\nspec: { role: dictate, handler: { module: ./m.mjs } }\n'

/** As a file keeps them: text. */
function resultsIn(saved: Map<string, string>): RememberedResults {
  const results: Results = {
    get: (digest) => saved.get(digest),
    put: (digest, result) => saved.set(digest, result),
    save: () => {},
  }
  return { texts: results, trees: results }
}

type Tree = readonly { readonly path: string; readonly pieces: readonly number[] }[]

const tree: fc.Arbitrary<Tree> = fc.uniqueArray(
  fc.record({
    path: fc.constantFrom('a.yaml', 'b.yaml', 'c.yaml'),
    pieces: fc.array(fc.nat(pieces.length - 1), { maxLength: 6 }),
  }),
  { selector: ({ path }) => path, maxLength: 3 },
)

function filesOf(files: Tree): SourceFile[] {
  return files.map((file) => ({ path: file.path, text: file.pieces.map((i) => pieces[i]).join('---\n') }))
}

describe('loading with a memory', () => {
  it('gives what loading without one gives, whatever was loaded before', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 2, maxLength: 5 }), fc.boolean(), (trees, keepsObjects) => {
        const memory = new Memory()
        let before: readonly SourceFile[] = []
        for (const files of trees.map(filesOf)) {
          const known = before
          const same = ({ path, text }: SourceFile) => known.find((file) => file.path === path && file.text === text)
          before = files.map((file) => (keepsObjects && same(file)) || file)

          expect(everything(before, memory)).toEqual(everything(files))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('knows each of several documents in one text again, or reads them all', () => {
    const joined = ['a', 'b', 'c'].map((name) => tunnelYaml(name)).join('...\n')
    const saved = new Map<string, string>()
    const trees = [
      oneFile(setYaml('vpn'), joined, tunnelYaml('x')),
      oneFile(setYaml('vpn'), joined, tunnelYaml('y')),
      oneFile(setYaml('vpn'), joined, tunnelYaml('y'), tunnelYaml('a', { number: 9 })),
    ]
    const counts = trees.map((files) => {
      const loaded = load(files, new Memory(resultsIn(saved)))
      expect(loaded.diagnostics).toEqual(load(files).diagnostics)
      return loaded.resources
    })
    expect(counts).toEqual([4, 4, 4])
  })

  it('finds what a changed tunnel has in common with others, in whatever order they come and go', () => {
    const of = (i: number, { net = i, key = 0 }: { net?: number; key?: number } = {}) =>
      tunnelYaml(`t${i}`, { number: 20 + net }).replace('spec:', key ? `spec:\n  key: ${KEY}${key}` : 'spec:')
    const one = fc.record({ net: fc.nat(8), key: fc.nat(2), isOn: fc.boolean() }, { requiredKeys: [] })
    const others = fc.oneof(
      { weight: 6, arbitrary: fc.constant([setYaml('vpn')]) },
      { weight: 1, arbitrary: fc.subarray([MANAGER, setYaml('vpn'), setYaml('vpn', { host: 'HQ' })]) },
    )
    const step = fc.tuple(fc.array(fc.tuple(fc.nat(11), fc.option(one)), { maxLength: 3 }), others)
    const own = [setYaml('vpn')]
    const example: [[number, { net?: number; key?: number } | null][], string[]][] = [
      [[[1, { net: 3 }]], own],
      [[[1, {}]], own],
      [[[2, { key: 1 }]], own],
      [[[5, { key: 1 }]], own],
      [[[2, null]], own],
      [[[7, { net: 9 }]], own],
    ]
    const found = { nothing: 0, something: 0 }
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        const memory = new Memory()
        const documents = new Map(Array.from({ length: 12 }, (_, i) => [i, of(i)]))
        for (const [changes, more] of steps) {
          for (const [i, change] of changes) {
            if (!change) documents.delete(i)
            else
              documents.set(
                i,
                of(i, change).replace('spec:', change.isOn === false ? 'spec:\n  enabled: false' : 'spec:'),
              )
          }
          const files = oneFile(...documents.values(), ...more)
          const { diagnostics } = load(files, memory)
          expect(diagnostics).toEqual(load(files).diagnostics)
          found[diagnostics.length > 0 ? 'something' : 'nothing'] += 1
        }
      }),
      {
        numRuns: 150,
        examples: [[example]],
      },
    )
    expect(Math.min(...Object.values(found))).toBeGreaterThan(1)
  })

  it('holds tunnels against each other anew where their sets come to one host', () => {
    const tunnels = ['vpn', 'lab'].map((set) => tunnelYaml(set, { set }).replace('spec:', `spec:\n  key: ${KEY}1`))
    const on = (host: string) => oneFile(setYaml('vpn', { host: 'HQ' }), setYaml('lab', { host }), ...tunnels)
    const memory = new Memory()

    const found = ['DALLAS', 'HQ', 'DALLAS'].map((host) => load(on(host), memory).diagnostics.map(({ code }) => code))

    expect(found).toEqual([[], ['E251'], []])
  })

  it('gives the same from what earlier processes have found out, and asks for nothing twice', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 2, maxLength: 4 }), (trees) => {
        const saved = new Map<string, string>()
        for (const files of [...trees, ...trees].map(filesOf)) {
          expect(everything(files, new Memory(resultsIn(saved)))).toEqual(everything(files))
        }
        const size = saved.size
        for (const files of trees.map(filesOf)) load(files, new Memory(resultsIn(saved)))
        expect(saved.size).toBe(size)
      }),
      { numRuns: 60 },
    )
  })

  it('remembers a document without findings, and no other', () => {
    const saved = new Map<string, string>()
    const weak = tunnelYaml('weak').replace('ikev2', 'ikev1')
    const open = tunnelYaml('b').replace('spec:', 'spec:\n  mainMode: { authentication: [{ presharedKey: hunter2 }] }')

    load(oneFile(setYaml('vpn'), tunnelYaml('a'), weak, open), new Memory(resultsIn(saved)))

    const documents = [...saved.values()].filter((text) => text.startsWith('{'))
    const names = documents.map((text) => /"name":"(\w+)"/.exec(text)?.[1])
    expect(names).toEqual(['vpn', 'a'])
  })

  it('counts what a tree declares, whatever was forgotten of it', () => {
    const saved = new Map<string, string>()
    const clean = oneFile(setYaml('vpn'), tunnelYaml('a'), tunnelYaml('b'))
    load(clean, new Memory(resultsIn(saved)))
    for (const digest of [...saved.keys()]) {
      const left = new Map([...saved].filter(([one]) => one !== digest))
      expect(load(clean, new Memory(resultsIn(left))).resources).toBe(2)
    }
  })

  it('knows a tree without findings, and reads it when somebody asks for what it declares', () => {
    const saved = new Map<string, string>()
    const clean = oneFile(setYaml('vpn'), tunnelYaml('a'), tunnelYaml('b'))
    load(clean, new Memory(resultsIn(saved)))

    const told: number[] = []
    const again = load(clean, new Memory(resultsIn(saved), (_, done) => told.push(done ?? 0)))
    expect([again.resources, again.diagnostics, told]).toEqual([2, [], []])
    expect(again.desired.resources.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(told).not.toEqual([])
  })

  it('knows no tree with a finding, nor one in which anything is waived: a waiver has its day', () => {
    const weak = tunnelYaml('weak').replace('ikev2', 'ikev1')
    const code = load(oneFile(setYaml('vpn'), weak)).diagnostics[0]?.code
    const waived = weak.replace(
      'name: weak',
      `name: weak, waive: [{ code: ${code}, reason: an old peer, until: 2030-12-31 }]`,
    )
    const known = [tunnelYaml('a'), weak, waived].map((document) => {
      const saved = new Map<string, string>()
      const { diagnostics } = load(oneFile(setYaml('vpn'), document), new Memory(resultsIn(saved)))
      return [diagnostics.length, [...saved.values()].some((result) => /^\d+$/.test(result))]
    })
    expect(known).toEqual([
      [0, true],
      [1, false],
      [0, false],
    ])
  })

  it('remembers what a document waives', () => {
    const saved = new Map<string, string>()
    const waiver = '{ code: W220, reason: an old peer, until: 2030-12-31 }'
    const set = setYaml('vpn').replace('name: vpn', `name: vpn, waive: [${waiver}]`)
    const codes = () =>
      load(oneFile(set, tunnelYaml('a')), new Memory(resultsIn(saved))).diagnostics.map(({ code }) => code)

    const first = codes()

    expect(first).toEqual(['W120'])
    expect([...saved.values()].filter((text) => text.startsWith('{'))).toHaveLength(2)
    expect(codes()).toEqual(first)
  })

  it('points at the present line of a document that moved, in places and in words', () => {
    const memory = new Memory()
    const twice = tunnelYaml('a').replace('mode: gateway', 'mode: gateway\n  mode: transport')
    load(oneFile(twice), memory)
    const moved = oneFile('# one\n# two\n', setYaml('vpn'), twice)

    const [found] = load(moved, memory).diagnostics

    const text = moved[0]!.text
    expect(found!.code).toBe('E112')
    expect(text.slice(found!.span!.start).startsWith('mode: transport')).toBe(true)
    expect(found!.notes).toEqual([`first given at all.yaml:${lineOf(text, 'mode: gateway')}:3`])
  })

  it('knows where a key stands that no output may show, in any document of a file', () => {
    const open = tunnelYaml('b').replace('spec:', 'spec:\n  mainMode: { authentication: [{ presharedKey: hunter2 }] }')
    const [file] = oneFile(setYaml('vpn'), tunnelYaml('a'), open)

    const secrets = load([file!]).diagnostics.flatMap((found) => found.secrets ?? [])

    const start = file!.text.indexOf('hunter2')
    expect(secrets).toEqual([{ file, start, end: start + 'hunter2'.length }])
  })

  it('compares the manifests of one file in their order', () => {
    const { diagnostics } = load(
      oneFile(setYaml('vpn'), tunnelYaml('z', { number: 2 }), tunnelYaml('a', { number: 2 })),
    )

    expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
      ['W223', 'the traffic of a is also that of z'],
    ])
  })

  it('finds the second of two equal documents', () => {
    const memory = new Memory()
    const again = () => load(oneFile(setYaml('vpn'), tunnelYaml('a'), tunnelYaml('a')), memory).diagnostics

    const [first, second] = [again(), again()]

    expect(first.map(({ code }) => code)).toEqual(['E124'])
    expect(second).toEqual(first)
  })

  it('keeps resources of files that are the same, and specs of documents that are', () => {
    const memory = new Memory()
    const [a, b] = ['a', 'b'].map((name) => ({ path: `${name}.yaml`, text: `---\n${tunnelYaml(name)}` }))
    const set = { path: 'set.yaml', text: setYaml('vpn') }
    const [one, two] = load([a!, b!, set], memory).desired.resources
    const longer = { path: 'b.yaml', text: `# about b\n---\n${tunnelYaml('c')}${b!.text}` }

    const after = load([a!, longer, set], memory).desired.resources

    expect(after.map(({ name }) => name)).toEqual(['a', 'c', 'b'])
    expect(after[0]).toBe(one)
    expect(after[2]!.spec).toBe(two!.spec)
    expect(after[2]!.manifest.file).toBe(longer)
  })

  it('forgets what the last reading did not meet', () => {
    const memory = new Memory()
    for (let i = 0; i < 20; i++) load(oneFile(setYaml('vpn'), tunnelYaml('a', { time: `${10 + i}m` })), memory)

    expect(memory.parts.size).toBe(2)
  })
})
