import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/base/index.ts'
import { readQuickly } from '../../../src/manifest/yaml/quick.ts'
import { Sections } from '../../../src/manifest/yaml/sections.ts'

const FIRST = 'name: one\nspec:\n  mode:\n    a: 1\n    b: [x, y]\n  next: 2\n'
const modeOf = (document: JsonObject | undefined): Json | undefined => (document?.spec as JsonObject | undefined)?.mode

/** What a second text says beside the first. */
function readBeside(second: string): {
  readonly first: JsonObject | undefined
  readonly second: JsonObject | undefined
} {
  const sections = new Sections()
  return { first: readQuickly(FIRST, sections), second: readQuickly(second, sections) }
}

describe('a section that stands in two texts', () => {
  it('is one value', () => {
    const { first, second } = readBeside(FIRST.replace('one', 'two'))

    expect(modeOf(first)).toEqual({ a: 1, b: ['x', 'y'] })
    expect(modeOf(second)).toBe(modeOf(first))
    expect(second?.name).toBe('two')
  })

  it.each([
    ['it goes on', FIRST.replace('  next: 2', '    c: 3\n  next: 2')],
    ['a comment follows', FIRST.replace('  next: 2', '  # no more\n  next: 2')],
    ['an empty line follows', FIRST.replace('  next: 2', '\n  next: 2')],
    ['it ends the text', FIRST.replace('  next: 2\n', '')],
    ['it stands further in', FIRST.replace('spec:', 'spec:\n ').replaceAll(/^ {2}/gm, '    ')],
    ['a comment stands in it', FIRST.replace('a: 1', 'a: 1 # one')],
    ['lines end otherwise', FIRST.replaceAll('\n', '\r\n')],
    ['another key is above it', FIRST.replace('mode', 'other')],
  ])('is read by itself where %s', (_, text) => {
    const { second } = readBeside(text)

    expect(second).toEqual(readQuickly(text))
  })

  const deep = `${'['.repeat(30)}${']'.repeat(30)}`
  it.each([
    ['it ends the first with no line end', 'm:\n    a: 1', 'm:\n    a: 1st\n'],
    ['it stands under more keys', `m:\n    a: ${deep}\nn: 1\n`, `k:\n  l:\n   m:\n    a: ${deep}\nn: 1\n`],
    ['literal text ends where lines end otherwise', 'm:\n    a: |\n     b\nn: 1\n', 'm:\n    a: |\n     b\nn: 1\r\n'],
  ])('is read by itself where %s', (_, first, second) => {
    const sections = new Sections()

    expect(readQuickly(first, sections)).toBeDefined()
    expect(readQuickly(second, sections)).toEqual(readQuickly(second))
  })

  it('is found also after many that differ', () => {
    const sections = new Sections()
    for (let i = 0; i < 100; i++) readQuickly(FIRST.replace('a: 1', `a: ${i}`), sections)
    const alike = Array.from({ length: 50 }, () => modeOf(readQuickly(FIRST, sections)))

    expect(alike.at(-1)).toEqual({ a: 1, b: ['x', 'y'] })
    expect(alike.at(-1)).toBe(alike.at(-2))
  })

  it('is known among a few others of its key, and changes nothing of what is read', () => {
    const line = fc.constantFrom(
      'a: 1',
      'a: 2',
      'b: x',
      'c:',
      '  d: 1',
      '- e',
      '# f',
      '',
      'g: |',
      '    h',
      'i: [1,',
      '2]',
    )
    const text = fc
      .array(fc.tuple(fc.constantFrom('', '  ', '    '), line), { maxLength: 8 })
      .map((lines) => `top:\n${lines.map(([indent, one]) => `  ${indent}${one}`).join('\n')}\nend: 1\n`)
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 6 }), (texts) => {
        const sections = new Sections()
        for (const one of [...texts, ...texts]) expect(readQuickly(one, sections)).toEqual(readQuickly(one))
      }),
      { numRuns: 3_000 },
    )
  })
})
