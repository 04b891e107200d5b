import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positionOf, type SourceFile, type Span } from '../../../src/base/source.ts'
import type { Document } from '../../../src/manifest/document.ts'
import { readDocuments } from './documents.ts'

const fileOf = (text: string): SourceFile => ({ path: 'a.yaml', text })
const read = (text: string) => readDocuments(fileOf(text))
const codesOf = (text: string) => read(text).diagnostics.map((d) => d.code)
const textOf = (span: Span) => span.file.text.slice(span.start, span.end)
const only = (text: string): Document => {
  const { documents, diagnostics } = read(text)
  expect(diagnostics).toEqual([])
  expect(documents).toHaveLength(1)
  return documents[0]!
}

describe('documents', () => {
  it('reads several documents of one file', () => {
    const { documents } = read('# first\na: 1\n---\nb: [x, {c: true}]\n...\n---\n\n--- # only a comment\nd: ~\n')

    expect(documents.map((d) => d.value)).toEqual([{ a: 1 }, { b: ['x', { c: true }] }, { d: null }])
  })

  it.each(['', '\n\n', '# nothing\n', '---\n', '---\n---\n# nothing\n---', '...\n'])('finds none in %j', (text) => {
    expect(read(text)).toEqual({ documents: [], diagnostics: [], incomplete: false })
  })

  it('reads a document although the one before it is broken', () => {
    const { documents, diagnostics, incomplete } = read('a: "open\n---\nb: 1\n')

    expect(documents.map((d) => d.value)).toEqual([{ b: 1 }])
    expect(diagnostics.map((d) => d.code)).toEqual(['E110'])
    expect(incomplete).toBe(true)
  })

  it('accepts CRLF line ends', () => {
    const document = only('a: 1\r\nb:\r\n  - c\r\n')

    expect(document.value).toEqual({ a: 1, b: ['c'] })
    expect(positionOf(document.file, document.at('/b/0').start)).toEqual({ line: 3, column: 5 })
  })

  it('takes a comment at the first column inside brackets', () => {
    expect(only('a: [\n  1,\n# 2,\n  [3]\n# 4\n]\n').value).toEqual({ a: [1, [3]] })
  })

  it('keeps keys that objects have by themselves', () => {
    expect(Object.keys(only('__proto__: 1\nconstructor: 2\n').value)).toEqual(['__proto__', 'constructor'])
  })
})

describe('places', () => {
  const text = 'kind: X\nspec:\n  list: [a, "b c", {d: &x 1}]\n  same: *x\n  empty:\n  block: |\n    text\n'

  it.each([
    ['/kind', 'value', 'X'],
    ['/kind', 'key', 'kind'],
    ['/spec/list/1', 'value', '"b c"'],
    ['/spec/list/2/d', 'key', 'd'],
    ['/spec/list/0', 'key', 'a'],
    ['/spec/same', 'value', '*x'],
    ['/spec/empty', 'value', 'empty'],
    ['/spec/list/2/nothing/here', 'value', '{d: &x 1}'],
    ['/spec/nothing', 'key', 'spec'],
    ['/spec/block', 'value', '|\n    text'],
    ['', 'key', 'kind'],
    ['/nothing', 'key', 'kind'],
  ] as const)('finds %s (%s)', (pointer, part, written) => {
    expect(textOf(only(text).at(pointer, part))).toBe(written)
  })

  it('finds a value inside what an alias stands for', () => {
    expect(textOf(only('a: &x {b: 1}\nc: *x\n').at('/c/b'))).toBe('1')
  })
})

