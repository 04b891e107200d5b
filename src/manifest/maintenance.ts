/**
 * When a watch may correct a set: windows of the week, by the clock on the wall of a time zone. Where clocks are put forward, a time that
 * is left out is in no window; where they are put back, an hour that comes twice is in its window twice.
 */

import { type Diagnostic, diagnostic, isJsonObject, type Json } from '../base/index.ts'
import type { Manifest } from './document.ts'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
type Day = (typeof DAYS)[number]

export interface MaintenanceWindow {
  /** on which it begins */
  readonly days: readonly Day[]
  /** minutes of the day; where `to` is not after `from`, it ends on the day after */
  readonly from: number
  readonly to: number
  /** IANA: `Europe/Berlin` */
  readonly timeZone: string
}

const DAY_MINUTES = 1440

/** @returns undefined: always. What cannot be read makes a window that never opens. */
export function maintenanceWindows(value: Json | undefined): readonly MaintenanceWindow[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter(isJsonObject).map(({ days, from = '00:00', to = '24:00', timeZone = 'UTC' }) => ({
    days: Array.isArray(days) ? DAYS.filter((day) => days.includes(day)) : DAYS,
    from: minutesOf(from) ?? 0,
    to: minutesOf(to) ?? 0,
    timeZone: String(timeZone),
  }))
}

/** `22:30` → 1350 */
function minutesOf(text: Json): number | undefined {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(String(text)) ?? []
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes)
}

/** What a schema cannot tell: a time zone that nobody knows, a window that is none. */
export function checkWindows(manifest: Manifest): Diagnostic[] {
  const { windows } = (isJsonObject(manifest.spec.drift) ? manifest.spec.drift : {}) as { readonly windows?: Json }
  return (maintenanceWindows(windows) ?? []).flatMap(({ from, to, timeZone }, i) => {
    const at = (field: string) => manifest.at(`/spec/drift/windows/${i}/${field}`)
    const unknown = diagnostic('E263', at('timeZone'), `\`${timeZone}\` is not a time zone`, {
      help: 'write the name of the IANA database, e.g. Europe/Berlin, or UTC',
    })
    const empty = diagnostic('E264', at('to'), 'the window ends when it begins', {
      help: 'for a whole day write from: 00:00 and to: 24:00',
    })
    return [...(isTimeZone(timeZone) ? [] : [unknown]), ...(from % DAY_MINUTES === to ? [empty] : [])]
  })
}

function isTimeZone(name: string): boolean {
  try {
    return wallClock(name) !== undefined
  } catch {
    return false
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** @throws RangeError for what is no time zone */
function wallClock(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone)
  if (known) return known
  const form = { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const clock = new Intl.DateTimeFormat('en-US', form)
  clocks.set(timeZone, clock)
  return clock
}

/** Whether one of them is open at this moment. */
export function isOpen(windows: readonly MaintenanceWindow[], now: Date): boolean {
  return windows.some((window) => isIn(window, now))
}

function isIn({ days, from, to, timeZone }: MaintenanceWindow, now: Date): boolean {
  const { day, minute } = onTheWall(timeZone, now)
  const began = to > from ? minute >= from && minute < to && day : minute >= from ? day : minute < to && (day + 6) % 7
  return began !== false && days.includes(DAYS[began] as Day)
}

/** Day of the week, 0 for Sunday, and minute of the day. */
function onTheWall(timeZone: string, now: Date): { readonly day: number; readonly minute: number } {
  const parts = new Map(
    wallClock(timeZone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  )
  const day = DAYS.indexOf((parts.get('weekday') ?? '').toLowerCase() as Day)
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

const MINUTE_MILLISECONDS = 60_000
/** A window comes once a week at least; one that falls into an hour that is left out, once more later. */
const FARTHEST_MINUTES = 15 * DAY_MINUTES

/** @returns when the next one opens; undefined: none does within two weeks */
export function nextOpening(windows: readonly MaintenanceWindow[], now: Date): Date | undefined {
  const first = Math.floor(now.getTime() / MINUTE_MILLISECONDS) + 1
  for (let minute = first; minute < first + FARTHEST_MINUTES; minute++) {
    const then = new Date(minute * MINUTE_MILLISECONDS)
    if (isOpen(windows, then)) return then
  }
  return undefined
}
