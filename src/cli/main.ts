/** The command line: parses, dispatches, and turns every ending into an exit code. */

import { Command, CommanderError, Option } from 'commander'
import { printable, toolVersion } from '../base/index.ts'
import { EngineRefusal } from '../reconcile/provider.ts'
import type { CommandSpec } from './commands/command.ts'
import { commands, GROUPS } from './commands/index.ts'
import { bugText, CommandFailure, EXIT, type ExitCode, exitCodeOfRefusal } from './exit.ts'
import { guardOutput, hearEndings, leave, say, widthFor } from './process.ts'

/** Words beside an option, where the terminal is narrow. */
const LEAST_HELP_WIDTH = 12

async function main(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done
  const program = new Command('wfpctl')
    .description('Declarative IPsec tunnels and key managers for Windows')
    .version(toolVersion())
    .exitOverride()
    .configureOutput({
      outputError: (text) => say(`wfpctl: ${usageLine(text)}\n`),
      getOutHelpWidth: () => widthFor(process.stdout) ?? Number.POSITIVE_INFINITY,
      getErrHelpWidth: () => widthFor(process.stderr) ?? Number.POSITIVE_INFINITY,
    })
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, minWidthToWrap: LEAST_HELP_WIDTH })
  for (const spec of commandsNamed(argv[2])) {
    declare(program, spec, (code) => {
      exitCode = code
    })
  }
  try {
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    return exitCodeOfError(error)
  }
}

/** All of them; where a word names some, the others are without their options, which take as long to declare as all else here. */
function commandsNamed(word: string | undefined): readonly CommandSpec[] {
  const isNamed = ({ name }: CommandSpec) => name.split(' ')[0] === word
  return commands.some(isNamed) ? commands.map((spec) => (isNamed(spec) ? spec : { ...spec, options: [] })) : commands
}

/** Commander's words about what was typed: `error: unknown option '--strct'`, and below it `(Did you mean --strict?)`. */
function usageLine(text: string): string {
  const [message = '', hint] = text
    .replace(/^error: /, '')
    .trimEnd()
    .split(/\n(?=\(Did you mean [^\n]*$)/)
  return [message, ...(hint === undefined ? [] : [hint])].map((line) => printable(line)).join(' ')
}

function declare(program: Command, spec: CommandSpec, done: (code: ExitCode) => void): void {
  const words = spec.name.split(' ')
  const command = groupOf(program, words.slice(0, -1))
    .command(`${words.at(-1)}${spec.args ? ` ${spec.args}` : ''}`)
    .description(spec.summary)
    .exitOverride()
  for (const [flags, help, repeatable] of spec.options) {
    const option = new Option(flags, help)
    command.addOption(repeatable ? option.argParser(collect) : option)
  }
  const output = new Option('-o, --output <FORMAT>', 'format of the answer').choices(spec.outputs)
  command.addOption(output.default(spec.outputs[0]))
  if (spec.notes) command.addHelpText('after', spec.notes)
  command.action(async (...received: unknown[]) => {
    const options = command.opts()
    const args = received.slice(0, -2).flatMap((a) => (a === undefined ? [] : (a as string | string[])))
    const [module, { openTerminal }] = await Promise.all([spec.load(), import('./terminal.ts')])
    const terminal = openTerminal(String(options.output), options.progress as string | undefined)
    try {
      done(await module.run({ args, options, terminal }))
    } finally {
      terminal.quiet()
    }
  })
}

/** `fleet rollout start` is a command of `fleet rollout`, which is one of `fleet`. */
function groupOf(program: Command, words: readonly string[]): Command {
  return words.reduce((above, word, i) => {
    const known = above.commands.find((one) => one.name() === word)
    if (known) return known
    return above
      .command(word)
      .description(GROUPS[words.slice(0, i + 1).join(' ')] ?? '')
      .exitOverride()
  }, program)
}

/** What a shell asks, which is no command of people: none of its words is an option of ours. */
async function completed(words: readonly string[]): Promise<ExitCode> {
  const { complete } = await import('./complete.ts')
  return complete(words)
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Bad usage and refusals are said in one line; anything else is our bug and says so. */
function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof CommandFailure) {
    say(`wfpctl: ${printable(error.message)}\n${error.details}`)
    return error.exitCode
  }
  if (error instanceof EngineRefusal) {
    say(`wfpctl: ${printable(error.message)}\n${error.help ? `  help: ${printable(error.help)}\n` : ''}`)
    return exitCodeOfRefusal(error)
  }
  say(bugText(error))
  return EXIT.bug
}

/** A command that must end tidily listens itself; any other may end at once: an open transaction dies with the process. */
for (const signal of ['SIGINT', 'SIGBREAK'] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(EXIT.interrupted)
  })
}

guardOutput()
const [word, ...words] = process.argv.slice(2)
if (word === 'watch') hearEndings()
process.exitCode = EXIT.bug // until it has ended: what waits for nothing must not look like success
const ended = word === '__complete' ? completed(words) : main(process.argv)
void ended.then((code) => {
  process.exitCode = code
  leave()
})
