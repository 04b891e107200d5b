/** How far a command is: on a terminal one line that is gone at the end, on request plain lines. */

import type { OnProgress } from '../../base/index.ts'

/** `line` writes over itself; `plain` is for logs. */
export type ProgressMode = 'line' | 'plain' | 'none'

/** Where it is shown. */
export interface ProgressScreen {
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** What is over sooner shows nothing. */
const PATIENCE_MILLISECONDS = 500
const REDRAW_MILLISECONDS: { readonly [mode in ProgressMode]: number } = {
  line: 100,
  plain: 2_000,
  none: Number.POSITIVE_INFINITY,
}
/** A forecast from less than this is a guess. */
const FORECAST_MILLISECONDS = 1_000
/** Where a terminal does not say. */
const USUAL_COLUMNS = 80
const CLEAR = '\r\u001b[K'

interface Work {
  readonly stage: string
  readonly began: number
  readonly done: number | undefined
  readonly total: number | undefined
}

export class Progress {
  readonly #screen: ProgressScreen
  readonly #mode: ProgressMode
  readonly #now: () => number
  #work: Work | undefined
  #began = 0
  #drawnAt = 0
  #drawn = ''
  #timer: NodeJS.Timeout | undefined

  /** @param now milliseconds of a clock that never goes back */
  constructor(screen: ProgressScreen, mode: ProgressMode, now: () => number = () => performance.now()) {
    this.#screen = screen
    this.#mode = mode
    this.#now = now
  }

  readonly report: OnProgress = (stage, done, total) => {
    if (this.#mode === 'none') return
    const now = this.#now()
    if (!this.#work) this.#start(now)
    const began = this.#work?.stage === stage ? this.#work.began : now
    this.#work = { stage, began, done, total }
    this.#drawIfDue(now)
  }

  /** The line is gone: something else is about to be written. The next report draws it anew. */
  clear(): void {
    if (this.#mode === 'line' && this.#drawn !== '') this.#screen.write(CLEAR)
    this.#drawn = ''
  }

  /** The work is over, or waits for somebody. */
  end(): void {
    this.clear()
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#work = undefined
  }

  #start(now: number): void {
    this.#began = now
    this.#drawnAt = now + PATIENCE_MILLISECONDS - REDRAW_MILLISECONDS[this.#mode]
    // while an engine answers nobody reports, and the line goes on all the same
    this.#timer ??= setInterval(() => this.#drawIfDue(this.#now()), PATIENCE_MILLISECONDS).unref()
  }

  #drawIfDue(now: number): void {
    if (!this.#work || now - this.#drawnAt < REDRAW_MILLISECONDS[this.#mode]) return
    const text = textOf(this.#work, now, now - this.#began)
    this.#drawnAt = now
    if (this.#mode === 'plain') this.#screen.write(`${text}\n`)
    else this.#screen.write(`${CLEAR}${text.slice(0, (this.#screen.columns || USUAL_COLUMNS) - 1)}`)
    this.#drawn = text
  }
}

/** `applying: 320 of 1 000 (32 %), about 8 s left` */
function textOf({ stage, began, done, total }: Work, now: number, elapsed: number): string {
  if (done === undefined) return `${stage}, ${seconds(elapsed)}`
  if (total === undefined) return `${stage}: ${done}, ${seconds(elapsed)}`
  const share = total === 0 ? 100 : Math.floor((100 * done) / total)
  return `${stage}: ${done} of ${total} (${share} %)${forecast(now - began, done / total) ?? `, ${seconds(elapsed)}`}`
}

function forecast(elapsed: number, share: number): string | undefined {
  if (elapsed < FORECAST_MILLISECONDS || !(share > 0)) return undefined
  return `, about ${seconds((elapsed * (1 - share)) / share)} left`
}

function seconds(milliseconds: number): string {
  const whole = Math.ceil(milliseconds / 1000)
  return whole < 120 ? `${whole} s` : `${Math.ceil(whole / 60)} min`
}
