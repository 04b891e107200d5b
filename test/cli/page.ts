/** A page of the documentation is run: its files are written and edited, and each command answers what the page shows. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Workbench, workbench } from './harness.ts'

/** ```` ```yaml file=vpn.yaml replace ```` and ```` ```console exit=3 ```` */
const BLOCK = /^```(\w+)(?: file=(\S+))?( replace)?(?: exit=(\d+))?\n([\s\S]*?)^```$/gm

/** The first half of a block stands in the file, and the second takes its place. */
function replaced(text: string, block: string): string {
  const lines = block.split('\n').slice(0, -1)
  const second = lines.findIndex((line, i) => i > 0 && line.split(':')[0] === lines[0]?.split(':')[0])
  const [before, after] = [lines.slice(0, second), lines.slice(second)].map((half) => `${half.join('\n')}\n`)
  expect(text).toContain(before)
  return text.replace(before as string, () => after as string)
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

/** Host, engine and digest of a plan are of the machine that runs it: the pages leave them out. */
const HEAD = /^host: .*\nengine: .*\n(?:digest: .*\n)?\n|^digest: .*\n/gm

/** @returns how many blocks it has, and where they were run */
export async function runPage(path: string): Promise<{ readonly blocks: number; readonly bench: Workbench }> {
  const bench = workbench()
  const blocks = [...readFileSync(path, 'utf8').matchAll(BLOCK)]
  for (const [, language, file, replaces, exit = '0', text = ''] of blocks) {
    if (file !== undefined)
      await bench.write(file, replaces ? replaced(readFileSync(join(bench.folder, file), 'utf8'), text) : text)
    for (const { args, answer } of language === 'console' ? commandsOf(text) : []) {
      const { code, stdout, stderr } = await bench.run(...args)
      // what is rejected answers on stderr
      expect([args, code, exit === '0' ? stdout.replace(HEAD, '') : stderr]).toEqual([args, Number(exit), answer])
      if (exit === '0') expect([args, stderr]).toEqual([args, expect.not.stringContaining('rror')])
    }
  }
  return { blocks: blocks.length, bench }
}
