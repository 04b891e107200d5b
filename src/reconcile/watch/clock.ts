/** Time, as the loop sees it: handed in, so that a test need not wait for it. */

import { uptime } from 'node:os'

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** milliseconds that only grow, whatever happens to the machine's date */
  now(): number
  /** seconds since the machine started, the same for every process on it */
  uptime(): number
  /** the date, for people */
  date(): Date
  after(milliseconds: number, run: () => void): Timer
}

/** A timer of Node that is to wait for longer does not wait at all. Nobody here minds to be woken after 24 days. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  uptime,
  date: () => new Date(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, Math.min(milliseconds, LONGEST_MILLISECONDS))
    return { cancel: () => clearTimeout(timer) }
  },
}

export function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.after(milliseconds, resolve))
}

/** Sleeps, but no longer than until the signal. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = clock.after(milliseconds, end)
    function end(): void {
      timer.cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
  })
}
