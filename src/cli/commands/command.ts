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

/** What `--engine` takes. */
export const ENGINE_WORDS = 'wfp, sandbox, sandbox:DIR or sandbox:memory'
