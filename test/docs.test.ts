/** Every command line in the documentation and the packaging can be typed: commands, options and formats exist. */

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CommandSpec } from '../src/cli/commands/command.ts'
import { commands } from '../src/cli/commands/index.ts'

const FILES = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`), 'packaging/wfpctl.service']
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

function wordsOf(line: string): string[] {
  const [command = ''] = line.replace(/\s(?:&|#|\||>).*$/, '').split(' && ')
  return command
    .replaceAll(/[[\]]/g, '') // what may be left out
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '…' && word !== '&')
}

function mistakesIn([name = '', ...words]: readonly string[]): string[] {
  if (name.startsWith('--')) return ['--version', '--help'].includes(name) ? [] : [`no option ${name}`]
  const command = commands.find((candidate) => candidate.name === name)
  if (!command) return [`no command ${name}; there are ${names.join(', ')}`]
  return words.flatMap((word, i) => (word.startsWith('-') ? optionMistakes(command, word, words[i + 1]) : []))
}

function optionMistakes({ options, outputs }: CommandSpec, flag: string, value: string | undefined): string[] {
  if (flag === '-o' || flag === '--output') return outputs.includes(value ?? '') ? [] : [`no format ${value}`]
  const known = options.find(([flags]) => flags.split(' ')[0] === flag)
  if (!known) return [`no option ${flag}`]
  const takesValue = known[0].includes('<')
  return takesValue && (value === undefined || value.startsWith('-')) ? [`${flag} has no value`] : []
}
