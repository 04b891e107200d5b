import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { entriesOf, manifestsIn } from '../../src/cli/git/tree.ts'
import { kindsByName } from '../../src/kinds/index.ts'
import { readManifestFiles } from '../../src/manifest/files.ts'
import { expandWildcards, Ignored, namePattern } from '../../src/manifest/ignore.ts'
import { loadDesired } from '../../src/manifest/load.ts'

function tree(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'wfpctl-ignore-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

async function onDisk(folder: string): Promise<string[]> {
  const { files, diagnostics } = await readManifestFiles([folder])
  expect(diagnostics).toEqual([])
  return files.map(({ path }) => path.slice(folder.length + 1))
}

function inCommit(folder: string): string[] {
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args])
  git('init', '-q')
  git('add', '-A')
  const entries = entriesOf(git('ls-tree', '-r', '-l', '-z', git('write-tree').toString().trim()))
  return manifestsIn(entries, '', ({ id }) => git('cat-file', 'blob', id).toString()).files.map(({ path }) => path)
}

const FILES = ['a.yaml', 'b.yml', 'ci/build.yaml', 'ci/keep.yaml', 'gw/values.yaml', 'gw/deep/ci/x.yaml', 'gw/t1.yaml']

describe('.wfpctlignore', () => {
  it.each<readonly [rules: string, left: readonly string[]]>([
    ['', FILES],
    ['# a comment\n\n*.yml\r\n', FILES.filter((path) => path !== 'b.yml')],
    ['values.yaml', FILES.filter((path) => !path.endsWith('values.yaml'))],
    ['/values.yaml', FILES],
    ['gw/values.yaml  ', FILES.filter((path) => path !== 'gw/values.yaml')],
    ['ci/', FILES.filter((path) => !path.includes('ci/'))],
    ['a.yaml/', FILES],
    ['/ci', FILES.filter((path) => !path.startsWith('ci/'))],
    ['ci/*\n!keep.yaml', FILES.filter((path) => path !== 'ci/build.yaml')],
    ['gw/**', FILES.filter((path) => !path.startsWith('gw/'))],
    ['**/ci/*.yaml', FILES.filter((path) => !path.includes('ci/'))],
    ['gw/t?.yaml', FILES.filter((path) => path !== 'gw/t1.yaml')],
    ['gw/t[!2-9].yaml', FILES.filter((path) => path !== 'gw/t1.yaml')],
    ['\\!a.yaml\n(+$.yaml', FILES],
    ['[z-a].yaml\nb.yml', FILES.filter((path) => path !== 'b.yml')],
  ])('%j leaves what gitignore would, on a disk and in a commit', async (rules, left) => {
    const folder = tree({ ...Object.fromEntries(FILES.map((path) => [path, 'x: 1\n'])), '.wfpctlignore': rules })

    expect(await onDisk(folder)).toEqual([...left].sort())
    expect(inCommit(folder)).toEqual([...left].sort())
  })

  it('of a directory below adds to those above it', async () => {
    const folder = tree({
      '.wfpctlignore': 'values.yaml',
      'a/values.yaml': '',
      'b/.wfpctlignore': '!values.yaml\n/x.yaml',
      'b/values.yaml': '',
      'b/x.yaml': '',
      'b/c/x.yaml': '',
    })

    expect(await onDisk(folder)).toEqual(['b/c/x.yaml', 'b/values.yaml'])
    expect(inCommit(folder)).toEqual(['b/c/x.yaml', 'b/values.yaml'])
  })
})

/** One token after the other, as gitignore(5) has it. */
function fits(glob: readonly string[], path: string): boolean {
  const [token, ...rest] = glob
  if (token === undefined) return path === ''
  const places = Array.from({ length: path.length + 1 }, (_, i) => i)
  if (token === '*') return places.some((i) => !path.slice(0, i).includes('/') && fits(rest, path.slice(i)))
  if (token === '**/') return fits(rest, path) || places.some((i) => path[i] === '/' && fits(rest, path.slice(i + 1)))
  if (token === '?') return path !== '' && path[0] !== '/' && fits(rest, path.slice(1))
  return path.startsWith(token) && fits(rest, path.slice(token.length))
}

