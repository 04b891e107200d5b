/**
 * Synchronous calls inside asynchronous work. A small file that is read through the thread pool costs ten times what reading it takes;
 * so files are read at once, and the event loop gets a turn every few milliseconds: a callback of a key manager waits for it.
 */

import { setImmediate } from 'node:timers/promises'

const LONGEST_MILLISECONDS = 10

/** Without loading what Node loads for `performance`. */
function milliseconds(): number {
  return 1_000 * process.uptime()
}

export class YieldToLoop {
  #began = milliseconds()

  /** Between two small steps: lets others run, when it is time. */
  async give(): Promise<void> {
    if (milliseconds() - this.#began < LONGEST_MILLISECONDS) return
    await setImmediate()
    this.#began = milliseconds()
  }
}
