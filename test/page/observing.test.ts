/** Metrics as they are really served, by the words of their format; and everything that the dashboard and the alert rules ask of them. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { fleetSite } from '../../src/cli/http/fleet-site.ts'
import type { Site } from '../../src/cli/http/server.ts'
import { watchSite } from '../../src/cli/http/watch-site.ts'
import type { WatchEvent } from '../../src/reconcile/watch/events.ts'
import type { WatchStatus } from '../../src/reconcile/watch/watcher.ts'
import { fleetOf } from './fleets.ts'

const TIME = '2026-11-27T10:00:00.000Z'
const COMMIT = 'ab'.repeat(20)
const RULES = 'packaging/prometheus/wfpctl.rules.yaml'
const DASHBOARD = 'packaging/grafana/wfpctl.json'

/** With characters that a label must escape. */
const SET = 'a "set" \\ of\nlines'
const STATUS: WatchStatus = {
  engine: { name: 'sandbox', connected: true },
  tree: 'good',
  findings: [],
  passes: 3,
  commit: COMMIT,
  fleet: { host: 'gw', connected: true, since: TIME, wanted: { commit: COMMIT, rollout: '7', wave: 1 } },
  lastPass: TIME,
  sets: [
    {
      set: SET,
      mode: 'correct',
      state: 'synced',
      since: TIME,
      consecutiveErrors: 0,
      lastSuccess: TIME,
      resources: [{ address: 'IPsecTunnel/a', synced: true, since: TIME }],
    },
  ],
}
const DEVIATION = {
  set: SET,
  address: 'IPsecTunnel/a',
  action: 'replace',
  cause: 'drift',
  impact: 'disruptive',
  differences: [],
} as const
const EVENTS: readonly WatchEvent[] = [
  { event: 'pass', time: TIME, number: 1, triggers: ['start'], durationMilliseconds: 12, sets: [], tree: 'good' },
  { event: 'drift', time: TIME, ...DEVIATION, mode: 'correct' },
  { event: 'correction', time: TIME, ...DEVIATION, healMilliseconds: 90, durationMilliseconds: 9, lockMilliseconds: 3 },
  {
    event: 'conflict',
    time: TIME,
    set: SET,
    address: 'IPsecTunnel/a',
    differences: [],
    corrections: 5,
    retryMilliseconds: 9,
    suspects: [],
  },
  {
    event: 'failure',
    time: TIME,
    set: SET,
    result: 'failed',
    message: 'no',
    diagnostics: [],
    consecutive: 1,
    retryMilliseconds: 9,
  },
  { event: 'engine-lost', time: TIME, message: 'gone', retryMilliseconds: 9 },
  { event: 'fleet-lost', time: TIME, message: 'gone', retryMilliseconds: 9 },
]

async function metricsOf(site: Site): Promise<string> {
  const { body, type } = (await site.routes['/metrics']?.()) ?? expect.fail('there are no metrics')
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/)
  return body
}

function ofWatch(): Promise<string> {
  const site = watchSite({ status: STATUS, declared: [] })
  for (const event of EVENTS) site.note(event)
  return metricsOf(site)
}

const ofFleet = () => metricsOf(fleetSite('f', () => fleetOf(400)))

