/** `init`: a first manifest from answers, or from options. What it writes has no finding; what stands is never written over. */

import { existsSync, writeFileSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type Diagnostic, hasErrors, type JsonObject, printable } from '../../base/index.ts'
import { kindsByName } from '../../kinds/index.ts'
import {
  API_VERSION,
  addressOf,
  DEFAULT_SET,
  type Desired,
  loadDesired,
  TUNNEL_SET,
  writeYaml,
} from '../../manifest/index.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { readManifests } from '../load.ts'
import { diagnosticsToJson } from '../render/index.ts'
import type { Terminal } from '../terminal.ts'
import { flagOf, type Invocation } from './command.ts'

type Answers = Readonly<Record<string, string>>

interface Question {
  /** the option that answers it */
  readonly option: string
  readonly asks: string
  readonly example: string
  /** what an empty answer means, given those before it; absent: there must be one */
  readonly otherwise?: (before: Answers) => string
}

const QUESTIONS: readonly Question[] = [
  { option: 'name', asks: 'Name of the tunnel', example: 'hq-dallas' },
  { option: 'set', asks: 'Set that it belongs to', example: 'branch-vpn', otherwise: () => 'vpn' },
  { option: 'local', asks: 'Address of this gateway', example: '203.0.113.10' },
  { option: 'remote', asks: 'Address of its peer', example: '198.51.100.7' },
  { option: 'localNet', asks: 'Networks behind this gateway', example: '10.1.0.0/16' },
  { option: 'remoteNet', asks: 'Networks behind the peer', example: '10.2.0.0/16' },
  {
    option: 'pskEnv',
    asks: 'Environment variable that holds the preshared key',
    example: 'HQ_DALLAS_PSK',
    otherwise: ({ name = '' }) => `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_PSK`,
  },
]

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const answers = await answered(given(options), terminal)
  const file = args[0] ?? `${answers.name}.yaml`
  if (!['.yaml', '.yml'].includes(extname(file)))
    throw new CommandFailure(EXIT.usage, `${file} would not be read as a manifest: call it ${file}.yaml`)
  if (existsSync(file)) throw exists(file)
  const known = await readManifests([dirname(file)], {}, { acts: false, progress: terminal.progress })
  const text = textOf(documents(answers, known.desired))
  const { diagnostics } = loadDesired([{ path: file, text }, ...known.files], kindsByName)
  const own = diagnostics.filter(({ span }) => span?.file.path === file)
  if (hasErrors(own)) return terminal.reject(own)
  write(file, text)
  terminal.findings(own)
  const [shown, folder] = [file, dirname(file)].map((path) => printable(path))
  terminal.answer(`Wrote ${shown}. Next:\n  wfpctl validate ${folder}\n  wfpctl plan ${folder}\n`)
  return EXIT.done
}

/** What the options say; each answer is looked at as soon as it is there. */
function given(options: Invocation['options']): Answers {
  const found = QUESTIONS.flatMap(({ option }) =>
    options[option] === undefined ? [] : [[option, String(options[option])]],
  )
  let answers: Answers = {}
  for (const question of QUESTIONS) {
    const answer = found.find(([option]) => option === question.option)?.[1]
    if (answer === undefined) continue
    answers = { ...answers, [question.option]: answer }
    const flaw = flawOf(question, answers)
    if (flaw) throw new CommandFailure(EXIT.usage, `${flagOf(question.option)}: ${flaw}`)
  }
  return answers
}

async function answered(before: Answers, terminal: Terminal): Promise<Answers> {
  const open = QUESTIONS.filter(({ option }) => before[option] === undefined)
  if (open.length === 0) return before
  if (process.stdin.isTTY && process.stdout.isTTY) return asked(before, open, terminal)
  const missing = open.filter(({ otherwise }) => !otherwise)
  if (missing.length > 0)
    throw new CommandFailure(
      EXIT.usage,
      `nobody to ask; give ${missing.map((one) => `${flagOf(one.option)} ${one.example}`).join(' ')}`,
    )
  const answers: Record<string, string> = { ...before }
  for (const { option, otherwise } of open) answers[option] = otherwise?.(answers) ?? ''
  return answers
}

