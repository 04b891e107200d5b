/** What happened over time, as charts, and as a table for whoever would rather read. */

import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { SpanRow } from './state.ts'
import { At, Now } from './time.tsx'

interface Range {
  readonly name: string
  readonly seconds: number
  readonly count: number
}

const RANGES: { readonly [name in 'hour' | 'day']: Range } = {
  hour: { name: 'last hour', seconds: 30, count: 120 },
  day: { name: 'last day', seconds: 600, count: 144 },
}

const HEIGHT = 150

interface Line {
  readonly label: string
  readonly color: string
  /** bars side by side, or points */
  readonly form: 'left' | 'right' | 'point' | 'ring'
  value(row: SpanRow): number | null
}

const HAPPENED: readonly Line[] = [
  { label: 'drift', color: '--drifted', form: 'left', value: (row) => row.drift },
  { label: 'corrections', color: '--pending', form: 'right', value: (row) => row.corrections },
]

const HEALED: readonly Line[] = [
  { label: 'longest', color: '--pending', form: 'point', value: (row) => seconds(row, row.longestMilliseconds) },
  { label: 'mean', color: '--text', form: 'ring', value: (row) => seconds(row, row.sumMilliseconds / row.corrections) },
]

function seconds({ corrections }: SpanRow, milliseconds: number): number | null {
  return corrections === 0 ? null : Math.max(milliseconds, 1) / 1000
}

