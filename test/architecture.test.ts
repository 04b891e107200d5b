/** Who may import whom (ARCHITECTURE.md). An arrow that points back fails here, with its name. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Arrow {
  readonly from: string
  readonly to: string
}

/** Rooms of the house, the most specific first. */
const ROOMS = [
  'src/cli',
  'src/base',
  'src/manifest',
  'src/kinds',
  'src/reconcile',
  'src/providers/wfp/binding',
  'src/providers/wfp/sandbox',
  'src/providers/wfp',
  'src/providers',
] as const

/** From each room, the rooms it may look into besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/cli': [
    'src/base',
    'src/manifest',
    'src/kinds',
    'src/reconcile',
    'src/providers',
    'src/providers/wfp',
    'src/providers/wfp/sandbox',
  ],
  'src/base': [],
  'src/manifest': ['src/base'],
  'src/kinds': ['src/base', 'src/manifest'],
  'src/reconcile': ['src/base', 'src/manifest'],
  'src/providers': ['src/reconcile', 'src/providers/wfp', 'src/providers/wfp/binding', 'src/providers/wfp/sandbox'],
  'src/providers/wfp': ['src/base', 'src/manifest', 'src/kinds', 'src/reconcile', 'src/providers/wfp/binding'],
  'src/providers/wfp/binding': [],
  'src/providers/wfp/sandbox': ['src/providers/wfp/binding'],
}

/** Each package has one door: the file (or folder) that alone imports it. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  ajv: ['src/manifest/schema/validate.ts'],
  'fast-deep-equal': ['src/base/equal.ts'],
  chokidar: ['src/reconcile/watch/file-trigger.ts'],
  yaml: ['src/manifest/yaml.ts', 'src/reconcile/export.ts'],
  koffi: ['src/providers/wfp/binding'],
  libsql: ['src/providers/wfp/sandbox'],
  commander: ['src/cli/main.ts'],
  picocolors: ['src/cli/render'],
  'prom-client': ['src/cli/http'],
}

/** Still to move: what of the Windows provider kinds use. */
const KINDS_MAY_USE = ['src/providers/wfp/binding/tables/constants/index.ts']

const arrows = sourceFiles('src').flatMap(importsOf)

/** Data, one row a line: long because there is much of it. */
const TABLES = ['src/providers/wfp/binding/tables/status/fwp.ts']

describe('the house', () => {
  it('lets imports point along the arrows of ARCHITECTURE.md only', () => {
    const wrong = arrows.filter(({ from, to }) => to.startsWith('src/') && !isAllowed(from, to)).map(show)

    expect(wrong).toEqual([])
  })

  it('lets no kind import another kind', () => {
    const kindOf = (file: string) => file.match(/^src\/kinds\/(?!values\/)([^/]+)\//)?.[1]
    const wrong = arrows.filter(({ from, to }) => kindOf(from) && kindOf(to) && kindOf(from) !== kindOf(to)).map(show)

    expect(wrong).toEqual([])
  })

  it('gives each package one door', () => {
    const wrong = arrows
      .filter(({ to }) => !to.startsWith('src/') && !to.startsWith('node:'))
      .filter(({ from, to }) => !DOORS[packageName(to)]?.some((door) => from === door || from.startsWith(`${door}/`)))
      .map(show)

    expect(wrong).toEqual([])
  })

  it('keeps files small enough to fit in the head', () => {
    const files = sourceFiles('src').filter((file) => !TABLES.includes(file))
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 350)

    expect(long).toEqual([])
  })
})

function isAllowed(from: string, to: string): boolean {
  const [here, there] = [roomOf(from), roomOf(to)]
  if (here === there) return true
  if (here === 'src/kinds' && KINDS_MAY_USE.includes(to)) return true
  return ALLOWED[here]?.includes(there) ?? false
}

function roomOf(file: string): string {
  return ROOMS.find((room) => file.startsWith(`${room}/`)) ?? 'src'
}

function show({ from, to }: Arrow): string {
  return `${from} → ${to}`
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'))
}

function importsOf(from: string): Arrow[] {
  const text = readFileSync(from, 'utf8')
  const found = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"\n]*?(?:\n[^'"]*?)?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    ),
  ]
  return found.map((match) => {
    const target = (match[1] ?? match[2]) as string
    return { from, to: target.startsWith('.') ? posix.normalize(posix.join(dirname(from), target)) : target }
  })
}

function packageName(target: string): string {
  return target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] as string)
}
