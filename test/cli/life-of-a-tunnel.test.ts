/** docs/life-of-a-tunnel.md is run: its files are written and edited, and each command answers what the page shows. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { workbench } from './harness.ts'

const PAGE = readFileSync('docs/life-of-a-tunnel.md', 'utf8')
const BLOCKS = [...PAGE.matchAll(/^```(\w+)(?: file=(\S+))?( replace)?\n([\s\S]*?)^```$/gm)].map(
  ([, language, file = '', replaces, text = '']) => ({ language, file, replaces: replaces !== undefined, text }),
)

/** The first half of a block stands in the file, and the second takes its place. */
function replaced(text: string, block: string): string {
  const lines = block.split('\n').slice(0, -1)
  const second = lines.findIndex((line, i) => i > 0 && line.split(':')[0] === lines[0]?.split(':')[0])
  const [before, after] = [lines.slice(0, second), lines.slice(second)].map((half) => `${half.join('\n')}\n`)
  expect(text).toContain(before)
  return text.replace(before as string, after as string)
}

/** `$ wfpctl plan` and what it prints, for each command of a block. */
function commandsOf(block: string): { readonly args: string[]; readonly answer: string }[] {
  return block
    .split(/^\$ wfpctl /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...answer] = part.split('\n')
      return { args: command.split(' '), answer: answer.join('\n') }
    })
}

it('docs/life-of-a-tunnel.md shows what happens', async () => {
  const { folder, write, run } = workbench()
  expect(BLOCKS.length).toBeGreaterThan(10)
  for (const { language, file, replaces, text } of BLOCKS) {
    if (language === 'yaml')
      await write(file, replaces ? replaced(readFileSync(join(folder, file), 'utf8'), text) : text)
    for (const { args, answer } of language === 'console' ? commandsOf(text) : []) {
      const ran = await run(...args)
      expect([args, ran.code, ran.stderr]).toEqual([args, 0, expect.not.stringContaining('rror')])
      expect([args, ran.stdout]).toEqual([args, answer])
    }
  }
})
