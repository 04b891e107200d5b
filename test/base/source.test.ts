import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineOf, positionOf } from '../../src/base/source.ts'

const file = { path: 'a', text: 'one\r\ntwo\n\n\rfive\r\r\n' }

describe('lineOf', () => {
  it.each([
    [1, 'one', 0],
    [2, 'two', 5],
    [3, '', 9],
    [4, '', 10],
    [5, 'five', 11],
    [6, '', 16],
    [7, '', 18],
    [8, '', 18],
  ])('gives line %i without its end', (line, text, start) => {
    expect(lineOf(file, line)).toEqual({ text, start })
    expect(positionOf(file, start)).toMatchObject({ column: 1 })
  })

  it('takes no longer for a line that is as long as its file', () => {
    const giant = { path: 'a', text: 'x'.repeat(4_000_000) }

    const lengths = Array.from({ length: 100_000 }, () => lineOf(giant, 1).text.length)

    expect(new Set(lengths)).toEqual(new Set([giant.text.length]))
  })
})

const texts = fc.string({ unit: fc.constantFrom('\n', '\r', '\r\n', 'a', 'ü', ' '), maxLength: 60 })

describe('places in a text', () => {
  it('are those of its lines, in whatever order they are asked for', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat({ max: 80 }), { maxLength: 12 }), fc.boolean(), (drawn, asked, hasReturns) => {
        const text = hasReturns ? drawn : drawn.replaceAll('\r', '')
        const starts = [0, ...Array.from(text.matchAll(/\r\n|\n|\r/g), (end) => end.index + end[0].length)]
        const one = { path: 'a', text }
        for (const number of asked) {
          const offset = Math.min(number, text.length)
          const line = starts.filter((start) => start <= offset).length
          expect(positionOf(one, number)).toEqual({ line, column: offset - starts[line - 1]! + 1 })
          const [, end = text.length] = starts.slice(number)
          const start = starts[number] ?? text.length
          expect(lineOf(one, number + 1)).toEqual({ text: text.slice(start, end).replace(/[\r\n]+$/, ''), start })
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