describe('YAML that a manifest may not have', () => {
  it.each([
    ['a: 1\nb: 2\na: 3\n', ['E112'], { a: 1, b: 2 }],
    ['a: *x\nb: 2\n', ['E113'], { b: 2 }],
    ['a: &x [*x]\n', ['E113'], { a: [null] }],
    ['a: !!js/function "x"\nb: 2\n', ['E115'], { b: 2 }],
    ['a: !!binary aGk=\nb: 2\n', ['E115'], { b: 2 }],
    ['a: &x {b: 1}\nc: {<<: *x, d: 2}\n', ['E116'], { a: { b: 1 }, c: { b: 1, d: 2 } }],
    ['? [a]\n: 1\nb: 2\n', ['E117'], { b: 2 }],
    ['a: .inf\nb: .nan\nc: 3\n', ['E118', 'E118'], { c: 3 }],
    ['a: 123456789012345678901234567890\n', ['E118'], {}],
    ['a: "\\q"\nb: 2\n', ['E110'], { b: 2 }],
  ])('%j', (text, codes, value) => {
    const { documents, diagnostics } = read(text)

    expect(diagnostics.map((d) => d.code)).toEqual(codes)
    expect(documents.map((d) => d.value)).toEqual([value])
  })

  it.each([
    ['- a\n- b\n', ['E120']],
    ['just text', ['E120']],
    ['a: 1\n\tb: 2\n', ['E111']],
    ['a: 1\nb: 1\n  c: 2\nd: 3\n  e: 4\n', ['E111']],
    ['a: b: c\n', ['E110']],
    ['a: [1,\nb: 2\n', ['E110']],
    ['%YAML 1.1\n---\na: yes\n', ['E119']],
    ['%TAG ! tag:x,2000:\n---\na: !b c\n', ['E119']],
  ])('refuses %j', (text, codes) => {
    expect(codesOf(text)).toEqual(codes)
    expect(read(text).documents).toEqual([])
  })

  it('points at the line that is indented too deep', () => {
    const [finding] = read('a: 1\nb: 1\n  c: 2\n').diagnostics

    expect(textOf(finding!.span!)).toBe('c')
  })

  it('takes YAML 1.2 by name', () => {
    expect(only('%YAML 1.2\n---\na: yes\n').value).toEqual({ a: 'yes' })
  })

  it('says where a key stood first', () => {
    expect(read('a: 1\na: 2\n').diagnostics[0]!.notes).toEqual(['first given at a.yaml:1:1'])
  })
})

describe('hostile text', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi'].map((pair) => [...pair])) {
    bomb.push(`${to}: &${to} [${`*${from}, `.repeat(10)}]`)
  }

  it.each([
    ['an alias bomb', bomb.join('\n'), ['E113']],
    ['lists in lists', `a: ${'['.repeat(10_000)}`, ['E114']],
    ['mappings in mappings', `a: ${'{a: '.repeat(10_000)}`, ['E114']],
    ['compact lists', `${'- '.repeat(10_000)}x`, ['E114']],
    ['explicit keys', `${'? '.repeat(10_000)}x`, ['E114']],
    [
      'deep indentation',
      Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i)}a:\n`)
        .join('')
        .slice(0, 200_000),
      ['E114'],
    ],
    ['one long document', `a: ${'x'.repeat(1_000_000)}`, ['E104']],
  ])('refuses %s with one finding and reads the next document', (_, text, codes) => {
    const { documents, diagnostics } = read(`${text}\n---\nb: 1\n`)

    expect(diagnostics.map((d) => d.code)).toEqual(codes)
    expect(documents.at(-1)!.value).toEqual({ b: 1 })
  })

  it('stops counting documents', () => {
    const { documents, diagnostics } = read('a: 1\n---\n'.repeat(50_001))

    expect(documents).toHaveLength(50_000)
    expect(diagnostics.map((d) => d.code)).toEqual(['E104'])
  })

  it('never throws', () => {
    const pieces = fc.constantFrom(
      ...[
        'a: ',
        'b: ',
        '- ',
        '\n',
        '  ',
        '[',
        ']',
        '{',
        '}',
        ', ',
        '&x ',
        '*x ',
        '!!t ',
        '<<: ',
        '"',
        "'",
        '|',
        '>',
        '? ',
        ': ',
      ],
      ...[
        '---\n',
        '...\n',
        '%YAML',
        '#',
        '\t',
        '\r',
        '~',
        '1e999',
        '\u0000',
        '\ud800',
        '\u2028',
        '@',
        '`',
        '\\',
        '__proto__: ',
      ],
    )
    const text = fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 40 })
      .map((parts) => parts.join(''))

    fc.assert(
      fc.property(text, (source) => {
        for (const document of read(source).documents) {
          for (const key of Object.keys(document.value)) {
            const { start, end } = document.at(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
            expect(start).toBeLessThanOrEqual(end)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
