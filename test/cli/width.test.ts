import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { diagnostic } from '../../src/base/index.ts'
import { renderDiagnostics } from '../../src/cli/render/index.ts'
import { renderTable } from '../../src/cli/render/paint.ts'
import { widthOf, wrapped } from '../../src/cli/width.ts'
import { MAIN, type Workbench, workbench } from './harness.ts'
import { isSynced, watchingWith } from './watching.ts'

describe('lines that do not fit', () => {
  it.each([
    ['a message', 'wfpctl: one two three', 16, 'wfpctl: one two\n        three'],
    ['a help', '  = help: write this or that', 21, '  = help: write this\n          or that'],
    ['a change', '  + Tunnel/a       gw/a.yaml:18', 20, '  + Tunnel/a\n        gw/a.yaml:18'],
    ['a difference', '      a.b      1 → 2', 16, '      a.b      1\n        → 2'],
    ['a paragraph', '  one two three four', 12, '  one two\n  three four'],
    ['a sentence', 'one two three four', 12, 'one two\n    three\n    four'],
    [
      'an event',
      '2026-11-27T14:38:05Z  good morning to all',
      34,
      `2026-11-27T14:38:05Z  good morning\n${' '.repeat(17)}to all`,
    ],
    ['wide characters', '日本 日本 日本', 9, '日本 日本\n    日本'],
    ['what is to be copied', 'please run `wfpctl get --all` now', 24, 'please run\n    `wfpctl get --all`\n    now'],
    ['colour', '\u001b[31mone two\u001b[39m three', 9, '\u001b[31mone two\u001b[39m\n    three'],
    ['a word that is too long', 'a 0123456789 b', 6, 'a\n0123456789\n   b'],
    ['a line that fits', 'one two', 7, 'one two'],
  ])('are broken at blanks: %s', (_, text, width, lines) => {
    expect(wrapped(text, width)).toBe(lines)
  })

  it('are left alone where there is no terminal', () => {
    const long = 'word '.repeat(100)
    expect(wrapped(long, undefined)).toBe(long)
  })
})

describe('a frame on a narrow terminal', () => {
  const text = `${'a: 1, '.repeat(30)}local: 10.1.0.0/33 # ${'words '.repeat(30)}\n`
  const start = text.indexOf('10.1')
  const finding = diagnostic('E203', { file: { path: 'a.yaml', text }, start, end: start + 11 }, 'wrong '.repeat(30), {
    label: 'an IPv4 prefix has 0 to 32 bits, and this one has more than that',
    help: 'write '.repeat(30),
  })

  it.each([60, 80, 120])('fits %i columns, and marks the same characters', (width) => {
    const lines = renderDiagnostics([finding], { color: false, width }).split('\n')
    const carets = lines.find((line) => line.includes('^^^'))!
    const shown = lines[lines.indexOf(carets) - 1]!

    expect(lines.filter((line) => widthOf(line) > width)).toEqual([])
    expect(shown.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('10.1.0.0/33')
    expect(lines.join(' ').replace(/[\s|]+/g, ' ')).toContain(finding.label)
  })
})

it('a table too wide for its terminal becomes paragraphs', () => {
  const rows = [['IPsecTunnel/a', '', 'yes it is']]
  expect(renderTable(['ADDRESS', 'SET', 'WHY'], rows, 20)).toBe('IPsecTunnel/a\n    WHY: yes it is\n')
  expect(renderTable(['ADDRESS', 'SET', 'WHY'], rows)).toBe(
    'ADDRESS         SET   WHY\nIPsecTunnel/a         yes it is\n',
  )
})

const SCRIPT = '/usr/bin/script'

/** What a terminal of so many columns is given. */
function onTerminal(columns: number, { folder, sandbox }: Workbench, ...args: readonly string[]): string[] {
  const command = `stty cols ${columns}; exec ${process.execPath} ${MAIN} ${args.join(' ')}`
  const env = {
    ...process.env,
    NO_COLOR: '1',
    TERM: 'dumb', // no line of progress on a slow machine
    PSK: 'a long enough secret',
    WFPCTL_ENGINE: `sandbox:${sandbox}`,
    WFPCTL_NO_CACHE: '1',
  }
  return spawnSync(SCRIPT, ['-qec', command, '/dev/null'], { cwd: folder, env, encoding: 'utf8' }).stdout.split('\r\n')
}

const TUNNEL = `apiVersion: wfpctl/v1alpha1
kind: IPsecTunnel
metadata: { name: a-rather-long-name-of-a-tunnel-between-them }
spec:
  mode: gateway
  keyModule: ikev2
  endpoints: { local: 203.0.113.10, remote: 198.51.100.7 }
  traffic: { local: [10.1.0.0/16], remote: [10.2.0.0/16] }
  mainMode:
    authentication: [{ presharedKey: { env: PSK } }]
    proposals: [{ encryption: aes256, integrity: sha384, dh: dh2 }]
  quickMode: { pfs: dh20, proposals: [{ esp: { aead: aes256gcm } }] }
`

describe.skipIf(!existsSync(SCRIPT)).each([80, 60])('on a terminal of %i columns', (columns) => {
  /** Words of what is told without a terminal: broken lines have the same ones in the same order. */
  const words = (lines: readonly string[]) => {
    const prose = lines.filter((line) => !/^ *\d* \|(?! set)/.test(line)) // an excerpt is cut, not broken
    return prose.join(' ').split(/\s+/).filter(Boolean).sort()
  }

  it.each([
    ['findings', ['validate', 'bad']],
    ['a plan', ['plan', 'good']],
    ['the help', ['watch', '--help']],
    ['all commands', ['--help']],
    ['an explanation', ['explain', 'IPsecTunnel.mainMode']],
    ['an engine that is not there', ['status', '--url', 'http://127.0.0.1:1']],
    ['wrong usage', ['plan', '--git', 'ftp://example.com/a-repository-of-a-place', '--path', 'gw']],
  ])('every line of %s fits, and no word is broken', async (_, args) => {
    const bench = workbench()
    await bench.write('good/a.yaml', TUNNEL)
    await bench.write('bad/a.yaml', TUNNEL.replace('10.2.0.0/16', '10.1.0.0/33').replace('gateway', 'gatewy'))
    const lines = onTerminal(columns, bench, ...args)
    const piped = await bench.runWith({ PSK: 'a long enough secret' }, ...args)

    const isDigest = (line: string) => /^(?:digest: )?sha256:[0-9a-f]{64}$/.test(line) // one word, to be copied
    expect(lines.filter((line) => widthOf(line) > columns && !isDigest(line))).toEqual([])
    expect(words(lines)).toEqual(words([...piped.stdout.split('\n'), ...piped.stderr.split('\n')]))
  })

  it('every line of a status fits', async () => {
    const bench = workbench()
    await bench.write('good/a.yaml', TUNNEL)
    const watch = watchingWith({ PSK: 'a long enough secret' }, bench, 'good', '--listen', '0')
    await watch.until(() => watch.stderr().includes('Listening on') && isSynced(watch, 1))
    const url = /http:\S+/.exec(watch.stderr())![0]
    const lines = onTerminal(columns, bench, 'status', '--url', url)

    expect(lines.join('\n')).toContain('a-rather-long-name-of-a-tunnel-between-them')
    expect(lines.filter((line) => widthOf(line) > columns)).toEqual([])
  })
})
