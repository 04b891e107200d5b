/** Pages that stay connected: each is told what changes (server-sent events), as long as it reads what it is told. */

import type { ServerResponse } from 'node:http'
import type { Live } from './live.ts'

const MOST_STREAMS = 32
/** What a reader may leave unread. */
const MOST_UNREAD_BYTES = 4_000_000
const BEAT_MILLISECONDS = 15_000
/** Many things happen at once: they are told together. */
const GATHER_MILLISECONDS = 150
/** Of ten thousand rows each look takes time: at most one part in so many is spent on looking. */
const REST = 10
const RETRY_MILLISECONDS = 2_000

export class Streams {
  readonly #live: Live
  /** what each has been told last */
  readonly #open = new Map<ServerResponse, string>()
  #soon: NodeJS.Timeout | undefined
  #gather = GATHER_MILLISECONDS
  readonly #beat: NodeJS.Timeout

  constructor(live: Live) {
    this.#live = live
    this.#beat = setInterval(() => this.#send('event: beat\ndata: \n\n'), BEAT_MILLISECONDS)
    this.#beat.unref()
  }

  get isFull(): boolean {
    return this.#open.size >= MOST_STREAMS
  }

  /** @param after the version that the page knows; one that is not known any more is told to fetch the whole */
  open(response: ServerResponse, after: string): void {
    response.write(`retry: ${RETRY_MILLISECONDS}\n\n`)
    this.#open.set(response, after)
    response.once('close', () => this.#open.delete(response))
    this.#tellAll([[response, after]])
  }

  /** Something may have changed. Nobody looks while nobody is connected. */
  changed(): void {
    if (this.#open.size === 0) return
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.#tellAll([...this.#open])
    }, this.#gather).unref()
  }

  close(): void {
    clearInterval(this.#beat)
    clearTimeout(this.#soon)
    for (const response of this.#open.keys()) response.end()
  }

  /** A page that cannot be told is let go: what it watches is more than the page. */
  #tellAll(pages: readonly (readonly [ServerResponse, string])[]): void {
    try {
      const began = performance.now()
      this.#live.look()
      this.#gather = Math.max(GATHER_MILLISECONDS, REST * (performance.now() - began))
      for (const [response, after] of pages) this.#tell(response, after)
    } catch {
      for (const [response] of pages) response.destroy()
    }
  }

  #tell(response: ServerResponse, after: string): void {
    const versions = this.#live.after(after)
    if (!versions) {
      response.end('event: stale\ndata: \n\n')
      return
    }
    for (const { id, text } of versions) {
      this.#open.set(response, id)
      this.#write(response, `id: ${id}\nevent: change\ndata: ${text}\n\n`)
    }
  }

  #send(text: string): void {
    for (const response of this.#open.keys()) this.#write(response, text)
  }

  /** Whoever does not read is let go: it comes back, and is told the rest or fetches the whole. */
  #write(response: ServerResponse, text: string): void {
    response.write(text)
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy()
  }
}
