/** What a watch did lately, kept for a page that is opened later: numbers by spans of time, and the last things that were told. Bounded. */

import type { SpanRow, ToldRow } from '../../page/state.ts'
import type { Deviation, WatchEvent } from '../../reconcile/watch/events.ts'
import { eventLine } from '../watch/lines.ts'

const MOST_TOLD = 200
const MOST_CHARACTERS = 600
/** More are counted by their sets, and not shown one by one. */
const MOST_DEVIATIONS = 1_000
const HOUR = { seconds: 30, most: 120 }
const DAY = { seconds: 600, most: 144 }

/** Nobody reads of these; `started` and the like are told once and say nothing that a page does not show. */
const UNTOLD: ReadonlySet<string> = new Set(['pass', 'heartbeat', 'started', 'stopped'])

export class History {
  readonly #hour = new Spans(HOUR)
  readonly #day = new Spans(DAY)
  #told: ToldRow[] = []
  #count = 0
  /** the last word on each object that is not as declared, with the time of it */
  readonly #deviations = new Map<string, Deviation & { readonly time: string }>()

  note(event: WatchEvent): void {
    this.#hour.note(event)
    this.#day.note(event)
    this.#remember(event)
    const line = UNTOLD.has(event.event) ? undefined : eventLine(event)
    if (line === undefined) return
    this.#count += 1
    const address = 'address' in event && event.address !== undefined ? { address: event.address } : {}
    this.#told.push({ id: String(this.#count), time: event.time, event: event.event, ...address, text: textOf(line) })
    this.#told = this.#told.slice(-MOST_TOLD)
  }

  get told(): readonly ToldRow[] {
    return this.#told
  }

  get hour(): readonly SpanRow[] {
    return this.#hour.rows
  }

  get day(): readonly SpanRow[] {
    return this.#day.rows
  }

  /** @param isOpen whether an object still is not as declared; what is told of others is forgotten */
  deviations(isOpen: (set: string, address: string) => boolean): readonly (Deviation & { readonly time: string })[] {
    for (const [id, { set, address }] of this.#deviations) if (!isOpen(set, address)) this.#deviations.delete(id)
    return [...this.#deviations.values()]
  }

  #remember(event: WatchEvent): void {
    if (event.event === 'correction') this.#deviations.delete(`${event.set} ${event.address}`)
    if (event.event !== 'drift' && event.event !== 'pending') return
    const id = `${event.set} ${event.address}`
    if (this.#deviations.size < MOST_DEVIATIONS || this.#deviations.has(id)) this.#deviations.set(id, event)
  }
}

/** Spans in which nothing happened are left out. */
class Spans {
  readonly #seconds: number
  readonly #most: number
  readonly #rows = new Map<number, SpanRow>()

  constructor({ seconds, most }: { readonly seconds: number; readonly most: number }) {
    this.#seconds = seconds
    this.#most = most
  }

  get rows(): readonly SpanRow[] {
    return [...this.#rows.values()]
  }

  note(event: WatchEvent): void {
    const add = COUNTED[event.event] as ((row: SpanRow, event: WatchEvent) => Partial<SpanRow>) | undefined
    if (!add) return
    const at = Math.floor(Date.parse(event.time) / 1000 / this.#seconds) * this.#seconds
    const row = this.#rows.get(at) ?? emptySpan(at)
    this.#rows.set(at, { ...row, ...add(row, event) })
    const first = at - this.#seconds * this.#most
    for (const old of this.#rows.keys()) if (old <= first || this.#rows.size > this.#most) this.#rows.delete(old)
  }
}

function emptySpan(at: number): SpanRow {
  return { id: String(at), at, drift: 0, corrections: 0, failures: 0, longestMilliseconds: 0, sumMilliseconds: 0 }
}

type Counted = { readonly [E in WatchEvent['event']]?: (row: SpanRow, event: never) => Partial<SpanRow> }

const COUNTED: Counted = {
  drift: (row) => ({ drift: row.drift + 1 }),
  failure: (row) => ({ failures: row.failures + 1 }),
  correction: (row, { healMilliseconds }: Extract<WatchEvent, { readonly event: 'correction' }>) => ({
    corrections: row.corrections + 1,
    longestMilliseconds: Math.max(row.longestMilliseconds, healMilliseconds),
    sumMilliseconds: row.sumMilliseconds + healMilliseconds,
  }),
}

/** Its first line, without the time and without the word that its event is called, where that stands apart. */
function textOf(line: string): string {
  const [first = ''] = line.split('\n')
  const text = first.replace(/^\S+ {2}(?:[a-z ]+? {2,})?/, '').replace(/ {2,}/g, ' ')
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text
}
