/**
 * Runs a page of the documentation. Blocks of YAML are written to the file that they name (`file=a.yaml`), or take the place of their first
 * half in it (`replace`). Of console blocks each command runs, must exit 0 or as it says (`# exit 4`, or `exit=4` of its block), and must answer what the page shows.
 */

import { readFileSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Ran, type Workbench, workbench } from './harness.ts'

interface Block {
  readonly language: string
  readonly file: string
  readonly replaces: boolean
  /** of its commands, unless they say another one */
  readonly exit: string
  readonly text: string
}

/** One line after `$`, and what the page shows below it. */
interface Command {
  readonly line: string
  readonly code: number
  readonly answer: string
}

/** @returns how many blocks it has, and where they were run */
export async function runPage(
  page: string,
  bench = workbench(),
): Promise<{ readonly blocks: number; readonly bench: Workbench }> {
  const env: Record<string, string> = {}
  const blocks = blocksOf(readFileSync(page, 'utf8'))
  for (const block of blocks) {
    if (block.file !== '') await bench.write(block.file, textOf(bench, block))
    for (const command of block.language === 'console' ? commandsOf(block) : []) await runCommand(command, env, bench)
  }
  return { blocks: blocks.length, bench }
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w+)(?: file=(\S+))?( replace)?(?: exit=(\d+))?\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', file = '', replaces, exit = '0', text = '']) => ({
      language,
      file,
      replaces: replaces !== undefined,
      exit,
      text,
    }),
  )
}

function textOf({ folder }: Workbench, { file, replaces, text }: Block): string {
  return replaces ? replaced(readFileSync(join(folder, file), 'utf8'), text) : text
}

/** The first half of a block stands in the file, and the second takes its place. */
function replaced(text: string, block: string): string {
  const lines = block.split('\n').slice(0, -1)
  const second = lines.findIndex((line, i) => i > 0 && line.split(':')[0] === lines[0]?.split(':')[0])
  const [before, after] = [lines.slice(0, second), lines.slice(second)].map((half) => `${half.join('\n')}\n`)
  expect(text).toContain(before)
  return text.replace(before as string, () => after as string)
}

function commandsOf({ text, exit }: Block): Command[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [first = '', ...answer] = part.split('\n')
      const [, line = '', code = exit] = /^(.*?)(?:\s+# exit (\d+))?$/.exec(first) ?? []
      return { line, code: Number(code), answer: answer.join('\n') }
    })
}

async function runCommand(
  { line, code, answer }: Command,
  env: Record<string, string>,
  bench: Workbench,
): Promise<void> {
  const [program = '', ...args] = wordsOf(line)
  if (program === 'export') {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(args.join(' ')) ?? []
    env[name] = value
    return
  }
  if (program === 'sleep') {
    await sleep(Number(args[0]) * 1000)
    return
  }
  if (program === 'rm') {
    rmSync(join(bench.folder, args[0] ?? expect.fail(line)))
    return
  }
  expect(program, line).toBe('wfpctl')
  const ran = await bench.runWith(env, ...args)
  expect([line, ran.code], ran.stderr).toEqual([line, code])
  if (code === 0) expect([line, ran.stderr]).toEqual([line, expect.not.stringContaining('error[')])
  const said = saidBy(ran).map(settled)
  if (!said.includes(settled(answer))) expect(said.at(-1), line).toBe(settled(answer))
}

/** Each stream, and both as they come on a terminal. */
function saidBy({ stdout, stderr }: Ran): string[] {
  return [stdout, stderr, stdout + stderr, stderr + stdout]
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three ?? '')
}

/** What a plan is of, and what a create holds: of the machine, and the same on each page, which leaves them out. */
const BESIDE =
  /^host: .*\nengine: .*\n(?:commit: .*\n)?(?:digest: .*\n)?\n|^digest: .*\n|^ {6}(?:peer|traffic|crypto|authentication) .*\n/gm

/** Without what is another each time: times, digests, seconds that are left, and who runs it. A table is as wide as what is in it. */
function settled(text: string): string {
  return text
    .replace(BESIDE, '')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replace(/sha256:[0-9a-f]+/g, 'DIGEST')
    .replace(/, \d\w* left/g, ', some left')
    .replace(new RegExp(String.raw`\b(${userInfo().username}|ana)\b`, 'g'), 'SOMEBODY')
    .replace(/ {2,}/g, '  ')
    .trimEnd()
}
