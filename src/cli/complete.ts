/**
 * `wfpctl __complete WORD... WORD`: what can stand in place of the last word, one candidate a line, with a tab and its help where there is
 * one. `:files` says that files can. The scripts of `completion` call it. It changes nothing, asks nothing, and where it knows nothing says
 * nothing.
 */

import { existsSync } from 'node:fs'
import { printable, rowOf } from '../base/index.ts'
import type { Listed, WatchableProvider } from '../reconcile/provider.ts'
import type { CommandOption, CommandSpec } from './commands/command.ts'
import { commands, GROUPS } from './commands/index.ts'
import { EXIT, type ExitCode } from './exit.ts'

type Candidate = readonly [text: string, help?: string | undefined]

type Ask<T> = (provider: WatchableProvider) => Promise<readonly T[]>

/** Where the cursor is. */
interface Place {
  readonly word: string
  /** words before it */
  readonly before: readonly string[]
  readonly command: CommandSpec
}

/** Whoever pressed the key waits. */
const MOST_MILLISECONDS = 3000
const FILES = ':files'

export async function complete(words: readonly string[]): Promise<ExitCode> {
  const found = await candidates(words).catch(() => [])
  process.stdout.write(found.map(candidateLine).join(''))
  return EXIT.done
}

/** A name that a terminal would obey cannot be typed either. */
export function candidateLine([text, help]: Candidate): string {
  if (printable(text) !== text) return ''
  return `${text}${help ? `\t${printable(help)}` : ''}\n`
}

async function candidates(words: readonly string[]): Promise<readonly Candidate[]> {
  const word = (words.at(-1) ?? '').replace(/^""$/, '') // PowerShell's word for an empty one
  const typed = words.slice(0, -1)
  if (typed.length === 0 && word.startsWith('-')) return fitting(word, PROGRAM_OPTIONS)
  const command = commands.find(({ name }) => name === typed.slice(0, name.split(' ').length).join(' '))
  if (!command) return fitting(word, wordsAfter(typed.join(' ')))
  const before = typed.slice(command.name.split(' ').length)
  const [, flag, value] = /^(--[^=]+=)(.*)$/s.exec(word) ?? []
  if (flag !== undefined && value !== undefined) {
    const found = await valuesOf(optionOf(command, flag.slice(0, -1)), { word: value, before, command })
    return found.map(([text, help]) => [text === FILES ? text : `${flag}${text}`, help])
  }
  return atWord({ word, before, command })
}

const PROGRAM_OPTIONS: readonly Candidate[] = [
  ['--version', 'output the version number'],
  ['--help', 'display help for command'],
]

/** @param group `fleet rollout`, or nothing: what can follow, each word once */
function wordsAfter(group: string): readonly Candidate[] {
  const start = group === '' ? '' : `${group} `
  const found = new Map<string, string>()
  for (const { name, summary } of commands) {
    const [word, ...more] = name.startsWith(start) ? name.slice(start.length).split(' ') : []
    if (word !== undefined) found.set(word, more.length === 0 ? summary : (GROUPS[`${start}${word}`] ?? ''))
  }
  return [...found]
}

async function atWord(place: Place): Promise<readonly Candidate[]> {
  const { word, before, command } = place
  const option = optionOf(command, before.at(-1))
  if (option && placeholderOf(option)) return valuesOf(option, place)
  if (word.startsWith('-'))
    return fitting(
      word,
      optionsOf(command).flatMap(([flags, help]) => flagsIn(flags).map((flag) => [flag, help])),
    )
  return valuesFor(placeholders(command.args)(positionalsIn(place).length), place)
}

function fitting(word: string, found: readonly Candidate[]): readonly Candidate[] {
  return found.filter(([text]) => text === FILES || text.toLowerCase().startsWith(word.toLowerCase()))
}

function optionsOf({ outputs, options }: CommandSpec): readonly CommandOption[] {
  const output: CommandOption = [`-o, --output <${outputs.join('|')}>`, 'format of the answer']
  return [...options, output, ['-h, --help', 'display help for command']]
}

/** `-l, --selector <SELECTOR>` → `-l`, `--selector` */
function flagsIn(flags: string): readonly string[] {
  return flags.split(/,? /).filter((one) => one.startsWith('-'))
}

function optionOf(command: CommandSpec, flag: string | undefined): CommandOption | undefined {
  return flag === undefined ? undefined : optionsOf(command).find(([flags]) => flagsIn(flags).includes(flag))
}

function placeholderOf([flags]: CommandOption): string | undefined {
  return /<(.*)>/.exec(flags)?.[1]
}

function valuesOf(option: CommandOption | undefined, place: Place): Promise<readonly Candidate[]> {
  return valuesFor(option && placeholderOf(option), place)
}

