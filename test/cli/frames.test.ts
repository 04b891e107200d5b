import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { diagnostic } from '../../src/base/diagnostic.ts'
import type { Span } from '../../src/base/source.ts'
import { diagnosticsToJson, renderDiagnostics, summarise } from '../../src/cli/render/frames.ts'

const spanIn = (text: string, part: string, path = 'a.yaml'): Span => {
  const start = text.indexOf(part)
  return { file: { path, text }, start, end: start + part.length }
}
const render = (...findings: Parameters<typeof renderDiagnostics>[0]) => renderDiagnostics(findings, { color: false })

/** The line with its number, and the line of carets below it. */
const frameOf = (text: string, part: string) =>
  render(diagnostic('E203', spanIn(text, part), 'wrong'))
    .split('\n')
    .slice(3, 5)

describe('a frame', () => {
  it('shows place, line, label, notes and help', () => {
    const span = spanIn(`${'\n'.repeat(13)}    - local: 10.1.0.0/33\n`, '10.1.0.0/33', 'examples/branch-office.yaml')
    const finding = diagnostic('E203', span, '10.1.0.0/33 is not an IPv4 network', {
      label: 'an IPv4 prefix has 0 to 32 bits',
      notes: ['one', 'two'],
      help: 'write the network as address/bits, e.g. 10.1.0.0/16',
    })

    expect(render(finding)).toBe(`error[E203]: 10.1.0.0/33 is not an IPv4 network
  --> examples/branch-office.yaml:14:14
   |
14 |     - local: 10.1.0.0/33
   |              ^^^^^^^^^^^ an IPv4 prefix has 0 to 32 bits
   |
   = note: one
   = note: two
   = help: write the network as address/bits, e.g. 10.1.0.0/16
`)
  })

  it('has no line where there is no place', () => {
    expect(render(diagnostic('E420', undefined, 'the engine is busy', { help: 'try again' }))).toBe(
      'error[E420]: the engine is busy\n  = help: try again\n',
    )
  })

  const unset = (count: number, path = 'a.yaml') => {
    const text = 'a: { env: PSK }\n'.repeat(count)
    return Array.from({ length: count }, (_, i) => {
      const start = i * 16 + 10
      return diagnostic('E310', { file: { path, text }, start, end: start + 3 }, 'PSK is not set', { help: 'set it' })
    })
  }

  it.each([
    { count: 3, note: undefined },
    { count: 4, note: 'the same at a.yaml:4:11' },
    { count: 6, note: 'the same at a.yaml:4:11, a.yaml:5:11, a.yaml:6:11' },
    { count: 7, note: 'the same at a.yaml:4:11, a.yaml:5:11, a.yaml:6:11 and 1 more place; -o json has them all' },
    { count: 9, note: 'the same at a.yaml:4:11, a.yaml:5:11, a.yaml:6:11 and 3 more places; -o json has them all' },
  ])('is one of three where $count findings say the same', ({ count, note }) => {
    const shown = render(...unset(count), diagnostic('E203', spanIn('a: 1', '1', 'b.yaml'), 'wrong'))

    expect(shown.match(/--> \S+/g)).toEqual(['--> a.yaml:1:11', '--> a.yaml:2:11', '--> a.yaml:3:11', '--> b.yaml:1:4'])
    expect(shown.match(/note: .*/g) ?? []).toEqual(note === undefined ? [] : [`note: ${note}`])
    expect(diagnosticsToJson(unset(count))).toHaveLength(count)
  })

  it('is each where findings say something else', () => {
    const each = unset(9).map((finding, i) => ({ ...finding, label: `line ${i}` }))

    expect(render(...each).match(/--> /g)).toHaveLength(9)
  })

  it('names the file alone where its text was not read', () => {
    const span = { file: { path: 'big.yaml', text: '' }, start: 0, end: 0 }

    expect(render(diagnostic('E104', span, 'big.yaml is too large'))).toBe(
      'error[E104]: big.yaml is too large\n --> big.yaml\n',
    )
  })

  it.each([
    ['a plain line', 'a: xy', 'xy', ['1 | a: xy', '  |    ^^']],
    ['nothing at the end', 'a: ', '', ['1 | a:', '  | ^']],
    ['tabs', '\ta:\txy', 'xy', ['1 |     a:  xy', '  |         ^^']],
    ['wide characters', '日本: 語', '語', ['1 | 日本: 語', '  |       ^^']],
    ['a combining accent', 'e\u0301: x', 'x', ['1 | e\u0301: x', '  |    ^']],
    ['an emoji of several code points', '👩‍🔧: x', 'x', ['1 | 👩‍🔧: x', '  |     ^']],
    ['control characters', 'a: \u001b[31mx', 'x', ['1 | a: ·[31mx', '  |         ^']],
    ['text that turns direction', 'a: \u202ex', 'x', ['1 | a: ·x', '  |     ^']],
    ['several lines', 'a: |\n  b\n', '|\n  b', ['1 | a: |', '  |    ^']],
  ])('puts carets under %s', (_, text, part, expected) => {
    expect(frameOf(text, part)).toEqual(expected)
  })

  it.each([
    ['the beginning', `xy${'-'.repeat(400)}`],
    ['the middle', `${'-'.repeat(200)}xy${'-'.repeat(200)}`],
    ['the end', `${'-'.repeat(400)}xy`],
    ['the middle of a very long line', `${'-'.repeat(1_000_000)}xy${'-'.repeat(1_000_000)}`],
  ])('cuts a long line around %s', (_, text) => {
    const [line, carets] = frameOf(text, 'xy')

    expect(line!.length).toBeLessThanOrEqual(164)
    expect(line).toContain('…')
    expect(line!.slice(carets!.indexOf('^')).startsWith('xy')).toBe(true)
  })

  it('masks a secret in the frame of another finding too', () => {
    const text = 'key: hunter2, foo: 1'
    const secret = spanIn(text, 'hunter2')
    const other = { ...spanIn(text, 'foo'), file: secret.file }

    const frames = render(diagnostic('E250', secret, 'a key', { secrets: [secret] }), diagnostic('E200', other, 'foo'))

    expect(frames).not.toContain('hunter2')
    expect(frames.match(/key: •••••••, foo: 1/g)).toHaveLength(2)
  })

  it.each([
    ['a reference', '- presharedKey: { env: X, encoding: hexx }', 'hexx'],
    ['a reference in lines of its own', '- presharedKey:\n    file: ./psk\n    encoding: hexx', 'hexx'],
    ['what is beside a reference', '[{ presharedKey: { env: X } }, { certificate: x }]', 'x }]'],
    ['what is below a reference', 'presharedKey: { env: X }\ncertificate: x', 'x'],
    ['what is below a key', '- presharedKey: |\n    hunter2\n  certificate: x\n', 'x'],
    ['the key of a tunnel', 'spec:\n  key: 1234', '1234'],
    ['words about keys', 'file: ./secrets/hq.psk\nkeyModule: ikev3', 'ikev3'],
    ['a misspelt name', 'presharedKey: { envv: X }', 'envv'],
  ])('does not mask %s', (_, text, part) => {
    const line = text.split('\n').findLast((one) => one.includes(part))!

    expect(frameOf(text, text.slice(text.lastIndexOf(part)))[0]).toContain(part === 'envv' ? '{ envv: ' : line.trim())
  })

  it.each([
    ['names in front of names', 'psk: '.repeat(40_000)],
    ['names in lines ever deeper', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}psk:`).join('\n')],
    ['open quotes', '"\\'.repeat(100_000)],
    ['aliases and anchors', `psk: ${Array.from({ length: 20_000 }, (_, i) => `*a${i} &a${i} `).join('')}`],
    ['a long word', 'psk'.repeat(200_000)],
    ['space', `psk${' '.repeat(400_000)}`],
  ])('is quick with %s', (_, text) => {
    const from = performance.now()
    frameOf(text, text.slice(-1))

    expect(performance.now() - from).toBeLessThan(3000)
  })

  it('is coloured only when told', () => {
    const finding = diagnostic('W220', spanIn('a: b', 'b'), 'weak')
    const plain = render(finding)

    const coloured = renderDiagnostics([finding], { color: true })

    expect(plain).not.toContain('\u001b')
    expect(coloured).toContain('\u001b[33m')

    expect(stripVTControlCharacters(coloured)).toBe(plain)
  })
})

describe('several findings', () => {
  const b = 'k: 1\nl: 2\n'
  const findings = [
    diagnostic('E200', spanIn(b, 'l', 'b.yaml'), 'third'),
    diagnostic('W220', spanIn(b, 'k', 'b.yaml'), 'second'),
    diagnostic('E201', spanIn('z', 'z', 'a.yaml'), 'first'),
  ]

  it('stand in order of file and place', () => {
    expect(render(...findings).match(/first|second|third/g)).toEqual(['first', 'second', 'third'])
  })

  it('are counted', () => {
    expect(summarise(findings)).toBe('2 errors, 1 warning in 2 files')
    expect(summarise(findings.slice(0, 1))).toBe('1 error in 1 file')
    expect(summarise([])).toBe('no findings')
  })
})

describe('JSON', () => {
  it('has the fields of the contract', () => {
    const span = spanIn('a: 1\nb: 22\n', '22')

    expect(
      diagnosticsToJson([diagnostic('E203', span, 'wrong', { help: 'h', notes: ['n'], label: 'l', secrets: [span] })]),
    ).toEqual([
      {
        severity: 'error',
        code: 'E203',
        message: 'wrong',
        help: 'h',
        notes: ['n'],
        file: 'a.yaml',
        line: 2,
        column: 4,
        endLine: 2,
        endColumn: 6,
      },
    ])
  })

  it('leaves out what there is not', () => {
    expect(diagnosticsToJson([diagnostic('W220', undefined, 'weak')])).toEqual([
      { severity: 'warning', code: 'W220', message: 'weak' },
    ])
  })
})
