/** Events as people read them, one line each, and as NDJSON. */

import { plural, printable, printableJson } from '../../base/index.ts'
import { suspensionText } from '../../reconcile/notes/index.ts'
import type { Difference } from '../../reconcile/plan/index.ts'
import type { Deviation, EventName, SetSummary, WatchEvent, WatchEvents } from '../../reconcile/watch/events.ts'
import { diagnosticsToJson, renderDifference, summarise } from '../render/index.ts'

/** One object, one line: the published form (schemas/watch-event.schema.json). */
export function eventJson(event: WatchEvent): string {
  const content = 'diagnostics' in event ? { ...event, diagnostics: diagnosticsToJson(event.diagnostics) } : event
  return `${printableJson(JSON.stringify(content))}\n`
}

/** @returns undefined for what a person need not read: a pass that changed nothing */
export function eventLine(event: WatchEvent): string | undefined {
  const describe = LINES[event.event] as (content: WatchEvent) => string | undefined
  const text = describe(shownEvent(event))
  return text === undefined ? undefined : `${event.time.slice(0, 19)}Z  ${text}\n`
}

/** The event with texts that a terminal can be given; findings have frames of their own. */
function shownEvent(event: WatchEvent): WatchEvent {
  return {
    ...(printableValues(event) as WatchEvent),
    ...('diagnostics' in event && { diagnostics: event.diagnostics }),
  }
}

function printableValues(value: unknown): unknown {
  if (typeof value === 'string') return printable(value)
  if (Array.isArray(value)) return value.map(printableValues)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => name !== 'diagnostics')
  return Object.fromEntries(entries.map(([name, inner]) => [name, printableValues(inner)]))
}

type Line<E extends EventName> = (content: WatchEvents[E]) => string | undefined

const LINES: { readonly [E in EventName]: Line<E> } = {
  started: (e) => `watching ${e.sources.join(', ')} on engine ${e.engine}, mode ${e.mode} (process ${e.processId})`,
  accepted: (e) => `declared: ${plural(e.resources, 'resource')} in ${plural(e.sets, 'set')}${atCommit(e.commit)}`,
  unsettled: (e) => `missing from this reading, waiting for a second one: ${e.missing.join(', ')}`,
  // the frames follow on stderr
  invalid: (e) => `the manifests have errors; the last good version stays in force: ${summarise(e.diagnostics)}`,
  drift: (e) => `drift      ${what(e)}${e.mode === 'report' ? '  (only reported)' : ''}${differences(e.differences)}`,
  pending: (e) => `pending    ${what(e)}  (only reported)${differences(e.differences)}`,
  correction: (e) =>
    `corrected  ${what(e)}  in ${e.healMilliseconds} ms${atCommit(e.commit)}${e.cause === 'spec' ? differences(e.differences) : ''}`,
  conflict: (e) =>
    `conflict   ${e.address} was corrected ${e.corrections} times and is changed again and again; set ${e.set} is left alone for ${seconds(e.retryMilliseconds)}${indent(
      e.suspects.map((s) => `open in the engine: ${s.name} (process ${s.processId})`),
    )}${differences(e.differences)}`,
  failure: (e) =>
    `failed     ${e.address ?? (e.set === undefined ? 'pass' : `set ${e.set}`)}: ${e.message}; trying again in ${seconds(e.retryMilliseconds)}`,
  held: (e) => `held       set ${e.set} is watched by ${e.holder}; nothing is done here`,
  undeclared: (e) =>
    `undeclared set ${e.set} stands in the engine (${e.resources.join(', ')}), and no manifest declares it; left alone`,
  skipped: (e) => `skipped    set ${e.set} belongs to host ${e.host}; nothing is done here`,
  suspended: (e) => `suspended  set ${e.set} is ${suspensionText({ ...e, time: '' })}; nothing is corrected`,
  unconfirmed: (e) =>
    `waiting    set ${e.set} waits for a confirmation of what ${e.by} applied${atCommit(e.commit)}, ${Math.ceil(e.secondsLeft)} s left; nothing is done here`,
  'rolled-back': (e) =>
    `taken back set ${e.set}: what ${e.by} applied${atCommit(e.commit)} was ${e.reason}; left alone until \`wfpctl resume ${e.set}\``,
  registered: (e) => `registered ${e.address}`,
  unregistered: (e) => `released   ${e.address}`,
  warning: (e) => `warning    ${e.message}`,
  'engine-lost': (e) => `engine lost: ${e.message}; trying again in ${seconds(e.retryMilliseconds)}`,
  healed: (e) => `engine back after ${seconds(e.downMilliseconds)}`,
  'git-refused': (e) => `git: ${e.message}${e.commit === undefined ? '' : `; ${e.commit.slice(0, 12)} stays enforced`}`,
  'git-healed': (e) => `git: following again, at ${e.commit.slice(0, 12)}`,
  'fleet-joined': (e) => `fleet: joined as ${e.host}, after ${seconds(e.downMilliseconds)}`,
  'fleet-lost': (e) =>
    `fleet: ${e.message}; the last commit stays enforced; trying again in ${seconds(e.retryMilliseconds)}`,
  'fleet-wanted': (e) => `fleet: rollout ${e.rollout} wants commit ${e.commit.slice(0, 12)} here, in wave ${e.wave}`,
  'fleet-refused': (e) => `fleet: ${e.message}`,
  pass: () => undefined,
  heartbeat: (e) => `alive: ${plural(e.passes, 'pass', 'passes')}${e.sets.map(setText).join('')}${TREES[e.tree]}`,
  stopped: (e) => `stopped: ${e.reason}`,
}

const TREES = {
  good: '',
  unsettled: '; waiting for the manifests to come to rest',
  invalid: '; the manifests have errors',
  nothing: '; no manifests could be read yet',
} as const

const CAUSES = { spec: 'declared', drift: 'drift', both: 'declared and drift', prune: 'declared no more' } as const

function what({ set, address, action, cause }: Deviation): string {
  return `${action} ${address} of set ${set}: ${CAUSES[cause]}`
}

function setText({ set, state, resources, unsynced }: SetSummary): string {
  return `; ${set} ${state} (${resources - unsynced} of ${resources})`
}

function differences(list: readonly Difference[]): string {
  return list.map((difference) => `\n${renderDifference(difference)}`).join('')
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `\n      ${line}`).join('')
}

function atCommit(commit: string | undefined): string {
  return commit === undefined ? '' : ` at commit ${commit.slice(0, 12)}`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
