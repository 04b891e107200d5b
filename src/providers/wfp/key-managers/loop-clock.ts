/**
 * How long a callback may have waited before its JavaScript ran. A foreign thread waits until the event loop is free, and nothing tells for
 * how long; but the loop can have been blocked only since it was last seen alive.
 */

export interface LoopClock {
  /** upper bound, in milliseconds */
  possibleWait(): number
  close(): void
}

const BEAT_MILLISECONDS = 100

/** @param now milliseconds of a clock that never goes back */
export function startLoopClock(now: () => number = () => performance.now()): LoopClock {
  let last = now()
  let blockedBefore = 0
  const beat = setInterval(() => {
    const time = now()
    // callbacks run after timers: one that waited through a block runs just after the beat that ends it
    blockedBefore = Math.max(0, time - last - BEAT_MILLISECONDS)
    last = time
  }, BEAT_MILLISECONDS)
  beat.unref()
  return {
    possibleWait: () => Math.max(0, now() - last - BEAT_MILLISECONDS) + blockedBefore,
    close: () => clearInterval(beat),
  }
}
