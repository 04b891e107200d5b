/** `-o github` and `-o sarif`: what they say, that both can be read by the book, and that no text of a manifest can say more. */

import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' }
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable } from '../../src/base/characters.ts'
import { codes } from '../../src/base/codes.ts'
import { type Diagnostic, type DiagnosticCode, diagnostic } from '../../src/base/diagnostic.ts'
import { positionOf } from '../../src/base/source.ts'
import { FINDINGS_FORMATS } from '../../src/cli/render/findings-formats.ts'
import { type Ran, workbench } from './harness.ts'
import { many, tunnel } from './manifests.ts'

type Format = (diagnostics: readonly Diagnostic[]) => string
const github = FINDINGS_FORMATS.github as Format
const sarif = FINDINGS_FORMATS.sarif as Format

const { $schema: _draft4, id: _id, ...sarifSchema } = schema
const ajv = new Ajv({
  strict: false,
  unicodeRegExp: false,
  formats: {
    uri: (text) => URL.canParse(text),
    'uri-reference': /^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/,
    'date-time': true,
  },
})
const isSarif = ajv.compile(sarifSchema)

interface Result {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly [
    { physicalLocation: { artifactLocation: { uri: string }; region: Readonly<Record<string, number>> } },
  ]
  readonly partialFingerprints: Readonly<Record<string, string>>
}
interface Run {
  readonly tool: { driver: { rules: readonly { id: string; help: { text: string } }[] } }
  readonly invocations: readonly [
    {
      executionSuccessful: boolean
      toolExecutionNotifications: readonly { descriptor: { id: string }; message: { text: string } }[]
    },
  ]
  readonly results: readonly Result[]
}

/** The only run of a log that is as the schema wants it. */
function runIn(text: string): Run {
  const log = JSON.parse(text)
  expect(isSarif(log), ajv.errorsText(isSarif.errors)).toBe(true)
  expect(log.runs).toHaveLength(1)
  return log.runs[0]
}

/** What the runner of GitHub Actions reads in a line (`ActionCommand.TryParseV2` of actions/runner). */
function commandIn(line: string) {
  const text = line.trimStart()
  const end = text.indexOf('::', 2)
  if (!text.startsWith('::') || end < 0) return undefined
  const [name, ...rest] = text.slice(2, end).split(' ')
  const pairs = rest.join(' ').trim().split(',').filter(Boolean)
  const properties = pairs.map((pair) => [pair.split('=')[0]!, unescaped(pair.slice(pair.indexOf('=') + 1), true)])
  return { name, properties: Object.fromEntries(properties), data: unescaped(text.slice(end + 2), false) }
}

function unescaped(text: string, isProperty: boolean): string {
  const plain = isProperty ? text.replaceAll('%3A', ':').replaceAll('%2C', ',') : text
  return plain.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}

/** What a terminal obeys, but for the ends of our own lines. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

/** As .NET reads lines. */
function linesIn(text: string): string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => line !== '')
}

const spanIn = (text: string, part: string, path = 'gw/a.yaml') => {
  const start = text.indexOf(part)
  return { file: { path, text }, start, end: start + part.length }
}
const finding = diagnostic(
  'E203',
  spanIn('a: 1\nb: 🔑 10.1.0.0/33\n', '10.1.0.0/33', 'gw, 100%/a:b.yaml'),
  'no network',
  {
    label: 'a prefix has 0 to 32 bits',
    notes: ['50% of one', 'two'],
    help: 'write { a: b }',
  },
)

describe('-o github', () => {
  it('is a command for each finding, escaped as documented', () => {
    expect(github([finding, diagnostic('W401', undefined, 'odd')])).toBe(
      `::warning title=W401::odd
::error file=gw%2C 100%25/a%3Ab.yaml,line=2,col=7,endLine=2,endColumn=18,title=E203::no network%0Anote: 50%25 of one%0Anote: two%0Ahelp: write { a: b }
`,
    )
  })

  it('is nothing where nothing was found', () => {
    expect(github([])).toBe('')
  })
})

