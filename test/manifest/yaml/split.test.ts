import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positionOf } from '../../../src/base/source.ts'
import { splitDocuments } from '../../../src/manifest/yaml/split.ts'
import { readDocuments } from './documents.ts'

const read = (text: string) => readDocuments({ path: 'a.yaml', text })
const found = (text: string) =>
  read(text).diagnostics.map(({ code, span }) => {
    const { line, column } = positionOf(span!.file, span!.start)
    return `${code} ${line}:${column}`
  })

describe('a file with an unresolved merge conflict', () => {
  it.each([
    ['inside a document', 'a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> a/b\nc: 1\n', 'E131 2:1'],
    ['with the common base', 'a:\n<<<<<<< a\n  b: 1\n||||||| 1234\n=======\n>>>>>>> b\n', 'E131 2:1'],
    ['around documents', '<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> b\n---\nc: 1\n', 'E131 1:1'],
    ['with markers of documents inside', 'a: 1\n<<<<<<< HEAD\n---\nb: 1\n=======\n---\nb: 2\n>>>>>>> b\n', 'E131 2:1'],
    ['of which a line was left', 'a: 1\n>>>>>>> b\n', 'E131 2:1'],
    ['of which the line between the sides was left', 'a: 1\r\n=======\r\nb: 1\r\n', 'E131 2:1'],
  ])('%s, says so once', (_, text, place) => {
    expect(found(text)).toEqual([place])
    expect(read(text)).toMatchObject({ documents: [], incomplete: true })
  })

  it.each(['# =======\na: 1\n', 'a: "<<<<<<< b"\n', 'a: |\n  =======\n', 'a: <<<<<<<<\n'])('is not %j', (text) => {
    expect(found(text)).toEqual([])
  })
})

describe('a byte order mark', () => {
  it.each([
    ['before each marker', '\ufeff---\na: 1\n\ufeff---\nb: 2\n'],
    ['before the first document, and before a comment', '\ufeffa: 1\n\ufeff# the next file\n\n---\nb: 2\n'],
    ['after the end of a document', 'a: 1\n...\n\ufeffb: 2\n'],
    ['where Windows joined files', '\ufeffa: 1\r\n\ufeff---\r\nb: 2\r\n'],
    ['before a directive', '\ufeff%YAML 1.2\n---\na: 1\n...\n\ufeff%YAML 1.2\n---\nb: 2\n'],
    ['in quotes and in comments', 'a: 1 # \ufeff\n---\n# \ufeff\nb: 2\n'],
  ])('is no part of a document %s', (_, text) => {
    const { documents, diagnostics } = read(text)

    expect(diagnostics).toEqual([])
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }])
  })

  it('moves no place but those on its line', () => {
    const [first, second] = read('\ufeffa: 1\nc: 2\n\ufeff---\nb: 2\n').documents
    const place = (document = first!, pointer = '/a') => positionOf(document.file, document.at(pointer).start)

    expect([place(first, '/a'), place(first, '/c'), place(second, '/b')]).toEqual([
      { line: 1, column: 5 },
      { line: 2, column: 4 },
      { line: 4, column: 4 },
    ])
  })

  it.each([
    ['without a marker after it', 'a: 1\n\ufeffb: 2\n', 'E130 2:1'],
    ['beside a name', 'a: 1\nb: { \ufeffc: 1 }\n', 'E130 2:6'],
  ])('is found inside a document, %s', (_, text, place) => {
    expect(found(text)).toEqual([place])
  })
})

it('ends a document at each line that begins with the marker, whatever ends a line', () => {
  const pieces = fc.constantFrom('---', '----', '-', '\n', '\r', '\r\n', '\u2028', '\u2029', ' ', '\t', 'a', '#')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (all) => {
      const text = all.join('')
      const parts = text.split(/(?=^---(?:[ \t\r\n]|$))/m)
      const expected = parts.filter((part) => /^(?:---)?[ \t]*[^\s#]/m.test(part.replace(/^---/, '')))
      expect(splitDocuments({ path: 'a.yaml', text }).segments.map((segment) => segment.text)).toEqual(expected)
    }),
    { numRuns: 2_000 },
  )
})
