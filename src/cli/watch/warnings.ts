/** Warnings of the process (a key manager's handler threw, say) as events: a daemon's output has one form. */

import type { WatchEvent } from '../../reconcile/watch/events.ts'

/** From now on Node's own lines on stderr give way to events. */
export function tellWarnings(listener: (event: WatchEvent) => void): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    listener({ event: 'warning', time: new Date().toISOString(), name, message })
  })
}