describe('-o sarif', () => {
  it('is a result with its rule, place and words', () => {
    const { tool, results, invocations } = runIn(sarif([finding]))

    expect(results).toEqual([
      {
        ruleId: 'E203',
        ruleIndex: tool.driver.rules.findIndex(({ id }) => id === 'E203'),
        level: 'error',
        message: { text: 'no network\nnote: 50% of one\nnote: two\nhelp: write {{ a: b }}' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'gw%2C%20100%25/a%3Ab.yaml' },
              region: { startLine: 2, startColumn: 7, endLine: 2, endColumn: 18 },
            },
          },
        ],
        partialFingerprints: { 'wfpctlFinding/v1': expect.stringMatching(/^sha256:[0-9a-f]{64}:1$/) },
      },
    ])
    expect(invocations).toEqual([{ executionSuccessful: true, toolExecutionNotifications: [] }])
  })

  it('has a rule with help for every code, and the same ones where nothing was found', () => {
    const { tool, results } = runIn(sarif([]))

    expect(results).toEqual([])
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(Object.keys(codes))
    expect(tool.driver.rules.every(({ help }) => help.text.includes('docs/diagnostics.md'))).toBe(true)
  })

  it('tells of the run what has no place', () => {
    const { results, invocations } = runIn(sarif([diagnostic('E420', undefined, 'the engine is busy')]))

    expect(results).toEqual([])
    expect(invocations[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ descriptor: { id: 'E420' }, message: { text: 'the engine is busy' } }],
    })
  })

  it('has the first place of a file that was never read', () => {
    const unread = diagnostic('E104', { file: { path: 'big.yaml', text: '' }, start: 0, end: 0 }, 'too large')

    expect(runIn(sarif([unread])).results[0]!.locations[0].physicalLocation.region).toMatchObject({ startLine: 1 })
  })

  it.each([
    ['gw/a.yaml', 'gw/a.yaml'],
    ['../a b#c?.yaml', '../a%20b%23c%3F.yaml'],
    ['/etc/wfpctl/ä.yaml', 'file:///etc/wfpctl/%C3%A4.yaml'],
    ['C:/wfpctl/a.yaml', 'file:///C:/wfpctl/a.yaml'],
    ['//server/share/a.yaml', 'file://server/share/a.yaml'],
    ['javascript:a.yaml', 'javascript%3Aa.yaml'],
  ])('names %s by %s', (path, uri) => {
    const { results } = runIn(sarif([diagnostic('E203', spanIn('a: x', 'x', path), 'wrong')]))

    expect(results[0]!.locations[0].physicalLocation.artifactLocation.uri).toBe(uri)
  })

  it('knows a finding again that has moved, and tells equal ones apart', () => {
    const fingerprints = (text: string) =>
      runIn(
        sarif(
          [...text.matchAll(/10\.1\.0\.0\/33/g)].map(({ index }) =>
            diagnostic('E203', { ...spanIn(text, '10'), start: index, end: index + 11 }, 'wrong'),
          ),
        ),
      ).results.map((result) => result.partialFingerprints['wfpctlFinding/v1'])
    const before = fingerprints('a: 10.1.0.0/33\nb: 1\na: 10.1.0.0/33\nc: 10.1.0.0/33\n')
    const after = fingerprints('# new\n\nx: 5\n  a: 10.1.0.0/33\nb: 2\na: 10.1.0.0/33\nc: 10.1.0.0/33\n')

    expect(new Set(before).size).toBe(3)
    expect(after).toEqual(before)
  })

  it('has no digest that a short key could be found by', () => {
    const withKey = (key: string) => {
      const text = `authentication: [{ presharedKey: ${key}, x: 1 }]\n`
      const wrong = spanIn(text, 'x: 1')
      const secrets = [spanIn(text, key)]
      return sarif([diagnostic('E200', wrong, 'unknown field', { secrets })])
    }

    expect(withKey('hunter1')).toBe(withKey('hunter2'))
  })
})

