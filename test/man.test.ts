/** `packaging/wfpctl.1`, made from the table of commands: `npm run docs:man` writes it anew, and this fails while they disagree. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CommandSpec } from '../src/cli/commands/command.ts'
import { commands } from '../src/cli/commands/index.ts'
import { EXIT } from '../src/cli/exit.ts'

const PAGE = 'packaging/wfpctl.1'
const { version, description } = JSON.parse(readFileSync('package.json', 'utf8'))

/** Of the page's form: no clock decides what it says. */
const DATE = '2026-11-27'

const CODES: { readonly [name in keyof typeof EXIT]: string } = {
  done: 'done, or nothing to do',
  bug: 'unexpected: a bug',
  changes:
    'with --detailed-exitcode: there are changes; of drift: something drifted; of a fleet: a host is not as it was told',
  invalid: 'the input is invalid',
  refusedBySafety: 'refused by safety, or not approved; of a fleet: the rollout halted',
  refusedByEngine: 'the engine refused; that set is unchanged',
  readBackDiffers: 'what was read back differed; that set is unchanged',
  keyManagerFailed: 'tunnels are applied, a registration of a key manager failed',
  stale: 'the plan that was approved is stale',
  busy: "the engine's lock was not obtained in time",
  unavailable: 'the engine is not available, or the rights are missing',
  testFailed: 'a test of the manifests failed',
  usage: 'the command line is wrong',
  outputFailed: 'done, and the answer could not be written',
  interrupted: 'interrupted; nothing is half done',
}

const FILES: readonly (readonly [string, string])[] = [
  ['*.yaml, *.yml', 'manifests; directories are searched with all that is below them'],
  ['.wfpctlignore', 'patterns of what below its directory holds no manifests, as in gitignore(5)'],
]

const VARIABLES: readonly (readonly [string, string])[] = [
  ['WFPCTL_ENGINE', 'the engine, where --engine does not say it'],
  ['WFPCTL_NO_CACHE', 'read and check every manifest anew, and remember none'],
  ['WFPCTL_STATUS_URL', 'where status asks, where --url does not say it'],
  [
    'WFPCTL_FLEET, WFPCTL_FLEET_CREDS, WFPCTL_FLEET_CA, WFPCTL_FLEET_CERT, WFPCTL_FLEET_KEY',
    'a fleet, where the options of those names do not say it',
  ],
  ['WFPCTL_GIT_ENV', 'names of further variables that git is given'],
  ['NO_COLOR', 'no colour'],
]

/** In roff a dash is a hyphen unless it is escaped, and a line that begins with a dot or a quote is a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&')
}

const item = (head: string, text: string): string => `.TP\n\\fB${roff(head)}\\fR\n${roff(text)}\n`
const items = (all: readonly (readonly [string, string])[]): string =>
  all.map(([head, text]) => item(head, text)).join('')

function commandText({ name, args = '', summary, options, outputs, notes }: CommandSpec): string {
  const output: readonly [string, string] = [
    `-o, --output <${outputs.join('|')}>`,
    `format of the answer (default: ${outputs[0]})`,
  ]
  const flags = [...options.map(([flag, help]) => [flag, help] as const), output]
    .map(([flag, help]) => item(flag, help))
    .join('')
  const more = notes === undefined ? '' : `.PP\n.nf\n${roff(notes.trim())}\n.fi\n`
  return `.SS "${roff(`wfpctl ${name} ${args}`.trim())}"\n${roff(summary)}.\n${flags}${more}`
}

function manPage(): string {
  const codes = Object.entries(EXIT).map(([name, code]) => [String(code), CODES[name as keyof typeof EXIT]] as const)
  return `.\\" Made from the table of commands: npm run docs:man
.TH WFPCTL 1 "${DATE}" "wfpctl ${version}" "User Commands"
.SH NAME
wfpctl \\- ${roff('declarative IPsec tunnels and key managers for Windows')}
.SH SYNOPSIS
\\fBwfpctl\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIPATH\\fR]...
.SH DESCRIPTION
${roff(description)}.
.PP
PATHs are files and directories of manifests; without any, the working directory is meant.
The answer is written to standard output, and talk to standard error.
.SH COMMANDS
${commands.map(commandText).join('')}.SH "EXIT STATUS"
${items(codes)}.SH ENVIRONMENT
${items(VARIABLES)}.SH FILES
${items(FILES)}.SH "SEE ALSO"
.BR git (1),
.BR gitignore (5)
`
}

/** Without what a printer would strike twice. */
function stripped(text: string): string {
  return text
    .split('\b')
    .map((part, i, all) => (i < all.length - 1 ? part.slice(0, -1) : part))
    .join('')
}

describe('the man page', () => {
  it('is what the table of commands gives', async () => {
    await expect(manPage()).toMatchFileSnapshot(`../${PAGE}`)
  })

  it('is installed with the package', () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({
      man: `./${PAGE}`,
      files: expect.arrayContaining(['packaging']),
    })
  })

  it.runIf(existsSync('/usr/bin/mandoc'))('is well formed', () => {
    const { stdout, status } = spawnSync('/usr/bin/mandoc', ['-T', 'lint', '-W', 'warning', PAGE], { encoding: 'utf8' })

    expect([stdout, status]).toEqual(['', 0])
  })

  it.runIf(existsSync('/usr/bin/mandoc'))('shows each command and option as it is typed', () => {
    const { stdout } = spawnSync('/usr/bin/mandoc', ['-T', 'ascii', '-O', 'width=200', PAGE], { encoding: 'utf8' })
    const shown = stripped(stdout).replaceAll(/\s+/g, ' ')

    for (const { name, options, summary } of commands)
      for (const text of [`wfpctl ${name}`, summary, ...options.map(([flag]) => flag)]) expect(shown).toContain(text)
  })
})