/** @param args `<ADDRESS|KEY> [PATH...]` @returns what the nth of them stands for; the last may be given again */
function placeholders(args = ''): (index: number) => string | undefined {
  const all = args.split(' ').map((one) => one.slice(1, -1))
  const last = all.at(-1) ?? ''
  return (index) => (all[index] ?? (last.endsWith('...') ? last : undefined))?.replace('...', '')
}

function positionalsIn({ before, command }: Place): readonly string[] {
  return before.filter((word, i) => {
    const option = optionOf(command, before[i - 1])
    return !(word.startsWith('-') && word !== '-') && !(option && placeholderOf(option))
  })
}

/** A placeholder in small letters is what may be written; one in capitals says of what sort it is. */
async function valuesFor(placeholder: string | undefined, place: Place): Promise<readonly Candidate[]> {
  if (placeholder === undefined) return []
  if (/^[a-z|-]+$/.test(placeholder))
    return fitting(
      place.word,
      placeholder.split('|').map((one) => [one]),
    )
  const source = rowOf(SOURCES, placeholder)
  return source ? fitting(place.word, await source(place)) : []
}

const files = (): readonly Candidate[] => [[FILES]]

const SOURCES: {
  readonly [placeholder: string]: (place: Place) => readonly Candidate[] | Promise<readonly Candidate[]>
} = {
  PATH: files,
  DIR: files,
  FILE: files,
  TOOL: async () => Object.keys((await import('../importers/import.ts')).SOURCES).map((tool) => [tool]),
  'FIELD=VALUE': async () => (await import('../importers/import.ts')).FILLABLE.map((field) => [`${field}=`]),
  ENGINE: () => ['wfp', 'sandbox', 'sandbox:memory', 'sandbox:'].map((one) => [one]),
  KIND: schemas,
  'KIND[.path]|WORD': fields,
  'KIND[/NAME]': async (place) => [...(await kinds()), ...(await addresses(place))],
  'ADDRESS|KEY': addresses,
  ADDRESS: addresses,
  ARGS: addresses,
  SET: sets,
  SHELL: async () => (await import('./commands/completion.ts')).SHELLS.map((shell) => [shell]),
}

async function kinds(): Promise<readonly Candidate[]> {
  const { kindsByName } = await import('../kinds/index.ts')
  return [...kindsByName.keys()].map((kind) => [kind])
}

async function schemas(): Promise<readonly Candidate[]> {
  const { schemaKinds } = await import('./commands/schema.ts')
  return schemaKinds().map((kind) => [kind])
}

/** What has fields of its own is given with a dot, too: the shell then waits for more. `spec.` may be left out. */
async function fields({ word }: Place): Promise<readonly Candidate[]> {
  if (!word.includes('.')) return (await schemas()).flatMap(([kind]) => [[kind], [`${kind}.`]])
  const { fieldsBelow } = await import('./commands/explain.ts')
  const above = word.slice(0, word.lastIndexOf('.'))
  const below = above.includes('.') ? [above] : [above, `${above}.spec`]
  return below.flatMap(fieldsBelow).flatMap(({ name, help, hasFields }) => {
    const text = `${above}.${name}`
    return [[text, help] as const, ...(hasFields ? [[`${text}.`, help] as const] : [])]
  })
}

/** `adopt` is for those of others, the rest for ours, unless all are asked for. */
async function addresses({ before, command }: Place): Promise<readonly Candidate[]> {
  const wanted = (listed: Listed): boolean => before.includes('--all') || listed.managed === (command.name !== 'adopt')
  const found = await fromEngine(before, (provider) => provider.list({ all: true, unlisted: () => {} }))
  return found.filter(wanted).map(({ address, set, key }) => [address, set === undefined ? key : `set ${set}`])
}

async function sets({ before }: Place): Promise<readonly Candidate[]> {
  return (await fromEngine(before, (provider) => provider.ownedSets())).map((set) => [set])
}

/** What the engine that the words name says; nothing, where it is away, late or was never there. */
function fromEngine<T>(before: readonly string[], ask: Ask<T>): Promise<readonly T[]> {
  const late = new Promise<readonly T[]>((resolve) => {
    setTimeout(resolve, MOST_MILLISECONDS, []).unref()
  })
  return Promise.race([asked(before, ask), late]).catch(() => [])
}

async function asked<T>(before: readonly string[], ask: Ask<T>): Promise<readonly T[]> {
  const [{ engineFrom, withProvider }, { openTerminal }] = await Promise.all([
    import('./engine.ts'),
    import('./terminal.ts'),
  ])
  const options = { engine: engineIn(before), lockTimeout: '1s' }
  const choice = engineFrom(options)
  if (choice.engine === 'sandbox' && !existsSync(choice.directory)) return [] // opening would make it
  return withProvider(options, { ...openTerminal('json'), talk: () => {} }, ask)
}

function engineIn(before: readonly string[]): string | undefined {
  const last = before.findLastIndex((word) => /^--engine(=|$)/.test(word))
  return last < 0 ? undefined : (/=(.*)$/s.exec(before[last] as string)?.[1] ?? before[last + 1])
}