/** Words, and what would be obeyed if it were not escaped. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '::error::x',
        '\n::add-mask::x',
        '\r::stop-commands::x',
        '##[add-mask]x',
        '%0A',
        '%25',
        '\u2028::x',
      ),
      fc.constantFrom('[a](https://b)', '[a](1)', '{0}', '{', '}}', ',', 'file=x', '::', ' ', '\u001b[2J', '\ud800'),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''))

const findings: fc.Arbitrary<readonly Diagnostic[]> = fc.array(
  fc
    .record({
      code: fc.constantFrom(...(Object.keys(codes) as DiagnosticCode[])),
      words: fc.record({ message: text, help: text, notes: fc.array(text, { maxLength: 3 }) }),
      place: fc.option(fc.record({ path: text, text, start: fc.nat(20), length: fc.nat(20) }), { nil: undefined }),
    })
    .map(({ code, words: { message, ...more }, place }) => {
      if (!place) return diagnostic(code, undefined, message, more)
      const start = Math.min(place.start, place.text.length)
      const end = Math.min(start + place.length, place.text.length)
      return diagnostic(code, { file: { path: place.path, text: place.text }, start, end }, message, more)
    }),
  { maxLength: 6 },
)

const linesOf = ({ message, notes = [], help }: Diagnostic): string =>
  [message, ...notes.map((note) => `note: ${note}`), `help: ${help}`].map((line) => printable(line)).join('\n')

/** Where the finding is, by both formats' names of it. */
function placeOf({ span }: Diagnostic) {
  if (!span) return undefined
  const from = positionOf(span.file, span.start)
  const to = positionOf(span.file, span.end)
  return { path: span.file.path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
}

const sorted = (values: readonly object[]): string[] => values.map((value) => JSON.stringify(value)).sort()

describe('any findings', () => {
  it('are as many commands, and no text or path forges another, or a property', () => {
    fc.assert(
      fc.property(findings, (diagnostics) => {
        const expected = diagnostics.map((one) => {
          const place = placeOf(one)
          const at = place && {
            file: printable(place.path),
            line: String(place.line),
            col: String(place.column),
            endLine: String(place.endLine),
            endColumn: String(place.endColumn),
          }
          return { name: one.severity, properties: { ...at, title: one.code }, data: linesOf(one) }
        })
        const written = github(diagnostics)
        const lines = linesIn(written)

        expect(written).not.toMatch(OBEYED)
        expect(lines.every((line) => line.startsWith('::'))).toBe(true)
        expect(sorted(lines.map((line) => commandIn(line) ?? {}))).toEqual(sorted(expected))
      }),
      { numRuns: 300 },
    )
  })

  it('are valid SARIF that says the same, without a link or a placeholder', () => {
    fc.assert(
      fc.property(findings, (diagnostics) => {
        const { results, invocations } = runIn(sarif(diagnostics))
        const plain = (message: string) => {
          expect(message.replace(/\{\{|\}\}/g, '')).not.toMatch(/[{}]|\]\(/)
          return message.replace(/([{}])\1/g, '$1')
        }
        const unlinked = (one: Diagnostic) => linesOf(one).replaceAll('](', '] (')

        expect(
          sorted(
            results.map((r) => [r.ruleId, r.level, plain(r.message.text), r.locations[0].physicalLocation.region]),
          ),
        ).toEqual(
          sorted(
            diagnostics.flatMap((one) => {
              const { line: startLine, column: startColumn, endLine, endColumn } = placeOf(one) ?? {}
              return one.span
                ? [[one.code, one.severity, unlinked(one), { startLine, startColumn, endLine, endColumn }]]
                : []
            }),
          ),
        )
        expect(
          sorted(invocations[0].toolExecutionNotifications.map((n) => [n.descriptor.id, plain(n.message.text)])),
        ).toEqual(sorted(diagnostics.filter(({ span }) => !span).map((one) => [one.code, unlinked(one)])))
        expect(new Set(results.map((r) => Object.values(r.partialFingerprints)[0])).size).toBe(results.length)
        for (const { locations } of results)
          expect(URL.canParse(locations[0].physicalLocation.artifactLocation.uri, 'file:///repo/')).toBe(true)
        expect(sarif(diagnostics)).toBe(sarif([...diagnostics]))
      }),
      { numRuns: 100 },
    )
  })
})

const WEAK = tunnel('weak').replace('aes256gcm', 'aes128gcm').replace('dh20', 'dh2')
const WAIVED = WEAK.replace('name: weak', 'name: weak, waive: [{ code: W220, reason: old peer, until: 2099-01-01 }]')

describe.each(['validate', 'plan'])('%s', (command) => {
  it('answers with findings alone, and the exit codes of every other output', async () => {
    const { write, run } = workbench()
    const codesOf = async (...args: string[]) => {
      const outputs = ['sarif', 'github'].map((output) => run(command, ...args, '-o', output))
      const [ran, commands] = (await Promise.all(outputs)) as [Ran, Ran]
      expect(commands.code).toBe(ran.code)
      expect([ran.stderr, commands.stderr]).toEqual(['', ''])
      const told = runIn(ran.stdout).results.map(({ ruleId, level }) => `${level} ${ruleId}`)
      expect(
        linesIn(commands.stdout).map((line) => `${commandIn(line)?.name} ${commandIn(line)?.properties.title}`),
      ).toEqual(told)
      return [ran.code, ...told]
    }

    await write('a.yaml', tunnel('good'))
    expect(await codesOf()).toEqual([0])
    await write('a.yaml', WEAK)
    expect(await codesOf()).toEqual([0, 'warning W220'])
    expect(await codesOf('--strict')).toEqual([3, 'error W220'])
    await write('a.yaml', WAIVED)
    expect(await codesOf('--strict')).toEqual([0])
    await write('a.yaml', many(tunnel('a').replace('203.0.113.10', 'x'), tunnel('b', { net: 2 }).replace('dh20', 'x')))
    expect(await codesOf()).toEqual([3, 'error E223', 'error E204'])
    expect((await codesOf('nowhere.yaml'))[0]).toBe(3)
  })
})

it('plan tells warnings about what the host has, too, and keeps its exit code of changes', async () => {
  const { write, run, runWith } = workbench()
  await write('a.yaml', tunnel('a', { psk: 'env: ODD' }))

  const ran = await runWith({ ODD: '"swordfish"' }, 'plan', '--detailed-exitcode', '-o', 'sarif')

  expect(ran.code).toBe(2)
  expect(runIn(ran.stdout).results.map(({ ruleId }) => ruleId)).toEqual(['W310'])
  expect((await run('apply', '-o', 'sarif')).code).toBe(64)
})
