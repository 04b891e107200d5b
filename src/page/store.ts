/** The state that is shown: fetched once, then kept true by what the server tells. */

import { merged, type PageState, type StateChange } from './state.ts'

export type Link =
  /** told of each change */
  | 'live'
  | 'connecting'
  | 'lost'
  /** the server asks for a token */
  | 'locked'

export interface Shown {
  readonly link: Link
  readonly state?: PageState
  /** milliseconds since 1970 when it was known to be true */
  readonly at: number
}

const FIRST_WAIT = 1_000
const LONGEST_WAIT = 30_000
/** The server says something each 15 s. */
const SILENCE = 40_000

export class Store {
  readonly #listener: (shown: Shown) => void
  #shown: Shown = { link: 'connecting', at: Date.now() }
  #events: EventSource | undefined
  #wait = FIRST_WAIT
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(listener: (shown: Shown) => void) {
    this.#listener = listener
  }

  /** Fetches the whole, and stays connected. */
  async connect(): Promise<void> {
    this.#close()
    try {
      const answer = await fetch('/api/state', { cache: 'no-store' })
      if (answer.status === 401) return this.#show({ link: 'locked' })
      if (!answer.ok) throw new Error(String(answer.status))
      const { id, state } = (await answer.json()) as { readonly id: string; readonly state: PageState }
      this.#show({ link: 'live', state, at: Date.now() })
      this.#follow(id)
    } catch {
      this.#lost()
    }
  }

  /** @returns whether the token was accepted */
  async unlock(token: string): Promise<boolean> {
    const answer = await fetch('/api/session', { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined)
    if (answer?.ok) await this.connect()
    return answer?.ok === true
  }

  #follow(id: string): void {
    const events = new EventSource(`/api/events?after=${encodeURIComponent(id)}`)
    this.#events = events
    this.#heard()
    events.addEventListener('open', () => this.#heard())
    events.addEventListener('beat', () => this.#heard())
    events.addEventListener('change', ({ data }: MessageEvent<string>) => {
      const { state } = this.#shown
      if (!state) return
      this.#heard(merged(state, JSON.parse(data) as StateChange))
    })
    // it knows no more what came since: a process of its own, or too much of it
    events.addEventListener('stale', () => void this.connect())
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED) this.#lost()
      else this.#show({ link: 'lost' })
    })
  }

  #heard(state = this.#shown.state): void {
    this.#wait = FIRST_WAIT
    this.#show({ link: 'live', at: Date.now(), ...(state && { state }) })
    this.#after(SILENCE, () => this.#lost())
  }

  #lost(): void {
    this.#close()
    this.#show({ link: 'lost' })
    this.#after(this.#wait, () => void this.connect())
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT)
  }

  #after(milliseconds: number, action: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(action, milliseconds)
  }

  #close(): void {
    clearTimeout(this.#timer)
    this.#events?.close()
    this.#events = undefined
  }

  #show(news: Partial<Shown>): void {
    this.#shown = { ...this.#shown, ...news }
    this.#listener(this.#shown)
  }
}
