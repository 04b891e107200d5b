/** The documentation: every command line in it can be typed, every link leads somewhere, and no sentence is long. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommandSpec } from '../src/cli/commands/command.ts'
import { commands, GROUPS } from '../src/cli/commands/index.ts'

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...pagesBelow('docs').filter((file) => !['docs/diagnostics.md', 'docs/fields.md'].includes(file)), // made from tables
  ...pagesBelow('examples'),
]
const FILES = [...PAGES, 'packaging/wfpctl.service']
const MOST_WORDS = 30
const names = commands.map(({ name }) => name)

interface Line {
  readonly file: string
  readonly words: readonly string[]
}

/** `wfpctl …` between backticks, ExecStart=, and the arguments of `main.js` for Windows. */
const ANYWHERE = [/`wfpctl ([^`]*)`/g, /^ExecStart=\S*wfpctl (.*)$/gm, /main\.js" ([^']*)'/g] as const
const IN_BLOCKS = /^(?:\$ )?(?:npx )?wfpctl (.*)$/gm

const lines: readonly Line[] = FILES.flatMap((file) => {
  const text = readFileSync(file, 'utf8')
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map((match) => match[1]).join('')
  const found = [...ANYWHERE.flatMap((form) => [...text.matchAll(form)]), ...blocks.matchAll(IN_BLOCKS)]
  return found.map((match) => ({ file, words: wordsOf(match[1] as string) }))
})

describe('the documentation', () => {
  it('is looked through: each form of a command line is found somewhere', () => {
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter(({ file }) => file === 'packaging/wfpctl.service').length).toBe(1)
    expect(lines.some(({ words }) => words.includes('C:\\wfpctl'))).toBe(true)
  })

  it.each(lines.map(({ file, words }) => [file, `wfpctl ${words.join(' ')}`, words] as const))(
    '%s: %s',
    (_file, _line, words) => {
      expect(mistakesIn(words)).toEqual([])
    },
  )
})

describe('the prose', () => {
  it.each(PAGES)('of %s has no sentence over 30 words', (file) => {
    const long = sentencesOf(readFileSync(file, 'utf8')).filter((sentence) => sentence.split(/\s+/).length > MOST_WORDS)

    expect(long).toEqual([])
  })

  it('is cut where sentences end, and not within links or parentheses', () => {
    const sentences = sentencesOf(`# A title\n\nShort. ${'word '.repeat(30)}\nend (see [here](a/b.md)). Short again.\n`)

    expect(sentences.map((sentence) => sentence.split(/\s+/).length)).toEqual([3, 1, 33, 2])
  })

  it.each(PAGES)('of %s links to files that exist', (file) => {
    const targets = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(
      ([, target]) => target as string,
    )

    expect(targets.filter((target) => !existsSync(join(dirname(file), target)))).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const [rooms = ''] = readFileSync('ARCHITECTURE.md', 'utf8').match(/^```\nsrc\/[\s\S]*?^```/m) ?? []

  it.each(['src', 'src/manifest', 'src/kinds', 'src/reconcile', 'src/providers', 'src/providers/wfp', 'src/cli'])(
    'names every room in %s',
    (folder) => {
      const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())

      expect(inside.map(({ name }) => `${name}/`).filter((name) => !rooms.includes(name))).toEqual([])
    },
  )
})

describe('the decisions', () => {
  const files = pagesBelow('docs/decisions').filter((file) => !file.endsWith('README.md'))

  it('are all in the index, with their dates and titles', () => {
    const index = readFileSync('docs/decisions/README.md', 'utf8')
    const listed = [...index.matchAll(/^\| \[\d+\]\((\S+)\)\s+\| (\S+)\s+\| (.+?)\s+\|$/gm)].map((row) => row.slice(1))

    expect(listed).toEqual(
      files.map((file) => {
        const text = readFileSync(file, 'utf8')
        return [basename(file), text.match(/^Date: (\S+)$/m)?.[1], text.match(/^# \d+\. (.+)$/m)?.[1]]
      }),
    )
  })

  it.each(files)('%s has a context, a decision and consequences', (file) => {
    const titles = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title)

    expect(titles).toEqual([expect.stringMatching(/^\d+\. /), 'Context', 'Decision', 'Consequences'])
  })
})

/** Files that the prose names, from the project's root: `src/base/codes.ts`. */
describe('a file that is named', () => {
  it.each(PAGES)('in %s exists', (file) => {
    const named = [
      ...readFileSync(file, 'utf8').matchAll(/`((?:src|test|schemas|scripts|docs|examples|packaging)\/[\w./-]+)`/g),
    ]

    expect(named.map(([, path]) => path as string).filter((path) => !existsSync(path))).toEqual([])
  })
})

function pagesBelow(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  return found.map((name) => `${folder}/${name.replaceAll('\\', '/')}`).sort()
}

/** Without code blocks, tables and comments. Code between backticks is one word; a list item, a title or a paragraph ends a sentence. */
function sentencesOf(page: string): string[] {
  const prose = page
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^\|.*$/gm, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`[^`]+`/g, 'code')
  return prose
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )/)
    .flatMap((block) => block.split(/(?<=[.!?][)*"”]*)\s+/))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}

function wordsOf(line: string): string[] {
  const [command = ''] = line.replace(/\s(?:&|#|\||>).*$/, '').split(' && ')
  return command
    .replaceAll(/[[\]]/g, '') // what may be left out
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '…' && word !== '&')
}

function mistakesIn([name = '', ...words]: readonly string[]): string[] {
  if (name.startsWith('--')) return ['--version', '--help'].includes(name) ? [] : [`no option ${name}`]
  const typed = [name, ...words].join(' ')
  if (Object.hasOwn(GROUPS, typed)) return []
  const command = commands.find((candidate) => `${typed} `.startsWith(`${candidate.name} `))
  if (!command) return [`no command ${name}; there are ${names.join(', ')}`]
  return words.flatMap((word, i) => (word.startsWith('-') ? optionMistakes(command, word, words[i + 1]) : []))
}

function optionMistakes({ options, outputs }: CommandSpec, flag: string, value: string | undefined): string[] {
  if (flag === '-o' || flag === '--output') return outputs.includes(value ?? '') ? [] : [`no format ${value}`]
  if (flag === '--help') return []
  const known = options.find(([flags]) => flags.split(' ')[0] === flag)
  if (!known) return [`no option ${flag}`]
  const takesValue = known[0].includes('<')
  return takesValue && (value === undefined || value.startsWith('-')) ? [`${flag} has no value`] : []
}
