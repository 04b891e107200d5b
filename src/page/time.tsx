/** Times as people say them. The exact one stands in the element. */

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** Milliseconds since 1970; it moves on while the page is open. */
export const Now = createContext(Date.now())

/** `12 s`, `4 min`, `3 h`, `5 d`: how long ago. */
export function Since({ time }: { readonly time: string }) {
  const now = useContext(Now)
  return (
    <time dateTime={time} title={exactly(time)}>
      {spanText(now - Date.parse(time))}
    </time>
  )
}

/** On the clock of whoever looks; with its date where that is not today. */
export function At({ time }: { readonly time: string }) {
  const now = useContext(Now)
  const date = new Date(time)
  const isToday = date.toDateString() === new Date(now).toDateString()
  const clock = date.toLocaleTimeString([], { hour12: false })
  return (
    <time dateTime={time} title={exactly(time)}>
      {isToday ? clock : `${date.toLocaleDateString()} ${clock}`}
    </time>
  )
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const

export function spanText(milliseconds: number): string {
  const [length, unit] = UNITS.find(([long]) => milliseconds >= long) ?? [1_000, 's']
  return `${Math.max(0, Math.floor(milliseconds / length))} ${unit}`
}

function exactly(time: string): string {
  return new Date(time).toISOString().replace('T', ' ').slice(0, 19).concat(' UTC')
}
