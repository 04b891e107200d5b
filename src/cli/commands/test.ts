/** `test`: which way packets go, as far as manifests tell. Opens no engine. */

import {
  type Diagnostic,
  diagnostic,
  didYouMean,
  hasErrors,
  type JsonObject,
  placeText,
  plural,
  printable,
} from '../../base/index.ts'
import { claimantsOf } from '../../kinds/index.ts'
import { parseAddress } from '../../kinds/values/address.ts'
import { addressOf, type Desired, isEnabled, isSameHost, type Manifest, type Resource } from '../../manifest/index.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { NO_MANIFESTS, readManifests } from '../load.ts'
import { diagnosticsToJson, FORMAT_VERSION, junit, toJson } from '../render/index.ts'
import type { Invocation } from './command.ts'

/** One packet of one manifest. */
interface Case {
  readonly manifest: Manifest
  readonly index: number
  readonly title: string
  /** address of the tunnel that must take it; absent: none must */
  readonly expected?: string
  readonly packet: Parameters<typeof claimantsOf>[0]
}

interface Outcome extends Case {
  /** addresses of the tunnels that claim it */
  readonly found: readonly string[]
  /** absent: it goes as it must */
  readonly failure?: Diagnostic
}

export async function run({ args, options, terminal }: Invocation): Promise<ExitCode> {
  const read = await readManifests(args, options, { acts: false, progress: terminal.progress })
  const { files, desired, diagnostics } = read
  if (hasErrors(diagnostics)) return terminal.reject(diagnostics)
  if (files.length === 0) terminal.talk(NO_MANIFESTS)
  const cases = (desired.tests ?? []).flatMap(casesOf)
  const mistakes = cases.flatMap((one) => mistakesIn(one, desired.resources))
  if (mistakes.length > 0) return terminal.reject([...diagnostics, ...mistakes])
  const outcomes = cases.map((one) => outcomeOf(one, desired))
  const failures = outcomes.flatMap(({ failure }) => failure ?? [])
  const findings = [...diagnostics, ...failures]
  terminal.findings(findings)
  terminal.answer(answerOf(outcomes, findings, { options, terminal }))
  return failures.length > 0 ? EXIT.testFailed : EXIT.done
}

function answerOf(
  outcomes: readonly Outcome[],
  findings: readonly Diagnostic[],
  { options, terminal }: Pick<Invocation, 'options' | 'terminal'>,
): string {
  if (terminal.findingsAlone) return terminal.findingsAlone(findings)
  if (options.output === 'junit') return junit('wfpctl test', suitesOf(outcomes))
  return terminal.json ? jsonOf(outcomes, findings) : humanOf(outcomes)
}

const NONE = 'none'
const KIND = 'IPsecTunnel/'

function casesOf(manifest: Manifest): Case[] {
  const tests = (manifest.spec.tests ?? []) as readonly JsonObject[]
  return tests.map((test, index) => {
    const { name, from, to, through, protocol, fromPort, toPort } = test as unknown as Written
    const ports = [fromPort, toPort].some((port) => port !== undefined) ? ` ${fromPort ?? '*'} → ${toPort ?? '*'}` : ''
    const packetText = `${from} → ${to}${protocol === undefined ? '' : ` ${protocol}`}${ports}`
    return {
      manifest,
      index,
      title: name ?? packetText,
      ...(through !== NONE && { expected: through.startsWith(KIND) ? through : KIND + through }),
      packet: {
        local: [from],
        remote: [to],
        ...(protocol !== undefined && { protocol }),
        ...(fromPort !== undefined && { localPort: fromPort }),
        ...(toPort !== undefined && { remotePort: toPort }),
      },
    }
  })
}

/** One test as its schema has it. */
interface Written {
  readonly name?: string
  readonly from: string
  readonly to: string
  readonly through: string
  readonly protocol?: NonNullable<Case['packet']['protocol']>
  readonly fromPort?: number
  readonly toPort?: number
}

const at = ({ manifest, index }: Case, field: string) => manifest.at(`/spec/tests/${index}/${field}`)

