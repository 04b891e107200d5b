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