interface Family {
  readonly type: string
  /** of each sample: its name, the names of its labels, its value */
  readonly samples: (readonly [name: string, labels: ReadonlyMap<string, string>, value: number])[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SAMPLE = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/
const LABEL = /(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y
const SUFFIXES: { readonly [type: string]: readonly string[] } = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}

/**
 * Reads the text format of Prometheus and refuses what is not of it.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
function familiesOf(text: string): ReadonlyMap<string, Family> {
  expect(text.endsWith('\n')).toBe(true)
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let helped = ''
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, about, name = '', words = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (about === 'HELP') {
      expect(families.has(name), `${name} comes twice`).toBe(false)
      helped = name
    } else if (about === 'TYPE') {
      expect([name, NAME.test(name), Object.keys(SUFFIXES).includes(words)]).toEqual([helped, true, true])
      families.set(name, { type: words, samples: [] })
    } else {
      const groups = SAMPLE.exec(line)?.groups ?? expect.fail(`no sample: ${line}`)
      const family = families.get(helped) ?? expect.fail(`${line} belongs to nothing`)
      const suffixes = SUFFIXES[family.type] ?? []
      expect(suffixes.map((suffix) => helped + suffix)).toContain(groups.name)
      expect(seen.has(`${groups.name}{${groups.labels}}`), `twice: ${line}`).toBe(false)
      seen.add(`${groups.name}{${groups.labels}}`)
      expect(groups.value).toMatch(/^([-+]?\d+(\.\d+)?(e[-+]?\d+)?|[-+]Inf|NaN)$/i)
      family.samples.push([String(groups.name), labelsOf(groups.labels ?? ''), Number(groups.value)])
    }
  }
  return families
}

function labelsOf(text: string): Map<string, string> {
  const labels = new Map<string, string>()
  LABEL.lastIndex = 0
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const groups = LABEL.exec(text)?.groups ?? expect.fail(`no labels: ${text}`)
    expect(labels.has(String(groups.name))).toBe(false)
    labels.set(String(groups.name), String(groups.value))
  }
  return labels
}

const MOST_LABELLED = 100

describe.each([
  ['a watch', ofWatch],
  ['a fleet', ofFleet],
])('the metrics of %s', (_, served) => {
  it('are of the text format, in every line', async () => {
    const families = familiesOf(await served())

    expect(families.size).toBeGreaterThan(5)
    for (const [name, { type, samples }] of families) {
      expect([name, samples.length > 0 && samples.length <= MOST_LABELLED]).toEqual([name, true])
      expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')])
      if (name !== 'process_resident_memory_bytes') expect(name).toMatch(/^wfpctl_/)
    }
  })

  it('have histograms that add up', async () => {
    for (const [name, { type, samples }] of familiesOf(await served())) {
      if (type !== 'histogram') continue
      const buckets = samples.filter(([sample]) => sample === `${name}_bucket`)
      const counts = buckets.map(([, , value]) => value)
      expect(buckets.at(-1)?.[1].get('le')).toBe('+Inf')
      expect(counts).toEqual([...counts].sort((a, b) => a - b))
      expect(samples.find(([sample]) => sample === `${name}_count`)?.[2]).toBe(counts.at(-1))
    }
  })

  it('are what promtool takes, where it is installed', async ({ skip }) => {
    const input = await served()
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
    if (status === null) return skip('promtool is not installed: Debian package prometheus')

    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })
})

/** Of an expression: each metric that it names, with the labels that stand in its braces or that it groups by. */
function askedBy(expression: string): { readonly metrics: readonly string[]; readonly labels: readonly string[] } {
  const metrics = [...expression.matchAll(/\b(?:wfpctl|process)_[a-z_]+/g)].map(([name]) => name)
  const matched = [...expression.matchAll(/[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, name]) => String(name))
  const grouped = [...expression.matchAll(/\b(?:by|on|ignoring|without|group_left)\s*\(([^)]*)\)/g)].flatMap(
    ([, list]) => String(list).split(/\s*,\s*/),
  )
  return { metrics, labels: [...matched, ...grouped] }
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string }
}

const RULE_LIST = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
)
const PANELS = (
  JSON.parse(readFileSync(DASHBOARD, 'utf8')) as {
    panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[]
  }
).panels

/** What Prometheus adds to each sample. */
const ADDED = ['instance', 'job', 'le']

describe('dashboard and alert rules', () => {
  const asked = [
    ...RULE_LIST.map(({ alert, expr, annotations }) => [alert, expr, annotations.summary] as const),
    ...PANELS.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => [title, expr, legendFormat] as const),
    ),
  ]

  it.each(asked)('%s asks for metrics and labels that are served', async (_, expression, words) => {
    const families = new Map([...familiesOf(await ofWatch()), ...familiesOf(await ofFleet())])
    const samples = new Map<string, Set<string>>()
    for (const [sample, labels] of [...families.values()].flatMap((family) => family.samples))
      samples.set(sample, new Set([...(samples.get(sample) ?? []), ...labels.keys()]))
    const { metrics, labels } = askedBy(expression)
    const shown = [...words.matchAll(/\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}/g)].map(([, name]) => String(name))

    expect(metrics.length).toBeGreaterThan(0)
    expect(metrics.filter((name) => !samples.has(name))).toEqual([])
    const known = new Set([...ADDED, ...metrics.flatMap((name) => [...(samples.get(name) ?? [])])])
    expect([...labels, ...shown].filter((label) => !known.has(label))).toEqual([])
  })

  it('use every metric that is served', async () => {
    const families = new Map([...familiesOf(await ofWatch()), ...familiesOf(await ofFleet())])
    const used = asked
      .flatMap(([, expression]) => askedBy(expression).metrics)
      .map((name) => name.replace(/_bucket$/, ''))

    expect([...families.keys()].filter((name) => !used.includes(name))).toEqual([])
  })

  it('have rules with a severity and words, and panels that do not lie over each other', () => {
    for (const { alert, labels, annotations } of RULE_LIST)
      expect([
        alert,
        ['info', 'warning', 'critical'].includes(labels.severity),
        annotations.summary.length > 10,
      ]).toEqual([alert, true, true])
    const places = (PANELS as unknown as { gridPos: { x: number; y: number; w: number; h: number } }[]).map(
      ({ gridPos }) => gridPos,
    )
    for (const [i, a] of places.entries())
      for (const b of places.slice(i + 1))
        expect(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y).toBe(true)
  })

  it('have rules that promtool takes, where it is installed', ({ skip }) => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' })
    if (status === null) return skip('promtool is not installed: Debian package prometheus')

    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`SUCCESS: ${RULE_LIST.length} rules found`)
  })

  it('stand in the documentation, each alert with what to do', () => {
    const page = readFileSync('docs/page.md', 'utf8')

    expect(RULE_LIST.map(({ alert }) => alert).filter((alert) => !page.includes(`\`${alert}\``))).toEqual([])
  })
})
