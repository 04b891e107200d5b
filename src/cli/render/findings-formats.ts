/**
 * Findings as the places where changes are reviewed read them, and nothing else: workflow commands of GitHub Actions
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions) and SARIF 2.1.0
 * (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
 */

import { codes, type Diagnostic, digestOf, positionOf, printable, type Span, toolVersion } from '../../base/index.ts'
import { excerptOf } from './excerpt.ts'
import { toJson } from './json.ts'
import { mapTexts, masked, type SecretRanges, secretsOf } from './masking.ts'

/** By the name that `-o` gives it. */
export const FINDINGS_FORMATS: Readonly<Record<string, (diagnostics: readonly Diagnostic[]) => string>> = {
  github: workflowCommands,
  sarif: sarifLog,
}

interface Region {
  readonly startLine: number
  readonly startColumn: number
  readonly endLine: number
  readonly endColumn: number
}

/** The first place of a file whose text was never read. */
function regionOf({ file, start, end }: Span): Region {
  const from = positionOf(file, start)
  const to = positionOf(file, end)
  return { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column }
}

function shown(diagnostics: readonly Diagnostic[], secrets: SecretRanges): Diagnostic[] {
  return masked(diagnostics, secrets).map((finding) => mapTexts(finding, (text) => printable(text)))
}

/** What is wrong, then the notes, then what to write instead: a line each. */
function textOf({ message, notes = [], help }: Diagnostic): string {
  return [message, ...notes.map((note) => `note: ${note}`), ...(help === undefined ? [] : [`help: ${help}`])].join('\n')
}

/** One line for each finding. Each begins as a command does, so the runner looks for no older form of a command within it. */
function workflowCommands(diagnostics: readonly Diagnostic[]): string {
  return shown(diagnostics, secretsOf(diagnostics))
    .map((finding) => `::${finding.severity} ${propertiesOf(finding)}::${escapedData(textOf(finding))}\n`)
    .join('')
}

function propertiesOf({ code, span }: Diagnostic): string {
  const properties = { ...(span && placeOf(span)), title: code }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escapedProperty(String(value))}`)
    .join(',')
}

function placeOf(span: Span) {
  const { startLine, startColumn, endLine, endColumn } = regionOf(span)
  return { file: printable(span.file.path), line: startLine, col: startColumn, endLine, endColumn }
}

function escapedData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const HELP_URI = 'https://wfpctl.dev/docs/diagnostics.md'
const HELP: Readonly<Record<string, string>> = {
  E: 'An error: nothing is changed before it is corrected.',
  W: 'A warning: correct it, or answer it in metadata.waive of its document or of its TunnelSet.',
}

/** One run. What has no place in a file says something of the run: it is a notification, for a result without a place is refused by GitHub. */
function sarifLog(diagnostics: readonly Diagnostic[]): string {
  const secrets = secretsOf(diagnostics)
  const findings = shown(diagnostics, secrets)
  const notifications = findings.filter(({ span }) => span === undefined).map(notificationOf)
  const run = {
    tool: { driver: { name: 'wfpctl', version: toolVersion(), rules: RULE_IDS.map(ruleOf) } },
    invocations: [
      {
        executionSuccessful: notifications.every(({ level }) => level !== 'error'),
        toolExecutionNotifications: notifications,
      },
    ],
    columnKind: 'utf16CodeUnits',
    newlineSequences: ['\r\n', '\n', '\r'],
    results: resultsOf(findings, secrets),
  }
  return toJson({ $schema: SCHEMA, version: '2.1.0', runs: [run] })
}

const RULE_IDS = Object.keys(codes) as readonly (keyof typeof codes)[]

function ruleOf(id: keyof typeof codes): object {
  const text = sarifText(codes[id])
  return {
    id,
    shortDescription: { text },
    fullDescription: { text },
    help: {
      text: `${text}. ${HELP[id.charAt(0)]} All codes: ${HELP_URI}`,
      markdown: `${text}. ${HELP[id.charAt(0)]} [All codes](${HELP_URI})`,
    },
    helpUri: HELP_URI,
    defaultConfiguration: { level: id.startsWith('W') ? 'warning' : 'error' },
  }
}

function notificationOf(finding: Diagnostic) {
  const { code: id, severity: level } = finding
  return { descriptor: { id }, level, message: { text: sarifText(textOf(finding)) } }
}

function resultsOf(findings: readonly Diagnostic[], secrets: SecretRanges): object[] {
  const seen = new Map<string, number>()
  return findings.flatMap((finding) => {
    const { span } = finding
    if (!span) return []
    const identity = identityOf(finding.code, span, secrets)
    const count = (seen.get(identity) ?? 0) + 1
    seen.set(identity, count)
    return [resultOf(finding, span, `${identity}:${count}`)]
  })
}

/** The same after lines above it have moved, or what stands before it in its line. It holds what a frame shows, so no secret either. */
function identityOf(code: string, span: Span, secrets: SecretRanges): string {
  const line = excerptOf(span, secrets(span.file))?.text.trim() ?? ''
  return digestOf([code, span.file.path, line])
}

function resultOf(finding: Diagnostic, span: Span, fingerprint: string): object {
  const { code, severity: level } = finding
  const physicalLocation = { artifactLocation: { uri: uriOf(span.file.path) }, region: regionOf(span) }
  return {
    ruleId: code,
    ruleIndex: RULE_IDS.indexOf(code),
    level,
    message: { text: sarifText(textOf(finding)) },
    locations: [{ physicalLocation }],
    partialFingerprints: { 'wfpctlFinding/v1': fingerprint },
  }
}

/** In a message, braces hold the place of arguments, and `[text](target)` is a link: no text of a manifest may be one. */
function sarifText(text: string): string {
  return text.replace(/[{}]/g, '$&$&').replaceAll('](', '] (')
}

/** Relative to the directory that wfpctl ran in, where the path is. */
function uriOf(path: string): string {
  const uri = path
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
  if (uri.startsWith('//')) return `file:${uri}`
  if (uri.startsWith('/')) return `file://${uri}`
  return uri.replace(/^([A-Za-z])%3A\//, 'file:///$1:/')
}