describe('a pattern', () => {
  it('fits what it fits token by token', () => {
    const token = fc.constantFrom('a', 'b', '*', '?', '/', '**/', 'ab')
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\n'), minLength: 1, maxLength: 9 })
    let fitting = 0
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 7 }), name, (tokens, path) => {
        // stars side by side are one, and so is what their slash makes of them
        const glob = ['/', ...tokens.filter((one, i) => !(one.startsWith('*') && tokens[i - 1]?.startsWith('*')))]
        fc.pre(!path.startsWith('/') && !glob.join('').includes('//') && !/[^/]\*\*\/|\/$/.test(glob.join('')))
        const expected = fits(glob.slice(1), path)
        fitting += Number(expected)
        expect(Ignored.nothing.with('', glob.join('')).has(path, false)).toBe(expected)
      }),
      { numRuns: 20_000 },
    )
    expect(fitting).toBeGreaterThan(500)
  })

  it('of many wildcards is tried no longer than one of a few', () => {
    const name = 'a'.repeat(255)
    for (const glob of [`${'*a'.repeat(60)}*b`, `${'**/a'.repeat(40)}/b`, `/${'**/*a'.repeat(20)}*b`])
      expect(Ignored.nothing.with('', glob).has(`${'a/'.repeat(500)}${name}`, false), glob).toBe(false)
    expect(namePattern(`${'a*'.repeat(60)}b`).test(name)).toBe(false)
  })
})

describe('wildcards', () => {
  it('are expanded where no shell does it, in every step, in any case and without hidden files', () => {
    const folder = tree({ 'gw/a.yaml': '', 'gw/B.YAML': '', 'gw/.c.yaml': '', 'gw/a.txt': '', 'lab/a.yaml': '' })
    const below = (paths: readonly string[]) => paths.map((path) => path.slice(folder.length + 1))

    expect(below(expandWildcards([`${folder}\\gw\\*.yaml`], 'win32'))).toEqual(['gw/B.YAML', 'gw/a.yaml'])
    expect(below(expandWildcards([`${folder}/*/?.yaml`], 'win32'))).toEqual(['gw/B.YAML', 'gw/a.yaml', 'lab/a.yaml'])
    expect(expandWildcards([`${folder}/none*`, 'x'], 'win32')).toEqual([`${folder}/none*`, 'x'])
    expect(expandWildcards([`${folder}/*`], 'linux')).toEqual([`${folder}/*`])
  })
})

describe('a document of another tool', () => {
  it.each([
    'services: { web: {} }',
    'replicas: 2\nimage: x\n',
    '- hosts: all\n  tasks: []\n- import_playbook: b.yml\n',
  ])('is left out, with a warning: %j', (text) => {
    const { desired, diagnostics } = loadDesired([{ path: 'values.yaml', text }], kindsByName)

    expect(diagnostics).toMatchObject([{ code: 'W121', help: expect.stringContaining('.wfpctlignore') }])
    expect(desired).toEqual({ sets: [], resources: [] })
  })

  it.each(['- hosts: all\n- kind: IPsecTunnel\n', '- a\n', '[]', 'text'])(
    'is not what may be half of a manifest: %j',
    (text) => {
      expect(loadDesired([{ path: 'values.yaml', text }], kindsByName).diagnostics).toMatchObject([{ code: 'E120' }])
    },
  )

  it.each([
    ['metadata: { name: x }\nspec: {}', 'E120'],
    ['speck: {}', 'E120'],
    ['apiVersion: v1\nkind: ConfigMap', 'E121'],
    ['- a', 'E120'],
  ])('is not what may be a manifest: %j', (text, code) => {
    expect(loadDesired([{ path: 'a.yaml', text }], kindsByName).diagnostics.map((one) => one.code)).toContain(code)
  })
})
