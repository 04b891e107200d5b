/** What V8 has compiled is taken where it fits to the byte, and the program does the same without it. */

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CompiledFiles } from '../../src/cli/compiled.ts'
import { MAIN } from './harness.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wfpctl-compiled-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** Where what is kept stands. */
const keptIn = (directory: string): string => {
  const [node = ''] = readdirSync(join(directory, 'compiled'))
  return join(directory, 'compiled', node)
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at < 0 ? bytes.length + at : at]! ^= 1
  writeFileSync(file, bytes)
}

describe('files that load each other', () => {
  function written(): string {
    const directory = folder()
    writeFileSync(
      join(directory, 'a.js'),
      'exports.half = true; const b = require("./b.js"); exports.sum = () => b.one + require("node:path").sep.length',
    )
    writeFileSync(
      join(directory, 'b.js'),
      'exports.one = 1; exports.saw = require("./a.js").half; exports.at = __filename',
    )
    return directory
  }
  const load = (directory: string) => {
    const files = new CompiledFiles(directory)
    const a = files.load('a.js') as { sum(): number }
    return { files, sum: a.sum(), b: files.load('b.js') }
  }

  it('do what they do under require', () => {
    const directory = written()
    const { files, sum, b } = load(directory)

    expect(sum).toBe(2)
    expect(b).toEqual({ one: 1, saw: true, at: join(directory, 'b.js') })
    expect(files.load('b.js')).toBe(b)
    expect(files.compiledAgain).toEqual(['a.js', 'b.js'])
  })

  it('are loaded again where that failed, as under require', () => {
    const directory = written()
    writeFileSync(join(directory, 'b.js'), 'exports.one = 1; require("no-such-package")')
    const files = new CompiledFiles(directory)

    for (const name of ['a.js', 'b.js', 'a.js', 'b.js']) expect(() => files.load(name)).toThrow(/no-such-package/)
  })

  it('are not compiled again where they were kept', () => {
    const directory = written()
    load(directory).files.keep()

    expect(load(directory)).toMatchObject({ sum: 2, files: { compiledAgain: [] } })
  })

  it.each([
    ['is longer', (file: string) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.of(0)]))],
    ['is shorter', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -1))],
    ['is empty', (file: string) => writeFileSync(file, '')],
    ['has another first byte', (file: string) => flip(file, 0)],
    ['has another last byte', (file: string) => flip(file, -1)],
    ['is gone', (file: string) => rmSync(file)],
  ])('are compiled again where what was kept %s', (_, damage) => {
    const directory = written()
    load(directory).files.keep()
    damage(join(keptIn(directory), 'b.js.bin'))

    expect(load(directory)).toMatchObject({ sum: 2, files: { compiledAgain: ['b.js'] } })
  })

  it('are compiled again where they say something else, in as many letters', () => {
    const directory = written()
    load(directory).files.keep()
    writeFileSync(join(directory, 'b.js'), readFileSync(join(directory, 'b.js'), 'utf8').replace('one = 1', 'one = 4'))

    expect(load(directory)).toMatchObject({ sum: 5, files: { compiledAgain: ['b.js'] } })
  })
})

describe('the program', () => {
  const run = (main: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  it('does the same with what was kept, without it, and with what was damaged', () => {
    const copy = folder()
    cpSync('dist/cli', join(copy, 'dist/cli'), { recursive: true })
    for (const file of ['node_modules', 'schemas', 'package.json']) symlinkSync(resolve(file), join(copy, file))
    const main = join(copy, 'dist/cli/main.js')
    const asked = [['--version'], ['validate', 'examples/quickstart'], ['plan', 'examples', '--sprit']]
    const expected = asked.map((words) => run(MAIN, ...words))

    expect(expected.map(({ status }) => status)).toEqual([0, 0, 64])
    expect(asked.map((words) => run(main, ...words))).toEqual(expected)
    for (const file of readdirSync(keptIn(join(copy, 'dist/cli'))))
      flip(join(keptIn(join(copy, 'dist/cli')), file), 900)
    expect(asked.map((words) => run(main, ...words))).toEqual(expected)
    rmSync(join(copy, 'dist/cli/compiled'), { recursive: true })
    expect(asked.map((words) => run(main, ...words))).toEqual(expected)
  })
})

it.skipIf(process.getuid?.() !== 0)('is kept also where root builds what belongs to somebody else', () => {
  const copy = folder()
  const files = [
    'scripts',
    'src',
    'schemas',
    'examples/quickstart',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ]
  for (const file of files) cpSync(file, join(copy, file), { recursive: true })
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
  execFileSync('chown', ['-R', '1000:1000', copy])

  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: copy })

  expect(readdirSync(keptIn(join(copy, 'dist/cli')))).toContain('core.js.bin')
})
