/** The tunnels of a host as a picture: its own ends on the left, their peers on the right, a line for each tunnel. SVG, without a style of its own. */

import { addressOf, isEnabled, type Outline, type Resource } from '../../manifest/index.ts'
import type { Action, Change, SetPlan } from '../../reconcile/plan/index.ts'
import { element, type Markup, text } from './markup.ts'

/** More lines show nothing any more. */
const MOST_LINES = 150
const ROW = 30
const BOX = { width: 260, height: 22 } as const
const WIDTH = 900
/** Characters that fit into a box. */
const MOST_CHARACTERS = 32

interface Line {
  readonly address: string
  readonly action: Action | 'unchanged'
  readonly ends: NonNullable<Outline['ends']>
}

/** What changes is drawn first, and so is never what there is no room for. */
export function picture(plans: readonly SetPlan[], declared: readonly Resource[]): Markup {
  const changes = plans.flatMap((plan) => plan.changes)
  const changed = new Set(changes.map(({ address }) => address))
  const lines = [
    ...changes.flatMap(lineOf),
    ...declared.filter((one) => isEnabled(one) && !changed.has(addressOf(one))).flatMap(unchangedLine),
  ]
  if (lines.length === 0) return '' as Markup
  const shown = lines.slice(0, MOST_LINES)
  const left = rowsOf(shown.map(({ ends }) => ends.local))
  const right = rowsOf(shown.map(({ ends }) => ends.remote))
  const height = Math.max(left.size, right.size) * ROW + ROW
  const label = `${lines.length === 1 ? '1 tunnel' : `${lines.length} tunnels`}, from this host to its peers; each is in the list below if it changes`
  const drawing = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: 'img',
      'aria-label': label,
    },
    ...shown.map((line) => curve(line, left.get(line.ends.local) ?? 0, right.get(line.ends.remote) ?? 0)),
    ...[...left].map(([end, row]) => box(end, 10, row)),
    ...[...right].map(([end, row]) => box(end, WIDTH - BOX.width - 10, row)),
  )
  const more = lines.length - shown.length
  const caption = `Solid green: new. Dashed: replaced. Dotted: goes. Grey: stays as it is.${more > 0 ? ` ${more} more tunnels are not drawn.` : ''}`
  return element('figure', {}, drawing, element('figcaption', {}, text(caption)))
}

function lineOf(change: Change): Line[] {
  const { address, action, before } = change
  const [kind, spec] = change.after ? [change.after.kind, change.after.spec] : [before?.kind, before?.live]
  const ends = spec && kind?.review?.(spec).ends
  return ends ? [{ address, action, ends }] : []
}

function unchangedLine(one: Resource): Line[] {
  const ends = one.kind.review?.(one.spec).ends
  return ends ? [{ address: addressOf(one), action: 'unchanged', ends }] : []
}

function rowsOf(ends: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...new Set(ends)].map((end, row) => [end, row]))
}

function curve({ address, action, ends }: Line, from: number, to: number): Markup {
  const [start, end] = [BOX.width + 10, WIDTH - BOX.width - 10]
  const bend = (end - start) / 2
  const d = `M${start} ${middle(from)} C${start + bend} ${middle(from)} ${end - bend} ${middle(to)} ${end} ${middle(to)}`
  const name = `${address}: ${action}, ${ends.local} to ${ends.remote}`
  return element('path', { class: `of-${action}`, d }, element('title', {}, text(name)))
}

function box(end: string, x: number, row: number): Markup {
  const shown = end.length > MOST_CHARACTERS ? `${end.slice(0, MOST_CHARACTERS - 1)}…` : end
  const frame = element('rect', { x, y: middle(row) - BOX.height / 2, width: BOX.width, height: BOX.height, rx: 4 })
  const words = element('text', { x: x + 8, y: middle(row) + 5 }, text(shown))
  return element('g', {}, element('title', {}, text(end)), frame, words)
}

function middle(row: number): number {
  return row * ROW + ROW / 2 + 5
}
