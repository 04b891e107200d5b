/** A long table: only the rows that can be seen are elements, and assistive technology is told of all. Filtered, searched, sorted. */

import type { ComponentChildren } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { markOf, Shape, sharesOf, toneOf } from './states.tsx'

export interface GridRow {
  readonly id: string
  readonly state: string
}

export interface Column<R> {
  readonly head: string
  /** of CSS grid: `2fr`, `8rem` */
  readonly width: string
  /** what it is sorted and searched by */
  text(row: R): string
  cell(row: R): ComponentChildren
}

export interface GridProps<R extends GridRow> {
  readonly name: string
  readonly rows: readonly R[]
  readonly columns: readonly Column<R>[]
  onOpen(row: R): void
}

const ROW = 30
const MOST_SHOWN = 16
/** Rows above and below those that can be seen. */
const BESIDE = 6

interface Sorting {
  /** -1: by how much the state matters */
  readonly column: number
  readonly descending: boolean
}

export function Grid<R extends GridRow>({ name, rows, columns, onOpen }: GridProps<R>) {
  const [looking, setLooking] = useState('')
  const [states, setStates] = useState<ReadonlySet<string>>(new Set())
  const [sorting, setSorting] = useState<Sorting>({ column: -1, descending: false })
  const shares = useMemo(() => sharesOf(rows), [rows])
  const shown = useMemo(
    () => sorted(filtered(rows, columns, { looking, states }), columns, sorting),
    [rows, columns, looking, states, sorting],
  )
  const toggle = (state: string) => setStates(toggled(states, state))
  return (
    <>
      <div class="tools">
        <label>
          <span class="hidden">Search {name}</span>
          <input
            type="search"
            placeholder="Search  /"
            data-search
            value={looking}
            onInput={(event) => setLooking(event.currentTarget.value)}
          />
        </label>
        <fieldset class="chips">
          <legend class="hidden">Show only</legend>
          {shares.map(({ state, count }) => (
            <button
              type="button"
              key={state}
              class={`chip ${toneOf(state)}`}
              aria-pressed={states.has(state)}
              onClick={() => toggle(state)}
            >
              <Shape state={state} />
              {state} <b>{count}</b>
            </button>
          ))}
        </fieldset>
        <p class="count" role="status">
          {shown.length === rows.length ? `${rows.length}` : `${shown.length} of ${rows.length}`}
        </p>
      </div>
      <Rows {...{ name, shown, columns, sorting, setSorting, onOpen }} />
    </>
  )
}

interface RowsProps<R extends GridRow> {
  readonly name: string
  readonly shown: readonly R[]
  readonly columns: readonly Column<R>[]
  readonly sorting: Sorting
  setSorting(sorting: Sorting): void
  onOpen(row: R): void
}

function Rows<R extends GridRow>({ name, shown, columns, sorting, setSorting, onOpen }: RowsProps<R>) {
  const grid = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [activeId, setActiveId] = useState<string>()
  const first = Math.max(0, Math.floor(top / ROW) - BESIDE)
  const seen = shown.slice(first, first + MOST_SHOWN + 2 * BESIDE)
  const active = shown.findIndex(({ id }) => id === activeId)
  const isSeen = active >= first && active < first + seen.length
  const template = columns.map(({ width }) => `minmax(0, ${width})`).join(' ')
  const goTo = (index: number) => {
    const row = shown[Math.max(0, Math.min(index, shown.length - 1))]
    if (!row || !grid.current) return
    setActiveId(row.id)
    scrollTo(grid.current, shown.indexOf(row))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== grid.current) return
    const row = shown[active]
    const move = MOVES[event.key]
    if (move) goTo(move(active, shown.length))
    else if ((event.key === 'Enter' || event.key === ' ') && row) onOpen(row)
    else return
    event.preventDefault()
  }
  return (
    <div
      class="grid"
      role="grid"
      aria-label={name}
      aria-rowcount={shown.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={isSeen ? rowId(active) : undefined}
      tabIndex={0}
      ref={grid}
      style={{ height: `${(Math.min(Math.max(shown.length, 1), MOST_SHOWN) + 1) * ROW + 2}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onFocus={(event) => event.target === grid.current && activeId === undefined && goTo(0)}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" aria-rowindex={1} class="grid-row" style={{ gridTemplateColumns: template }}>
          {columns.map(({ head }, column) => (
            <Head key={head} {...{ head, column, sorting, setSorting }} />
          ))}
        </div>
      </div>
      <div role="rowgroup" class="grid-body" style={{ height: `${shown.length * ROW}px` }}>
        {seen.map((row, i) => (
          <div
            role="row"
            key={row.id}
            id={rowId(first + i)}
            aria-rowindex={first + i + 2}
            aria-selected={row.id === activeId}
            class="grid-row"
            style={{ gridTemplateColumns: template, transform: `translateY(${(first + i) * ROW}px)` }}
            onClick={() => {
              setActiveId(row.id)
              onOpen(row)
            }}
          >
            {columns.map((column) => (
              <div role="gridcell" key={column.head} title={column.text(row)}>
                {column.cell(row)}
              </div>
            ))}
          </div>
        ))}
        {shown.length === 0 && (
          <div role="row" class="grid-row empty">
            <div role="gridcell">Nothing matches.</div>
          </div>
        )}
      </div>
    </div>
  )
}

interface HeadProps {
  readonly head: string
  readonly column: number
  readonly sorting: Sorting
  setSorting(sorting: Sorting): void
}

function Head({ head, column, sorting, setSorting }: HeadProps) {
  const isSorted = sorting.column === column
  const order = isSorted ? (sorting.descending ? 'descending' : 'ascending') : 'none'
  return (
    <div role="columnheader" aria-sort={order}>
      <button type="button" onClick={() => setSorting({ column, descending: isSorted && !sorting.descending })}>
        {head}
        <span aria-hidden="true" class="order">
          {isSorted ? (sorting.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </div>
  )
}

const MOVES: { readonly [key: string]: (active: number, count: number) => number } = {
  ArrowDown: (active) => active + 1,
  ArrowUp: (active) => active - 1,
  PageDown: (active) => active + MOST_SHOWN - 1,
  PageUp: (active) => active - MOST_SHOWN + 1,
  Home: () => 0,
  End: (_, count) => count - 1,
}

function rowId(index: number): string {
  return `row-${index}`
}

/** Only as far as is needed to see it, below the head that stays. */
function scrollTo(grid: HTMLElement, index: number): void {
  const [above, below] = [index * ROW, (index + 2) * ROW - grid.clientHeight]
  if (grid.scrollTop > above) grid.scrollTop = above
  else if (grid.scrollTop < below) grid.scrollTop = below
}

interface Filter {
  readonly looking: string
  readonly states: ReadonlySet<string>
}

function filtered<R extends GridRow>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  { looking, states }: Filter,
): readonly R[] {
  const words = looking
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0 && states.size === 0) return rows
  return rows.filter((row) => {
    if (states.size > 0 && !states.has(row.state)) return false
    const text = columns
      .map((column) => column.text(row))
      .join(' ')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

function sorted<R extends GridRow>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  { column, descending }: Sorting,
): readonly R[] {
  const by = columns[column]
  const sign = descending ? -1 : 1
  const keyed = rows.map((row) => ({
    row,
    weight: by ? 0 : -markOf(row.state).weight,
    text: by ? by.text(row) : row.id,
  }))
  keyed.sort((a, b) => a.weight - b.weight || sign * compare(a.text, b.text))
  return keyed.map(({ row }) => row)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function toggled(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(member)) next.add(member)
  return next
}