function mistakesIn(one: Case, resources: readonly Resource[]): Diagnostic[] {
  const { packet, expected } = one
  const ends = [
    ['from', packet.local[0]!],
    ['to', packet.remote[0]!],
  ] as const
  const wrong = ends.flatMap(([field, text]) => {
    const read = parseAddress(text)
    return 'problem' in read ? [diagnostic(read.problem.code, at(one, field), read.problem.message, read.problem)] : []
  })
  const addresses = resources.map(addressOf)
  if (expected === undefined || addresses.includes(expected)) return wrong
  const near = didYouMean(expected, addresses) ?? `write the name of a tunnel that a manifest declares, or \`${NONE}\``
  return [...wrong, diagnostic('E341', at(one, 'through'), `no manifest declares ${expected}`, { help: near })]
}

/** Tunnels that may be on one machine with the test's set: all, where one of both names no host. What is off takes no packet. */
function tunnelsBeside({ manifest }: Case, { sets, resources }: Desired): Resource[] {
  const hosts = new Map(sets.map(({ name, host }) => [name, host]))
  const own = hosts.get(manifest.set)
  return resources.filter((resource) => {
    const host = hosts.get(resource.set)
    return isEnabled(resource) && (own === undefined || host === undefined || isSameHost(own, host))
  })
}

function outcomeOf(one: Case, desired: Desired): Outcome {
  const claimants = claimantsOf(
    one.packet,
    tunnelsBeside(one, desired).filter(({ kind }) => `${kind.name}/` === KIND),
  )
  const found = claimants.map(addressOf)
  const isRight = one.expected === undefined ? found.length === 0 : found.length === 1 && found[0] === one.expected
  return { ...one, found, ...(!isRight && { failure: failureOf(one, claimants) }) }
}

function failureOf(one: Case, claimants: readonly Resource[]): Diagnostic {
  const names = claimants.map(addressOf)
  const way =
    names.length === 0
      ? 'through no tunnel'
      : names.length === 1
        ? `through ${names[0]}`
        : `through one of ${names.join(', ')}`
  const must = one.expected === undefined ? 'through none' : `through ${one.expected}`
  const notes = claimants.map(
    (resource) => `${addressOf(resource)} claims it at ${placeText(resource.manifest.at('/spec/traffic'))}`,
  )
  return diagnostic('E340', at(one, 'through'), `${one.title}: goes ${way}, and must go ${must}`, {
    ...(notes.length > 0 && { notes }),
    ...(names.length > 1 && { help: 'which of them takes the packet is up to the engine; declare disjoint networks' }),
  })
}

function humanOf(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(
    ({ manifest, title, failure }) => `${printable(`${failure ? 'FAIL' : 'ok  '}  ${manifest.name}: ${title}`)}\n`,
  )
  const failed = outcomes.filter(({ failure }) => failure).length
  return `${lines.join('')}${lines.length > 0 ? '\n' : ''}${plural(outcomes.length, 'test')}: ${outcomes.length - failed} passed, ${failed} failed.\n`
}

function jsonOf(outcomes: readonly Outcome[], findings: readonly Diagnostic[]): string {
  const failed = outcomes.filter(({ failure }) => failure).length
  return toJson({
    formatVersion: FORMAT_VERSION,
    tests: outcomes.map(({ manifest, title, expected, found, failure }) => ({
      test: manifest.name,
      name: title,
      expected: expected ?? NONE,
      found,
      passed: failure === undefined,
    })),
    summary: { tests: outcomes.length, passed: outcomes.length - failed, failed },
    diagnostics: diagnosticsToJson(findings),
  })
}

function suitesOf(outcomes: readonly Outcome[]) {
  const names = [...new Set(outcomes.map(({ manifest }) => manifest.name))]
  return names.map((name) => ({
    name,
    cases: outcomes.flatMap((one) => {
      if (one.manifest.name !== name) return []
      const [file = '', line = ''] = placeText(at(one, 'from')).split(/:(?=\d+:\d+$)/)
      const text = one.failure && [one.failure.message, ...(one.failure.notes ?? [])].join('\n')
      return [
        {
          name: one.title,
          file,
          line: line.split(':')[0]!,
          ...(one.failure && { message: one.failure.message, text }),
        },
      ]
    }),
  }))
}