export function Charts({ hour, day }: { readonly hour: readonly SpanRow[]; readonly day: readonly SpanRow[] }) {
  const [choice, setChoice] = useState<keyof typeof RANGES>('hour')
  const range = RANGES[choice]
  const rows = choice === 'hour' ? hour : day
  return (
    <section class="card wide" aria-labelledby="over-time">
      <div class="card-head">
        <h2 id="over-time">Drift, corrections, time to heal</h2>
        <fieldset class="switch">
          <legend class="hidden">Span of time</legend>
          {(['hour', 'day'] as const).map((name) => (
            <label key={name}>
              <input type="radio" name="range" checked={choice === name} onChange={() => setChoice(name)} />
              <span>{RANGES[name].name}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <div class="charts">
        <Chart name="Drift and corrections" unit="objects" {...{ rows, range }} lines={HAPPENED} />
        <Chart
          name="Time to heal"
          unit="from the first sign to the commit"
          {...{ rows, range }}
          lines={HEALED}
          logarithmic
        />
      </div>
      <Numbers {...{ rows, range }} />
    </section>
  )
}

interface ChartProps {
  readonly name: string
  readonly unit: string
  readonly rows: readonly SpanRow[]
  readonly range: Range
  readonly lines: readonly Line[]
  readonly logarithmic?: boolean
}

function Chart({ name, unit, rows, range, lines, logarithmic = false }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | undefined>(undefined)
  const now = useContext(Now)
  const dark = useDark()
  const data = dataOf(rows, range, lines, now)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const made = new uPlot(optionsOf({ lines, logarithmic, range, width: element.clientWidth }), data, element)
    chart.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [dark, range])
  useEffect(() => chart.current?.setData(data), [data])
  return (
    <figure class="chart">
      <figcaption>
        <b>{name}</b> <span class="quiet">{unit}</span>
        <ul class="legend">
          {lines.map(({ label, form, color }) => (
            <li key={label} class={`key-${color.slice(2)}`}>
              <span class={`key ${form}`} aria-hidden="true" />
              {label}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${name}, ${range.name}: ${sumUp(rows, lines)}`} />
    </figure>
  )
}

function sumUp(rows: readonly SpanRow[], lines: readonly Line[]): string {
  return lines
    .map(({ label, form, value }) => {
      const values = rows.map(value).filter((one) => one !== null)
      if (form === 'left' || form === 'right') return `${values.reduce((sum, one) => sum + one, 0)} ${label}`
      return values.length === 0
        ? `${label}: nothing was healed`
        : `${label} at most ${durationText(Math.max(...values))}`
    })
    .join(', ')
}

/** Spans without a row had nothing in them. */
function dataOf(
  rows: readonly SpanRow[],
  { seconds, count }: Range,
  lines: readonly Line[],
  now: number,
): uPlot.AlignedData {
  const last = Math.floor(now / 1000 / seconds) * seconds
  const times = Array.from({ length: count }, (_, i) => last - (count - 1 - i) * seconds)
  const byTime = new Map(rows.map((row) => [row.at, row]))
  const values = lines.map(({ value }) =>
    times.map((at) => {
      const row = byTime.get(at)
      return (row && value(row)) || null
    }),
  )
  return [times, ...values]
}

interface Drawn {
  readonly lines: readonly Line[]
  readonly logarithmic: boolean
  readonly range: Range
  readonly width: number
}

function optionsOf({ lines, logarithmic, range, width }: Drawn): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const font = `11px ${style.fontFamily}`
  const axis = { stroke: color('--quiet'), font, ticks: { show: false }, grid: { stroke: color('--line'), width: 1 } }
  const counts = {
    range: (_: uPlot, __: number, most: number): [number, number] => [0, Math.max(4, Math.ceil(most * 1.1))],
  }
  const durations = {
    distr: 3 as const,
    range: (_: uPlot, least: number, most: number): [number, number] => [
      Math.min(0.01, 10 ** Math.floor(Math.log10(least || 0.01))),
      Math.max(10, 10 ** Math.ceil(Math.log10(most || 10))),
    ],
  }
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { range: (_, first, last) => [first - range.seconds, last + range.seconds] },
      y: logarithmic ? durations : counts,
    },
    axes: [
      { ...axis, grid: { show: false }, size: 24, space: 70, values: (_, ticks) => ticks.map(clockText) },
      {
        ...axis,
        size: 52,
        space: 28,
        ...(logarithmic ? { splits: decades, values: (_, ticks) => ticks.map(durationText) } : WHOLE),
      },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, color(line.color), color('--surface')))],
  }
}

const bars = uPlot.paths.bars as NonNullable<typeof uPlot.paths.bars>
const nothing = () => null

const FORMS: { readonly [form in Line['form']]: (color: string, page: string) => Partial<uPlot.Series> } = {
  left: (color) => ({ paths: bars({ size: [0.5, 8], align: -1 }), fill: color, points: { show: false } }),
  right: (color, page) => ({
    paths: bars({ size: [0.5, 8], align: 1 }),
    fill: page,
    stroke: color,
    width: 1.5,
    points: { show: false },
  }),
  point: (color) => ({ paths: nothing, points: { show: true, size: 7, fill: color, width: 0 } }),
  ring: (color, page) => ({ paths: nothing, points: { show: true, size: 7, fill: page, stroke: color, width: 1.5 } }),
}

function seriesOf({ label, form }: Line, color: string, page: string): uPlot.Series {
  return { label, stroke: color, width: 0, ...FORMS[form](color, page) }
}

function clockText(at: number): string {
  return new Date(at * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false })
}

const WHOLE: uPlot.Axis = { values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? String(tick) : '')) }

function decades(_: uPlot, __: number, least: number, most: number): number[] {
  const [first, last] = [least, most].map((value) => Math.round(Math.log10(value))) as [number, number]
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i))
}

function durationText(value: number): string {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${Math.round(value * 10) / 10} s`
}

function Numbers({ rows, range }: { readonly rows: readonly SpanRow[]; readonly range: Range }) {
  return (
    <details>
      <summary>Numbers of the {range.name}</summary>
      <table>
        <thead>
          <tr>
            {['from', 'drift', 'corrections', 'failures', 'longest heal', 'mean heal'].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...rows].reverse().map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <At time={new Date(row.at * 1000).toISOString()} />
              </th>
              <td>{row.drift}</td>
              <td>{row.corrections}</td>
              <td>{row.failures}</td>
              {HEALED.map(({ label, value }) => {
                const time = value(row)
                return <td key={label}>{time === null ? '' : durationText(time)}</td>
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="quiet">Nothing happened.</p>}
    </details>
  )
}

const DARK = matchMedia('(prefers-color-scheme: dark)')

function useDark(): boolean {
  const [dark, setDark] = useState(DARK.matches)
  useEffect(() => {
    const changed = () => setDark(DARK.matches)
    DARK.addEventListener('change', changed)
    return () => DARK.removeEventListener('change', changed)
  }, [])
  return dark
}
