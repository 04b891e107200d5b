/** Tells the processes that share a directory of a commit: a file in it that is touched, and watched. A hint, never the truth. */
import { closeSync, type FSWatcher, openSync, utimesSync, watch } from 'node:fs'
import { join } from 'node:path'
import { DOORBELL } from './directory.ts'

/** Finds what a process killed between its commit and the bell has left unannounced; and everything where watching is impossible. */
const SLOW_POLL_MILLISECONDS = 1_000

export class Doorbell {
  readonly #directory: string
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** After a commit; whatever keeps the bell from ringing does not undo that. */
  ring(): void {
    this.#tell()
    const path = join(this.#directory, DOORBELL)
    const now = new Date()
    try {
      utimesSync(path, now, now)
    } catch {
      this.#make(path)
    }
  }

  /** @returns ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#poll === undefined) this.#open()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.close()
    }
  }

  close(): void {
    this.#listeners.clear()
    this.#watcher?.close()
    clearInterval(this.#poll)
    this.#watcher = undefined
    this.#poll = undefined
  }

  #open(): void {
    this.#poll = setInterval(() => this.#tell(), SLOW_POLL_MILLISECONDS).unref()
    try {
      this.#watcher = watch(this.#directory, { persistent: false }, (_, name) => {
        if (name === DOORBELL) this.#tell()
      })
      this.#watcher.on('error', () => this.#watcher?.close())
    } catch {
      // the system watches no more files; the poll remains
    }
  }

  #make(path: string): void {
    try {
      closeSync(openSync(path, 'wx', 0o600))
    } catch {
      // a full disk, or somebody else was quicker; the poll remains
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
