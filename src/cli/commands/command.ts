/** What a command is: words and options as data, and what it is given when it runs. */

import type { ExitCode } from '../exit.ts'
import type { Terminal } from '../terminal.ts'

/** What a command is given. */
export interface Invocation {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly terminal: Terminal
}

export interface CommandModule {
  run(invocation: Invocation): Promise<ExitCode>
}

export interface CommandSpec {
  readonly name: string
  /** commander's argument syntax */
  readonly args?: string
  readonly summary: string
  readonly options: readonly CommandOption[]
  /** accepted by `-o`; the first is the default */
  readonly outputs: readonly string[]
  /** below its help */
  readonly notes?: string
  readonly load: () => Promise<CommandModule>
}

/** flags in commander's syntax, what they do, and whether they may be given more than once */
export type CommandOption = readonly [flags: string, help: string, repeatable?: 'repeatable']

/** @param name as commander has it: `localNet` → `--local-net` */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** @param flag `--lock-timeout`, or `--no-prune`, of which commander keeps that `prune` is false */
export function isGiven(flag: string, options: Invocation['options']): boolean {
  const [, negation, name = ''] = /^--(no-)?(.*)$/.exec(flag) ?? []
  const value = options[name.replace(/-[a-z]/g, (part) => part.charAt(1).toUpperCase())]
  return negation === undefined ? value !== undefined : value === false
}

/** What `--engine` takes. */
export const ENGINE_WORDS = 'wfp, sandbox, sandbox:DIR or sandbox:memory'