/** Each until its answer can be used. */
async function asked(before: Answers, open: readonly Question[], terminal: Terminal): Promise<Answers> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  let answers = before
  try {
    for (const question of open) answers = { ...answers, [question.option]: await askedUntilRight(question, answers) }
    return answers
  } finally {
    prompt.close()
  }

  async function askedUntilRight(question: Question, soFar: Answers): Promise<string> {
    const { asks, example, option, otherwise } = question
    const meant = otherwise?.(soFar)
    const hint = meant === undefined ? `e.g. ${example}` : meant
    const said = (await prompt.question(`${asks} [${hint}]: `)).trim() || (meant ?? '')
    const flaw = flawOf(question, { ...soFar, [option]: said })
    if (flaw === undefined) return said
    terminal.talk(`${flaw}\n`)
    return askedUntilRight(question, soFar)
  }
}

/** Of each pair of answers, where one is still open: what goes with any answer of its family. */
const BESIDE: readonly { readonly [family in 4 | 6]: Answers }[] = [
  { 4: { local: '192.0.2.253', remote: '192.0.2.254' }, 6: { local: '2001:db8::fffd', remote: '2001:db8::fffe' } },
  {
    4: { localNet: '192.0.2.240/30', remoteNet: '192.0.2.244/30' },
    6: { localNet: '2001:db8:fffd::/48', remoteNet: '2001:db8:fffe::/48' },
  },
]

function beside(answers: Answers): Answers {
  const pairs = BESIDE.map((pair) => pair[Object.keys(pair[4]).some((one) => answers[one]?.includes(':')) ? 6 : 4])
  return Object.assign({}, ...pairs)
}

/** What is not answered yet gives way, so that each answer is judged by itself and by those before it. */
function flawOf({ option }: Question, answers: Answers): string | undefined {
  if (answers[option] === '') return 'an answer is needed'
  const examples = Object.fromEntries(QUESTIONS.map((one) => [one.option, one.example]))
  const text = textOf(documents({ ...examples, ...beside(answers), ...answers }, { sets: [], resources: [] }))
  const [flaw] = diagnosticsToJson(loadDesired([{ path: 'new.yaml', text }], kindsByName).diagnostics.filter(isError))
  return flaw && [flaw.message, ...(flaw.help === undefined ? [] : [flaw.help])].join('; ')
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error'

/** A set that is declared beside it is not declared again. */
function documents(answers: Answers, { sets, resources }: Desired): JsonObject[] {
  const { name = '', set = '', local = '', remote = '', localNet = '', remoteNet = '', pskEnv = '' } = answers
  const apiVersion = API_VERSION
  const tunnel = {
    apiVersion,
    kind: 'IPsecTunnel',
    metadata: { name, ...(set !== DEFAULT_SET && { set }) },
    spec: {
      mode: 'gateway',
      keyModule: 'ikev2',
      endpoints: { local, remote },
      traffic: { local: listed(localNet), remote: listed(remoteNet) },
      mainMode: {
        authentication: [{ presharedKey: { env: pskEnv } }],
        proposals: [{ encryption: 'aes256', integrity: 'sha384', dh: 'dh20' }],
      },
      quickMode: { pfs: 'dh20', proposals: [{ esp: { aead: 'aes256gcm' } }] },
    },
  }
  if (resources.some((one) => addressOf(one) === `IPsecTunnel/${name}`))
    throw new CommandFailure(EXIT.invalid, `IPsecTunnel/${name} is declared here already`)
  const isDeclared = set === DEFAULT_SET || sets.some((one) => one.name === set && one.manifest)
  const metadata = { name: set }
  return isDeclared
    ? [tunnel]
    : [{ apiVersion, kind: TUNNEL_SET, metadata, spec: { prune: true, safety: { maxDelete: 1 } } }, tunnel]
}

function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one !== '')
}

const SCHEMA = '# yaml-language-server: $schema=https://wfpctl.dev/schemas/v1alpha1/wfpctl.schema.json\n'

function textOf(all: readonly JsonObject[]): string {
  return all.map((one) => SCHEMA + writeYaml(one)).join('---\n')
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file)
    throw new CommandFailure(EXIT.invalid, `${file} cannot be written: ${(error as Error).message}`)
  }
}

function exists(file: string): CommandFailure {
  return new CommandFailure(EXIT.invalid, `${file} exists and is left as it is; name another file`)
}
